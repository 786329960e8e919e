#include "platform/configuration/assignment.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "platform/configuration/problems.hpp"
#include "platform/configuration/values_by_path.hpp"

namespace terse::configuration {
namespace {

using ::testing::HasSubstr;

Node layers() {
  return parse_yaml("network: {layers: [{name: stem, conv: 16}, {name: head, conv: 8}]}", "n.yaml");
}

std::string error_of(const std::string& setting) {
  Node root = layers();
  try {
    apply_setting(root, setting);
  } catch (const ConfigurationError& error) {
    return error.what();
  }
  return "no error";
}

TEST(Assignment, EntriesOfAListGoByNumberOrName) {
  Node root = layers();
  apply_setting(root, "network.layers.0.conv=32");
  apply_setting(root, "network.layers.head.conv=64");
  EXPECT_EQ(to_text(root), "{network: {layers: [{name: stem, conv: 32}, {name: head, conv: 64}]}}");
}

TEST(Assignment, AnEntryThatIsNotThereIsRefusedWithTheNearest) {
  EXPECT_THAT(error_of("network.layers.2.conv=1"), HasSubstr("has 2 entries, numbered from 0"));
  EXPECT_THAT(error_of("network.layers.haed.conv=1"), HasSubstr("no entry named 'haed'; did you mean 'head'?"));
}

TEST(Problems, AllThatWasKeptIsThrownOnALineEach) {
  Problems problems;
  EXPECT_FALSE(problems.attempt([] { throw ConfigurationError({"a.yaml", 1, 2}, "first"); }));
  EXPECT_TRUE(problems.attempt([] {}));
  problems.add(ConfigurationError({"a.yaml", 3, 4}, "second").about_unknown_key());
  try {
    problems.raise();
    FAIL();
  } catch (const ConfigurationError& error) {
    EXPECT_STREQ(error.what(), "a.yaml:1:2: first\nerror: a.yaml:3:4: second");
    EXPECT_TRUE(error.unknown_key());
  }
}

TEST(ValuesByPath, AreTheLeavesOfAConfiguration) {
  const nlohmann::ordered_json nested = {{"platform", {{"spu", {{"lanes", 16}}}}},
                                         {"layers", {{{"name", "stem"}}}},
                                         {"faults", nlohmann::ordered_json::array()}};
  EXPECT_TRUE(values_by_path(nlohmann::ordered_json::object()).empty());
  EXPECT_EQ(values_by_path(nested).dump(), R"({"platform.spu.lanes":16,"layers.0.name":"stem","faults":null})");
}

}  // namespace
}  // namespace terse::configuration
