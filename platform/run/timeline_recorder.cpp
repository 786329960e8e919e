#include "platform/run/timeline_recorder.hpp"

#include <algorithm>

#include "models/riscv/riscv_core.hpp"

namespace terse::run {

TimelineRecorder::TimelineRecorder(const netlist::Platform& platform, const ElfFile& firmware, std::uint64_t limit)
    : limit_(limit),
      period_(platform.clock_period().value()),
      calls_(firmware, platform.get<RiscvCore>(), limit),
      interrupts_(platform, limit) {}

UnitRow TimelineRecorder::unit_row(const std::string& unit, const std::vector<RecordedJob>& jobs) const {
  UnitRow row{.unit = unit, .jobs = {}};
  for (const RecordedJob& job : jobs) {
    if (job.record.unit != unit) continue;
    row.jobs.push_back({.time = {cycle(job.record.start), cycle(job.record.end)},
                        .layer = job.record.tag >> 16,
                        .tile = job.record.tag & 0xFFFF,
                        .cycles = job.record.cycles});
  }
  return row;
}

Timeline TimelineRecorder::finish(const std::vector<std::string>& units, const Recorder& recorder,
                                  const std::vector<Sleep>& sleeps, std::uint64_t cycles) {
  Timeline timeline;
  timeline.cycles = cycles;
  timeline.inferences = inferences_;
  for (const LayerSpan& span : recorder.spans()) {
    timeline.layers.push_back({{cycle(span.begin), cycle(span.end)}, span.layer});
  }
  for (const std::string& unit : units) timeline.units.push_back(unit_row(unit, recorder.jobs()));
  for (const Sleep& sleep : sleeps) timeline.sleeps.push_back({cycle(sleep.begin), cycle(sleep.end)});
  timeline.interrupts = interrupts_.rows(cycles);
  calls_.finish(cycles, timeline);
  bound(timeline, limit_, std::min(calls_.complete_until(), interrupts_.complete_until()));
  return timeline;
}

}  // namespace terse::run
