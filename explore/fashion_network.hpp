// The network `fashion` in libtorch, in one of the four variants.
#pragma once

#include <torch/torch.h>

#include <map>
#include <string>
#include <vector>

#include "explore/fake_quantize.hpp"
#include "explore/network_parameters.hpp"
#include "explore/topology.hpp"

namespace terse::explore {

class FashionNetwork : public torch::nn::Module {
 public:
  FashionNetwork(const Topology& topology, Variant variant, Criterion criterion);

  /// pixels: [N, 1, 28, 28], integers 0..255 as float. Result: logits [N, 10].
  torch::Tensor forward(const torch::Tensor& pixels);

  /// Chooses the high-precision weights anew from the present float weights (mixed only).
  void refresh_precise();
  /// Activation scales follow the data while true.
  void set_observing(bool observing) { observing_ = observing; }

  /// Starts from a float network of the same width.
  void import_float(const NetworkParameters& parameters);
  NetworkParameters export_parameters() const;

  /// Weights that weight decay applies to, and the others.
  std::vector<torch::Tensor> decayed_parameters() const;
  std::vector<torch::Tensor> other_parameters() const;

 private:
  struct Layer {
    torch::Tensor weight;  ///< channels-last, so its memory order is [output channel][k]
    torch::Tensor gamma, beta, mean, variance;
    torch::Tensor bias;
    bool always_int8 = false;
    std::vector<std::uint8_t> precise;
  };

  void add_convolution(const ConvolutionShape& shape);
  void add_fully_connected(int inputs, int outputs);
  torch::Tensor convolve(const ConvolutionShape& shape, const torch::Tensor& x);
  torch::Tensor activate(const std::string& name, const torch::Tensor& x, ActivationRange range);
  torch::Tensor effective_weight(const Layer& layer) const;
  QuantizedWeights quantize(const Layer& layer) const;
  float follow_scale(const std::string& name, const torch::Tensor& x, ActivationRange range);

  Topology topology_;
  Variant variant_;
  Criterion criterion_;
  bool observing_ = true;
  std::map<std::string, Layer> layers_;
  std::map<std::string, float> scales_;
};

}  // namespace terse::explore
