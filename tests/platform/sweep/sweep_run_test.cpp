// Sweeps as their user runs them: results in the database, resuming, and what goes wrong on the way.
#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <thread>

#include "platform/results/database.hpp"
#include "tests/platform/program.hpp"

namespace terse::testing {
namespace {

using results::Sqlite;
using results::Statement;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

/// One small layer, so that a point takes milliseconds.
std::string scenario(const std::string& sweep, const std::string& platform = "", const std::string& rest = "") {
  return fmt::format(
      "network:\n  seed: 1\n  input: {{height: 8, width: 8, channels: 8}}\n  defaults: {{weights: ternary}}\n"
      "  layers: [{{name: conv, conv: 8}}]\n"
      "dataset: {{type: random, images: 1}}\nplatform:\n  include: {}/scenarios/platforms/reference.yaml\n{}"
      "{}sweep:\n{}",
      TERSE_SOURCE_DIR, platform, rest, sweep);
}

class SweepRun : public ::testing::Test {
 protected:
  Outcome sweep(const std::filesystem::path& file, std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments{"sweep", file.string(), "-j", "2", "--results", database().string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_terse(arguments);
  }

  [[nodiscard]] std::filesystem::path database() const { return folder_.path() / "results.sqlite"; }

  [[nodiscard]] nlohmann::json ask(const std::string& sql) const {
    Sqlite sqlite(database(), Sqlite::Access::read);
    Statement statement(sqlite, sql);
    return statement.step() ? nlohmann::json(statement.value(0)) : nlohmann::json();
  }

  /// A sweep under way; its words go to a file.
  [[nodiscard]] pid_t start(const std::filesystem::path& file, const std::string& jobs = "1") const {
    const std::string program = TERSE_BINARY_DIR "/bin/terse", db = database().string(), scenario = file.string();
    const std::string words = (folder_.path() / (file.stem().string() + ".out")).string();
    const pid_t child = fork();
    if (child == 0) {
      const int output = open(words.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
      dup2(output, STDOUT_FILENO);
      dup2(output, STDERR_FILENO);
      execl(program.c_str(), "terse", "sweep", scenario.c_str(), "-j", jobs.c_str(), "--results", db.c_str(), nullptr);
      _exit(127);
    }
    return child;
  }

  /// Waits until the database has so many points.
  [[nodiscard]] bool wait_for_points(int count) const {
    for (int i = 0; i < 6000; ++i) {
      try {
        if (std::filesystem::exists(database()) && ask("SELECT count(*) FROM points") >= count) return true;
      } catch (const results::SqliteError&) {  // not made yet
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  }

  static int exit_status(pid_t child) {
    int status = -1;
    waitpid(child, &status, 0);
    return status;
  }

  Workspace folder_;
};

TEST_F(SweepRun, EveryPointHasARowWithItsParametersAndItsResult) {
  const auto file = folder_.write(
      "s.yaml", scenario("  grid: {platform.tmac.output_channels: [4, 8], platform.dma.channels: [1, 2]}\n"));
  const Outcome outcome = sweep(file);
  ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_THAT(outcome.output, HasSubstr("4 points: 4 finished now, 0 before, 0 failed, 0 wrong"));
  EXPECT_EQ(ask("SELECT count(*) FROM points WHERE verified"), 4);
  EXPECT_EQ(ask("SELECT count(*) FROM points WHERE \"platform.tmac.output_channels\" = 4"), 2);
  // Half the output channels: twice the passes over the same activations.
  EXPECT_EQ(ask("SELECT count(DISTINCT dense_cycles) FROM layers"), 2);
  EXPECT_EQ(ask("SELECT min(dense_cycles) FROM layers WHERE point_id IN (SELECT id FROM points WHERE "
                "\"platform.tmac.output_channels\" = 4) AND dense_cycles > (SELECT max(dense_cycles) FROM layers WHERE "
                "point_id IN (SELECT id FROM points WHERE \"platform.tmac.output_channels\" = 8))"),
            ask("SELECT max(dense_cycles) FROM layers"));
  const auto row = nlohmann::json::parse(ask("SELECT result FROM points LIMIT 1").get<std::string>());
  EXPECT_EQ(row["schema"], "terse.result/1.0");
}

TEST_F(SweepRun, APointIsThatOfTerseRun) {
  const auto file = folder_.write("s.yaml", scenario("  grid: {platform.tmac.output_channels: [4]}\n"));
  ASSERT_EQ(sweep(file).exit_code, 0);
  const Outcome run = run_terse({"run", file.string(), "--set", "platform.tmac.output_channels=4", "--format", "json"});
  EXPECT_EQ(nlohmann::json::parse(run.output)["cycles"], ask("SELECT cycles FROM points"));
}

TEST_F(SweepRun, FinishedPointsAreNotRunAgain) {
  const auto file = folder_.write("s.yaml", scenario("  grid: {platform.dma.channels: [1, 2]}\n"));
  EXPECT_EQ(sweep(file, {"--resume"}).exit_code, 2);  // nothing to resume
  ASSERT_EQ(sweep(file).exit_code, 0);
  const auto ids = ask("SELECT group_concat(id || hash) FROM points");
  EXPECT_THAT(sweep(file, {"--resume"}).output, HasSubstr("2 points: 0 finished now, 2 before, 0 failed"));
  EXPECT_EQ(ask("SELECT group_concat(id || hash) FROM points"), ids);
  const auto other =
      folder_.write("t.yaml", scenario("  grid: {platform.dma.channels: [2, 3]}\n"));  // another sweep, one in common
  EXPECT_THAT(sweep(other).output, HasSubstr("2 points: 1 finished now, 1 before, 0 failed"));
  EXPECT_EQ(ask("SELECT count(*) FROM points"), 3);
}

TEST_F(SweepRun, TwoPointsOfOneConfigurationAreRunOnce) {
  const auto file =
      folder_.write("s.yaml", scenario("  list: [{platform.dma.channels: 2}, {run.quantum_ns: 1000000}]\n"));
  EXPECT_THAT(sweep(file).output, HasSubstr("2 points: 1 finished now, 1 before"));
  EXPECT_EQ(ask("SELECT count(*) FROM sweep_results"), 2);
}

TEST_F(SweepRun, ACrashOrAHangIsAFailedPointWithItsReason) {
  const std::string library = (folder_.path() / "libmisbehaving.so").string();
  const std::string command = fmt::format("{} @{} {}/tests/platform/sweep/misbehaving.cpp -o {}", TERSE_COMPILER,
                                          TERSE_FLAGS, TERSE_SOURCE_DIR, library);
  ASSERT_EQ(std::system(command.c_str()), 0);
  const auto file =
      folder_.write("s.yaml", scenario("  grid: {platform.scratchpad.arbitration: [fixed, crashes, hangs]}\n",
                                       fmt::format("  libraries: [{}]\n", library)));
  const Outcome outcome = sweep(file, {"--timeout", "5"});
  EXPECT_EQ(outcome.exit_code, 3) << outcome.errors;
  EXPECT_THAT(outcome.output, HasSubstr("3 points: 1 finished now, 0 before, 2 failed"));
  EXPECT_THAT(outcome.errors, AllOf(HasSubstr("crash: ended by signal 11"), HasSubstr("timeout: its time was over")));
  EXPECT_THAT(ask("SELECT stderr FROM failures WHERE kind = 'crash'").get<std::string>(), HasSubstr("about to crash"));
  EXPECT_EQ(ask("SELECT parameters FROM failures WHERE kind = 'timeout'"),
            R"({"platform.scratchpad.arbitration":"hangs"})");
  sweep(file, {"--timeout", "1"});  // failed points are tried again
  EXPECT_EQ(ask("SELECT min(attempts) FROM failures"), 2);
}

TEST_F(SweepRun, ARefusedConfigurationIsAFailedPoint) {
  // 32 channels of input at 8 bits are 32 bytes per cycle; two banks of 8 bytes deliver 16.
  const auto file = folder_.write("s.yaml", scenario("  grid: {platform.scratchpad.banks: [2, 16]}\n"));
  const Outcome outcome = sweep(file);
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_THAT(outcome.errors, HasSubstr("refused: "));
  EXPECT_THAT(ask("SELECT reason FROM failures").get<std::string>(), HasSubstr("the array reads 32 bytes"));
}

TEST_F(SweepRun, AMissedExpectationIsWrongButAResult) {
  const auto file = folder_.write(
      "s.yaml", scenario("  grid: {platform.dma.channels: [1, 2]}\n", "", "expect: [{metric: cycles, at_most: 1}]\n"));
  const Outcome outcome = sweep(file);
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_EQ(ask("SELECT count(*) FROM points WHERE exit_code = 1 AND verified"), 2);
}

TEST_F(SweepRun, AParameterThatChangesNothingIsReported) {
  const auto file = folder_.write(
      "s.yaml", scenario("  grid: {platform.uart.receive_fifo: [8, 16], platform.tmac.output_channels: [4, 8]}\n"));
  const Outcome outcome = sweep(file);
  EXPECT_THAT(outcome.errors, HasSubstr("platform.uart.receive_fifo changes nothing in any result"));
  EXPECT_THAT(outcome.errors, Not(HasSubstr("output_channels changes nothing")));
  EXPECT_EQ(ask("SELECT influence FROM parameters WHERE name = 'platform.uart.receive_fifo'"), "no");
}

TEST_F(SweepRun, KilledAtAnyMomentItLosesAtMostThePointsInFlight) {
  const auto file =
      folder_.write("s.yaml", scenario("  grid: {platform.uart.receive_fifo: {from: 1, to: 60, step: 1}}\n"));
  int before = 0;
  for (int kills = 1; kills <= 3; ++kills) {
    const pid_t child = start(file);
    ASSERT_TRUE(wait_for_points(before + 3));
    kill(child, SIGKILL);
    exit_status(child);
    EXPECT_EQ(ask("PRAGMA integrity_check"), "ok");
    before = ask("SELECT count(*) FROM points").get<int>();
    EXPECT_EQ(ask("SELECT count(*) FROM sweep_points"), before);
  }
  const auto kept = ask(fmt::format("SELECT group_concat(hash) FROM points WHERE id <= {}", before));
  EXPECT_THAT(sweep(file, {"--resume"}).output,
              HasSubstr(fmt::format("60 points: {} finished now, {} before, 0 failed", 60 - before, before)));
  EXPECT_EQ(ask(fmt::format("SELECT group_concat(hash) FROM points WHERE id <= {}", before)), kept);
  EXPECT_EQ(ask("SELECT count(*) FROM points"), 60);
}

TEST_F(SweepRun, InterruptedItSaysHowToGoOn) {
  const auto file =
      folder_.write("s.yaml", scenario("  grid: {platform.uart.receive_fifo: {from: 1, to: 1000, step: 1}}\n"));
  const pid_t child = start(file);
  ASSERT_TRUE(wait_for_points(2));
  kill(child, SIGINT);
  const int status = exit_status(child);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 4);
  EXPECT_THAT(contents_of(folder_.path() / "s.out"), HasSubstr("the same command goes on where it was"));
}

TEST_F(SweepRun, TwoSweepsShareOneDatabase) {
  const auto one =
      folder_.write("one.yaml", scenario("  grid: {platform.uart.receive_fifo: {from: 1, to: 30, step: 1}}\n"));
  const auto two = folder_.write(
      "two.yaml",
      scenario("  grid: {platform.uart.receive_fifo: {from: 16, to: 45, step: 1}, platform.dma.channels: [2]}\n"));
  const pid_t first = start(one), second = start(two);
  EXPECT_EQ(exit_status(first), 0);
  EXPECT_EQ(exit_status(second), 0);
  EXPECT_EQ(ask("SELECT count(*) FROM points"), 45);
  EXPECT_EQ(ask("SELECT count(*) FROM sweep_results"), 60);
  EXPECT_EQ(ask("SELECT sum(finished) FROM progress"), 60);
}

TEST_F(SweepRun, AFullDiskStopsItAndItGoesOnWithRoom) {
  const auto file =
      folder_.write("s.yaml", scenario("  grid: {platform.uart.receive_fifo: {from: 1, to: 60, step: 1}}\n"));
  // A limit on the size of files does to SQLite what a full disk does.
  const std::string command =
      fmt::format("trap '' XFSZ; ulimit -f 400; {} sweep {} -j 2 --results {} > {}/words 2>&1",
                  TERSE_BINARY_DIR "/bin/terse", file.string(), database().string(), folder_.path().string());
  const int status = std::system(command.c_str());
  EXPECT_EQ(WEXITSTATUS(status), 4);
  EXPECT_THAT(contents_of(folder_.path() / "words"), HasSubstr("Make room and give the same command again"));
  const int stored = ask("SELECT count(*) FROM points");
  EXPECT_GT(stored, 0);
  EXPECT_LT(stored, 60);
  EXPECT_EQ(ask("PRAGMA integrity_check"), "ok");
  EXPECT_THAT(sweep(file).output, HasSubstr(fmt::format("{} finished now, {} before, 0 failed", 60 - stored, stored)));
}

TEST_F(SweepRun, BadInputIsRefusedBeforeAnythingRuns) {
  const auto refused = [&](const std::string& text) {
    const Outcome outcome = sweep(folder_.write("bad.yaml", text));
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_FALSE(std::filesystem::exists(database()));
    return outcome.errors;
  };
  EXPECT_THAT(refused("network: [unclosed\n"), HasSubstr("bad.yaml:2:1: not valid YAML"));
  EXPECT_THAT(refused(scenario("  grid: {platform.spu.lains: [1, 2]}\n")),
              HasSubstr("unknown key 'lains' in 'platform.spu'; did you mean 'lanes'?"));
  EXPECT_THAT(refused(scenario("  grid: {platform.spu.lanes: [1, 2]}\n  constraint: [lanes > 1]\n")),
              HasSubstr("did you mean 'constraints'?"));
  const Outcome none = run_terse({"sweep", "scenarios/fashion.yaml"});
  EXPECT_EQ(none.exit_code, 2);
  EXPECT_THAT(none.errors, HasSubstr("there is no 'sweep:'"));
}

TEST_F(SweepRun, QueryPrintsTablesJsonAndCsv) {
  ASSERT_EQ(sweep(folder_.write("s.yaml", scenario("  grid: {platform.dma.channels: [1, 2]}\n"))).exit_code, 0);
  const std::string sql = "SELECT \"platform.dma.channels\" AS channels, 'a,b' AS text FROM points ORDER BY 1";
  const auto query = [&](const std::string& format) {
    return run_terse({"query", database().string(), sql, "--format", format}).output;
  };
  EXPECT_EQ(query("table"), "channels  text\n       1  a,b\n       2  a,b\n");
  EXPECT_EQ(query("csv"), "channels,text\r\n1,\"a,b\"\r\n2,\"a,b\"\r\n");
  EXPECT_EQ(nlohmann::json::parse(query("json"))[1]["channels"], 2);
  EXPECT_EQ(run_terse({"query", database().string(), "DROP TABLE points"}).exit_code, 2);
  EXPECT_EQ(run_terse({"query", database().string(), "SELEC 1"}).exit_code, 2);
  EXPECT_EQ(run_terse({"query", "nowhere.sqlite"}).exit_code, 2);
  EXPECT_THAT(run_terse({"query", database().string()}).output, HasSubstr("sweep_results"));
}

}  // namespace
}  // namespace terse::testing
