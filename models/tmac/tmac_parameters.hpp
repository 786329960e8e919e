#pragma once
#include <cstdint>
#include <string>

#include "parameters/parameters.hpp"

namespace terse {

/// Parameters of module type `tmac`.
struct TmacParameters {
  std::uint32_t output_channels = 32;
  std::uint32_t input_channels = 32;
  std::uint32_t pixels = 1;
  std::uint32_t activation_bits = 8;
  std::string weight_type = "ternary";
  std::string ternary_encoding = "2bit";
  std::uint32_t fused_lanes = 0;
  std::uint32_t fused_value_bits = 16;
  std::uint32_t weight_bits_per_cycle = 256;
  std::uint32_t setup_cycles = 4;
  std::uint32_t pipeline_depth = 4;
  std::uint32_t queue_depth = 2;

  ParameterList parameters() {
    return {
        {{.name = "output_channels",
          .unit = "channels",
          .minimum = 1,
          .maximum = 1024,
          .sentence = "Output channels per cycle (Po)."},
         &output_channels},
        {{.name = "input_channels",
          .unit = "channels",
          .minimum = 1,
          .maximum = 1024,
          .sentence = "Input channels per cycle (Pi)."},
         &input_channels},
        {{.name = "pixels", .unit = "pixels", .minimum = 1, .maximum = 64, .sentence = "Output pixels per cycle (Px)."},
         &pixels},
        {{.name = "activation_bits",
          .unit = "bits",
          .minimum = 2,
          .maximum = 8,
          .power_of_two = true,
          .sentence = "Widest activation; each still takes a byte of the scratchpad."},
         &activation_bits},
        {{.name = "weight_type",
          .choices = {"ternary", "int2", "int4", "int8"},
          .sentence =
              "Widest weight the array multiplies; it takes every format whose values fit, ternary ones always."},
         &weight_type},
        {{.name = "ternary_encoding",
          .choices = {"2bit", "base3"},
          .sentence = "How ternary weights are stored: 2 bits each, or five in a byte, which takes a decoder; an array "
                      "with that decoder reads 2bit too."},
         &ternary_encoding},
        {{.name = "fused_lanes",
          .unit = "lanes",
          .minimum = 0,
          .maximum = 64,
          .sentence =
              "Multipliers for high-precision values per output channel and pixel, fed from the activations of the "
              "dense pass (superposition fused); 0 for none."},
         &fused_lanes},
        {{.name = "fused_value_bits",
          .unit = "bits",
          .minimum = 4,
          .maximum = 16,
          .power_of_two = true,
          .sentence = "Widest high-precision value of the fused lanes; narrower ones of 4 and 8 bits work too."},
         &fused_value_bits},
        {{.name = "weight_bits_per_cycle",
          .unit = "bits",
          .minimum = 8,
          .maximum = 65536,
          .power_of_two = true,
          .sentence = "Width of the port that fills the weight buffer."},
         &weight_bits_per_cycle},
        {{.name = "setup_cycles",
          .unit = "cycles",
          .minimum = 0,
          .maximum = 1000,
          .sentence = "From a job's start to the first operand: the address generators take over the job registers."},
         &setup_cycles},
        {{.name = "pipeline_depth",
          .unit = "cycles",
          .minimum = 0,
          .maximum = 1000,
          .sentence = "From the last operand to its sum in the accumulators."},
         &pipeline_depth},
        {{.name = "queue_depth",
          .unit = "jobs",
          .minimum = 1,
          .maximum = 4,
          .sentence = "Job contexts: jobs that can be running, waiting or being programmed."},
         &queue_depth},
    };
  }
};

}  // namespace terse
