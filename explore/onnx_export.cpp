#include "explore/onnx_export.hpp"

#include <fmt/format.h>
#include <onnx/onnx_pb.h>

#include <cstdint>
#include <fstream>
#include <initializer_list>
#include <string>

#include "explore/topology.hpp"

namespace terse::explore {

namespace {

constexpr std::int64_t opset_version = 13;
constexpr std::int64_t ir_version = 7;  // the one that came with opset 13's ONNX release line

class GraphWriter {
 public:
  GraphWriter(onnx::GraphProto& graph, const NetworkParameters& parameters) : graph_(graph), parameters_(parameters) {}

  void write() {
    const Topology topology = fashion_topology(parameters_.width);
    std::string x = quantize("image", "image", onnx::TensorProto::UINT8);
    x = relu("stem", convolve(topology.stem, x));
    for (const ResidualBlock& block : topology.blocks) x = residual_block(block, x);
    x = node("GlobalAveragePool", "pool", {x});
    x = quantize("pool", x, onnx::TensorProto::UINT8);
    x = node("Flatten", "flatten", {x});
    fully_connected(topology.features, x);
  }

 private:
  std::string residual_block(const ResidualBlock& block, const std::string& x) {
    std::string shortcut = x;
    if (block.shortcut) {
      shortcut = quantize(block.shortcut->name, convolve(*block.shortcut, x), onnx::TensorProto::INT8);
    }
    const std::string inner = relu(block.conv1.name, convolve(block.conv1, x));
    return relu(block.name, node("Add", block.name + ".add", {convolve(block.conv2, inner), shortcut}));
  }

  /// Convolution and batch normalisation.
  std::string convolve(const ConvolutionShape& shape, const std::string& x) {
    const LayerParameters& layer = layer_of(shape.name);
    onnx::NodeProto& convolution = add_node("Conv", shape.name, {x, convolution_weight(shape, layer)});
    add_attribute(convolution, "kernel_shape", {shape.kernel, shape.kernel});
    add_attribute(convolution, "strides", {shape.stride, shape.stride});
    add_attribute(convolution, "pads", {shape.padding, shape.padding, shape.padding, shape.padding});

    const BatchNormalization& normalization = layer.normalization;
    const auto per_channel = [&](const char* what, const std::vector<float>& values) {
      return float_tensor(shape.name + ".bn." + what, values, {shape.output_channels});
    };
    onnx::NodeProto& node = add_node(
        "BatchNormalization", shape.name + ".bn",
        {convolution.output(0), per_channel("gamma", normalization.gamma), per_channel("beta", normalization.beta),
         per_channel("mean", normalization.mean), per_channel("variance", normalization.variance)});
    onnx::AttributeProto& epsilon = *node.add_attribute();
    epsilon.set_name("epsilon");
    epsilon.set_type(onnx::AttributeProto::FLOAT);
    epsilon.set_f(batch_norm_epsilon);
    return node.output(0);
  }

  std::string convolution_weight(const ConvolutionShape& shape, const LayerParameters& layer) {
    const std::vector<std::int64_t> dimensions{shape.output_channels, shape.input_channels, shape.kernel, shape.kernel};
    const auto ordered = [&](const auto& values) { return channels_first(shape, values); };
    return weight(shape.name, layer, dimensions, ordered);
  }

  void fully_connected(int features, const std::string& x) {
    const LayerParameters& layer = layer_of("fc");
    const std::string weights = weight("fc", layer, {class_count, features}, [](const auto& values) { return values; });
    onnx::NodeProto& gemm = add_node("Gemm", "fc", {x, weights, float_tensor("fc.bias", layer.bias, {class_count})});
    gemm.set_output(0, "logits");
    onnx::AttributeProto& transposed = *gemm.add_attribute();
    transposed.set_name("transB");
    transposed.set_type(onnx::AttributeProto::INT);
    transposed.set_i(1);
  }

