#pragma once
// The network and the inputs of a scenario, from wherever it says.
#include "compiler/compiler.hpp"
#include "compiler/import/import.hpp"
#include "platform/run/dataset.hpp"
#include "platform/run/scenario.hpp"

namespace terse::run {

/// Reads the file, quantizes it where it is a float network, or draws the network of shapes. Throws CompileError, and ConfigurationError at the line of a shape.
compiler::QuantizedNetwork network_of(const Scenario& scenario);
/// Real inputs that show the ranges of activations: of `network.calibration`, else of a data set of real inputs; none where
/// the scenario has none.
compiler::Calibration calibration_of(const Scenario& scenario, const compiler::graph::Model& model);
/// A network file on the platform of a platform or scenario file, with what `settings` say of both; random inputs.
Scenario scenario_of_network(const std::filesystem::path& network, const std::filesystem::path& platform,
                             const std::vector<std::string>& settings);
/// As network_of for a scenario whose network is a file, with what it was made from. Throws ConfigurationError for shapes.
compiler::ImportedNetwork imported_network_of(const Scenario& scenario);
/// compiler::compile() for the scenario's platform; an error of a layer is shown at the line of its shape.
compiler::CompiledNetwork compile_for(const Scenario& scenario, compiler::QuantizedNetwork network);
/// The inputs of all inferences. Throws ConfigurationError when they are not what the network takes, and DatasetError.
Dataset inputs_of(const Scenario& scenario, const compiler::QuantizedNetwork& network);

}  // namespace terse::run
