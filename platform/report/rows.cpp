#include "platform/report/rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace terse::report {
namespace {

using Json = nlohmann::ordered_json;

/// Every digit of a number that counts, and no more.
std::string exact(const Json& value) {
  if (value.is_null()) return "";
  if (value.is_string()) return value.get<std::string>();
  return value.dump();
}

/// Six digits are enough to read.
std::string readable(const Json& value) {
  if (value.is_null()) return "-";
  if (!value.is_number_float()) return exact(value);
  const double number = value.get<double>();
  const double size = std::abs(number);
  if (number == std::floor(number) && size < 1e15) return fmt::format("{:.0f}", number);
  return size >= 1e6 && size < 1e15 ? fmt::format("{:.0f}", number) : fmt::format("{:.6g}", number);
}

std::string quoted(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string result = "\"";
  for (const char c : text) result += c == '"' ? std::string("\"\"") : std::string(1, c);
  return result + "\"";
}

/// Columns of the terminal that the text takes, if each code point takes one.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string table(const Rows& rows) {
  std::vector<std::vector<std::string>> cells(1, rows.columns);
  for (const auto& row : rows.rows) {
    auto& line = cells.emplace_back();
    for (const auto& value : row) line.push_back(readable(value));
  }
  std::vector<std::size_t> widths(rows.columns.size());
  for (const auto& line : cells) {
    for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], width_of(line[i]));
  }
  std::string text;
  for (std::size_t r = 0; r < cells.size(); ++r) {
    std::string line;
    for (std::size_t i = 0; i < cells[r].size(); ++i) {
      const std::string space(widths[i] - width_of(cells[r][i]), ' ');
      const Json* sample = rows.rows.empty() ? nullptr : &rows.rows[r == 0 ? 0 : r - 1][i];
      const bool right = sample != nullptr && (sample->is_number() || sample->is_null());
      line += (i == 0 ? "" : "  ") + (right ? space + cells[r][i] : cells[r][i] + space);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

std::string csv(const Rows& rows) {
  std::string text;
  const auto add = [&](const auto& line, auto cell) {
    for (std::size_t i = 0; i < line.size(); ++i) text += (i == 0 ? "" : ",") + quoted(cell(line[i]));
    text += "\r\n";
  };
  add(rows.columns, [](const std::string& name) { return name; });
  for (const auto& row : rows.rows) add(row, exact);
  return text;
}

std::string json(const Rows& rows) {
  Json list = Json::array();
  for (const auto& row : rows.rows) {
    Json& entry = list.emplace_back(Json::object());
    for (std::size_t i = 0; i < row.size(); ++i) entry[rows.columns[i]] = row[i];
  }
  return list.dump(2) + "\n";
}

}  // namespace

std::string to_text(const Rows& rows, Format format) {
  return format == Format::table ? table(rows) : format == Format::csv ? csv(rows) : json(rows);
}

}  // namespace terse::report
