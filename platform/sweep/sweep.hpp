#pragma once
// A sweep as it is run: its points, each as a scenario with a hash that says whether it has been run before.
#include <filesystem>
#include <map>
#include <optional>

#include "compiler/quantized_network.hpp"
#include "platform/results/database.hpp"
#include "platform/run/scenario.hpp"
#include "platform/sweep/content_hash.hpp"
#include "platform/sweep/expansion.hpp"

namespace terse::sweep {

class Sweep {
 public:
  /// Reads the scenario with its `sweep:`, lays the settings over it and expands the points. Throws ConfigurationError,
  /// also for a swept parameter that does not exist.
  Sweep(const std::filesystem::path& file, const std::vector<std::string>& settings);

  [[nodiscard]] const std::vector<Point>& points() const { return points_; }
  [[nodiscard]] const Description& description() const { return description_; }
  [[nodiscard]] results::SweepRecord record() const;
  /// Of the program and the firmware: other code, other results.
  [[nodiscard]] const std::string& program() const { return program_; }

  /// Throws ConfigurationError when the point's configuration is refused.
  [[nodiscard]] run::Scenario scenario_of(const Point& point) const;
  /// Of the effective configuration, the contents of the files it names, the expectations, and the program.
  [[nodiscard]] std::string hash_of(run::Scenario& scenario);
  /// The network of the scenario, if another point had the same: then it is made here once, and children inherit it.
  [[nodiscard]] std::shared_ptr<const compiler::QuantizedNetwork> shared_network(run::Scenario& scenario);

 private:
  void check_parameters() const;

  std::filesystem::path file_;
  configuration::Node tree_;
  std::string name_, program_, identity_;
  Description description_;
  std::vector<Point> points_;
  ContentHashes contents_;
  std::map<std::string, unsigned> network_uses_;
  std::map<std::string, std::shared_ptr<const compiler::QuantizedNetwork>> networks_;
};

}  // namespace terse::sweep
