// The command line: help, exit codes, and the commands that do not simulate.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/platform/program.hpp"

namespace terse::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

/// Bad input: exit code 2, one line on standard error, nothing on standard output.
std::string refusal(const std::vector<std::string>& arguments) {
  const Outcome outcome = run_terse(arguments);
  EXPECT_EQ(outcome.exit_code, 2) << outcome.output;
  EXPECT_THAT(outcome.output, IsEmpty());
  EXPECT_THAT(outcome.errors, StartsWith("error: "));
  EXPECT_EQ(outcome.errors.find('\n'), outcome.errors.size() - 1) << outcome.errors;
  return outcome.errors;
}

std::vector<std::filesystem::path> yaml_files(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".yaml") files.push_back(entry.path());
  }
  EXPECT_FALSE(files.empty()) << folder;
  return files;
}

const std::filesystem::path scenarios = TERSE_SOURCE_DIR "/scenarios";

TEST(Help, OfTheProgram) {
  const Outcome outcome = run_terse({"--help"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.output, StartsWith("usage: terse COMMAND [options]"));
  for (const char* command : {"run", "debug", "compile", "describe", "validate", "parameters", "schema"}) {
    EXPECT_THAT(outcome.output, HasSubstr(std::string("\n  ") + command + " ")) << command;
  }
  EXPECT_THAT(outcome.errors, IsEmpty());
}

TEST(Help, OfEachCommandHasOptionsAndExamples) {
  for (const char* command : {"run", "debug", "compile", "describe", "validate", "parameters", "schema"}) {
    const Outcome outcome = run_terse({command, "--help"});
    EXPECT_EQ(outcome.exit_code, 0);
    EXPECT_THAT(outcome.output, AllOf(StartsWith(std::string("usage: terse ") + command), HasSubstr("--help"),
                                      HasSubstr(std::string("Examples:\n  terse ") + command)));
  }
}

TEST(Help, WithoutACommandGoesToStandardError) {
  const Outcome outcome = run_terse({});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.errors, StartsWith("usage: terse COMMAND"));
}

TEST(Refusal, UnknownCommand) {
  EXPECT_THAT(refusal({"rum", "scenarios/fashion.yaml"}), HasSubstr("there is no command 'rum'; did you mean 'run'?"));
  EXPECT_THAT(refusal({"frobnicate"}), HasSubstr("there is no command 'frobnicate'; see terse --help"));
}

TEST(Refusal, WrongCommandLine) {
  EXPECT_THAT(refusal({"run"}), AllOf(HasSubstr("SCENARIO.yaml"), HasSubstr(" is missing; usage: terse run ")));
  EXPECT_THAT(refusal({"run", "scenarios/fashion.yaml", "--fast"}), HasSubstr("unrecognised option '--fast'"));
  EXPECT_THAT(refusal({"run", "scenarios/fashion.yaml", "--format", "xml"}),
              HasSubstr("--format is 'xml'; known: table, json"));
  EXPECT_THAT(refusal({"compile", "scenarios/networks/fashion.onnx"}), HasSubstr("--platform"));
}

TEST(Refusal, EveryKindOfBadInputEndsWithCodeTwo) {
  EXPECT_THAT(refusal({"run", "scenarios/fashon.yaml"}), HasSubstr("did you mean 'scenarios/fashion.yaml'?"));
  EXPECT_THAT(refusal({"run", "scenarios/fashion.yaml", "--set", "platform.tmac.pixel=2"}),
              HasSubstr("did you mean 'pixels'?"));
  EXPECT_THAT(refusal({"run", "scenarios/fashion.yaml", "--set", "network=tests/CMakeLists.txt"}),
              HasSubstr("not an ONNX model"));
  EXPECT_THAT(refusal({"run", "scenarios/fashion.yaml", "--set", "run.firmware=tests/CMakeLists.txt"}),
              HasSubstr("tests/CMakeLists.txt: "));
  EXPECT_THAT(refusal({"run", "scenarios/fashion.yaml", "--set", "dataset.folder=/nowhere"}),
              HasSubstr("apt-get install dataset-fashion-mnist"));
  EXPECT_THAT(refusal({"run", "scenarios/fashion.yaml", "--set", "platform.scratchpad.size=1 KiB"}),
              HasSubstr("enlarge scratchpad.size"));
  EXPECT_THAT(refusal({"validate", "scenarios/fashion.yaml", "--set", "platform.dram.size=12 KiB"}),
              HasSubstr("enlarge the memory"));
  EXPECT_THAT(refusal({"validate", "scenarios/fashion.yaml", "--set", "platform.tmac.activation_bits=4"}),
              HasSubstr("multiplies activations of 8 bits, the hardware takes 4; raise tmac.activation_bits"));
  EXPECT_THAT(refusal({"describe", "packages.txt"}),
              HasSubstr("packages.txt:1:1: a platform or scenario is a map of keys"));
}

