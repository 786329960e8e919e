#pragma once
// What tests of both engines share: the engine as a parameter, and programs with places to jump to.
#include <gtest/gtest.h>

#include <string>

#include "tests/models/riscv/core_bench.hpp"
#include "tests/support/systemc_fixture.hpp"

namespace terse::test {

/// Each test runs once with the interpreter and once with the translator.
class EngineFixture : public SystemcTest, public ::testing::WithParamInterface<std::string> {
 protected:
  static RiscvParameters engine() { return {.engine = GetParam()}; }
};

inline std::string engine_name(const ::testing::TestParamInfo<std::string>& info) {
  return info.param;
}

/// Rounds after which a loop has been translated for long, wherever the translator draws the line.
constexpr int hot = 120;

/// How far a place in the program lies from its next instruction.
inline int distance(const Program& program, std::uint32_t place) {
  return static_cast<int>(place) - static_cast<int>(program.size());
}

}  // namespace terse::test
