#include "explore/onnx_export.hpp"

#include <fmt/format.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <map>
#include <string>
#include <vector>

namespace terse::explore {

namespace {

constexpr std::int64_t opset_version = 13;
constexpr std::int64_t ir_version = 7;  // the one that came with opset 13's ONNX release line

class GraphWriter {
 public:
  GraphWriter(onnx::GraphProto& graph, const TrainedNetwork& network) : graph_(graph), network_(network) {}

  void write() {
    outputs_["image"] = quantize("image", "image");
    for (const Node& node : network_.topology.nodes) outputs_[node.name] = write(node, outputs_.at(node.input));
  }

 private:
  std::string write(const Node& node, const std::string& x) {
    switch (node.kind) {
      case Node::Kind::convolution:
        return convolution(node, x);
      case Node::Kind::max_pool: {
        onnx::NodeProto& pool = add_node("MaxPool", node.name, {x});
        add_attribute(pool, "kernel_shape", {node.kernel, node.kernel});
        add_attribute(pool, "strides", {node.stride, node.stride});
        return pool.output(0);
      }
      case Node::Kind::average_pool:
        return this->node("Flatten", node.name + ".flatten",
                          {quantize(node.name, this->node("GlobalAveragePool", node.name, {x}))});
      case Node::Kind::fully_connected:
        return fully_connected(node, x);
    }
    return x;
  }

  /// Convolution, batch normalisation, residual sum, ReLU, quantization.
  std::string convolution(const Node& node, const std::string& x) {
    const TrainedLayer& layer = layer_of(node.name);
    onnx::NodeProto& convolution = add_node("Conv", node.name, {x, weight(node, layer)});
    add_attribute(convolution, "kernel_shape", {node.kernel, node.kernel});
    add_attribute(convolution, "strides", {node.stride, node.stride});
    add_attribute(convolution, "pads", {node.padding, node.padding, node.padding, node.padding});
    add_attribute(convolution, "group", node.groups);
    std::string y = normalize(node, layer.normalization, convolution.output(0));
    if (!node.residual.empty()) y = this->node("Add", node.name + ".add", {y, outputs_.at(node.residual)});
    if (node.relu) y = this->node("Relu", node.name + ".relu", {y});
    return quantize(node.name, y);
  }

  std::string normalize(const Node& node, const BatchNormalization& normalization, const std::string& x) {
    const auto per_channel = [&](const char* what, const std::vector<float>& values) {
      return float_tensor(node.name + ".bn." + what, values, {node.output_channels});
    };
    onnx::NodeProto& normalized =
        add_node("BatchNormalization", node.name + ".bn",
                 {x, per_channel("gamma", normalization.gamma), per_channel("beta", normalization.beta),
                  per_channel("mean", normalization.mean), per_channel("variance", normalization.variance)});
    onnx::AttributeProto& epsilon = *normalized.add_attribute();
    epsilon.set_name("epsilon");
    epsilon.set_type(onnx::AttributeProto::FLOAT);
    epsilon.set_f(batch_norm_epsilon);
    return normalized.output(0);
  }

  std::string fully_connected(const Node& node, const std::string& x) {
    const TrainedLayer& layer = layer_of(node.name);
    onnx::NodeProto& gemm =
        add_node("Gemm", node.name,
                 {x, weight(node, layer), float_tensor(node.name + ".bias", layer.bias, {node.output_channels})});
    gemm.set_output(0, "logits");
    add_attribute(gemm, "transB", 1);
    return "logits";
  }

  /// The layer's weight tensor: an initializer, one dequantized tensor, or the sum of two.
  std::string weight(const Node& node, const TrainedLayer& layer) {
    std::vector<std::int64_t> dimensions{node.output_channels, node.input_channels / node.groups};
    if (node.kind == Node::Kind::convolution) dimensions.insert(dimensions.end(), 2, node.kernel);
    if (!network_.quantized)
      return float_tensor(node.name + ".weight", channels_first(node, layer.weights), dimensions);
    std::vector<std::string> parts;
    const compiler::SplitWeights& split = layer.split;
    if (!split.ternary.empty()) {
      parts.push_back(
          dequantized(node.name + ".ternary", channels_first(node, split.ternary), split.ternary_scale, dimensions));
    }
    if (!split.values.empty()) {
      const auto values = channels_first(node, split.values);
      const bool narrow = std::ranges::all_of(values, [](std::int16_t v) { return v >= -128 && v <= 127; });
      const std::string name = node.name + ".values";
      parts.push_back(narrow ? dequantized(name, std::vector<std::int8_t>(values.begin(), values.end()),
                                           split.value_scale, dimensions)
                             : dequantized(name, std::vector<std::int32_t>(values.begin(), values.end()),
                                           split.value_scale, dimensions));
    }
    if (parts.empty()) throw OnnxExportError(fmt::format("layer {}: no quantized weights", node.name));
    return parts.size() == 1 ? parts[0] : this->node("Add", node.name + ".weight", {parts[0], parts[1]});
  }

  template <typename Integer>
  std::string dequantized(const std::string& name, const std::vector<Integer>& values, const std::vector<double>& scale,
                          const std::vector<std::int64_t>& dimensions) {
    const std::vector<float> scales(scale.begin(), scale.end());
    std::vector<std::string> inputs{integer_tensor(name, values, dimensions),
                                    float_tensor(name + ".scale", scales, {dimensions[0]})};
    // Of int32, the zero point must be left out.
    if (sizeof(Integer) == 1) {
      const std::vector<Integer> zero_points(scales.size(), 0);
      inputs.push_back(integer_tensor(name + ".zero_point", zero_points, {dimensions[0]}));
    }
    onnx::NodeProto& node = add_node("DequantizeLinear", name + ".dequantize", inputs);
    add_attribute(node, "axis", 0);
    return node.output(0);
  }

