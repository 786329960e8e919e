#include "compiler/onnx/graph_importer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace terse::compiler::onnx_import {

namespace {

constexpr std::string_view accepted_operators =
    "QuantizeLinear, DequantizeLinear, Conv, Gemm, MatMul, BatchNormalization, Add, Relu, Clip, MaxPool, AveragePool, "
    "GlobalAveragePool, Flatten, Reshape, Identity, Dropout and Constant of the standard domain";

bool is_weighted(const Node& node) {
  return node.operation == "Conv" || node.operation == "Gemm" || node.operation == "MatMul";
}

}  // namespace

GraphImporter::GraphImporter(std::string file, Model model, const CompileOptions& options)
    : file_(std::move(file)), model_(std::move(model)), options_(options) {
  network_.name = model_.name;
  weighted_layers_ = static_cast<std::size_t>(std::count_if(model_.nodes.begin(), model_.nodes.end(), &is_weighted));
}

void GraphImporter::refuse(const Node& node, std::string_view problem, std::string_view accepted) const {
  throw CompileError(
      fmt::format("{}: node '{}' ({}): {}; accepted: {}", file_, node.name, node.operation, problem, accepted));
}

void GraphImporter::refuse_unquantized(const Node& node, std::size_t index) const {
  refuse(node, fmt::format("its operand '{}' is not quantized", node.input(index)),
         "the output of DequantizeLinear after QuantizeLinear (export the network with quantized activations, QDQ "
         "style; quantization after training is not available)");
}

QuantizedNetwork GraphImporter::import() {
  for (const auto& [name, tensor] : model_.initializers) values_[name] = WeightSum{WeightPart{tensor, {1.0}, 0, true}};
  read_input();
  for (const Node& node : model_.nodes) {
    Value result = evaluate(node);
    values_.insert_or_assign(node.outputs[0], std::move(result));
  }
  read_output();
  return std::move(network_);
}

void GraphImporter::read_input() {
  if (model_.inputs.size() != 1) {
    throw CompileError(fmt::format("{}: the graph has {} inputs; accepted: one image", file_, model_.inputs.size()));
  }
  const Port& port = model_.inputs[0];
  const std::vector<std::int64_t>& d = port.dimensions;
  const bool known = (d.size() == 4 || d.size() == 2) && (d[0] == 1 || d[0] == -1) &&
                     std::all_of(d.begin() + 1, d.end(), [](std::int64_t size) { return size >= 1 && size <= 65535; });
  if (!known) {
    throw CompileError(
        fmt::format("{}: input '{}' has shape [{}]; accepted: [N, C, H, W] or [N, C] with N free or 1 and "
                    "the others fixed, up to 65535",
                    file_, port.name, fmt::join(d, ", ")));
  }
  Tensor input;
  input.name = port.name;
  input.channels = static_cast<std::uint32_t>(d[1]);
  if (d.size() == 4) {
    input.height = static_cast<std::uint32_t>(d[2]);
    input.width = static_cast<std::uint32_t>(d[3]);
  }
  input.scale = 0;  // until the file quantizes it
  network_.input = 0;
  network_.tensors.push_back(input);
  if (port.type == ElementType::int8 || port.type == ElementType::uint8) {
    network_.tensors[0].is_signed = port.type == ElementType::int8;
    values_[port.name] = Activation{0, d.size() == 2, false};
  } else {
    values_[port.name] = RawInput{d.size() == 2};
  }
}

