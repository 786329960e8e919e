// A topology in libtorch, in float or quantized as an experiment asks.
#pragma once

#include <torch/torch.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "explore/experiment.hpp"
#include "explore/fake_quantize.hpp"
#include "explore/trained_network.hpp"
#include "explore/weight_quantizer.hpp"

namespace terse::explore {

class Network {
 public:
  enum class Precision { real, quantized };

  Network(Topology topology, Precision precision, Experiment experiment);

  /// pixels: [N, C, H, W] in channels-last memory, integers 0..255 as float. Result: logits [N, classes].
  torch::Tensor forward(const torch::Tensor& pixels);

  /// Batch normalisation goes by the batch and follows it, or by what it has seen.
  void set_training(bool training) { training_ = training; }
  /// Activation scales follow the data while true (scale moving_maximum).
  void set_observing(bool observing) { observing_ = observing; }
  /// How fast batch normalisation follows; nothing: the mean of all batches since reset_statistics().
  void set_momentum(std::optional<double> momentum) { momentum_ = momentum; }
  void reset_statistics();

  /// Chooses the high-precision weights from the present float weights and the gradients noted.
  void choose_positions();
  /// Adds the present gradients' squares to those that criterion fisher goes by.
  void note_gradients();
  void relax(double fraction);
  void freeze(double fraction);
  /// After a step: weights that stand still go back to their values.
  void hold();

  /// Starts from a float network of the same topology.
  void import_float(const Network& other);
  [[nodiscard]] TrainedNetwork export_network() const;
  /// Mean over the split layers' weights of the squared relative error, as a root.
  [[nodiscard]] double weight_error() const;

  /// Weights that weight decay applies to, and the others.
  [[nodiscard]] std::vector<torch::Tensor> decayed_parameters() const;
  [[nodiscard]] std::vector<torch::Tensor> other_parameters() const;

  void save(torch::serialize::OutputArchive& archive) const;
  /// Throws c10::Error for an archive of another network.
  void load(torch::serialize::InputArchive& archive);

  [[nodiscard]] const Topology& topology() const { return topology_; }

 private:
  struct Layer {
    torch::Tensor weight;  ///< In channels-last memory: its order is [output channel][k].
    torch::Tensor gamma, beta, mean, variance;
    torch::Tensor bias;
    torch::Tensor ternary_scale;  ///< Learned, per output channel.
    torch::Tensor fisher;
    std::optional<WeightQuantizer> quantizer;
  };
  using Named = std::vector<std::pair<std::string, torch::Tensor>>;

  void add_layer(const Node& node);
  void start_learned_scale(Layer& layer);
  torch::Tensor convolve(const Node& node, const torch::Tensor& x);
  torch::Tensor activate(const Node& node, const torch::Tensor& x);
  torch::Tensor scale_for(const Node& node, const torch::Tensor& x, ActivationRange range);
  torch::Tensor effective_weight(const Layer& layer) const;
  /// All trained and followed tensors; they share their memory with the layers.
  [[nodiscard]] Named tensors() const;
  [[nodiscard]] int activation_bits(const Node& node) const;

  Topology topology_;
  bool quantized_;
  Experiment experiment_;
  bool training_ = true, observing_ = true;
  std::optional<double> momentum_ = 0.1;
  std::int64_t batches_seen_ = 0;
  std::map<std::string, Layer> layers_;
  std::map<std::string, torch::Tensor> scales_;  ///< Of one element, by node.
};

}  // namespace terse::explore
