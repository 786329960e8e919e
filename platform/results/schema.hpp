#pragma once
// Tables and views of results.sqlite (docs/sweeps.md). The version is SQLite's user_version.
#include <string>

namespace terse::results {

inline constexpr int schema_version = 1;

/// Makes tables, indices and views.
extern const char* const schema_sql;

}  // namespace terse::results
