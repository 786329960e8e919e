#include "models/scratchpad/bank_arbiter.hpp"

#include <algorithm>
#include <cassert>

namespace terse {

BankArbiter::BankArbiter(const std::string& policy, const ArbitrationGeometry& geometry)
    : geometry_(geometry),
      policy_(arbitration_variants().make(policy, geometry)),
      use_(std::size_t{geometry.ports} * geometry.banks),
      losses_(std::size_t{geometry.ports} * geometry.ports) {
  assert(geometry.ports <= most_ports && geometry.banks <= BankSet::most_banks);
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
  }
}

void BankArbiter::resolve(std::uint32_t bank, std::span<const BankSet> requests, std::span<BankSet> grants) {
  std::uint64_t requesters = 0;
  for (unsigned port = 0; port < geometry_.ports; ++port) {
    requesters |= std::uint64_t{requests[port].contains(bank)} << port;
  }
  const unsigned winner = policy_->choose(bank, requesters);
  for (unsigned port = 0; port < geometry_.ports; ++port) {
    if (port == winner || (requesters >> port & 1u) == 0) continue;
    grants[port].erase(bank);
    ++losses_[std::size_t{port} * geometry_.ports + winner];
  }
}

}  // namespace terse
