#include "compiler/quantization/post_training.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "compiler/compiler.hpp"
#include "compiler/graph/evaluate.hpp"
#include "compiler/quantization/stored_values.hpp"

namespace terse::compiler {

namespace {

using graph::Node;

struct Range {
  double low = 0, high = 0;  ///< 0 is always inside: padding and Relu need it exactly.
};

/// The range that `percentile` per cent of the values stay in, as many beyond either end.
Range range_of(std::vector<float>& values, double percentile) {
  const auto outside = static_cast<std::size_t>((100 - percentile) / 200 * static_cast<double>(values.size()));
  const auto at = [&](std::size_t index) {
    const auto place = values.begin() + static_cast<std::ptrdiff_t>(index);
    std::nth_element(values.begin(), place, values.end());
    return static_cast<double>(*place);
  };
  if (values.empty()) return {};
  return {std::min(at(outside), 0.0), std::max(at(values.size() - 1 - outside), 0.0)};
}

/// Values of one activation that are kept for its quantiles: evenly spaced ones of each input, and its extremes.
void keep(const std::vector<double>& values, std::vector<float>& kept) {
  constexpr std::size_t per_input = 1 << 14;
  if (values.empty()) return;
  const std::size_t step = values.size() / per_input + 1;
  for (std::size_t i = 0; i < values.size(); i += step) kept.push_back(static_cast<float>(values[i]));
  const auto [least, greatest] = std::minmax_element(values.begin(), values.end());
  kept.push_back(static_cast<float>(*least));
  kept.push_back(static_cast<float>(*greatest));
}

std::map<std::string, Range> calibrate(const graph::Model& model, const std::vector<graph::ConstantTensor>& inputs,
                                       const std::vector<std::string>& stored, double percentile) {
  std::map<std::string, std::vector<float>> kept;
  for (const graph::ConstantTensor& input : inputs) {
    const graph::TensorValues values = graph::evaluate_graph(model, input);
    for (const std::string& name : stored) keep(values.at(name).values, kept[name]);
  }
  std::map<std::string, Range> ranges;
  for (auto& [name, values] : kept) ranges[name] = range_of(values, percentile);
  return ranges;
}

/// QuantizeLinear and DequantizeLinear that follow the value `name`.
std::vector<Node> quantizers(graph::Model& model, const std::string& name, const Range& range) {
  const bool is_signed = range.low < 0;
  const double width = range.high - range.low;
  // As a file can state it.
  const double scale = width > 0 ? static_cast<double>(static_cast<float>(width / 255)) : 1;
  const double zero_point = is_signed ? std::clamp(std::round(-128 - range.low / scale), -128.0, 127.0) : 0;
  const std::string scale_name = graph::unused_name(model, name + ".scale");
  const std::string zero_name = graph::unused_name(model, name + ".zero_point");
  model.initializers[scale_name] = {graph::ElementType::float32, {}, {scale}};
  const auto type = is_signed ? graph::ElementType::int8 : graph::ElementType::uint8;
  model.initializers[zero_name] = {type, {}, {zero_point}};
  Node quantize;
  quantize.name = name + ".quantize";
  quantize.operation = "QuantizeLinear";
  quantize.inputs = {name, scale_name, zero_name};
  quantize.outputs = {graph::unused_name(model, name + ".quantized")};
  Node dequantize = quantize;
  dequantize.name = name + ".dequantize";
  dequantize.operation = "DequantizeLinear";
  dequantize.inputs[0] = quantize.outputs[0];
  dequantize.outputs = {graph::unused_name(model, name + ".stored")};
  return {quantize, dequantize};
}

}  // namespace

bool is_float_graph(const graph::Model& model) {
  const auto is_real = [](const graph::Port& port) { return !graph::is_integer(port.type); };
  return std::all_of(model.inputs.begin(), model.inputs.end(), is_real) &&
         std::none_of(model.nodes.begin(), model.nodes.end(), [&](const Node& node) {
           return node.operation == "QuantizeLinear" && !model.initializers.contains(node.input(0));
         });
}

void quantize_after_training(graph::Model& model, const std::vector<graph::ConstantTensor>& inputs, double percentile) {
  if (model.inputs.size() != 1) throw CompileError(fmt::format("{}: calibration needs one input", model.file));
  const std::vector<std::string> stored = stored_values(model);
  const std::map<std::string, Range> ranges = calibrate(model, inputs, stored, percentile);
  std::map<std::string, std::string> renamed;
  std::vector<Node> nodes = std::move(model.nodes), result;
  model.nodes.clear();
  const auto add_quantizers = [&](const std::string& name) {
    const auto range = ranges.find(name);
    if (range == ranges.end()) return;
    const std::vector<Node> pair = quantizers(model, name, range->second);
    result.insert(result.end(), pair.begin(), pair.end());
    renamed[name] = pair[1].outputs[0];
  };
  add_quantizers(model.inputs[0].name);
  for (Node& node : nodes) {
    for (std::string& input : node.inputs) {
      if (const auto stored_as = renamed.find(input); stored_as != renamed.end()) input = stored_as->second;
    }
    const std::vector<std::string> outputs = node.outputs;
    result.push_back(std::move(node));
    for (const std::string& output : outputs) add_quantizers(output);
  }
  for (graph::Port& output : model.outputs) {
    if (const auto stored_as = renamed.find(output.name); stored_as != renamed.end()) output.name = stored_as->second;
  }
  model.nodes = std::move(result);
}

}  // namespace terse::compiler
