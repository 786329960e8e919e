// A grid of experiments, as a YAML file writes it: one experiment, and what is varied under `sweep:`.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "explore/dataset.hpp"
#include "explore/experiment.hpp"

namespace terse::explore {

/// Experiments that train the same network have the same hash.
struct GridPoint {
  Experiment experiment;
  std::string hash;        ///< Of everything that the result depends on, the data's contents included.
  std::string float_hash;  ///< The same of the float network it starts from.
};

class Grid {
 public:
  /// Throws ConfigurationError with all that is wrong, DatasetError.
  Grid(const std::filesystem::path& file, const std::vector<std::string>& settings);

  /// Points that come to the same experiment are there once.
  [[nodiscard]] const std::vector<GridPoint>& points() const { return points_; }
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  void add(Experiment experiment);
  const std::string& contents_of(const DataSettings& data);

  std::string name_;
  std::vector<GridPoint> points_;
  std::map<std::string, std::string> contents_;  ///< By set and path.
};

}  // namespace terse::explore
