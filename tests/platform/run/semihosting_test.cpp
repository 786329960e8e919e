// Semihosting: what the C library does with it, what a guest can do wrong, and that other ebreaks are left alone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>

#include "tests/platform/program.hpp"

namespace terse::testing {
namespace {

using ::testing::HasSubstr;

Outcome run(const std::string& name, std::vector<std::string> options) {
  std::vector<std::string> arguments{"run", TERSE_PROGRAMS "/" + name + ".elf", "-p",
                                     "scenarios/platforms/reference.yaml"};
  arguments.insert(arguments.end(), options.begin(), options.end());
  return run_terse(arguments);
}

std::vector<std::string> with_files(const Workspace& folder) {
  return {"--set", "run.semihosting=true", "--set", "run.semihosting_directory=" + folder.path().string()};
}

TEST(Semihosting, ConsoleFilesTimeAndExitCodeOfACProgram) {
  const Workspace folder;
  const auto unwanted = folder.write("unwanted.txt", "x");
  const Workspace input;
  ASSERT_NE(std::freopen(input.write("input", "x").c_str(), "r", stdin), nullptr);
  const Outcome outcome = run("semihosting_files", with_files(folder));
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_THAT(outcome.output, HasSubstr("the guest ended with exit code 5 (semihosting)")) << outcome.errors;
  EXPECT_EQ(outcome.errors, "guest: hello from C\n");
  const std::string kept = contents_of(folder.path() / "kept.txt");
  EXPECT_EQ(kept.size(), 3890u);
  EXPECT_TRUE(kept.ends_with("998\n999\n"));
  EXPECT_FALSE(std::filesystem::exists(unwanted));
}

TEST(Semihosting, MistakesGiveErrnoAndLeaveTheHostAlone) {
  const Workspace outside;
  const auto secret = outside.write("secret", "secret");
  const Workspace folder;
  std::filesystem::create_symlink(secret, folder.path() / "link");
  std::filesystem::create_directory_symlink(outside.path(), folder.path() / "link_folder");
  std::filesystem::create_symlink(outside.path() / "made", folder.path() / "dangling");
  std::filesystem::create_directory(folder.path() / "folder");
  std::filesystem::create_directory(folder.path() / "a");
  const Outcome outcome = run("semihosting_mistakes", with_files(folder));
  EXPECT_EQ(outcome.exit_code, 0) << "the code is the number of the failed row: " << outcome.output;
  EXPECT_EQ(contents_of(secret), "secret");
  EXPECT_FALSE(std::filesystem::exists(outside.path() / "made"));
  EXPECT_FALSE(std::filesystem::exists(outside.path() / "inside"));
  EXPECT_FALSE(std::filesystem::exists(folder.path().parent_path() / "outside"));
}

TEST(Semihosting, WithoutAFolderThereAreNoFiles) {
  const Workspace folder;
  const Outcome outcome = run("semihosting_files", {"--set", "run.semihosting=true"});
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_THAT(outcome.errors, HasSubstr("file != NULL"));
}

TEST(Semihosting, OtherEbreaksTrap) {
  EXPECT_EQ(run("ebreak", {"--set", "run.semihosting=true"}).exit_code, 0);
  EXPECT_EQ(run("ebreak", {}).exit_code, 0);
}

TEST(Semihosting, IsOffUnlessAskedFor) {
  // The ebreak traps to address 0, where there is nothing.
  EXPECT_THAT(run("semihosting_mistakes", {"--time-limit", "1"}).output, HasSubstr("GUEST FAILED: "));
}

TEST(Semihosting, AFolderThatDoesNotExistIsRefused) {
  const Outcome outcome = run("pass", {"--set", "run.semihosting_directory=/nowhere"});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.errors, HasSubstr("there is no folder '/nowhere'; create it"));
}

}  // namespace
}  // namespace terse::testing