  /// QuantizeLinear and DequantizeLinear; nothing in the float network.
  std::string quantize(const std::string& name, const std::string& x) {
    if (!network_.quantized) return x;
    const auto found = network_.activations.find(name);
    if (found == network_.activations.end()) throw OnnxExportError(fmt::format("no scale for the activation {}", name));
    const ActivationScale& activation = found->second;
    const auto type = activation.is_signed ? onnx::TensorProto::INT8 : onnx::TensorProto::UINT8;
    const std::string scale = float_tensor(name + ".scale", {activation.scale}, {});
    const auto byte = [&](const char* what, int value) {
      onnx::TensorProto& tensor = *graph_.add_initializer();
      tensor.set_name(name + what);
      tensor.set_data_type(type);
      tensor.set_raw_data(std::string(1, static_cast<char>(value)));
      return tensor.name();
    };
    const std::string zero_point = byte(".zero_point", 0);
    std::string quantized = node("QuantizeLinear", name + ".quantize", {x, scale, zero_point});
    if (activation.bits < 8) {
      quantized = node("Clip", name + ".clip", {quantized, byte(".low", 0), byte(".high", (1 << activation.bits) - 1)});
    }
    return node("DequantizeLinear", name + ".dequantize", {quantized, scale, zero_point});
  }

  const TrainedLayer& layer_of(const std::string& name) const {
    const auto layer = network_.layers.find(name);
    if (layer == network_.layers.end()) throw OnnxExportError(fmt::format("no parameters of layer {}", name));
    return layer->second;
  }

  /// [o][ky][kx][c] -> [o][c][ky][kx]
  template <typename T>
  static std::vector<T> channels_first(const Node& node, const std::vector<T>& values) {
    const auto taps = static_cast<std::size_t>(node.kernel * node.kernel);
    const auto channels = static_cast<std::size_t>(node.input_channels / node.groups);
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

  template <typename Integer>
  std::string integer_tensor(const std::string& name, const std::vector<Integer>& values,
                             const std::vector<std::int64_t>& dimensions) {
    constexpr auto type = sizeof(Integer) == 1 ? onnx::TensorProto::INT8 : onnx::TensorProto::INT32;
    return tensor(name, type, values.data(), values.size(), sizeof(Integer), dimensions);
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
                            const std::vector<std::string>& inputs) {
    onnx::NodeProto& node = *graph_.add_node();
    node.set_op_type(operation);
    node.set_name(name);
    for (const std::string& input : inputs) node.add_input(input);
    node.add_output(name + ".output");
    return node;
  }

  std::string node(const std::string& operation, const std::string& name, const std::vector<std::string>& inputs) {
    return add_node(operation, name, inputs).output(0);
  }

  static void add_attribute(onnx::NodeProto& node, const char* name, std::int64_t value) {
    onnx::AttributeProto& attribute = *node.add_attribute();
    attribute.set_name(name);
    attribute.set_type(onnx::AttributeProto::INT);
    attribute.set_i(value);
  }

  static void add_attribute(onnx::NodeProto& node, const char* name, std::initializer_list<std::int64_t> values) {
    onnx::AttributeProto& attribute = *node.add_attribute();
    attribute.set_name(name);
    attribute.set_type(onnx::AttributeProto::INTS);
    for (const std::int64_t value : values) attribute.add_ints(value);
  }

  std::map<std::string, std::string> outputs_;  ///< Value by node.
  onnx::GraphProto& graph_;
  const TrainedNetwork& network_;
};

void describe_value(onnx::ValueInfoProto& value, const std::string& name, const std::string& text,
                    const std::vector<std::int64_t>& dimensions) {
  value.set_name(name);
  value.set_doc_string(text);
  auto& type = *value.mutable_type()->mutable_tensor_type();
  type.set_elem_type(onnx::TensorProto::FLOAT);
  type.mutable_shape()->add_dim()->set_dim_param("N");
  for (const std::int64_t dimension : dimensions) type.mutable_shape()->add_dim()->set_dim_value(dimension);
}

}  // namespace

void write_onnx(const TrainedNetwork& network, const std::filesystem::path& path) {
  onnx::ModelProto model;
  model.set_ir_version(ir_version);
  model.set_producer_name("terse explore");
  onnx::OperatorSetIdProto& opset = *model.add_opset_import();
  opset.set_domain("");
  opset.set_version(opset_version);
  const Topology& topology = network.topology;
  std::string summary = fmt::format("Network {}, width {}, depth {}.", topology.name, topology.width, topology.depth);
  for (const auto& [key, value] : network.metadata) {
    onnx::StringStringEntryProto& entry = *model.add_metadata_props();
    entry.set_key(key);
    entry.set_value(value);
    summary += fmt::format("\n{}: {}", key, value);
  }
  model.set_doc_string(summary);
  onnx::GraphProto& graph = *model.mutable_graph();
  graph.set_name(topology.name);
  const ImageShape& image = topology.image;
  describe_value(*graph.add_input(), "image", "pixels divided by 255", {image.channels, image.rows, image.columns});
  describe_value(*graph.add_output(), "logits", "one score per class", {topology.classes});
  GraphWriter(graph, network).write();

  std::ofstream file(path, std::ios::binary);
  if (!model.SerializeToOstream(&file) || !file.flush()) {
    throw OnnxExportError(fmt::format("{}: cannot write the file", path.string()));
  }
}

}  // namespace terse::explore
