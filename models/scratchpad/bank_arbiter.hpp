#pragma once
// One cycle of the scratchpad: who asks for which banks, who gets them, and who lost to whom. Each bank serves one
// access per cycle (models/scratchpad/scratchpad.hpp); banks are arbitrated independently of each other.
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

class BankArbiter {
 public:
  static constexpr unsigned most_ports = 64;

  /// `policy`: a name of arbitration_variants().
  BankArbiter(const std::string& policy, const ArbitrationGeometry& geometry);

  [[nodiscard]] const ArbitrationGeometry& geometry() const { return geometry_; }

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
  void resolve(std::uint32_t bank, std::span<const BankSet> requests, std::span<BankSet> grants);

  ArbitrationGeometry geometry_;
  std::unique_ptr<Arbitration> policy_;
  std::vector<BankUse> use_;           ///< [port][bank]
  std::vector<std::uint64_t> losses_;  ///< [loser][winner]
};

}  // namespace terse
