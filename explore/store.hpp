// explore.sqlite: trained networks of grids, by hash. Every call that writes is one transaction.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "explore/experiment.hpp"
#include "platform/results/sqlite.hpp"

namespace terse::explore {

class Store {
 public:
  /// Opens results to add to them; makes the file. Throws SqliteError.
  explicit Store(const std::filesystem::path& file);

  [[nodiscard]] bool has(const std::string& hash);
  /// `result`: result.json of terse_train. `grid`: the name of the grid that asked for it.
  void add(const std::string& grid, const std::string& hash, Experiment experiment, bool is_float,
           const std::string& float_hash, const nlohmann::ordered_json& result);
  void add_failure(const std::string& grid, const std::string& hash, Experiment experiment, const std::string& reason);
  /// A grid has this point, too.
  void add_member(const std::string& grid, const std::string& hash);

  [[nodiscard]] results::Sqlite& sqlite() { return sqlite_; }

 private:
  results::Sqlite sqlite_;
};

}  // namespace terse::explore
