#include <fmt/format.h>

#include "platform/cli/explore_commands.hpp"

namespace terse::cli {
namespace {

/// Column of the result and what it is made of.
struct Column {
  const char* name;
  const char* sql;
};

// Spread: the standard deviation of a sample, from sums, because SQLite has none.
constexpr const char* spread =
    "CASE WHEN count(*) > 1 THEN round(sqrt(max(0, (sum(accuracy * accuracy) - sum(accuracy) * sum(accuracy) / "
    "count(*)) / (count(*) - 1))), 2) END";

report::Rows query(results::Sqlite& database, const std::vector<Column>& columns, const std::string& grid,
                   const std::string& rest) {
  report::Rows rows;
  std::string selected;
  for (const Column& column : columns) {
    rows.columns.emplace_back(column.name);
    selected += (selected.empty() ? "" : ", ") + std::string(column.sql);
  }
  const std::string from = grid.empty() ? "networks" : "(SELECT * FROM points WHERE grid = ?)";
  results::Statement statement(database, fmt::format("SELECT {} FROM {} {}", selected, from, rest));
  if (!grid.empty()) statement.bind(grid);
  while (statement.step()) {
    auto& row = rows.rows.emplace_back();
    for (int column = 0; column < statement.columns(); ++column) row.push_back(statement.value(column));
  }
  return rows;
}

}  // namespace

std::filesystem::path explore_database(const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / "explore.sqlite";
  if (std::filesystem::exists(file)) return file;
  throw UsageError(fmt::format("{} is not there; 'terse explore run' makes it", file.string()));
}

report::Rows explore_table(results::Sqlite& database, const std::string& grid) {
  return query(database,
               {{"network", "network"},
                {"pattern", "pattern"},
                {"density", "round(density, 5)"},
                {"value_bits", "value_bits"},
                {"criterion", "criterion"},
                {"schedule", "schedule"},
                {"seeds", "count(*)"},
                {"accuracy_%", "round(avg(accuracy), 2)"},
                {"spread", spread},
                {"before_training_%", "round(avg(recalibrated_accuracy), 2)"},
                {"validation_%", "round(avg(validation), 2)"},
                {"weight_error", "round(avg(weight_error), 4)"},
                {"bits_per_weight", "round(avg(bits_per_weight), 2)"}},
               grid,
               "GROUP BY data, network, width, depth, pattern, density, value_bits, criterion, composition, "
               "ternary_scale, schedule, epochs, activation_bits, activation_scale ORDER BY network, is_float DESC, "
               "density, pattern, criterion, schedule");
}

report::Rows explore_networks(results::Sqlite& database, const std::string& grid) {
  std::vector<Column> columns;
  for (const char* name : {"hash",
                           "data",
                           "network",
                           "width",
                           "depth",
                           "schedule",
                           "epochs",
                           "pattern",
                           "density",
                           "value_bits",
                           "criterion",
                           "composition",
                           "ternary_scale",
                           "activation_bits",
                           "activation_scale",
                           "seed",
                           "accuracy",
                           "validation",
                           "recalibrated_accuracy",
                           "accuracy_before_integers",
                           "start_weight_error",
                           "weight_error",
                           "bits_per_weight",
                           "high_precision_weights",
                           "weights",
                           "macs",
                           "loss",
                           "cpu_seconds"}) {
    columns.push_back({name, name});
  }
  return query(database, columns, grid, "ORDER BY network, is_float DESC, density, pattern, criterion, schedule, seed");
}

}  // namespace terse::cli
