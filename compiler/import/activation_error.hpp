#pragma once
// What splitting weights does to a layer's results: the layer as the file has it beside the layer as it was split, on the
// inputs that calibration inputs give it.
#include "compiler/import/import.hpp"

namespace terse::compiler {

/// Relative L2 error of the sums of products (before bias) of each of `imported.weights`, in their order. The inputs of a
/// layer are those of the network that is not split, so that errors of layers before do not count.
std::vector<double> activation_errors(const ImportedNetwork& imported, const Calibration& calibration);

/// A table per layer with weights: bits per weight, error of the weights and of the outputs ("-" without calibration
/// inputs), and why a layer was not split although that was asked for.
std::string explain_errors(const ImportedNetwork& imported, const CompiledNetwork& compiled,
                           const Calibration& calibration);

}  // namespace terse::compiler
