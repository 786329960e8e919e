// Every scenario of scenarios/validation, as a user runs it: docs/validation.md shows their figures.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <string>

#include "tests/platform/program.hpp"

namespace terse::testing {
namespace {

/// Recorded on the page as misses. One that comes within its bound is to be taken out here and there.
const std::set<std::string> misses = {"braintta_ratio"};

TEST(ValidationScenarios, HoldTheirBoundsOrAreRecordedAsMisses) {
  unsigned scenarios = 0;
  const std::string page = contents_of(TERSE_SOURCE_DIR "/docs/validation.md");
  for (const auto& entry : std::filesystem::directory_iterator(TERSE_SOURCE_DIR "/scenarios/validation")) {
    ++scenarios;
    const std::string file = entry.path().string();
    const Outcome outcome = run_terse({"run", file, "--format", "json"});
    const bool miss = misses.contains(entry.path().stem().string());
    EXPECT_EQ(outcome.exit_code, miss ? 1 : 0) << file << ": " << outcome.errors;
    const nlohmann::json result = nlohmann::json::parse(outcome.output, nullptr, false);
    ASSERT_FALSE(result.is_discarded()) << file;
    EXPECT_TRUE(result["verified"]) << file;
    ASSERT_FALSE(result["validation"].empty()) << file << " compares nothing";
    for (const auto& figure : result["validation"]) EXPECT_EQ(figure["held"], !miss) << file << ": " << figure.dump();
    EXPECT_THAT(page, ::testing::HasSubstr(entry.path().stem().string())) << "docs/validation.md lacks it";
  }
  EXPECT_GE(scenarios, 8u);
}

}  // namespace
}  // namespace terse::testing
