#pragma once
// `terse run --what-if`.
#include <filesystem>
#include <string>
#include <vector>

#include "platform/report/rows.hpp"

namespace terse::cli {

/// Runs the scenario once as it is and once without each limit, each in a process of its own, and prints what each
/// would give at most. Exit code of the run as it is.
int what_if(const std::filesystem::path& file, const std::vector<std::string>& settings, report::Format format);

}  // namespace terse::cli
