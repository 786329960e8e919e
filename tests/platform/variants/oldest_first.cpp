// A variant from outside the tree, as docs/variants.md shows it: an arbitration policy that gives a bank to the port that
// has waited for it longest.
#include <bit>
#include <vector>

#include "models/scratchpad/arbitration.hpp"
#include "models/variant_library.hpp"

namespace {

class OldestFirst final : public terse::Arbitration {
 public:
  explicit OldestFirst(const terse::ArbitrationGeometry& geometry)
      : ports_(geometry.ports), losses_(std::size_t{geometry.banks} * geometry.ports, 0) {}

  unsigned choose(std::uint32_t bank, std::uint64_t requesters) override {
    std::uint32_t* losses = &losses_[std::size_t{bank} * ports_];
    unsigned winner = static_cast<unsigned>(std::countr_zero(requesters));
    for (unsigned port = winner + 1; port < ports_; ++port) {
      if ((requesters >> port & 1u) != 0 && losses[port] > losses[winner]) winner = port;
    }
    for (unsigned port = 0; port < ports_; ++port) {
      if ((requesters >> port & 1u) != 0) losses[port] = port == winner ? 0 : losses[port] + 1;
    }
    return winner;
  }

 private:
  std::uint32_t ports_;
  std::vector<std::uint32_t> losses_;  ///< [bank][port]: conflicts lost since the last one won.
};

}  // namespace

TERSE_VARIANT_LIBRARY() {
  terse::arbitration_variants().add(
      {.name = "oldest_first",
       .sentence = "the port that has lost most often since it last won",
       .make = [](const terse::ArbitrationGeometry& geometry) { return std::make_unique<OldestFirst>(geometry); }});
}
