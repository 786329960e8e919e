// `terse run --report` and `terse report`, as users call them. What the page shows is tested in a browser.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/platform/program.hpp"

namespace terse::testing {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

json data_in(const std::string& html) {
  const std::string opening = "<script id=\"report-data\" type=\"application/json\">";
  const std::size_t begin = html.find(opening) + opening.size();
  return json::parse(html.substr(begin, html.find("</script>", begin) - begin));
}

const std::vector<std::string> short_run = {"run",   "scenarios/fashion.yaml", "--set", "dataset.images=1",
                                            "--set", "run.baselines=none"};

Outcome run(std::vector<std::string> options) {
  options.insert(options.begin(), short_run.begin(), short_run.end());
  return run_terse(options);
}

TEST(Report, OfARunHoldsItsResultTimelineAndCommand) {
  const Workspace workspace;
  const std::string file = (workspace.path() / "run.html").string();
  const Outcome outcome = run({"--report", file, "-o", workspace.path().string()});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_THAT(outcome.output, HasSubstr("report       " + file));
  const json data = data_in(contents_of(file));
  EXPECT_EQ(data.at("kind"), "run");
  EXPECT_TRUE(data.at("result").contains("timeline"));
  EXPECT_THAT(data.at("result").at("host").at("command").get<std::string>(),
              StartsWith("./terse run scenarios/fashion.yaml --set dataset.images=1"));
  // result.json has what the page shows, but for the timeline, which was asked for in the report only.
  json stored = json::parse(contents_of(workspace.path() / "result.json"));
  json shown = data.at("result");
  shown.erase("timeline");
  EXPECT_EQ(stored, shown);
}

TEST(Report, IsMadeOfAResultLater) {
  const Workspace workspace;
  const std::string folder = workspace.path().string(), file = (workspace.path() / "later.html").string();
  ASSERT_EQ(run({"--timeline", "-o", folder}).exit_code, 0);
  for (const std::string& input : {folder, folder + "/result.json"}) {
    const Outcome outcome = run_terse({"report", input, "-o", file});
    ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
    EXPECT_EQ(data_in(contents_of(file)).at("result"), json::parse(contents_of(workspace.path() / "result.json")));
  }
}

TEST(Report, ComparesTwoResults) {
  const Workspace before, after;
  ASSERT_EQ(run({"-o", before.path().string()}).exit_code, 0);
  ASSERT_EQ(run({"-o", after.path().string(), "--set", "platform.spu.lanes=4"}).exit_code, 0);
  const std::string file = (after.path() / "difference.html").string();
  const Outcome outcome = run_terse({"report", "--compare", before.path().string(), after.path().string(), "-o", file});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
  const json data = data_in(contents_of(file));
  EXPECT_EQ(data.at("kind"), "comparison");
  EXPECT_EQ(data.at("a").at("configuration").at("platform").at("spu").at("lanes"), 16);
  EXPECT_EQ(data.at("b").at("configuration").at("platform").at("spu").at("lanes"), 4);
}

TEST(Report, PeaksAreThoseOfTheParameters) {
  const Simulation simulation =
      simulate({"platform.tmac.pixels=2", "platform.scratchpad.banks=8", "run.baselines=none"}, 1);
  // 32 x 32 MACs for each of 2 pixels; 8 banks of 8 bytes
  const json expected = {{"dense", 2048.0}, {"sparse", 16.0},     {"merge", 16.0},
                         {"dma", 8.0},      {"scratchpad", 64.0}, {"memories", {{"l2", 8.0}, {"dram", 8.0}}}};
  EXPECT_EQ(simulation.result.at("peaks_per_cycle"), expected);
}

struct Mistake {
  const char* name;
  std::vector<std::string> arguments;
  const char* message;
};

class ReportMistakes : public ::testing::TestWithParam<Mistake> {};

TEST_P(ReportMistakes, AreExplained) {
  const Workspace workspace;
  const std::string text = workspace.write("text.json", "not json").string();
  const std::string other = workspace.write("other.json", R"({"schema": "other/1.0"})").string();
  const std::string elf = workspace.write("elf.json", R"({"schema": "terse.result/1.0", "program": "a.elf"})").string();
  std::vector<std::string> arguments = GetParam().arguments;
  for (std::string& argument : arguments) {
    if (argument == "TEXT") argument = text;
    if (argument == "OTHER") argument = other;
    if (argument == "ELF") argument = elf;
  }
  const Outcome outcome = run_terse(arguments);
  EXPECT_EQ(outcome.exit_code, 2) << outcome.output;
  EXPECT_THAT(outcome.errors, AllOf(StartsWith("error: "), HasSubstr(GetParam().message)));
}

INSTANTIATE_TEST_SUITE_P(
    All, ReportMistakes,
    ::testing::Values(Mistake{"NoFile", {"report", "nowhere.json", "-o", "x.html"}, "nowhere.json cannot be read"},
                      Mistake{"NotJson", {"report", "TEXT", "-o", "x.html"}, "is not JSON"},
                      Mistake{"OtherJson", {"report", "OTHER", "-o", "x.html"}, "terse.result"},
                      Mistake{"ElfAlone", {"report", "ELF", "-o", "x.html"}, "needs the run of a scenario"},
                      Mistake{"NoOutput", {"report", "OTHER"}, "--output"},
                      Mistake{"CompareOne", {"report", "--compare", "OTHER", "-o", "x.html"}, "takes two results"},
                      Mistake{"TwoWithoutCompare", {"report", "OTHER", "ELF", "-o", "x.html"}, "--compare"},
                      Mistake{
                          "NoFolder",
                          {"run", "scenarios/fashion.yaml", "--set", "dataset.images=1", "--report", "/nowhere/x.html"},
                          "/nowhere/x.html cannot be written"}),
    [](const auto& mistake) { return std::string(mistake.param.name); });

}  // namespace
}  // namespace terse::testing
