// Module types of the system around the accelerator: core, bus, memories, interrupt controllers, UART, test device.
#include "models/bus/bus.hpp"
#include "models/interrupt/clint.hpp"
#include "models/interrupt/plic.hpp"
#include "models/memory/dram.hpp"
#include "models/memory/memory.hpp"
#include "models/riscv/riscv_core.hpp"
#include "models/testdev/testdev.hpp"
#include "models/uart/uart.hpp"
#include "platform/netlist/types/settings.hpp"

namespace terse::netlist {
namespace {

using device_table::DeviceType;
using Kind = PortDescription::Kind;

struct NoParameters {
  static ParameterList parameters() { return {}; }
};

Component memory(const MemoryParameters& parameters, const BuildContext& context, MemoryType type) {
  auto module = std::make_unique<Memory>(context.instance.c_str(), parameters, context.clock_period, type);
  Component component;
  component.targets["socket"] = &module->socket;
  component.module = std::move(module);
  return component;
}

ModuleType riscv_type() {
  return {.name = "riscv",
          .sentence = "RISC-V core RV32IMACB_Zicsr_Zifencei_Zicntr_Zihpm, machine and user mode, memory protection.",
          .ports = {{"fetch", Kind::initiator, "bus", "Instruction side."},
                    {"data", Kind::initiator, "bus", "Loads, stores, atomics."},
                    {"software_interrupt", Kind::wire_input, "", "mip.MSIP."},
                    {"timer_interrupt", Kind::wire_input, "", "mip.MTIP."},
                    {"external_interrupt", Kind::wire_input, "", "mip.MEIP."}},
          .make = settings<RiscvParameters>(
              [](const RiscvParameters& parameters, const BuildContext& context) {
                auto module = std::make_unique<RiscvCore>(context.instance.c_str(), parameters, context.clock_period,
                                                          static_cast<std::uint32_t>(context.reset_vector));
                Component component;
                component.initiators = {{"fetch", binder(module->fetch)}, {"data", binder(module->data)}};
                component.wires = {{"software_interrupt", wire(module->software_interrupt)},
                                   {"timer_interrupt", wire(module->timer_interrupt)},
                                   {"external_interrupt", wire(module->external_interrupt)}};
                component.module = std::move(module);
                return component;
              },
              always(0), always(0))};
}

ModuleType bus_type() {
  return {.name = "bus",
          .sentence = "Crossbar with the address map.",
          .ports = {{"initiators", Kind::target, "", "Core, DMA and host."}},
          .make = settings<BusParameters>(
              [](const BusParameters& parameters, const BuildContext& context) {
                auto module = std::make_unique<Bus>(context.instance.c_str(), parameters, context.clock_period);
                Component component;
                component.targets["initiators"] = &module->initiators;
                component.module = std::move(module);
                return component;
              },
              always(0), always(0))};
}

ModuleType memory_type(const char* name, const char* sentence, DeviceType device, MemoryType type) {
  return {.name = name,
          .sentence = sentence,
          .device = device,
          .bus_port = "socket",
          .ports = {{"socket", Kind::target, "", "Contents."}},
          .make = settings<MemoryParameters>(
              [type](const MemoryParameters& parameters, const BuildContext& context) {
                return memory(parameters, context, type);
              },
              [](const MemoryParameters& parameters) { return parameters.size; }, always(0))};
}

ModuleType dram_type() {
  return {.name = "dram",
          .sentence = "Off-chip memory with latency and shared bandwidth; holds the network and its data.",
          .device = DeviceType::memory,
          .bus_port = "socket",
          .ports = {{"socket", Kind::target, "", "Contents."}},
          .make = settings<DramParameters>(
              [](const DramParameters& parameters, const BuildContext& context) {
                auto module = std::make_unique<Dram>(context.instance.c_str(), parameters, context.clock_period);
                Component component;
                component.targets["socket"] = &module->socket;
                component.module = std::move(module);
                return component;
              },
              [](const DramParameters& parameters) { return parameters.size; }, always(0))};
}

ModuleType clint_type() {
  return {.name = "clint",
          .sentence = "Core-local interrupts: software interrupt, mtime and mtimecmp.",
          .device = DeviceType::clint,
          .bus_port = "socket",
          .ports = {{"socket", Kind::target, "", "Registers."},
                    {"software_interrupt", Kind::wire_output, "cpu.software_interrupt", "msip."},
                    {"timer_interrupt", Kind::wire_output, "cpu.timer_interrupt", "mtime >= mtimecmp."}},
          .make = settings<ClintParameters>(
              [](const ClintParameters& parameters, const BuildContext& context) {
                auto module = std::make_unique<Clint>(context.instance.c_str(), parameters);
                Component component;
                component.targets["socket"] = &module->socket;
                component.wires = {{"software_interrupt", wire(module->software_interrupt)},
                                   {"timer_interrupt", wire(module->timer_interrupt)}};
                component.module = std::move(module);
                return component;
              },
              always(0x10000), always(0))};
}

ModuleType plic_type() {
  return {
      .name = "plic",
      .sentence = "Platform-level interrupt controller.",
      .device = DeviceType::plic,
      .bus_port = "socket",
      .ports = {{"socket", Kind::target, "", "Registers."},
                {"external_interrupt", Kind::wire_output, "cpu.external_interrupt", "An enabled source is pending."}},
      .make = settings<PlicParameters>(
          [](const PlicParameters& parameters, const BuildContext& context) {
            auto module = std::make_unique<Plic>(context.instance.c_str(), parameters);
            Component component;
            component.targets["socket"] = &module->socket;
            component.wires = {{"external_interrupt", wire(module->external_interrupt)}};
            component.module = std::move(module);
            return component;
          },
          always(0x400000), always(0))};
}

ModuleType uart_type() {
  return {.name = "uart",
          .sentence = "16550-compatible serial port; what the guest sends appears on the terminal.",
          .device = DeviceType::uart,
          .bus_port = "socket",
          .ports = {{"socket", Kind::target, "", "Registers."}},
          .make = settings<UartParameters>(
              [](const UartParameters& parameters, const BuildContext& context) {
                auto module = std::make_unique<Uart>(context.instance.c_str(), parameters);
                Component component;
                component.targets["socket"] = &module->socket;
                component.interrupts = {wire(module->interrupt)};
                component.module = std::move(module);
                return component;
              },
              always(0x1000), always(1))};
}

ModuleType testdev_type() {
  return {.name = "testdev",
          .sentence = "The simulator's door for the guest: exit code, progress marks, error report.",
          .device = DeviceType::testdev,
          .bus_port = "socket",
          .ports = {{"socket", Kind::target, "", "Registers."}},
          .make = settings<NoParameters>(
              [](const NoParameters&, const BuildContext& context) {
                auto module = std::make_unique<Testdev>(context.instance.c_str());
                Component component;
                component.targets["socket"] = &module->socket;
                component.module = std::move(module);
                return component;
              },
              always(0x1000), always(0))};
}

}  // namespace

void register_system_types(TypeRegistry& registry) {
  registry.add(riscv_type());
  registry.add(bus_type());
  registry.add(memory_type("rom", "Boot ROM: filled by the platform with the reset code and the device table.",
                           DeviceType::boot_rom, MemoryType::rom));
  registry.add(memory_type("sram", "On-chip memory.", DeviceType::memory, MemoryType::sram));
  registry.add(dram_type());
  registry.add(clint_type());
  registry.add(plic_type());
  registry.add(uart_type());
  registry.add(testdev_type());
}

}  // namespace terse::netlist
