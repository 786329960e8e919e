#pragma once
// What the commands of `terse explore` share.
#include <filesystem>
#include <string>

#include "explore/frontier.hpp"
#include "platform/cli/options.hpp"
#include "platform/report/rows.hpp"
#include "platform/results/sqlite.hpp"

namespace terse::cli {

/// explore.sqlite in a folder that `explore run` filled. Throws UsageError.
std::filesystem::path explore_database(const std::filesystem::path& folder);

/// Means over seeds with their spread. `grid`: empty for all networks.
report::Rows explore_table(results::Sqlite& database, const std::string& grid);
/// A row for every network.
report::Rows explore_networks(results::Sqlite& database, const std::string& grid);

/// Raw results of the frontier, as in frontier.csv.
report::Rows frontier_rows(const std::vector<explore::FrontierRow>& rows);

int explore_frontier(const Arguments& arguments);
int explore_report(const Arguments& arguments);

}  // namespace terse::cli
