#pragma once
// The roofs of a platform: what its units and memories could do in a cycle.
#include "platform/netlist/platform_settings.hpp"
#include "platform/run/result.hpp"

namespace terse::run {

Peaks peaks_of(const netlist::PlatformSettings& platform);

}  // namespace terse::run
