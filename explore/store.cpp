#include "explore/store.hpp"

#include <fmt/format.h>

namespace terse::explore {

namespace {

// One row per trained network. `points` joins what people ask for; names of columns are those of the grid file.
constexpr const char* schema = R"(
CREATE TABLE IF NOT EXISTS networks (
  hash TEXT PRIMARY KEY, float_hash TEXT, is_float INTEGER NOT NULL, data TEXT, network TEXT, width INTEGER,
  depth INTEGER, schedule TEXT, epochs REAL, pattern TEXT, density REAL, value_bits INTEGER, criterion TEXT,
  composition TEXT, ternary_scale TEXT, activation_bits INTEGER, activation_scale TEXT, seed INTEGER,
  accuracy REAL, validation REAL, recalibrated_accuracy REAL, accuracy_before_integers REAL, weight_error REAL,
  start_weight_error REAL, bits_per_weight REAL, high_precision_weights INTEGER, weights INTEGER, macs INTEGER, loss REAL, cpu_seconds REAL,
  configuration TEXT NOT NULL, result TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS members (grid TEXT, hash TEXT, PRIMARY KEY (grid, hash));
CREATE TABLE IF NOT EXISTS failures (grid TEXT, hash TEXT PRIMARY KEY, configuration TEXT, reason TEXT);
CREATE VIEW IF NOT EXISTS points AS
  SELECT members.grid, networks.* FROM members JOIN networks USING (hash);
)";

using Json = nlohmann::ordered_json;

}  // namespace

Store::Store(const std::filesystem::path& file) : sqlite_(file, results::Sqlite::Access::write) {
  results::Transaction transaction(sqlite_);
  sqlite_.execute(schema);
  transaction.commit();
}

bool Store::has(const std::string& hash) {
  results::Statement statement(sqlite_, "SELECT 1 FROM networks WHERE hash = ?");
  statement.bind(hash);
  return statement.step();
}

void Store::add(const std::string& grid, const std::string& hash, Experiment experiment, bool is_float,
                const std::string& float_hash, const Json& result) {
  const Json configuration = is_float ? experiment.effective_float() : experiment.effective();
  const auto at = [&](const char* section, const char* key) {
    return configuration.contains(section) ? configuration[section].value(key, Json()) : Json();
  };
  const auto figure = [&](const char* key) { return result.value(key, Json()); };
  std::vector<std::pair<std::string, Json>> columns{
      {"hash", hash},
      {"float_hash", is_float ? Json() : Json(float_hash)},
      {"is_float", is_float},
      {"data", at("data", "set")},
      {"network", at("network", "name")},
      {"width", at("network", "width")},
      {"depth", at("network", "depth")},
      {"schedule", at("training", "schedule")},
      {"epochs", is_float ? at("float_training", "epochs") : at("training", "epochs")},
      {"pattern", is_float ? Json("float") : at("weights", "pattern")},
      {"density", at("weights", "density")},
      {"value_bits", at("weights", "value_bits")},
      {"criterion", at("weights", "criterion")},
      {"composition", at("weights", "composition")},
      {"ternary_scale", at("weights", "ternary_scale")},
      {"activation_bits", at("activations", "bits")},
      {"activation_scale", at("activations", "scale")},
      {"seed", configuration["seed"]},
  };
  for (const char* name :
       {"accuracy", "validation", "recalibrated_accuracy", "accuracy_before_integers", "weight_error",
        "start_weight_error", "bits_per_weight", "high_precision_weights", "weights", "macs", "loss", "cpu_seconds"}) {
    columns.emplace_back(name, figure(name));
  }
  columns.emplace_back("configuration", configuration.dump());
  columns.emplace_back("result", result.dump());
  std::string names, marks;
  for (const auto& [name, value] : columns) {
    names += (names.empty() ? "" : ", ") + name;
    marks += marks.empty() ? "?" : ", ?";
  }
  results::Transaction transaction(sqlite_);
  results::Statement statement(sqlite_, fmt::format("INSERT OR REPLACE INTO networks ({}) VALUES ({})", names, marks));
  for (const auto& [name, value] : columns) statement.bind(value);
  statement.run();
  results::Statement(sqlite_, "INSERT OR IGNORE INTO members VALUES (?, ?)").bind(grid).bind(hash).run();
  results::Statement(sqlite_, "DELETE FROM failures WHERE hash = ?").bind(hash).run();
  transaction.commit();
}

void Store::add_failure(const std::string& grid, const std::string& hash, Experiment experiment,
                        const std::string& reason) {
  results::Statement(sqlite_, "INSERT OR REPLACE INTO failures VALUES (?, ?, ?, ?)")
      .bind(grid)
      .bind(hash)
      .bind(experiment.effective().dump())
      .bind(reason)
      .run();
}

void Store::add_member(const std::string& grid, const std::string& hash) {
  results::Statement(sqlite_, "INSERT OR IGNORE INTO members VALUES (?, ?)").bind(grid).bind(hash).run();
}

}  // namespace terse::explore