  /// The layer's weight tensor: an initializer, one dequantized tensor, or the sum of two.
  template <typename Order>
  std::string weight(const std::string& name, const LayerParameters& layer, const std::vector<std::int64_t>& dimensions,
                     Order ordered) {
    if (parameters_.variant == Variant::float32)
      return float_tensor(name + ".weight", ordered(layer.weights), dimensions);
    std::vector<std::string> parts;
    const QuantizedWeights& quantized = layer.quantized;
    if (!quantized.ternary.empty()) {
      parts.push_back(
          dequantized_weight(name + ".ternary", ordered(quantized.ternary), quantized.ternary_scale, dimensions));
    }
    if (!quantized.values.empty()) {
      parts.push_back(
          dequantized_weight(name + ".values", ordered(quantized.values), quantized.value_scale, dimensions));
    }
    if (parts.empty()) throw OnnxExportError(fmt::format("layer {}: no quantized weights", name));
    return parts.size() == 1 ? parts[0] : node("Add", name + ".weight", {parts[0], parts[1]});
  }

  std::string dequantized_weight(const std::string& name, const std::vector<std::int8_t>& values,
                                 const std::vector<float>& scale, const std::vector<std::int64_t>& dimensions) {
    const std::vector<std::int8_t> zero_points(scale.size(), 0);
    onnx::NodeProto& node =
        add_node("DequantizeLinear", name + ".dequantize",
                 {int8_tensor(name, values, dimensions), float_tensor(name + ".scale", scale, {dimensions[0]}),
                  int8_tensor(name + ".zero_point", zero_points, {dimensions[0]})});
    onnx::AttributeProto& axis = *node.add_attribute();
    axis.set_name("axis");
    axis.set_type(onnx::AttributeProto::INT);
    axis.set_i(0);
    return node.output(0);
  }

  std::string relu(const std::string& name, const std::string& x) {
    return quantize(name, node("Relu", name + ".relu", {x}), onnx::TensorProto::UINT8);
  }

  /// QuantizeLinear and DequantizeLinear; nothing in the float network.
  std::string quantize(const std::string& name, const std::string& x, onnx::TensorProto::DataType type) {
    if (parameters_.variant == Variant::float32) return x;
    const auto scale = parameters_.scales.find(name);
    if (scale == parameters_.scales.end()) throw OnnxExportError(fmt::format("no scale for the activation {}", name));
    const std::string scale_name = float_tensor(name + ".scale", {scale->second}, {});
    onnx::TensorProto& zero_point = *graph_.add_initializer();
    zero_point.set_name(name + ".zero_point");
    zero_point.set_data_type(type);
    zero_point.set_raw_data(std::string(1, '\0'));
    const std::string quantized = node("QuantizeLinear", name + ".quantize", {x, scale_name, zero_point.name()});
    return node("DequantizeLinear", name + ".dequantize", {quantized, scale_name, zero_point.name()});
  }

  const LayerParameters& layer_of(const std::string& name) const {
    const auto layer = parameters_.layers.find(name);
    if (layer == parameters_.layers.end()) throw OnnxExportError(fmt::format("no parameters of layer {}", name));
    return layer->second;
  }

  /// [o][ky][kx][c] -> [o][c][ky][kx]
  template <typename T>
  static std::vector<T> channels_first(const ConvolutionShape& shape, const std::vector<T>& values) {
    const auto taps = static_cast<std::size_t>(shape.kernel * shape.kernel);
    const auto channels = static_cast<std::size_t>(shape.input_channels);
    std::vector<T> result;
    result.reserve(values.size());
    for (std::size_t first = 0; first + taps * channels <= values.size(); first += taps * channels) {
      for (std::size_t c = 0; c < channels; ++c) {
        for (std::size_t tap = 0; tap < taps; ++tap) result.push_back(values[first + tap * channels + c]);
      }
    }
    return result;
  }

  std::string float_tensor(const std::string& name, const std::vector<float>& values,
                           const std::vector<std::int64_t>& dimensions) {
    return tensor(name, onnx::TensorProto::FLOAT, values.data(), values.size(), sizeof(float), dimensions);
  }

