#include "platform/cli/report_page.hpp"

#include <fmt/format.h>

#include <fstream>

#include "platform/report/page.hpp"

namespace terse::cli {
namespace {

std::string quoted(const std::string& word) {
  const char* plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./,:@%";
  if (!word.empty() && word.find_first_not_of(plain) == std::string::npos) return word;
  std::string text = "'";
  for (const char character : word) text += character == '\'' ? "'\\''" : std::string(1, character);
  return text + "'";
}

}  // namespace

void require_page() {
  if (report::has_page()) return;
  throw UsageError(
      "this program was built without the report (TERSE_REPORT=OFF); install npm and configure with "
      "-DTERSE_REPORT=ON");
}

void write_file(const std::filesystem::path& path, const std::string& text, const char* option) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  if (!file.flush())
    throw UsageError(fmt::format("{} cannot be written in full; choose another place with {}", path.string(), option));
}

std::string command_line(const char* command, const Arguments& arguments) {
  std::string text = fmt::format("./terse {}", command);
  for (const std::string& argument : arguments) text += " " + quoted(argument);
  return text;
}

}  // namespace terse::cli
