// What operators ask of their operands: constants, and activations in the layout that a layer needs.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "compiler/import/graph_importer.hpp"

namespace terse::compiler::importer {

Tensor stored_shape(const graph::Shape& dimensions, const std::vector<std::size_t>& order) {
  constexpr double greatest_elements = 1 << 28;  // of any memory that a platform has
  if (!(graph::element_count(dimensions) <= greatest_elements)) {
    throw CompileError(fmt::format("a value of shape [{}]; accepted: up to {:.0f} elements",
                                   fmt::join(dimensions, ", "), greatest_elements));
  }
  Tensor tensor;
  const auto size = [&](std::size_t from_inner) {
    return from_inner < order.size() ? static_cast<std::uint32_t>(dimensions[order[order.size() - 1 - from_inner]])
                                     : 1U;
  };
  tensor.channels = size(0);
  tensor.width = size(1);
  for (std::size_t i = 2; i < order.size(); ++i) tensor.height *= size(i);
  return tensor;
}

Activation GraphImporter::activation(const Node& node, std::size_t index) {
  const Value& source = value(node, index);
  if (const auto* made = std::get_if<Activation>(&source); made != nullptr && made->is_real) return *made;
  const auto* pending = std::get_if<PendingLayer>(&source);
  if (pending == nullptr || !pending->keeps_grid) refuse_unquantized(node, index);
  const Activation finished = finish_layer(*pending, ActivationFormat::of(network_.tensors[pending->layer.input]));
  values_[node.input(index)] = finished;
  return finished;
}

bool GraphImporter::is_constant(const Node& node, std::size_t index) const {
  if (node.input(index).empty()) return false;
  return std::holds_alternative<WeightSum>(value(node, index));
}

const WeightSum& GraphImporter::constant(const Node& node, std::size_t index) const {
  const auto* sum = std::get_if<WeightSum>(&value(node, index));
  if (sum == nullptr) {
    throw CompileError(fmt::format("its input {} ('{}') is computed; accepted: a constant", index, node.input(index)));
  }
  return *sum;
}

graph::ConstantTensor GraphImporter::real_constant(const Node& node, std::size_t index) const {
  const WeightSum& sum = constant(node, index);
  if (sum.size() == 1 && sum[0].is_real) return sum[0].tensor;
  graph::ConstantTensor result = sum[0].tensor;
  result.type = graph::ElementType::float32;
  for (std::size_t i = 0; i < result.values.size(); ++i) {
    result.values[i] = 0;
    for (const WeightPart& part : sum) result.values[i] += part.real_at(i);
  }
  return result;
}

graph::Constants GraphImporter::argument_inputs(const Node& node,
                                                std::map<std::size_t, graph::ConstantTensor>& storage) const {
  graph::Constants inputs;
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    if (is_constant(node, i)) storage[i] = real_constant(node, i);
    inputs.push_back(storage.contains(i) ? &storage[i] : nullptr);
  }
  return inputs;
}

std::vector<double> GraphImporter::per_channel(const Node& node, std::size_t index, std::uint32_t channels) const {
  std::vector<double> result = real_constant(node, index).values;
  if (result.size() == 1) result.assign(channels, result[0]);
  if (result.size() != channels) {
    throw CompileError(
        fmt::format("its input '{}' has {} values for {} channels; accepted: one value per output "
                    "channel",
                    node.input(index), result.size(), channels));
  }
  return result;
}

const View& GraphImporter::view_of(const Node& node, std::size_t index) const {
  const Value& source = value(node, index);
  if (const auto* raw = std::get_if<RawInput>(&source)) return raw->view;
  if (const auto* made = std::get_if<Activation>(&source)) return made->view;
  if (const auto* pending = std::get_if<PendingLayer>(&source)) return pending->view;
  throw CompileError(
      fmt::format("its input {} ('{}') is a constant; accepted: an activation", index, node.input(index)));
}

PendingLayer GraphImporter::copy_of(const Node& node, const Activation& source) {
  const Tensor& tensor = network_.tensors[source.tensor];
  PendingLayer pending;
  pending.layer.name = node.name;
  pending.layer.kind = LayerKind::max_pool;  // of a single position
  pending.layer.input = source.tensor;
  pending.shape = tensor;
  pending.view = source.view;
  pending.dense.assign(tensor.channels, tensor.scale);
  pending.root = fmt::format("tensor {}", source.tensor);
  pending.is_copy = true;
  return pending;
}

