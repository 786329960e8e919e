#pragma once
// One cycle of the scratchpad: who asks for which banks, who gets them, and who lost to whom. Each bank serves one
// access per cycle (models/scratchpad/scratchpad.hpp); banks are arbitrated independently of each other. Of the ports that
// want a bank in a cycle,
//   1. those that have lost it max_stall cycles in a row (PortRank; 0: never) go before all others,
//   2. then those of the highest priority,
//   3. and between those that are left the policy decides.
// Reason: comparators of a few bits before the arbiter, and a counter per port and bank that is cleared by a grant.
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "models/scratchpad/arbitration.hpp"
#include "models/scratchpad/bank_set.hpp"

namespace terse {

/// Counted over all cycles; a request that loses is made, and counted, again in the next cycle.
struct BankUse {
  std::uint64_t requests = 0;
  std::uint64_t grants = 0;
  [[nodiscard]] std::uint64_t losses() const { return requests - grants; }
};

/// What an initiator asks for at the scratchpad: registers ARB_PRIORITY and ARB_MAX_STALL of its control block.
struct PortRank {
  std::uint32_t priority = 0;
  std::uint32_t max_stall = 0;  ///< Cycles that an access may lose a bank; 0: no limit.
};

class BankArbiter {
 public:
  static constexpr unsigned most_ports = 64;

  /// `policy`: a name of arbitration_variants().
  BankArbiter(const std::string& policy, const ArbitrationGeometry& geometry);

  [[nodiscard]] const ArbitrationGeometry& geometry() const { return geometry_; }

  /// From the next cycle on; both 0 at first.
  void set_rank(unsigned port, const PortRank& rank);

  /// One cycle: grants[p] becomes the part of requests[p] that port p gets; both have geometry().ports elements.
  void arbitrate(std::span<const BankSet> requests, std::span<BankSet> grants);

  [[nodiscard]] const BankUse& use(unsigned port, std::uint32_t bank) const {
    return use_[port * geometry_.banks + bank];
  }
  /// Cycles and banks in which `loser` had to wait because `winner` got the bank.
  [[nodiscard]] std::uint64_t losses(unsigned loser, unsigned winner) const {
    return losses_[loser * geometry_.ports + winner];
  }

 private:
  [[nodiscard]] std::uint64_t foremost(std::uint32_t bank, std::uint64_t requesters) const;
  [[nodiscard]] std::size_t place(unsigned port, std::uint32_t bank) const {
    return std::size_t{port} * geometry_.banks + bank;
  }
  void resolve(std::uint32_t bank, std::span<const BankSet> requests, std::span<BankSet> grants);

  ArbitrationGeometry geometry_;
  std::unique_ptr<Arbitration> policy_;
  std::vector<BankUse> use_;           ///< [port][bank]
  std::vector<std::uint64_t> losses_;  ///< [loser][winner]
  std::vector<PortRank> ranks_;        ///< By port.
  std::uint64_t limited_ = 0;          ///< Bit p: port p has a max_stall.
  bool ranked_ = false;                ///< Some rank is not 0.
  std::vector<std::uint32_t> lost_;    ///< [port][bank]: cycles in a row, of limited ports.
};

}  // namespace terse
