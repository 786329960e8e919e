// Conv, Gemm, MatMul by a constant and BatchNormalization.
#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

#include "compiler/graph/quantization_attributes.hpp"
#include "compiler/graph/window_arguments.hpp"
#include "compiler/import/graph_importer.hpp"

namespace terse::compiler::importer {

namespace {

bool all_zero(const auto& values) {
  return std::all_of(values.begin(), values.end(), [](auto v) { return v == 0; });
}

/// flat[stored] = index in the value's order of the element at offset `stored`.
std::vector<std::size_t> flat_index_of(const View& view) {
  const std::vector<std::uint32_t> offsets = view.offsets();
  std::vector<std::size_t> flat(offsets.size());
  for (std::size_t i = 0; i < offsets.size(); ++i) flat[offsets[i]] = i;
  return flat;
}

}  // namespace

Window window_of(const graph::WindowArguments& w) {
  const auto narrow = [](std::int64_t value) { return static_cast<std::uint32_t>(value); };
  Window result;
  result.kernel_height = narrow(w.kernel[0]);
  result.kernel_width = narrow(w.kernel[1]);
  result.stride_y = narrow(w.strides[0]);
  result.stride_x = narrow(w.strides[1]);
  result.dilation_y = narrow(w.dilations[0]);
  result.dilation_x = narrow(w.dilations[1]);
  result.pad_top = narrow(w.pads[0]);
  result.pad_left = narrow(w.pads[1]);
  result.pad_bottom = narrow(w.pads[2]);
  result.pad_right = narrow(w.pads[3]);
  return result;
}

void GraphImporter::apply_weights(const Node& node, const WeightSum& weights, const WeightOrder& order,
                                  PendingLayer& pending) {
  const std::size_t position = weighted_layers_seen_++;
  const bool is_edge = position == 0 || position + 1 == weighted_layers_;
  DecompositionOptions options = options_.decomposition;
  bool decomposes = options.decompose && (options.first_and_last || !is_edge);
  std::string not_split = options.decompose && !decomposes ? "not split: first or last layer (first_and_last)" : "";
  for (const LayerDecomposition& layer : options_.layer_decompositions) {
    if (fnmatch(layer.layers.c_str(), node.name.c_str(), 0) != 0) continue;
    options = layer.options;
    decomposes = options.decompose;
    not_split = decomposes ? "" : fmt::format("not split: decomposition.layers, match {}", layer.layers);
  }
  SplitWeights split =
      split_weights(weights, order, decomposes ? &options : nullptr, node.text(graph::pattern_attribute, ""));
  if (!split.ternary.empty() && all_zero(split.values)) {  // a pass over zeros only costs cycles
    split.values.clear();
    split.pattern = {};
  }
  if (!split.values.empty() && all_zero(split.ternary)) split.ternary.clear();

  (split.ternary.empty() ? pending.sparse_weights : pending.dense_weights) = imported_weights_.size();
  if (!split.values.empty()) pending.sparse_weights = imported_weights_.size();
  imported_weights_.push_back({node.outputs[0], weights[0].tensor.dimensions, order, split, {}, {}, 0, not_split});

  const double input_scale = network_.tensors[pending.layer.input].scale;
  // A channel without weights of a part has no scale of it that the multipliers must make room for.
  const auto in_real = [&](const std::vector<double>& scale, const auto& values) {
    std::vector<double> result;
    for (std::size_t o = 0; !values.empty() && o < scale.size(); ++o) {
      const auto channel = std::span(values).subspan(o * order.weights_per_channel, order.weights_per_channel);
      result.push_back(all_zero(channel) ? 0 : scale[o] * input_scale);
    }
    return result;
  };
  pending.dense = in_real(split.ternary_scale, split.ternary);
  pending.sparse = in_real(split.value_scale, split.values);
  pending.layer.ternary = std::move(split.ternary);
  pending.layer.high_precision = std::move(split.values);
  pending.layer.value_bits = split.value_bits;
  pending.layer.pattern = split.pattern;
  pending.layer.weight_error = split.error;
  pending.root = "layer " + node.outputs[0];
}

std::vector<double> GraphImporter::activation_power(const std::string& value, std::size_t axis) const {
  const auto found = mean_squares_.find(value);
  if (found == mean_squares_.end()) return {};
  const graph::ConstantTensor& tensor = found->second;
  const auto size = static_cast<std::size_t>(tensor.dimensions.at(axis));
  std::size_t inner = 1;
  for (std::size_t i = axis + 1; i < tensor.dimensions.size(); ++i) {
    inner *= static_cast<std::size_t>(tensor.dimensions[i]);
  }
  std::vector<double> result(size, 0);
  const double count = static_cast<double>(tensor.values.size()) / static_cast<double>(size);
  for (std::size_t i = 0; i < tensor.values.size(); ++i) result[i / inner % size] += tensor.values[i] / count;
  return result;
}

void GraphImporter::apply_bias(const Node& node, double factor, PendingLayer& pending) const {
  pending.bias.assign(pending.shape.channels, 0.0);
  if (node.input(2).empty()) return;
  pending.bias = per_channel(node, 2, pending.shape.channels);
  for (double& bias : pending.bias) bias *= factor;
}

Value GraphImporter::convolution(const Node& node) {
  const WeightSum& weights = constant(node, 1);
  graph::Shape dimensions = weights[0].tensor.dimensions;
  if (dimensions.size() == 3) dimensions.insert(dimensions.begin() + 2, 1);
  if (dimensions.size() != 4) {
    refuse(fmt::format("its weight has shape [{}]", fmt::join(dimensions, ", ")),
           "one- and two-dimensional convolutions, weight [outputs, inputs / groups, height, width]");
  }
  const Activation source = activation(node, 0);
  const bool one_dimensional = source.view.rank() == 3;
  if (source.view.rank() != weights[0].tensor.dimensions.size()) {
    refuse(fmt::format("its weight has shape [{}], its input [{}]", fmt::join(weights[0].tensor.dimensions, ", "),
                       fmt::join(source.view.shape(), ", ")),
           "as many axes");
  }
  const Activation operand = image(node, source);
  const Tensor input = network_.tensors[operand.tensor];
  const std::int64_t groups = node.integer("group", 1);
  if (groups < 1 || dimensions[1] * groups != input.channels || dimensions[0] % groups != 0) {
    refuse(fmt::format("its weight has {} input channels in {} groups and {} outputs, its input {}", dimensions[1],
                       groups, dimensions[0], input.channels),
           "equal numbers, and outputs that the groups divide");
  }
  const graph::WindowArguments w =
      graph::window_arguments(node, {dimensions[2], dimensions[3]}, {input.height, input.width});
  PendingLayer pending;
  pending.layer.window = window_of(w);
  pending.layer.name = node.name;
  pending.layer.kind = LayerKind::convolution;
  pending.layer.input = operand.tensor;
  pending.layer.groups = static_cast<std::uint32_t>(groups);
  const graph::Shape shape{1, dimensions[0], w.outputs[0], w.outputs[1]};
  pending.shape = stored_shape(shape, {0, 2, 3, 1});
  pending.view = View(shape, {0, 2, 3, 1});
  if (one_dimensional) pending.view = *pending.view.reshaped({1, shape[1], shape[3]});
  WeightOrder order;
  order.output_channels = pending.shape.channels;
  const auto channels = static_cast<std::size_t>(dimensions[1]);
  const auto taps = static_cast<std::size_t>(dimensions[2] * dimensions[3]);
  order.weights_per_channel = channels * taps;
  order.input_channels = channels;
  order.element = [channels, taps](std::size_t o, std::size_t k) {  // [o][c][tap] from k = tap * channels + c
    return (o * channels + k % channels) * taps + k / channels;
  };
  // Of a grouped convolution the groups' mean: positions are chosen for all of them alike.
  if (const std::vector<double> power = activation_power(node.input(0), 1); !power.empty()) {
    for (std::size_t k = 0; k < order.weights_per_channel; ++k) {
      double sum = 0;
      for (std::size_t c = k % channels; c < power.size(); c += channels) sum += power[c];
      order.activation_power.push_back(sum / static_cast<double>(groups));
    }
  }
  apply_weights(node, weights, order, pending);
  apply_bias(node, 1.0, pending);
  return pending;
}

Value GraphImporter::gemm(const Node& node) {
  if (!is_constant(node, 1)) refuse("its second matrix is computed", "a constant (or MatMul)");
  if (node.integer("transA", 0) != 0) refuse("transA is set", "transA 0");
  return fully_connected(node, 0, 1, node.integer("transB", 0) != 0 ? 1 : 0);
}

Value GraphImporter::matrix_product(const Node& node) {
  if (is_constant(node, 1)) return fully_connected(node, 0, 1, 0);
  if (is_constant(node, 0)) return fully_connected(node, 1, 0, 1);
  return product_of_activations(node);
}

/// The product of activation input `data` and matrix input `weight`, whose `axis` runs over the inputs. Over a single
/// row of inputs it is a fully connected layer, in any order of its elements; over several a 1 x 1 convolution.
Value GraphImporter::fully_connected(const Node& node, std::size_t data, std::size_t weight, std::size_t axis) {
  const WeightSum& weights = constant(node, weight);
  const graph::Shape& dimensions = weights[0].tensor.dimensions;
  if (dimensions.size() != 2) {
    refuse(fmt::format("its weight has shape [{}]", fmt::join(dimensions, ", ")), "a matrix");
  }
  Activation operand = activation(node, data);
  const std::size_t rank = operand.view.rank();
  const std::size_t inner = data == 0 ? rank - 1 : rank - 2;  // the dimension that the product sums over
  const std::int64_t inputs = dimensions[axis], outputs = dimensions[1 - axis];
  if (rank < 2 || operand.view.extent(inner) != inputs) {
    refuse(fmt::format("its weight takes {} inputs, its input has shape [{}]", inputs,
                       fmt::join(operand.view.shape(), ", ")),
           "Flatten or Reshape to [N, inputs] before it");
  }
  const bool single_row = operand.view.elements() == inputs;
  std::vector<std::size_t> packed(rank);
  std::iota(packed.begin(), packed.end(), std::size_t{0});
  if (!single_row) {
    operand = channelwise(node, operand, inner);
  } else if (network_.tensors[operand.tensor].elements() != static_cast<std::uint64_t>(inputs)) {
    operand = arranged(node, operand, packed);
  }
  const Tensor& input = network_.tensors[operand.tensor];
  PendingLayer pending;
  pending.layer.name = node.name;
  pending.layer.kind = single_row ? LayerKind::fully_connected : LayerKind::convolution;
  pending.layer.input = operand.tensor;
  if (!single_row) pending.shape = input;
  pending.shape.channels = static_cast<std::uint32_t>(outputs);
  pending.view = operand.view.with_innermost(inner, outputs);
  if (single_row) {
    graph::Shape shape(rank, 1);
    shape[inner] = outputs;
    pending.view = View(shape, packed);
  }
  WeightOrder order;
  order.node_input = weight;
  order.output_channels = static_cast<std::size_t>(outputs);
  order.weights_per_channel = static_cast<std::size_t>(inputs);
  order.input_channels = input.channels;
  order.output_axis = static_cast<std::int64_t>(1 - axis);
  std::vector<std::size_t> flat(order.weights_per_channel);
  std::iota(flat.begin(), flat.end(), std::size_t{0});
  if (single_row) flat = flat_index_of(operand.view);
  if (const std::vector<double> power = activation_power(node.input(data), inner); !power.empty()) {
    for (const std::size_t k : flat) order.activation_power.push_back(power[k]);
  }
  const std::size_t input_step = axis == 1 ? 1 : order.output_channels;
  const std::size_t output_step = axis == 1 ? order.weights_per_channel : 1;
  order.element = [=](std::size_t o, std::size_t k) { return o * output_step + flat[k] * input_step; };
  apply_weights(node, weights, order, pending);
  const bool is_gemm = node.operation == "Gemm";
  const double alpha = is_gemm ? node.real("alpha", 1.0) : 1.0;
  for (double& factor : pending.dense) factor *= alpha;
  for (double& factor : pending.sparse) factor *= alpha;
  apply_bias(node, is_gemm ? node.real("beta", 1.0) : 1.0, pending);
  return pending;
}

Value GraphImporter::batch_normalization(const Node& node) {
  if (node.integer("training_mode", 0) != 0) refuse("training_mode is set", "inference (training_mode 0)");
  const View& view = view_of(node, 0);
  if (view.rank() < 2) refuse("its input has no channels", "[N, C, ...]");
  const auto channels = static_cast<std::uint32_t>(view.extent(1));
  const std::vector<double> gamma = per_channel(node, 1, channels), beta = per_channel(node, 2, channels);
  const std::vector<double> mean = per_channel(node, 3, channels), variance = per_channel(node, 4, channels);
  const double epsilon = node.real("epsilon", 1e-5);
  std::vector<double> factors, terms;
  for (std::uint32_t o = 0; o < channels; ++o) {
    factors.push_back(gamma[o] / std::sqrt(variance[o] + epsilon));
    terms.push_back(beta[o] - mean[o] * factors[o]);
  }
  return affine(node, 0, 1, factors, terms);
}

}  // namespace terse::compiler::importer
