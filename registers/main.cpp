// terse_registers: reads the register descriptions and writes what is generated from them.
#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "registers/description_reader.hpp"
#include "registers/writers.hpp"

namespace {

using namespace terse::registers::generator;
namespace fs = std::filesystem;

using Files = std::map<std::string, std::string>;  // name -> text

constexpr const char* usage =
    "usage: terse_registers headers DIRECTORY CONTROL.yaml UNIT.yaml...\n"
    "       terse_registers docs DIRECTORY PLATFORM.yaml CONTROL.yaml UNIT.yaml...\n"
    "       terse_registers check-docs DIRECTORY PLATFORM.yaml CONTROL.yaml UNIT.yaml...\n"
    "\n"
    "headers     writes UNIT.hpp and UNIT_table.hpp of each unit and of the control block to DIRECTORY\n"
    "docs        writes UNIT.md, README.md and terse.svd to DIRECTORY\n"
    "check-docs  compares DIRECTORY with what docs would write; exit code 1 when it differs\n"
    "\n"
    "A mistake in a description is printed as file:line:column: message, and the exit code is 2.\n"
    "Example: terse_registers headers /tmp/out registers/hwpe.yaml models/tmac/registers.yaml\n";

std::string read_text(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

/// Leaves a file that is already right untouched, so that nothing that includes it is compiled again.
bool write_files(const fs::path& directory, const Files& files) {
  std::error_code error;
  fs::create_directories(directory, error);
  for (const auto& [name, text] : files) {
    const fs::path path = directory / name;
    if (fs::exists(path) && read_text(path) == text) continue;
    std::ofstream stream(path, std::ios::binary);
    stream << text;
    stream.close();
    if (!stream) {
      fmt::print(stderr, "{}: cannot be written\n", path.string());
      return false;
    }
  }
  return true;
}

bool compare_files(const fs::path& directory, const Files& files) {
  bool equal = true;
  const auto complain = [&](const fs::path& path, const char* what) {
    fmt::print(stderr, "{}: {}; refresh it with `cmake --build BUILD --target registers_docs` and commit the result\n",
               path.string(), what);
    equal = false;
  };
  for (const auto& [name, text] : files) {
    if (!fs::exists(directory / name))
      complain(directory / name, "is missing");
    else if (read_text(directory / name) != text)
      complain(directory / name, "differs from the register description");
  }
  for (const auto& entry : fs::directory_iterator(directory)) {
    if (!files.contains(entry.path().filename().string())) complain(entry.path(), "comes from no register description");
  }
  return equal;
}

Files make_headers(const UnitEntry& control, const std::vector<UnitEntry>& units) {
  Files files{{control.name + ".hpp", write_header(control, nullptr)},
              {control.name + "_table.hpp", write_table(control)}};
  for (const UnitEntry& unit : units) {
    files[unit.name + ".hpp"] = write_header(unit, &control);
    files[unit.name + "_table.hpp"] = write_table(unit);
  }
  return files;
}

Files make_docs(const UnitEntry& control, const std::vector<UnitEntry>& units,
                const std::vector<Peripheral>& peripherals) {
  Files files{{control.name + ".md", write_page(control, nullptr)},
              {"README.md", write_index(control, units, peripherals)},
              {"terse.svd", write_svd(control, units, peripherals)}};
  for (const UnitEntry& unit : units) files[unit.name + ".md"] = write_page(unit, &control);
  return files;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (!arguments.empty() && (arguments[0] == "--help" || arguments[0] == "-h")) {
    fmt::print("{}", usage);
    return 0;
  }
  const bool headers = arguments.size() >= 3 && arguments[0] == "headers";
  const bool docs = arguments.size() >= 4 && (arguments[0] == "docs" || arguments[0] == "check-docs");
  if (!headers && !docs) {
    fmt::print(stderr, "{}", usage);
    return 2;
  }
  Problems problems;
  std::size_t next = 2;
  std::vector<Peripheral> peripherals;
  if (docs) peripherals = read_peripherals(arguments[next++], problems);
  const UnitEntry control = read_unit(arguments[next++], nullptr, problems);
  std::vector<UnitEntry> units;
  for (; next < arguments.size(); ++next) units.push_back(read_unit(arguments[next], &control, problems));
  for (const Problem& problem : problems) {
    fmt::print(stderr, "{}:{}:{}: {}\n", problem.place.file, problem.place.line, problem.place.column, problem.message);
  }
  if (!problems.empty()) return 2;
  if (headers) return write_files(arguments[1], make_headers(control, units)) ? 0 : 2;
  const Files files = make_docs(control, units, peripherals);
  if (arguments[0] == "docs") return write_files(arguments[1], files) ? 0 : 2;
  return compare_files(arguments[1], files) ? 0 : 1;
}
