#include "platform/configuration/section.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace terse::configuration {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

/// One parameter of each type, as a module would declare them.
struct Settings {
  bool enabled = false;
  std::uint32_t banks = 16;
  std::uint64_t size = 1024;
  double clock_mhz = 500;
  std::string kind = "sram";

  ParameterList parameters() {
    return {{{.name = "enabled", .sentence = "Whether it is there."}, &enabled},
            {{.name = "banks",
              .unit = "banks",
              .minimum = 1,
              .maximum = 256,
              .power_of_two = true,
              .sentence = "Number of banks."},
             &banks},
            {{.name = "size", .unit = "bytes", .minimum = 0, .maximum = 1e12, .sentence = "Capacity."}, &size},
            {{.name = "clock_mhz", .unit = "MHz", .minimum = 0.5, .maximum = 1000, .sentence = "Clock."}, &clock_mhz},
            {{.name = "kind", .choices = {"sram", "dram"}, .sentence = "Technology."}, &kind}};
  }
};

Settings read(const std::string& yaml) {
  Settings settings;
  const Node node = parse_yaml(yaml, "p.yaml");
  Section section(node, "platform.l2");
  section.read(settings.parameters());
  section.finish();
  return settings;
}

std::string error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const ConfigurationError& error) {
    return error.what();
  }
  return "no error";
}

std::string read_error(const std::string& yaml) {
  return error_of([&] { read(yaml); });
}

