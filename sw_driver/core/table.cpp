// Any function of one element, by looking it up.
#include "sw_driver/core/core_operations.hpp"

namespace terse::driver {
namespace {

constexpr std::uint32_t unit_elements = 4096;
constexpr std::uint32_t entries = 256;

bool aligned(const void* pointer) {
  return reinterpret_cast<std::uintptr_t>(pointer) % 4 == 0;
}

}  // namespace

/// The table near the core, clipped: bytes for bytes, words for words.
std::uint32_t prepare_table(CoreWork& work) {
  const bool words = work.output.shape.element_bytes == 4;
  const std::int32_t low = work.job.clip_low, high = work.job.clip_high;
  std::uint8_t* table = work.workspace->data.bytes.data();
  for (std::uint32_t index = 0; index < entries; ++index) {
    std::int16_t value;
    std::memcpy(&value, work.data + 2 * index, sizeof value);
    const std::int32_t clipped = value < low ? low : value > high ? high : value;
    if (words) {
      std::memcpy(table + 4 * index, &clipped, sizeof clipped);
    } else {
      table[index] = static_cast<std::uint8_t>(clipped);
    }
  }
  return (work.output.elements() + unit_elements - 1) / unit_elements;
}

void run_table(CoreWork& work, std::uint32_t unit) {
  const std::uint32_t first = unit * unit_elements;
  const std::uint32_t left = work.output.elements() - first;
  const std::uint32_t count = left < unit_elements ? left : unit_elements;
  const std::uint8_t* from = work.inputs[0].bytes + first;
  const std::uint8_t* table = work.workspace->data.bytes.data();
  std::uint32_t done = 0;
  if (work.output.shape.element_bytes == 4) {
    std::uint8_t* to = work.output.bytes + 4 * first;
    for (; done < count; ++done) std::memcpy(to + 4 * done, table + 4 * from[done], 4);
    return;
  }
  std::uint8_t* to = work.output.bytes + first;
  if (aligned(from) && aligned(to)) {
    for (; done + 4 <= count; done += 4) {
      const std::uint32_t word = load_word(from + done);
      const std::uint32_t result = std::uint32_t{table[word & 0xFF]} | std::uint32_t{table[word >> 8 & 0xFF]} << 8 |
                                   std::uint32_t{table[word >> 16 & 0xFF]} << 16 |
                                   std::uint32_t{table[word >> 24]} << 24;
      std::memcpy(__builtin_assume_aligned(to + done, 4), &result, sizeof result);
    }
  }
  for (; done < count; ++done) to[done] = table[from[done]];
}

}  // namespace terse::driver
