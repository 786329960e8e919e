// Add, Sub, Mul, Div, Pow, Min, Max of activations and constants.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "compiler/import/graph_importer.hpp"

namespace terse::compiler::importer {

// -- with a constant -----------------------------------------------------------------------------------------------

GraphImporter::AxisConstant GraphImporter::axis_constant(const Node& node, std::size_t data, std::size_t index) const {
  const graph::ConstantTensor constant = real_constant(node, index);
  const graph::Shape shape = view_of(node, data).shape();
  AxisConstant result{0, constant.values};
  if (constant.values.size() == 1) return result;
  const auto refuse_shape = [&] {
    refuse(fmt::format("it combines a constant of shape [{}] with a value of shape [{}]",
                       fmt::join(constant.dimensions, ", "), fmt::join(shape, ", ")),
           "one number, or one per channel ([C, 1, 1] after a convolution, [C] after a fully connected layer)");
  };
  if (constant.dimensions.size() > shape.size()) refuse_shape();
  bool varies = false;
  for (std::size_t i = 0; i < constant.dimensions.size(); ++i) {
    if (constant.dimensions[i] == 1) continue;
    result.axis = shape.size() - constant.dimensions.size() + i;
    if (varies || constant.dimensions[i] != shape[result.axis]) refuse_shape();
    varies = true;
  }
  return result;
}

PendingLayer GraphImporter::open_layer(const Node& node, std::size_t index) {
  if (const auto* pending = std::get_if<PendingLayer>(&value(node, index))) return *pending;
  return copy_of(node, activation(node, index));
}

Value GraphImporter::affine(const Node& node, std::size_t data, std::size_t axis, const std::vector<double>& factors,
                            const std::vector<double>& terms) {
  PendingLayer pending = open_layer(node, data);
  if (factors.size() == 1 && terms.size() == 1) {
    pending.scale_output(factors[0], terms[0]);
    return pending;
  }
  const auto per_channel_of = [&](const std::vector<double>& list) {
    return list.size() == 1 ? std::vector<double>(pending.shape.channels, list[0]) : list;
  };
  if (pending.is_copy && !pending.function) {
    const Activation source = channelwise(node, {pending.layer.input, pending.view, true}, axis);
    if (source.tensor != pending.layer.input) {
      const PendingLayer before = pending;
      pending = copy_of(node, source);
      pending.scale_output(before.gain, before.offset);
    }
  }
  const std::vector<Factor> channel = pending.view.merged({axis});
  const bool by_channel = pending.view.extent(axis) == pending.shape.channels &&
                          (channel.empty() || (channel.size() == 1 && channel[0].stride == 1));
  if (!pending.is_linear() || !pending.is_open() || pending.layer.residual != Layer::no_tensor || !by_channel) {
    refuse(
        fmt::format("its operand '{}' is the result of a Relu, Clip, Add or function that is not quantized, or moved",
                    node.input(data)),
        "channels scaled or shifted right after a convolution, fully connected or pooling layer, or of a quantized "
        "activation");
  }
  pending.fold_gain();
  const std::vector<double> scale = per_channel_of(factors), shift = per_channel_of(terms);
  pending.bias.resize(pending.shape.channels, 0.0);
  for (std::size_t o = 0; o < pending.shape.channels; ++o) {
    if (!pending.dense.empty()) pending.dense[o] *= scale[o];
    if (!pending.sparse.empty()) pending.sparse[o] *= scale[o];
    pending.bias[o] = pending.bias[o] * scale[o] + shift[o];
  }
  pending.keeps_grid = pending.is_copy = false;
  pending.root = "layer " + node.outputs[0];
  return pending;
}

Value GraphImporter::add(const Node& node) {
  const bool first = is_constant(node, 0), second = is_constant(node, 1);
  if (first && second) return add_constants(node);
  if (first || second) {
    if (varies_along_several_axes(node, first ? 1 : 0, first ? 0 : 1)) {
      return add_constant_tensor(node, first ? 1 : 0, first ? 0 : 1, 1);
    }
    const AxisConstant terms = axis_constant(node, first ? 1 : 0, first ? 0 : 1);
    return affine(node, first ? 1 : 0, terms.axis, {1.0}, terms.values);
  }
  return add_activations(node, 1);
}

Value GraphImporter::subtract(const Node& node) {
  const bool first = is_constant(node, 0);
  if (!first && !is_constant(node, 1)) return add_activations(node, -1);
  if (varies_along_several_axes(node, first ? 1 : 0, first ? 0 : 1)) {
    return add_constant_tensor(node, first ? 1 : 0, first ? 0 : 1, -1);
  }
  AxisConstant terms = axis_constant(node, first ? 1 : 0, first ? 0 : 1);
  if (!first) {
    for (double& term : terms.values) term = -term;
  }
  return affine(node, first ? 1 : 0, terms.axis, {first ? -1.0 : 1.0}, terms.values);
}

Value GraphImporter::multiply(const Node& node) {
  const bool first = is_constant(node, 0), second = is_constant(node, 1);
  if (first && second) return scale_constant(node, false);
  if (first || second) {
    const AxisConstant factors = axis_constant(node, first ? 1 : 0, first ? 0 : 1);
    return affine(node, first ? 1 : 0, factors.axis, factors.values, {0.0});
  }
  Value result;
  if (combine_functions(node, result)) return result;
  return combine_element_wise(node, activation(node, 0), activation(node, 1), 0);
}

Value GraphImporter::divide(const Node& node) {
  const bool first = is_constant(node, 0), second = is_constant(node, 1);
  if (first && second) return scale_constant(node, true);
  Value result;
  if (!first && !second && combine_functions(node, result)) return result;
  if (first) {
    const AxisConstant dividend = axis_constant(node, 1, 0);
    if (dividend.values.size() == 1) {
      return function_of(node, 1, [c = dividend.values[0]](double x) { return c / x; });
    }
  }
  if (!second) refuse("it divides by an activation", "a constant divisor, or a function of the same value");
  AxisConstant divisor = axis_constant(node, 0, 1);
  for (double& value : divisor.values) value = 1 / value;
  return affine(node, 0, divisor.axis, divisor.values, {0.0});
}

Value GraphImporter::power(const Node& node) {
  const graph::ConstantTensor exponent = real_constant(node, 1);
  if (exponent.values.size() != 1) refuse("its exponent varies", "one number");
  return function_of(node, 0, [e = exponent.values[0]](double x) { return std::pow(x, e); });
}

Value GraphImporter::bound_by_constant(const Node& node) {
  const bool first = is_constant(node, 0);
  if (node.inputs.size() != 2 || (!first && !is_constant(node, 1))) {
    refuse("none of its two inputs is a constant", "one constant bound");
  }
  const graph::ConstantTensor bound = real_constant(node, first ? 0 : 1);
  if (bound.values.size() != 1) refuse("its bound varies", "one number");
  const double infinity = std::numeric_limits<double>::infinity();
  Node single = node;
  single.inputs = {node.inputs[first ? 1 : 0]};
  return node.operation == "Min" ? clip_between(single, -infinity, bound.values[0])
                                 : clip_between(single, bound.values[0], infinity);
}

// -- of constants, with their integers kept --------------------------------------------------------------------------

Value GraphImporter::add_constants(const Node& node) {
  const WeightSum &first = constant(node, 0), &second = constant(node, 1);
  if (first[0].tensor.dimensions != second[0].tensor.dimensions) {
    refuse("it adds constants of different shapes", "equal shapes");
  }
  WeightSum sum = first;
  sum.insert(sum.end(), second.begin(), second.end());
  return sum;
}

Value GraphImporter::scale_constant(const Node& node, bool divides) const {
  const bool first_scales = !divides && real_constant(node, 0).values.size() == 1;
  const graph::ConstantTensor factor = real_constant(node, first_scales ? 0 : 1);
  if (factor.values.size() != 1) refuse("it scales a quantized constant by several numbers", "one number");
  WeightSum sum = constant(node, first_scales ? 1 : 0);
  for (WeightPart& part : sum) {
    for (double& scale : part.scale) scale *= divides ? 1 / factor.values[0] : factor.values[0];
  }
  return sum;
}

// -- of two activations ----------------------------------------------------------------------------------------------

bool GraphImporter::combine_functions(const Node& node, Value& result) {
  const auto operation = graph::element_function_of_two(node);
  const auto as_pending = [&](std::size_t index) -> std::optional<PendingLayer> {
    const Value& source = value(node, index);
    if (const auto* pending = std::get_if<PendingLayer>(&source)) return *pending;
    const auto* made = std::get_if<Activation>(&source);
    if (made == nullptr || !made->is_real) return std::nullopt;
    return copy_of(node, *made);
  };
  std::optional<PendingLayer> a = as_pending(0), b = as_pending(1);
  if (!operation || !a || !b || a->root != b->root || a->root.empty() || !(a->view == b->view)) return false;
  const bool sums_plainly = !a->function && !b->function && (node.operation == "Add" || node.operation == "Sub");
  if (sums_plainly) return false;
  for (auto* side : {&*a, &*b}) {
    if (side->is_copy) side->make_table();
  }
  const auto f = a->whole_function(), g = b->whole_function();
  PendingLayer combined = *a;
  combined.function = [f, g, op = *operation](double x) { return op(f(x), g(x)); };
  combined.gain = 1;
  combined.offset = 0;
  combined.low = -std::numeric_limits<double>::infinity();
  combined.high = std::numeric_limits<double>::infinity();
  combined.bounded = combined.keeps_grid = false;
  result = combined;
  return true;
}

bool GraphImporter::combine_superposition(const Node& node, Value& result) const {
  const auto* a = std::get_if<PendingLayer>(&value(node, 0));
  const auto* b = std::get_if<PendingLayer>(&value(node, 1));
  if (a == nullptr || b == nullptr) return false;
  const auto plain = [](const PendingLayer& p) {
    return p.has_weights() && p.is_open() && p.layer.residual == Layer::no_tensor && p.layer.weight_error == 0;
  };
  const auto& [ternary, precise] = a->layer.high_precision.empty() ? std::pair(a, b) : std::pair(b, a);
  const auto same_window = [](const Window& x, const Window& y) {
    return std::tie(x.kernel_height, x.kernel_width, x.stride_y, x.stride_x, x.dilation_y, x.dilation_x, x.pad_top,
                    x.pad_left, x.pad_bottom,
                    x.pad_right) == std::tie(y.kernel_height, y.kernel_width, y.stride_y, y.stride_x, y.dilation_y,
                                             y.dilation_x, y.pad_top, y.pad_left, y.pad_bottom, y.pad_right);
  };
  const bool fit = plain(*a) && plain(*b) && ternary->layer.high_precision.empty() && precise->layer.ternary.empty() &&
                   a->layer.kind == b->layer.kind && a->layer.input == b->layer.input &&
                   a->layer.groups == b->layer.groups && a->view == b->view &&
                   same_window(a->layer.window, b->layer.window) &&
                   ternary->layer.ternary.size() == precise->layer.high_precision.size();
  if (!fit) return false;
  PendingLayer sum = *ternary;
  PendingLayer values = *precise;
  sum.fold_gain();
  values.fold_gain();
  sum.sparse = values.sparse;
  sum.layer.high_precision = values.layer.high_precision;
  sum.layer.value_bits = values.layer.value_bits;
  sum.layer.pattern = values.layer.pattern;
  sum.sparse_weights = values.sparse_weights;
  sum.bias.resize(sum.shape.channels, 0.0);
  for (std::size_t o = 0; o < values.bias.size(); ++o) sum.bias[o] += values.bias[o];
  sum.root = "layer " + node.outputs[0];
  result = sum;
  return true;
}

bool GraphImporter::can_take_residual(const Node& node, std::size_t index) const {
  const auto* pending = std::get_if<PendingLayer>(&value(node, index));
  return pending != nullptr && !pending->keeps_grid && pending->is_linear() && pending->is_open() &&
         pending->layer.residual == Layer::no_tensor;
}

Activation GraphImporter::in_order_of(const Node& node, const Activation& source, const View& view) {
  if (source.view == view) return source;
  const std::vector<std::size_t> order = view.memory_order();
  return view.is_packed(order) ? arranged(node, source, order) : source;
}

Value GraphImporter::add_activations(const Node& node, double sign) {
  Value result;
  if (combine_functions(node, result)) return result;
  if (sign > 0 && combine_superposition(node, result)) return result;
  const std::size_t receiver = can_take_residual(node, 1) && !can_take_residual(node, 0) ? 1 : 0;
  const auto* unquantized = std::get_if<PendingLayer>(&value(node, receiver));
  if (unquantized != nullptr && !unquantized->keeps_grid && !can_take_residual(node, receiver)) {
    refuse(fmt::format("its operand '{}' is the result of a Relu, Clip, Add or function that is not quantized",
                       node.input(receiver)),
           "one Add after a convolution, fully connected or pooling layer, or the output of DequantizeLinear");
  }
  Activation addend = activation(node, 1 - receiver);
  PendingLayer pending;
  if (can_take_residual(node, receiver)) {
    pending = std::get<PendingLayer>(value(node, receiver));
  } else {
    const Activation first = activation(node, receiver);
    const graph::Shape a = first.view.shape(), b = addend.view.shape();
    if (a != b) return combine_element_wise(node, first, addend, sign);
    pending = copy_of(node, first);
    pending.layer.kind = LayerKind::add;
  }
  if (addend.view.shape() == pending.view.shape()) addend = in_order_of(node, addend, pending.view);
  const Tensor& tensor = network_.tensors[addend.tensor];
  if (!(addend.view == pending.view) || tensor.height != pending.shape.height || tensor.width != pending.shape.width ||
      tensor.channels != pending.shape.channels) {
    refuse(
        fmt::format("it adds [{}] and [{}], stored {} x {} x {} and {} x {} x {}",
                    fmt::join(pending.view.shape(), ", "), fmt::join(addend.view.shape(), ", "), pending.shape.height,
                    pending.shape.width, pending.shape.channels, tensor.height, tensor.width, tensor.channels),
        "equal shapes");
  }
  if (receiver == 1 && sign < 0) pending.scale_output(-1, 0);
  pending.fold_gain();
  pending.layer.residual = addend.tensor;
  pending.residual = tensor.scale * (receiver == 0 ? sign : 1);
  pending.keeps_grid = pending.is_copy = false;
  pending.root = "layer " + node.outputs[0];
  return pending;
}

/// a * b (sign 0) or a + sign * b, where one may have fewer rows, columns or channels.
Value GraphImporter::combine_element_wise(const Node& node, const Activation& a, const Activation& b, double sign) {
  const bool swapped = b.view.elements() > a.view.elements();
  Activation wide = swapped ? b : a, narrow = swapped ? a : b;
  const graph::Shape shape = wide.view.shape();
  graph::Shape padded = narrow.view.shape();
  padded.insert(padded.begin(), shape.size() - std::min(shape.size(), padded.size()), 1);
  narrow.view = *narrow.view.reshaped(padded);
  const std::vector<std::size_t> order = wide.view.memory_order();
  const auto stored_plainly = [&](const Activation& source) {
    const Tensor expected = stored_shape(source.view.shape(), order);
    const Tensor& tensor = network_.tensors[source.tensor];
    const bool plain = source.view.is_packed(order) && tensor.height == expected.height &&
                       tensor.width == expected.width && tensor.channels == expected.channels;
    return plain ? source : arranged(node, source, order);
  };
  if (!(wide.view == narrow.view)) {
    wide = stored_plainly(wide);
    narrow = stored_plainly(narrow);
  }
  const Tensor &first = network_.tensors[wide.tensor], &second = network_.tensors[narrow.tensor];
  const auto fits = [](std::uint32_t size, std::uint32_t of) { return size == of || size == 1; };
  if (padded.size() != shape.size() || !fits(second.height, first.height) || !fits(second.width, first.width) ||
      !fits(second.channels, first.channels)) {
    refuse(fmt::format("it combines [{}] and [{}]", fmt::join(a.view.shape(), ", "), fmt::join(b.view.shape(), ", ")),
           "equal shapes, or one row, column or channel against several");
  }
  PendingLayer pending = core_layer(node, wide, ElementWiseOperation{.multiply = sign == 0, .first = {}, .second = {}});
  pending.layer.more_inputs = {narrow.tensor};
  if (sign == 0) {
    pending.gains = {first.scale * second.scale};
  } else {
    pending.gains = {first.scale * (swapped ? sign : 1), second.scale * (swapped ? 1 : sign)};
  }
  return pending;
}

}  // namespace terse::compiler::importer
