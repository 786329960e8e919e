#include "platform/results/database.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <boost/uuid/name_generator_sha1.hpp>
#include <boost/uuid/uuid_io.hpp>
#include <chrono>
#include <thread>

#include "platform/report/flat_row.hpp"
#include "platform/results/schema.hpp"

namespace terse::results {
namespace {

using Json = nlohmann::ordered_json;

std::string now() {
  return fmt::format("{:%Y-%m-%d %H:%M:%S}", fmt::gmtime(std::time(nullptr)));
}

std::string identifier(const std::string& name) {
  std::string text = "\"";
  for (const char c : name) text += c == '"' ? std::string("\"\"") : std::string(1, c);
  return text + "\"";
}

int version_of(Sqlite& database) {
  Statement version(database, "PRAGMA user_version");
  version.step();
  return version.value(0).get<int>();
}

/// $.platform.spu.lanes; names of layers and the like are quoted.
std::string json_path(const std::string& parameter) {
  std::string path = "$.configuration";
  for (std::size_t begin = 0; begin <= parameter.size();) {
    const std::size_t end = std::min(parameter.find('.', begin), parameter.size());
    const std::string word = parameter.substr(begin, end - begin);
    const bool number =
        !word.empty() && std::all_of(word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; });
    path += number ? fmt::format("[{}]", word) : fmt::format(".\"{}\"", word);
    begin = end + 1;
  }
  return path;
}

std::vector<std::string> columns_of_points(Sqlite& database) {
  std::vector<std::string> names;
  Statement columns(database, "SELECT name FROM pragma_table_info('points')");
  while (columns.step()) names.push_back(columns.value(0));
  return names;
}

/// WAL: readers do not wait for writers, and a killed writer leaves whole transactions. Of two programs that both turn a
/// new file to it, SQLite tells one at once that the file is busy, whatever its timeout: that one tries again.
void write_ahead(Sqlite& database) {
  constexpr int attempts = 3000;
  for (int attempt = 1;; ++attempt) {
    try {
      return database.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
    } catch (const SqliteError& error) {
      if (!error.busy() || attempt == attempts) throw;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

}  // namespace

Database::Database(const std::filesystem::path& file) : sqlite_(file, Sqlite::Access::write) {
  write_ahead(sqlite_);
  make_schema();
}

void Database::make_schema() {
  Transaction transaction(sqlite_);  // first: two programs may both find the file empty
  const int version = version_of(sqlite_);
  if (version == 0) {
    sqlite_.execute(schema_sql);
    sqlite_.execute(fmt::format("PRAGMA user_version = {}", schema_version));
  } else if (version != schema_version) {
    throw SqliteError(SQLITE_ERROR, fmt::format("{}: its schema has version {}, this program writes version {}; choose "
                                                "another file with --results",
                                                sqlite_.file().string(), version, schema_version));
  }
  transaction.commit();
}

/// A column for each parameter that no sweep had before; points that are there get their value from their
/// configuration.
void Database::add_columns(const std::vector<SweptParameter>& parameters) {
  const std::vector<std::string> present = columns_of_points(sqlite_);
  for (const auto& parameter : parameters) {
    if (std::find(present.begin(), present.end(), parameter.name) != present.end()) continue;
    sqlite_.execute(fmt::format("ALTER TABLE points ADD COLUMN {}", identifier(parameter.name)));
    Statement fill(sqlite_, fmt::format("UPDATE points SET {} = json_extract(result, ?)", identifier(parameter.name)));
    fill.bind(json_path(parameter.name)).run();
  }
}

std::int64_t Database::begin_sweep(const SweepRecord& sweep) {
  Transaction transaction(sqlite_);
  add_columns(sweep.parameters);
  Statement insert(sqlite_,
                   "INSERT INTO sweeps(identity, name, file, started_at, updated_at, program, points) "
                   "VALUES(?, ?, ?, ?, ?, ?, ?) ON CONFLICT(identity) DO UPDATE SET updated_at = excluded.updated_at, "
                   "program = excluded.program RETURNING id");
  insert.bind(sweep.identity).bind(sweep.name).bind(sweep.file).bind(now()).bind(now()).bind(sweep.program);
  insert.bind(sweep.points);
  insert.step();
  const std::int64_t id = insert.value(0);
  while (insert.step()) {
  }
  for (std::size_t i = 0; i < sweep.parameters.size(); ++i) {
    Statement parameter(sqlite_, "INSERT OR IGNORE INTO parameters(sweep_id, position, name, kind) VALUES(?, ?, ?, ?)");
    parameter.bind(id).bind(i).bind(sweep.parameters[i].name).bind(sweep.parameters[i].kind).run();
  }
  transaction.commit();
  return id;
}

bool Database::has_point(const std::string& hash) {
  Statement find(sqlite_, "SELECT 1 FROM points WHERE hash = ?");
  return find.bind(hash).step();
}

int Database::exit_code(const std::string& hash) {
  Statement find(sqlite_, "SELECT exit_code FROM points WHERE hash = ?");
  return find.bind(hash).step() ? find.value(0).get<int>() : 0;
}

void Database::add_membership(std::int64_t sweep, std::size_t position, const std::string& hash) {
  Statement member(sqlite_, "INSERT OR REPLACE INTO sweep_points(sweep_id, position, hash) VALUES(?, ?, ?)");
  member.bind(sweep).bind(position).bind(hash).run();
  Statement mended(sqlite_, "DELETE FROM failures WHERE sweep_id = ? AND position = ?");
  mended.bind(sweep).bind(position).run();
}

void Database::add_found(std::int64_t sweep, std::size_t position, const std::string& hash) {
  Statement known(sqlite_, "SELECT 1 FROM sweep_points WHERE sweep_id = ? AND position = ? AND hash = ?");
  if (known.bind(sweep).bind(position).bind(hash).step()) return;
  Transaction transaction(sqlite_);
  add_membership(sweep, position, hash);
  transaction.commit();
}

void Database::add_point(std::int64_t sweep, const PointRecord& point, const std::string& program) {
  auto row = report::flat_row(point.result);
  row.insert(row.begin(), {{"hash", point.hash},
                           {"program", program},
                           {"configuration_hash", point.result.value("configuration_hash", "")},
                           {"finished_at", now()},
                           {"exit_code", point.exit_code},
                           {"outcome_hash", outcome_hash(point.result)}});
  Transaction transaction(sqlite_);
  // Of every parameter that any sweep has: comparisons across sweeps need them all.
  const auto columns = columns_of_points(sqlite_);
  for (const auto& name : columns) {
    if (name.find('.') == std::string::npos && !point.parameters.contains(name)) continue;
    if (point.parameters.contains(name)) {
      row.emplace_back(name, point.parameters[name]);
      continue;
    }
    Statement value(sqlite_, "SELECT json_extract(?, ?)");
    value.bind(Json{{"configuration", point.result.at("configuration")}}.dump()).bind(json_path(name)).step();
    row.emplace_back(name, value.value(0));
  }
  row.emplace_back("result", point.result.dump());
  std::string names, marks;
  for (const auto& [name, value] : row) {
    names += (names.empty() ? "" : ", ") + identifier(name);
    marks += marks.empty() ? "?" : ", ?";
  }
  Statement insert(sqlite_, fmt::format("INSERT OR IGNORE INTO points({}) VALUES({})", names, marks));
  for (const auto& [name, value] : row) insert.bind(value);
  insert.run();
  add_membership(sweep, point.position, point.hash);
  transaction.commit();
}

void Database::add_failure(std::int64_t sweep, const FailureRecord& failure) {
  Transaction transaction(sqlite_);
  Statement insert(
      sqlite_,
      "INSERT INTO failures(sweep_id, position, hash, parameters, kind, reason, stderr, attempts, failed_at) "
      "VALUES(?, ?, ?, ?, ?, ?, ?, 1, ?) ON CONFLICT(sweep_id, position) DO UPDATE SET hash = excluded.hash, "
      "kind = excluded.kind, reason = excluded.reason, stderr = excluded.stderr, "
      "attempts = attempts + 1, failed_at = excluded.failed_at");
  insert.bind(sweep).bind(failure.position).bind(failure.hash.empty() ? Json(nullptr) : Json(failure.hash));
  insert.bind(failure.parameters.dump()).bind(failure.kind).bind(failure.reason).bind(failure.errors).bind(now()).run();
  transaction.commit();
}

void Database::set_influence(std::int64_t sweep, const std::string& parameter, const std::string& influence) {
  Transaction transaction(sqlite_);
  Statement update(sqlite_, "UPDATE parameters SET influence = ? WHERE sweep_id = ? AND name = ?");
  update.bind(influence).bind(sweep).bind(parameter).run();
  transaction.commit();
}

std::vector<std::pair<std::size_t, std::string>> Database::outcomes(std::int64_t sweep) {
  std::vector<std::pair<std::size_t, std::string>> list;
  Statement rows(sqlite_, "SELECT position, outcome_hash FROM sweep_results WHERE sweep_id = ? ORDER BY position");
  rows.bind(sweep);
  while (rows.step()) list.emplace_back(rows.value(0).get<std::size_t>(), rows.value(1));
  return list;
}

Json stored_result(const std::filesystem::path& file, const std::string& point) {
  Sqlite database(file, Sqlite::Access::read);
  const bool number = std::all_of(point.begin(), point.end(), [](char c) { return c >= '0' && c <= '9'; });
  Statement find(database, number ? "SELECT result FROM points WHERE id = ?"
                                  : "SELECT result FROM points WHERE hash LIKE ? || '%' LIMIT 2");
  find.bind(number ? Json(std::stoll(point)) : Json(point));
  if (!find.step()) {
    throw SqliteError(SQLITE_ERROR,
                      fmt::format("{} has no point '{}'; see: terse query {} \"SELECT id, hash FROM points\"",
                                  file.string(), point, file.string()));
  }
  Json result = Json::parse(find.value(0).get<std::string>());
  if (find.step()) {
    throw SqliteError(SQLITE_ERROR, fmt::format("{}: several hashes begin with '{}'", file.string(), point));
  }
  return result;
}

std::string outcome_hash(Json result) {
  for (const char* key : {"scenario", "configuration", "configuration_hash", "host", "expect"}) result.erase(key);
  const boost::uuids::name_generator_sha1 generator(boost::uuids::ns::oid());
  return boost::uuids::to_string(generator(result.dump()));
}

}  // namespace terse::results
