// The timeline and the trace events of a real run agree with its figures.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>

#include "tests/platform/program.hpp"

namespace terse::testing {
namespace {

using nlohmann::json;
using ::testing::Contains;
using ::testing::HasSubstr;

struct Recorded {
  Outcome outcome;
  json result, events;
};

Recorded record(std::vector<std::string> options = {}) {
  const Workspace workspace;
  const std::string events = (workspace.path() / "events.json").string();
  std::vector<std::string> arguments = {"run",
                                        "scenarios/fashion.yaml",
                                        "--set",
                                        "dataset.images=2",
                                        "--set",
                                        "run.baselines=none",
                                        "--timeline",
                                        "--trace-events",
                                        events,
                                        "-o",
                                        workspace.path().string()};
  arguments.insert(arguments.end(), options.begin(), options.end());
  Recorded recorded{.outcome = run_terse(arguments), .result = {}, .events = {}};
  EXPECT_EQ(recorded.outcome.exit_code, 0) << recorded.outcome.errors;
  recorded.result = json::parse(contents_of(workspace.path() / "result.json"));
  recorded.events = json::parse(contents_of(events));
  return recorded;
}

const Recorded& fashion() {
  static const Recorded recorded = record();
  return recorded;
}

double sum(const json& list) {
  return std::accumulate(list.begin(), list.end(), 0.0,
                         [](double all, const json& one) { return all + one.get<double>(); });
}

std::size_t intervals_of(const json& timeline) {
  std::size_t count = timeline.at("inferences").at("begin").size() + timeline.at("layers").at("begin").size() +
                      timeline.at("sleeps").at("begin").size() + timeline.at("calls").at("begin").size();
  for (const char* rows : {"units", "interrupts"}) {
    for (const json& row : timeline.at(rows)) count += row.at("begin").size();
  }
  return count;
}

TEST(TimelineOfARun, UnitsHaveTheCyclesOfTheirPasses) {
  const json& result = fashion().result;
  std::map<std::string, double> cycles;
  for (const json& row : result.at("timeline").at("units")) {
    const std::string unit = row.at("unit");
    cycles[unit.substr(0, unit.find('['))] += sum(row.at("cycles"));
    for (std::size_t job = 0; job < row.at("begin").size(); ++job) {
      const json& causes = row.at("causes")[job];
      double all = 0;
      for (std::size_t at = 1; at < causes.size(); at += 2) all += causes[at].get<double>();
      EXPECT_EQ(all, row.at("cycles")[job].get<double>()) << unit << " job " << job;
      if (job == 0) continue;
      EXPECT_GE(row.at("begin")[job].get<double>(),
                row.at("begin")[job - 1].get<double>() + row.at("cycles")[job - 1].get<double>());
    }
  }
  const json& passes = result.at("passes");
  for (const auto& [unit, pass] : {std::pair("tmac", "dense"), {"spu", "sparse"}, {"merge", "merge"}, {"dma", "dma"}}) {
    EXPECT_NEAR(cycles.at(unit), 2 * passes.at(pass).at("cycles").get<double>(), 1e-6) << unit;  // two inferences
  }
}

TEST(TimelineOfARun, CoreSleepsAsLongAsTheFiguresSay) {
  const json& result = fashion().result;
  EXPECT_EQ(sum(result.at("timeline").at("sleeps").at("cycles")),
            result.at("cycles").get<double>() - result.at("core_active_cycles").get<double>());
}

TEST(TimelineOfARun, HasEveryInferenceAndLayer) {
  const json& timeline = fashion().result.at("timeline");
  EXPECT_EQ(timeline.at("inferences").at("begin").size(), 2);
  EXPECT_EQ(timeline.at("layers").at("begin").size(), 2 * fashion().result.at("layers").size());
  EXPECT_EQ(sum(timeline.at("inferences").at("cycles")) / 2, fashion().result.at("cycles_per_inference").get<double>());
  EXPECT_EQ(timeline.at("shown"), timeline.at("cycles"));
}

TEST(TimelineOfARun, CallsNest) {
  const json& timeline = fashion().result.at("timeline");
  const json& calls = timeline.at("calls");
  std::vector<double> ends;  // of the open calls, by depth
  for (std::size_t call = 0; call < calls.at("begin").size(); ++call) {
    const std::size_t depth = calls.at("depth")[call];
    const double begin = calls.at("begin")[call], end = begin + calls.at("cycles")[call].get<double>();
    ASSERT_LE(depth, ends.size()) << "call " << call << " has no caller";
    ends.resize(depth);
    if (depth > 0) {
      EXPECT_LE(end, ends.back()) << "call " << call << " outlives its caller";
    }
    ends.push_back(end);
  }
  const auto names = timeline.at("functions").get<std::vector<std::string>>();
  EXPECT_THAT(names, Contains("terse::driver::crc32"));
  EXPECT_THAT(names, Contains("terse::driver::NetworkExecutor::step"));
}

// Every job ends with an interrupt of its unit, which the core's line passes on.
TEST(TimelineOfARun, InterruptsFollowTheJobs) {
  const json& timeline = fashion().result.at("timeline");
  std::map<std::string, std::size_t> high;
  for (const json& row : timeline.at("interrupts")) high[row.at("line")] = row.at("begin").size();
  for (const json& row : timeline.at("units")) {
    const std::string unit = row.at("unit");
    const std::size_t channel = unit.find('[');
    const std::string line = channel == std::string::npos
                                 ? unit + "_interrupt_0"
                                 : unit.substr(0, channel) + "_interrupt_" + unit.substr(channel + 1, 1);
    EXPECT_EQ(high.at(line), row.at("begin").size()) << unit;
  }
  EXPECT_GT(high.at("plic_external_interrupt"), 0);
}

TEST(TimelineOfARun, ChangesNothingInTheResult) {
  const Simulation plain = simulate({"run.baselines=none"}, 2);
  for (const char* key : {"cycles", "instructions", "layers", "stalls"}) {
    EXPECT_EQ(plain.result.at(key), fashion().result.at(key)) << key;
  }
  EXPECT_FALSE(plain.result.contains("timeline"));
}

TEST(TimelineOfARun, IsBoundedAndSaysSo) {
  const json timeline = record({"--timeline-intervals", "500"}).result.at("timeline");
  EXPECT_LE(intervals_of(timeline), 500);
  EXPECT_GT(intervals_of(timeline), 250);
  EXPECT_LT(timeline.at("shown"), timeline.at("cycles"));
  EXPECT_GT(timeline.at("left_out"), 0);
}

// The rules of the format's description that viewers rely on: complete events with times in us, on named threads of
// named processes, and on one thread either apart or one within the other.
TEST(TraceEvents, AreOfTheFormat) {
  const json& events = fashion().events;
  EXPECT_EQ(events.at("displayTimeUnit"), "ns");
  std::map<std::pair<int, int>, std::string> threads;
  std::map<int, std::string> processes;
  std::map<std::pair<int, int>, std::vector<std::pair<double, double>>> open;
  for (const json& event : events.at("traceEvents")) {
    const std::pair<int, int> thread = {event.at("pid"), event.at("tid")};
    const std::string phase = event.at("ph"), name = event.at("name");
    if (phase == "M") {
      if (name == "process_name") processes[thread.first] = event.at("args").at("name");
      if (name == "thread_name") threads[thread] = event.at("args").at("name");
      continue;
    }
    ASSERT_EQ(phase, "X");
    ASSERT_TRUE(threads.contains(thread) && processes.contains(thread.first)) << event;
    const double begin = event.at("ts"), end = begin + event.at("dur").get<double>();
    constexpr double rounding = 1e-6;  // us: times are sums of binary fractions
    auto& stack = open[thread];
    while (!stack.empty() && stack.back().second <= begin + rounding) stack.pop_back();
    if (!stack.empty()) {
      EXPECT_LE(end, stack.back().second + rounding) << event;
    }
    stack.emplace_back(begin, end);
  }
  std::vector<std::string> names;
  for (const auto& [thread, name] : threads) names.push_back(name);
  for (const char* row :
       {"inference", "layer", "functions", "tmac", "spu", "merge", "dma[0]", "plic_external_interrupt"}) {
    EXPECT_THAT(names, Contains(row));
  }
}

TEST(TraceEvents, HaveEveryJobInMicroseconds) {
  const json& result = fashion().result;
  std::size_t jobs = 0;
  for (const json& row : result.at("timeline").at("units")) jobs += row.at("begin").size();
  std::size_t found = 0;
  for (const json& event : fashion().events.at("traceEvents")) {
    if (!event.at("args").contains("tile")) continue;
    ++found;
    // 500 MHz: a cycle is 2 ns
    EXPECT_NEAR(event.at("dur").get<double>(), event.at("args").at("cycles").get<double>() * 0.002, 1e-9);
  }
  EXPECT_EQ(found, jobs);
}

TEST(TimelineOfARun, IsRefusedBesideAnInstructionTrace) {
  const Outcome outcome = run_terse({"run", "scenarios/fashion.yaml", "--timeline", "--trace", "/dev/null"});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.errors, HasSubstr("run twice"));
}

}  // namespace
}  // namespace terse::testing
