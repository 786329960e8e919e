#pragma once
// A network given by its shapes alone: what an architect writes to ask for cycles and energy without a trained network.
// Weights are drawn from a seed (seeded_network.hpp).
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "compiler/quantized_network.hpp"
#include "parameters/parameters.hpp"

namespace terse::compiler {

/// The network's input, one image.
struct InputShape {
  std::uint32_t height = 1, width = 1, channels = 1;
  std::uint32_t bits = 8;
  bool is_signed = false;

  ParameterList parameters();
};

/// How a layer's weights and outputs are drawn; stated once in `defaults`, and per layer where it differs.
struct LayerStatistics {
  std::string weights = "mixed";
  std::string pattern = "n_of_m";
  double density = 1.0 / 32;
  std::uint32_t n = 1;
  std::uint32_t m = 32;
  std::uint32_t value_bits = 8;
  double zero_fraction = 1.0 / 3;
  bool relu = true;
  double zero_outputs = 0.5;
  std::uint32_t bits = 8;

  ParameterList parameters();
  [[nodiscard]] ParameterProblems problems() const;
};

/// Which operation a layer of kind core is.
enum class CoreShape { table, concat, multiply, softmax, layer_norm, matrix_product };

/// One layer. Which of the fields count depends on the kind.
struct LayerShape {
  std::string name;
  LayerKind kind = LayerKind::convolution;
  bool whole_input = false;                    ///< Pooling over all of the input.
  std::uint32_t channels = 0;                  ///< Outputs of convolution and fully_connected.
  std::string input;                           ///< Name of the layer it reads, or "input"; empty: the layer before.
  std::string add;                             ///< Name of the layer whose output is added; empty: none.
  std::uint32_t kernel = 1, kernel_width = 0;  ///< Rows and columns; 0: as many columns as rows.
  std::uint32_t stride = 1;
  std::uint32_t padding = 0;
  std::optional<std::uint32_t> padding_width;  ///< On the left and the right; none: as above and below.
  std::uint32_t dilation = 1;
  std::uint32_t groups = 1;
  bool depthwise = false;  ///< As many groups as the input has channels.
  CoreShape core = CoreShape::table;
  std::string function;     ///< Of a table: hard_swish, gelu, leaky_relu or sigmoid.
  std::string second;       ///< concat, multiply and matrix_product: name of the layer that is the second operand.
  std::uint32_t heads = 1;  ///< matrix_product: how many side by side.
  bool transpose = false;   ///< matrix_product: by the second operand transposed.
  LayerStatistics statistics;
};

struct NetworkShape {
  std::string name;
  std::uint64_t seed = 1;
  InputShape input;
  double input_density = 1;  ///< Share of nonzero inputs that the output scales are calibrated with.
  std::vector<LayerShape> layers;
};

}  // namespace terse::compiler
