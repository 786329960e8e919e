#pragma once
// The accelerator's clock in timing level `cycle`: steps everything that is busy, one cycle after the other, and lets the
// scratchpad's banks be arbitrated in each.
//
// Cycle n is the time from n to n + 1 periods. In it, every member states the banks it wants (from its state at the
// start of the cycle), each bank goes to one of those who want it, and every member takes its step knowing what it got.
// A member attached at time n takes part in cycle n; one that finishes in cycle n is seen finished at time n + 1.
//
// The host does not wake the simulation kernel for every cycle. Nothing that happens inside is visible outside until a
// member finishes or somebody looks; so cycles are simulated in one go, up to the present, when
//   - the earliest moment has come at which a member can have finished (Clocked::least_cycles),
//   - or advance() is called: before a member is attached or detached, and before a register is read or written.
// The state at time n is a function of what happened before n, hence the same however often somebody looks.
#include <cstdint>
#include <systemc>
#include <vector>

#include "models/clocked/clocked.hpp"
#include "models/scratchpad/bank_arbiter.hpp"

namespace terse {

class ClockDomain : public sc_core::sc_module {
 public:
  /// `arbiter` must outlive the domain.
  ClockDomain(sc_core::sc_module_name name, sc_core::sc_time period, BankArbiter& arbiter);

  /// From the present cycle on, `member` is stepped, as initiator `port` of the scratchpad, until it is finished;
  /// then `done` is notified, at the end of its last cycle, and it is no longer a member. The present must be a clock
  /// edge; no two members have the same port; both must live so long.
  void attach(Clocked& member, unsigned port, sc_core::sc_event& done);
  /// Takes a member out before it is finished; nothing if it is none.
  void detach(const Clocked& member);
  /// From the present cycle on.
  void set_rank(unsigned port, const PortRank& rank);
  /// Simulates all cycles that have ended by now.
  void advance();

  [[nodiscard]] sc_core::sc_time period() const { return period_; }
  /// Cycles stepped with at least one member.
  [[nodiscard]] std::uint64_t stepped() const { return stepped_; }

 private:
  struct Member {
    Clocked* clocked;
    unsigned port;
    sc_core::sc_event* done;
  };

  void step();
  void dismiss_finished();
  void plan_wake_up();

  const sc_core::sc_time period_;
  BankArbiter& arbiter_;
  std::vector<Member> members_;
  std::vector<BankSet> requests_, grants_;
  std::uint64_t cycle_ = 0;  ///< The next one to simulate.
  std::uint64_t stepped_ = 0;
  sc_core::sc_event wake_up_;
};

}  // namespace terse
