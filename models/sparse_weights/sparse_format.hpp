#pragma once
// How high-precision values and their positions are stored: the job register FORMAT of spu, and of tmac's fused lanes.
#include <cstdint>

#include "models/convolution/shape.hpp"
#include "registers/generated/spu.hpp"

namespace terse {

/// The job register FORMAT, checked.
struct SparseFormat {
  registers::spu::IndexFormat index = registers::spu::IndexFormat::absolute;
  std::uint32_t value_bits = 8;
  std::uint32_t n = 0, m = 0;  ///< n_of_m: N and M; relative, relative_columns: n is the width of a gap.
  bool row_order = false;
  bool wide_pointers = false;  ///< relative_columns: pointers of 32 instead of 16 bits.

  /// Values stored per output channel (formats n_of_m and dense).
  [[nodiscard]] std::uint64_t row_values(const convolution::Shape& shape) const;
  /// Bytes of one output channel's index stream (formats n_of_m and bitmap).
  [[nodiscard]] std::uint64_t row_index_bytes(const convolution::Shape& shape) const;
};

/// What a unit can read.
struct SparseCapabilities {
  std::uint32_t index_formats = 0;  ///< Bit f is set when index_format f is supported.
  std::uint32_t value_bits = 0;     ///< Widest value.
};

[[nodiscard]] constexpr std::uint32_t index_format_bit(registers::spu::IndexFormat format) {
  return 1u << static_cast<std::uint32_t>(format);
}

/// Throws illegal_value for the register at `register_offset` when the unit does not support the format.
[[nodiscard]] SparseFormat sparse_format(std::uint32_t format_register, const SparseCapabilities& capabilities,
                                         std::uint32_t register_offset);

}  // namespace terse
