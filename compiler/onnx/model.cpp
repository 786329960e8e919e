#include "compiler/onnx/model.hpp"

#include <fmt/format.h>
#include <google/protobuf/stubs/logging.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>

#include "compiler/compiler.hpp"

namespace terse::compiler::onnx_import {

namespace {

constexpr std::int64_t oldest_opset = 10, newest_opset = 20;

ElementType element_type(int type) {
  switch (type) {
    case onnx::TensorProto::FLOAT:
      return ElementType::float32;
    case onnx::TensorProto::DOUBLE:
      return ElementType::float64;
    case onnx::TensorProto::INT8:
      return ElementType::int8;
    case onnx::TensorProto::UINT8:
      return ElementType::uint8;
    case onnx::TensorProto::INT32:
      return ElementType::int32;
    case onnx::TensorProto::INT64:
      return ElementType::int64;
    default:
      return ElementType::other;
  }
}

/// Reads the raw bytes of a tensor as `Stored`; ONNX stores little endian.
template <typename Stored>
void read_raw(const std::string& raw, std::vector<double>& values) {
  for (std::size_t at = 0; at + sizeof(Stored) <= raw.size(); at += sizeof(Stored)) {
    Stored value;
    std::memcpy(&value, raw.data() + at, sizeof(Stored));
    values.push_back(static_cast<double>(value));
  }
}

template <typename Field>
void read_field(const Field& field, std::vector<double>& values) {
  for (const auto value : field) values.push_back(static_cast<double>(value));
}

void read_values(const onnx::TensorProto& tensor, ConstantTensor& result) {
  const std::string& raw = tensor.raw_data();
  const bool is_raw = tensor.has_raw_data();
  switch (result.type) {
    case ElementType::float32:
      return is_raw ? read_raw<float>(raw, result.values) : read_field(tensor.float_data(), result.values);
    case ElementType::float64:
      return is_raw ? read_raw<double>(raw, result.values) : read_field(tensor.double_data(), result.values);
    case ElementType::int8:
      return is_raw ? read_raw<std::int8_t>(raw, result.values) : read_field(tensor.int32_data(), result.values);
    case ElementType::uint8:
      return is_raw ? read_raw<std::uint8_t>(raw, result.values) : read_field(tensor.int32_data(), result.values);
    case ElementType::int32:
      return is_raw ? read_raw<std::int32_t>(raw, result.values) : read_field(tensor.int32_data(), result.values);
    case ElementType::int64:
      return is_raw ? read_raw<std::int64_t>(raw, result.values) : read_field(tensor.int64_data(), result.values);
    case ElementType::other:
      return;
  }
}

ConstantTensor read_tensor(const onnx::TensorProto& tensor, const std::string& file) {
  if (tensor.data_location() == onnx::TensorProto::EXTERNAL) {
    throw CompileError(fmt::format(
        "{}: tensor '{}' keeps its data in another file; save the model with its data inside", file, tensor.name()));
  }
  ConstantTensor result;
  result.type = element_type(tensor.data_type());
  result.dimensions.assign(tensor.dims().begin(), tensor.dims().end());
  read_values(tensor, result);
  double expected = 1;  // a product of hostile dimensions must not wrap
  for (const std::int64_t dimension : result.dimensions) expected *= static_cast<double>(dimension);
  if (result.type != ElementType::other && expected != static_cast<double>(result.values.size())) {
    throw CompileError(fmt::format("{}: tensor '{}' has {} values, its shape [{}] has {:.0f}; the file is damaged",
                                   file, tensor.name(), result.values.size(), fmt::join(result.dimensions, ", "),
                                   expected));
  }
  return result;
}

void read_attribute(const onnx::AttributeProto& attribute, Node& node, const std::string& file) {
  Attribute& value = node.attributes[attribute.name()];
  switch (attribute.type()) {
    case onnx::AttributeProto::INT:
      value = std::int64_t{attribute.i()};
      return;
    case onnx::AttributeProto::FLOAT:
      value = static_cast<double>(attribute.f());
      return;
    case onnx::AttributeProto::STRING:
      value = attribute.s();
      return;
    case onnx::AttributeProto::INTS:
      value = std::vector<std::int64_t>(attribute.ints().begin(), attribute.ints().end());
      return;
    case onnx::AttributeProto::TENSOR:
      value = read_tensor(attribute.t(), file);
      return;
    default:
      node.attributes.erase(attribute.name());
      return;  // no operator that is accepted has one
  }
}

Node read_node(const onnx::NodeProto& proto, const std::string& file) {
  Node node;
  node.operation = proto.op_type();
  node.domain = proto.domain() == "ai.onnx" ? "" : proto.domain();
  node.inputs.assign(proto.input().begin(), proto.input().end());
  node.outputs.assign(proto.output().begin(), proto.output().end());
  if (node.outputs.empty()) {
    throw CompileError(fmt::format("{}: node '{}' ({}) has no output", file, proto.name(), node.operation));
  }
  node.name = proto.name().empty() ? fmt::format("{} making {}", node.operation, node.outputs[0]) : proto.name();
  for (const onnx::AttributeProto& attribute : proto.attribute()) read_attribute(attribute, node, file);
  return node;
}

Port read_port(const onnx::ValueInfoProto& value) {
  Port port;
  port.name = value.name();
  const auto& type = value.type().tensor_type();
  port.type = element_type(type.elem_type());
  for (const auto& dimension : type.shape().dim()) {
    port.dimensions.push_back(dimension.has_dim_value() ? dimension.dim_value() : -1);
  }
  return port;
}

std::string read_bytes(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream || std::filesystem::is_directory(file)) {
    throw CompileError(fmt::format("{}: cannot open the network; is the path right?", file.string()));
  }
  return {std::istreambuf_iterator<char>(stream), {}};
}

onnx::ModelProto parse(const std::filesystem::path& file) {
  const google::protobuf::LogSilencer quiet;  // the exception says it better
  const std::string bytes = read_bytes(file);
  onnx::ModelProto proto;
  if (bytes.empty()) throw CompileError(fmt::format("{}: the file is empty", file.string()));
  if (!proto.ParseFromString(bytes) || proto.ir_version() <= 0) {
    throw CompileError(
        fmt::format("{}: not an ONNX model, or a truncated one ({} bytes)", file.string(), bytes.size()));
  }
  if (proto.graph().node_size() == 0) {
    throw CompileError(fmt::format("{}: the ONNX model has no nodes; the file may be truncated ({} bytes)",
                                   file.string(), bytes.size()));
  }
  return proto;
}

std::int64_t default_opset(const onnx::ModelProto& proto, const std::string& file) {
  for (const auto& import : proto.opset_import()) {
    if (!import.domain().empty() && import.domain() != "ai.onnx") continue;
    if (import.version() < oldest_opset || import.version() > newest_opset) {
      throw CompileError(fmt::format("{}: operator set {}; accepted are {} to {}", file, import.version(), oldest_opset,
                                     newest_opset));
    }
    return import.version();
  }
  throw CompileError(fmt::format("{}: the ONNX model names no operator set", file));
}

template <typename Value>
const Value* find(const Node& node, const std::string& name) {
  const auto found = node.attributes.find(name);
  return found == node.attributes.end() ? nullptr : std::get_if<Value>(&found->second);
}

}  // namespace

