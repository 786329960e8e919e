// Published figures beside ours: the arithmetic of metric and scale, what holds, and every mistake at its place.
#include "platform/run/validation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace terse::run {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

const nlohmann::ordered_json result = {{"clock_mhz", 800.0},
                                       {"inferences", 16},
                                       {"scenario", "eie"},
                                       {"passes", {{"sparse", {{"cycles", 24240.0}}}}},
                                       {"zero", 0}};

ValidationSettings read(const std::string& entry) {
  return read_validation(configuration::parse_yaml(entry, "s.yaml"));
}

std::string entry(const std::string& metric, const std::string& scale, const std::string& reference,
                  const std::string& bound = "0.12") {
  return "metric: " + metric + "\nscale: " + scale + "\nreference: " + reference + "\nbound: " + bound +
         "\nunit: us\nreason: r\nsource: s\nevidence: silicon\n";
}

std::string error(const std::string& text) {
  try {
    compare(read(text), result);
  } catch (const configuration::ConfigurationError& problem) {
    return problem.what();
  }
  return "no error";
}

TEST(Validation, ScaleBringsTheMetricToThePublishedUnit) {
  // 24,240 cycles at 800 MHz are 30.3 us.
  const ValidationResult outcome = compare(read(entry("passes.sparse.cycles", "1 / clock_mhz", "30.3")), result);
  EXPECT_DOUBLE_EQ(outcome.value, 30.3);
  EXPECT_NEAR(outcome.error, 0, 1e-12);
  EXPECT_TRUE(outcome.held);
  // 24,240 * 16 / 2 = 193,920
  EXPECT_DOUBLE_EQ(compare(read(entry("passes.sparse.cycles", "inferences/2", "1")), result).value, 193920);
}

TEST(Validation, ErrorIsRelativeAndTheBoundCountsEitherWay) {
  // 30.3 against 30: +1 %; against 30.6: -0.98 %.
  EXPECT_TRUE(compare(read(entry("passes.sparse.cycles", "1/clock_mhz", "30", "0.0101")), result).held);
  EXPECT_FALSE(compare(read(entry("passes.sparse.cycles", "1/clock_mhz", "30", "0.0099")), result).held);
  const ValidationResult below = compare(read(entry("passes.sparse.cycles", "1/clock_mhz", "30.6", "0.0097")), result);
  EXPECT_NEAR(below.error, -0.3 / 30.6, 1e-12);
  EXPECT_FALSE(below.held);
}

TEST(Validation, MistakesAreShownAtTheirPlace) {
  EXPECT_EQ(error(entry("passes.sparse.cycels", "1", "1")),
            "s.yaml:1:1: validation: result.json has no number 'passes.sparse.cycels'; see docs/results.md");
  EXPECT_THAT(error(entry("scenario", "1", "1")), StartsWith("s.yaml:1:1: validation: result.json has no number"));
  EXPECT_THAT(error(entry("inferences", "1 / clock", "1")),
              StartsWith("s.yaml:2:8: validation: result.json has no number 'clock'"));
  EXPECT_THAT(error(entry("inferences", "1 / zero", "1")), StartsWith("s.yaml:2:8: validation.scale: it divides by"));
  EXPECT_THAT(error(entry("inferences", "2 *", "1")), StartsWith("s.yaml:2:8: validation.scale: factors are numbers"));
  EXPECT_THAT(error(entry("inferences", "1", "0")), StartsWith("s.yaml:3:12: validation.reference: 0 has no relative"));
  EXPECT_THAT(error(entry("inferences", "1", "1", "-1")), StartsWith("s.yaml:4:8: validation.bound = -1 is out of"));
  EXPECT_THAT(error("metric: inferences\n"), StartsWith("s.yaml:1:1: validation: an entry needs 'reference'"));
  EXPECT_THAT(error("metrik: inferences\n"), HasSubstr("did you mean 'metric'?"));
}

}  // namespace
}  // namespace terse::run
