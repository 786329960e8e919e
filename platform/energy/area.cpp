#include "platform/energy/area.hpp"

#include <algorithm>

#include "registers/generated/dma.hpp"
#include "registers/generated/hwpe.hpp"
#include "registers/generated/merge.hpp"
#include "registers/generated/spu.hpp"
#include "registers/generated/tmac.hpp"

namespace terse::energy {

using technology::Entry;

namespace {

std::string user(Unit unit) {
  return std::string("the area of ") + unit_name(unit);
}

}  // namespace

const char* unit_name(Unit unit) {
  constexpr const char* names[unit_count] = {"tmac", "spu", "merge", "scratchpad", "dma", "cpu", "l2", "dram"};
  return names[static_cast<std::size_t>(unit)];
}

AreaModel::AreaModel(const Hardware& hardware, const technology::Table& table)
    : table_(&table), gate_area_(table.value(Entry::gate_area, "every area")) {
  add_tmac(hardware);
  add_fused(hardware);
  add_spu(hardware);
  add_merge(hardware);
  add_system(hardware);
}

void AreaModel::add_logic(Unit unit, const char* part, const Gates& gates) {
  const Prices prices(*table_, user(unit));
  AreaItem item{.unit = unit, .part = part, .um2 = {}};
  for (const auto& [count, entry] : gates) item.um2 += prices.of(count, entry, Entry::gate_area);
  if (item.um2.value > 0) items_.push_back(item);
}

/// Registers, and for each a place in the multiplexers that read one entry.
void AreaModel::add_fifo(Unit unit, const char* part, double bits) {
  add_logic(unit, part, {{bits, Entry::ge_register_bit}, {bits, Entry::ge_mux}});
}

void AreaModel::add_memory(Unit unit, const char* part, double count, double kib, double bits) {
  if (count <= 0 || kib <= 0) return;
  const Prices prices(*table_, user(unit));
  items_.push_back({unit, part, prices.of_memory(count, Entry::sram_area, kib, bits), true});
}

void AreaModel::add_control(Unit unit, double blocks, double contexts, double job_bytes) {
  constexpr double counter_bits = 2 * 64.0 * registers::hwpe::counter_count;  // with their snapshot
  add_logic(
      unit, "control block",
      {{blocks * (contexts * job_bytes * 8 + counter_bits), Entry::ge_register_bit}, {blocks, Entry::ge_control}});
}

void AreaModel::add_tmac(const Hardware& hw) {
  const double inputs = hw.output_channels * hw.input_channels, macs = inputs * hw.pixels * hw.kernel_positions;
  const double a = hw.activation_bits, w = hw.weight_bits();
  if (hw.is_ternary()) {
    add_logic(Unit::tmac, "multipliers, adder trees",
              {{macs * a, Entry::ge_ternary_select_bit}, {macs * (a + 2), Entry::ge_adder_bit}});
  } else {
    add_logic(Unit::tmac, "multipliers, adder trees",
              {{macs * a * w, Entry::ge_multiplier_bit2}, {macs * (a + w + 2), Entry::ge_adder_bit}});
  }
  const double sums = hw.output_channels * hw.pixels * sum_bits;
  add_logic(Unit::tmac, "sums", {{sums, Entry::ge_adder_bit}, {sums, Entry::ge_register_bit}});
  add_logic(Unit::tmac, "operand registers",
            {{hw.pixels * hw.kernel_positions * hw.input_channels * a, Entry::ge_register_bit}});
  add_fifo(Unit::tmac, "operand FIFO", hw.operand_steps * hw.operand_bits());
  const double stored = hw.weight_buffers * hw.weight_buffer_depth * inputs * w;
  add_fifo(Unit::tmac, "weight buffer", stored);
  if (hw.is_ternary() && hw.base3)
    add_logic(Unit::tmac, "base-3 decoders", {{hw.weight_port_bits / 8, Entry::ge_trit_decoder}});
  add_control(Unit::tmac, 1, hw.tmac_contexts, sizeof(registers::tmac::Job));
}

void AreaModel::add_fused(const Hardware& hw) {
  const double lanes = hw.fused_lanes * hw.output_channels;
  const double a = hw.activation_bits, v = hw.fused_value_bits;
  add_logic(Unit::tmac, "fused lanes",
            {{lanes * hw.pixels * a * v, Entry::ge_multiplier_bit2},
             {lanes * hw.pixels * sum_bits, Entry::ge_adder_bit},
             {lanes * hw.pixels * (hw.input_channels - 1) * a, Entry::ge_mux},
             {lanes * hw.pixels * sum_bits, Entry::ge_register_bit}});
  const double stored = hw.weight_buffers * hw.weight_buffer_depth * lanes * (v + index_bits);
  add_fifo(Unit::tmac, "values of the fused lanes", stored);
}

void AreaModel::add_spu(const Hardware& hw) {
  const double a = hw.spu_activation_bits, v = hw.value_bits;
  add_logic(Unit::spu, "multipliers", {{hw.lanes * a * v, Entry::ge_multiplier_bit2}});
  const double sums = hw.lanes * sum_bits;
  add_logic(Unit::spu, "sums", {{sums, Entry::ge_adder_bit}, {sums, Entry::ge_register_bit}});
  add_logic(Unit::spu, "index decoders",
            {{hw.lanes * index_bits, Entry::ge_adder_bit}, {hw.lanes * index_bits, Entry::ge_register_bit}});
  add_logic(Unit::spu, "gather multiplexers", {{hw.gather_ports * (hw.banks - 1) * a, Entry::ge_mux}});
  add_fifo(Unit::spu, "operand FIFO", hw.spu_operand_steps * hw.spu_operand_bits());
  add_fifo(Unit::spu, "value and index buffer", hw.value_buffers * hw.lanes * hw.value_buffer_depth * (v + index_bits));
  add_memory(Unit::spu, "lanes' own memories", hw.lanes, hw.local_weight_kib, local_word_bits);
  add_fifo(Unit::spu, "activation queues", hw.lanes * hw.queue_depth * (a + index_bits));
  add_control(Unit::spu, 1, hw.spu_contexts, sizeof(registers::spu::Job));
}

void AreaModel::add_merge(const Hardware& hw) {
  const double n = hw.merge_channels;
  add_logic(Unit::merge, "requantizers",
            {{n * (2 * sum_bits * multiplier_bits + multiplier_bits * 8), Entry::ge_multiplier_bit2},
             {n * 3 * wide_bits, Entry::ge_adder_bit},
             {n * wide_bits * shifter_stages, Entry::ge_mux},
             {n * 2 * record_bits, Entry::ge_register_bit}});
  constexpr double operands = 2;  // an activation of the window, and of the residual
  add_fifo(Unit::merge, "operand FIFO", hw.merge_operand_steps * n * operands * byte_bits);
  add_fifo(Unit::merge, "output FIFO", hw.merge_output_pixels * n * sum_bits);
  add_memory(Unit::merge, "accumulators", 2 * hw.accumulator_banks, hw.accumulator_bank_kib(), sum_bits);
  add_control(Unit::merge, 1, hw.merge_contexts, sizeof(registers::merge::Job));
}

void AreaModel::add_system(const Hardware& hw) {
  add_memory(Unit::scratchpad, "banks", hw.banks, hw.bank_kib(), hw.bank_width * 8);
  add_logic(Unit::scratchpad, "crossbar", {{hw.ports * (hw.banks - 1) * hw.bank_width * 8, Entry::ge_mux}});
  const double buffers = hw.dma_channels * hw.outstanding_bursts * hw.burst_bytes * 8;
  add_fifo(Unit::dma, "burst buffers", buffers);
  add_control(Unit::dma, hw.dma_channels, hw.dma_contexts, sizeof(registers::dma::Job));
  add_logic(Unit::cpu, "core", {{1, Entry::ge_core}});
  add_memory(Unit::l2, "SRAM on the bus", 1, hw.sram_bytes / 1024, 64);
  add_memory(Unit::l2, "ROM", 1, hw.rom_bytes / 1024, 64);
}

Amount AreaModel::total() const {
  Amount sum;
  for (const AreaItem& item : items_) sum += item.um2;
  return sum;
}

Amount AreaModel::of(Unit unit) const {
  Amount sum;
  for (const AreaItem& item : items_) {
    if (item.unit == unit) sum += item.um2;
  }
  return sum;
}

Amount AreaModel::leakage_mw(Unit unit) const {
  const Prices prices(*table_, std::string("the static power of ") + unit_name(unit));
  Amount sum;
  for (const AreaItem& item : items_) {
    if (item.unit != unit) continue;
    const Amount density = prices.of(1, item.memory ? Entry::sram_leakage : Entry::logic_leakage);
    // A product of two amounts: relative parts add.
    Amount power = item.um2 * (density.value * 1e-6);
    for (std::size_t i = 0; i < power.parts.size(); ++i) power.parts[i] += item.um2.value * 1e-6 * density.parts[i];
    sum += power;
  }
  return sum;
}

}  // namespace terse::energy
