// `include:` of scenarios: a variant is three lines.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "platform/netlist/module_type.hpp"
#include "platform/run/scenario.hpp"
#include "tests/platform/program.hpp"

namespace terse::run {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class Include : public ::testing::Test {
 protected:
  Include() {
    netlist::register_types();
    write("base.yaml", fmt::format("name: base\ndescription: whole\nnetwork: {0}/networks/fashion.onnx\n"
                                   "platform: {{include: {0}/platforms/reference.yaml, spu: {{lanes: 8}}}}\n"
                                   "dataset: {{images: 2}}\nexpect: [{{metric: cycles, at_most: 1000}}]\n",
                                   TERSE_SOURCE_DIR "/scenarios"));
  }

  std::filesystem::path write(const std::string& name, const std::string& text) const {
    return folder_.write(name, text);
  }
  Scenario read(const std::string& text) const { return read_scenario(write("variant.yaml", text), {}); }
  std::string error_of(const std::string& text) const {
    try {
      read(text);
    } catch (const configuration::ConfigurationError& error) {
      return error.what();
    }
    return "no error";
  }

  testing::Workspace folder_;
};

TEST_F(Include, AVariantSaysOnlyWhatIsDifferent) {
  const Scenario variant = read("include: base.yaml\nplatform: {tmac: {output_channels: 16}}\nrun: {timing: cycle}\n");
  EXPECT_EQ(variant.name, "variant");  // its own, not the included one's
  EXPECT_EQ(variant.description, "");
  EXPECT_EQ(variant.platform.value("tmac", "output_channels"), 16u);
  EXPECT_EQ(variant.platform.value("spu", "lanes"), 8u);
  EXPECT_EQ(variant.platform.value("scratchpad", "banks"), 16u);
  EXPECT_EQ(variant.dataset.images, 2u);
  EXPECT_EQ(variant.run.timing, "cycle");
  EXPECT_EQ(variant.expectations.size(), 1u);
}

TEST_F(Include, AnotherPlatformFileReplacesTheWholePlatform) {
  const std::string reference = TERSE_SOURCE_DIR "/scenarios/platforms/reference.yaml";
  EXPECT_EQ(read("include: base.yaml\nplatform: " + reference + "\n").platform.value("spu", "lanes"), 16u);
  EXPECT_EQ(read("include: base.yaml\nplatform: {include: " + reference + ", dma: {channels: 3}}\n")
                .platform.value("spu", "lanes"),
            16u);
}

TEST_F(Include, LaterFilesOfAListGoOverEarlierOnes) {
  write("few.yaml", "dataset: {images: 1}\n");
  write("fast.yaml", "run: {timing: functional}\nplatform: {spu: {lanes: 4}}\n");
  const Scenario variant = read("include: [base.yaml, few.yaml, fast.yaml]\nexpect: []\n");
  EXPECT_EQ(variant.dataset.images, 1u);
  EXPECT_EQ(variant.run.timing, "functional");
  EXPECT_EQ(variant.platform.value("spu", "lanes"), 4u);
  EXPECT_TRUE(variant.expectations.empty());
}

TEST_F(Include, MistakesHaveTheirPlaceInTheFileThatMadeThem) {
  write("wrong.yaml", "include: base.yaml\nrun: {timming: cycle}\n");
  EXPECT_THAT(error_of("include: wrong.yaml\n"),
              AllOf(HasSubstr("wrong.yaml:2:7: unknown key 'timming'"), HasSubstr("did you mean 'timing'?")));
  EXPECT_THAT(error_of("include: bass.yaml\n"), AllOf(HasSubstr("there is no such file"), HasSubstr("base.yaml")));
  EXPECT_THAT(error_of("include: {a: 1}\n"), HasSubstr("'include' must name a scenario file"));
  EXPECT_THAT(error_of("include: variant.yaml\n"), HasSubstr("is a file including itself?"));
}

TEST_F(Include, AllMistakesOfAFileAreSaidInOneGo) {
  const std::string error = error_of(
      "include: base.yaml\nrun: {timing: cycel, quantum_ns: fast}\ndataset: {image: 3}\n"
      "platform: {spu: {lanes: 0, lains: 3}, tmac: {pixels: many}}\nexpect: [{metric: cycles}]\nmaping: {}\n");
  for (const char* part :
       {"did you mean 'cycle'?", "run.quantum_ns is 'fast'", "unknown key 'image'", "platform.spu.lanes = 0",
        "unknown key 'lains'", "platform.tmac.pixels is 'many'", "expect: an entry needs", "unknown key 'maping'"}) {
    EXPECT_THAT(error, HasSubstr(part));
  }
}

TEST_F(Include, AnExpectationMayBeAValueWithATolerance) {
  const Scenario variant =
      read("include: base.yaml\nexpect: [{metric: cycles, value: 200, tolerance: 0.1, reason: as measured}]\n");
  EXPECT_EQ(variant.expectations[0].at_least, 180);
  EXPECT_EQ(variant.expectations[0].at_most, 220);
  EXPECT_THAT(error_of("include: base.yaml\nexpect: [{metric: cycles, tolerance: 0.1}]\n"),
              HasSubstr("'tolerance' is around a 'value'"));
  EXPECT_THAT(error_of("include: base.yaml\nexpect: [{metric: cycles, value: 1, at_most: 2}]\n"),
              HasSubstr("drop 'at_least' and 'at_most'"));
}

}  // namespace
}  // namespace terse::run
