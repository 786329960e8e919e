#pragma once
// What a job did that costs energy: a count per action, filled by the unit from the job's shape, weights and its own
// parameters. Counts are facts about the hardware's work; what one costs in a technology is said elsewhere
// (platform/energy), so that one run can be priced in any node.
//
// An action belongs to one pass, whichever unit does it: a fused job of tmac has dense and sparse actions, and its
// sparse part can be told apart.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace terse {

enum class Action : std::uint8_t {
  // Dense pass. A MAC is gated where its weight is zero or its activation is padding: no operand changes.
  dense_mac_ternary,
  dense_mac_int2,
  dense_mac_int4,
  dense_mac_int8,
  dense_gated_ternary,
  dense_gated_int2,
  dense_gated_int4,
  dense_gated_int8,
  dense_sum_update,
  dense_activation_bits,
  dense_weight_write_bits,
  dense_weight_read_bits,
  dense_trit_decode,
  dense_stream_bytes,
  dense_fetch_bytes,
  dense_fetches,
  dense_accumulator_reads,
  dense_accumulator_writes,
  // Sparse pass, in spu or in tmac's fused lanes. A MAC is gated where the stored value is zero or its activation is
  // padding.
  sparse_mac_4,
  sparse_mac_8,
  sparse_mac_16,
  sparse_gated,
  sparse_zero_activation,
  sparse_sum_update,
  sparse_index_decode,
  sparse_gather,
  sparse_fetch_bytes,
  sparse_fetches,
  sparse_broadcast_bits,
  sparse_select,
  sparse_queue_push,
  sparse_queue_pop,
  sparse_weight_write_bits,
  sparse_weight_read_bits,
  sparse_local_write_bits,
  sparse_local_read_bits,
  sparse_stream_bytes,
  sparse_accumulator_reads,
  sparse_accumulator_writes,
  // Superposition, requantization, pooling.
  merge_accumulator_reads,
  merge_requantize,
  merge_residual,
  merge_pool,
  merge_stream_bytes,
  merge_fetch_bytes,
  merge_fetches,
  merge_write_bytes,
  merge_writes,
  // Transfers.
  dma_beats,
  dma_bursts,
  dma_scratchpad_read_bytes,
  dma_scratchpad_write_bytes,
  dma_memory_read_bytes,
  dma_memory_write_bytes
};
inline constexpr std::size_t action_count = static_cast<std::size_t>(Action::dma_memory_write_bytes) + 1;

enum class ActionPass : std::uint8_t { dense, sparse, merge, dma };

struct ActionDescription {
  std::string_view name;
  ActionPass pass;
  std::string_view unit;  ///< Of the count.
  std::string_view sentence;
};

[[nodiscard]] const ActionDescription& description(Action action);

/// The product of a stored value: the multiplier's narrowest width that holds it.
[[nodiscard]] constexpr Action sparse_mac(std::uint32_t value_bits) {
  return value_bits <= 4 ? Action::sparse_mac_4 : value_bits <= 8 ? Action::sparse_mac_8 : Action::sparse_mac_16;
}

/// Counts of all actions.
class Activity {
 public:
  std::uint64_t& operator[](Action action) { return counts_[static_cast<std::size_t>(action)]; }
  std::uint64_t operator[](Action action) const { return counts_[static_cast<std::size_t>(action)]; }
  Activity& operator+=(const Activity& other);
  bool operator==(const Activity&) const = default;

 private:
  std::array<std::uint64_t, action_count> counts_{};
};

}  // namespace terse
