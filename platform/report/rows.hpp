#pragma once
// Rows of named values for people and for programs: --format table | json | csv.
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace terse::report {

struct Rows {
  std::vector<std::string> columns;
  std::vector<std::vector<nlohmann::ordered_json>> rows;
};

enum class Format { table, json, csv };

/// Aligned columns, numbers to the right; a list of objects; RFC 4180.
std::string to_text(const Rows& rows, Format format);

}  // namespace terse::report
