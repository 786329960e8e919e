#include "explore/network.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>

namespace terse::explore {

namespace {

constexpr double input_scale = 1.0 / 255.0;
constexpr float scale_momentum = 0.02F;
constexpr float smallest_scale = 1e-8F;

std::span<float> memory_of(const torch::Tensor& tensor) {
  return {tensor.data_ptr<float>(), static_cast<std::size_t>(tensor.numel())};
}

std::vector<float> values_of(const torch::Tensor& tensor) {
  const std::span<float> memory = memory_of(tensor);
  return {memory.begin(), memory.end()};
}

compiler::WeightGrid grid_of(const Node& node) {
  return {static_cast<std::size_t>(node.output_channels), static_cast<std::size_t>(node.weights_per_channel()),
          static_cast<std::size_t>(node.input_channels / node.groups)};
}

}  // namespace

Network::Network(Topology topology, Precision precision, Experiment experiment)
    : topology_(std::move(topology)),
      quantized_(precision == Precision::quantized),
      experiment_(std::move(experiment)) {
  torch::manual_seed(experiment_.seed);
  for (const Node& node : topology_.nodes) {
    if (node.has_weights()) add_layer(node);
  }
}

void Network::add_layer(const Node& node) {
  const torch::NoGradGuard no_gradient;
  Layer& layer = layers_[node.name];
  const bool convolution = node.kind == Node::Kind::convolution;
  if (convolution) {
    layer.weight = torch::empty({node.output_channels, node.input_channels / node.groups, node.kernel, node.kernel})
                       .contiguous(torch::MemoryFormat::ChannelsLast);
    layer.gamma = torch::ones(node.output_channels);
    layer.beta = torch::zeros(node.output_channels);
    layer.mean = torch::zeros(node.output_channels);
    layer.variance = torch::ones(node.output_channels);
  } else {
    layer.weight = torch::empty({node.output_channels, node.input_channels});
    layer.bias = torch::zeros(node.output_channels);
  }
  layer.weight.normal_(0.0, std::sqrt((convolution ? 2.0 : 1.0) / node.weights_per_channel()));
  if (quantized_) {
    compiler::DecompositionOptions options = experiment_.decomposition();
    if (node.all_precise) {
      options.pattern = compiler::Pattern::Kind::dense;
      options.value_bits = 8;
    }
    const std::uint64_t seed = experiment_.seed * 1000003 + layers_.size();
    layer.quantizer.emplace(grid_of(node), options, seed);
    if (experiment_.weights.ternary_scale == "learned" && layer.quantizer->has_ternary())
      layer.ternary_scale = torch::ones(node.output_channels);
  }
  for (torch::Tensor* trained : {&layer.weight, &layer.gamma, &layer.beta, &layer.bias, &layer.ternary_scale}) {
    if (trained->defined()) trained->set_requires_grad(true);
  }
}

std::vector<torch::Tensor> Network::decayed_parameters() const {
  std::vector<torch::Tensor> result;
  for (const auto& [name, layer] : layers_) result.push_back(layer.weight);
  return result;
}

std::vector<torch::Tensor> Network::other_parameters() const {
  std::vector<torch::Tensor> result;
  for (const auto& [name, layer] : layers_) {
    for (const torch::Tensor& tensor : {layer.gamma, layer.beta, layer.bias, layer.ternary_scale}) {
      if (tensor.defined()) result.push_back(tensor);
    }
  }
  for (const auto& [name, scale] : scales_) {
    if (scale.requires_grad()) result.push_back(scale);
  }
  return result;
}

torch::Tensor Network::effective_weight(const Layer& layer) const {
  if (!layer.quantizer) return layer.weight;
  const bool learned = layer.ternary_scale.defined();
  torch::Tensor quantized = torch::empty_like(layer.weight, torch::TensorOptions().requires_grad(false));
  layer.quantizer->effective(memory_of(layer.weight),
                             learned ? memory_of(layer.ternary_scale) : std::span<const float>{}, memory_of(quantized));
  torch::Tensor weight = straight_through(layer.weight, quantized);
  if (!learned) return weight;
  // Adds nothing to the value, and to the scale's gradient the sum of those of its channel's weights, signed.
  const compiler::SplitWeights split = layer.quantizer->quantize(memory_of(layer.weight));
  torch::Tensor signs = torch::empty_like(quantized);
  std::copy(split.ternary.begin(), split.ternary.end(), signs.data_ptr<float>());
  std::vector<std::int64_t> shape(static_cast<std::size_t>(layer.weight.dim()), 1);
  shape[0] = -1;
  return weight + signs * (layer.ternary_scale - layer.ternary_scale.detach()).view(shape);
}

void Network::start_learned_scale(Layer& layer) {
  if (!layer.ternary_scale.defined()) return;
  const torch::NoGradGuard no_gradient;
  const compiler::SplitWeights split = layer.quantizer->quantize(memory_of(layer.weight));
  std::copy(split.ternary_scale.begin(), split.ternary_scale.end(), layer.ternary_scale.data_ptr<float>());
}

void Network::choose_positions() {
  for (auto& [name, layer] : layers_) {
    if (!layer.quantizer) continue;
    layer.quantizer->choose(memory_of(layer.weight),
                            layer.fisher.defined() ? memory_of(layer.fisher) : std::span<const float>{});
    start_learned_scale(layer);
  }
}

void Network::note_gradients() {
  const torch::NoGradGuard no_gradient;
  for (auto& [name, layer] : layers_) {
    const torch::Tensor& gradient = layer.weight.grad();
    if (!gradient.defined()) continue;
    if (!layer.fisher.defined()) layer.fisher = torch::zeros_like(layer.weight);
    layer.fisher.add_(gradient * gradient);
  }
}

void Network::relax(double fraction) {
  for (auto& [name, layer] : layers_) {
    if (layer.quantizer) layer.quantizer->relax(fraction);
  }
}

void Network::freeze(double fraction) {
  for (auto& [name, layer] : layers_) {
    if (layer.quantizer) layer.quantizer->freeze(memory_of(layer.weight), fraction);
  }
}

void Network::hold() {
  for (auto& [name, layer] : layers_) {
    if (layer.quantizer) layer.quantizer->hold(memory_of(layer.weight));
  }
}

void Network::reset_statistics() {
  batches_seen_ = 0;
}

int Network::activation_bits(const Node& node) const {
  return node.relu ? static_cast<int>(experiment_.activations.bits) : 8;
}

torch::Tensor Network::scale_for(const Node& node, const torch::Tensor& x, ActivationRange range) {
  const torch::NoGradGuard no_gradient;
  const auto known = scales_.find(node.name);
  const bool learned = experiment_.activations.scale == "learned";
  if (known != scales_.end()) {
    if (learned) {
      known->second.clamp_min_(smallest_scale);
      return known->second;
    }
    if (!observing_ || !training_) return known->second;
  }
  const float now = std::max(largest(x, range), 1e-6F) / range.high;
  if (known == scales_.end()) {
    torch::Tensor scale = torch::full({1}, now);
    scale.set_requires_grad(learned);
    return scales_[node.name] = scale;
  }
  known->second.add_(scale_momentum * (now - known->second.item<float>()));
  return known->second;
}

torch::Tensor Network::activate(const Node& node, const torch::Tensor& x) {
  if (!quantized_) return node.relu ? torch::relu(x) : x;
  // The average of activations is not negative, and has no ReLU of its own.
  const bool is_signed = !node.relu && node.kind == Node::Kind::convolution;
  const ActivationRange range = range_of(activation_bits(node), is_signed);
  return fake_quantize(x, scale_for(node, x, range), range);
}

torch::Tensor Network::convolve(const Node& node, const torch::Tensor& x) {
  Layer& layer = layers_.at(node.name);
  const torch::Tensor y = torch::conv2d(x, effective_weight(layer), {}, node.stride, node.padding, 1, node.groups);
  const double momentum = momentum_.value_or(1.0 / static_cast<double>(batches_seen_));
  return torch::batch_norm(y, layer.gamma, layer.beta, layer.mean, layer.variance, training_, momentum,
                           static_cast<double>(batch_norm_epsilon), false);
}

torch::Tensor Network::forward(const torch::Tensor& pixels) {
  if (training_) ++batches_seen_;
  std::map<std::string, torch::Tensor> values;
  values["image"] = (pixels * input_scale).contiguous(torch::MemoryFormat::ChannelsLast);
  torch::Tensor logits;
  for (const Node& node : topology_.nodes) {
    const torch::Tensor& x = values.at(node.input);
    switch (node.kind) {
      case Node::Kind::convolution: {
        const torch::Tensor y = convolve(node, x);
        values[node.name] = activate(node, node.residual.empty() ? y : y + values.at(node.residual));
        break;
      }
      case Node::Kind::max_pool:
        values[node.name] = torch::max_pool2d(x, node.kernel, node.stride);
        break;
      case Node::Kind::average_pool:
        values[node.name] = activate(node, x.mean({2, 3}));
        break;
      case Node::Kind::fully_connected: {
        const Layer& layer = layers_.at(node.name);
        logits = torch::linear(x, effective_weight(layer), layer.bias);
        break;
      }
    }
  }
  return logits;
}

void Network::import_float(const Network& other) {
  const torch::NoGradGuard no_gradient;
  for (auto& [name, layer] : layers_) {
    const Layer& from = other.layers_.at(name);
    const auto copy = [](const torch::Tensor& to, const torch::Tensor& source) {
      if (to.defined()) to.detach().copy_(source);
    };
    copy(layer.weight, from.weight);
    copy(layer.gamma, from.gamma);
    copy(layer.beta, from.beta);
    copy(layer.mean, from.mean);
    copy(layer.variance, from.variance);
    copy(layer.bias, from.bias);
  }
}

TrainedNetwork Network::export_network() const {
  TrainedNetwork result;
  result.topology = topology_;
  result.quantized = quantized_;
  for (const Node& node : topology_.nodes) {
    if (const auto scale = scales_.find(node.name); scale != scales_.end()) {
      const bool is_signed = !node.relu && node.kind == Node::Kind::convolution;
      result.activations[node.name] = {scale->second.item<float>(), activation_bits(node), is_signed};
    }
  }
  if (quantized_) result.activations["image"] = {static_cast<float>(input_scale), 8, false};
  for (const auto& [name, layer] : layers_) {
    TrainedLayer& trained = result.layers[name];
    if (layer.quantizer) {
      trained.split = layer.quantizer->quantize(memory_of(layer.weight));
      if (layer.ternary_scale.defined()) {
        const std::span<float> learned = memory_of(layer.ternary_scale);
        trained.split.ternary_scale.assign(learned.begin(), learned.end());
      }
    } else {
      trained.weights = values_of(layer.weight);
    }
    if (layer.bias.defined()) {
      trained.bias = values_of(layer.bias);
    } else {
      trained.normalization = {values_of(layer.gamma), values_of(layer.beta), values_of(layer.mean),
                               values_of(layer.variance)};
    }
  }
  return result;
}

double Network::weight_error() const {
  double sum = 0, count = 0;
  for (const auto& [name, layer] : layers_) {
    if (!layer.quantizer || layer.quantizer->all_precise()) continue;
    const double error = layer.quantizer->quantize(memory_of(layer.weight)).error;
    sum += error * error * static_cast<double>(layer.weight.numel());
    count += static_cast<double>(layer.weight.numel());
  }
  return count > 0 ? std::sqrt(sum / count) : 0;
}

Network::Named Network::tensors() const {
  Named all;
  for (const auto& [name, layer] : layers_) {
    for (const auto& [part, tensor] :
         {std::pair{"weight", layer.weight}, std::pair{"gamma", layer.gamma}, std::pair{"beta", layer.beta},
          std::pair{"mean", layer.mean}, std::pair{"variance", layer.variance}, std::pair{"bias", layer.bias},
          std::pair{"ternary_scale", layer.ternary_scale}}) {
      if (tensor.defined()) all.emplace_back(name + "/" + part, tensor);
    }
  }
  return all;
}

void Network::save(torch::serialize::OutputArchive& archive) const {
  for (const auto& [name, tensor] : tensors()) archive.write(name, tensor.detach());
  for (const auto& [name, layer] : layers_) {
    if (layer.quantizer) archive.write(name + "/quantizer", torch::IValue(layer.quantizer->state()));
  }
  std::string names;
  for (const auto& [name, scale] : scales_) {
    archive.write("scale/" + name, scale.detach());
    names += name + " ";
  }
  archive.write("scales", torch::IValue(names));
}

void Network::load(torch::serialize::InputArchive& archive) {
  const torch::NoGradGuard no_gradient;
  for (const auto& [name, tensor] : tensors()) {
    torch::Tensor read;
    archive.read(name, read);
    tensor.detach().copy_(read);
  }
  torch::IValue value;
  for (auto& [name, layer] : layers_) {
    if (!layer.quantizer) continue;
    archive.read(name + "/quantizer", value);
    layer.quantizer->restore(value.toStringRef());
  }
  archive.read("scales", value);
  std::istringstream names(value.toStringRef());
  for (std::string name; names >> name;) {
    torch::Tensor scale;
    archive.read("scale/" + name, scale);
    scales_[name] = scale.clone().set_requires_grad(experiment_.activations.scale == "learned");
  }
}

}  // namespace terse::explore
