#pragma once
#include <cstdint>

#include "models/convolution/shape.hpp"
#include "models/timing/job_time.hpp"
#include "models/tmac/tmac_parameters.hpp"

namespace terse {

/// What a dense pass costs; the rules stand in models/tmac/tmac.hpp.
struct TmacCost {
  JobTime time;
  std::uint64_t operations = 0;    ///< MACs, those with a zero weight or with padding included.
  std::uint64_t weight_bytes = 0;  ///< Read from the scratchpad.
  std::uint64_t activation_bytes = 0;
};

/// `row_bytes`: of the weights of an output channel (models/tmac/tmac_weights.hpp).
[[nodiscard]] TmacCost tmac_cost(const convolution::Shape& shape, std::uint64_t row_bytes,
                                 const TmacParameters& parameters);

}  // namespace terse
