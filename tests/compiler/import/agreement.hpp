#pragma once
// Sets an imported network, evaluated in integers by the golden reference, beside the graph of its file, evaluated in
// double precision as the ONNX specification defines each operator.
#include <cstdint>
#include <random>
#include <vector>

#include "compiler/graph/model.hpp"
#include "compiler/quantized_network.hpp"

namespace terse::testing {

struct Agreement {
  std::size_t elements = 0;
  std::size_t differing = 0;  ///< Outputs that are not the integer of the graph's.
  double greatest_steps = 0;  ///< Greatest distance, in steps of the output.
  double distinct = 0;        ///< Distinct output integers: a constant output agrees with anything.
};

/// One random input. `model` as the importer saw it, before or after lowering.
Agreement agreement(const compiler::graph::Model& model, const compiler::QuantizedNetwork& network,
                    std::mt19937& random);

}  // namespace terse::testing
