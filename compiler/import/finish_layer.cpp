// Pending layers become layers of the network when their output gets a format.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "compiler/import/graph_importer.hpp"

namespace terse::compiler::importer {

namespace {

/// Unsigned 8 bits over a table's results, where the file leaves them real.
ActivationFormat format_of_results(const PendingLayer& table, const Tensor& input) {
  double low = 0, high = 0;
  for (int byte = 0; byte < 256; ++byte) {
    const int stored = input.is_signed ? static_cast<std::int8_t>(byte) : byte;
    const double real = table.function(input.scale * (stored - input.zero_point));
    if (!std::isfinite(real)) continue;
    low = std::min(low, real);
    high = std::max(high, real);
  }
  ActivationFormat format;
  format.scale = high > low ? (high - low) / 255 : 1;
  format.zero_point = static_cast<std::int32_t>(std::lround(-low / format.scale));
  return format;
}

}  // namespace

std::string GraphImporter::unique_name(const std::string& name) {
  std::string candidate = name;
  for (int i = 2; !layer_names_.insert(candidate).second; ++i) candidate = fmt::format("{}.{}", name, i);
  return candidate;
}

PendingLayer GraphImporter::core_layer(const Node& node, const Activation& input, CoreOperation operation) const {
  PendingLayer pending;
  pending.layer.name = node.name;
  pending.layer.kind = LayerKind::core;
  pending.layer.input = input.tensor;
  pending.layer.operation = std::move(operation);
  pending.shape = network_.tensors[input.tensor];
  pending.view = input.view;
  if (!node.outputs.empty()) pending.root = "layer " + node.outputs[0];
  return pending;
}

void GraphImporter::take_off_function(PendingLayer& pending, const ActivationFormat& format) {
  if (!pending.function || pending.is_table()) return;
  if (pending.is_copy) {
    pending.make_table();
    return;
  }
  PendingLayer inner = pending;
  inner.function = {};
  const Activation stored = finish_layer(inner, function_input_format(pending.function, format));
  PendingLayer table = copy_of({.name = pending.layer.name + ".function"}, stored);
  table.function = pending.function;
  table.make_table();
  table.view = pending.view;
  pending = std::move(table);
}

void GraphImporter::rescale_operands(PendingLayer& pending, const ActivationFormat& format) {
  if (!pending.layer.operation || !std::holds_alternative<RearrangeOperation>(*pending.layer.operation)) return;
  const auto in_format = [&](std::size_t tensor) {
    return rescaled({.name = pending.layer.name + ".operand"}, {tensor, {}, true}, format).tensor;
  };
  pending.layer.input = in_format(pending.layer.input);
  for (std::size_t& operand : pending.layer.more_inputs) operand = in_format(operand);
}

void GraphImporter::record_rounding(const PendingLayer& pending, const ActivationFormat& format, const Layer& layer) {
  const auto record = [&](std::size_t index, const std::vector<double>& factors, auto multiplier, auto rounding) {
    if (index == PendingLayer::no_weights) return;
    imported_weights_.at(index).layer = network_.layers.size();
    std::vector<double>& ratios = imported_weights_.at(index).*rounding;
    for (std::size_t o = 0; o < factors.size(); ++o) {
      const Requantization& made = layer.requantization.at(o);
      const double exact = std::ldexp(factors[o] / format.scale, made.shift);
      // A multiplier of 0 states no scale; the file keeps one that rounds to it.
      ratios.push_back(made.*multiplier == 0 ? 1 : made.*multiplier / exact);
    }
  };
  record(pending.dense_weights, pending.dense, &Requantization::dense, &ImportedWeights::ternary_rounding);
  record(pending.sparse_weights, pending.sparse, &Requantization::sparse, &ImportedWeights::value_rounding);
}

Activation GraphImporter::finish_layer(PendingLayer pending, const ActivationFormat& format) {
  take_off_function(pending, format);
  pending.fold_gain();
  rescale_operands(pending, format);
  Tensor output = pending.shape;
  output.bits = format.bits;
  output.is_signed = format.is_signed;
  output.scale = format.scale;
  output.zero_point = format.zero_point;
  Layer layer = finish(pending, format, network_.tensors);
  record_rounding(pending, format, layer);
  layer.name = unique_name(layer.name);
  layer.output = network_.tensors.size();
  output.name = layer.name;
  network_.tensors.push_back(output);
  network_.layers.push_back(std::move(layer));
  return {network_.tensors.size() - 1, pending.view, true};
}

ActivationFormat GraphImporter::format_of_real_output(const PendingLayer& pending) const {
  const Tensor& input = network_.tensors[pending.layer.input];
  PendingLayer whole = pending;
  if (whole.is_copy && whole.function) whole.make_table();
  if (whole.keeps_grid) return ActivationFormat::of(input);
  if (whole.is_linear() && !whole.function) {
    whole.fold_gain();
    return real_output_format(whole, network_.tensors);
  }
  if (whole.is_table()) return format_of_results(whole, input);
  if (whole.layer.operation && std::holds_alternative<SoftmaxOperation>(*whole.layer.operation) && !whole.function) {
    ActivationFormat format;
    format.scale = 1.0 / 256;
    return format;
  }
  throw CompileError(
      fmt::format("{}: the output of layer '{}' is not quantized; accepted: QuantizeLinear before the "
                  "graph's output",
                  model_.file, pending.layer.name));
}

}  // namespace terse::compiler::importer
