#include "models/scratchpad/arbitration.hpp"

#include <bit>
#include <vector>

namespace terse {
namespace {

/// The lowest port wins: ports are in the order in which the platform file names their owners.
class FixedPriority final : public Arbitration {
 public:
  unsigned choose(std::uint32_t /*bank*/, std::uint64_t requesters) override {
    return static_cast<unsigned>(std::countr_zero(requesters));
  }
};

/// Per bank, the port after the last one that won against another has the highest priority.
class RoundRobin final : public Arbitration {
 public:
  explicit RoundRobin(const ArbitrationGeometry& geometry) : next_(geometry.banks, 0) {}

  unsigned choose(std::uint32_t bank, std::uint64_t requesters) override {
    const std::uint64_t from_next = requesters >> next_[bank] << next_[bank];
    const auto winner = static_cast<unsigned>(std::countr_zero(from_next != 0 ? from_next : requesters));
    next_[bank] = (winner + 1) % 64;
    return winner;
  }

 private:
  std::vector<unsigned> next_;
};

}  // namespace

ArbitrationVariants& arbitration_variants() {
  static ArbitrationVariants variants(
      {{.name = "fixed",
        .sentence = "the lowest port wins, in the order of the platform file",
        .make = [](const ArbitrationGeometry&) { return std::make_unique<FixedPriority>(); }},
       {.name = "round_robin",
        .sentence = "per bank, the port after the last winner comes first",
        .make = [](const ArbitrationGeometry& geometry) { return std::make_unique<RoundRobin>(geometry); }}});
  return variants;
}

}  // namespace terse
