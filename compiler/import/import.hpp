#pragma once
// From the graph of any front end to a QuantizedNetwork.
#include <filesystem>
#include <vector>

#include "compiler/compiler.hpp"
#include "compiler/graph/model.hpp"
#include "compiler/import/weight_tensor.hpp"

namespace terse::compiler {

/// Inputs that show which values the activations of a float network take.
struct Calibration {
  std::vector<std::vector<float>> inputs;  ///< Real, [row][column][channel]; empty: float networks are refused.
  double percentile = 100;                 ///< Per cent of an activation's values that its range must hold.
};

/// The weights of one layer as they were imported.
struct ImportedWeights {
  std::string output;           ///< Of the node that has them.
  graph::Shape dimensions;      ///< Of the file's tensor.
  importer::WeightOrder order;  ///< Where the parts' elements lie in it.
  SplitWeights split;
  /// Per output channel, the scale that the accelerator's multiplier stands for over that of `split`; empty: the same.
  std::vector<double> ternary_rounding, value_rounding;
  std::size_t layer = 0;  ///< Index of the layer that has them.
  std::string not_split;  ///< Why they stand as in the file, where a decomposition is asked for.
};

/// A network with what it was made from.
struct ImportedNetwork {
  QuantizedNetwork network;
  graph::Model model;                    ///< Lowered, and quantized after training where the file is real.
  std::vector<ImportedWeights> weights;  ///< In order of execution.
};

/// Reads a file of any format that is known, told by its content.
graph::Model read_model(const std::filesystem::path& file);
/// A calibration input as a value of the graph's input. Throws CompileError when it has another size.
graph::ConstantTensor calibration_input(const graph::Model& model, const std::vector<float>& values);
/// Throws CompileError naming file and node for what is not accepted (docs/compiler.md).
QuantizedNetwork import_graph(graph::Model model, const CompileOptions& options, const Calibration& calibration = {});
ImportedNetwork import_with_source(graph::Model model, const CompileOptions& options,
                                   const Calibration& calibration = {});
/// From a file of any format that is known to a network in integers.
QuantizedNetwork import_network(const std::filesystem::path& file, const CompileOptions& options,
                                const Calibration& calibration = {});

}  // namespace terse::compiler
