#pragma once
// What a job of the MAC array costs, from its dataflow's schedule.
#include <array>
#include <cstdint>
#include <map>

#include "models/clocked/stream_engine.hpp"
#include "models/timing/job_time.hpp"
#include "models/tmac/tmac_work.hpp"

namespace terse {

struct TmacCost {
  JobTime time;                      ///< Nominal.
  std::uint64_t operations = 0;      ///< MACs, those with a zero weight or with padding included.
  std::uint64_t weight_bytes = 0;    ///< Read from the scratchpad.
  std::uint64_t weights_loaded = 0;  ///< Of the dense pass; more than there are where they pass the buffer anew.
  bool weights_stay = false;         ///< Beside the multipliers (Schedule::weights_stay).
  std::uint64_t activation_bytes = 0;
  std::uint64_t fetches = 0;           ///< Runs of activations.
  std::uint64_t sums_handed_over = 0;  ///< To the accumulators.
  std::uint64_t sums_taken_back = 0;   ///< Of those, added to what an earlier step of the job had handed over.
};

/// The array as the StreamEngine sees it.
[[nodiscard]] StreamParameters tmac_stream(const TmacParameters& parameters, std::uint32_t read_latency = 1);

/// Walks through the schedule of the work's dataflow. Throws what the dataflow throws.
[[nodiscard]] TmacCost tmac_cost(const TmacWork& work);

/// The same for the dense part of a job, remembered: tiles of a layer have few shapes.
class TmacCosts {
 public:
  [[nodiscard]] const TmacCost& dense(const TmacWork& work);

 private:
  std::map<std::array<std::uint64_t, 18>, TmacCost> costs_;
};

}  // namespace terse
