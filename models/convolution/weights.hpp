#pragma once
// Weights as the datapaths use them: unpacked once per job from the bits in the scratchpad. Every decoder checks what
// it reads; what it refuses is the offset of the first illegal code.
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace terse::convolution {

/// Ternary weights (or others of at most 8 bits), one byte each: row o holds the K weights of output channel o.
struct TernaryMatrix {
  std::uint64_t columns = 0;
  std::vector<std::int8_t> weights;

  /// Prepares `rows` rows of `columns` weights, all zero.
  void resize(std::uint64_t rows, std::uint64_t row_columns);
  /// Unpacks row `row` from 2-bit codes, lowest bits first: 00 zero, 01 plus one, 11 minus one. Returns the byte offset
  /// within `packed` of the first illegal code (10), else nothing. `packed` has at least ceil(columns / 4) bytes.
  [[nodiscard]] std::optional<std::uint64_t> unpack_row(std::uint64_t row, std::span<const std::uint8_t> packed);
  /// The same from five weights per byte, value = sum of (weight + 1) * 3^i; 243 to 255 are illegal. `packed` has at
  /// least ceil(columns / 5) bytes.
  [[nodiscard]] std::optional<std::uint64_t> unpack_base3_row(std::uint64_t row, std::span<const std::uint8_t> packed);
};

/// High-precision weights, every position stored: row o holds the K weights of output channel o.
struct DenseMatrix {
  std::uint64_t columns = 0;
  std::vector<std::int16_t> weights;
};

/// One stored high-precision weight.
struct SparseEntry {
  std::uint32_t position = 0;  ///< k
  std::int16_t value = 0;
};

/// High-precision weights, only some positions stored: the entries of output channel o are
/// entries[row_starts[o] .. row_starts[o + 1]), in ascending order of position. A position may occur more than once.
struct SparseMatrix {
  std::uint64_t columns = 0;
  std::vector<std::uint64_t> row_starts = {0};
  std::vector<SparseEntry> entries;

  /// Ends the row whose entries were appended since the last call; puts them in order.
  void end_row();
};

/// Unpacks `count` signed values of `bits` (2, 4, 8 or 16) each, little-endian, several in a byte from the lowest bits
/// on, beginning with value `first` of `packed`.
void unpack_values(std::span<const std::uint8_t> packed, std::uint64_t first, std::uint64_t count, std::uint32_t bits,
                   std::int16_t* values);

/// The `width` (0 to 8) bits that begin at bit `bit` of `packed`, lowest first. Bits past the end read zero.
[[nodiscard]] std::uint32_t read_bits(std::span<const std::uint8_t> packed, std::uint64_t bit, std::uint32_t width);

/// Bits that tell `positions` positions apart: ceil(log2 positions).
[[nodiscard]] std::uint32_t index_width(std::uint32_t positions);

}  // namespace terse::convolution
