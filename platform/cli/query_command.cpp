#include <fmt/format.h>

#include <iostream>

#include "platform/cli/format_option.hpp"
#include "platform/results/sqlite.hpp"

namespace terse::cli {

namespace po = boost::program_options;

namespace {

report::Rows rows_of(results::Sqlite& database, const std::string& sql) {
  results::Statement statement(database, sql);
  if (statement.rest().find_first_not_of(" \t\r\n;") != std::string::npos)
    throw UsageError("one SQL statement at a time");
  report::Rows rows;
  for (int column = 0; column < statement.columns(); ++column) rows.columns.push_back(statement.name(column));
  while (statement.step()) {
    auto& row = rows.rows.emplace_back();
    for (int column = 0; column < statement.columns(); ++column) row.push_back(statement.value(column));
  }
  return rows;
}

/// Tables and views with their columns: what a query may name.
constexpr const char* overview =
    "SELECT m.type, m.name, group_concat(c.name, ', ') AS columns FROM sqlite_schema m, pragma_table_info(m.name) c "
    "WHERE m.type IN ('table', 'view') GROUP BY m.name ORDER BY m.type, m.name";

}  // namespace

int query_command(const Arguments& arguments) {
  Options options("query RESULTS.sqlite [SQL] [options]",
                  "Asks the results of sweeps (docs/sweeps.md). Without SQL: tables and views with their columns.\n"
                  "The file is not changed.",
                  "  terse query out/results.sqlite \"SELECT * FROM progress\"\n"
                  "  terse query out/results.sqlite 'SELECT \"platform.spu.lanes\", cycles_per_inference FROM points'\n"
                  "  terse query out/results.sqlite \"SELECT unit, cause, cycles FROM stalls WHERE point_id = 1\" "
                  "--format csv\n");
  options.positional("RESULTS.sqlite");
  options.positional("SQL", false);
  add_format(options);
  const auto values = options.parse(arguments);
  if (!values) return exit_good;
  const report::Format format = format_of(*values);
  const std::string file = (*values)["RESULTS.sqlite"].as<std::string>();
  if (!std::filesystem::is_regular_file(file)) throw UsageError(fmt::format("there is no file '{}'", file));
  try {
    results::Sqlite database(file, results::Sqlite::Access::read);
    const std::string sql = values->count("SQL") == 0 ? overview : (*values)["SQL"].as<std::string>();
    std::cout << report::to_text(rows_of(database, sql), format);
  } catch (const results::SqliteError& error) {
    throw UsageError(error.what());
  }
  return exit_good;
}

}  // namespace terse::cli
