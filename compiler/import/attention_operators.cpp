// MatMul of two activations, Softmax and LayerNormalization.
#include <fmt/format.h>

#include <numeric>

#include "compiler/import/graph_importer.hpp"

namespace terse::compiler::importer {

namespace {

/// The one factor of some dimensions of an operand; nothing when they lie in several pieces.
std::optional<Factor> single(const View& view, const std::vector<std::size_t>& dimensions) {
  const std::vector<Factor> factors = view.merged(dimensions);
  if (factors.size() > 1) return std::nullopt;
  return factors.empty() ? Factor{1, 0} : factors[0];
}

struct OperandStrides {
  Factor batch, row, column;
};

std::optional<OperandStrides> operand_strides(const View& view) {
  std::vector<std::size_t> outer(view.rank() - 2);
  std::iota(outer.begin(), outer.end(), std::size_t{0});
  const auto batch = single(view, outer), row = single(view, {view.rank() - 2}),
             column = single(view, {view.rank() - 1});
  if (!batch || !row || !column || view.offset() != 0) return std::nullopt;
  return OperandStrides{*batch, *row, *column};
}

MatrixProductOperation::Strides strides_of(const OperandStrides& operand) {
  return {static_cast<std::int32_t>(operand.batch.stride), static_cast<std::int32_t>(operand.row.stride),
          static_cast<std::int32_t>(operand.column.stride)};
}

}  // namespace

/// The order in which the only reader of a product wants its dimensions, found through quantization: heads that a
/// Transpose brings together are written side by side at once.
std::vector<std::size_t> GraphImporter::order_for_reader(const Node& node, std::size_t rank) const {
  std::vector<std::size_t> order(rank);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::string name = node.outputs[0];
  for (;;) {
    const Node* reader = nullptr;
    for (const Node& other : model_.nodes) {
      if (std::find(other.inputs.begin(), other.inputs.end(), name) == other.inputs.end()) continue;
      if (reader != nullptr) return order;
      reader = &other;
    }
    if (reader == nullptr) return order;
    if (reader->operation == "Transpose") return graph::permutation(*reader, rank);
    if (reader->operation != "QuantizeLinear" && reader->operation != "DequantizeLinear") return order;
    name = reader->outputs[0];
  }
}

Value GraphImporter::product_of_activations(const Node& node) {
  std::vector<Activation> operands{activation(node, 0), activation(node, 1)};
  const graph::Shape a = operands[0].view.shape(), b = operands[1].view.shape();
  const std::size_t rank = a.size();
  bool fit = rank >= 2 && b.size() == rank && a[rank - 1] == b[rank - 2];
  for (std::size_t i = 0; fit && i + 2 < rank; ++i) fit = a[i] == b[i];
  if (!fit) {
    refuse(fmt::format("it multiplies [{}] by [{}]", fmt::join(a, ", "), fmt::join(b, ", ")),
           "[..., M, K] by [..., K, N] with equal outer dimensions");
  }
  std::vector<std::size_t> packed(rank);
  std::iota(packed.begin(), packed.end(), std::size_t{0});
  for (Activation& operand : operands) {
    if (!operand_strides(operand.view)) operand = arranged(node, operand, packed);
  }
  graph::Shape shape = a;
  shape[rank - 1] = b[rank - 1];
  std::vector<std::size_t> order = order_for_reader(node, rank);
  View output(shape, order);
  if (!operand_strides(output)) {
    order = packed;
    output = View(shape, order);
  }
  MatrixProductOperation product;
  product.rows = static_cast<std::uint32_t>(shape[rank - 2]);
  product.columns = static_cast<std::uint32_t>(shape[rank - 1]);
  product.depth = static_cast<std::uint32_t>(a[rank - 1]);
  product.batches = static_cast<std::uint32_t>(output.elements() / (shape[rank - 2] * shape[rank - 1]));
  product.a = strides_of(*operand_strides(operands[0].view));
  product.b = strides_of(*operand_strides(operands[1].view));
  product.y = strides_of(*operand_strides(output));
  PendingLayer pending = core_layer(node, operands[0], product);
  pending.layer.more_inputs = {operands[1].tensor};
  pending.shape = stored_shape(shape, order);
  pending.view = output;
  pending.gains = {network_.tensors[operands[0].tensor].scale * network_.tensors[operands[1].tensor].scale};
  return pending;
}

Value GraphImporter::softmax(const Node& node) {
  const std::size_t rank = view_of(node, 0).rank();
  // Before operator set 13 the axis counted where rows begin, and was 1 by default: the same for the last axis only.
  const std::size_t axis = graph::axis_of(node.integer("axis", model_.opset < 13 ? 1 : -1), rank);
  if (model_.opset < 13 && axis + 1 != rank) {
    refuse(fmt::format("it normalizes over all axes from {} on", axis), "the last axis");
  }
  return core_layer(node, channelwise(node, activation(node, 0), axis), SoftmaxOperation{});
}

Value GraphImporter::layer_normalization(const Node& node) {
  const std::size_t rank = view_of(node, 0).rank();
  const std::size_t axis = graph::axis_of(node.integer("axis", -1), rank);
  if (axis + 1 != rank) refuse(fmt::format("it normalizes over all axes from {} on", axis), "the last axis");
  const Activation operand = channelwise(node, activation(node, 0), axis);
  LayerNormOperation operation;
  const std::uint32_t channels = network_.tensors[operand.tensor].channels;
  operation.gamma = per_channel(node, 1, channels);
  operation.beta = node.input(2).empty() ? std::vector<double>(channels, 0.0) : per_channel(node, 2, channels);
  operation.epsilon = node.real("epsilon", 1e-5);
  return core_layer(node, operand, operation);
}

}  // namespace terse::compiler::importer
