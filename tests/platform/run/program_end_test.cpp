// How the run of an ELF ends by tohost, what it prints through it, signatures, and settings of such a run.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/platform/program.hpp"

namespace terse::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::string program(const std::string& name) {
  return TERSE_PROGRAMS "/" + name + ".elf";
}

Outcome run(const std::string& name, std::vector<std::string> options = {}) {
  std::vector<std::string> arguments{"run", program(name), "-p", "scenarios/platforms/reference.yaml"};
  arguments.insert(arguments.end(), options.begin(), options.end());
  return run_terse(arguments);
}

TEST(Tohost, OneEndsTheRunWell) {
  const Outcome outcome = run("pass");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output << outcome.errors;
}

TEST(Tohost, AnOddValueIsAFailedTestWithItsNumber) {
  for (const char* name : {"fail", "fail_low_word"}) {
    const Outcome outcome = run(name);
    EXPECT_EQ(outcome.exit_code, 3) << name;
    EXPECT_THAT(outcome.output, HasSubstr("GUEST FAILED: test 7 failed: the guest wrote 15 to tohost")) << name;
  }
}

TEST(Tohost, TheEndDoesNotDependOnTheQuantum) {
  const auto cycles = [](const std::string& name, const std::string& quantum) {
    const Outcome outcome = run(name, {"--format", "json", "--set", "run.quantum_ns=" + quantum});
    return nlohmann::json::parse(outcome.output).at("cycles").get<std::uint64_t>();
  };
  EXPECT_EQ(cycles("pass", "10"), cycles("pass", "1000000"));
  EXPECT_EQ(cycles("console", "10"), cycles("console", "1000000"));
}

TEST(Tohost, ConsoleCommandsAndWritesArePrinted) {
  const Outcome outcome = run("console");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output << outcome.errors;
  EXPECT_EQ(outcome.errors, "guest: ok there\n");
}

TEST(Tohost, ACommandThatDoesNotExistFailsTheRun) {
  const Outcome outcome = run("bad_command");
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_THAT(outcome.output, HasSubstr("device 2 of the host interface has no command 3"));
}

TEST(Signature, HasOneLittleEndianNumberPerLine) {
  const Workspace folder;
  const std::string file = (folder.path() / "s").string();
  EXPECT_EQ(run("signature", {"--signature", file}).exit_code, 0);
  EXPECT_EQ(contents_of(file), "01020304\na0b0c0d0\ndeadbeef\n");
  EXPECT_EQ(run("signature", {"--signature", file, "--signature-granularity", "2"}).exit_code, 0);
  EXPECT_EQ(contents_of(file), "0304\n0102\nc0d0\na0b0\nbeef\ndead\n");
}

TEST(Signature, WhatCannotBeDumpedIsRefusedWithTheMend) {
  const Workspace folder;
  const std::string file = (folder.path() / "s").string();
  Outcome outcome = run("pass", {"--signature", file});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.errors,
              AllOf(HasSubstr("the symbol 'begin_signature', which is missing"), HasSubstr("RVMODEL_DATA_BEGIN")));
  outcome = run("signature", {"--signature", file, "--signature-granularity", "3"});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.errors, HasSubstr("expected 1, 2, 4, 8 or 16"));
  outcome = run("signature", {"--signature", file, "--signature-granularity", "8"});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.errors, HasSubstr("no whole number of 8-byte lines"));
  outcome = run("signature", {"--signature", "/nowhere/s"});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.errors, HasSubstr("/nowhere/s: cannot be written; choose another file"));
}

TEST(FirmwareSettings, RunKeysAreHonouredOrRefused) {
  Outcome outcome = run("spins", {"--time-limit", "0.01"});
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_THAT(outcome.output, HasSubstr("did not end within 0.01 ms"));
  outcome = run("spins", {"--set", "run.time_limit_ms=0.02"});
  EXPECT_THAT(outcome.output, HasSubstr("did not end within 0.02 ms"));
  outcome = run("pass", {"--set", "run.time_limit=1"});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.errors, HasSubstr("did you mean 'time_limit_ms'?"));
  outcome = run("pass", {"--set", "run.superposition=sequential"});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.errors, HasSubstr("this setting is for scenarios"));
  outcome = run_terse({"run", "scenarios/fashion.yaml", "--signature", "s"});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.errors, HasSubstr("--signature is for an ELF"));
}

TEST(FirmwareSettings, ResultJsonOfAnElf) {
  const Workspace folder;
  const std::vector<std::string> options = {"-o", folder.path().string(), "--time-limit", "7"};
  EXPECT_EQ(run("fail", options).exit_code, 3);
  const auto json = nlohmann::json::parse(contents_of(folder.path() / "result.json"));
  EXPECT_EQ(json.at("program"), "fail.elf");
  EXPECT_EQ(json.at("guest_failure").at("code"), 7);
  EXPECT_EQ(json.at("configuration").at("run").at("time_limit_ms"), 7.0);
  EXPECT_GT(json.at("cycles"), 0);
}

}  // namespace
}  // namespace terse::testing
