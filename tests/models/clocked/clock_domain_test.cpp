#include "models/clocked/clock_domain.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <string>

namespace terse {
namespace {

/// Wants one bank until it has got it `words` times.
class Reader final : public Clocked {
 public:
  Reader(std::uint32_t bank, std::uint64_t words) : bank_(bank), words_(words) {}
  BankSet request() override {
    BankSet banks;
    banks.insert(bank_);
    return banks;
  }
  void step(const BankSet& granted) override {
    book(granted.empty() ? Cause::bank_conflict : Cause::compute);
    if (!granted.empty()) --words_;
  }
  [[nodiscard]] bool finished() const override { return words_ == 0; }
  [[nodiscard]] std::uint64_t least_cycles() const override { return words_; }

 private:
  std::uint32_t bank_;
  std::uint64_t words_;
};

constexpr double period_ns = 2;

sc_core::sc_time cycles(double count) {
  return {count * period_ns, sc_core::SC_NS};
}

struct Bench : sc_core::sc_module {
  BankArbiter arbiter;
  ClockDomain domain;
  sc_core::sc_event done[3];

  Bench(sc_core::sc_module_name name, const std::string& policy)
      : sc_module(name), arbiter(policy, {.banks = 4, .ports = 3}), domain("domain", cycles(1), arbiter) {}
  /// Runs `reader` from `start` on and returns the cycle in which it is seen finished.
  double finish(Reader& reader, unsigned port, double start) {
    wait(cycles(start) - sc_core::sc_time_stamp());
    domain.attach(reader, port, done[port]);
    wait(done[port]);
    return sc_core::sc_time_stamp() / cycles(1);
  }
};

std::string unique(const char* name) {
  return sc_core::sc_gen_unique_name(name);
}

TEST(ClockDomain, FinishesAtTheEndOfTheLastCycleAndSharesABankFairly) {
  // One simulation for the whole program: everything that needs time happens in here.
  Bench fair(unique("fair").c_str(), "round_robin"), fixed(unique("fixed").c_str(), "fixed"),
      looked_at(unique("looked_at").c_str(), "round_robin");
  double alone = 0, first = 0, second = 0, winner = 0, loser = 0, watched_first = 0, watched_second = 0;
  Reader a(0, 5), b(1, 4), c(1, 4), d(2, 3), e(2, 3), f(1, 4), g(1, 4);
  const auto spawn = [](std::function<void()> body) { sc_core::sc_spawn(std::move(body)); };
  spawn([&] { alone = fair.finish(a, 0, 10); });
  spawn([&] { first = fair.finish(b, 1, 20); });
  spawn([&] { second = fair.finish(c, 2, 20); });
  spawn([&] { winner = fixed.finish(d, 0, 0); });
  spawn([&] { loser = fixed.finish(e, 1, 1); });
  spawn([&] { watched_first = looked_at.finish(f, 1, 20); });
  spawn([&] { watched_second = looked_at.finish(g, 2, 20); });
  spawn([&] {
    for (unsigned i = 0; i < 200; ++i) {
      sc_core::wait(sc_core::sc_time(0.7, sc_core::SC_NS));
      looked_at.domain.advance();
    }
  });
  sc_core::sc_start();
  EXPECT_EQ(alone, 15);  // 5 words from cycle 10 on: cycles 10 to 14
  // Ports 1 and 2 take turns from cycle 20 on, port 1 first: 20, 22, 24, 26 and 21, 23, 25, 27.
  EXPECT_EQ(first, 27);
  EXPECT_EQ(second, 28);
  EXPECT_EQ(fair.arbiter.losses(2, 1), 4u);
  EXPECT_EQ(fair.arbiter.losses(1, 2), 3u);
  EXPECT_EQ(fair.arbiter.use(2, 1).requests, 8u);
  EXPECT_EQ(fair.arbiter.use(2, 1).grants, 4u);
  EXPECT_EQ(fair.arbiter.use(2, 1).losses(), 4u);
  // Port 0 reads in cycles 0 to 2; port 1 comes in cycle 1 and loses twice.
  EXPECT_EQ(winner, 3);
  EXPECT_EQ(loser, 6);
  EXPECT_EQ(fixed.arbiter.losses(1, 0), 2u);
  // Looking in between changes nothing.
  EXPECT_EQ(watched_first, first);
  EXPECT_EQ(watched_second, second);
}

}  // namespace
}  // namespace terse
