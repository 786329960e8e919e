#pragma once
// How closely a unit keeps time. Results never depend on it.
#include <cstdint>

namespace terse {

enum class Timing : std::uint8_t {
  functional,   ///< The unit's nominal cycles, as if the scratchpad could always feed it.
  approximate,  ///< The same, and no faster than the scratchpad's bandwidth, which busy units share evenly.
  cycle,        ///< Units stepped cycle by cycle; banks of the scratchpad arbitrated (models/clocked).
};

}  // namespace terse