TEST(Validate, EveryCommittedScenario) {
  for (const auto& file : yaml_files(scenarios)) {
    const Outcome outcome = run_terse({"validate", file.string()});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
    EXPECT_THAT(outcome.output, StartsWith(file.string() + ": good; configuration "));
  }
}

TEST(Describe, EveryCommittedPlatform) {
  for (const auto& file : yaml_files(scenarios / "platforms")) {
    const Outcome outcome = run_terse({"describe", file.string()});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
    EXPECT_THAT(outcome.output, AllOf(HasSubstr("tmac"), HasSubstr("scratchpad")));
  }
}

TEST(Describe, ShowsParametersAddressMapAndConnections) {
  const Outcome outcome = run_terse({"describe", "scenarios/fashion.yaml", "--set", "platform.spu.lanes=8"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_THAT(outcome.output, ::testing::ContainsRegex("lanes +8 lanes"));
  EXPECT_THAT(outcome.output, ::testing::ContainsRegex("output_channels +32 channels"));
  EXPECT_THAT(outcome.output, ::testing::ContainsRegex("0x40010000.*tmac"));
  EXPECT_THAT(outcome.output, HasSubstr("merge.accumulators"));
}

TEST(Compile, ExplainsEachLayerAndWritesTheImage) {
  const Workspace folder;
  const auto image = folder.path() / "fashion.img";
  const Outcome outcome = run_terse(
      {"compile", "scenarios/networks/fashion.onnx", "-p", "scenarios/platforms/reference.yaml", "-o", image.string()});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
  for (const char* layer : {"stem", "block1.conv1", "block3.conv2", "pool", "fc", "total"}) {
    EXPECT_THAT(outcome.output, HasSubstr(std::string("\n") + layer + " ")) << layer;
  }
  ASSERT_TRUE(std::filesystem::exists(image));
  EXPECT_THAT(outcome.output, HasSubstr(": " + std::to_string(std::filesystem::file_size(image)) + " bytes"));
  const Outcome refused =
      run_terse({"compile", "scenarios/networks/fashion.onnx", "-p", "scenarios/platforms/reference.yaml", "-o",
                 (folder.path() / "no" / "x.img").string()});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.errors, HasSubstr("x.img cannot be written; choose another file with -o"));
}

TEST(Compile, FloatNetworkWithCalibrationInputsIsSplitAndWritten) {
  const Workspace folder;
  const auto inputs = folder.path() / "inputs.raw", written = folder.path() / "mixed.onnx";
  std::vector<float> pixels(2 * 28 * 28);
  for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<float>(i % 97) / 96;
  std::ofstream(inputs, std::ios::binary)
      .write(reinterpret_cast<const char*>(pixels.data()), static_cast<std::streamsize>(4 * pixels.size()));
  const Outcome outcome = run_terse({"compile", "--network", "scenarios/networks/fashion_float.onnx", "-p",
                                     "scenarios/platforms/reference.yaml", "--calibration", inputs.string(), "--set",
                                     "network.calibration.count=2", "--set", "decomposition.m=16", "--errors",
                                     "--write-onnx", written.string()});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_THAT(outcome.output, ::testing::ContainsRegex("block1.conv1 .* 1:16 .* %  +[0-9.]+ %"));
  EXPECT_THAT(outcome.output, AllOf(HasSubstr("not split: first or last layer"), HasSubstr("of 2 calibration inputs")));
  const Outcome again = run_terse({"compile", written.string(), "-p", "scenarios/platforms/reference.yaml"});
  ASSERT_EQ(again.exit_code, 0) << again.errors;
  EXPECT_THAT(again.output, ::testing::ContainsRegex("block1.conv1 .* 1:16 "));
}

TEST(Compile, ShapesHaveNoFileToWrite) {
  EXPECT_THAT(refusal({"compile", "scenarios/resnet8.yaml", "--write-onnx", "/tmp/x.onnx"}),
              HasSubstr("layers in YAML have no file"));
}

/// docs/ is generated by the program itself and committed.
void expect_generated(const char* command, const std::string& file) {
  const Outcome outcome = run_terse({command});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
  EXPECT_TRUE(outcome.output == contents_of(std::filesystem::path(TERSE_SOURCE_DIR) / file))
      << file << " is out of date; refresh it with: ./terse " << command << " > " << file;
}

TEST(GeneratedDocs, ParameterReference) {
  expect_generated("parameters", "docs/parameters.md");
}

TEST(GeneratedDocs, ScenarioSchema) {
  expect_generated("schema", "docs/scenario.schema.json");
}

}  // namespace
}  // namespace terse::testing
