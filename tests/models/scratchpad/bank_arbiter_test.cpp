// Who gets a bank: most stall before priority, priority before policy.
#include "models/scratchpad/bank_arbiter.hpp"

#include <gtest/gtest.h>

#include <string>

namespace terse {
namespace {

/// The winners of `cycles` cycles in which all ports want bank 1 of two: one digit per cycle.
std::string winners(BankArbiter& arbiter, unsigned cycles) {
  std::vector<BankSet> requests(arbiter.geometry().ports), grants(arbiter.geometry().ports);
  for (BankSet& request : requests) request.insert(1);
  std::string winners;
  for (unsigned cycle = 0; cycle < cycles; ++cycle) {
    arbiter.arbitrate(requests, grants);
    for (unsigned port = 0; port < grants.size(); ++port) {
      if (grants[port].contains(1)) winners += std::to_string(port);
    }
  }
  return winners;
}

BankArbiter arbiter_of(const std::string& policy, unsigned ports) {
  return {policy, {.banks = 2, .ports = ports}};
}

TEST(BankArbiterTest, WithoutRanksThePolicyDecides) {
  BankArbiter turns = arbiter_of("round_robin", 3), fixed = arbiter_of("fixed", 3);
  EXPECT_EQ(winners(turns, 6), "012012");
  EXPECT_EQ(winners(fixed, 3), "000");
}

TEST(BankArbiterTest, PriorityGoesBeforeThePolicy) {
  BankArbiter arbiter = arbiter_of("round_robin", 3);
  arbiter.set_rank(2, {.priority = 5});
  EXPECT_EQ(winners(arbiter, 4), "2222");
  EXPECT_EQ(arbiter.losses(0, 2), 4u);
  arbiter.set_rank(0, {.priority = 5});  // equals: between them the policy
  EXPECT_EQ(winners(arbiter, 4), "0202");
  arbiter.set_rank(0, {});
  arbiter.set_rank(2, {});
  EXPECT_EQ(winners(arbiter, 3), "012");
}

// Port 1 may lose three cycles and gets the fourth.
TEST(BankArbiterTest, AnAccessThatHasLostOftenEnoughWins) {
  BankArbiter arbiter = arbiter_of("fixed", 2);
  arbiter.set_rank(1, {.max_stall = 3});
  EXPECT_EQ(winners(arbiter, 8), "00010001");
  arbiter.set_rank(0, {.priority = 15});  // whatever the priority of others
  EXPECT_EQ(winners(arbiter, 4), "0001");
}

// Ports 1 and 2 may lose two cycles. Both are due in the third; port 2 has the higher priority, port 1 the next cycle. Port
// 2 has then lost one; after one more of port 0's it is due again, and port 1 a cycle later.
TEST(BankArbiterTest, OfSeveralThatAreDueThePriorityDecides) {
  BankArbiter arbiter = arbiter_of("fixed", 3);
  arbiter.set_rank(0, {.priority = 9});
  arbiter.set_rank(1, {.max_stall = 2});
  arbiter.set_rank(2, {.priority = 1, .max_stall = 2});
  EXPECT_EQ(winners(arbiter, 10), "0021021021");
}

// Losses are counted per bank: what port 1 loses of bank 1 says nothing about bank 0.
TEST(BankArbiterTest, BanksAreCountedApart) {
  BankArbiter arbiter = arbiter_of("fixed", 2);
  arbiter.set_rank(1, {.max_stall = 2});
  EXPECT_EQ(winners(arbiter, 2), "00");
  std::vector<BankSet> requests(2), grants(2);
  for (BankSet& request : requests) request.insert(0);
  arbiter.arbitrate(requests, grants);
  EXPECT_TRUE(grants[0].contains(0));
}

}  // namespace
}  // namespace terse
