#pragma once
// What a sparse pass costs.
#include <cstdint>

#include "models/spu/spu_dataflows.hpp"
#include "models/timing/job_time.hpp"

namespace terse {

struct SpuWork;

struct SpuCost {
  JobTime time;                        ///< Nominal, from the dataflow.
  SpuTraffic traffic;                  ///< From the dataflow.
  std::uint64_t operations = 0;        ///< MACs of stored values, unused slots, fillers and padding included.
  std::uint64_t effective = 0;         ///< Those with a value other than zero inside the tile, skipped ones included.
  std::uint64_t weight_bytes = 0;      ///< Values, indices and pointers read from the scratchpad.
  std::uint64_t activation_bytes = 0;  ///< Brought to the lanes, one byte each.
};

[[nodiscard]] SpuCost spu_cost(const SpuWork& work, SpuDataflow& dataflow);

}  // namespace terse
