// Shares of exponentials over the channels of each pixel.
#include "sw_driver/core/core_operations.hpp"

namespace terse::driver {
namespace {

constexpr std::uint32_t entries = 256;

std::uint32_t exponential(const CoreWork& work, std::uint32_t below_greatest) {
  return load_word(work.workspace->data.bytes.data() + 4 * below_greatest);
}

std::uint32_t log2_floor(std::uint32_t value) {
  std::uint32_t result = 0;
  while (value >>= 1) ++result;
  return result;
}

/// floor(2^(31 + n) / sum), where 2^n <= sum < 2^(n+1) <= 2^32.
std::uint32_t reciprocal(std::uint32_t sum, std::uint32_t n) {
  return static_cast<std::uint32_t>((std::uint64_t{1} << (31 + n)) / sum);
}

}  // namespace

/// The table near the core; one unit per pixel.
std::uint32_t prepare_softmax(CoreWork& work) {
  copy_bytes(work.workspace->data.bytes.data(), work.data, entries * 4);
  return work.output.pixels();
}

void run_softmax(CoreWork& work, std::uint32_t unit) {
  const std::uint32_t channels = work.inputs[0].shape.channels;
  const Decoder decode(work.inputs[0].shape);
  const StagedRow row(*work.workspace, work.inputs[0].bytes + unit * channels, channels);
  std::int32_t greatest = decode(row[0]);
  for (std::uint32_t c = 1; c < channels; ++c) {
    const std::int32_t q = decode(row[c]);
    greatest = q > greatest ? q : greatest;
  }
  const auto weight = [&](std::uint32_t c) {
    return exponential(work, static_cast<std::uint32_t>(greatest - decode(row[c])));
  };
  std::uint32_t sum = 0;
  for (std::uint32_t c = 0; c < channels; ++c) sum += weight(c);

  const std::uint32_t multiplier = load_word(work.data + offsetof(image::CoreSoftmax, multiplier));
  const std::uint32_t shift = load_word(work.data + offsetof(image::CoreSoftmax, shift));
  const std::uint32_t n = log2_floor(sum);
  const auto factor = static_cast<std::uint32_t>(std::uint64_t{reciprocal(sum, n)} * multiplier >> 31);
  const Rounding rounding(n + shift);
  const CoreStore store(work);
  const std::uint32_t bytes = channels * store.element_bytes();
  const StagedResult result(*work.workspace, work.output.bytes + unit * bytes, bytes);
  std::uint8_t* to = result.bytes();
  for (std::uint32_t c = 0; c < channels; ++c, to += store.element_bytes()) {
    store.put(to, static_cast<std::int64_t>(std::uint64_t{weight(c)} * factor), rounding);
  }
  result.deliver();
}

}  // namespace terse::driver
