// The instruction trace: its lines, its filters, and that it changes nothing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "tests/platform/program.hpp"

namespace terse::testing {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;

const std::vector<std::string> traced = {"run", TERSE_PROGRAMS "/traced.elf", "-p",
                                         "scenarios/platforms/reference.yaml"};

Outcome run(std::vector<std::string> options, std::vector<std::string> arguments = traced) {
  arguments.insert(arguments.end(), options.begin(), options.end());
  return run_terse(arguments);
}

class Trace : public ::testing::Test {
 protected:
  std::string file() const { return (folder_.path() / "trace").string(); }

  std::string trace(std::vector<std::string> options = {}) {
    options.insert(options.end(), {"--trace", file()});
    const Outcome outcome = run(options);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.output << outcome.errors;
    return contents_of(file());
  }

  Workspace folder_;
};

std::size_t instructions_in(const std::string& trace) {
  std::istringstream lines(trace);
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line);) count += line.find('#') == std::string::npos;
  return count;
}

TEST_F(Trace, ALineHasCycleCodeRegistersAndMemory) {
  const std::string text = trace({"--trace-function", "touches_memory"});
  EXPECT_THAT(text,
              ContainsRegex("8000[0-9a-f]+  410c      lw a1, 0\\(a0\\) +a1 <- 00000029  \\[80002000\\] -> 00000029\n"));
  EXPECT_THAT(text, ContainsRegex("addi a1, a1, 1 +a1 <- 0000002a\n"));
  EXPECT_THAT(text, ContainsRegex("sh a1, 4\\(a0\\) +\\[80002004\\] <- 002a\n"));
  EXPECT_THAT(
      text, ContainsRegex(
                "amoadd.w a2, a1, \\(a0\\) +a2 <- 00000029  \\[80002000\\] -> 00000029  \\[80002000\\] <- 00000053\n"));
  EXPECT_THAT(text, ContainsRegex("8082      jalr zero, 0\\(ra\\)"));
  EXPECT_EQ(instructions_in(text), 7u) << text;
}

TEST_F(Trace, TrapsAndInterruptsAreLines) {
  const std::string text = trace();
  EXPECT_THAT(text, ContainsRegex("illegal 0x0000[^\n]*\n# trap 2, mtval 00000000, to 8000"));
  EXPECT_THAT(text, ContainsRegex("# machine software interrupt\n[^\n]*csrrs t3, mcause, zero +t3 <- 80000003"));
}

TEST_F(Trace, ItIsTheSameWithBothEnginesAndChangesNoCycle) {
  const std::string interpreted = trace({"--set", "platform.cpu.engine=interpreter"});
  EXPECT_EQ(trace(), interpreted);
  const auto cycles = [&](std::vector<std::string> options) {
    options.insert(options.end(), {"--format", "json"});
    return nlohmann::json::parse(run(options).output).at("cycles").get<std::uint64_t>();
  };
  EXPECT_EQ(cycles({"--trace", file()}), cycles({}));
}

TEST_F(Trace, FiltersAdd) {
  const std::size_t function = instructions_in(trace({"--trace-function", "touches_memory"}));
  const std::size_t range = instructions_in(trace({"--trace-range", "_start:0x8000000b"}));
  EXPECT_GE(range, 2u);
  EXPECT_EQ(instructions_in(trace({"--trace-range", "_start:0x8000000b", "--trace-function", "touches_memory"})),
            function + range);
}

TEST_F(Trace, BadFiltersAreRefusedWithTheMend) {
  const auto refusal = [&](std::vector<std::string> options) {
    const Outcome outcome = run(options);
    EXPECT_EQ(outcome.exit_code, 2);
    return outcome.errors;
  };
  EXPECT_THAT(refusal({"--trace", file(), "--trace-function", "touch_memory"}),
              AllOf(HasSubstr("has no such function"), HasSubstr("did you mean 'touches_memory'?")));
  EXPECT_THAT(refusal({"--trace", file(), "--trace-function", "zzz"}), HasSubstr("nm -C"));
  EXPECT_THAT(refusal({"--trace", file(), "--trace-range", "5"}), HasSubstr("expected FIRST:LAST"));
  EXPECT_THAT(refusal({"--trace", file(), "--trace-range", "nowhere:5"}), HasSubstr("'nowhere' is neither"));
  EXPECT_THAT(refusal({"--trace", file(), "--trace-range", "6:5"}), HasSubstr("exchange them"));
  EXPECT_THAT(refusal({"--trace-function", "handler"}), HasSubstr("name its file with --trace FILE"));
  EXPECT_THAT(refusal({"--trace", "/nowhere/t"}), HasSubstr("cannot be written"));
}

TEST_F(Trace, OfAScenario) {
  const Outcome outcome = run({"--trace", file(), "--trace-function", "terse::driver::crc32"},
                              {"run", "scenarios/fashion.yaml", "--set", "dataset.images=1"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_GT(instructions_in(contents_of(file())), 10000u);
  EXPECT_THAT(run({"--trace", file(), "--trace-function", "crc32"}, {"run", "scenarios/fashion.yaml"}).errors,
              HasSubstr("did you mean 'terse::driver::crc32'?"));
}

}  // namespace
}  // namespace terse::testing
