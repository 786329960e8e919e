#pragma once
// Runs the built program `terse` as its user does: SystemC elaborates once per process, so every run is a process.
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace terse::testing {

struct Outcome {
  int exit_code = -1;          ///< -1: the program did not end by itself.
  std::string output, errors;  ///< Its standard output and standard error.
};

/// Runs `terse` with these arguments in the root of the tree.
Outcome run_terse(const std::vector<std::string>& arguments);

/// A folder of the running test's own, removed with this object.
class Workspace {
 public:
  Workspace();
  ~Workspace();
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;

  [[nodiscard]] std::filesystem::path write(const std::string& name, const std::string& bytes) const;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// One simulated scenario: scenarios/fashion.yaml with few images and the given settings.
struct Simulation {
  Outcome outcome;
  nlohmann::json result;  ///< result.json; null when the program wrote none.
};
Simulation simulate(std::vector<std::string> settings, unsigned images = 2);

std::string contents_of(const std::filesystem::path& file);

}  // namespace terse::testing
