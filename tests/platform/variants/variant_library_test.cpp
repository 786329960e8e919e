// A variant from outside the tree, from its source to a run: docs/variants.md, step by step.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "tests/platform/program.hpp"

namespace terse::testing {
namespace {

using ::testing::HasSubstr;

/// Builds `source` as the documentation says; the library lies in `workspace`.
std::string build(const Workspace& workspace, const std::string& source, const std::string& library) {
  const std::string file = (workspace.path() / library).string();
  const std::string command = fmt::format("{} @{} {} -o {}", TERSE_COMPILER, TERSE_FLAGS, source, file);
  EXPECT_EQ(std::system(command.c_str()), 0) << command;
  return file;
}

std::string source(const char* name) {
  return std::string(TERSE_SOURCE_DIR "/tests/platform/variants/") + name;
}

TEST(VariantLibrary, AnArbitrationFromOutsideTheTreeIsChosenByName) {
  const Workspace workspace;
  const std::string library = build(workspace, source("oldest_first.cpp"), "liboldest_first.so");
  const Simulation simulation =
      simulate({"platform.libraries=[" + library + "]", "platform.scratchpad.arbitration=oldest_first"});
  EXPECT_EQ(simulation.outcome.exit_code, 0) << simulation.outcome.errors;
  EXPECT_TRUE(simulation.result["verified"]);
  EXPECT_EQ(simulation.result["configuration"]["platform"]["scratchpad"]["arbitration"], "oldest_first");
}

TEST(VariantLibrary, ADataflowFromOutsideTheTreeGivesTheSameBitsInItsOwnTime) {
  const Workspace workspace;
  const std::string library = build(workspace, source("activation_stationary.cpp"), "libactivation_stationary.so");
  const Simulation own =
      simulate({"platform.libraries=[" + library + "]", "platform.tmac.dataflow=activation_stationary"}, 1);
  ASSERT_EQ(own.outcome.exit_code, 0) << own.outcome.errors;
  EXPECT_TRUE(own.result["verified"]);
  const Simulation built_in = simulate({}, 1);
  EXPECT_EQ(own.result["accuracy"]["predictions"], built_in.result["accuracy"]["predictions"]);
  // Weights pass once per block of pixels instead of once per group: with 256 bits per cycle, 32 x 32 weights of 2 bits take
  // 8 cycles to load for one step of computing, so loading bounds it.
  EXPECT_GT(own.result["cycles_per_inference"], built_in.result["cycles_per_inference"]);
}

TEST(VariantLibrary, WithoutTheLibraryTheNameIsUnknownAndTheChoicesAreNamed) {
  const Simulation simulation = simulate({"platform.scratchpad.arbitration=oldest_first"});
  EXPECT_EQ(simulation.outcome.exit_code, 2);
  EXPECT_THAT(simulation.outcome.errors, HasSubstr("round_robin"));
}

TEST(VariantLibrary, WhatIsNoSuchLibraryIsRefusedWithTheMend) {
  const Workspace workspace;
  const auto refused = [](const std::string& library) {
    const Simulation simulation = simulate({"platform.libraries=[" + library + "]"});
    EXPECT_EQ(simulation.outcome.exit_code, 2);
    return simulation.outcome.errors;
  };
  EXPECT_THAT(refused("/nowhere/libmine.so"), HasSubstr("there is no file '/nowhere/libmine.so'"));
  EXPECT_THAT(refused(workspace.write("libtext.so", "no ELF").string()), HasSubstr("cannot be loaded"));
  const auto empty = workspace.write("empty.cpp", "int nothing;\n");
  EXPECT_THAT(refused(build(workspace, empty.string(), "libempty.so")),
              HasSubstr("needs TERSE_VARIANT_LIBRARY() of models/variant_library.hpp"));
  const auto taken =
      workspace.write("taken.cpp",
                      "#include \"models/scratchpad/arbitration.hpp\"\n"
                      "#include \"models/variant_library.hpp\"\n"
                      "TERSE_VARIANT_LIBRARY() { terse::arbitration_variants().add({\"fixed\", \"\", {}}); }\n");
  EXPECT_THAT(refused(build(workspace, taken.string(), "libtaken.so")),
              HasSubstr("there is a variant 'fixed' already; give yours another name"));
  const auto old = workspace.write("old.cpp",
                                   "extern \"C\" unsigned terse_variant_interface() { return 0; }\n"
                                   "extern \"C\" void terse_register_variants() {}\n");
  EXPECT_THAT(refused(build(workspace, old.string(), "libold.so")), HasSubstr("was built for variant interface 0"));
}

}  // namespace
}  // namespace terse::testing
