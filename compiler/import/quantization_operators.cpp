// QuantizeLinear and DequantizeLinear, on activations and on constants. Quant of QONNX and the quantization of TFLite
// arrive as these, with the integers in use as attributes (graph/quantization_attributes.hpp).
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "compiler/graph/quantization_attributes.hpp"
#include "compiler/import/graph_importer.hpp"

namespace terse::compiler::importer {

namespace {

using graph::ConstantTensor;
using graph::ElementType;

/// Two scales of float precision that mean the same.
constexpr double scale_tolerance = 1e-6;

bool same_scale(double a, double b) {
  return std::abs(a - b) <= scale_tolerance * std::max(std::abs(a), std::abs(b));
}

bool same_format(const Tensor& tensor, const ActivationFormat& format) {
  return same_scale(tensor.scale, format.scale) && tensor.is_signed == format.is_signed &&
         tensor.zero_point == format.zero_point;
}

/// The axis along which a constant has several scales; 0 for one scale.
std::int64_t scale_axis(const Node& node, const ConstantTensor& scale, const graph::Shape& shape) {
  if (scale.values.size() == 1) return 0;
  std::size_t axis = shape.size();
  if (scale.dimensions.size() == shape.size() && shape.size() > 1) {  // broadcast, as Quant of QONNX has it
    for (std::size_t i = 0; i < shape.size(); ++i) {
      if (scale.dimensions[i] != 1) axis = i;
    }
  } else if (scale.dimensions.size() == 1) {
    axis = graph::axis_of(node.integer("axis", 1), shape.size());
  }
  if (axis >= shape.size() || shape[axis] != static_cast<std::int64_t>(scale.values.size())) {
    throw CompileError(
        fmt::format("{} scales do not fit axis {} of shape [{}]; accepted: one scale, or one per index "
                    "of axis",
                    scale.values.size(), axis, fmt::join(shape, ", ")));
  }
  return static_cast<std::int64_t>(axis);
}

}  // namespace

ConstantTensor GraphImporter::scales(const Node& node) const {
  ConstantTensor result = real_constant(node, 1);
  const bool sound = !result.values.empty() && std::all_of(result.values.begin(), result.values.end(),
                                                           [](double s) { return s > 0 && std::isfinite(s); });
  if (!sound) throw CompileError("a scale is zero, negative or not finite; accepted: positive scales");
  return result;
}

ActivationFormat GraphImporter::activation_format(const Node& node) const {
  const ConstantTensor scale = scales(node);
  if (scale.values.size() != 1) {
    throw CompileError(fmt::format("it gives an activation {} scales; accepted: one scale per activation tensor",
                                   scale.values.size()));
  }
  ElementType type = ElementType::uint8;  // ONNX's default
  double zero_point = 0;
  if (!node.input(2).empty()) {
    const ConstantTensor zero = real_constant(node, 2);
    type = zero.type;
    if (zero.values.size() != 1) throw CompileError("it has several zero points; accepted: one per activation tensor");
    zero_point = zero.values[0];
  }
  ActivationFormat format;
  format.scale = scale.values[0];
  if (const auto range = graph::integers_in_use(node)) {
    format.least = static_cast<std::int32_t>(range->least);
    format.greatest = static_cast<std::int32_t>(range->greatest);
    format.is_signed = range->least < 0;
    format.rounding_offset = range->rounding_offset;
  } else {
    if (type != ElementType::uint8 && type != ElementType::int8) {
      throw CompileError(fmt::format("it makes activations of {}; accepted: uint8 or int8", to_string(type)));
    }
    format.is_signed = type == ElementType::int8;
    format.least = format.is_signed ? -128 : 0;
    format.greatest = format.least + 255;
  }
  const auto holds = [&](std::uint32_t bits) {
    const std::int32_t levels = 1 << bits, least = format.is_signed ? -levels / 2 : 0;
    return format.least >= least && format.greatest < least + levels;
  };
  format.bits = holds(2) ? 2 : holds(4) ? 4 : 8;
  if (!holds(8)) {
    throw CompileError(
        fmt::format("it makes activations of {} to {}; accepted: up to 8 bits", format.least, format.greatest));
  }
  if (zero_point != std::floor(zero_point) || zero_point < format.least || zero_point > format.greatest) {
    throw CompileError(fmt::format("its zero point is {}; accepted: one of the integers {} to {}", zero_point,
                                   format.least, format.greatest));
  }
  format.zero_point = static_cast<std::int32_t>(zero_point);
  return format;
}

Value GraphImporter::quantize_linear(const Node& node) {
  const Value& source = value(node, 0);
  if (const auto* raw = std::get_if<RawInput>(&source)) return quantize_input(node, *raw);
  const ActivationFormat format = activation_format(node);
  Activation result;
  if (const auto* pending = std::get_if<PendingLayer>(&source)) {
    result = finish_layer(*pending, format);
  } else {
    result = std::get<Activation>(source);
    if (!result.is_real) throw CompileError("its input is quantized already; accepted: a real input");
    const Tensor& tensor = network_.tensors[result.tensor];
    const ActivationFormat own = ActivationFormat::of(tensor);
    const bool narrows = format.least > own.least || format.greatest < own.greatest;
    if (!same_format(tensor, format) || (narrows && format.bits < tensor.bits)) {
      result = finish_layer(copy_of(node, result), format);
    }
  }
  result.is_real = false;
  return result;
}

Activation GraphImporter::quantize_input(const Node& node, const RawInput& raw) {
  const ActivationFormat format = activation_format(node);
  Tensor& input = network_.tensors[network_.input];
  if (input.scale != 0 && !same_format(input, format)) {
    throw CompileError(
        "it quantizes the network's input a second time, in another way; accepted: one quantization of the input");
  }
  input.scale = format.scale;
  input.is_signed = format.is_signed;
  input.bits = format.bits;
  input.zero_point = format.zero_point;
  return {network_.input, raw.view, false};
}

Value GraphImporter::dequantize_linear(const Node& node) {
  const Value& source = value(node, 0);
  if (const auto* weights = std::get_if<WeightSum>(&source)) return dequantize_constant(node, (*weights)[0]);
  const auto* quantized = std::get_if<Activation>(&source);
  if (quantized == nullptr || quantized->is_real) {
    throw CompileError("its input is not quantized; accepted: an integer constant or the output of QuantizeLinear");
  }
  const ActivationFormat format = activation_format(node);
  Tensor& tensor = network_.tensors[quantized->tensor];
  if (tensor.scale == 0) {  // the network's input, given as integers
    tensor.scale = format.scale;
    tensor.zero_point = format.zero_point;
  }
  if (!same_format(tensor, format)) {
    throw CompileError(fmt::format(
        "its scale {}, zero point {} or type differs from that of the QuantizeLinear before it ({}, {}); accepted: the "
        "same scale, zero point and type in both",
        format.scale, format.zero_point, tensor.scale, tensor.zero_point));
  }
  Activation result = *quantized;
  result.is_real = true;
  return result;
}

Value GraphImporter::dequantize_constant(const Node& node, const WeightPart& part) const {
  if (!part.is_real || !graph::is_integer(part.tensor.type)) {
    throw CompileError(fmt::format("it dequantizes a constant of {}; accepted: integers",
                                   part.is_real ? to_string(part.tensor.type) : "float"));
  }
  const ConstantTensor scale = scales(node);
  WeightPart result{part.tensor, scale.values, scale_axis(node, scale, part.tensor.dimensions), false};
  if (node.input(2).empty()) return WeightSum{result};
  const ConstantTensor zero = real_constant(node, 2);
  if (zero.values.size() != 1 && zero.values.size() != result.scale.size()) {
    throw CompileError(fmt::format("it has {} zero points and {} scales; accepted: equal numbers", zero.values.size(),
                                   result.scale.size()));
  }
  const WeightPart zeros{result.tensor, zero.values, result.axis, false};
  for (std::size_t i = 0; i < result.tensor.values.size(); ++i) result.tensor.values[i] -= zeros.scale_at(i);
  return WeightSum{result};
}

}  // namespace terse::compiler::importer
