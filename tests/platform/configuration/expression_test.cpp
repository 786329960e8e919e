#include "platform/configuration/expression.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace terse::configuration {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Json = nlohmann::ordered_json;

const Place here{"sweep.yaml", 3, 7};

Json lookup(const std::string& name, const Place& place) {
  if (name == "platform.spu.lanes") return 16;
  if (name == "platform.scratchpad.banks") return 8;
  if (name == "network.layers.0.density") return 0.25;
  if (name == "run.superposition") return "fused";
  if (name == "run.semihosting") return false;
  throw ConfigurationError(place, "no " + name);
}

Json value(const std::string& text) {
  return Expression(text, here).value(lookup);
}

std::string error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const ConfigurationError& error) {
    return error.what();
  }
  return "no error";
}

TEST(Expression, ArithmeticAndFunctions) {
  EXPECT_EQ(value("platform.spu.lanes * 2 + 1"), 33);
  EXPECT_EQ(value("platform.spu.lanes/3"), 16.0 / 3);
  EXPECT_EQ(value("network.layers.0.density * 8"), 2);
  EXPECT_EQ(value("2^10"), 1024);
  EXPECT_EQ(value("min(platform.spu.lanes, 4, 9)"), 4);
  EXPECT_EQ(value("max(1, platform.scratchpad.banks)"), 8);
  EXPECT_EQ(value("floor(7/2)"), 3);
  EXPECT_EQ(value("ceil(7 / 2)"), 4);
  EXPECT_EQ(value("round(2.4)"), 2);
  EXPECT_EQ(value("mod(19, platform.spu.lanes)"), 3);
  EXPECT_EQ(value("mod(-1, 4)"), 3);
  EXPECT_EQ(value("log2(platform.spu.lanes)"), 4);
  EXPECT_EQ(value("platform.spu.lanes > 8 ? 100 : 200"), 100);
  EXPECT_EQ(value("2.5e3"), 2500);
}

TEST(Expression, IntegersStayIntegers) {
  EXPECT_TRUE(value("platform.spu.lanes / 4").is_number_integer());
  EXPECT_TRUE(value("platform.spu.lanes / 3").is_number_float());
}

TEST(Expression, ComparisonOfNumbersAndTexts) {
  const auto holds = [](const std::string& text) { return Expression(text, here).holds(lookup); };
  EXPECT_FALSE(holds("platform.scratchpad.banks >= platform.spu.lanes"));
  EXPECT_TRUE(holds("platform.scratchpad.banks <= platform.spu.lanes"));
  EXPECT_TRUE(holds("run.superposition == \"fused\""));
  EXPECT_FALSE(holds("run.superposition != \"fused\" || platform.spu.lanes < 4"));
  EXPECT_TRUE(holds("run.superposition == \"fused\" && platform.spu.lanes == 16"));
  EXPECT_TRUE(holds("run.semihosting == false"));
}

TEST(Expression, NamesAreParametersNotFunctionsOrTexts) {
  const Expression expression("min(platform.spu.lanes, 2) > 1 && run.superposition == \"a.b\" && true", here);
  EXPECT_THAT(expression.names(), ElementsAre("platform.spu.lanes", "run.superposition"));
}

TEST(Expression, IsEvaluatedAnewWithOtherValuesAndTypes) {
  Expression expression("x == y", here);
  Json x = 1, y = 1;
  const auto of = [&](const std::string& name, const Place&) { return name == "x" ? x : y; };
  EXPECT_TRUE(expression.holds(of));
  y = 2;
  EXPECT_FALSE(expression.holds(of));
  x = "a";
  y = "a";
  EXPECT_TRUE(expression.holds(of));
}

TEST(Expression, ErrorsSayWhereAndWhat) {
  EXPECT_THAT(error_of([] { Expression("1 +", here); }), HasSubstr("sweep.yaml:3:7: '1 +': Unexpected end"));
  EXPECT_THAT(error_of([] { Expression("a = 3", here); }), HasSubstr("write '=='"));
  EXPECT_THAT(error_of([] { (void)value("interpolate(3)"); }), HasSubstr("no function 'interpolate'; known: abs"));
  EXPECT_THAT(error_of([] { (void)value("cell(3)"); }), HasSubstr("did you mean 'ceil'?"));
  EXPECT_THAT(error_of([] { (void)value("platform.spu.lanes + platform.cpu"); }), HasSubstr("no platform.cpu"));
  EXPECT_THAT(error_of([] { (void)value("1/0"); }), HasSubstr("not finite"));
  EXPECT_THAT(error_of([] { (void)value("run.superposition * 2"); }), HasSubstr("'run.superposition * 2'"));
  EXPECT_THAT(error_of([] { (void)Expression("platform.spu.lanes * 2", here).holds(lookup); }),
              HasSubstr("is 32; a constraint must be true or false"));
}

}  // namespace
}  // namespace terse::configuration
