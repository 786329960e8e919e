#pragma once
// How long a job takes and why, as a unit's closed formula says, and how that time passes.
#include <cstdint>

#include "models/hwpe/hwpe_control.hpp"
#include "models/timing/scratchpad_bandwidth.hpp"
#include "models/timing/timing.hpp"

namespace terse {

/// Cycles of one job by cause (models/hwpe/hwpe_control.hpp) and what it moves while it streams.
struct JobTime {
  std::uint64_t setup = 0;  ///< Before anything is read; booked to `driver`.
  std::uint64_t weight_load = 0;
  std::uint64_t index_decode = 0;
  std::uint64_t compute = 0;
  std::uint64_t activation_fetch = 0;
  std::uint64_t lane_imbalance = 0;
  std::uint64_t fifo = 0;
  std::uint64_t accumulator_hazard = 0;
  std::uint64_t drain = 0;  ///< After the last operand went in.
  std::uint64_t bytes = 0;  ///< Read from and written to the scratchpad between set-up and drain.

  [[nodiscard]] std::uint64_t streaming() const {
    return weight_load + index_decode + compute + activation_fetch + lane_imbalance + fifo + accumulator_hazard;
  }
  [[nodiscard]] std::uint64_t total() const { return setup + streaming() + drain; }
};

/// Waits for bandwidth in a stretch of work that moves `bytes` in at least `cycles`.
struct BandwidthStalls {
  std::uint64_t activation_fetch = 0;  ///< The scratchpad alone is too slow.
  std::uint64_t bank_conflict = 0;     ///< Added because `users` units share it.
};
[[nodiscard]] BandwidthStalls bandwidth_stalls(std::uint64_t cycles, std::uint64_t bytes, double bytes_per_cycle,
                                               std::uint32_t users);

/// Pieces in which a job streams in `approximate` timing; each looks anew how many units share the scratchpad.
inline constexpr std::uint64_t streaming_pieces = 8;

/// Lets the job's time pass on `control`. `bandwidth` may be null (unlimited); only `approximate` looks at it. False: the job
/// was soft-cleared meanwhile.
[[nodiscard]] bool spend(HwpeControl& control, const JobTime& time, Timing timing, ScratchpadBandwidth* bandwidth);

}  // namespace terse
