#pragma once
#include <cstdint>

#include "parameters/parameters.hpp"

namespace terse {

/// Parameters of module types `rom` and `sram`.
struct MemoryParameters {
  std::uint64_t size = 64ull * 1024;
  std::uint32_t read_latency = 1;
  std::uint32_t write_latency = 1;
  std::uint32_t width = 8;

  ParameterList parameters() {
    return {
        {{.name = "size",
          .unit = "bytes",
          .minimum = 4,
          .maximum = 256.0 * 1024 * 1024,
          .sentence = "Capacity; also the size of its region on the bus."},
         &size},
        {{.name = "read_latency",
          .unit = "cycles",
          .minimum = 0,
          .maximum = 1000,
          .sentence = "Cycles from a read request to the first data."},
         &read_latency},
        {{.name = "write_latency",
          .unit = "cycles",
          .minimum = 0,
          .maximum = 1000,
          .sentence = "Cycles until the first data of a write is taken."},
         &write_latency},
        {{.name = "width",
          .unit = "bytes",
          .minimum = 1,
          .maximum = 128,
          .power_of_two = true,
          .sentence = "Bytes read or written per cycle."},
         &width},
    };
  }
};

/// Parameters of module type `dram`.
struct DramParameters {
  std::uint64_t size = 256ull * 1024 * 1024;
  std::uint32_t latency_cycles = 20;
  std::uint32_t bytes_per_cycle = 8;

  ParameterList parameters() {
    return {
        {{.name = "size",
          .unit = "bytes",
          .minimum = 4096,
          .maximum = 2.0 * 1024 * 1024 * 1024,
          .sentence = "Capacity; also the size of its region on the bus. Untouched pages cost the host nothing."},
         &size},
        {{.name = "latency_cycles",
          .unit = "cycles",
          .minimum = 0,
          .maximum = 10000,
          .sentence = "Cycles of an access beyond those its data needs."},
         &latency_cycles},
        {{.name = "bytes_per_cycle",
          .unit = "bytes/cycle",
          .minimum = 1,
          .maximum = 1024,
          .sentence = "Bandwidth, shared by all initiators, reads and writes."},
         &bytes_per_cycle},
    };
  }
};

}  // namespace terse
