#pragma once
// Who gets a bank that several initiators want in the same cycle: one policy, one file (arbitration_*.cpp). A policy of
// your own is registered by name (docs/variants.md) and chosen with `scratchpad: {arbitration: NAME}`.
#include <cstdint>
#include <memory>

#include "parameters/variants.hpp"

namespace terse {

class Arbitration {
 public:
  virtual ~Arbitration() = default;
  /// The port that gets `bank`. Bit p of `requesters` is set when port p wants it; two bits at least are set: a lone
  /// requester gets its bank without being asked for.
  virtual unsigned choose(std::uint32_t bank, std::uint64_t requesters) = 0;
};

struct ArbitrationGeometry {
  std::uint32_t banks = 1;
  std::uint32_t ports = 1;
};

/// All policies by name.
using ArbitrationVariants = Variants<Arbitration, const ArbitrationGeometry&>;
ArbitrationVariants& arbitration_variants();

}  // namespace terse
