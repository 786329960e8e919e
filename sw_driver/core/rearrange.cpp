// Copies of blocks of elements.
#include "sw_driver/core/core_operations.hpp"

namespace terse::driver {
namespace {

bool same_alignment(const std::uint8_t* a, const std::uint8_t* b) {
  return (reinterpret_cast<std::uintptr_t>(a) ^ reinterpret_cast<std::uintptr_t>(b)) % 4 == 0;
}

void store_word(std::uint8_t* to, std::uint32_t word) {
  std::memcpy(__builtin_assume_aligned(to, 4), &word, sizeof word);
}

image::CoreBlock block_of(const CoreWork& work, std::uint32_t index) {
  return work.record<image::CoreBlock>(
      static_cast<std::uint32_t>(sizeof(image::CoreRearrange) + index * sizeof(image::CoreBlock)));
}

/// Dimensions from `dimension` on.
void copy(const image::CoreBlock& block, std::uint32_t dimension, const std::uint8_t* from, std::uint8_t* to) {
  const std::uint32_t count = block.extents[dimension];
  const std::int32_t source = block.source_strides[dimension], destination = block.destination_strides[dimension];
  if (dimension == 4) {
    if (source == 1 && destination == 1) {
      copy_bytes(to, from, count);
      return;
    }
    for (std::uint32_t i = 0; i < count; ++i, from += source, to += destination) *to = *from;
    return;
  }
  for (std::uint32_t i = 0; i < count; ++i, from += source, to += destination) copy(block, dimension + 1, from, to);
}

}  // namespace

void copy_bytes(std::uint8_t* to, const std::uint8_t* from, std::uint32_t count) {
  if (same_alignment(to, from)) {
    for (; count != 0 && reinterpret_cast<std::uintptr_t>(to) % 4 != 0; --count) *to++ = *from++;
    for (; count >= 16; count -= 16, to += 16, from += 16) {
      const std::uint32_t w0 = load_word(from), w1 = load_word(from + 4);
      const std::uint32_t w2 = load_word(from + 8), w3 = load_word(from + 12);
      store_word(to, w0);
      store_word(to + 4, w1);
      store_word(to + 8, w2);
      store_word(to + 12, w3);
    }
    for (; count >= 4; count -= 4, to += 4, from += 4) store_word(to, load_word(from));
  }
  for (; count != 0; --count) *to++ = *from++;
}

/// Unit 0 fills; each block then has one unit per index of its outermost dimension.
std::uint32_t prepare_rearrange(CoreWork& work) {
  const auto parameters = work.record<image::CoreRearrange>();
  std::uint32_t units = 1;
  for (std::uint32_t block = 0; block < parameters.block_count; ++block) units += block_of(work, block).extents[0];
  return units;
}

void run_rearrange(CoreWork& work, std::uint32_t unit) {
  const auto parameters = work.record<image::CoreRearrange>();
  if (unit == 0) {
    if (parameters.writes_fill == 0) return;
    std::memset(work.output.bytes, static_cast<std::uint8_t>(parameters.fill), work.output.elements());
    return;
  }
  std::uint32_t outer = unit - 1, index = 0;
  image::CoreBlock block = block_of(work, 0);
  while (outer >= block.extents[0]) {
    outer -= block.extents[0];
    block = block_of(work, ++index);
  }
  const auto along = [outer](std::int32_t stride) { return static_cast<std::int32_t>(outer) * stride; };
  copy(block, 1, work.inputs[block.operand].bytes + block.source + along(block.source_strides[0]),
       work.output.bytes + block.destination + along(block.destination_strides[0]));
}

}  // namespace terse::driver
