#pragma once
// What an architect or a platform file can choose about the core.
#include <cstdint>
#include <string>

#include "models/riscv/pmp.hpp"
#include "parameters/parameters.hpp"

namespace terse {

struct RiscvParameters {
  std::uint32_t hart_id = 0;
  std::string misaligned = "support";
  std::uint32_t timebase_mhz = 10;
  std::uint32_t pmp_regions = 8;
  bool decode_cache = true;

  ParameterList parameters() {
    return {
        {{.name = "hart_id", .sentence = "Value of the mhartid register."}, &hart_id},
        {{.name = "misaligned",
          .choices = {"support", "trap"},
          .sentence = "Loads and stores that are not naturally aligned: done in hardware (one access per aligned word "
                      "touched), or a trap. Atomic operations always trap."},
         &misaligned},
        {{.name = "timebase_mhz",
          .unit = "MHz",
          .minimum = 1,
          .maximum = 1000,
          .sentence = "Frequency of the `time` counter; must equal that of mtime in the CLINT."},
         &timebase_mhz},
        {{.name = "pmp_regions",
          .unit = "regions",
          .maximum = riscv::Pmp::register_count,
          .sentence = "Entries of physical memory protection. With any, 16 are visible, as the specification asks, "
                      "and the upper ones read zero; with 0 there is no protection and user mode may access all."},
         &pmp_regions},
        {{.name = "decode_cache",
          .sentence = "Keep decoded instructions of directly accessible memory. Changes the speed of the simulation, "
                      "never its results."},
         &decode_cache},
    };
  }
};

}  // namespace terse
