#include "models/clocked/clock_domain.hpp"

#include <algorithm>
#include <cassert>
#include <stdexcept>

namespace terse {

ClockDomain::ClockDomain(sc_core::sc_module_name name, sc_core::sc_time period, BankArbiter& arbiter)
    : sc_module(name),
      period_(period),
      arbiter_(arbiter),
      requests_(arbiter.geometry().ports),
      grants_(arbiter.geometry().ports),
      wake_up_("wake_up") {
  SC_HAS_PROCESS(ClockDomain);
  SC_METHOD(advance);
  sensitive << wake_up_;
  dont_initialize();
}

void ClockDomain::attach(Clocked& member, unsigned port, sc_core::sc_event& done) {
  advance();
  assert(sc_core::sc_time_stamp().value() % period_.value() == 0);
  assert(port < requests_.size() && !member.finished());
  assert(std::ranges::none_of(members_, [&](const Member& other) { return other.port == port; }));
  members_.push_back({&member, port, &done});
  std::ranges::sort(members_, {}, &Member::port);  // the order of the steps is that of the ports, whoever came first
  plan_wake_up();
}

void ClockDomain::detach(const Clocked& member) {
  advance();
  std::erase_if(members_, [&](const Member& other) {
    if (other.clocked != &member) return false;
    requests_[other.port].clear();
    return true;
  });
  plan_wake_up();
}

void ClockDomain::set_rank(unsigned port, const PortRank& rank) {
  advance();
  arbiter_.set_rank(port, rank);
}

void ClockDomain::advance() {
  const std::uint64_t now = sc_core::sc_time_stamp().value() / period_.value();
  if (members_.empty() || cycle_ >= now) {
    cycle_ = now;
    return;
  }
  while (cycle_ < now && !members_.empty()) {
    step();
    ++cycle_;
  }
  cycle_ = now;
  dismiss_finished();
  plan_wake_up();
}

void ClockDomain::step() {
  for (const Member& member : members_) requests_[member.port] = member.clocked->request();
  arbiter_.arbitrate(requests_, grants_);
  for (const Member& member : members_) {
    if (member.clocked->finished()) {
      throw std::logic_error("a unit's schedule promised more cycles in least_cycles() than it took");
    }
    member.clocked->step(grants_[member.port]);
  }
  ++stepped_;
}

void ClockDomain::dismiss_finished() {
  std::erase_if(members_, [&](const Member& member) {
    if (!member.clocked->finished()) return false;
    requests_[member.port].clear();
    member.done->notify();
    return true;
  });
}

void ClockDomain::plan_wake_up() {
  wake_up_.cancel();
  if (members_.empty()) return;
  std::uint64_t least = members_.front().clocked->least_cycles();
  for (const Member& member : members_) least = std::min(least, member.clocked->least_cycles());
  const sc_core::sc_time due =
      sc_core::sc_time::from_value((cycle_ + std::max<std::uint64_t>(least, 1)) * period_.value());
  wake_up_.notify(due - sc_core::sc_time_stamp());
}

}  // namespace terse
