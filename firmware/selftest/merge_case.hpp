#pragma once
// Jobs of the merge unit for the self-test: parameter records, and the arithmetic of requantization by the core.
#include <cstdint>

#include "firmware/selftest/bench.hpp"
#include "firmware/selftest/convolution_case.hpp"

namespace terse::firmware {

/// Requantization of one channel (models/merge/registers.yaml, PARAMETER_ADDRESS).
struct RequantizationRecord {
  std::int64_t bias = 0;
  std::int16_t dense = 0;
  std::int16_t sparse = 0;
  std::int16_t residual = 0;
  std::uint8_t shift = 0;
  std::uint8_t reserved = 0;
};
static_assert(sizeof(RequantizationRecord) == 16);

/// y = clip(round_half_away(v >> shift)), with v the 64-bit sum of the three products and the bias.
[[nodiscard]] std::int32_t requantize(const RequantizationRecord& record, std::int32_t dense, std::int32_t sparse,
                                      std::int32_t residual, std::int32_t low, std::int32_t high);

/// A record for output channel `channel`.
inline RequantizationRecord& record_of(Bench& bench, std::uint32_t channel) {
  return bench.scratchpad<RequantizationRecord>(layout::records)[channel];
}

/// Reads `height` x `width` x `channels` outputs at layout::output, no gaps, as bytes or words. The caller adds FLAGS
/// and clips.
[[nodiscard]] driver::MergeJob merge_job(std::uint32_t height, std::uint32_t width, std::uint32_t channels, bool words);

/// Output words at layout::output.
[[nodiscard]] inline const volatile std::int32_t* output_words(Bench& bench) {
  return bench.scratchpad<const volatile std::int32_t>(layout::output);
}

}  // namespace terse::firmware
