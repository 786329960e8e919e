#pragma once
#include <cstdint>
#include <stdexcept>

#include "models/clocked/clock_domain.hpp"
#include "models/scratchpad/bank_layout.hpp"

namespace terse {

/// What a unit must know of the scratchpad: its geometry in all timing levels, and its clock to be stepped in level cycle.
/// All of it outlives the unit's jobs.
struct ScratchpadClock {
  ClockDomain* domain = nullptr;  ///< Level cycle only.
  unsigned port = 0;              ///< Of the unit.
  const BankLayout* layout = nullptr;
  std::uint32_t read_latency = 1;

  /// Throws logic_error for a unit that was joined to nothing.
  [[nodiscard]] const BankLayout& geometry() const {
    if (layout == nullptr) throw std::logic_error("a unit has a job before set_clock() has told it the scratchpad");
    return *layout;
  }
  [[nodiscard]] ClockDomain& stepped_by() const {
    if (domain == nullptr) throw std::logic_error("timing level cycle without a clock domain: see set_clock()");
    return *domain;
  }
};

}  // namespace terse
