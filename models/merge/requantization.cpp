#include "models/merge/requantization.hpp"

#include <bit>
#include <cstring>

namespace terse {

static_assert(std::endian::native == std::endian::little, "records are copied as they lie in the scratchpad");

std::optional<RequantizationRecord> RequantizationRecord::decode(std::span<const std::uint8_t, bytes> packed) {
  RequantizationRecord record;
  std::memcpy(&record.bias, packed.data(), 8);
  std::memcpy(&record.dense_multiplier, packed.data() + 8, 2);
  std::memcpy(&record.sparse_multiplier, packed.data() + 10, 2);
  std::memcpy(&record.residual_multiplier, packed.data() + 12, 2);
  record.shift = packed[14];
  const bool bias_legal = record.bias >= -greatest_bias && record.bias <= greatest_bias;
  if (!bias_legal || record.shift > greatest_shift || packed[15] != 0) return std::nullopt;
  return record;
}

std::int64_t shift_round_half_away(std::int64_t v, std::uint32_t shift) {
  if (shift == 0) return v;
  const std::int64_t half = std::int64_t{1} << (shift - 1);
  return v >= 0 ? (v + half) >> shift : -((half - v) >> shift);
}

std::int32_t requantize(const RequantizationRecord& record, const SuperpositionOperands& operands,
                        const ClipRange& range, std::uint64_t& saturations) {
  const std::int64_t v = std::int64_t{record.dense_multiplier} * operands.dense +
                         std::int64_t{record.sparse_multiplier} * operands.sparse +
                         std::int64_t{record.residual_multiplier} * operands.residual + record.bias;
  const std::int64_t rounded = shift_round_half_away(v, record.shift);
  if (range.saturates(rounded)) ++saturations;
  return range.clip(rounded);
}

}  // namespace terse
