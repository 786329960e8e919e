#pragma once
#include <cstdint>

#include "models/scratchpad/bank_arbiter.hpp"
#include "parameters/parameters.hpp"

namespace terse {

/// Parameters of every unit with a control block: what its registers ARB_PRIORITY and ARB_MAX_STALL hold after reset.
struct ArbitrationParameters {
  std::uint32_t priority = 0;
  std::uint32_t max_stall = 0;

  [[nodiscard]] PortRank rank() const { return {priority, max_stall}; }
  void append_to(ParameterList& list) {
    list.push_back(
        {{.name = "arbitration_priority",
          .minimum = 0,
          .maximum = 15,
          .sentence = "ARB_PRIORITY after reset: of those that want a bank of the scratchpad in one cycle, the "
                      "highest gets it (timing level cycle)."},
         &priority});
    list.push_back(
        {{.name = "arbitration_max_stall",
          .unit = "cycles",
          .minimum = 0,
          .maximum = 65535,
          .sentence = "ARB_MAX_STALL after reset: cycles that an access may lose a bank before it goes before "
                      "any priority; 0 for no limit (timing level cycle)."},
         &max_stall});
  }
};

}  // namespace terse
