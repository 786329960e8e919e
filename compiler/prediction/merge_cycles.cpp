#include <algorithm>

#include "compiler/prediction/stream_time.hpp"
#include "compiler/prediction/unit_cycles.hpp"

namespace terse::compiler {

std::uint64_t merge_cycles(const registers::merge::Job& job, const MergeTiming& timing) {
  namespace fields = registers::merge::fields;
  constexpr std::uint64_t record_bytes = 16;
  constexpr std::uint32_t two_buffers = 2;
  const bool activations = fields::flags::source_activations.get(job.flags) != 0;
  const bool accumulators =
      (fields::flags::use_dense.get(job.flags) != 0 && !activations) || fields::flags::use_sparse.get(job.flags) != 0;
  const std::uint64_t window = activations ? std::uint64_t{fields::pool_window::height.get(job.pool_window)} *
                                                 fields::pool_window::width.get(job.pool_window)
                                           : 1;
  const std::uint64_t pixels =
      std::uint64_t{fields::output_size::height.get(job.output_size)} * fields::output_size::width.get(job.output_size);
  BlockStream stream(two_buffers);
  for (std::uint64_t first = 0; first < job.channels; first += timing.output_channels) {
    const std::uint64_t channels = std::min<std::uint64_t>(timing.output_channels, job.channels - first);
    const std::uint64_t reads = accumulators ? divide_up(channels, timing.accumulator_banks) : 0;
    std::uint64_t use = pixels * std::max(window, reads);
    // The output FIFO holds write_ahead pixels for pipeline + 2 cycles each.
    use = std::max(use, pixels * (timing.pipeline + 2) / std::max(timing.write_ahead, 1u));
    stream.add(divide_up(channels * record_bytes, timing.record_bytes), use);
  }
  return timing.setup + stream.end() + timing.pipeline + 1;
}

}  // namespace terse::compiler
