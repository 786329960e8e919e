#include "models/convolution/weights.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

namespace terse::convolution {
namespace {

using Quad = std::array<std::int8_t, 4>;

/// What four codes in a byte mean.
constexpr std::array<Quad, 256> quads = [] {
  std::array<Quad, 256> table{};
  constexpr std::array<std::int8_t, 4> meaning = {0, 1, 0, -1};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    for (std::uint32_t i = 0; i < 4; ++i) table[byte][i] = meaning[(byte >> (2 * i)) & 3u];
  }
  return table;
}();

/// Whether one of the first `codes` codes of a byte is illegal: high bit set and low bit clear.
constexpr bool has_illegal_code(std::uint32_t byte, std::uint32_t codes) {
  const std::uint32_t high = (byte >> 1) & 0x55u;
  const std::uint32_t low = byte & 0x55u;
  const std::uint32_t used = (1u << (2 * codes)) - 1u;
  return ((high & ~low) & used) != 0;
}

/// Weights per byte of the base-3 encoding, and the number of codes: 3^5.
constexpr std::uint32_t trits = 5, base3_codes = 243;

/// What the five digits of a base-3 code mean.
constexpr std::array<std::array<std::int8_t, trits>, base3_codes> quintets = [] {
  std::array<std::array<std::int8_t, trits>, base3_codes> table{};
  for (std::uint32_t code = 0; code < base3_codes; ++code) {
    for (std::uint32_t i = 0, rest = code; i < trits; ++i, rest /= 3) {
      table[code][i] = static_cast<std::int8_t>(static_cast<std::int32_t>(rest % 3) - 1);
    }
  }
  return table;
}();

}  // namespace

void TernaryMatrix::resize(std::uint64_t rows, std::uint64_t row_columns) {
  columns = row_columns;
  weights.assign(rows * row_columns, 0);
}

std::optional<std::uint64_t> TernaryMatrix::unpack_row(std::uint64_t row, std::span<const std::uint8_t> packed) {
  std::int8_t* out = weights.data() + row * columns;
  const std::uint64_t whole = columns / 4;
  std::uint32_t illegal = 0;
  for (std::uint64_t i = 0; i < whole; ++i) {
    const std::uint32_t byte = packed[i];
    std::memcpy(out + 4 * i, quads[byte].data(), 4);
    illegal |= (byte >> 1) & ~byte & 0x55u;
  }
  const auto rest = static_cast<std::uint32_t>(columns % 4);
  if (rest != 0) std::memcpy(out + 4 * whole, quads[packed[whole]].data(), rest);
  const bool rest_illegal = rest != 0 && has_illegal_code(packed[whole], rest);
  if (illegal == 0 && !rest_illegal) return std::nullopt;
  for (std::uint64_t i = 0; i < whole; ++i) {
    if (has_illegal_code(packed[i], 4)) return i;
  }
  return whole;
}

std::optional<std::uint64_t> TernaryMatrix::unpack_base3_row(std::uint64_t row, std::span<const std::uint8_t> packed) {
  std::int8_t* out = weights.data() + row * columns;
  for (std::uint64_t k = 0; k < columns; k += trits) {
    const std::uint8_t code = packed[k / trits];
    if (code >= base3_codes) return k / trits;
    std::memcpy(out + k, quintets[code].data(), std::min<std::uint64_t>(trits, columns - k));
  }
  return std::nullopt;
}

void SparseMatrix::end_row() {
  const auto first = entries.begin() + static_cast<std::ptrdiff_t>(row_starts.back());
  const auto by_position = [](const SparseEntry& a, const SparseEntry& b) { return a.position < b.position; };
  if (!std::is_sorted(first, entries.end(), by_position)) std::stable_sort(first, entries.end(), by_position);
  row_starts.push_back(entries.size());
}

void unpack_values(std::span<const std::uint8_t> packed, std::uint64_t first, std::uint64_t count, std::uint32_t bits,
                   std::int16_t* values) {
  if (bits == 8) {
    const std::uint8_t* bytes = packed.data() + first;
    for (std::uint64_t i = 0; i < count; ++i) values[i] = static_cast<std::int8_t>(bytes[i]);
  } else if (bits == 16) {
    const std::uint8_t* bytes = packed.data() + 2 * first;
    for (std::uint64_t i = 0; i < count; ++i) {
      values[i] = static_cast<std::int16_t>(static_cast<std::uint16_t>(bytes[2 * i] | (bytes[2 * i + 1] << 8)));
    }
  } else {
    const std::uint32_t per_byte = 8 / bits;
    const std::uint32_t sign = 1u << (bits - 1);
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::uint64_t at = first + i;
      const std::uint32_t field = (packed[at / per_byte] >> (bits * (at % per_byte))) & (2 * sign - 1);
      values[i] = static_cast<std::int16_t>(static_cast<std::int32_t>(field ^ sign) - static_cast<std::int32_t>(sign));
    }
  }
}

std::uint32_t read_bits(std::span<const std::uint8_t> packed, std::uint64_t bit, std::uint32_t width) {
  const std::uint64_t byte = bit / 8;
  std::uint32_t word = byte < packed.size() ? packed[byte] : 0u;
  if (byte + 1 < packed.size()) word |= static_cast<std::uint32_t>(packed[byte + 1]) << 8;
  return (word >> (bit % 8)) & ((1u << width) - 1u);
}

std::uint32_t index_width(std::uint32_t positions) {
  return positions <= 1 ? 0 : static_cast<std::uint32_t>(std::bit_width(positions - 1));
}

}  // namespace terse::convolution
