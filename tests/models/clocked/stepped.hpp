#pragma once
// Steps one engine by hand, without a clock domain: the test says which banks are taken by others in which cycle.
#include <functional>
#include <string>

#include "models/clocked/clocked.hpp"

namespace terse::testing {

/// One letter per cycle: C compute, w weight_load, a activation_fetch, b bank_conflict, i index_decode, l lane_imbalance,
/// f fifo, h accumulator_hazard, m dma_wait, d driver, D drain, - idle.
inline std::string causes_of(Clocked& engine, const std::function<BankSet(unsigned cycle)>& taken = {},
                             unsigned most_cycles = 100000) {
  constexpr const char* letters =
      "Cwabilfhmd"
      "D-";
  std::string causes;
  for (unsigned cycle = 0; !engine.finished() && cycle < most_cycles; ++cycle) {
    BankSet granted = engine.request();
    if (taken) granted -= taken(cycle);
    engine.step(granted);
    const Clocked::Cycles passed = engine.take_passed();
    for (std::size_t cause = 0; cause < passed.size(); ++cause) causes.append(passed[cause], letters[cause]);
  }
  return causes;
}

}  // namespace terse::testing
