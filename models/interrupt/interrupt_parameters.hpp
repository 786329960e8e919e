#pragma once
#include <cstdint>

#include "parameters/parameters.hpp"

namespace terse {

/// Parameters of module type `clint`.
struct ClintParameters {
  std::uint32_t timebase_mhz = 10;

  ParameterList parameters() {
    return {
        {{.name = "timebase_mhz", .unit = "MHz", .minimum = 1, .maximum = 1000, .sentence = "Frequency of mtime."},
         &timebase_mhz},
    };
  }
};

/// Parameters of module type `plic`.
struct PlicParameters {
  std::uint32_t sources = 31;
  std::uint32_t priority_bits = 3;

  ParameterList parameters() {
    return {
        {{.name = "sources",
          .unit = "lines",
          .minimum = 1,
          .maximum = 127,
          .sentence = "Interrupt lines; their numbers start at 1."},
         &sources},
        {{.name = "priority_bits",
          .unit = "bits",
          .minimum = 1,
          .maximum = 8,
          .sentence = "Width of priorities and threshold; upper bits read zero."},
         &priority_bits},
    };
  }
};

}  // namespace terse
