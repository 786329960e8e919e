#include "platform/sweep/influence.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace terse::sweep {
namespace {

/// "parameter=influence ..." of a sweep whose result for each point is `result`.
std::string judged(const std::string& yaml,
                   const std::function<std::optional<std::string>(const nlohmann::ordered_json&)>& result) {
  Description description = read_description(configuration::parse_yaml(yaml, "s.yaml"));
  const auto points = expand(description, nlohmann::ordered_json::object());
  std::vector<std::optional<std::string>> outcomes;
  for (const Point& point : points) outcomes.push_back(result(point.parameters()));
  std::string text;
  for (const auto& [parameter, influence] : influences(description, points, outcomes))
    text += parameter + "=" + to_text(influence) + " ";
  return text;
}

TEST(Influence, OfAGridIsSeenWhereOneParameterChangesAlone) {
  EXPECT_EQ(judged("grid: {a.x: [1, 2], a.y: [1, 2, 3]}", [](const auto& p) { return p["a.x"].dump(); }),
            "a.x=yes a.y=no ");
}

TEST(Influence, InOneCornerIsInfluence) {
  EXPECT_EQ(judged("grid: {a.x: [1, 2], a.y: [1, 2]}",
                   [](const auto& p) { return p["a.x"] == 2 && p["a.y"] == 2 ? "slow" : "fast"; }),
            "a.x=yes a.y=yes ");
}

TEST(Influence, OfParametersThatGoTogetherIsUnknownUnlessThereIsNone) {
  EXPECT_EQ(judged("zip: {a.x: [1, 2], a.y: [3, 4]}", [](const auto& p) { return p["a.x"].dump(); }),
            "a.x=unknown a.y=unknown ");
  EXPECT_EQ(judged("zip: {a.x: [1, 2], a.y: [3, 4]}", [](const auto&) { return "same"; }), "a.x=no a.y=no ");
}

TEST(Influence, OfAListIsSeenInRowsThatDifferInOneParameter) {
  EXPECT_EQ(judged("list: [{a.x: 1, a.y: 1}, {a.x: 2, a.y: 1}, {a.x: 2, a.y: 2}]",
                   [](const auto& p) { return p["a.x"].dump(); }),
            "a.x=yes a.y=no ");
}

TEST(Influence, FailedPointsSayNothing) {
  EXPECT_EQ(judged("grid: {a.x: [1, 2]}",
                   [](const auto& p) { return p["a.x"] == 1 ? std::optional<std::string>("one") : std::nullopt; }),
            "a.x=unknown ");
}

TEST(Influence, OfADerivedParameterIsUnknown) {
  EXPECT_EQ(judged("{grid: {a.x: [1, 2]}, derived: {a.y: a.x * 2}}", [](const auto& p) { return p["a.x"].dump(); }),
            "a.x=yes a.y=unknown ");
}

}  // namespace
}  // namespace terse::sweep
