#pragma once
// What a prediction of cycles must know of the hardware beyond what limits a tiling: the timing parameters of the units, the
// memory and the driver. The defaults are those of the modules' parameters (docs/parameters.md).
#include <cstdint>

namespace terse::compiler {

struct TmacTiming {
  enum class Dataflow { output_stationary, weight_stationary, unrolled };

  Dataflow dataflow = Dataflow::output_stationary;
  std::uint32_t unrolled_kernel = 3, line_buffer_pixels = 0;
  std::uint32_t load_bytes = 32;  ///< Weights per cycle.
  std::uint32_t weight_buffers = 2, weight_buffer_depth = 0;
  std::uint32_t fetch_ahead = 4;
  std::uint32_t accumulator_words = 0;  ///< Per cycle; 0: all of a step.
  std::uint32_t setup = 4, pipeline = 4;
  std::uint32_t fused_lanes = 0;
};

struct SpuTiming {
  enum class Dataflow { gather, broadcast, activation_broadcast };

  Dataflow dataflow = Dataflow::gather;
  std::uint32_t gather_ports = 0;
  std::uint32_t load_bytes = 32;  ///< Values and indices per cycle.
  std::uint32_t value_buffers = 2;
  std::uint32_t index_decode = 2;
  std::uint32_t setup = 4, pipeline = 4;
  bool local_weight_memory = false;
};

struct MergeTiming {
  std::uint32_t output_channels = 16;
  std::uint32_t accumulator_banks = 16;
  std::uint32_t record_bytes = 16;  ///< Per cycle.
  std::uint32_t setup = 4, pipeline = 6;
  std::uint32_t write_ahead = 8;
};

struct DmaTiming {
  std::uint32_t channels = 1;
  std::uint32_t bus_bytes = 8, burst_bytes = 64, outstanding_bursts = 4;
  std::uint32_t setup = 4;
};

/// Path from the DMA to the memory that holds the network, and the scratchpad.
struct MemoryTiming {
  std::uint32_t bus_latency = 1;
  std::uint32_t memory_latency = 20, memory_bytes = 8;  ///< Bytes per cycle.
  std::uint32_t banks = 16, bank_width = 8, read_latency = 1;
  std::uint64_t words_per_bank = 0;  ///< Of consecutive words in one bank; 0: consecutive words in consecutive banks.

  [[nodiscard]] std::uint32_t bank_of(std::uint64_t word) const {
    return static_cast<std::uint32_t>((words_per_bank == 0 ? word : word / words_per_bank) % banks);
  }
};

enum class SuperpositionMode { sequential, concurrent, fused };

struct HardwareTiming {
  TmacTiming tmac;
  SpuTiming spu;
  MergeTiming merge;
  DmaTiming dma;
  MemoryTiming memory;
  std::uint32_t queue_depth = 2;  ///< Jobs that a unit holds; the least of all units.
  SuperpositionMode superposition = SuperpositionMode::concurrent;
};

}  // namespace terse::compiler
