#include "platform/report/trace_events.hpp"

#include <fmt/format.h>

#include "platform/run/attribution.hpp"

namespace terse::report {
namespace {

using Json = nlohmann::ordered_json;

/// Collects the events of one run; each row becomes a thread of one of the processes below.
class Events {
 public:
  enum class Process : std::uint8_t { network = 1, core, units, interrupts };

  explicit Events(double clock_mhz) : clock_mhz_(clock_mhz) {}

  void name_process(Process process, const char* name) {
    list_.push_back({{"ph", "M"}, {"name", "process_name"}, {"pid", process}, {"tid", 0}, {"args", {{"name", name}}}});
    list_.push_back({{"ph", "M"},
                     {"name", "process_sort_index"},
                     {"pid", process},
                     {"tid", 0},
                     {"args", {{"sort_index", process}}}});
  }
  /// Rows stand in the order in which they are begun.
  void begin_row(Process process, const std::string& name) {
    process_ = process;
    ++row_;
    list_.push_back(
        {{"ph", "M"}, {"name", "thread_name"}, {"pid", process}, {"tid", row_}, {"args", {{"name", name}}}});
    list_.push_back({{"ph", "M"},
                     {"name", "thread_sort_index"},
                     {"pid", process},
                     {"tid", row_},
                     {"args", {{"sort_index", row_}}}});
  }
  /// A complete event in the row begun last.
  void add(const std::string& name, const run::Interval& time, Json arguments = Json::object()) {
    const std::uint64_t cycles = time.end - time.begin;
    arguments["begin_cycle"] = time.begin;
    arguments["cycles"] = cycles;
    list_.push_back({{"ph", "X"},
                     {"name", name},
                     {"pid", process_},
                     {"tid", row_},
                     {"ts", static_cast<double>(time.begin) / clock_mhz_},
                     {"dur", static_cast<double>(cycles) / clock_mhz_},
                     {"args", std::move(arguments)}});
  }
  Json list() && { return std::move(list_); }

 private:
  double clock_mhz_;
  Process process_{};
  int row_ = 0;
  Json list_ = Json::array();
};

using Process = Events::Process;

std::string layer_name(const run::RunResult& result, std::uint32_t layer) {
  return layer < result.layers.size() ? result.layers[layer].name : fmt::format("layer {}", layer);
}

void add_network(Events& events, const run::RunResult& result) {
  events.name_process(Process::network, "network");
  events.begin_row(Process::network, "inference");
  std::uint32_t inference = 0;
  for (const auto& time : result.timeline->inferences) events.add(fmt::format("inference {}", inference++), time);
  events.begin_row(Process::network, "layer");
  for (const auto& layer : result.timeline->layers) events.add(layer_name(result, layer.layer), layer.time);
}

void add_core(Events& events, const run::Timeline& timeline) {
  events.name_process(Process::core, "core");
  events.begin_row(Process::core, "wfi");
  for (const auto& sleep : timeline.sleeps) events.add("asleep", sleep);
  events.begin_row(Process::core, "functions");
  for (const auto& call : timeline.calls) events.add(timeline.functions[call.function], call.time);
}

void add_units(Events& events, const run::RunResult& result) {
  events.name_process(Process::units, "units");
  for (const run::UnitRow& row : result.timeline->units) {
    events.begin_row(Process::units, row.unit);
    for (const run::TimelineJob& job : row.jobs) {
      Json arguments = {{"tile", job.tile}};
      for (std::size_t cause = 0; cause < cause_count; ++cause) {
        if (job.cycles[cause] != 0) arguments[run::cause_names[cause]] = job.cycles[cause];
      }
      events.add(layer_name(result, job.layer), job.time, std::move(arguments));
    }
  }
}

void add_interrupts(Events& events, const run::Timeline& timeline) {
  events.name_process(Process::interrupts, "interrupts");
  for (const run::InterruptRow& row : timeline.interrupts) {
    events.begin_row(Process::interrupts, row.line);
    for (const run::Interval& high : row.high) events.add("high", high);
  }
}

}  // namespace

Json trace_events(const run::RunResult& result) {
  Events events(result.clock_mhz);
  add_network(events, result);
  add_core(events, *result.timeline);
  add_units(events, result);
  add_interrupts(events, *result.timeline);
  return {{"displayTimeUnit", "ns"},
          {"otherData",
           {{"scenario", result.scenario},
            {"configuration_hash", result.configuration_hash},
            {"clock_mhz", fmt::format("{:g}", result.clock_mhz)},
            {"complete_until_cycle", fmt::format("{}", result.timeline->shown)},
            {"intervals_left_out", fmt::format("{}", result.timeline->left_out)}}},
          {"traceEvents", std::move(events).list()}};
}

}  // namespace terse::report
