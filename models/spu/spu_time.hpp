#pragma once
#include <cstdint>

#include "models/convolution/shape.hpp"
#include "models/spu/spu_parameters.hpp"
#include "models/spu/spu_weights.hpp"
#include "models/timing/job_time.hpp"

namespace terse {

/// What a sparse pass costs; the rules stand in models/spu/spu.hpp.
struct SpuCost {
  JobTime time;
  std::uint64_t operations = 0;        ///< MACs of stored values, unused slots and padding included.
  std::uint64_t weight_bytes = 0;      ///< Values, indices and row pointers read from the scratchpad.
  std::uint64_t activation_bytes = 0;  ///< Gathered: one byte per MAC with a value other than zero inside the tile.
};

[[nodiscard]] SpuCost spu_cost(const convolution::Shape& shape, const SpuFormat& format, const SpuWeights& weights,
                               const SpuParameters& parameters);

}  // namespace terse
