#pragma once
#include <cstdint>

#include "models/hwpe/arbitration_parameters.hpp"
#include "parameters/parameters.hpp"

namespace terse {

/// Parameters of module type `merge`.
struct MergeParameters {
  std::uint32_t accumulators = 8192;
  std::uint32_t accumulator_banks = 16;
  std::uint32_t output_channels = 16;
  std::uint32_t record_bytes_per_cycle = 16;
  std::uint32_t setup_cycles = 4;
  std::uint32_t pipeline_depth = 6;
  std::uint32_t fetch_ahead = 4;
  std::uint32_t write_ahead = 8;
  std::uint32_t queue_depth = 2;
  ArbitrationParameters arbitration = {};

  ParameterList parameters() {
    ParameterList list = {
        {{.name = "accumulators",
          .unit = "words",
          .minimum = 1,
          .maximum = 16777216,
          .sentence = "32-bit accumulators per plane; there is a dense and a sparse plane."},
         &accumulators},
        {{.name = "accumulator_banks",
          .unit = "banks",
          .minimum = 1,
          .maximum = 1024,
          .power_of_two = true,
          .sentence = "Banks per plane, interleaved by word; each gives one word per cycle."},
         &accumulator_banks},
        {{.name = "output_channels",
          .unit = "channels",
          .minimum = 1,
          .maximum = 1024,
          .sentence = "Output channels per cycle."},
         &output_channels},
        {{.name = "record_bytes_per_cycle",
          .unit = "bytes",
          .minimum = 1,
          .maximum = 4096,
          .power_of_two = true,
          .sentence = "Width of the port that loads the requantization records, 16 bytes per channel."},
         &record_bytes_per_cycle},
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
          .sentence = "From the last operand to its output in the scratchpad."},
         &pipeline_depth},
        {{.name = "fetch_ahead",
          .unit = "steps",
          .minimum = 1,
          .maximum = 64,
          .sentence =
              "Steps (pixels, or window positions) whose residual and activations are fetched in advance; timing "
              "level cycle."},
         &fetch_ahead},
        {{.name = "write_ahead",
          .unit = "pixels",
          .minimum = 1,
          .maximum = 1024,
          .sentence =
              "Output FIFO: pixels' outputs that are in the pipeline or wait for their banks; one pixel per cycle "
              "takes pipeline_depth + 2; timing level cycle."},
         &write_ahead},
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
};

}  // namespace terse
