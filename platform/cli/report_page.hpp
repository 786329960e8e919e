#pragma once
// What the commands that write files for people share.
#include <filesystem>
#include <string>

#include "platform/cli/options.hpp"

namespace terse::cli {

/// Throws UsageError if this program was built without the page.
void require_page();

/// Throws UsageError that names `option` if the file cannot be written in full.
void write_file(const std::filesystem::path& path, const std::string& text, const char* option);

/// "terse COMMAND ARGUMENTS" as one would type it.
std::string command_line(const char* command, const Arguments& arguments);

}  // namespace terse::cli