void GraphImporter::read_output() {
  if (model_.outputs.size() != 1) {
    throw CompileError(fmt::format("{}: the graph has {} outputs; accepted: one", file_, model_.outputs.size()));
  }
  const std::string& name = model_.outputs[0].name;
  const auto found = values_.find(name);
  if (found == values_.end()) throw CompileError(fmt::format("{}: no node makes the output '{}'", file_, name));
  bool flattened = false;
  if (const auto* pending = std::get_if<PendingLayer>(&found->second)) {
    flattened = pending->flattened;
    Tensor format =
        pending->keeps_grid ? network_.tensors[pending->layer.input] : real_output_format(*pending, network_.tensors);
    network_.output = finish_layer(*pending, format).tensor;
  } else if (const auto* made = std::get_if<Activation>(&found->second)) {
    flattened = made->flattened;
    network_.output = made->tensor;
  }
  if (network_.layers.empty() || network_.output == network_.input) {
    throw CompileError(fmt::format("{}: output '{}' does not depend on a layer; there is nothing to run", file_, name));
  }
  const Tensor& output = network_.tensors[network_.output];
  if (flattened && output.height * output.width != 1 && output.channels != 1) {
    throw CompileError(
        fmt::format("{}: output '{}' is a flattened [C, H, W] tensor; accepted: flattening before a fully "
                    "connected layer, or of a tensor with H = W = 1",
                    file_, name));
  }
}

Value GraphImporter::evaluate(const Node& node) {
  if (node.domain.empty()) {
    const std::string& op = node.operation;
    if (op == "QuantizeLinear") return quantize_linear(node);
    if (op == "DequantizeLinear") return dequantize_linear(node);
    if (op == "Conv") return convolution(node);
    if (op == "Gemm" || op == "MatMul") return fully_connected(node);
    if (op == "BatchNormalization") return batch_normalization(node);
    if (op == "Add") return add(node);
    if (op == "Relu" || op == "Clip") return clip(node);
    if (op == "MaxPool") return max_pool(node);
    if (op == "AveragePool" || op == "GlobalAveragePool") return average_pool(node);
    if (op == "Flatten" || op == "Reshape") return reshape(node);
    if (op == "Identity" || op == "Dropout") return value(node, 0);
    if (op == "Constant") {
      const auto tensor = node.attributes.find("value");
      if (tensor != node.attributes.end() && std::holds_alternative<ConstantTensor>(tensor->second)) {
        return WeightSum{WeightPart{std::get<ConstantTensor>(tensor->second), {1.0}, 0, true}};
      }
      if (node.attributes.contains("value_float")) {
        return WeightSum{WeightPart{{ElementType::float32, {}, {node.real("value_float", 0)}}, {1.0}, 0, true}};
      }
      refuse(node, "it has no attribute value", "a tensor (value) or a number (value_float)");
    }
  }
  const std::string domain = node.domain.empty() ? "" : fmt::format(" of domain '{}'", node.domain);
  refuse(node, fmt::format("this operator{} is not known", domain), accepted_operators);
}

const Value& GraphImporter::value(const Node& node, std::size_t index) const {
  const auto found = values_.find(node.input(index));
  if (found == values_.end()) {
    refuse(node, fmt::format("its input {} ('{}') is made by no node before it", index, node.input(index)),
           "a graph whose nodes are in order of execution");
  }
  return found->second;
}

// -- operands ------------------------------------------------------------------------------------------------------

Activation GraphImporter::activation(const Node& node, std::size_t index) {
  const Value& source = value(node, index);
  if (const auto* made = std::get_if<Activation>(&source); made != nullptr && made->is_real) return *made;
  const auto* pending = std::get_if<PendingLayer>(&source);
  if (pending == nullptr || !pending->keeps_grid) refuse_unquantized(node, index);
  const Activation finished = finish_layer(*pending, network_.tensors[pending->layer.input]);
  values_[node.input(index)] = finished;
  return finished;
}

const WeightSum& GraphImporter::constant(const Node& node, std::size_t index) const {
  const auto* sum = std::get_if<WeightSum>(&value(node, index));
  if (sum == nullptr) {
    refuse(node, fmt::format("its input {} ('{}') is computed", index, node.input(index)), "a constant");
  }
  return *sum;
}

std::vector<double> GraphImporter::real_constant(const Node& node, std::size_t index) const {
  const WeightSum& sum = constant(node, index);
  std::vector<double> result(sum[0].tensor.values.size(), 0.0);
  for (const WeightPart& part : sum) {
    for (std::size_t i = 0; i < result.size(); ++i) result[i] += part.real_at(i);
  }
  return result;
}

