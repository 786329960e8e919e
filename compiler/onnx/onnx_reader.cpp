#include "compiler/onnx/onnx_reader.hpp"

#include <fmt/format.h>
#include <google/protobuf/stubs/logging.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>

#include "compiler/compiler.hpp"
#include "compiler/graph/quantization_attributes.hpp"
#include "compiler/onnx/external_data.hpp"

namespace terse::compiler {

namespace {

using graph::Attribute;
using graph::ConstantTensor;
using graph::ElementType;
using graph::Model;
using graph::Node;
using graph::Port;

constexpr std::int64_t oldest_opset = 7, newest_opset = 20;
constexpr std::string_view own_prefix = "terse.";  // of attributes that no file has

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
    case onnx::TensorProto::INT16:
      return ElementType::int16;
    case onnx::TensorProto::UINT16:
      return ElementType::uint16;
    case onnx::TensorProto::BOOL:
      return ElementType::boolean;
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

/// Bytes of one element in raw data; 0 of a type that no operator takes.
std::uint64_t element_bytes(ElementType type) {
  switch (type) {
    case ElementType::int8:
    case ElementType::uint8:
    case ElementType::boolean:
      return 1;
    case ElementType::int16:
    case ElementType::uint16:
      return 2;
    case ElementType::float32:
    case ElementType::int32:
      return 4;
    case ElementType::float64:
    case ElementType::int64:
      return 8;
    case ElementType::other:
      return 0;
  }
  return 0;
}

void read_raw_values(const std::string& raw, ConstantTensor& result) {
  switch (result.type) {
    case ElementType::float32:
      return read_raw<float>(raw, result.values);
    case ElementType::float64:
      return read_raw<double>(raw, result.values);
    case ElementType::int8:
      return read_raw<std::int8_t>(raw, result.values);
    case ElementType::uint8:
    case ElementType::boolean:
      return read_raw<std::uint8_t>(raw, result.values);
    case ElementType::int16:
      return read_raw<std::int16_t>(raw, result.values);
    case ElementType::uint16:
      return read_raw<std::uint16_t>(raw, result.values);
    case ElementType::int32:
      return read_raw<std::int32_t>(raw, result.values);
    case ElementType::int64:
      return read_raw<std::int64_t>(raw, result.values);
    case ElementType::other:
      return;
  }
}

void read_field_values(const onnx::TensorProto& tensor, ConstantTensor& result) {
  switch (result.type) {
    case ElementType::float32:
      return read_field(tensor.float_data(), result.values);
    case ElementType::float64:
      return read_field(tensor.double_data(), result.values);
    case ElementType::int64:
      return read_field(tensor.int64_data(), result.values);
    case ElementType::other:
      return;
    default:  // the narrower integers share a field
      return read_field(tensor.int32_data(), result.values);
  }
}

std::string external_bytes(const onnx::TensorProto& tensor, const ConstantTensor& shape, const std::string& file) {
  ExternalLocation location;
  location.tensor = tensor.name();
  for (const auto& entry : tensor.external_data()) location.entries[entry.key()] = entry.value();
  const double expected = graph::element_count(shape.dimensions) * static_cast<double>(element_bytes(shape.type));
  if (!(expected >= 0 && expected < 1e15)) {
    throw CompileError(fmt::format("{}: tensor '{}' has shape [{}], which no file holds", file, tensor.name(),
                                   fmt::join(shape.dimensions, ", ")));
  }
  location.expected_bytes = static_cast<std::uint64_t>(expected);
  return read_external_data(file, location);
}

ConstantTensor read_tensor(const onnx::TensorProto& tensor, const std::string& file) {
  ConstantTensor result;
  result.type = element_type(tensor.data_type());
  result.dimensions.assign(tensor.dims().begin(), tensor.dims().end());
  if (result.type == ElementType::other) return result;  // refused by name where something reads it
  if (tensor.data_location() == onnx::TensorProto::EXTERNAL) {
    read_raw_values(external_bytes(tensor, result, file), result);
  } else if (tensor.has_raw_data()) {
    read_raw_values(tensor.raw_data(), result);
  } else {
    read_field_values(tensor, result);
  }
  const double expected = graph::element_count(result.dimensions);
  if (expected != static_cast<double>(result.values.size())) {
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
    case onnx::AttributeProto::FLOATS:
      value = std::vector<double>(attribute.floats().begin(), attribute.floats().end());
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
  for (const onnx::AttributeProto& attribute : proto.attribute()) {
    if (!attribute.name().starts_with(own_prefix)) read_attribute(attribute, node, file);
  }
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

onnx::ModelProto parse(const std::string& bytes, const std::filesystem::path& file) {
  const google::protobuf::LogSilencer quiet;  // the exception says it better
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

/// What the writer states beside the nodes.
void read_metadata(const onnx::ModelProto& proto, Model& model) {
  const std::string prefix = graph::pattern_metadata_prefix;
  for (const auto& entry : proto.metadata_props()) {
    if (!entry.key().starts_with(prefix)) continue;
    for (Node& node : model.nodes) {
      if (node.name == entry.key().substr(prefix.size())) node.attributes[graph::pattern_attribute] = entry.value();
    }
  }
}

}  // namespace

graph::Model read_onnx(const std::filesystem::path& file) {
  return read_onnx(read_bytes(file), file);
}

graph::Model read_onnx(const std::string& bytes, const std::filesystem::path& file) {
  const onnx::ModelProto proto = parse(bytes, file);
  const onnx::GraphProto& graph = proto.graph();
  Model model;
  model.file = file.string();
  model.name = graph.name().empty() ? file.stem().string() : graph.name();
  model.opset = default_opset(proto, file.string());
  for (const onnx::TensorProto& tensor : graph.initializer()) {
    model.initializers[tensor.name()] = read_tensor(tensor, file.string());
  }
  for (const onnx::NodeProto& node : graph.node()) model.nodes.push_back(read_node(node, file.string()));
  read_metadata(proto, model);
  for (const onnx::ValueInfoProto& value : graph.input()) {
    if (!model.initializers.contains(value.name())) model.inputs.push_back(read_port(value));
  }
  for (const onnx::ValueInfoProto& value : graph.output()) model.outputs.push_back(read_port(value));
  return model;
}

}  // namespace terse::compiler
