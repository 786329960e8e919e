#pragma once
#include <fmt/format.h>

#include <cstdint>

#include "models/hwpe/arbitration_parameters.hpp"
#include "parameters/parameters.hpp"

namespace terse {

/// Parameters of module type `dma`.
struct DmaParameters {
  std::uint32_t channels = 2;
  std::uint32_t bus_bytes = 8;
  std::uint32_t burst_bytes = 64;
  std::uint32_t outstanding_bursts = 4;
  std::uint32_t setup_cycles = 4;
  std::uint32_t queue_depth = 2;
  ArbitrationParameters arbitration = {};

  ParameterList parameters() {
    ParameterList list = {
        {{.name = "channels",
          .unit = "channels",
          .minimum = 1,
          .maximum = 16,
          .sentence = "Independent channels, each with its own registers, queue and interrupt line."},
         &channels},
        {{.name = "bus_bytes",
          .unit = "bytes/cycle",
          .minimum = 1,
          .maximum = 128,
          .power_of_two = true,
          .sentence = "Width of the data path that all channels share."},
         &bus_bytes},
        {{.name = "burst_bytes",
          .unit = "bytes",
          .minimum = 4,
          .maximum = 4096,
          .power_of_two = true,
          .sentence = "Longest burst; a burst never crosses a multiple of it at its source."},
         &burst_bytes},
        {{.name = "outstanding_bursts",
          .unit = "bursts",
          .minimum = 1,
          .maximum = 64,
          .sentence = "Bursts a channel keeps under way at a time, each with a buffer of burst_bytes."},
         &outstanding_bursts},
        {{.name = "setup_cycles",
          .unit = "cycles",
          .minimum = 0,
          .maximum = 1000,
          .sentence = "Time to decode a descriptor before its first burst."},
         &setup_cycles},
        {{.name = "queue_depth",
          .unit = "jobs",
          .minimum = 1,
          .maximum = 4,
          .sentence = "Job contexts per channel, the one that runs included."},
         &queue_depth},
    };
    arbitration.append_to(list);
    return list;
  }

  [[nodiscard]] ParameterProblems problems() const {
    if (burst_bytes >= bus_bytes) return {};
    return {{.parameter = "burst_bytes",
             .message = fmt::format("a burst of {} bytes does not fill one cycle of the data path; expected at least "
                                    "bus_bytes, which is {}",
                                    burst_bytes, bus_bytes)}};
  }
};

}  // namespace terse
