#pragma once
// A port of the scratchpad whose accesses take part in the arbitration of banks (timing level cycle).
#include <cstdint>
#include <deque>
#include <systemc>
#include <tlm>

#include "models/clocked/clock_domain.hpp"
#include "models/clocked/transfer.hpp"

namespace terse {

/// What an initiator and the arbiter say to each other, if the initiator attaches it to its transaction.
struct TimedAccess : tlm::tlm_extension<TimedAccess> {
  PortRank rank;                  ///< That the access goes by.
  std::uint64_t lost_cycles = 0;  ///< Added to: cycles in which another initiator had a bank that was wanted.

  [[nodiscard]] tlm_extension_base* clone() const override { return new TimedAccess(*this); }
  void copy_from(const tlm_extension_base& other) override {
    const auto& access = static_cast<const TimedAccess&>(other);
    rank = access.rank;
    lost_cycles = access.lost_cycles;
  }
};

class TimedPort {
 public:
  /// `width`: bytes per cycle.
  TimedPort(ClockDomain& domain, const BankLayout& layout, unsigned port, std::uint32_t width)
      : domain_(domain), layout_(layout), port_(port), width_(width) {}

  /// Waits, in the initiator's process: for the first clock edge at or after `delay`, for the port (one access at a time,
  /// first come first served), and until all words have been granted. Returns the cycles lost to other initiators.
  std::uint64_t pass(sc_core::sc_time delay, std::uint64_t address, std::uint64_t bytes, const PortRank& rank = {}) {
    wait_for_edge(delay);
    sc_core::sc_event turn;
    queue_.push_back(&turn);
    if (queue_.size() > 1) sc_core::wait(turn);
    Transfer transfer(layout_, address, bytes, width_);
    sc_core::sc_event done;
    domain_.set_rank(port_, rank);
    domain_.attach(transfer, port_, done);
    while (!transfer.finished()) sc_core::wait(done);
    queue_.pop_front();
    if (!queue_.empty()) queue_.front()->notify();
    return transfer.lost();
  }

 private:
  void wait_for_edge(sc_core::sc_time delay) const {
    const std::uint64_t period = domain_.period().value();
    const std::uint64_t until = sc_core::sc_time_stamp().value() + delay.value();
    const std::uint64_t edge = (until + period - 1) / period * period;
    const sc_core::sc_time wait = sc_core::sc_time::from_value(edge) - sc_core::sc_time_stamp();
    if (wait != sc_core::SC_ZERO_TIME) sc_core::wait(wait);
  }

  ClockDomain& domain_;
  const BankLayout& layout_;
  const unsigned port_;
  const std::uint32_t width_;
  std::deque<sc_core::sc_event*> queue_;  ///< The front one has the port.
};

}  // namespace terse
