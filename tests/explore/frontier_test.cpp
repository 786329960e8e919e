#include "explore/frontier.hpp"

#include <gtest/gtest.h>

namespace terse::explore {
namespace {

FrontierRow row(const std::string& pattern, int seed, double accuracy, double cycles, double energy, double bits) {
  FrontierRow made;
  made.pattern = pattern;
  made.seed = seed;
  made.accuracy = accuracy;
  made.cycles = cycles;
  made.energy_pj = energy;
  made.bits_per_weight = bits;
  return made;
}

TEST(Frontier, WhatAnotherMeanBeatsIsNotOnTheFront) {
  // Means: a 80, b 79 but cheaper, c 78 and dearer than b in energy: b dominates it. d equals a.
  std::vector<FrontierRow> rows{row("a", 1, 81, 10, 10, 4), row("a", 2, 79, 10, 10, 4), row("b", 1, 79, 9, 9, 3),
                                row("c", 1, 78, 9, 9.5, 3), row("d", 1, 80, 10, 10, 4)};
  mark_pareto(rows);
  EXPECT_TRUE(rows[0].pareto);
  EXPECT_TRUE(rows[1].pareto) << "the seed below b's accuracy belongs to a mean above it";
  EXPECT_TRUE(rows[2].pareto);
  EXPECT_FALSE(rows[3].pareto);
  EXPECT_TRUE(rows[4].pareto);
}

}  // namespace
}  // namespace terse::explore
