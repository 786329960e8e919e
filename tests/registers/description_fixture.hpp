#pragma once
// Descriptions written to files, because mistakes are reported with their place in one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "registers/description_reader.hpp"

namespace terse::registers::generator {

class DescriptionTest : public ::testing::Test {
 protected:
  DescriptionTest() { std::filesystem::create_directories(directory); }
  ~DescriptionTest() override { std::filesystem::remove_all(directory); }

  std::string file(const std::string& name, const std::string& text) const {
    const std::filesystem::path path = directory / name;
    std::ofstream(path) << text;
    return path.string();
  }

  /// A control block as small as can be.
  const UnitEntry& control() {
    if (control_.name.empty()) {
      Problems problems;
      control_ = read_unit(file("block.yaml",
                                "name: block\n"
                                "description: A block.\n"
                                "job_offset: 0x10\n"
                                "capability_offset: 0x20\n"
                                "registers:\n"
                                "  - {name: START, offset: 0x0, access: wo, description: Starts.}\n"
                                "  - {name: KIND, offset: 0x4, access: ro, enum: unit, description: Which unit.}\n"
                                "counters:\n"
                                "  offset: 0x30\n"
                                "  names:\n"
                                "    - {name: ELAPSED, description: All cycles.}\n"
                                "    - {name: IDLE, description: No job.}\n"
                                "enums:\n"
                                "  - name: unit\n"
                                "    description: Units.\n"
                                "    values:\n"
                                "      - {name: example, value: 7, description: An example.}\n"),
                           nullptr, problems);
      EXPECT_THAT(problems, ::testing::IsEmpty());
    }
    return control_;
  }

  UnitEntry read(const std::string& text, Problems& problems) {
    return read_unit(file("unit.yaml", text), &control(), problems);
  }
  UnitEntry read(const std::string& text) {
    Problems problems;
    UnitEntry unit = read(text, problems);
    for (const Problem& problem : problems) ADD_FAILURE() << problem.place.line << ": " << problem.message;
    return unit;
  }

  const std::filesystem::path directory =
      std::filesystem::temp_directory_path() / ("terse_registers_" + std::to_string(::getpid()));

 private:
  UnitEntry control_;
};

}  // namespace terse::registers::generator
