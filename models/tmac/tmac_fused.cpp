#include "models/tmac/tmac_fused.hpp"

#include <algorithm>
#include <vector>

namespace terse {

using registers::spu::IndexFormat;

namespace {

std::uint64_t ceil_div(std::uint64_t a, std::uint64_t b) {
  return (a + b - 1) / b;
}

/// Calls use(k) for every value other than zero of output channel o.
template <typename Use>
void for_each_value(const SparseFormat& format, const SparseWeights& weights, std::uint64_t o, const Use& use) {
  if (format.index == IndexFormat::dense) {
    const convolution::DenseMatrix& dense = weights.dense();
    for (std::uint64_t k = 0; k < dense.columns; ++k) {
      if (dense.weights[o * dense.columns + k] != 0) use(k);
    }
    return;
  }
  for (const convolution::SparseEntry& entry : weights.stored().row(o)) {
    if (entry.value != 0) use(entry.position);
  }
}

}  // namespace

SparseCapabilities fused_capabilities(const TmacParameters& parameters) {
  if (parameters.fused_lanes == 0) return {};
  return {index_format_bit(IndexFormat::absolute) | index_format_bit(IndexFormat::n_of_m) |
              index_format_bit(IndexFormat::dense) | index_format_bit(IndexFormat::relative) |
              index_format_bit(IndexFormat::bitmap),
          parameters.fused_value_bits};
}

std::uint64_t fused_extra_steps(const convolution::Shape& shape, const SparseFormat& format,
                                const SparseWeights& weights, const TmacParameters& parameters) {
  const std::uint64_t slices = ceil_div(shape.input_channels, parameters.input_channels);
  const std::uint64_t positions = std::uint64_t{shape.kernel_height} * shape.kernel_width;
  std::vector<std::uint32_t> most(positions * slices), values(positions * slices);
  std::uint64_t extra = 0;
  for (std::uint64_t first = 0; first < shape.output_channels; first += parameters.output_channels) {
    const std::uint64_t end = std::min<std::uint64_t>(first + parameters.output_channels, shape.output_channels);
    std::fill(most.begin(), most.end(), 0u);
    for (std::uint64_t o = first; o < end; ++o) {
      std::fill(values.begin(), values.end(), 0u);
      for_each_value(format, weights, o, [&](std::uint64_t k) {
        ++values[k / shape.input_channels * slices + k % shape.input_channels / parameters.input_channels];
      });
      for (std::size_t i = 0; i < most.size(); ++i) most[i] = std::max(most[i], values[i]);
    }
    for (const std::uint32_t count : most) {
      extra += std::max<std::uint64_t>(1, ceil_div(count, parameters.fused_lanes)) - 1;
    }
  }
  return extra * ceil_div(shape.pixels(), parameters.pixels);
}

}  // namespace terse
