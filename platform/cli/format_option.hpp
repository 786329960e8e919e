#pragma once
// --format table | json | csv, of every command that prints results.
#include "platform/cli/options.hpp"
#include "platform/report/rows.hpp"

namespace terse::cli {

void add_format(Options& options);
/// Throws UsageError.
report::Format format_of(const boost::program_options::variables_map& values);

}  // namespace terse::cli
