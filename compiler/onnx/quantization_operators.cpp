// QuantizeLinear and DequantizeLinear of the ONNX importer, on activations and on constants.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "compiler/onnx/graph_importer.hpp"

namespace terse::compiler::onnx_import {

namespace {

/// Two scales of float precision that mean the same.
constexpr double scale_tolerance = 1e-6;

bool same_scale(double a, double b) {
  return std::abs(a - b) <= scale_tolerance * std::max(std::abs(a), std::abs(b));
}

}  // namespace

std::vector<double> GraphImporter::scales(const Node& node) const {
  std::vector<double> result = real_constant(node, 1);
  const bool sound =
      !result.empty() && std::all_of(result.begin(), result.end(), [](double s) { return s > 0 && std::isfinite(s); });
  if (!sound) refuse(node, "a scale is zero, negative or not finite", "positive scales");
  if (!node.input(2).empty()) {
    for (const double zero_point : real_constant(node, 2)) {
      if (zero_point != 0) {
        refuse(node, fmt::format("its zero point is {}", zero_point), "symmetric quantization, zero point 0");
      }
    }
  }
  return result;
}

Tensor GraphImporter::activation_format(const Node& node) const {
  const std::vector<double> scale = scales(node);
  if (scale.size() != 1) {
    refuse(node, fmt::format("it gives an activation {} scales", scale.size()), "one scale per activation tensor");
  }
  ElementType type = ElementType::uint8;  // ONNX's default
  if (!node.input(2).empty()) type = constant(node, 2)[0].tensor.type;
  if (type != ElementType::uint8 && type != ElementType::int8) {
    refuse(node, fmt::format("it makes activations of {}", to_string(type)), "uint8 or int8");
  }
  Tensor format;
  format.scale = scale[0];
  format.is_signed = type == ElementType::int8;
  return format;
}

Value GraphImporter::quantize_linear(const Node& node) {
  const Value& source = value(node, 0);
  if (const auto* weights = std::get_if<WeightSum>(&source)) return quantize_constant(node, *weights);
  if (const auto* raw = std::get_if<RawInput>(&source)) return quantize_input(node, *raw);
  const Tensor format = activation_format(node);
  Activation result;
  if (const auto* pending = std::get_if<PendingLayer>(&source)) {
    result = finish_layer(*pending, format);
  } else {
    result = std::get<Activation>(source);
    if (!result.is_real) refuse(node, "its input is quantized already", "a real input");
    const Tensor& tensor = network_.tensors[result.tensor];
    if (!same_scale(tensor.scale, format.scale) || tensor.is_signed != format.is_signed) {
      result = finish_layer(copy_of(node, result), format);
    }
  }
  result.is_real = false;
  return result;
}

Activation GraphImporter::quantize_input(const Node& node, const RawInput& raw) {
  const Tensor format = activation_format(node);
  Tensor& input = network_.tensors[network_.input];
  if (input.scale != 0 && (!same_scale(input.scale, format.scale) || input.is_signed != format.is_signed)) {
    refuse(node, "it quantizes the network's input a second time, in another way", "one quantization of the input");
  }
  input.scale = format.scale;
  input.is_signed = format.is_signed;
  return {network_.input, raw.flattened, false};
}

Activation GraphImporter::finish_layer(const PendingLayer& pending, const Tensor& format) {
  Tensor output = pending.shape;
  output.bits = format.bits;
  output.is_signed = format.is_signed;
  output.scale = format.scale;
  Layer layer = finish(pending, output);
  layer.name = unique_name(layer.name);
  layer.output = network_.tensors.size();
  output.name = layer.name;
  network_.tensors.push_back(output);
  network_.layers.push_back(std::move(layer));
  return {network_.tensors.size() - 1, pending.flattened, true};
}

Value GraphImporter::dequantize_linear(const Node& node) {
  const Value& source = value(node, 0);
  if (const auto* weights = std::get_if<WeightSum>(&source)) return dequantize_constant(node, (*weights)[0]);
  const auto* quantized = std::get_if<Activation>(&source);
  if (quantized == nullptr || quantized->is_real) {
    refuse(node, "its input is not quantized", "an integer constant or the output of QuantizeLinear");
  }
  const Tensor format = activation_format(node);
  Tensor& tensor = network_.tensors[quantized->tensor];
  if (tensor.scale == 0) tensor.scale = format.scale;  // the network's input, given as integers
  if (!same_scale(tensor.scale, format.scale) || tensor.is_signed != format.is_signed) {
    refuse(node,
           fmt::format("its scale {} or type differs from that of the QuantizeLinear before it ({})", format.scale,
                       tensor.scale),
           "the same scale, zero point and type in both");
  }
  Activation result = *quantized;
  result.is_real = true;
  return result;
}

Value GraphImporter::dequantize_constant(const Node& node, const WeightPart& part) const {
  const ElementType type = part.tensor.type;
  if (!part.is_real || (type != ElementType::int8 && type != ElementType::uint8 && type != ElementType::int32)) {
    refuse(node, fmt::format("it dequantizes a constant of {}", part.is_real ? to_string(type) : "float"),
           "int8, uint8 or int32");
  }
  WeightPart result{part.tensor, scales(node), 0, false};
  const auto rank = static_cast<std::int64_t>(part.tensor.dimensions.size());
  if (result.scale.size() > 1) {
    result.axis = node.integer("axis", 1);
    if (result.axis < 0) result.axis += rank;
    if (result.axis < 0 || result.axis >= rank ||
        part.tensor.dimensions[static_cast<std::size_t>(result.axis)] !=
            static_cast<std::int64_t>(result.scale.size())) {
      refuse(node,
             fmt::format("{} scales do not fit axis {} of shape [{}]", result.scale.size(), result.axis,
                         fmt::join(part.tensor.dimensions, ", ")),
             "one scale, or one per index of axis");
    }
  }
  return WeightSum{result};
}

Value GraphImporter::quantize_constant(const Node& node, const WeightSum& sum) const {
  const std::vector<double> scale = scales(node);
  if (sum.size() != 1 || !sum[0].is_real) refuse(node, "it quantizes a computed constant", "a float initializer");
  WeightPart part{sum[0].tensor, scale, scale.size() > 1 ? node.integer("axis", 1) : 0, true};
  const bool is_signed = !node.input(2).empty() && constant(node, 2)[0].tensor.type == ElementType::int8;
  part.tensor.type = is_signed ? ElementType::int8 : ElementType::uint8;
  if (part.axis < 0) part.axis += static_cast<std::int64_t>(part.tensor.dimensions.size());
  for (std::size_t i = 0; i < part.tensor.values.size(); ++i) {
    const double quotient = std::nearbyint(part.tensor.values[i] / part.scale_at(i));
    part.tensor.values[i] = is_signed ? std::clamp(quotient, -128.0, 127.0) : std::clamp(quotient, 0.0, 255.0);
  }
  part.scale = {1.0};
  return WeightSum{part};
}

}  // namespace terse::compiler::onnx_import
