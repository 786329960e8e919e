#include "explore/fashion_network.hpp"

#include <fmt/format.h>

#include <cmath>
#include <span>

namespace terse::explore {

namespace {

constexpr float input_scale = 1.0F / 255.0F;
constexpr double batch_norm_momentum = 0.1;
constexpr float scale_momentum = 0.02F;

std::span<const float> memory_of(const torch::Tensor& tensor) {
  return {tensor.data_ptr<float>(), static_cast<std::size_t>(tensor.numel())};
}

std::vector<float> values_of(const torch::Tensor& tensor) {
  const std::span<const float> memory = memory_of(tensor);
  return {memory.begin(), memory.end()};
}

void fill(torch::Tensor& tensor, const std::vector<float>& values, const std::string& what) {
  if (static_cast<std::int64_t>(values.size()) != tensor.numel()) {
    throw ParameterFileError(fmt::format("{}: {} values, this network needs {}", what, values.size(), tensor.numel()));
  }
  std::copy(values.begin(), values.end(), tensor.data_ptr<float>());
}

}  // namespace

FashionNetwork::FashionNetwork(const Topology& topology, Variant variant, Criterion criterion)
    : topology_(topology), variant_(variant), criterion_(criterion) {
  for (const ConvolutionShape& shape : topology_.convolutions()) add_convolution(shape);
  add_fully_connected(topology_.features, class_count);
  scales_["image"] = input_scale;
  refresh_precise();
}

void FashionNetwork::add_convolution(const ConvolutionShape& shape) {
  const torch::NoGradGuard no_gradient;
  Layer& layer = layers_[shape.name];
  layer.weight = torch::empty({shape.output_channels, shape.input_channels, shape.kernel, shape.kernel})
                     .contiguous(torch::MemoryFormat::ChannelsLast);
  layer.weight.normal_(0.0, std::sqrt(2.0 / shape.weights_per_channel()));
  layer.gamma = torch::ones(shape.output_channels);
  layer.beta = torch::zeros(shape.output_channels);
  layer.mean = torch::zeros(shape.output_channels);
  layer.variance = torch::ones(shape.output_channels);
  layer.always_int8 = shape.always_int8;
  for (torch::Tensor* trained : {&layer.weight, &layer.gamma, &layer.beta}) trained->set_requires_grad(true);
}

void FashionNetwork::add_fully_connected(int inputs, int outputs) {
  const torch::NoGradGuard no_gradient;
  Layer& layer = layers_["fc"];
  layer.weight = torch::empty({outputs, inputs}).normal_(0.0, std::sqrt(1.0 / inputs));
  layer.bias = torch::zeros(outputs);
  layer.always_int8 = true;
  for (torch::Tensor* trained : {&layer.weight, &layer.bias}) trained->set_requires_grad(true);
}

std::vector<torch::Tensor> FashionNetwork::decayed_parameters() const {
  std::vector<torch::Tensor> result;
  for (const auto& [name, layer] : layers_) result.push_back(layer.weight);
  return result;
}

std::vector<torch::Tensor> FashionNetwork::other_parameters() const {
  std::vector<torch::Tensor> result;
  for (const auto& [name, layer] : layers_) {
    for (const torch::Tensor& tensor : {layer.gamma, layer.beta, layer.bias}) {
      if (tensor.defined()) result.push_back(tensor);
    }
  }
  return result;
}

QuantizedWeights FashionNetwork::quantize(const Layer& layer) const {
  const std::span<const float> weights = memory_of(layer.weight);
  const int channels = static_cast<int>(layer.weight.size(0));
  if (layer.always_int8 || variant_ == Variant::int8) return quantize_int8(weights, channels);
  if (variant_ == Variant::mixed) return quantize_mixed(weights, channels, layer.precise);
  return quantize_ternary(weights, channels);
}

torch::Tensor FashionNetwork::effective_weight(const Layer& layer) const {
  if (variant_ == Variant::float32) return layer.weight;
  torch::Tensor quantized = torch::empty_like(layer.weight, torch::TensorOptions().requires_grad(false));
  quantize(layer).dequantize({quantized.data_ptr<float>(), static_cast<std::size_t>(quantized.numel())});
  return straight_through(layer.weight, quantized);
}

void FashionNetwork::refresh_precise() {
  if (variant_ != Variant::mixed) return;
  for (auto& [name, layer] : layers_) {
    if (layer.always_int8) continue;
    layer.precise =
        choose_precise(memory_of(layer.weight), static_cast<int>(layer.weight.size(0)), precise_group, criterion_);
  }
}

float FashionNetwork::follow_scale(const std::string& name, const torch::Tensor& x, ActivationRange range) {
  const auto known = scales_.find(name);
  if (known != scales_.end() && !(observing_ && is_training())) return known->second;
  const float batch_scale = std::max(largest(x, range), 1e-6F) / range.high;
  if (known == scales_.end()) return scales_[name] = batch_scale;
  return known->second += scale_momentum * (batch_scale - known->second);
}

torch::Tensor FashionNetwork::activate(const std::string& name, const torch::Tensor& x, ActivationRange range) {
  if (variant_ == Variant::float32) return range.low < 0.0F ? x : torch::relu(x);
  return fake_quantize(x, follow_scale(name, x, range), range);
}

torch::Tensor FashionNetwork::convolve(const ConvolutionShape& shape, const torch::Tensor& x) {
  Layer& layer = layers_.at(shape.name);
  const torch::Tensor y = torch::conv2d(x, effective_weight(layer), {}, shape.stride, shape.padding);
  return torch::batch_norm(y, layer.gamma, layer.beta, layer.mean, layer.variance, is_training(), batch_norm_momentum,
                           static_cast<double>(batch_norm_epsilon), false);
}

torch::Tensor FashionNetwork::forward(const torch::Tensor& pixels) {
  torch::Tensor x = (pixels * input_scale).contiguous(torch::MemoryFormat::ChannelsLast);
  x = activate("stem", convolve(topology_.stem, x), unsigned_byte);
  for (const ResidualBlock& block : topology_.blocks) {
    const torch::Tensor shortcut =
        block.shortcut ? activate(block.shortcut->name, convolve(*block.shortcut, x), signed_byte) : x;
    const torch::Tensor inner = activate(block.conv1.name, convolve(block.conv1, x), unsigned_byte);
    x = activate(block.name, convolve(block.conv2, inner) + shortcut, unsigned_byte);
  }
  x = activate("pool", x.mean({2, 3}), unsigned_byte);
  const Layer& fully_connected = layers_.at("fc");
  return torch::linear(x, effective_weight(fully_connected), fully_connected.bias);
}

void FashionNetwork::import_float(const NetworkParameters& parameters) {
  if (parameters.variant != Variant::float32) {
    throw ParameterFileError(
        fmt::format("training starts from a float network, this one is {}", name_of(parameters.variant)));
  }
  if (parameters.width != topology_.width) {
    throw ParameterFileError(
        fmt::format("the float network has width {}, --width is {}", parameters.width, topology_.width));
  }
  const torch::NoGradGuard no_gradient;
  for (auto& [name, layer] : layers_) {
    const auto found = parameters.layers.find(name);
    if (found == parameters.layers.end()) throw ParameterFileError(fmt::format("no parameters of layer {}", name));
    fill(layer.weight, found->second.weights, name + " weights");
    if (layer.bias.defined()) {
      fill(layer.bias, found->second.bias, name + " bias");
      continue;
    }
    const BatchNormalization& normalization = found->second.normalization;
    fill(layer.gamma, normalization.gamma, name + " gamma");
    fill(layer.beta, normalization.beta, name + " beta");
    fill(layer.mean, normalization.mean, name + " mean");
    fill(layer.variance, normalization.variance, name + " variance");
  }
  refresh_precise();
}

NetworkParameters FashionNetwork::export_parameters() const {
  NetworkParameters result;
  result.variant = variant_;
  result.width = topology_.width;
  if (variant_ != Variant::float32) result.scales = scales_;
  for (const auto& [name, layer] : layers_) {
    LayerParameters& parameters = result.layers[name];
    if (variant_ == Variant::float32) {
      parameters.weights = values_of(layer.weight);
    } else {
      parameters.quantized = quantize(layer);
    }
    if (layer.bias.defined()) {
      parameters.bias = values_of(layer.bias);
    } else {
      parameters.normalization = {values_of(layer.gamma), values_of(layer.beta), values_of(layer.mean),
                                  values_of(layer.variance)};
    }
  }
  return result;
}

}  // namespace terse::explore