Activation GraphImporter::arranged(const Node& node, const Activation& source, const std::vector<std::size_t>& order) {
  const auto made = std::find_if(arranged_.begin(), arranged_.end(), [&](const ArrangedCopy& copy) {
    return copy.tensor == source.tensor && copy.view == source.view && copy.order == order;
  });
  if (made != arranged_.end()) return made->copy;
  PendingLayer pending = rearrangement(node, {source}, source.view.shape(), order);
  std::get<RearrangeOperation>(*pending.layer.operation).blocks = View::copy(source.view, pending.view, 0);
  pending.layer.name = node.name + ".layout";
  const Activation copy = finish_layer(pending, ActivationFormat::of(network_.tensors[source.tensor]));
  arranged_.push_back({source.tensor, source.view, order, copy});
  return copy;
}

Activation GraphImporter::image(const Node& node, Activation source) {
  if (source.view.rank() == 3) {
    const graph::Shape s = source.view.shape();
    source.view = *source.view.reshaped({s[0], s[1], 1, s[2]});
  }
  if (source.view.rank() != 4 || source.view.extent(0) != 1) {
    throw CompileError(fmt::format("its input has shape [{}]; accepted: an image [N, C, H, W] or [N, C, L]",
                                   fmt::join(source.view.shape(), ", ")));
  }
  const std::vector<std::size_t> order{0, 2, 3, 1};
  const Tensor wanted = stored_shape(source.view.shape(), order);
  const Tensor& tensor = network_.tensors[source.tensor];
  const bool same_order = source.view.is_packed(order) && tensor.elements() == wanted.elements();
  if (same_order) restate(source.tensor, wanted);
  const bool same_shape =
      tensor.height == wanted.height && tensor.width == wanted.width && tensor.channels == wanted.channels;
  return same_order && same_shape ? source : arranged(node, source, order);
}

void GraphImporter::restate(std::size_t tensor, const Tensor& sizes) {
  bool shape_is_free = tensor == network_.input;
  for (const Layer& layer : network_.layers) {
    const bool reads = layer.input == tensor || layer.residual == tensor ||
                       std::find(layer.more_inputs.begin(), layer.more_inputs.end(), tensor) != layer.more_inputs.end();
    if (reads) return;
    // These address elements of their output, whatever its sizes.
    shape_is_free = shape_is_free || (layer.output == tensor && layer.operation &&
                                      (std::holds_alternative<RearrangeOperation>(*layer.operation) ||
                                       std::holds_alternative<MatrixProductOperation>(*layer.operation)));
  }
  Tensor& stored = network_.tensors[tensor];
  if (!shape_is_free || stored.elements() != sizes.elements()) return;
  stored.height = sizes.height;
  stored.width = sizes.width;
  stored.channels = sizes.channels;
}

bool GraphImporter::is_channelwise(const Activation& source, std::size_t axis) const {
  const Tensor& tensor = network_.tensors[source.tensor];
  const std::vector<Factor> channel = source.view.merged({axis});
  const bool innermost = source.view.extent(axis) == tensor.channels &&
                         (channel.empty() || (channel.size() == 1 && channel[0].stride == 1));
  return innermost && source.view.elements() == static_cast<std::int64_t>(tensor.elements());
}

Activation GraphImporter::channelwise(const Node& node, const Activation& source, std::size_t axis) {
  if (is_channelwise(source, axis)) return source;
  const std::vector<Factor> channel = source.view.merged({axis});
  if (channel.size() == 1 && channel[0].stride == 1) {
    Tensor sizes;
    sizes.channels = static_cast<std::uint32_t>(channel[0].extent);
    sizes.height = static_cast<std::uint32_t>(source.view.elements() / channel[0].extent);
    restate(source.tensor, sizes);
    if (is_channelwise(source, axis)) return source;
  }
  std::vector<std::size_t> order(source.view.rank());
  std::iota(order.begin(), order.end(), std::size_t{0});
  order.erase(order.begin() + static_cast<std::ptrdiff_t>(axis));
  order.push_back(axis);
  return arranged(node, source, order);
}

Activation GraphImporter::rescaled(const Node& node, const Activation& source, const ActivationFormat& format) {
  const ActivationFormat own = ActivationFormat::of(network_.tensors[source.tensor]);
  if (own.scale == format.scale && own.zero_point == format.zero_point && own.is_signed == format.is_signed) {
    return source;
  }
  return finish_layer(copy_of(node, source), format);
}

}  // namespace terse::compiler::importer
