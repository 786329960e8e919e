#pragma once
// Where every cycle of every unit went, over the whole run and per layer.
//
// In a job a unit's cycles have the causes that the unit gave them (models/hwpe/cause.hpp). Without a job they are
//   driver    while the core is awake: it prepares the next job, or an interrupt is on its way;
//   dma_wait  while the core sleeps and a DMA channel has a job;
//   idle      otherwise: another unit's work is waited for.
// The core's are execute and asleep (in wfi).
#include <array>
#include <cstdint>
#include <string>
#include <systemc>
#include <vector>

#include "models/hwpe/cause.hpp"
#include "platform/run/recorder.hpp"
#include "platform/run/result.hpp"

namespace terse::run {

/// In the order of Cause.
inline constexpr std::array<const char*, cause_count> cause_names = {
    "compute", "weight_load",        "activation_fetch", "bank_conflict", "index_decode", "lane_imbalance",
    "fifo",    "accumulator_hazard", "dma_wait",         "driver",        "drain",        "idle"};

/// What the core was doing: it is awake but for these, in order.
struct Sleep {
  sc_core::sc_time begin, end;
};

class Attribution {
 public:
  /// `units`: names as in JobRecord::unit, DMA channels as "dma[0]". `cycles`: from reset to the end.
  Attribution(const std::vector<std::string>& units, const std::vector<RecordedJob>& jobs,
              const std::vector<Sleep>& sleeps, sc_core::sc_time clock_period, std::uint64_t cycles);

  /// Of the whole run. Throws std::logic_error unless every unit's causes sum to the cycles of the run.
  [[nodiscard]] Stalls total() const;
  /// Between two times, summed over all of `spans`, divided by `count`. A job that lies partly within counts in part, all
  /// of its causes alike.
  [[nodiscard]] Stalls between(const std::vector<LayerSpan>& spans, double count) const;

 private:
  using Cycles = std::array<double, cause_count>;
  struct Segment {
    std::uint64_t begin = 0, end = 0;
    Cycles cycles{};
  };
  struct Unit {
    std::string name;
    std::vector<Segment> segments;  ///< Cover the run without gaps.
  };

  void make_background(const std::vector<RecordedJob>& jobs, const std::vector<Sleep>& sleeps);
  void add_without_job(Unit& unit, std::uint64_t begin, std::uint64_t end) const;
  void add_unit(const std::string& name, const std::vector<RecordedJob>& jobs);
  void add(const Unit& unit, std::uint64_t begin, std::uint64_t end, Cycles& sum) const;
  [[nodiscard]] std::uint64_t cycle(sc_core::sc_time time) const { return time.value() / period_; }

  const std::uint64_t period_;
  const std::uint64_t cycles_;
  std::vector<Segment> background_;  ///< What a unit without a job does.
  std::vector<Segment> core_;        ///< compute: execute, idle: asleep.
  std::vector<Unit> units_;
};

}  // namespace terse::run
