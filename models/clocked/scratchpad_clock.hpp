#pragma once
#include <cstdint>

#include "models/clocked/clock_domain.hpp"
#include "models/scratchpad/bank_layout.hpp"

namespace terse {

/// What a unit must know of the scratchpad to be stepped (timing level cycle). All of it outlives the unit's jobs.
struct ScratchpadClock {
  ClockDomain* domain = nullptr;
  unsigned port = 0;  ///< Of the unit.
  const BankLayout* layout = nullptr;
  std::uint32_t read_latency = 1;
};

}  // namespace terse
