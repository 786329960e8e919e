#pragma once
// A small convolution with everything a pass needs, packed for the units, and its result by the core: the same
// operation on the core instead of the unit.
#include <array>
#include <cstdint>

#include "firmware/selftest/bench.hpp"
#include "registers/generated/spu.hpp"

namespace terse::firmware {

/// Where the pieces lie in the scratchpad (byte offsets). The tests need this much of it.
namespace layout {
inline constexpr std::uint32_t input = 0x0000;
inline constexpr std::uint32_t ternary = 0x0400;
inline constexpr std::uint32_t values = 0x0800;
inline constexpr std::uint32_t indices = 0x0C00;
inline constexpr std::uint32_t row_pointers = 0x1000;
inline constexpr std::uint32_t records = 0x1080;
inline constexpr std::uint32_t residual = 0x1100;
inline constexpr std::uint32_t output = 0x1400;
inline constexpr std::uint32_t size = 0x2000;
}  // namespace layout

struct Geometry {
  std::uint32_t height = 4, width = 5, channels = 3;
  std::uint32_t kernel = 3;
  std::uint32_t stride = 1;
  std::uint32_t padding = 1;
  std::uint32_t dilation = 1;
  std::uint32_t outputs = 4;  ///< Output channels.
  bool input_signed = false;

  [[nodiscard]] constexpr std::uint32_t output_height() const { return output_length(height); }
  [[nodiscard]] constexpr std::uint32_t output_width() const { return output_length(width); }
  [[nodiscard]] constexpr std::uint32_t weights_per_output() const { return kernel * kernel * channels; }
  [[nodiscard]] constexpr std::uint32_t results() const { return output_height() * output_width() * outputs; }

 private:
  [[nodiscard]] constexpr std::uint32_t output_length(std::uint32_t input) const {
    return (input + 2 * padding - (dilation * (kernel - 1) + 1)) / stride + 1;
  }
};

/// How the high-precision values are stored.
struct SparseFormat {
  registers::spu::IndexFormat index = registers::spu::IndexFormat::absolute;
  std::uint32_t value_bits = 8;
  std::uint32_t n = 1;
  std::uint32_t m = 4;
};

class ConvolutionCase {
 public:
  static constexpr std::uint32_t max_weights = 288;
  static constexpr std::uint32_t max_results = 160;
  using Sums = std::array<std::int32_t, max_results>;

  /// Random input and weights; the packed forms are written to the scratchpad.
  ConvolutionCase(Bench& bench, const Geometry& geometry, const SparseFormat& format, std::uint32_t seed);

  [[nodiscard]] driver::TmacJob dense_job() const;
  [[nodiscard]] driver::SpuJob sparse_job() const;
  /// Adds the pass's sums, element (y * output_width + x) * outputs + o.
  void add_dense(Sums& sums) const { add(sums, ternary_); }
  void add_sparse(Sums& sums) const { add(sums, sparse_); }
  [[nodiscard]] const Geometry& geometry() const { return geometry_; }

 private:
  using Weights = std::array<std::int16_t, max_weights>;

  void make_sparse(Pattern& pattern);
  void pack_ternary();
  void pack_sparse();
  void put_bits(std::uint32_t area, std::uint32_t first_bit, std::uint32_t width, std::uint32_t value);
  [[nodiscard]] std::uint32_t slots_per_output() const;
  [[nodiscard]] std::uint32_t position_of(std::uint32_t slot, std::uint32_t output) const;
  [[nodiscard]] std::uint32_t index_width() const;
  [[nodiscard]] std::int32_t activation(std::int32_t y, std::int32_t x, std::uint32_t channel) const;
  void add(Sums& sums, const Weights& weights) const;
  template <typename Job>
  void fill_common(Job& job) const;

  std::uint8_t* scratchpad_;
  Geometry geometry_;
  SparseFormat format_;
  Weights ternary_{};
  Weights sparse_{};
};

}  // namespace terse::firmware
