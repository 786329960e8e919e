#pragma once
// What the page shows of a sweep, from results.sqlite: figures of every point as columns, and every result packed small.
#include <filesystem>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

namespace terse::report {

/// There is no such sweep to report; the message says which there are.
class SweepDataError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Greatest size of the packed results, bytes: what a browser still opens at once. Points beyond it are shown with their
/// figures, but do not open.
inline constexpr std::size_t detail_bytes = 64u << 20;

/// `name`: of the sweep; empty: the one that was worked on last. Throws SweepDataError, results::SqliteError.
nlohmann::ordered_json sweep_data(const std::filesystem::path& database, const std::string& name);

/// Deflated JSON in base64 of results: {paths: [JSON pointer], values: [[value of each result] per path]}. Numbers have
/// seven significant digits; nothing is kept of causes without cycles.
std::string packed(const std::vector<nlohmann::ordered_json>& results);

}  // namespace terse::report
