#include "compiler/tflite/graph_builder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "compiler/compiler.hpp"
#include "compiler/graph/evaluate.hpp"

namespace terse::compiler::tflite_reader {

namespace {

graph::ElementType element_type(tflite::TensorType type) {
  switch (type) {
    case tflite::TensorType_FLOAT32:
      return graph::ElementType::float32;
    case tflite::TensorType_INT32:
      return graph::ElementType::int32;
    case tflite::TensorType_UINT8:
      return graph::ElementType::uint8;
    case tflite::TensorType_INT64:
      return graph::ElementType::int64;
    case tflite::TensorType_BOOL:
      return graph::ElementType::boolean;
    case tflite::TensorType_INT16:
      return graph::ElementType::int16;
    case tflite::TensorType_INT8:
      return graph::ElementType::int8;
    default:
      return graph::ElementType::other;
  }
}

template <typename Stored>
void append_values(const flatbuffers::Vector<std::uint8_t>& bytes, std::vector<double>& values) {
  for (std::size_t at = 0; at + sizeof(Stored) <= bytes.size(); at += sizeof(Stored)) {
    Stored value;
    std::memcpy(&value, bytes.data() + at, sizeof(Stored));
    values.push_back(static_cast<double>(value));
  }
}

std::vector<double> read_values(graph::ElementType type, const flatbuffers::Vector<std::uint8_t>& bytes) {
  std::vector<double> values;
  switch (type) {
    case graph::ElementType::float32:
      append_values<float>(bytes, values);
      break;
    case graph::ElementType::int32:
      append_values<std::int32_t>(bytes, values);
      break;
    case graph::ElementType::int64:
      append_values<std::int64_t>(bytes, values);
      break;
    case graph::ElementType::int16:
      append_values<std::int16_t>(bytes, values);
      break;
    case graph::ElementType::int8:
      append_values<std::int8_t>(bytes, values);
      break;
    default:
      append_values<std::uint8_t>(bytes, values);
      break;
  }
  return values;
}

graph::Shape shape_of(const tflite::Tensor& tensor) {
  if (tensor.shape() == nullptr) return {};
  return {tensor.shape()->begin(), tensor.shape()->end()};
}

}  // namespace

GraphBuilder::GraphBuilder(const tflite::Model& file, const tflite::SubGraph& subgraph, flatbuffers::Verifier& verifier,
                           graph::Model& model)
    : file_(file), subgraph_(subgraph), verifier_(verifier), model_(model) {}

void GraphBuilder::damaged(const std::string& where) const {
  throw CompileError(fmt::format("{}: {} is damaged; the file cannot be read", model_.file, where));
}

// -- tensors -------------------------------------------------------------------------------------------------------

const tflite::Tensor& GraphBuilder::tensor(std::int32_t index) const {
  const auto* tensors = subgraph_.tensors();
  if (tensors == nullptr || index < 0 || static_cast<std::uint32_t>(index) >= tensors->size()) {
    damaged(fmt::format("the number of a tensor ({})", index));
  }
  const tflite::Tensor* found = tensors->Get(static_cast<std::uint32_t>(index));
  if (found == nullptr) damaged(fmt::format("tensor {}", index));
  return *found;
}

const tflite::Tensor& GraphBuilder::input_tensor(const FileOperator& op, std::size_t index) const {
  if (index >= op.inputs.size()) damaged(fmt::format("operator {} (it has {} inputs)", op.name, op.inputs.size()));
  return tensor(op.inputs[index]);
}

std::string GraphBuilder::name(std::int32_t index) const {
  const auto* text = tensor(index).name();
  return text == nullptr || text->size() == 0 ? fmt::format("tensor {}", index) : text->str();
}

const flatbuffers::Vector<std::uint8_t>* GraphBuilder::data(const tflite::Tensor& tensor) const {
  const auto* buffers = file_.buffers();
  if (buffers == nullptr || tensor.buffer() >= buffers->size()) damaged("the number of a buffer");
  const tflite::Buffer* buffer = buffers->Get(tensor.buffer());
  if (buffer == nullptr || buffer->data() == nullptr || buffer->data()->size() == 0) return nullptr;
  return buffer->data();
}

graph::ConstantTensor GraphBuilder::values(std::int32_t index) const {
  const tflite::Tensor& source = tensor(index);
  graph::ConstantTensor result;
  result.type = element_type(source.type());
  result.dimensions = shape_of(source);
  const auto* bytes = data(source);
  if (bytes == nullptr || result.type == graph::ElementType::other) {
    throw CompileError(
        fmt::format("{}: tensor '{}' has no values of a known type; accepted: constants of float32, "
                    "int8, uint8, int16, int32, int64",
                    model_.file, name(index)));
  }
  result.values = read_values(result.type, *bytes);
  if (graph::element_count(result.dimensions) != static_cast<double>(result.values.size())) {
    throw CompileError(fmt::format("{}: tensor '{}' has {} values, its shape [{}] has {:.0f}; the file is damaged",
                                   model_.file, name(index), result.values.size(), fmt::join(result.dimensions, ", "),
                                   graph::element_count(result.dimensions)));
  }
  return result;
}

bool GraphBuilder::is_constant(const FileOperator& op, std::size_t index) const {
  return index < op.inputs.size() && op.inputs[index] >= 0 && !real_.contains(op.inputs[index]) &&
         data(tensor(op.inputs[index])) != nullptr;
}

graph::Shape GraphBuilder::shape(const FileOperator& op, std::size_t index) const {
  return shape_of(input_tensor(op, index));
}

graph::Shape GraphBuilder::output_shape(const FileOperator& op, std::size_t index) const {
  if (index >= op.outputs.size()) damaged(fmt::format("operator {} (it has {} outputs)", op.name, op.outputs.size()));
  return shape_of(tensor(op.outputs[index]));
}

graph::Shape GraphBuilder::integers(const FileOperator& op, std::size_t index) const {
  if (!is_constant(op, index)) {
    throw CompileError(
        fmt::format("{}: operator {}: its input {} is computed; accepted: a constant", model_.file, op.name, index));
  }
  return graph::to_integers(values(op.inputs[index]));
}

bool GraphBuilder::add_quantization(std::int32_t index, std::vector<std::string>& inputs) {
  const tflite::QuantizationParameters* q = tensor(index).quantization();
  if (q == nullptr || q->scale() == nullptr || q->scale()->size() == 0) return false;
  const std::string label = fmt::format("tensor {}", index);
  const auto count = static_cast<std::int64_t>(q->scale()->size());
  const graph::Shape dimensions = count == 1 ? graph::Shape{} : graph::Shape{count};
  graph::ConstantTensor scale{graph::ElementType::float32, dimensions, {}};
  graph::ConstantTensor zero{element_type(tensor(index).type()), dimensions, {}};
  const bool has_zero_points = q->zero_point() != nullptr && q->zero_point()->size() == q->scale()->size();
  for (flatbuffers::uoffset_t i = 0; i < q->scale()->size(); ++i) {
    scale.values.push_back(static_cast<double>(q->scale()->Get(i)));
    zero.values.push_back(has_zero_points ? static_cast<double>(q->zero_point()->Get(i)) : 0.0);
  }
  model_.initializers[label + " scale"] = scale;
  model_.initializers[label + " zero point"] = zero;
  inputs.insert(inputs.end(), {label + " scale", label + " zero point"});
  return true;
}

std::string GraphBuilder::dequantized(const std::string& integers, std::int32_t index, std::size_t axis) {
  std::vector<std::string> inputs{integers};
  if (!add_quantization(index, inputs)) return integers;
  graph::Node node;
  node.name = fmt::format("dequantize tensor {}", index);
  node.operation = "DequantizeLinear";
  node.inputs = inputs;
  node.attributes["axis"] = static_cast<std::int64_t>(axis);
  return add_node(node, fmt::format("tensor {} real", index));
}

std::string GraphBuilder::real(const FileOperator& op, std::size_t index) {
  if (index >= op.inputs.size() || op.inputs[index] < 0) return "";
  const std::int32_t number = op.inputs[index];
  if (const auto made = real_.find(number); made != real_.end()) return made->second;
  const tflite::Tensor& source = tensor(number);
  const std::string label = fmt::format("tensor {} constant", number);
  model_.initializers[label] = values(number);
  const std::int32_t axis = source.quantization() == nullptr ? 0 : source.quantization()->quantized_dimension();
  return real_[number] = dequantized(label, number, static_cast<std::size_t>(std::max(axis, 0)));
}

std::string GraphBuilder::transposed_constant(const FileOperator& op, std::size_t index,
                                              const std::vector<std::size_t>& order) {
  const std::int32_t number = index < op.inputs.size() ? op.inputs[index] : -1;
  if (!is_constant(op, index)) {
    throw CompileError(
        fmt::format("{}: operator {}: its weights are computed; accepted: constants", model_.file, op.name));
  }
  const graph::ConstantTensor source = values(number);
  if (source.dimensions.size() != order.size()) damaged(fmt::format("the shape of '{}'", name(number)));
  graph::Node transpose{.operation = "Transpose"};
  transpose.attributes["perm"] = graph::Shape(order.begin(), order.end());
  const std::string label = fmt::format("tensor {} constant", number);
  model_.initializers[label] = graph::evaluate_node(transpose, {&source})[0];
  const auto* quantization = tensor(number).quantization();
  const std::int32_t dimension = quantization == nullptr ? 0 : quantization->quantized_dimension();
  const auto place = std::find(order.begin(), order.end(), static_cast<std::size_t>(std::max(dimension, 0)));
  return dequantized(label, number, static_cast<std::size_t>(place == order.end() ? 0 : place - order.begin()));
}

// -- nodes ---------------------------------------------------------------------------------------------------------

std::string GraphBuilder::add_node(graph::Node node, const std::string& wanted) {
  std::string output = wanted;
  for (int i = 2; !names_.insert(output).second; ++i) output = fmt::format("{}.{}", wanted, i);
  node.outputs = {output};
  model_.nodes.push_back(std::move(node));
  return output;
}

std::string GraphBuilder::node(const FileOperator& op, const std::string& operation,
                               const std::vector<std::string>& inputs,
                               const std::map<std::string, graph::Attribute>& attributes) {
  graph::Node node;
  node.name = op.name;
  node.operation = operation;
  node.inputs = inputs;
  node.attributes = attributes;
  return add_node(std::move(node), op.name + " " + operation);
}

std::string GraphBuilder::constant(const FileOperator& op, const graph::Shape& values) {
  std::string label = op.name + " argument";
  for (int i = 2; model_.initializers.contains(label); ++i) label = fmt::format("{} argument {}", op.name, i);
  model_.initializers[label] = {
      graph::ElementType::int64, {static_cast<std::int64_t>(values.size())}, {values.begin(), values.end()}};
  return label;
}

std::string GraphBuilder::to_channels_first(const FileOperator& op, const std::string& value) {
  return node(op, "Transpose", {value}, {{"perm", graph::Shape{0, 3, 1, 2}}});
}

std::string GraphBuilder::to_channels_last(const FileOperator& op, const std::string& value) {
  return node(op, "Transpose", {value}, {{"perm", graph::Shape{0, 2, 3, 1}}});
}

std::string GraphBuilder::activated(const FileOperator& op, const std::string& value,
                                    tflite::FusedActivation activation) {
  switch (activation) {
    case tflite::FusedActivation_NONE:
      return value;
    case tflite::FusedActivation_RELU:
      return node(op, "Relu", {value});
    case tflite::FusedActivation_RELU6:
      return node(op, "Clip", {value}, {{"min", 0.0}, {"max", 6.0}});
    case tflite::FusedActivation_RELU_N1_TO_1:
      return node(op, "Clip", {value}, {{"min", -1.0}, {"max", 1.0}});
    case tflite::FusedActivation_TANH:
      return node(op, "Tanh", {value});
    default:
      throw CompileError(
          fmt::format("{}: operator {} has fused activation {}; accepted: none, RELU, RELU6, RELU_N1_TO_1 "
                      "and TANH",
                      model_.file, op.name, static_cast<int>(activation)));
  }
}

void GraphBuilder::finish(const FileOperator& op, const std::string& value, std::size_t index) {
  if (index >= op.outputs.size()) damaged(fmt::format("operator {} (it has {} outputs)", op.name, op.outputs.size()));
  const std::int32_t number = op.outputs[index];
  std::vector<std::string> inputs{value};
  if (!add_quantization(number, inputs)) {
    real_[number] = value;
    return;
  }
  real_[number] = dequantized(node(op, "QuantizeLinear", inputs), number, 0);
}

void GraphBuilder::add_input(std::int32_t number) {
  graph::Port port{name(number), element_type(tensor(number).type()), shape_of(tensor(number))};
  names_.insert(port.name);
  model_.inputs.push_back(port);
  real_[number] = dequantized(port.name, number, 0);
}

void GraphBuilder::add_output(std::int32_t number) {
  const auto made = real_.find(number);
  if (made == real_.end()) {
    throw CompileError(fmt::format("{}: no operator makes the output '{}'", model_.file, name(number)));
  }
  model_.outputs.push_back({made->second, element_type(tensor(number).type()), shape_of(tensor(number))});
}

}  // namespace terse::compiler::tflite_reader
