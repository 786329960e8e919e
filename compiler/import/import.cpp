#include "compiler/import/import.hpp"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <array>
#include <fstream>

#include "compiler/graph/evaluate.hpp"
#include "compiler/graph/lowering.hpp"
#include "compiler/import/graph_importer.hpp"
#include "compiler/onnx/onnx_reader.hpp"
#include "compiler/quantization/post_training.hpp"
#include "compiler/tflite/tflite_reader.hpp"

namespace terse::compiler {

graph::ConstantTensor calibration_input(const graph::Model& model, const std::vector<float>& values) {
  const graph::Port& port = model.inputs.at(0);
  graph::ConstantTensor tensor{graph::ElementType::float32, port.dimensions, {values.begin(), values.end()}};
  if (!tensor.dimensions.empty()) tensor.dimensions[0] = 1;
  if (graph::element_count(tensor.dimensions) != static_cast<double>(values.size())) {
    throw CompileError(fmt::format("{}: a calibration input has {} values, the network's input '{}' has shape [{}]",
                                   model.file, values.size(), port.name, fmt::join(tensor.dimensions, ", ")));
  }
  if (model.channels_last || tensor.dimensions.size() != 4) return tensor;
  const graph::Shape& d = port.dimensions;
  tensor.dimensions = {1, d[2], d[3], d[1]};
  graph::Node to_channels_first{.operation = "Transpose"};
  to_channels_first.attributes["perm"] = graph::Shape{0, 3, 1, 2};
  return graph::evaluate_node(to_channels_first, {&tensor})[0];
}

namespace {

void quantize(graph::Model& model, const Calibration& calibration) {
  if (calibration.inputs.empty() || !is_float_graph(model)) return;
  std::vector<graph::ConstantTensor> inputs;
  for (const std::vector<float>& values : calibration.inputs) inputs.push_back(calibration_input(model, values));
  quantize_after_training(model, inputs, calibration.percentile);
}

bool weighs_activations(const CompileOptions& options) {
  const auto weighs = [](const DecompositionOptions& one) {
    return one.decompose && one.criterion == DecompositionOptions::Criterion::activation_weighted;
  };
  return weighs(options.decomposition) ||
         std::any_of(options.layer_decompositions.begin(), options.layer_decompositions.end(),
                     [&](const LayerDecomposition& layer) { return weighs(layer.options); });
}

bool is_weighted(const graph::Node& node) {
  return node.operation == "Conv" || node.operation == "Gemm" || node.operation == "MatMul";
}

/// An exception for a layer that is not there would change nothing, silently.
void refuse_unmatched(const graph::Model& model, const CompileOptions& options) {
  for (const LayerDecomposition& layer : options.layer_decompositions) {
    std::vector<std::string> names;
    for (const graph::Node& node : model.nodes) {
      if (is_weighted(node)) names.push_back(node.name);
    }
    const auto matches = [&](const std::string& name) { return fnmatch(layer.layers.c_str(), name.c_str(), 0) == 0; };
    if (std::any_of(names.begin(), names.end(), matches)) continue;
    throw CompileError(fmt::format("decomposition.layers: no layer with weights matches '{}'; {} has {}", layer.layers,
                                   model.file, fmt::join(names, ", ")));
  }
}

/// Mean squares of the values that weighted layers read.
std::map<std::string, graph::ConstantTensor> mean_squares(const graph::Model& model, const Calibration& calibration) {
  std::map<std::string, graph::ConstantTensor> result;
  for (const std::vector<float>& input : calibration.inputs) {
    const graph::TensorValues values = graph::evaluate_graph(model, calibration_input(model, input));
    for (const graph::Node& node : model.nodes) {
      if (!is_weighted(node)) continue;
      for (std::size_t i = 0; i < std::min<std::size_t>(2, node.inputs.size()); ++i) {
        const graph::ConstantTensor& value = values.at(node.inputs[i]);
        graph::ConstantTensor& sum = result.try_emplace(node.inputs[i], graph::zeros(value.dimensions)).first->second;
        for (std::size_t e = 0; e < value.values.size(); ++e) {
          sum.values[e] += value.values[e] * value.values[e] / static_cast<double>(calibration.inputs.size());
        }
      }
    }
  }
  return result;
}

}  // namespace

ImportedNetwork import_with_source(graph::Model model, const CompileOptions& options, const Calibration& calibration) {
  graph::lower(model);
  importer::refuse_unknown_operators(model);
  refuse_unmatched(model, options);
  quantize(model, calibration);
  std::map<std::string, graph::ConstantTensor> powers;
  if (weighs_activations(options)) powers = mean_squares(model, calibration);
  importer::GraphImporter reader(std::move(model), options, std::move(powers));
  ImportedNetwork result;
  result.network = reader.import();
  result.model = reader.take_model();
  result.weights = reader.take_weights();
  return result;
}

QuantizedNetwork import_graph(graph::Model model, const CompileOptions& options, const Calibration& calibration) {
  return import_with_source(std::move(model), options, calibration).network;
}

graph::Model read_model(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::array<char, 8> start{};
  stream.read(start.data(), start.size());
  const bool tflite = stream.gcount() == static_cast<std::streamsize>(start.size()) && is_tflite(start);
  return tflite ? read_tflite(file) : read_onnx(file);
}

QuantizedNetwork import_network(const std::filesystem::path& file, const CompileOptions& options,
                                const Calibration& calibration) {
  return import_graph(read_model(file), options, calibration);
}

QuantizedNetwork import_onnx(const std::filesystem::path& file, const CompileOptions& options) {
  return import_graph(read_onnx(file), options);
}

}  // namespace terse::compiler