std::vector<double> GraphImporter::per_channel(const Node& node, std::size_t index, std::uint32_t channels) const {
  std::vector<double> result = real_constant(node, index);
  if (result.size() == 1) result.assign(channels, result[0]);
  if (result.size() != channels) {
    refuse(node,
           fmt::format("its input '{}' has {} values for {} channels", node.input(index), result.size(), channels),
           "one value per output channel");
  }
  return result;
}

PendingLayer GraphImporter::copy_of(const Node& node, const Activation& source) const {
  const Tensor& tensor = network_.tensors[source.tensor];
  PendingLayer pending;
  pending.layer.name = node.name;
  pending.layer.kind = LayerKind::max_pool;  // of a single position
  pending.layer.input = source.tensor;
  pending.shape = tensor;
  pending.flattened = source.flattened;
  pending.dense.assign(tensor.channels, tensor.scale);
  return pending;
}

std::string GraphImporter::unique_name(const std::string& name) {
  std::string candidate = name;
  for (int i = 2; !layer_names_.insert(candidate).second; ++i) candidate = fmt::format("{}.{}", name, i);
  return candidate;
}

// -- bounds and shapes ---------------------------------------------------------------------------------------------

Value GraphImporter::clip(const Node& node) {
  double low = 0, high = std::numeric_limits<double>::infinity();
  if (node.operation == "Clip") {
    low = node.real("min", -high);
    high = node.real("max", high);
    if (!node.input(1).empty()) low = real_constant(node, 1).at(0);
    if (!node.input(2).empty()) high = real_constant(node, 2).at(0);
  }
  const Value& source = value(node, 0);
  if (const auto* pending = std::get_if<PendingLayer>(&source)) {
    PendingLayer result = *pending;
    result.clip(low, high);
    result.keeps_grid = result.keeps_grid && low == 0 && std::isinf(high);
    return result;
  }
  const Activation operand = activation(node, 0);
  if (low <= 0 && std::isinf(high) && !network_.tensors[operand.tensor].is_signed) return operand;
  PendingLayer result = copy_of(node, operand);
  result.clip(low, high);
  result.keeps_grid = low == 0 && std::isinf(high);
  return result;
}

Value GraphImporter::reshape(const Node& node) {
  Value result = value(node, 0);
  if (std::holds_alternative<WeightSum>(result)) {
    refuse(node, "it reshapes a constant", "flattening of an activation");
  }
  Tensor shape = network_.tensors[network_.input];
  if (const auto* made = std::get_if<Activation>(&result)) shape = network_.tensors[made->tensor];
  if (const auto* pending = std::get_if<PendingLayer>(&result)) shape = pending->shape;
  const auto elements = static_cast<std::int64_t>(shape.elements());

  bool flattened = true;
  if (node.operation == "Flatten") {
    if (node.integer("axis", 1) != 1) refuse(node, fmt::format("its axis is {}", node.integer("axis", 1)), "axis 1");
  } else {
    std::vector<std::int64_t> target;
    for (const double size : real_constant(node, 1)) target.push_back(static_cast<std::int64_t>(size));
    const bool to_matrix = target.size() == 2 && (target[1] == elements || (target[1] == -1 && target[0] != -1));
    const bool to_image =
        target.size() == 4 && target[1] == shape.channels && target[2] == shape.height && target[3] == shape.width;
    if (!to_matrix && !to_image) {
      refuse(node,
             fmt::format("it reshapes [N, {}, {}, {}] to [{}]", shape.channels, shape.height, shape.width,
                         fmt::join(target, ", ")),
             "[N, C * H * W]");
    }
    flattened = to_matrix;
  }
  std::visit(
      [&](auto& view) {
        if constexpr (!std::is_same_v<std::decay_t<decltype(view)>, WeightSum>) view.flattened = flattened;
      },
      result);
  return result;
}

}  // namespace terse::compiler::onnx_import

namespace terse::compiler {

QuantizedNetwork import_onnx(const std::filesystem::path& file, const CompileOptions& options) {
  return onnx_import::GraphImporter(file.string(), onnx_import::read_model(file), options).import();
}

}  // namespace terse::compiler