std::string to_string(ElementType type) {
  switch (type) {
    case ElementType::float32:
      return "float";
    case ElementType::float64:
      return "double";
    case ElementType::int8:
      return "int8";
    case ElementType::uint8:
      return "uint8";
    case ElementType::int32:
      return "int32";
    case ElementType::int64:
      return "int64";
    case ElementType::other:
      return "another type";
  }
  return "another type";
}

std::int64_t Node::integer(const std::string& attribute, std::int64_t otherwise) const {
  const auto* value = find<std::int64_t>(*this, attribute);
  return value == nullptr ? otherwise : *value;
}

double Node::real(const std::string& attribute, double otherwise) const {
  const auto* value = find<double>(*this, attribute);
  return value == nullptr ? otherwise : *value;
}

std::string Node::text(const std::string& attribute, const std::string& otherwise) const {
  const auto* value = find<std::string>(*this, attribute);
  return value == nullptr ? otherwise : *value;
}

std::vector<std::int64_t> Node::integers(const std::string& attribute,
                                         const std::vector<std::int64_t>& otherwise) const {
  const auto* value = find<std::vector<std::int64_t>>(*this, attribute);
  return value == nullptr ? otherwise : *value;
}

std::string Node::input(std::size_t index) const {
  return index < inputs.size() ? inputs[index] : std::string();
}

Model read_model(const std::filesystem::path& file) {
  const onnx::ModelProto proto = parse(file);
  const onnx::GraphProto& graph = proto.graph();
  Model model;
  model.name = graph.name().empty() ? file.stem().string() : graph.name();
  model.opset = default_opset(proto, file.string());
  for (const onnx::TensorProto& tensor : graph.initializer()) {
    model.initializers[tensor.name()] = read_tensor(tensor, file.string());
  }
  for (const onnx::NodeProto& node : graph.node()) model.nodes.push_back(read_node(node, file.string()));
  for (const onnx::ValueInfoProto& value : graph.input()) {
    if (!model.initializers.contains(value.name())) model.inputs.push_back(read_port(value));
  }
  for (const onnx::ValueInfoProto& value : graph.output()) model.outputs.push_back(read_port(value));
  return model;
}

}  // namespace terse::compiler::onnx_import
