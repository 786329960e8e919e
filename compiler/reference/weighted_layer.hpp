#pragma once
// Convolutions and fully connected layers of the golden reference.
#include <cstdint>
#include <vector>

#include "compiler/quantized_network.hpp"

namespace terse::reference {

/// A layer with its un-split weights, put together once for any number of inferences.
class WeightedLayer {
 public:
  /// `network` must outlive it.
  WeightedLayer(const compiler::QuantizedNetwork& network, const compiler::Layer& layer);

  /// `residual`: nullptr without one.
  [[nodiscard]] std::vector<std::int32_t> evaluate(const std::vector<std::int32_t>& input,
                                                   const std::vector<std::int32_t>* residual) const;

 private:
  void unite_weights();
  void transpose_weights();
  /// sums[pixel][channel] += the layer's products, one dot product after the other.
  void add_plain(const std::vector<std::int32_t>& input, std::vector<std::int64_t>& sums) const;
  /// The same as products of matrices, a block of pixels at a time; only where products_are_exact.
  void add_exact(const std::vector<std::int32_t>& input, std::vector<std::int64_t>& sums) const;
  /// The input in doubles, with all positions outside that windows read.
  [[nodiscard]] std::vector<double> padded(const std::vector<std::int32_t>& input) const;
  /// The `depth_` elements of the padded input that output pixel `pixel` of a group multiplies.
  void gather(const std::vector<double>& from, std::size_t pixel, std::uint32_t group, double* patch) const;

  const compiler::QuantizedNetwork& network_;
  const compiler::Layer& layer_;
  compiler::Tensor in_;
  const compiler::Tensor& out_;
  std::uint32_t group_inputs_, group_outputs_;
  std::size_t depth_;  ///< Weights per output channel.
  std::size_t padded_height_, padded_width_;
  // One integer per position, in units of 2^-shift of the output; in one of the two.
  std::vector<std::int32_t> weights_;  ///< [channel][k]
  std::vector<double> transposed_;     ///< [group][k][channel within the group], where products of matrices pay.
};

}  // namespace terse::reference
