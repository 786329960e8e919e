#include "models/scratchpad/bank_arbiter.hpp"

#include <algorithm>
#include <bit>
#include <cassert>

namespace terse {

BankArbiter::BankArbiter(const std::string& policy, const ArbitrationGeometry& geometry)
    : geometry_(geometry),
      policy_(arbitration_variants().make(policy, geometry)),
      use_(std::size_t{geometry.ports} * geometry.banks),
      losses_(std::size_t{geometry.ports} * geometry.ports),
      ranks_(geometry.ports),
      lost_(std::size_t{geometry.ports} * geometry.banks) {
  assert(geometry.ports <= most_ports && geometry.banks <= BankSet::most_banks);
}

void BankArbiter::set_rank(unsigned port, const PortRank& rank) {
  ranks_[port] = rank;
  std::fill_n(lost_.begin() + static_cast<std::ptrdiff_t>(place(port, 0)), geometry_.banks, 0u);  // counted anew
  limited_ = 0;
  ranked_ = false;
  for (unsigned other = 0; other < geometry_.ports; ++other) {
    if (ranks_[other].max_stall != 0) limited_ |= std::uint64_t{1} << other;
    ranked_ = ranked_ || ranks_[other].max_stall != 0 || ranks_[other].priority != 0;
  }
}

void BankArbiter::arbitrate(std::span<const BankSet> requests, std::span<BankSet> grants) {
  BankSet wanted, contended;
  for (unsigned port = 0; port < geometry_.ports; ++port) {
    contended |= wanted & requests[port];
    wanted |= requests[port];
    grants[port] = requests[port];
  }
  contended.for_each([&](std::uint32_t bank) { resolve(bank, requests, grants); });
  for (unsigned port = 0; port < geometry_.ports; ++port) {
    BankUse* use = &use_[std::size_t{port} * geometry_.banks];
    requests[port].for_each([use](std::uint32_t bank) { ++use[bank].requests; });
    grants[port].for_each([use](std::uint32_t bank) { ++use[bank].grants; });
    if ((limited_ >> port & 1u) == 0) continue;
    grants[port].for_each([&](std::uint32_t bank) { lost_[place(port, bank)] = 0; });
  }
}

/// Those of the requesters among whom the policy decides.
std::uint64_t BankArbiter::foremost(std::uint32_t bank, std::uint64_t requesters) const {
  std::uint64_t overdue = 0;
  for (std::uint64_t rest = requesters & limited_; rest != 0; rest &= rest - 1) {
    const auto port = static_cast<unsigned>(std::countr_zero(rest));
    if (lost_[place(port, bank)] >= ranks_[port].max_stall) overdue |= std::uint64_t{1} << port;
  }
  if (overdue != 0) requesters = overdue;
  std::uint64_t foremost = 0;
  std::uint32_t highest = 0;
  for (std::uint64_t rest = requesters; rest != 0; rest &= rest - 1) {
    const auto port = static_cast<unsigned>(std::countr_zero(rest));
    const std::uint32_t priority = ranks_[port].priority;
    if (priority > highest) foremost = 0;
    highest = std::max(highest, priority);
    if (priority == highest) foremost |= std::uint64_t{1} << port;
  }
  return foremost;
}

void BankArbiter::resolve(std::uint32_t bank, std::span<const BankSet> requests, std::span<BankSet> grants) {
  std::uint64_t requesters = 0;
  for (unsigned port = 0; port < geometry_.ports; ++port) {
    requesters |= std::uint64_t{requests[port].contains(bank)} << port;
  }
  const std::uint64_t foremost = ranked_ ? this->foremost(bank, requesters) : requesters;
  const unsigned winner = std::has_single_bit(foremost) ? static_cast<unsigned>(std::countr_zero(foremost))
                                                        : policy_->choose(bank, foremost);
  for (unsigned port = 0; port < geometry_.ports; ++port) {
    if (port == winner || (requesters >> port & 1u) == 0) continue;
    grants[port].erase(bank);
    if ((limited_ >> port & 1u) != 0) ++lost_[place(port, bank)];
    ++losses_[std::size_t{port} * geometry_.ports + winner];
  }
}

}  // namespace terse
