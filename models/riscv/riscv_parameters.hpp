#pragma once
// What an architect or a platform file can choose about the core.
#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include "models/riscv/pipeline_timing.hpp"
#include "models/riscv/pmp.hpp"
#include "parameters/parameters.hpp"

namespace terse {

struct RiscvParameters {
  std::uint32_t hart_id = 0;
  std::string misaligned = "support";
  std::uint32_t timebase_mhz = 10;
  std::uint32_t pmp_regions = 8;
  std::string engine = "translator";

  std::string timing = "nominal";
  std::string prefetch = "preset";
  // 0: the preset's figure.
  std::uint32_t integer_cycles = 0;
  std::uint32_t multiply_cycles = 0;
  std::uint32_t multiply_high_cycles = 0;
  std::uint32_t divide_cycles = 0;
  std::uint32_t divide_minimum_cycles = 0;
  std::uint32_t load_cycles = 0;
  std::uint32_t load_use_cycles = 0;
  std::uint32_t store_cycles = 0;
  std::uint32_t atomic_cycles = 0;
  std::uint32_t branch_cycles = 0;
  std::uint32_t branch_taken_cycles = 0;
  std::uint32_t jump_cycles = 0;
  std::uint32_t jump_register_cycles = 0;
  std::uint32_t csr_cycles = 0;
  std::uint32_t fence_i_cycles = 0;
  std::uint32_t mret_cycles = 0;

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
        {{.name = "engine",
          .choices = {"translator", "interpreter"},
          .sentence = "How the simulator runs instructions: translated to host code (on x86-64; elsewhere they are "
                      "interpreted), or interpreted. Changes the speed of the simulation, never its results."},
         &engine},
        {{.name = "timing",
          .choices = riscv::timing_presets(),
          .sentence = "What instructions cost: `nominal` is one cycle each, `ibex` (configuration small) and "
                      "`cv32e40p` are those cores by their documentation. Memory latency comes on top."},
         &timing},
        {{.name = "prefetch",
          .choices = {"preset", "off", "on"},
          .sentence =
              "Instruction fetch. `off`: one memory latency for each aligned word an instruction lies in. `on`: "
              "a prefetch buffer hides it but for the first instruction behind a control transfer. `preset`: "
              "as `timing` says (off for `nominal`, else on)."},
         &prefetch},
        cycles("integer_cycles", "Cycles of an instruction that is in no other class.", integer_cycles),
        cycles("multiply_cycles", "Cycles of mul.", multiply_cycles),
        cycles("multiply_high_cycles", "Cycles of mulh, mulhsu and mulhu.", multiply_high_cycles),
        cycles("divide_cycles", "Cycles of a division or remainder, the longest.", divide_cycles),
        cycles("divide_minimum_cycles", "Cycles of the shortest division where `timing` lets operands decide.",
               divide_minimum_cycles),
        cycles("load_cycles", "Cycles of a load before memory latency.", load_cycles),
        cycles("load_use_cycles", "Cycles of a load whose register the next instruction reads.", load_use_cycles),
        cycles("store_cycles", "Cycles of a store before memory latency.", store_cycles),
        cycles("atomic_cycles", "Cycles of an atomic memory operation before memory latency.", atomic_cycles),
        cycles("branch_cycles", "Cycles of a branch that is not taken.", branch_cycles),
        cycles("branch_taken_cycles", "Cycles of a taken branch before fetch latency.", branch_taken_cycles),
        cycles("jump_cycles", "Cycles of jal before fetch latency.", jump_cycles),
        cycles("jump_register_cycles", "Cycles of jalr before fetch latency.", jump_register_cycles),
        cycles("csr_cycles", "Cycles of an access to a control and status register, whichever.", csr_cycles),
        cycles("fence_i_cycles", "Cycles of fence.i before fetch latency.", fence_i_cycles),
        cycles("mret_cycles", "Cycles of mret before fetch latency.", mret_cycles),
    };
  }

  /// The preset with what was chosen instead. Where only the shorter of two figures is chosen, the longer one keeps its
  /// distance: a load-use stall stays a stall of so many cycles.
  riscv::PipelineTiming pipeline_timing() const {
    const riscv::PipelineTiming preset = riscv::timing_preset(timing);
    const auto chosen = [](std::uint32_t value, std::uint32_t otherwise) { return value != 0 ? value : otherwise; };
    riscv::PipelineTiming result = preset;
    result.integer = chosen(integer_cycles, preset.integer);
    result.multiply = chosen(multiply_cycles, preset.multiply);
    result.multiply_high = chosen(multiply_high_cycles, preset.multiply_high);
    result.divide = chosen(divide_cycles, preset.divide);
    result.divide_minimum = chosen(divide_minimum_cycles, std::min(preset.divide_minimum, result.divide));
    result.load = chosen(load_cycles, preset.load);
    result.load_use = chosen(load_use_cycles, result.load + (preset.load_use - preset.load));
    result.store = chosen(store_cycles, preset.store);
    result.atomic = chosen(atomic_cycles, preset.atomic);
    result.branch = chosen(branch_cycles, preset.branch);
    result.branch_taken = chosen(branch_taken_cycles, result.branch + preset.taken());
    result.jump = chosen(jump_cycles, preset.jump);
    result.jump_register = chosen(jump_register_cycles, preset.jump_register);
    result.csr = chosen(csr_cycles, preset.csr);
    result.csr_status = chosen(csr_cycles, preset.csr_status);
    result.fence_i = chosen(fence_i_cycles, preset.fence_i);
    result.mret = chosen(mret_cycles, preset.mret);
    if (prefetch != "preset") result.prefetch = prefetch == "on";
    return result;
  }

  ParameterProblems problems() const {
    ParameterProblems problems;
    const auto at_least = [&](const char* name, std::uint32_t value, const char* other, std::uint32_t minimum) {
      if (value >= minimum) return;
      problems.push_back({name, std::to_string(value) + " is less than " + other + " = " + std::to_string(minimum) +
                                    "; it is at least that"});
    };
    const riscv::PipelineTiming timing_chosen = pipeline_timing();
    at_least("load_use_cycles", timing_chosen.load_use, "load_cycles", timing_chosen.load);
    at_least("branch_taken_cycles", timing_chosen.branch_taken, "branch_cycles", timing_chosen.branch);
    at_least("divide_cycles", timing_chosen.divide, "divide_minimum_cycles", timing_chosen.divide_minimum);
    return problems;
  }

 private:
  static BoundParameter cycles(std::string name, const std::string& sentence, std::uint32_t& value) {
    return {
        {.name = std::move(name), .unit = "cycles", .maximum = 1000, .sentence = sentence + " 0: as `timing` says."},
        &value};
  }
};

}  // namespace terse
