// The waveforms of a real run agree with its figures.
#include <gtest/gtest.h>

#include "tests/platform/program.hpp"
#include "tests/platform/report/vcd_reader.hpp"

namespace terse::testing {
namespace {

/// Time during which a variable is 1.
std::uint64_t high(const VcdVariable& variable, std::uint64_t end) {
  std::uint64_t sum = 0, since = 0;
  bool one = false;
  for (const auto& [time, value] : variable.changes) {
    if (one) sum += time - since;
    one = value == "1";
    since = time;
  }
  return sum + (one ? end - since : 0);
}

TEST(WaveformOfARun, UnitsAreBusyAndTheCoreSleepsAsLongAsTheFiguresSay) {
  const Workspace workspace;
  const std::string file = (workspace.path() / "run.vcd").string();
  const Outcome outcome = run_terse({"run", "scenarios/fashion.yaml", "--set", "dataset.images=1", "--set",
                                     "run.baselines=none", "--vcd", file, "-o", workspace.path().string()});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
  const auto result = nlohmann::json::parse(contents_of(workspace.path() / "result.json"));
  const Vcd vcd(contents_of(file));
  constexpr std::uint64_t cycle = 2000;  // ps at 500 MHz
  const std::uint64_t cycles = result.at("cycles");
  EXPECT_EQ(vcd.end(), cycles * cycle);
  EXPECT_EQ(high(vcd.at("terse.core.asleep"), vcd.end()) / cycle,
            cycles - result.at("core_active_cycles").get<std::uint64_t>());
  for (const auto& [unit, pass] : {std::pair("tmac", "dense"), {"spu", "sparse"}, {"merge", "merge"}}) {
    const double busy = static_cast<double>(high(vcd.at(std::string("terse.") + unit + ".busy"), vcd.end()) / cycle);
    EXPECT_DOUBLE_EQ(busy, result.at("passes").at(pass).at("cycles").get<double>()) << unit;
  }
  EXPECT_TRUE(vcd.names().contains("terse.interrupts.plic_external_interrupt"));
}

}  // namespace
}  // namespace terse::testing
