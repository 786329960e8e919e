#include "tests/platform/program.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>

namespace terse::testing {
namespace {

[[noreturn]] void become_terse(std::vector<std::string> words, const std::filesystem::path& output,
                               const std::filesystem::path& errors) {
  std::vector<char*> pointers;
  for (auto& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  const int out = open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  const int err = open(errors.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (out >= 0 && err >= 0 && dup2(out, STDOUT_FILENO) >= 0 && dup2(err, STDERR_FILENO) >= 0 &&
      chdir(TERSE_SOURCE_DIR) == 0) {
    execv(pointers[0], pointers.data());
  }
  _exit(127);
}

}  // namespace

std::string contents_of(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

Workspace::Workspace() {
  std::string pattern = (std::filesystem::temp_directory_path() / "terse-platform-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr)
    throw std::filesystem::filesystem_error("no temporary folder", pattern, {errno, std::generic_category()});
  path_ = pattern;
}

Workspace::~Workspace() {
  std::error_code ignored;  // a leftover in /tmp is no reason to fail
  std::filesystem::remove_all(path_, ignored);
}

std::filesystem::path Workspace::write(const std::string& name, const std::string& bytes) const {
  std::ofstream(path_ / name, std::ios::binary) << bytes;
  return path_ / name;
}

Outcome run_terse(const std::vector<std::string>& arguments) {
  const Workspace streams;
  std::vector<std::string> words{TERSE_BINARY_DIR "/bin/terse"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  const pid_t child = fork();
  if (child == 0) become_terse(words, streams.path() / "output", streams.path() / "errors");
  Outcome outcome;
  int status = 0;
  if (child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status)) outcome.exit_code = WEXITSTATUS(status);
  outcome.output = contents_of(streams.path() / "output");
  outcome.errors = contents_of(streams.path() / "errors");
  return outcome;
}

Simulation simulate(std::vector<std::string> settings, unsigned images) {
  const Workspace folder;
  settings.push_back(fmt::format("dataset.images={}", images));
  std::vector<std::string> arguments{"run", "scenarios/fashion.yaml", "-o", folder.path().string()};
  for (const auto& setting : settings) {
    arguments.emplace_back("--set");
    arguments.push_back(setting);
  }
  Simulation run;
  run.outcome = run_terse(arguments);
  if (std::filesystem::exists(folder.path() / "result.json")) {
    run.result = nlohmann::json::parse(contents_of(folder.path() / "result.json"));
  }
  return run;
}

}  // namespace terse::testing
