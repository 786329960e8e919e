#include "compiler/shapes/network_shape.hpp"

#include <fmt/format.h>

namespace terse::compiler {

ParameterList InputShape::parameters() {
  return {
      {{.name = "height", .unit = "pixels", .minimum = 1, .maximum = 65535, .sentence = "Rows of the input."}, &height},
      {{.name = "width", .unit = "pixels", .minimum = 1, .maximum = 65535, .sentence = "Columns of the input."},
       &width},
      {{.name = "channels", .unit = "channels", .minimum = 1, .maximum = 65535, .sentence = "Channels of the input."},
       &channels},
      {{.name = "bits",
        .unit = "bits",
        .minimum = 2,
        .maximum = 8,
        .power_of_two = true,
        .sentence = "Width of an input value; each takes a byte of memory."},
       &bits},
      {{.name = "signed", .sentence = "Input values have a sign."}, &is_signed},
  };
}

ParameterList LayerStatistics::parameters() {
  return {
      {{.name = "weights",
        .choices = {"mixed", "ternary", "dense", "sparse"},
        .sentence = "mixed: ternary, and high precision at the pattern's positions; ternary: only that; dense: all "
                    "high precision; sparse: as mixed, with zeros in place of ternary weights."},
       &weights},
      {{.name = "pattern",
        .choices = {"none", "unstructured", "n_of_m", "dense"},
        .sentence = "Where mixed and sparse weights have high precision; unstructured: each weight by itself with "
                    "probability density."},
       &pattern},
      {{.name = "density", .maximum = 1, .sentence = "unstructured: share of high-precision weights."}, &density},
      {{.name = "n", .minimum = 1, .maximum = 255, .sentence = "n_of_m: high-precision weights per group."}, &n},
      {{.name = "m", .minimum = 1, .maximum = 255, .sentence = "n_of_m: length of a group of consecutive weights."},
       &m},
      {{.name = "value_bits",
        .unit = "bits",
        .minimum = 4,
        .maximum = 16,
        .power_of_two = true,
        .sentence = "Width of a high-precision value."},
       &value_bits},
      {{.name = "zero_fraction", .maximum = 1, .sentence = "Share of zeros among the ternary weights."},
       &zero_fraction},
      {{.name = "relu", .sentence = "Negative outputs become zero, and outputs have no sign; false in the last layer."},
       &relu},
      {{.name = "zero_outputs", .maximum = 0.99, .sentence = "relu: share of outputs that are to be zero."},
       &zero_outputs},
      {{.name = "bits",
        .unit = "bits",
        .minimum = 2,
        .maximum = 8,
        .power_of_two = true,
        .sentence = "Width of an output value; each takes a byte of memory."},
       &bits},
  };
}

ParameterProblems LayerStatistics::problems() const {
  if (pattern == "n_of_m" && n > m) return {{"n", fmt::format("{} of {} is impossible; n must not exceed m", n, m)}};
  const bool patterned = weights == "mixed" || weights == "sparse";
  if (weights == "sparse" && pattern == "none")
    return {{"pattern", "none leaves sparse weights without any; choose unstructured, n_of_m or dense"}};
  if (patterned && pattern == "unstructured" && density == 0)
    return {{"density", "0 leaves no high-precision weight; write weights: ternary for that"}};
  return {};
}

}  // namespace terse::compiler
