#include "platform/sweep/expansion.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <set>

namespace terse::sweep {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Json = nlohmann::ordered_json;

const Json base = {{"platform", {{"scratchpad", {{"banks", 16}}}, {"spu", {{"lanes", 16}}}, {"tmac", {{"lanes", 3}}}}},
                   {"run", {{"superposition", "concurrent"}}}};

std::vector<std::string> points(const std::string& yaml) {
  Description description = read_description(configuration::parse_yaml(yaml, "s.yaml"));
  std::vector<std::string> texts;
  for (const Point& point : expand(description, base)) texts.push_back(point.parameters().dump());
  return texts;
}

std::string error_of(const std::string& yaml) {
  try {
    points(yaml);
  } catch (const configuration::ConfigurationError& error) {
    return error.what();
  }
  return "no error";
}

TEST(Expansion, AGridHasAllCombinations) {
  EXPECT_THAT(points("grid: {a.x: [1, 2], a.y: [p, q]}"),
              ElementsAre(R"({"a.x":1,"a.y":"p"})", R"({"a.x":1,"a.y":"q"})", R"({"a.x":2,"a.y":"p"})",
                          R"({"a.x":2,"a.y":"q"})"));
}

TEST(Expansion, RangesHaveStepsOrFactors) {
  EXPECT_THAT(points("grid: {a.x: {from: 4, to: 32, factor: 2}}"),
              ElementsAre(R"({"a.x":4})", R"({"a.x":8})", R"({"a.x":16})", R"({"a.x":32})"));
  EXPECT_THAT(points("grid: {a.x: {from: 0.1, to: 0.3, step: 0.1}}"),
              ElementsAre(R"({"a.x":0.1})", R"({"a.x":0.2})", R"({"a.x":0.3})"));
  EXPECT_THAT(points("grid: {a.x: {from: 3, to: 1, step: -1}}"),
              ElementsAre(R"({"a.x":3})", R"({"a.x":2})", R"({"a.x":1})"));
}

TEST(Expansion, AZipGoesInStep) {
  EXPECT_THAT(points("zip: {a.x: [1, 2], a.y: [3, 4]}"), ElementsAre(R"({"a.x":1,"a.y":3})", R"({"a.x":2,"a.y":4})"));
  EXPECT_EQ(points("zip: [{a.x: [1, 2], a.y: [3, 4]}, {b.x: [5, 6], b.y: [7, 8]}]").size(), 4u);
}

TEST(Expansion, AListHasItsPoints) {
  EXPECT_THAT(points("list: [{a.x: 1, a.y: 2}, {a.x: 64 KiB}]"),
              ElementsAre(R"({"a.x":1,"a.y":2})", R"({"a.x":65536})"));
}

TEST(Expansion, AxesOfAllKindsAreCombined) {
  EXPECT_EQ(points("{grid: {a.x: [1, 2]}, zip: {b.x: [1, 2], b.y: [1, 2]}, list: [{c.x: 1}, {c.x: 2}, {c.x: 3}],"
                   " random: {points: 5, d.x: [1, 2]}}")
                .size(),
            2u * 2 * 3 * 5);
}

TEST(Expansion, RandomDrawsFollowTheSeed) {
  const std::string yaml =
      "random: {points: 200, seed: 7, a.x: {from: 1, to: 4}, a.y: {from: 0.001, to: 1, scale: log}}";
  const auto first = points(yaml);
  EXPECT_EQ(first, points(yaml));
  EXPECT_NE(first,
            points("random: {points: 200, seed: 8, a.x: {from: 1, to: 4}, a.y: {from: 0.001, to: 1, scale: log}}"));
  std::set<int> values;
  int below = 0;
  for (const auto& text : first) {
    const Json point = Json::parse(text);
    values.insert(point["a.x"].get<int>());
    const double y = point["a.y"];
    EXPECT_GE(y, 0.001);
    EXPECT_LT(y, 1);
    below += y < 0.0316 ? 1 : 0;  // the middle of the logarithms
  }
  EXPECT_EQ(values, (std::set<int>{1, 2, 3, 4}));
  EXPECT_GT(below, 70);  // 100 expected; three standard deviations are 21
  EXPECT_LT(below, 130);
}

TEST(Expansion, ARandomSequenceIsDrawnFrom) {
  for (const auto& text : points("random: {points: 50, a.x: {from: 4, to: 64, factor: 4}}")) {
    EXPECT_THAT(Json::parse(text)["a.x"].get<int>(), ::testing::AnyOf(4, 16, 64));
  }
}

TEST(Expansion, ConstraintsKeepPointsAndMayNameWhatIsNotSwept) {
  EXPECT_THAT(
      points(
          "{grid: {platform.spu.lanes: [8, 16, 32]}, constraints: [platform.scratchpad.banks >= platform.spu.lanes]}"),
      ElementsAre(R"({"platform.spu.lanes":8})", R"({"platform.spu.lanes":16})"));
}

TEST(Expansion, ASweptParameterGoesByTheEndOfItsPath) {
  EXPECT_EQ(
      points("{grid: {platform.spu.lanes: [8, 32], platform.scratchpad.banks: [8, 16]}, constraints: [banks >= lanes]}")
          .size(),
      2u);
  EXPECT_THAT(error_of("{grid: {platform.spu.lanes: [8], platform.tmac.lanes: [8]}, constraints: [lanes > 1]}"),
              HasSubstr("'lanes' may be platform.spu.lanes or platform.tmac.lanes; write the whole path"));
}

TEST(Expansion, DerivedParametersFollowTheOthers) {
  EXPECT_THAT(
      points("{grid: {platform.spu.lanes: [8, 16]}, derived: {platform.spu.fifo_depth: platform.spu.lanes / 2,"
             " platform.merge.output_channels: fifo_depth + 1}}"),
      ElementsAre(R"({"platform.spu.lanes":8,"platform.spu.fifo_depth":4,"platform.merge.output_channels":5})",
                  R"({"platform.spu.lanes":16,"platform.spu.fifo_depth":8,"platform.merge.output_channels":9})"));
}

TEST(Expansion, MistakesAreRefusedWithTheirPlace) {
  EXPECT_THAT(error_of("gird: {a.x: [1]}"),
              HasSubstr("s.yaml:1:1: unknown key 'gird' in 'sweep'; did you mean 'grid'?"));
  EXPECT_THAT(error_of("grid: {a.x: []}"), HasSubstr("a.x is empty; expected are values"));
  EXPECT_THAT(error_of("grid: {a.x: 3}"), HasSubstr("a.x is a single value; expected are values"));
  EXPECT_THAT(error_of("grid: {a.x: {from: 1, to: 4}}"), HasSubstr("a range needs a 'step' or a 'factor'"));
  EXPECT_THAT(error_of("grid: {a.x: {from: 4, to: 1, step: 1}}"), HasSubstr("'to' is not reached"));
  EXPECT_THAT(error_of("grid: {a.x: {from: 0, to: 8, factor: 2}}"), HasSubstr("'to' is not reached"));
  EXPECT_THAT(error_of("zip: {a.x: [1, 2], a.y: [1]}"), HasSubstr("'a.y' has 1 values, 'a.x' has 2"));
  EXPECT_THAT(error_of("random: {a.x: [1]}"), HasSubstr("'points' says how many to draw"));
  EXPECT_THAT(error_of("{grid: {a.x: [1]}, list: [{a.x: 2}]}"), HasSubstr("'a.x' is in 'grid' and in 'list'"));
  EXPECT_THAT(error_of("{}"), HasSubstr("nothing is swept"));
  EXPECT_THAT(error_of("{grid: {a.x: [1]}, constraints: [a.x > 1]}"), HasSubstr("no point of the sweep keeps"));
  EXPECT_THAT(error_of("{grid: {a.x: [1]}, constraints: [platform.spu.lane > 1]}"),
              HasSubstr("there is no parameter 'platform.spu.lane'; did you mean 'platform.spu.lanes'?"));
  EXPECT_THAT(error_of("grid: {a.x: {from: 1, to: 2000, step: 1}, a.y: {from: 1, to: 2000, step: 1}}"),
              HasSubstr("4000000 combinations"));
}

TEST(Expansion, SeveralMistakesAreSaidInOneGo) {
  EXPECT_THAT(error_of("{grid: {a.x: 3, a.y: []}, constraints: ['1 +']}"),
              AllOf(HasSubstr("a.x is a single value"), HasSubstr("a.y is empty"), HasSubstr("'1 +'")));
}

}  // namespace
}  // namespace terse::sweep
