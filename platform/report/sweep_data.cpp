#include "platform/report/sweep_data.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <array>
#include <cstdlib>
#include <map>
#include <optional>

#include "platform/results/sqlite.hpp"

namespace terse::report {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t results_per_chunk = 32;

std::string base64(const std::string& bytes) {
  constexpr const char* digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    std::uint32_t group = 0;
    for (std::size_t byte = 0; byte < 3; ++byte) {
      group = group << 8 | (at + byte < bytes.size() ? static_cast<std::uint8_t>(bytes[at + byte]) : 0u);
    }
    for (std::size_t digit = 0; digit < 4; ++digit) {
      text += at + digit > bytes.size() ? '=' : digits[group >> (18 - 6 * digit) & 63];
    }
  }
  return text;
}

std::string deflated(const std::string& text) {
  uLongf size = compressBound(static_cast<uLong>(text.size()));
  std::string bytes(size, '\0');
  const int status = compress2(reinterpret_cast<Bytef*>(bytes.data()), &size,
                               reinterpret_cast<const Bytef*>(text.data()), static_cast<uLong>(text.size()), 6);
  if (status != Z_OK) throw std::bad_alloc();  // the buffer is large enough by construction
  bytes.resize(size);
  return bytes;
}

Json rounded(const Json& value) {
  if (!value.is_number_float()) return value;
  return std::strtod(fmt::format("{:.7g}", value.get<double>()).c_str(), nullptr);
}

struct SweepRow {
  std::int64_t id = 0;
  Json json;  ///< name, file, points
};

SweepRow find_sweep(results::Sqlite& database, const std::string& name) {
  results::Statement statement(database, "SELECT id, name, file, points FROM sweeps ORDER BY updated_at DESC, id DESC");
  std::string known;
  while (statement.step()) {
    const Json found = statement.value(1);
    if (name.empty() || found == name) {
      return {statement.value(0).get<std::int64_t>(),
              {{"name", found}, {"file", statement.value(2)}, {"points", statement.value(3)}}};
    }
    known += (known.empty() ? "" : ", ") + found.get<std::string>();
  }
  throw SweepDataError(fmt::format("{} has no sweep{}; {}", database.file().string(),
                                   name.empty() ? "" : " '" + name + "'",
                                   known.empty() ? "terse sweep writes one" : "it has: " + known));
}

Json parameters_of(results::Sqlite& database, std::int64_t sweep) {
  results::Statement statement(database,
                               "SELECT name, kind, influence FROM parameters WHERE sweep_id = ? ORDER BY position");
  statement.bind(sweep);
  Json list = Json::array();
  while (statement.step()) {
    list.push_back({{"name", statement.value(0)}, {"kind", statement.value(1)}, {"influence", statement.value(2)}});
  }
  return list;
}

Json failures_of(results::Sqlite& database, std::int64_t sweep) {
  results::Statement statement(
      database, "SELECT position, kind, parameters, reason FROM failures WHERE sweep_id = ? ORDER BY position");
  statement.bind(sweep);
  Json list = Json::array();
  while (statement.step()) {
    list.push_back({{"position", statement.value(0)},
                    {"kind", statement.value(1)},
                    {"parameters", Json::parse(statement.value(2).get<std::string>())},
                    {"reason", statement.value(3)}});
  }
  return list;
}

/// Columns of numbers and short texts; the result itself goes into the chunks.
class Points {
 public:
  void add(const results::Statement& row) {
    for (int column = 0; column < row.columns(); ++column) {
      const std::string name = row.name(column);
      if (name == "result") {
        add_result(Json::parse(row.value(column).get<std::string>()));
      } else {
        columns_[name].push_back(rounded(row.value(column)));
      }
    }
  }

  /// {per_chunk, chunks, left_out}.
  Json details() {
    if (!waiting_.empty()) close_chunk();
    return {{"per_chunk", results_per_chunk}, {"chunks", chunks_}, {"left_out", left_out_}};
  }
  [[nodiscard]] const Json& columns() const { return columns_; }

 private:
  void add_result(Json result) {
    if (bytes_ >= detail_bytes) {
      ++left_out_;
      return;
    }
    result.erase("timeline");
    waiting_.push_back(std::move(result));
    if (waiting_.size() == results_per_chunk) close_chunk();
  }
  void close_chunk() {
    chunks_.push_back(packed(waiting_));
    bytes_ += chunks_.back().get_ref<const std::string&>().size();
    waiting_.clear();
  }

  Json columns_ = {{"position", Json::array()}, {"verified", Json::array()}};
  Json chunks_ = Json::array();
  std::vector<Json> waiting_;
  std::size_t bytes_ = 0, left_out_ = 0;
};

}  // namespace

std::string packed(const std::vector<Json>& results) {
  std::map<std::string, std::size_t> numbers;
  Json paths = Json::array(), values = Json::array();
  for (std::size_t result = 0; result < results.size(); ++result) {
    const Json flat = results[result].flatten();
    for (const auto& [path, value] : flat.items()) {
      if (value.is_null() || (value == 0 && path.find("/stalls/") != std::string::npos)) continue;
      const auto [entry, first] = numbers.emplace(path, paths.size());
      if (first) {
        paths.push_back(path);
        values.push_back(Json::array());
        for (std::size_t before = 0; before < results.size(); ++before) values.back().push_back(nullptr);
      }
      values[entry->second][result] = rounded(value);
    }
  }
  return base64(deflated(Json{{"paths", paths}, {"values", values}}.dump()));
}

Json sweep_data(const std::filesystem::path& file, const std::string& name) {
  results::Sqlite database(file, results::Sqlite::Access::read);
  const SweepRow sweep = find_sweep(database, name);
  results::Statement rows(database, "SELECT * FROM sweep_results WHERE sweep_id = ? ORDER BY position");
  rows.bind(sweep.id);
  Points points;
  while (rows.step()) points.add(rows);
  Json json = sweep.json;
  json["parameters"] = parameters_of(database, sweep.id);
  json["failures"] = failures_of(database, sweep.id);
  json["details"] = points.details();
  json["columns"] = points.columns();
  return json;
}

}  // namespace terse::report
