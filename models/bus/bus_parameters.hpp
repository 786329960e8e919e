#pragma once
#include <cstdint>

#include "parameters/parameters.hpp"

namespace terse {

/// Parameters of module type `bus`.
struct BusParameters {
  std::uint32_t latency_cycles = 1;
  std::uint32_t width = 8;

  ParameterList parameters() {
    return {
        {{.name = "latency_cycles",
          .unit = "cycles",
          .minimum = 0,
          .maximum = 1000,
          .sentence = "Cycles from an initiator to a target and back, paid once per transaction."},
         &latency_cycles},
        {{.name = "width",
          .unit = "bytes",
          .minimum = 1,
          .maximum = 128,
          .power_of_two = true,
          .sentence = "Bytes that one port moves per cycle."},
         &width},
    };
  }
};

}  // namespace terse
