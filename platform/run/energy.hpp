#pragma once
// Energy and area of a run, from what its jobs did and the platform's technology table (platform/energy).
#include <cstdint>
#include <vector>

#include "platform/netlist/platform_settings.hpp"
#include "platform/run/recorder.hpp"
#include "platform/run/result.hpp"

namespace terse::run {

/// Area from the parameters alone. Throws ConfigurationError when the table lacks an entry.
[[nodiscard]] AreaResult area_of(const netlist::PlatformSettings& platform);
/// Throws ConfigurationError when the table lacks an entry that energy needs: before the run instead of after it.
void check_energy(const netlist::PlatformSettings& platform);

/// Fills the energy of `result` and of its layers, and the ratios, from activities over all inferences.
/// `instructions`: of the core between the marks of all inferences. Cycles and images of `result` are known.
void add_energy(const netlist::PlatformSettings& platform, const std::vector<Recorder::LayerActivity>& layers,
                std::uint64_t instructions, RunResult& result);

}  // namespace terse::run
