// A constant tensor as an operand: positional embeddings that are added. The accelerator has no constant activations, so
// a layer makes the tensor anew in each inference: a fully connected layer of one input with weights 0, whose biases are
// the elements.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "compiler/graph/evaluate.hpp"
#include "compiler/import/graph_importer.hpp"

namespace terse::compiler::importer {

namespace {

constexpr std::size_t greatest_channels = 65535;  // a layer has so many outputs

/// The integers of the file where they are given with one scale, else 8 bits over the range of the values.
ActivationFormat format_of(const WeightSum& sum, const std::vector<double>& real) {
  const auto [least, greatest] = std::minmax_element(real.begin(), real.end());
  ActivationFormat format;
  format.is_signed = true;
  format.least = -128;
  format.greatest = 127;
  const bool states_scale = sum.size() == 1 && !sum[0].is_real && sum[0].scale.size() == 1;
  if (states_scale && (*greatest - *least) / sum[0].scale[0] < 255.5) {
    format.scale = sum[0].scale[0];
  } else {
    const double width = std::max(*greatest, 0.0) - std::min(*least, 0.0);
    format.scale = width > 0 ? static_cast<double>(static_cast<float>(width / 255)) : 1.0;
  }
  // As near to 0 as all values allow, so that symmetric constants stay symmetric.
  const double lowest = std::round(*least / format.scale), highest = std::round(*greatest / format.scale);
  format.zero_point =
      static_cast<std::int32_t>(std::clamp<double>(0, -128 - lowest, std::max(127 - highest, -128 - lowest)));
  return format;
}

}  // namespace

bool GraphImporter::varies_along_several_axes(const Node& node, std::size_t data, std::size_t index) const {
  const graph::Shape& shape = constant(node, index)[0].tensor.dimensions;
  const graph::Shape other = view_of(node, data).shape();
  if (std::count_if(shape.begin(), shape.end(), [](std::int64_t size) { return size != 1; }) < 2) return false;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const std::size_t from_inner = shape.size() - 1 - i;
    const bool fits = from_inner < other.size() && (shape[i] == 1 || shape[i] == other[other.size() - 1 - from_inner]);
    if (!fits) return false;  // axis_constant() says what is wrong
  }
  return true;
}

Activation GraphImporter::constant_activation(const Node& node, std::size_t data, std::size_t index) {
  const Value& source = value(node, data);
  const auto* pending = std::get_if<PendingLayer>(&source);
  const std::size_t some_tensor = pending != nullptr ? pending->layer.input : activation(node, data).tensor;
  const View like = view_of(node, data);
  const graph::Shape shape = like.shape();
  const graph::ConstantTensor given = real_constant(node, index);
  const graph::ConstantTensor zeros = graph::zeros(shape);
  const graph::ConstantTensor all =
      graph::evaluate_node({.name = node.name, .operation = "Add"}, {&zeros, &given}).at(0);
  if (all.values.size() > greatest_channels) {
    refuse(fmt::format("it adds a constant of {} elements", all.values.size()),
           fmt::format("up to {} elements, or one per channel", greatest_channels));
  }
  const Node own{.name = node.name + ".constant"};
  const std::vector<std::size_t> order = like.memory_order();
  PendingLayer first = rearrangement(own, {{some_tensor, View({1, 1}, {0, 1}), true}}, {1, 1}, {0, 1});
  std::get<RearrangeOperation>(*first.layer.operation).blocks = {{}};
  const Activation one = finish_layer(first, ActivationFormat::of(network_.tensors[some_tensor]));

  PendingLayer made;
  made.layer.name = own.name;
  made.layer.kind = LayerKind::fully_connected;
  made.layer.input = one.tensor;
  made.layer.ternary.assign(all.values.size(), 0);
  made.dense.assign(all.values.size(), 0.0);
  made.shape.channels = static_cast<std::uint32_t>(all.values.size());
  made.bias.resize(all.values.size());
  made.view = View(shape, order);
  const std::vector<std::uint32_t> places = made.view.offsets();
  for (std::size_t i = 0; i < places.size(); ++i) made.bias[places[i]] = all.values[i];
  const Activation in_a_row = finish_layer(made, format_of(constant(node, index), all.values));
  return arranged(own, in_a_row, order);
}

Value GraphImporter::add_constant_tensor(const Node& node, std::size_t data, std::size_t index, double sign) {
  Node sum = node;
  sum.inputs[index] = graph::unused_name(model_, "terse:" + node.outputs[0] + ":constant");
  values_[sum.inputs[index]] = constant_activation(node, data, index);
  return add_activations(sum, sign);
}

}  // namespace terse::compiler::importer
