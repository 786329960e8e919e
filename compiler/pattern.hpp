#pragma once
// How the positions of high-precision weights are stored: sizes in bits, and recognition of the cheapest pattern.
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "compiler/quantized_network.hpp"

namespace terse::compiler {

/// The widths of high-precision values that the formats know.
inline constexpr std::uint32_t value_widths[] = {4, 8, 16};

/// True when the pattern stores a value for every k, without indices.
bool is_dense(const Pattern& pattern);
/// Slots of one output channel of `weights_per_channel` weights; unstructured has no fixed number and is not asked.
std::uint64_t slots_per_channel(const Pattern& pattern, std::uint64_t weights_per_channel);
/// Bits of the position within a group of M.
std::uint32_t index_bits(std::uint32_t m);
/// No group of M consecutive k of an output channel has more than N nonzero values.
bool fits_pattern(std::span<const std::int16_t> values, std::uint64_t weights_per_channel, const Pattern& pattern);

/// Bits that values, indices and row pointers take, without the alignment of rows to 4 bytes (which would make patterns
/// of narrow layers look alike).
std::uint64_t storage_bits(std::span<const std::int16_t> values, std::uint64_t weights_per_channel,
                           std::uint32_t value_bits, const Pattern& pattern);

/// How to store `values`: N:M with N in {1, 2} and M in {8, 16, 32, 64, 128}, of those that fit the one of fewest bits
/// (the smaller M on a tie); unstructured when none fits; dense when that takes no more bits. All zeros: kind none.
Pattern recognize_pattern(std::span<const std::int16_t> values, std::uint64_t weights_per_channel,
                          std::uint32_t value_bits);
/// The narrowest width that holds every value.
std::uint32_t narrowest_value_bits(std::span<const std::int16_t> values);

/// "1:32", "unstructured", "dense", "-".
std::string to_string(const Pattern& pattern);

/// A pattern and the width of its values, as files state them: "1:32 of 8 bits".
struct StatedPattern {
  Pattern pattern;
  std::uint32_t value_bits = 8;
};
std::string state(const StatedPattern& stated);
/// Nothing when `text` is no such statement.
std::optional<StatedPattern> read_stated_pattern(const std::string& text);

}  // namespace terse::compiler
