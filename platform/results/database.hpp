#pragma once
// results.sqlite: finished and failed points of sweeps. Every call that writes is one transaction, so that whatever
// kills the program leaves whole points; several programs may write at a time.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "platform/results/sqlite.hpp"

namespace terse::results {

struct SweptParameter {
  std::string name;  ///< Path.
  std::string kind;  ///< grid | zip | list | random | derived
};

struct SweepRecord {
  std::string identity, name, file, program;
  std::size_t points = 0;
  std::vector<SweptParameter> parameters;
};

/// A point of a sweep that has a result, or has none.
struct PointRecord {
  std::size_t position = 0;
  std::string hash;                   ///< Empty when the configuration was refused.
  nlohmann::ordered_json parameters;  ///< Of the sweep, by path.
  int exit_code = 0;
  nlohmann::ordered_json result;  ///< result.json
};

struct FailureRecord {
  std::size_t position = 0;
  std::string hash;
  nlohmann::ordered_json parameters;
  std::string kind, reason, errors;
};

class Database {
 public:
  /// Opens results to add to them; makes the file. Throws SqliteError.
  explicit Database(const std::filesystem::path& file);

  /// The sweep's number; the same as before for the same identity.
  std::int64_t begin_sweep(const SweepRecord& sweep);
  [[nodiscard]] bool has_point(const std::string& hash);
  /// Exit code of a finished point.
  [[nodiscard]] int exit_code(const std::string& hash);
  /// The sweep has this point, which somebody has finished already.
  void add_found(std::int64_t sweep, std::size_t position, const std::string& hash);
  void add_point(std::int64_t sweep, const PointRecord& point, const std::string& program);
  void add_failure(std::int64_t sweep, const FailureRecord& failure);
  void set_influence(std::int64_t sweep, const std::string& parameter, const std::string& influence);
  /// By position of the sweep's finished points.
  [[nodiscard]] std::vector<std::pair<std::size_t, std::string>> outcomes(std::int64_t sweep);
  [[nodiscard]] Sqlite& sqlite() { return sqlite_; }

 private:
  void make_schema();
  void add_columns(const std::vector<SweptParameter>& parameters);
  void add_membership(std::int64_t sweep, std::size_t position, const std::string& hash);

  Sqlite sqlite_;
};

/// The result.json of "DB:POINT", a number or the start of a hash. Throws SqliteError.
nlohmann::ordered_json stored_result(const std::filesystem::path& file, const std::string& point);

/// A hash of what the run found out, without its configuration, its name and what it cost the host.
std::string outcome_hash(nlohmann::ordered_json result);

}  // namespace terse::results
