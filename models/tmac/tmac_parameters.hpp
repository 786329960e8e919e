#pragma once
#include <fmt/format.h>

#include <cstdint>
#include <string>

#include "models/hwpe/arbitration_parameters.hpp"
#include "models/tmac/tmac_dataflows.hpp"
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
  std::string dataflow = "output_stationary";
  std::uint32_t unrolled_kernel = 3;
  std::uint32_t line_buffer_pixels = 0;
  std::uint32_t weight_bits_per_cycle = 256;
  std::uint32_t weight_buffers = 2;
  std::uint32_t weight_buffer_depth = 0;
  std::uint32_t fetch_ahead = 4;
  std::uint32_t accumulator_words_per_cycle = 0;
  std::uint32_t setup_cycles = 4;
  std::uint32_t pipeline_depth = 4;
  std::uint32_t queue_depth = 2;
  ArbitrationParameters arbitration = {};

  ParameterList parameters() {
    ParameterList list = {
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
        {{.name = "dataflow",
          .choices = tmac_dataflows().names(),
          .sentence = "In which order the steps of a job happen, and what stays in the array meanwhile."},
         &dataflow},
        {{.name = "unrolled_kernel",
          .unit = "positions",
          .minimum = 1,
          .maximum = 7,
          .sentence = "Dataflow unrolled: largest kernel height and width; the array has its square times "
                      "output_channels times input_channels multipliers."},
         &unrolled_kernel},
        {{.name = "line_buffer_pixels",
          .unit = "pixels",
          .minimum = 0,
          .maximum = 64,
          .sentence =
              "Dataflow unrolled: input pixels the line buffer takes per cycle; 0 for unrolled_kernel of them."},
         &line_buffer_pixels},
        {{.name = "weight_bits_per_cycle",
          .unit = "bits",
          .minimum = 8,
          .maximum = 65536,
          .power_of_two = true,
          .sentence = "Width of the port that fills the weight buffer."},
         &weight_bits_per_cycle},
        {{.name = "weight_buffers",
          .unit = "blocks",
          .minimum = 1,
          .maximum = 2,
          .sentence = "Halves of the weight buffer: with 2, one is filled while the other is used."},
         &weight_buffers},
        {{.name = "weight_buffer_depth",
          .unit = "weights",
          .minimum = 0,
          .maximum = 1024.0 * 1024,
          .sentence = "Weights per output channel that one half of the weight buffer holds; 0 for rows of any length. "
                      "Under output_stationary longer rows pass in parts, anew for every block of pixels."},
         &weight_buffer_depth},
        {{.name = "fetch_ahead",
          .unit = "steps",
          .minimum = 1,
          .maximum = 64,
          .sentence = "Depth of the operand FIFO: steps whose activations are fetched ahead (timing level cycle)."},
         &fetch_ahead},
        {{.name = "accumulator_words_per_cycle",
          .unit = "sums",
          .minimum = 0,
          .maximum = 65536,
          .sentence = "Sums that the array hands to the accumulators per cycle; 0 for all of a step."},
         &accumulator_words_per_cycle},
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
    arbitration.append_to(list);
    return list;
  }

  [[nodiscard]] ParameterProblems problems() const {
    ParameterProblems problems;
    const bool is_unrolled = dataflow == "unrolled";
    const std::uint32_t least_depth = input_channels * (is_unrolled ? unrolled_kernel * unrolled_kernel : 1);
    if (weight_buffer_depth != 0 && weight_buffer_depth < least_depth) {
      problems.push_back({.parameter = "weight_buffer_depth",
                          .message = fmt::format("{} weights per output channel are fewer than the {} that one step "
                                                 "multiplies; expected at least {}, or 0 for any length",
                                                 weight_buffer_depth, least_depth, least_depth)});
    }
    if (is_unrolled && pixels != 1) {
      problems.push_back({.parameter = "pixels",
                          .message = fmt::format("dataflow unrolled does one output pixel per cycle, not {}; expected "
                                                 "1, or another dataflow",
                                                 pixels)});
    }
    return problems;
  }
};

}  // namespace terse
