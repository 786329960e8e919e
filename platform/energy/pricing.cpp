#include "platform/energy/pricing.hpp"

#include <algorithm>
#include <cmath>

namespace terse::energy {

using technology::Entry;

namespace {

/// Multiplexers that an input passes on its way to one output of many.
double stages(double choices) {
  return choices > 1 ? std::ceil(std::log2(choices)) : 0;
}

double side_mm(const Amount& um2) {
  return std::sqrt(um2.value) / 1000;
}

/// `bits` through `choices`:1 multiplexers.
Amount selection(const Prices& prices, double bits, double choices) {
  return prices.of(bits * stages(choices), Entry::gate, Entry::ge_mux);
}

Amount sum_update(const Prices& prices) {
  return prices.of(sum_bits, Entry::adder_bit) + prices.of(sum_bits, Entry::register_bit);
}

/// A MAC of the array with an integer weight; `gated`: times gated_mac.
Amount integer_mac(const Prices& prices, double a, double w, bool gated) {
  if (gated) {
    return prices.of(a * w, Entry::multiplier_bit2, Entry::gated_mac) +
           prices.of(a + w + 2, Entry::adder_bit, Entry::gated_mac);
  }
  return prices.of(a * w, Entry::multiplier_bit2) + prices.of(a + w + 2, Entry::adder_bit);
}

Amount ternary_mac(const Prices& prices, double a, bool gated) {
  if (gated) {
    return prices.of(a, Entry::ternary_select_bit, Entry::gated_mac) +
           prices.of(a + 2, Entry::adder_bit, Entry::gated_mac);
  }
  return prices.of(a, Entry::ternary_select_bit) + prices.of(a + 2, Entry::adder_bit);
}

Purpose purpose_of(ActionPass pass) {
  return static_cast<Purpose>(pass);
}

/// Where an action's energy is spent when it is not in the unit that does it.
Unit place_of(Action action, Unit unit) {
  switch (action) {
    case Action::dense_accumulator_reads:
    case Action::dense_accumulator_writes:
    case Action::sparse_accumulator_reads:
    case Action::sparse_accumulator_writes:
    case Action::merge_accumulator_reads:
      return Unit::merge;
    default:
      return unit;
  }
}

}  // namespace

const char* purpose_name(Purpose purpose) {
  constexpr const char* names[purpose_count] = {"dense", "sparse", "merge", "dma", "memory", "driver", "static"};
  return names[static_cast<std::size_t>(purpose)];
}

Amount Bill::of(Purpose purpose) const {
  Amount sum;
  for (const Amount& amount : amounts_[static_cast<std::size_t>(purpose)]) sum += amount;
  return sum;
}

Amount Bill::of(Unit unit) const {
  Amount sum;
  for (const auto& purpose : amounts_) sum += purpose[static_cast<std::size_t>(unit)];
  return sum;
}

Amount Bill::total() const {
  Amount sum;
  for (std::size_t i = 0; i < purpose_count; ++i) sum += of(static_cast<Purpose>(i));
  return sum;
}

Amount Bill::on_chip() const {
  Amount sum;
  for (std::size_t i = 0; i < purpose_count; ++i) {
    if (static_cast<Purpose>(i) != Purpose::memory) sum += of(static_cast<Purpose>(i));
  }
  return sum;
}

Bill& Bill::operator+=(const Bill& other) {
  for (std::size_t p = 0; p < purpose_count; ++p) {
    for (std::size_t u = 0; u < unit_count; ++u) amounts_[p][u] += other.amounts_[p][u];
  }
  return *this;
}

Bill operator*(Bill bill, double factor) {
  for (auto& purpose : bill.amounts_) {
    for (Amount& amount : purpose) amount = amount * factor;
  }
  return bill;
}

Pricing::Pricing(const Hardware& hardware, const AreaModel& area) : area_(area), bank_width_(hardware.bank_width) {
  const Prices scratchpad(area.table(), "the scratchpad"), accumulators(area.table(), "merge's accumulators");
  scratchpad_read_ = scratchpad.of_memory(1, Entry::sram_read, hardware.bank_kib(), 8 * hardware.bank_width);
  scratchpad_write_ = scratchpad.of_memory(1, Entry::sram_write, hardware.bank_kib(), 8 * hardware.bank_width);
  const double kib = hardware.accumulator_bank_kib();
  accumulator_read_ = accumulators.of_memory(1, Entry::sram_read, kib, sum_bits);
  accumulator_write_ = accumulators.of_memory(1, Entry::sram_write, kib, sum_bits);
  instruction_ = Prices(area.table(), "the core").of(1, Entry::core_instruction);
  price_dense(hardware);
  price_sparse(hardware);
  price_fused(hardware);
  price_merge(hardware);
  price_dma(hardware);
}

void Pricing::price_dense(const Hardware& hw) {
  const Prices prices(area_.table(), "tmac");
  const double a = hw.activation_bits;
  set(Action::dense_mac_ternary) = ternary_mac(prices, a, false);
  set(Action::dense_gated_ternary) = ternary_mac(prices, a, true);
  set(Action::dense_mac_int2) = integer_mac(prices, a, 2, false);
  set(Action::dense_gated_int2) = integer_mac(prices, a, 2, true);
  set(Action::dense_mac_int4) = integer_mac(prices, a, 4, false);
  set(Action::dense_gated_int4) = integer_mac(prices, a, 4, true);
  set(Action::dense_mac_int8) = integer_mac(prices, a, 8, false);
  set(Action::dense_gated_int8) = integer_mac(prices, a, 8, true);
  set(Action::dense_sum_update) = sum_update(prices);
  set(Action::dense_activation_bits) =
      prices.of(1, Entry::register_bit) + prices.of(side_mm(area_.of(Unit::tmac)), Entry::wire_bit_mm);
  set(Action::dense_weight_write_bits) = prices.of(1, Entry::register_bit);
  set(Action::dense_weight_read_bits) = selection(prices, 1, hw.weight_buffers * hw.weight_buffer_depth);
  set(Action::dense_trit_decode) = prices.of(1.0 / 5, Entry::gate, Entry::ge_trit_decoder);
  set(Action::dense_accumulator_reads) = accumulator_read_;
  set(Action::dense_accumulator_writes) = accumulator_write_;
}

void Pricing::price_lanes(Actions& to, const Lanes& lanes) {
  const Prices prices(area_.table(), lanes.user);
  const double a = lanes.activation_bits;
  const auto set = [&](Action action) -> Amount& { return to[static_cast<std::size_t>(action)]; };
  const auto mac = [&](double v) {
    return prices.of(a * v, Entry::multiplier_bit2) + prices.of(a + v, Entry::register_bit);
  };
  set(Action::sparse_mac_4) = mac(4);
  set(Action::sparse_mac_8) = mac(8);
  set(Action::sparse_mac_16) = mac(16);
  // The value is still read and clocked in; the multiplier sees a zero.
  set(Action::sparse_gated) = prices.of(a * lanes.value_bits, Entry::multiplier_bit2, Entry::gated_mac) +
                              prices.of(lanes.value_bits, Entry::register_bit);
  set(Action::sparse_zero_activation) = prices.of(a, Entry::gate);  // one gate per bit finds the zero
  set(Action::sparse_sum_update) = sum_update(prices);
  set(Action::sparse_index_decode) =
      prices.of(index_bits, Entry::adder_bit) + prices.of(index_bits, Entry::register_bit);
  set(Action::sparse_weight_write_bits) = prices.of(1, Entry::register_bit);
  set(Action::sparse_weight_read_bits) = selection(prices, 1, lanes.buffered_values);
  set(Action::sparse_accumulator_reads) = accumulator_read_;
  set(Action::sparse_accumulator_writes) = accumulator_write_;
}

void Pricing::price_sparse(const Hardware& hw) {
  const Prices prices(area_.table(), "the sparse lanes");
  const double a = hw.spu_activation_bits;
  price_lanes(actions_, {.user = "the sparse lanes",
                         .activation_bits = a,
                         .value_bits = hw.value_bits,
                         .buffered_values = hw.value_buffers * hw.value_buffer_depth});
  set(Action::sparse_gather) =
      selection(prices, a, hw.banks) + prices.of(a * side_mm(area_.of(Unit::scratchpad)), Entry::wire_bit_mm);
  set(Action::sparse_broadcast_bits) =
      prices.of(1, Entry::register_bit) + prices.of(side_mm(area_.of(Unit::spu)), Entry::wire_bit_mm);
  set(Action::sparse_queue_push) = prices.of(a + index_bits, Entry::register_bit);
  set(Action::sparse_queue_pop) = selection(prices, a + index_bits, hw.queue_depth);
  if (hw.local_weight_kib == 0) return;
  const Prices memory(area_.table(), "the sparse lanes' own memories");
  constexpr double bit = 1 / local_word_bits;  // a word is read for all values in it
  set(Action::sparse_local_read_bits) = memory.of_memory(bit, Entry::sram_read, hw.local_weight_kib, local_word_bits);
  set(Action::sparse_local_write_bits) = memory.of_memory(bit, Entry::sram_write, hw.local_weight_kib, local_word_bits);
}

void Pricing::price_fused(const Hardware& hw) {
  price_lanes(fused_, {.user = "the fused lanes",
                       .activation_bits = hw.activation_bits,
                       .value_bits = hw.fused_value_bits,
                       .buffered_values = hw.weight_buffers * hw.weight_buffer_depth});
  fused_[static_cast<std::size_t>(Action::sparse_select)] =
      selection(Prices(area_.table(), "the fused lanes"), hw.activation_bits, hw.input_channels);
}

void Pricing::price_merge(const Hardware& /*hardware*/) {
  const Prices prices(area_.table(), "merge");
  set(Action::merge_accumulator_reads) = accumulator_read_;
  set(Action::merge_requantize) = prices.of(2 * sum_bits * multiplier_bits, Entry::multiplier_bit2) +
                                  prices.of(3 * wide_bits, Entry::adder_bit) +
                                  prices.of(wide_bits * shifter_stages, Entry::gate, Entry::ge_mux);
  set(Action::merge_residual) =
      prices.of(multiplier_bits * 8, Entry::multiplier_bit2) + prices.of(wide_bits, Entry::adder_bit);
  set(Action::merge_pool) = sum_update(prices);
}

void Pricing::price_dma(const Hardware& hw) {
  const Prices prices(area_.table(), "dma"), memory(area_.table(), "external memory");
  const double bits = 8 * hw.bus_bytes;
  set(Action::dma_beats) =
      prices.of(2 * bits, Entry::register_bit) + prices.of(bits * side_mm(area_.total()), Entry::wire_bit_mm);
  // Three nested loops on both sides, 32 bits each.
  set(Action::dma_bursts) = prices.of(6 * 32, Entry::adder_bit) + prices.of(6 * 32, Entry::register_bit);
  set(Action::dma_memory_read_bytes) = memory.of(8, Entry::dram_bit);
  set(Action::dma_memory_write_bytes) = memory.of(8, Entry::dram_bit);
}

/// Words that `bytes` take in at least `pieces` accesses.
Amount Pricing::words(const Activity& activity, Action bytes, Action pieces, const Amount& word) const {
  const double full = std::ceil(static_cast<double>(activity[bytes]) / bank_width_);
  return word * std::max(full, static_cast<double>(activity[pieces]));
}

void Pricing::add_scratchpad(const Activity& activity, Bill& bill) const {
  const auto whole = [&](Action bytes, const Amount& word) {
    return word * std::ceil(static_cast<double>(activity[bytes]) / bank_width_);
  };
  bill.at(Purpose::dense, Unit::scratchpad) +=
      whole(Action::dense_stream_bytes, scratchpad_read_) +
      words(activity, Action::dense_fetch_bytes, Action::dense_fetches, scratchpad_read_);
  bill.at(Purpose::sparse, Unit::scratchpad) +=
      whole(Action::sparse_stream_bytes, scratchpad_read_) +
      scratchpad_read_ * static_cast<double>(activity[Action::sparse_gather]) +
      words(activity, Action::sparse_fetch_bytes, Action::sparse_fetches, scratchpad_read_);
  bill.at(Purpose::merge, Unit::scratchpad) +=
      whole(Action::merge_stream_bytes, scratchpad_read_) +
      words(activity, Action::merge_fetch_bytes, Action::merge_fetches, scratchpad_read_) +
      words(activity, Action::merge_write_bytes, Action::merge_writes, scratchpad_write_);
  bill.at(Purpose::dma, Unit::scratchpad) += whole(Action::dma_scratchpad_read_bytes, scratchpad_read_) +
                                             whole(Action::dma_scratchpad_write_bytes, scratchpad_write_);
}

Bill Pricing::jobs(Unit unit, const Activity& activity) const {
  Bill bill;
  for (std::size_t i = 0; i < action_count; ++i) {
    const Action action = static_cast<Action>(i);
    if (activity[action] == 0) continue;
    const bool memory = action == Action::dma_memory_read_bytes || action == Action::dma_memory_write_bytes;
    const Purpose purpose = memory ? Purpose::memory : purpose_of(description(action).pass);
    const Unit place = memory ? Unit::dram : place_of(action, unit);
    const bool fused = unit == Unit::tmac && description(action).pass == ActionPass::sparse;
    bill.at(purpose, place) += (fused ? fused_ : actions_)[i] * static_cast<double>(activity[action]);
  }
  add_scratchpad(activity, bill);
  return bill;
}

Bill Pricing::instructions(double count) const {
  Bill bill;
  bill.at(Purpose::driver, Unit::cpu) = instruction_ * count;
  return bill;
}

Bill Pricing::leakage(double seconds) const {
  constexpr double pj_per_mw_s = 1e9;
  Bill bill;
  for (std::size_t i = 0; i < unit_count; ++i) {
    const Unit unit = static_cast<Unit>(i);
    bill.at(Purpose::leakage, unit) = area_.leakage_mw(unit) * (seconds * pj_per_mw_s);
  }
  return bill;
}

}  // namespace terse::energy
