#include "compiler/onnx/onnx_writer.hpp"

#include <fmt/format.h>
#include <onnx/onnx_pb.h>

#include <fstream>

#include "compiler/compiler.hpp"
#include "compiler/graph/quantization_attributes.hpp"

namespace terse::compiler {

namespace {

using graph::ConstantTensor;
using graph::ElementType;

constexpr std::int64_t ir_version = 9;  // the one that came with operator set 20

int onnx_type(ElementType type) {
  switch (type) {
    case ElementType::float32:
      return onnx::TensorProto::FLOAT;
    case ElementType::float64:
      return onnx::TensorProto::DOUBLE;
    case ElementType::int8:
      return onnx::TensorProto::INT8;
    case ElementType::uint8:
      return onnx::TensorProto::UINT8;
    case ElementType::int16:
      return onnx::TensorProto::INT16;
    case ElementType::uint16:
      return onnx::TensorProto::UINT16;
    case ElementType::int32:
      return onnx::TensorProto::INT32;
    case ElementType::int64:
      return onnx::TensorProto::INT64;
    case ElementType::boolean:
      return onnx::TensorProto::BOOL;
    case ElementType::other:
      break;
  }
  return onnx::TensorProto::UNDEFINED;
}

template <typename Stored>
std::string raw(const std::vector<double>& values) {
  std::string bytes;
  bytes.reserve(values.size() * sizeof(Stored));
  for (const double value : values) {
    const auto stored = static_cast<Stored>(value);
    bytes.append(reinterpret_cast<const char*>(&stored), sizeof(stored));
  }
  return bytes;
}

std::string raw_bytes(const ConstantTensor& tensor) {
  switch (tensor.type) {
    case ElementType::float32:
      return raw<float>(tensor.values);
    case ElementType::float64:
      return raw<double>(tensor.values);
    case ElementType::int8:
      return raw<std::int8_t>(tensor.values);
    case ElementType::uint8:
    case ElementType::boolean:
      return raw<std::uint8_t>(tensor.values);
    case ElementType::int16:
      return raw<std::int16_t>(tensor.values);
    case ElementType::uint16:
      return raw<std::uint16_t>(tensor.values);
    case ElementType::int32:
      return raw<std::int32_t>(tensor.values);
    case ElementType::int64:
      return raw<std::int64_t>(tensor.values);
    case ElementType::other:
      break;
  }
  throw CompileError("a constant of a type that is not known cannot be written");
}

void write_tensor(const std::string& name, const ConstantTensor& tensor, onnx::TensorProto& proto) {
  proto.set_name(name);
  proto.set_data_type(onnx_type(tensor.type));
  for (const std::int64_t dimension : tensor.dimensions) proto.add_dims(dimension);
  proto.set_raw_data(raw_bytes(tensor));
}

struct AttributeWriter {
  onnx::AttributeProto& proto;

  void operator()(std::int64_t value) const {
    proto.set_type(onnx::AttributeProto::INT);
    proto.set_i(value);
  }
  void operator()(double value) const {
    proto.set_type(onnx::AttributeProto::FLOAT);
    proto.set_f(static_cast<float>(value));
  }
  void operator()(const std::string& value) const {
    proto.set_type(onnx::AttributeProto::STRING);
    proto.set_s(value);
  }
  void operator()(const std::vector<std::int64_t>& values) const {
    proto.set_type(onnx::AttributeProto::INTS);
    for (const std::int64_t value : values) proto.add_ints(value);
  }
  void operator()(const std::vector<double>& values) const {
    proto.set_type(onnx::AttributeProto::FLOATS);
    for (const double value : values) proto.add_floats(static_cast<float>(value));
  }
  void operator()(const ConstantTensor& value) const {
    proto.set_type(onnx::AttributeProto::TENSOR);
    write_tensor("", value, *proto.mutable_t());
  }
};

void write_node(const graph::Node& node, onnx::ModelProto& file) {
  onnx::NodeProto& proto = *file.mutable_graph()->add_node();
  proto.set_name(node.name);
  proto.set_op_type(node.operation);
  for (const std::string& input : node.inputs) proto.add_input(input);
  for (const std::string& output : node.outputs) proto.add_output(output);
  for (const auto& [name, value] : node.attributes) {
    if (name == graph::pattern_attribute) {
      auto& entry = *file.add_metadata_props();
      entry.set_key(graph::pattern_metadata_prefix + node.name);
      entry.set_value(node.text(name, ""));
      continue;
    }
    onnx::AttributeProto& attribute = *proto.add_attribute();
    attribute.set_name(name);
    std::visit(AttributeWriter{attribute}, value);
  }
}

void write_port(const graph::Port& port, onnx::ValueInfoProto& proto) {
  proto.set_name(port.name);
  auto& type = *proto.mutable_type()->mutable_tensor_type();
  type.set_elem_type(onnx_type(port.type));
  for (std::size_t i = 0; i < port.dimensions.size(); ++i) {
    auto& dimension = *type.mutable_shape()->add_dim();
    if (port.dimensions[i] >= 0) {
      dimension.set_dim_value(port.dimensions[i]);
    } else {
      dimension.set_dim_param(i == 0 ? "N" : fmt::format("d{}", i));
    }
  }
}

}  // namespace

std::string onnx_bytes(const graph::Model& model) {
  onnx::ModelProto file;
  file.set_ir_version(ir_version);
  file.set_producer_name("terse");
  file.add_opset_import()->set_version(model.opset);
  file.mutable_graph()->set_name(model.name);
  for (const auto& [name, tensor] : model.initializers) {
    write_tensor(name, tensor, *file.mutable_graph()->add_initializer());
  }
  for (const graph::Port& port : model.inputs) write_port(port, *file.mutable_graph()->add_input());
  for (const graph::Port& port : model.outputs) write_port(port, *file.mutable_graph()->add_output());
  for (const graph::Node& node : model.nodes) write_node(node, file);
  return file.SerializeAsString();
}

void write_onnx(const graph::Model& model, const std::filesystem::path& file) {
  const std::string bytes = onnx_bytes(model);
  std::ofstream stream(file, std::ios::binary);
  stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!stream.flush()) throw CompileError(fmt::format("{}: the network cannot be written there", file.string()));
}

}  // namespace terse::compiler
