#pragma once
// A timeline as a value change dump (IEEE 1364, VCD) for waveform viewers. Written after the run from what was recorded
// anyway, so that it needs no second set of probes in the models and nothing runs differently while it is taken.
//
//   terse.core.asleep                     1 in wfi
//   terse.core.function                   name of the innermost function, as the string variables that GTKWave knows
//   terse.network.inference, .layer       numbers from 0; x outside
//   terse.UNIT.busy, .layer, .tile        1 while a job runs, and whose; x without a job. dma[0] becomes dma_0
//   terse.interrupts.LINE                 level
#include <string>

#include "platform/run/result.hpp"

namespace terse::report {

/// The run must have a timeline. Times are picoseconds; where the timeline is bounded, the dump ends.
std::string waveform(const run::RunResult& result);

}  // namespace terse::report
