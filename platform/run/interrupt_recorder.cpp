#include "platform/run/interrupt_recorder.hpp"

#include <algorithm>

namespace terse::run {

InterruptRecorder::InterruptRecorder(const netlist::Platform& platform, std::uint64_t limit)
    : limit_(limit), period_(platform.clock_period().value()) {
  for (const auto& wire : platform.wires()) {
    Line& line = *lines_.emplace_back(std::make_unique<Line>());
    line.wire = wire.get();
    line.row.line = wire->name();
    sc_core::sc_spawn_options method;
    method.spawn_method();
    method.dont_initialize();
    method.set_sensitivity(&wire->value_changed_event());
    sc_core::sc_spawn([this, &line] { changed(line); }, sc_core::sc_gen_unique_name("record_interrupt"), &method);
  }
}

void InterruptRecorder::changed(Line& line) {
  const std::uint64_t cycle = sc_core::sc_time_stamp().value() / period_;
  if (line.open) {
    line.row.high.back().end = cycle;
    line.open = false;
  } else if (line.row.high.size() >= limit_) {
    complete_until_ = std::min(complete_until_, cycle);
  } else if (line.wire->read()) {
    line.row.high.push_back({cycle, cycle});
    line.open = true;
  }
}

std::vector<InterruptRow> InterruptRecorder::rows(std::uint64_t cycle) const {
  std::vector<InterruptRow> rows;
  for (const auto& line : lines_) {
    if (line->row.high.empty()) continue;
    rows.push_back(line->row);
    if (line->open) rows.back().high.back().end = std::max(cycle, rows.back().high.back().begin);
  }
  return rows;
}

}  // namespace terse::run
