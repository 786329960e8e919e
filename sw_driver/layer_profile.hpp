#pragma once
// Where the time of a network went, layer by layer, as the core sees it.
#include <array>
#include <cstdint>

namespace terse::driver {

/// Sums over all inferences since NetworkExecutor::set_profile; each wraps at 2^32.
struct LayerProfile {
  enum Unit : std::uint8_t { loads, stores, tmac, spu, merge, units };

  std::uint32_t cycles = 0;                    ///< Of the core's counter, from the layer's begin to its end.
  std::array<std::uint32_t, units> compute{};  ///< The units' COMPUTE counters.
};

}  // namespace terse::driver
