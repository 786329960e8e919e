// Module types of the accelerator: DMA, scratchpad, ternary MAC array, sparse unit, merge.
#include "models/dma/dma.hpp"
#include "models/merge/merge.hpp"
#include "models/scratchpad/scratchpad.hpp"
#include "models/spu/spu.hpp"
#include "models/tmac/tmac.hpp"
#include "platform/netlist/types/settings.hpp"

namespace terse::netlist {
namespace {

using device_table::DeviceType;
using Kind = PortDescription::Kind;

ModuleType dma_type() {
  return {.name = "dma",
          .sentence = "DMA engine between the bus and the scratchpad; one control block and one interrupt per channel.",
          .device = DeviceType::dma,
          .bus_port = "registers",
          .ports = {{"registers", Kind::target, "", "Control blocks, 0x400 bytes per channel."},
                    {"system", Kind::initiator, "bus", "Memories on the bus."},
                    {"scratchpad", Kind::initiator, "scratchpad", "Scratchpad port."}},
          .make = settings<DmaParameters>(
              [](const DmaParameters& parameters, const BuildContext& context) {
                const ScratchpadWindow window{static_cast<std::uint32_t>(context.scratchpad_base),
                                              static_cast<std::uint32_t>(context.scratchpad_size),
                                              context.scratchpad_banks};
                auto module = std::make_unique<Dma>(context.instance.c_str(), parameters, window, context.clock_period);
                Component component;
                component.targets["registers"] = &module->registers;
                component.initiators = {{"system", binder(module->system)}, {"scratchpad", binder(module->scratchpad)}};
                for (auto& line : module->interrupts) component.interrupts.push_back(wire(line));
                component.module = std::move(module);
                return component;
              },
              [](const DmaParameters& parameters) { return std::uint64_t{parameters.channels} * 0x400; },
              [](const DmaParameters& parameters) { return std::uint64_t{parameters.channels}; })};
}

ModuleType scratchpad_type() {
  return {.name = "scratchpad",
          .sentence = "Banked on-chip memory that all units read and write.",
          .device = DeviceType::scratchpad,
          .bus_port = "ports",
          .ports = {{"ports", Kind::target, "", "One port per initiator."}},
          .make = settings<ScratchpadParameters>(
              [](const ScratchpadParameters& parameters, const BuildContext& context) {
                auto module = std::make_unique<Scratchpad>(context.instance.c_str(), parameters, context.clock_period);
                Component component;
                component.targets["ports"] = &module->ports;
                component.module = std::move(module);
                return component;
              },
              [](const ScratchpadParameters& parameters) { return std::uint64_t{parameters.size}; }, always(0))};
}

/// tmac and spu have the same ports.
template <class Unit, class Parameters>
ModuleType pass_type(const char* name, const char* sentence, DeviceType device) {
  return {
      .name = name,
      .sentence = sentence,
      .device = device,
      .bus_port = "registers",
      .ports = {{"registers", Kind::target, "", "Control block."},
                {"memory", Kind::initiator, "scratchpad", "Activations and weights."},
                {"accumulators", Kind::initiator, "merge.accumulators", "Sums."}},
      .make = settings<Parameters>(
          [](const Parameters& parameters, const BuildContext& context) {
            auto module = std::make_unique<Unit>(context.instance.c_str(), parameters, context.clock_period);
            Component component;
            component.targets["registers"] = &module->registers;
            component.initiators = {{"memory", binder(module->memory)}, {"accumulators", binder(module->accumulators)}};
            component.interrupts = {wire(module->interrupt)};
            component.module = std::move(module);
            return component;
          },
          always(0x400), always(1))};
}

ModuleType merge_type() {
  return {.name = "merge",
          .sentence = "Accumulators, superposition of both passes, requantization, residual, clip, pooling.",
          .device = DeviceType::merge,
          .bus_port = "registers",
          .ports = {{"registers", Kind::target, "", "Control block."},
                    {"accumulators", Kind::target, "", "Dense plane, then sparse plane."},
                    {"memory", Kind::initiator, "scratchpad", "Records, residual, outputs."}},
          .make = settings<MergeParameters>(
              [](const MergeParameters& parameters, const BuildContext& context) {
                auto module = std::make_unique<Merge>(context.instance.c_str(), parameters, context.clock_period);
                Component component;
                component.targets = {{"registers", &module->registers}, {"accumulators", &module->accumulators}};
                component.initiators = {{"memory", binder(module->memory)}};
                component.interrupts = {wire(module->interrupt)};
                component.module = std::move(module);
                return component;
              },
              always(0x400), always(1))};
}

}  // namespace

void register_accelerator_types(TypeRegistry& registry) {
  registry.add(dma_type());
  registry.add(scratchpad_type());
  registry.add(pass_type<Tmac, TmacParameters>("tmac", "Ternary MAC array: the dense pass.", DeviceType::tmac));
  registry.add(pass_type<Spu, SpuParameters>("spu", "Sparse high-precision unit: the sparse pass.", DeviceType::spu));
  registry.add(merge_type());
}

}  // namespace terse::netlist