  std::string int8_tensor(const std::string& name, const std::vector<std::int8_t>& values,
                          const std::vector<std::int64_t>& dimensions) {
    return tensor(name, onnx::TensorProto::INT8, values.data(), values.size(), sizeof(std::int8_t), dimensions);
  }

  std::string tensor(const std::string& name, onnx::TensorProto::DataType type, const void* data, std::size_t count,
                     std::size_t element_size, const std::vector<std::int64_t>& dimensions) {
    std::int64_t expected = 1;
    for (const std::int64_t dimension : dimensions) expected *= dimension;
    if (static_cast<std::int64_t>(count) != expected) {
      throw OnnxExportError(fmt::format("{}: {} values, expected {}", name, count, expected));
    }
    onnx::TensorProto& tensor = *graph_.add_initializer();
    tensor.set_name(name);
    tensor.set_data_type(type);
    for (const std::int64_t dimension : dimensions) tensor.add_dims(dimension);
    tensor.set_raw_data(data, count * element_size);  // ONNX wants little endian, as every host this builds on
    return name;
  }

  onnx::NodeProto& add_node(const std::string& operation, const std::string& name,
                            std::initializer_list<std::string> inputs) {
    onnx::NodeProto& node = *graph_.add_node();
    node.set_op_type(operation);
    node.set_name(name);
    for (const std::string& input : inputs) node.add_input(input);
    node.add_output(name + ".output");
    return node;
  }

  std::string node(const std::string& operation, const std::string& name, std::initializer_list<std::string> inputs) {
    return add_node(operation, name, inputs).output(0);
  }

  static void add_attribute(onnx::NodeProto& node, const char* name, std::initializer_list<std::int64_t> values) {
    onnx::AttributeProto& attribute = *node.add_attribute();
    attribute.set_name(name);
    attribute.set_type(onnx::AttributeProto::INTS);
    for (const std::int64_t value : values) attribute.add_ints(value);
  }

  onnx::GraphProto& graph_;
  const NetworkParameters& parameters_;
};

void describe_value(onnx::ValueInfoProto& value, const std::string& name, const std::string& text,
                    std::initializer_list<std::int64_t> dimensions) {
  value.set_name(name);
  value.set_doc_string(text);
  auto& type = *value.mutable_type()->mutable_tensor_type();
  type.set_elem_type(onnx::TensorProto::FLOAT);
  type.mutable_shape()->add_dim()->set_dim_param("N");
  for (const std::int64_t dimension : dimensions) type.mutable_shape()->add_dim()->set_dim_value(dimension);
}

}  // namespace

void write_onnx(const NetworkParameters& parameters, const std::filesystem::path& path) {
  onnx::ModelProto model;
  model.set_ir_version(ir_version);
  model.set_producer_name("terse_train");
  onnx::OperatorSetIdProto& opset = *model.add_opset_import();
  opset.set_domain("");
  opset.set_version(opset_version);
  std::string summary =
      fmt::format("Network fashion, {} weights, width {}.", name_of(parameters.variant), parameters.width);
  for (const auto& [key, value] : parameters.metadata) {
    onnx::StringStringEntryProto& entry = *model.add_metadata_props();
    entry.set_key(key);
    entry.set_value(value);
    summary += fmt::format("\n{}: {}", key, value);
  }
  model.set_doc_string(summary);
  onnx::GraphProto& graph = *model.mutable_graph();
  graph.set_name("fashion");
  describe_value(*graph.add_input(), "image", "Fashion-MNIST pixels divided by 255", {1, image_side, image_side});
  describe_value(*graph.add_output(), "logits", "one score per class", {class_count});
  GraphWriter(graph, parameters).write();

  std::ofstream file(path, std::ios::binary);
  if (!model.SerializeToOstream(&file) || !file.flush()) {
    throw OnnxExportError(fmt::format("{}: cannot write the file", path.string()));
  }
}

}  // namespace terse::explore
