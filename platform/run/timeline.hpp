#pragma once
// What happened when, over the whole platform: jobs of the units, what the core did, interrupts, layers. For pictures
// and trace viewers; the figures of a run come from the recorder.
//
// Times are clock cycles from reset. Long runs have more intervals than a viewer can hold: the ones that begin first
// are kept, of all rows alike up to one point in time, and what is left out is counted.
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "models/hwpe/cause.hpp"

namespace terse::run {

/// Greatest number of intervals of a timeline unless the user says otherwise: about 8 MB in result.json.
inline constexpr std::uint64_t timeline_intervals = 200'000;

struct Interval {
  std::uint64_t begin = 0, end = 0;
};

/// A job of a unit.
struct TimelineJob {
  Interval time;
  std::uint32_t layer = 0, tile = 0;
  std::array<std::uint64_t, cause_count> cycles{};  ///< Per cause.
};

struct UnitRow {
  std::string unit;  ///< As JobRecord::unit.
  std::vector<TimelineJob> jobs;
};

/// A function of the guest from its call to its return; what it calls lies within, one level deeper.
struct FunctionCall {
  Interval time;
  std::uint32_t function = 0;  ///< Index of Timeline::functions.
  std::uint32_t depth = 0;     ///< 0: called by nobody.
};

/// An interrupt line while it is high.
struct InterruptRow {
  std::string line;
  std::vector<Interval> high;
};

/// A layer of an inference, between the guest's marks.
struct LayerInterval {
  Interval time;
  std::uint32_t layer = 0;
};

struct Timeline {
  std::uint64_t cycles = 0;    ///< Of the run.
  std::uint64_t shown = 0;     ///< Up to this cycle everything is there; `cycles` when nothing is left out.
  std::uint64_t left_out = 0;  ///< Intervals that begin later. Calls after the last one recorded are not counted.
  std::vector<Interval> inferences;
  std::vector<LayerInterval> layers;
  std::vector<UnitRow> units;
  std::vector<Interval> sleeps;  ///< The core's, in wfi.
  std::vector<std::string> functions;
  std::vector<FunctionCall> calls;
  std::vector<InterruptRow> interrupts;
};

/// Drops what begins last until no more than `limit` intervals are left. `complete_until`: where the recording of calls
/// has ended.
void bound(Timeline& timeline, std::uint64_t limit, std::uint64_t complete_until);

}  // namespace terse::run
