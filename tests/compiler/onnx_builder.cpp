#include "tests/compiler/onnx_builder.hpp"

#include <onnx/onnx_pb.h>
#include <unistd.h>

#include <fstream>

namespace terse::testing {

struct OnnxBuilder::Messages {
  onnx::ModelProto model;
};

namespace {

int onnx_type(OnnxBuilder::Type type) {
  switch (type) {
    case OnnxBuilder::Type::real:
      return onnx::TensorProto::FLOAT;
    case OnnxBuilder::Type::int8:
      return onnx::TensorProto::INT8;
    case OnnxBuilder::Type::uint8:
      return onnx::TensorProto::UINT8;
    case OnnxBuilder::Type::int32:
      return onnx::TensorProto::INT32;
    case OnnxBuilder::Type::int64:
      return onnx::TensorProto::INT64;
  }
  return onnx::TensorProto::UNDEFINED;
}

template <typename Stored>
void append_raw(std::string& raw, double value) {
  const auto stored = static_cast<Stored>(value);
  raw.append(reinterpret_cast<const char*>(&stored), sizeof(stored));
}

void set_values(onnx::TensorProto& tensor, const std::vector<double>& values, OnnxBuilder::Type type, bool raw) {
  using Type = OnnxBuilder::Type;
  std::string bytes;
  for (const double value : values) {
    if (!raw) {
      if (type == Type::real) {
        tensor.add_float_data(static_cast<float>(value));
      } else if (type == Type::int64) {
        tensor.add_int64_data(static_cast<std::int64_t>(value));
      } else {
        tensor.add_int32_data(static_cast<std::int32_t>(value));
      }
      continue;
    }
    switch (type) {
      case Type::real:
        append_raw<float>(bytes, value);
        break;
      case Type::int8:
        append_raw<std::int8_t>(bytes, value);
        break;
      case Type::uint8:
        append_raw<std::uint8_t>(bytes, value);
        break;
      case Type::int32:
        append_raw<std::int32_t>(bytes, value);
        break;
      case Type::int64:
        append_raw<std::int64_t>(bytes, value);
        break;
    }
  }
  if (raw) tensor.set_raw_data(bytes);
}

void set_tensor(onnx::TensorProto& tensor, const std::string& name, const Shape& shape,
                const std::vector<double>& values, OnnxBuilder::Type type, bool raw) {
  tensor.set_name(name);
  tensor.set_data_type(onnx_type(type));
  for (const std::int64_t dimension : shape) tensor.add_dims(dimension);
  set_values(tensor, values, type, raw);
}

struct AttributeSetter {
  onnx::AttributeProto& attribute;
  void operator()(std::int64_t value) const {
    attribute.set_type(onnx::AttributeProto::INT);
    attribute.set_i(value);
  }
  void operator()(double value) const {
    attribute.set_type(onnx::AttributeProto::FLOAT);
    attribute.set_f(static_cast<float>(value));
  }
  void operator()(const std::string& value) const {
    attribute.set_type(onnx::AttributeProto::STRING);
    attribute.set_s(value);
  }
  void operator()(const std::vector<std::int64_t>& values) const {
    attribute.set_type(onnx::AttributeProto::INTS);
    for (const std::int64_t value : values) attribute.add_ints(value);
  }
};

}  // namespace

OnnxBuilder::OnnxBuilder(std::int64_t opset) : messages_(std::make_unique<Messages>()) {
  messages_->model.set_ir_version(7);
  messages_->model.add_opset_import()->set_version(opset);
  messages_->model.mutable_graph()->set_name("test");
}

OnnxBuilder::~OnnxBuilder() = default;

std::string OnnxBuilder::constant(const std::string& name, const Shape& shape, const std::vector<double>& values,
                                  Type type, bool raw) {
  set_tensor(*messages_->model.mutable_graph()->add_initializer(), name, shape, values, type, raw);
  return name;
}

std::string OnnxBuilder::external_constant(const std::string& name, const Shape& shape,
                                           const std::map<std::string, std::string>& entries) {
  onnx::TensorProto& tensor = *messages_->model.mutable_graph()->add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(onnx::TensorProto::FLOAT);
  tensor.set_data_location(onnx::TensorProto::EXTERNAL);
  for (const std::int64_t dimension : shape) tensor.add_dims(dimension);
  for (const auto& [key, value] : entries) {
    auto& entry = *tensor.add_external_data();
    entry.set_key(key);
    entry.set_value(value);
  }
  return name;
}

std::string OnnxBuilder::node(const std::string& operation, const std::string& name,
                              const std::vector<std::string>& inputs, const Attributes& attributes,
                              const std::string& domain) {
  onnx::NodeProto& node = *messages_->model.mutable_graph()->add_node();
  node.set_op_type(operation);
  node.set_name(name);
  node.set_domain(domain);
  for (const std::string& input : inputs) node.add_input(input);
  node.add_output(name + ".out");
  for (const auto& [key, value] : attributes) {
    onnx::AttributeProto& attribute = *node.add_attribute();
    attribute.set_name(key);
    std::visit(AttributeSetter{attribute}, value);
  }
  return name + ".out";
}

std::string OnnxBuilder::constant_node(const std::string& name, const Shape& shape, const std::vector<double>& values) {
  const std::string result = node("Constant", name, {});
  onnx::GraphProto& graph = *messages_->model.mutable_graph();
  onnx::AttributeProto& attribute = *graph.mutable_node(graph.node_size() - 1)->add_attribute();
  attribute.set_name("value");
  attribute.set_type(onnx::AttributeProto::TENSOR);
  set_tensor(*attribute.mutable_t(), name, shape, values, Type::real, true);
  return result;
}

std::string OnnxBuilder::input(const std::string& name, const Shape& shape, Type type) {
  onnx::ValueInfoProto& value = *messages_->model.mutable_graph()->add_input();
  value.set_name(name);
  auto& tensor = *value.mutable_type()->mutable_tensor_type();
  tensor.set_elem_type(onnx_type(type));
  for (const std::int64_t dimension : shape) {
    auto& added = *tensor.mutable_shape()->add_dim();
    if (dimension >= 0) {
      added.set_dim_value(dimension);
    } else {
      added.set_dim_param("N");
    }
  }
  return name;
}

void OnnxBuilder::output(const std::string& value) {
  messages_->model.mutable_graph()->add_output()->set_name(value);
}

std::string OnnxBuilder::quantize(const std::string& name, const std::string& value, double scale, bool is_signed,
                                  double zero_point) {
  constant(name + ".scale", {}, {scale});
  constant(name + ".zero", {}, {zero_point}, is_signed ? Type::int8 : Type::uint8);
  const std::string quantized = node("QuantizeLinear", name + ".quantize", {value, name + ".scale", name + ".zero"});
  return node("DequantizeLinear", name + ".dequantize", {quantized, name + ".scale", name + ".zero"});
}

std::string OnnxBuilder::weight(const std::string& name, const Shape& shape, const std::vector<double>& integers,
                                const std::vector<double>& scales, std::int64_t axis) {
  constant(name, shape, integers, Type::int8);
  const Shape scale_shape = scales.size() == 1 ? Shape{} : Shape{static_cast<std::int64_t>(scales.size())};
  constant(name + ".scale", scale_shape, scales);
  return node("DequantizeLinear", name + ".dequantize", {name, name + ".scale"}, {{"axis", axis}});
}

std::string OnnxBuilder::bytes() const {
  return messages_->model.SerializeAsString();
}

void OnnxBuilder::write(const std::filesystem::path& file) const {
  std::ofstream(file, std::ios::binary) << bytes();
}

TemporaryFile::TemporaryFile(const std::string& name)
    : path_(std::filesystem::temp_directory_path() / ("terse-" + std::to_string(::getpid()) + "-" + name)) {}

TemporaryFile::~TemporaryFile() {
  std::error_code ignored;
  std::filesystem::remove(path_, ignored);
}

void TemporaryFile::write(const std::string& bytes) const {
  std::ofstream(path_, std::ios::binary) << bytes;
}

}  // namespace terse::testing
