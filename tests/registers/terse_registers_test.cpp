// The program: exit codes, messages with file:line:column, files left alone when nothing changed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace terse {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class TerseRegistersTest : public ::testing::Test {
 protected:
  TerseRegistersTest() { fs::create_directories(directory); }
  ~TerseRegistersTest() override { fs::remove_all(directory); }

  struct Outcome {
    int code;
    std::string errors;
  };
  Outcome run(const std::string& arguments) const {
    const std::string errors = (directory / "stderr").string();
    const int status = std::system((TERSE_BINARY_DIR "/bin/terse_registers " + arguments + " 2>" + errors).c_str());
    return {WEXITSTATUS(status), text(errors)};
  }
  static std::string text(const fs::path& path) {
    std::ostringstream result;
    result << std::ifstream(path).rdbuf();
    return result.str();
  }
  std::string file(const std::string& name, const std::string& content) const {
    std::ofstream(directory / name) << content;
    return (directory / name).string();
  }

  const fs::path directory = fs::temp_directory_path() / ("terse_registers_program_" + std::to_string(::getpid()));
  const std::string control = TERSE_SOURCE_DIR "/registers/hwpe.yaml";
  const std::string platform = TERSE_SOURCE_DIR "/registers/reference_platform.yaml";
  const std::string dma = TERSE_SOURCE_DIR "/models/dma/registers.yaml";
};

TEST_F(TerseRegistersTest, UsageErrors) {
  EXPECT_EQ(run("").code, 2);
  EXPECT_EQ(run("nonsense a b c").code, 2);
  EXPECT_THAT(run("headers").errors, HasSubstr("usage"));
  EXPECT_EQ(run("--help >/dev/null").code, 0);
}

TEST_F(TerseRegistersTest, MistakeIsReportedWithItsPlace) {
  const std::string bad = file(
      "bad.yaml", "name: dma\ndescription: x.\nregisters:\n  - {name: A, offset: 0, acess: ro, description: x.}\n");
  const Outcome outcome = run("headers " + (directory / "out").string() + " " + control + " " + bad);
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.errors, HasSubstr(bad + ":4:26: unknown key 'acess' of a register; did you mean 'access'?"));
  EXPECT_FALSE(fs::exists(directory / "out")) << "nothing is written";
}

TEST_F(TerseRegistersTest, UnchangedHeadersKeepTheirTime) {
  const std::string command = "headers " + directory.string() + "/out " + control + " " + dma;
  ASSERT_EQ(run(command).code, 0);
  const fs::path header = directory / "out/dma.hpp";
  const auto past = fs::last_write_time(header) - std::chrono::hours(1);
  fs::last_write_time(header, past);
  ASSERT_EQ(run(command).code, 0);
  EXPECT_EQ(fs::last_write_time(header), past);
}

TEST_F(TerseRegistersTest, CheckDocsNamesWhatDiffers) {
  const std::string out = (directory / "docs").string();
  const std::string inputs = " " + out + " " + platform + " " + control + " " + dma;
  ASSERT_EQ(run("docs" + inputs).code, 0);
  EXPECT_EQ(run("check-docs" + inputs).code, 0);
  std::ofstream(out + "/dma.md", std::ios::app) << "by hand\n";
  std::ofstream(out + "/extra.md") << "of nothing\n";
  fs::remove(out + "/terse.svd");
  const Outcome outcome = run("check-docs" + inputs);
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.errors, HasSubstr("dma.md: differs"));
  EXPECT_THAT(outcome.errors, HasSubstr("extra.md: comes from no register description"));
  EXPECT_THAT(outcome.errors, HasSubstr("terse.svd: is missing"));
  EXPECT_THAT(outcome.errors, HasSubstr("registers_docs"));
}

TEST_F(TerseRegistersTest, UnwritableDirectory) {
  const std::string blocker = file("blocker", "a file, not a directory");
  const Outcome outcome = run("headers " + blocker + " " + control + " " + dma);
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.errors, HasSubstr("cannot be written"));
}

}  // namespace
}  // namespace terse