TEST(Section, ReadsEveryTypeAndKeepsDefaults) {
  const Settings all = read("{enabled: true, banks: 32, size: 5000000000, clock_mhz: 62.5, kind: dram}");
  EXPECT_TRUE(all.enabled);
  EXPECT_EQ(all.banks, 32u);
  EXPECT_EQ(all.size, 5'000'000'000u);
  EXPECT_DOUBLE_EQ(all.clock_mhz, 62.5);
  EXPECT_EQ(all.kind, "dram");
  const Settings defaults = read("");
  EXPECT_FALSE(defaults.enabled);
  EXPECT_EQ(defaults.banks, 16u);
  EXPECT_EQ(defaults.kind, "sram");
}

TEST(Section, SizesAndAddressesInTheirNotations) {
  EXPECT_EQ(read("size: 64 KiB").size, 65536u);
  EXPECT_EQ(read("size: 64KiB").size, 65536u);
  EXPECT_EQ(read("size: 3 MiB").size, 3u << 20);
  EXPECT_EQ(read("size: 2 GiB").size, std::uint64_t{2} << 30);
  EXPECT_EQ(read("size: 0.5 KiB").size, 512u);
  EXPECT_EQ(read("size: 0x80000000").size, 0x80000000u);
  EXPECT_EQ(read("size: 0XfF").size, 255u);
  EXPECT_EQ(read("size: 0x10 KiB").size, 16384u);
  EXPECT_EQ(read("size: 1_000_000").size, 1'000'000u);
  EXPECT_EQ(read("size: 1e3").size, 1000u);
}

TEST(Section, WrongTypeSaysWhatIsExpected) {
  EXPECT_EQ(read_error("\nbanks: many"),
            "p.yaml:2:8: platform.l2.banks is 'many'; expected whole number (1 to 256, power of two banks): Number of "
            "banks.");
  EXPECT_THAT(read_error("banks: 1.5"), HasSubstr("platform.l2.banks is '1.5'; expected whole number"));
  EXPECT_THAT(read_error("banks: [1, 2]"), HasSubstr("platform.l2.banks is a list; expected whole number"));
  EXPECT_THAT(read_error("banks: {a: 1}"), HasSubstr("platform.l2.banks is a map of keys; expected"));
  EXPECT_THAT(read_error("banks:"), HasSubstr("platform.l2.banks is nothing; expected"));
  EXPECT_THAT(read_error("enabled: yes"), HasSubstr("platform.l2.enabled is 'yes'; expected boolean (true | false)"));
  EXPECT_THAT(read_error("clock_mhz: fast"),
              HasSubstr("platform.l2.clock_mhz is 'fast'; expected number (0.5 to 1000 MHz)"));
  for (const char* size : {"64 kB", "64 KiBs", "0x", "0xfg", "KiB", "12 34", "nan", "inf", "''"}) {
    EXPECT_THAT(read_error(std::string("size: ") + size), HasSubstr("platform.l2.size is '")) << size;
  }
}

TEST(Section, RangeIncludesBothEnds) {
  EXPECT_EQ(read("banks: 1").banks, 1u);
  EXPECT_EQ(read("banks: 256").banks, 256u);
  EXPECT_THAT(read_error("banks: 0"),
              HasSubstr("platform.l2.banks = 0 is out of range; expected whole number (1 to 256"));
  EXPECT_THAT(read_error("banks: 512"), HasSubstr("platform.l2.banks = 512 is out of range"));
  EXPECT_THAT(read_error("banks: -1"), HasSubstr("platform.l2.banks = -1 is out of range"));
  EXPECT_THAT(read_error("banks: 4294967312"), HasSubstr("is out of range"));  // must not wrap to 16
  EXPECT_THAT(read_error("clock_mhz: 0.25"), HasSubstr("platform.l2.clock_mhz = 0.25 is out of range"));
}

TEST(Section, PowerOfTwo) {
  EXPECT_THAT(read_error("banks: 24"), HasSubstr("platform.l2.banks = 24 is no power of two; expected"));
}

TEST(Section, ChoicesWithTheNearest) {
  EXPECT_EQ(read_error("kind: dramm"),
            "p.yaml:1:7: platform.l2.kind is 'dramm', did you mean 'dram'?; expected text (sram | dram): Technology.");
  EXPECT_THAT(read_error("kind: magnetic"), HasSubstr("platform.l2.kind is 'magnetic'; expected text (sram | dram)"));
}

TEST(Section, UnknownKeyPointsAtTheKeyAndNamesTheNearest) {
  EXPECT_EQ(read_error("banks: 16\nbansk: 8\n"),
            "p.yaml:2:1: unknown key 'bansk' in 'platform.l2'; did you mean 'banks'?");
  EXPECT_EQ(read_error("temperature: 5"),
            "p.yaml:1:1: unknown key 'temperature' in 'platform.l2'; known: enabled, banks, size, clock_mhz, kind");
}

TEST(Section, KeyThatNobodyReadIsAnErrorOnlyUntilDeclared) {
  const Node node = parse_yaml("one: 1\ntwo: {x: 1}\nthree: 3\n", "p.yaml");
  Section section(node, "");
  EXPECT_THAT(error_of([&] { section.finish(); }), HasSubstr("unknown key 'one' here"));
  ASSERT_NE(section.node("one"), nullptr);
  EXPECT_THAT(error_of([&] { section.finish(); }), HasSubstr("unknown key 'two'"));
  Section two = section.section("two");
  section.declare("three");
  EXPECT_EQ(error_of([&] { section.finish(); }), "no error");
  EXPECT_THAT(error_of([&] { two.finish(); }), HasSubstr("p.yaml:2:7: unknown key 'x' in 'two'"));
}

TEST(Section, AskingWhetherAKeyIsThereDoesNotReadIt) {
  const Node node = parse_yaml("one: 1\n", "p.yaml");
  Section section(node, "");
  EXPECT_TRUE(section.has("one"));
  EXPECT_FALSE(section.has("two"));
  EXPECT_THAT(error_of([&] { section.finish(); }), HasSubstr("unknown key 'one'"));
}

TEST(Section, AbsentSubsectionIsEmptyAndPathsNest) {
  const Node node = parse_yaml("inner:\n  deep: {x: 1}\n", "p.yaml");
  Section root(node, "");
  EXPECT_EQ(root.section("absent").raw().map.size(), 0u);
  Section inner = root.section("inner");
  EXPECT_EQ(inner.section("deep").name(), "inner.deep");
}

TEST(Section, NeedsAMap) {
  const Node list = parse_yaml("[1, 2]", "p.yaml");
  EXPECT_EQ(error_of([&] { Section section(list, "run"); }), "p.yaml:1:1: 'run' is a list; a map of keys is expected");
}

TEST(Section, RuleAcrossParametersPointsAtTheKey) {
  const Node node = parse_yaml("n: 3\nm: 2\n", "p.yaml");
  const Section section(node, "decomposition");
  EXPECT_EQ(error_of([&] { section.require({}); }), "no error");
  EXPECT_EQ(error_of([&] {
              section.require({{"m", "must not be below n"}});
            }),
            "p.yaml:2:4: decomposition.m: must not be below n");
  EXPECT_THAT(error_of([&] {
                section.require({{"absent", "is needed"}});
              }),
              StartsWith("p.yaml:1:1: decomposition.absent: is needed"));
}

TEST(Parameters, TextsForPeopleAndValuesForJson) {
  Settings settings;
  const ParameterList list = settings.parameters();
  EXPECT_EQ(type_text(list[0]), "boolean");
  EXPECT_EQ(type_text(list[1]), "whole number");
  EXPECT_EQ(type_text(list[2]), "whole number");
  EXPECT_EQ(type_text(list[3]), "number");
  EXPECT_EQ(type_text(list[4]), "text");
  EXPECT_EQ(range_text(list[0]), "true | false");
  EXPECT_EQ(range_text(list[1]), "1 to 256, power of two");
  EXPECT_EQ(range_text(list[4]), "sram | dram");
  EXPECT_EQ(value_text(list[1]), "16");
  EXPECT_EQ(values_of(list).dump(), R"({"enabled":false,"banks":16,"size":1024,"clock_mhz":500.0,"kind":"sram"})");
}

TEST(PlainValue, IsANumberATruthValueOrText) {
  const auto plain = [](const std::string& yaml) { return plain_value(parse_yaml(yaml, "p.yaml")).dump(); };
  EXPECT_EQ(plain("64 KiB"), "65536");
  EXPECT_EQ(plain("0x10"), "16");
  EXPECT_EQ(plain("0.5"), "0.5");
  EXPECT_EQ(plain("true"), "true");
  EXPECT_EQ(plain("fused"), "\"fused\"");
  EXPECT_EQ(plain("[1, {a: b}]"), "\"[1, {a: b}]\"");
}

}  // namespace
}  // namespace terse::configuration
