#pragma once
// Makes the timeline of a run: listens to the core and the interrupt lines, and takes jobs, layers and sleeps from
// those who have them anyway.
#include <cstdint>
#include <string>
#include <vector>

#include "platform/run/attribution.hpp"
#include "platform/run/call_recorder.hpp"
#include "platform/run/interrupt_recorder.hpp"
#include "platform/run/recorder.hpp"
#include "platform/run/timeline.hpp"

namespace terse::run {

class TimelineRecorder {
 public:
  /// Before elaboration ends. `limit`: greatest number of intervals.
  TimelineRecorder(const netlist::Platform& platform, const ElfFile& firmware, std::uint64_t limit);

  void woke(sc_core::sc_time time) { calls_.woke(cycle(time)); }
  void inference(sc_core::sc_time begin, sc_core::sc_time end) { inferences_.push_back({cycle(begin), cycle(end)}); }

  /// `units`: rows to show, in order. `cycles`: of the run, which is over.
  [[nodiscard]] Timeline finish(const std::vector<std::string>& units, const Recorder& recorder,
                                const std::vector<Sleep>& sleeps, std::uint64_t cycles);

 private:
  [[nodiscard]] std::uint64_t cycle(sc_core::sc_time time) const { return time.value() / period_; }
  [[nodiscard]] UnitRow unit_row(const std::string& unit, const std::vector<RecordedJob>& jobs) const;

  const std::uint64_t limit_;
  const std::uint64_t period_;
  CallRecorder calls_;
  InterruptRecorder interrupts_;
  std::vector<Interval> inferences_;
};

}  // namespace terse::run
