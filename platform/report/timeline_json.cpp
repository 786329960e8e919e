#include "platform/report/timeline_json.hpp"

namespace terse::report {
namespace {

using Json = nlohmann::ordered_json;

/// {"begin": [...], "cycles": [...]}
template <class List, class Time>
Json times(const List& list, Time time) {
  Json begin = Json::array(), cycles = Json::array();
  for (const auto& item : list) {
    const run::Interval interval = time(item);
    begin.push_back(interval.begin);
    cycles.push_back(interval.end - interval.begin);
  }
  return {{"begin", std::move(begin)}, {"cycles", std::move(cycles)}};
}

Json times(const std::vector<run::Interval>& list) {
  return times(list, [](const run::Interval& interval) { return interval; });
}

constexpr auto time_of = [](const auto& item) { return item.time; };

template <class List, class Field>
Json column(const List& list, Field field) {
  Json values = Json::array();
  for (const auto& item : list) values.push_back(item.*field);
  return values;
}

/// Per job [cause, cycles, cause, cycles, ...]; causes without cycles are left out.
Json causes_of(const std::vector<run::TimelineJob>& jobs) {
  Json list = Json::array();
  for (const run::TimelineJob& job : jobs) {
    Json causes = Json::array();
    for (std::size_t cause = 0; cause < cause_count; ++cause) {
      if (job.cycles[cause] == 0) continue;
      causes.push_back(cause);
      causes.push_back(job.cycles[cause]);
    }
    list.push_back(std::move(causes));
  }
  return list;
}

Json unit_json(const run::UnitRow& row) {
  Json json = {{"unit", row.unit}};
  json.update(times(row.jobs, time_of));
  json["layer"] = column(row.jobs, &run::TimelineJob::layer);
  json["tile"] = column(row.jobs, &run::TimelineJob::tile);
  json["causes"] = causes_of(row.jobs);
  return json;
}

}  // namespace

Json to_json(const run::Timeline& timeline) {
  Json json = {{"cycles", timeline.cycles}, {"shown", timeline.shown}, {"left_out", timeline.left_out}};
  json["inferences"] = times(timeline.inferences);
  json["layers"] = times(timeline.layers, time_of);
  json["layers"]["layer"] = column(timeline.layers, &run::LayerInterval::layer);
  json["units"] = Json::array();
  for (const run::UnitRow& row : timeline.units) json["units"].push_back(unit_json(row));
  json["sleeps"] = times(timeline.sleeps);
  json["functions"] = timeline.functions;
  json["calls"] = times(timeline.calls, time_of);
  json["calls"]["function"] = column(timeline.calls, &run::FunctionCall::function);
  json["calls"]["depth"] = column(timeline.calls, &run::FunctionCall::depth);
  json["interrupts"] = Json::array();
  for (const run::InterruptRow& row : timeline.interrupts) {
    Json line = {{"line", row.line}};
    line.update(times(row.high));
    json["interrupts"].push_back(std::move(line));
  }
  return json;
}

}  // namespace terse::report
