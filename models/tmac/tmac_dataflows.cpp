#include "models/tmac/tmac_dataflows.hpp"

#include "models/tmac/built_in_dataflows.hpp"

namespace terse {

TmacDataflows& tmac_dataflows() {
  static TmacDataflows dataflows(
      {{.name = "output_stationary",
        .sentence = "a sum stays in the array until it is complete; activations and weights stream",
        .make = output_stationary},
       {.name = "weight_stationary",
        .sentence = "weights stay in the array while all pixels pass; sums go to and fro the accumulators",
        .make = weight_stationary},
       {.name = "unrolled",
        .sentence = "all kernel positions at once, one output pixel per cycle, activations pass a line buffer",
        .make = unrolled}});
  return dataflows;
}

}  // namespace terse
