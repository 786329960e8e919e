// `terse debug` with the real gdb-multiarch, driven by scripts: what a firmware engineer does, on the driver of the
// shipped scenario.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex.h>
#include <sys/wait.h>
#include <unistd.h>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace terse::testing {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

const std::filesystem::path source = TERSE_SOURCE_DIR;
const std::filesystem::path binary = TERSE_BINARY_DIR;
const std::string firmware = binary / "firmware/infer.elf";

std::string contents(const std::filesystem::path& file) {
  std::ifstream stream(file);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

/// The number of the first line of a driver's file that holds `text`.
unsigned line_of(const std::string& file, const std::string& text) {
  std::ifstream stream(source / file);
  std::string line;
  for (unsigned number = 1; std::getline(stream, line); ++number) {
    if (line.find(text) != std::string::npos) return number;
  }
  ADD_FAILURE() << file << " has no line with " << text;
  return 0;
}

/// The first group of every match of a POSIX extended regular expression.
std::vector<std::string> all_matches(const std::string& text, const std::string& expression) {
  regex_t compiled;
  std::vector<std::string> found;
  if (regcomp(&compiled, expression.c_str(), REG_EXTENDED) != 0) return found;
  std::array<regmatch_t, 2> match{};
  for (const char* at = text.c_str(); regexec(&compiled, at, match.size(), match.data(), 0) == 0;
       at += match[0].rm_eo) {
    found.emplace_back(at + match[1].rm_so, at + match[1].rm_eo);
  }
  regfree(&compiled);
  return found;
}

class GdbTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / fmt::format("terse_gdb_{}", getpid());
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override {
    if (simulation_.joinable()) simulation_.join();
    std::filesystem::remove_all(folder_);
  }

  /// Starts `terse debug` on a free port; returns when it listens.
  void start(const std::string& arguments = "scenarios/fashion.yaml --set dataset.images=1") {
    const std::string command = fmt::format("cd {} && timeout 100 {} debug {} --port 0 > {} 2>&1", source.string(),
                                            (binary / "bin/terse").string(), arguments, log().string());
    simulation_ = std::thread([this, command] {
      const int status = std::system(command.c_str());
      exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    });
    for (unsigned tries = 0; tries < 300; ++tries) {
      const auto addresses = all_matches(contents(log()), "waiting for gdb on ([0-9.]+:[0-9]+)");
      if (!addresses.empty()) {
        address_ = addresses.front();
        return;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    FAIL() << contents(log());
  }

  /// What gdb prints for these commands, of which none has a single quote; the session is connected already. A command
  /// that fails does not keep gdb from the next.
  std::string gdb(const std::vector<std::string>& commands, const std::string& beside = "true") {
    const auto output = folder_ / "output";
    std::string command = fmt::format(
        "timeout 90 gdb-multiarch -q -nx -batch -ex 'set pagination off' -ex 'set confirm off' -ex 'set width 0' "
        "-ex 'target remote {}'",
        address_);
    for (const std::string& line : commands) command += fmt::format(" -ex '{}'", line);
    command += fmt::format(" {} > {} 2>&1 & gdb=$!; {}; wait $gdb", firmware, output.string(), beside);
    if (std::system(command.c_str()) == -1) ADD_FAILURE() << "no shell";
    return contents(output);
  }

  /// How the simulation ended, and what it printed.
  int finish() {
    simulation_.join();
    return exit_code_;
  }
  std::filesystem::path log() const { return folder_ / "log"; }

 private:
  std::filesystem::path folder_;
  std::thread simulation_;
  std::string address_;
  int exit_code_ = -1;
};

TEST_F(GdbTest, StopsAtAFunctionAndASourceLineOfTheDriver) {
  start();
  const unsigned line = line_of("sw_driver/network_executor.hpp", "Status NetworkExecutor<H>::begin_layer() {");
  const std::string text = gdb({"info registers pc", "hbreak run_passes", "continue", "backtrace", "info locals",
                                "next", "stepi", "info registers pc", "delete",
                                fmt::format("break sw_driver/network_executor.hpp:{}", line), "continue", "detach"});
  EXPECT_THAT(text, HasSubstr("pc             0x10000")) << "before the first instruction";
  EXPECT_THAT(text, ContainsRegex("hit Breakpoint|Breakpoint 1")) << text;
  EXPECT_THAT(text, ContainsRegex("#0 .*run_passes.*tile_executor.hpp"));
  EXPECT_THAT(text, ContainsRegex("#1 .*tile_executor.hpp"));
  EXPECT_THAT(text, HasSubstr("has_dense"));
  EXPECT_THAT(text, ContainsRegex(fmt::format("Breakpoint 2, .*network_executor.hpp:{}", line))) << text;
  EXPECT_EQ(finish(), 0) << "detached, the run goes on to its end and is verified";
  EXPECT_THAT(contents(log()), HasSubstr("verified: all"));
}

TEST_F(GdbTest, TheRunIsTheSameAsWithoutADebugger) {
  start();
  gdb({"break run_passes", "continue", "continue", "stepi", "stepi", "detach"});
  EXPECT_EQ(finish(), 0);
  const auto debugged = all_matches(contents(log()), "inference +([0-9]+) cycles");
  ASSERT_EQ(debugged.size(), 1u);
  const auto plain_log = log().parent_path() / "plain";
  const int status = std::system(fmt::format("cd {} && {} run scenarios/fashion.yaml --set dataset.images=1 > {} 2>&1",
                                             source.string(), (binary / "bin/terse").string(), plain_log.string())
                                     .c_str());
  EXPECT_EQ(status, 0);
  EXPECT_EQ(all_matches(contents(plain_log), "inference +([0-9]+) cycles"), debugged);
}

TEST_F(GdbTest, ReadsAndWritesRegistersMemoryAndCsrs) {
  start();
  const std::string text =
      gdb({"break run_passes", "continue", "delete", "set $t0 = 0x12345678", "print/x $t0", "print/x $misa",
           "print/x $mhartid", "set $mscratch = 0xabcd", "print/x $mscratch", "set {unsigned}0x30000100 = 0xcafe",
           "print/x *(unsigned*)0x30000100", "print *(unsigned*)0x70000000", "kill"});
  EXPECT_THAT(text, HasSubstr("$1 = 0x12345678"));
  EXPECT_THAT(text, HasSubstr("$2 = 0x40101107")) << "rv32imabcu";
  EXPECT_THAT(text, HasSubstr("$3 = 0x0"));
  EXPECT_THAT(text, HasSubstr("$4 = 0xabcd"));
  EXPECT_THAT(text, HasSubstr("$5 = 0xcafe"));
  EXPECT_THAT(text, HasSubstr("Cannot access memory at address 0x70000000"));
  finish();
}

TEST_F(GdbTest, WatchpointsOfTheCoreAndOfOtherInitiatorsNameWhoItWas) {
  start();
  const std::string text =
      gdb({"break run_passes", "continue", "set $stage = (unsigned)&this->stage_", "delete",
           "watch *(unsigned*)0x30000000", "continue", "delete", "rwatch *(unsigned*)0x30000000", "continue", "delete",
           "eval \"awatch *(unsigned char*)%u\", $stage", "continue", "detach"});
  EXPECT_THAT(text, ContainsRegex("write of [0-9]+ bytes at 0x3000.* by dma channel [0-9]")) << text;
  EXPECT_THAT(text, ContainsRegex("read of [0-9]+ bytes at 0x3000.* by (tmac|spu|merge|dma)")) << text;
  EXPECT_EQ(all_matches(text, "(Hardware access \\(read/write\\) watchpoint)").size(), 2u) << "set, and hit: " << text;
  EXPECT_EQ(finish(), 0);
}

TEST_F(GdbTest, SimulatedTimeStandsStillWhileTheCoreIsStopped) {
  start();
  const std::string text = gdb(
      {"break run_passes", "continue", "monitor time", "shell sleep 1", "monitor time", "monitor statistics", "kill"});
  const auto times = all_matches(text, "platform +([0-9.]+) us");
  ASSERT_EQ(times.size(), 2u) << text;
  EXPECT_EQ(times[0], times[1]);
  finish();
}

TEST_F(GdbTest, MonitorCommandsAnswerWithTables) {
  start();
  const std::string text =
      gdb({"break run_passes", "continue", "monitor help", "monitor units", "monitor units spu", "monitor queues",
           "monitor scratchpad", "monitor statistics", "monitor nonsense", "kill"});
  for (const char* expected : {"monitor scratchpad", "unit       state", "dma[0]", "depth", "bank", "instructions",
                               "bus initiator", "there is no monitor command 'nonsense'"}) {
    EXPECT_THAT(text, HasSubstr(expected));
  }
  EXPECT_EQ(finish(), 0) << "killed on purpose";
  EXPECT_THAT(contents(log()), Not(HasSubstr("verified: all")));
}

TEST_F(GdbTest, ControlCStopsARunningGuest) {
  start("scenarios/fashion.yaml --set dataset.images=2000");
  const std::string text =
      gdb({"continue", "info registers pc", "kill"}, "sleep 3; kill -INT $(pgrep -P $gdb gdb-multiarch)");
  EXPECT_THAT(text, HasSubstr("SIGINT")) << text;
  EXPECT_THAT(text, ContainsRegex("pc +0x2000"));
  finish();
}

TEST_F(GdbTest, ControlCStopsAGuestThatSleeps) {
  start((binary / "tests/platform/run/waits_long.elf -p scenarios/platforms/reference.yaml").string());
  const std::string text = gdb({"continue", "info registers pc", "monitor time", "kill"},
                               "sleep 2; kill -INT $(pgrep -P $gdb gdb-multiarch)");
  EXPECT_THAT(text, HasSubstr("SIGINT")) << text;
  EXPECT_THAT(text, ContainsRegex("pc +0x800000")) << text;
  EXPECT_THAT(text, HasSubstr("the core waits for an interrupt (wfi)")) << text;
  finish();
}

TEST_F(GdbTest, AGuestThatLocksUpIsToldAndEnds) {
  start((binary / "tests/platform/run/spins.elf -p scenarios/platforms/reference.yaml").string());
  // No memory is there, and none where mtvec points to.
  const std::string text = gdb({"set $pc = 0x70000000", "continue", "info registers mcause", "continue"});
  EXPECT_THAT(text, HasSubstr("the core is locked up")) << text;
  EXPECT_THAT(text, HasSubstr("SIGSEGV")) << text;
  EXPECT_THAT(text, HasSubstr("exited with code 03")) << text;
  EXPECT_EQ(finish(), 3);
}

TEST_F(GdbTest, AConnectionThatBreaksLetsTheRunGoOn) {
  start();
  gdb({"break run_passes", "continue", "shell sleep 60"}, "sleep 3; pkill -KILL -P $gdb; kill -KILL $gdb");
  EXPECT_EQ(finish(), 0);
  EXPECT_THAT(contents(log()), HasSubstr("goes on to its end"));
}

TEST_F(GdbTest, APortInUseIsRefusedWithTheMend) {
  start();
  const auto port = all_matches(contents(log()), "waiting for gdb on [0-9.]+:([0-9]+)").at(0);
  const auto second = log().parent_path() / "second";
  const int status = std::system(fmt::format("cd {} && {} debug scenarios/fashion.yaml --port {} > {} 2>&1",
                                             source.string(), (binary / "bin/terse").string(), port, second.string())
                                     .c_str());
  EXPECT_EQ(WEXITSTATUS(status), 2);
  EXPECT_THAT(contents(second), HasSubstr("is in use; choose another with --port"));
  gdb({"kill"});
  finish();
}

}  // namespace
}  // namespace terse::testing
