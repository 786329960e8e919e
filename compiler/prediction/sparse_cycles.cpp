#include <algorithm>
#include <numeric>

#include "compiler/prediction/bank_fetch.hpp"
#include "compiler/prediction/stream_time.hpp"
#include "compiler/prediction/unit_cycles.hpp"

namespace terse::compiler {

namespace {

/// Steps that are looked at for what their operands take.
constexpr std::uint64_t sampled_pixels = 6, sampled_slots = 8, sampled_groups = 4;

class SparseTime {
 public:
  SparseTime(const SparseWork& work, const HardwareTiming& timing)
      : work_(work),
        shape_(work.shape),
        spu_(timing.spu),
        memory_(timing.memory),
        rows_(work.row_values.size()),
        at_once_(std::min<std::uint64_t>(work.lanes, rows_)),
        gather_percent_(sample_gather()) {}

  std::uint64_t run() {
    using Dataflow = SpuTiming::Dataflow;
    if (spu_.dataflow == Dataflow::activation_broadcast) return activation_broadcast();
    BlockStream stream(spu_.value_buffers);
    for (std::uint64_t first = 0; first < rows_; first += at_once_) {
      const std::uint64_t end = std::min(first + at_once_, rows_);
      const auto bytes = std::accumulate(row(work_.row_bytes, first), row(work_.row_bytes, end), std::uint64_t{0});
      const std::uint64_t decode = work_.has_indices ? spu_.index_decode : 0;
      const std::uint64_t steps = spu_.dataflow == Dataflow::gather ? gather(first, end) : broadcast(first, end);
      stream.add(divide_up(bytes, spu_.load_bytes), decode + steps);
    }
    return spu_.setup + stream.end() + spu_.pipeline;
  }

 private:
  static std::vector<std::uint64_t>::const_iterator row(const std::vector<std::uint64_t>& of, std::uint64_t at) {
    return of.begin() + static_cast<std::ptrdiff_t>(at);
  }
  /// The k of a slot; false for a filler.
  [[nodiscard]] bool position(std::uint64_t of_row, std::uint64_t slot, std::uint64_t& k) const {
    k = slot;
    if (!work_.has_indices) return slot < shape_.weights_per_channel();
    if (of_row >= work_.positions.size() || slot >= work_.positions[of_row]->size()) return false;
    k = (*work_.positions[of_row])[slot];
    return true;
  }

  [[nodiscard]] std::uint64_t longest_of(std::uint64_t first, std::uint64_t end) const {
    return std::max<std::uint64_t>(1, *std::max_element(row(work_.row_values, first), row(work_.row_values, end)));
  }
  [[nodiscard]] std::uint64_t pixels_at_once() const { return std::max<std::uint64_t>(1, work_.lanes / at_once_); }

  /// Rows [first, end) side by side.
  [[nodiscard]] std::uint64_t gather(std::uint64_t first, std::uint64_t end) const {
    const std::uint64_t steps = divide_up(shape_.pixels(), pixels_at_once()) * longest_of(first, end);
    return std::max(steps, divide_up(steps * gather_percent_, 100));
  }
  /// Hundredths of a cycle that a step's fetch takes, from steps all over the job.
  [[nodiscard]] std::uint64_t sample_gather() const {
    if (spu_.dataflow != SpuTiming::Dataflow::gather) return 100;
    BankFetch fetch(memory_);
    std::uint64_t cycles = 0, samples = 0;
    const std::uint64_t groups = divide_up(rows_, at_once_), pixels = std::min(sampled_pixels, shape_.pixels());
    for (std::uint64_t i = 0; i < std::min(sampled_groups, groups); ++i) {
      const std::uint64_t first = i * groups / std::min(sampled_groups, groups) * at_once_;
      const std::uint64_t end = std::min(first + at_once_, rows_), longest = longest_of(first, end);
      const std::uint64_t slots = std::min(sampled_slots, longest);
      for (std::uint64_t j = 0; j < pixels * slots; ++j) {
        fetch.begin();
        gather_step(fetch, first, end, j / slots * shape_.pixels() / pixels, j % slots * longest / slots);
        cycles += fetch.cycles(spu_.gather_ports);
        ++samples;
      }
    }
    return 100 * cycles / samples;
  }
  void gather_step(BankFetch& fetch, std::uint64_t first, std::uint64_t end, std::uint64_t pixel,
                   std::uint64_t slot) const {
    for (std::uint64_t of_row = first; of_row < end; ++of_row) {
      std::uint64_t k = 0, address = 0;
      if (!position(of_row, slot, k)) continue;
      for (std::uint64_t at = pixel; at < std::min(pixel + pixels_at_once(), shape_.pixels()); ++at) {
        if (shape_.activation(at, k, address)) fetch.add(address, 1);
      }
      if (!work_.has_indices) return;  // all rows want the same
    }
  }

  /// Row after row, each value with all vectors of pixels.
  [[nodiscard]] std::uint64_t broadcast(std::uint64_t first, std::uint64_t end) const {
    const std::uint64_t vectors = divide_up(shape_.pixels(), work_.lanes);
    const std::uint64_t depth = spu_.pipeline;
    const std::uint64_t wait = depth + 1 > vectors ? depth + 1 - vectors : 0;
    std::uint64_t cycles = 0;
    for (std::uint64_t of_row = first; of_row < end; ++of_row) {
      const std::uint64_t slots = std::max<std::uint64_t>(1, work_.row_values[of_row]);
      const std::uint64_t fetched = slots * vectors * vector_fetch_percent(of_row) / 100;
      cycles += std::max(slots * vectors + (slots - 1) * wait, fetched);
    }
    return cycles;
  }
  [[nodiscard]] std::uint64_t vector_fetch_percent(std::uint64_t of_row) const {
    BankFetch fetch(memory_);
    std::uint64_t cycles = 0, samples = 0;
    const std::uint64_t vectors = divide_up(shape_.pixels(), work_.lanes);
    for (std::uint64_t i = 0; i < std::min<std::uint64_t>(4, vectors); ++i) {
      const std::uint64_t from = i * vectors / std::min<std::uint64_t>(4, vectors) * work_.lanes;
      std::uint64_t k = 0, address = 0;
      fetch.begin();
      if (position(of_row, i % std::max<std::uint64_t>(1, work_.row_values[of_row]), k)) {
        for (std::uint64_t pixel = from; pixel < std::min(from + work_.lanes, shape_.pixels()); ++pixel) {
          if (shape_.activation(pixel, k, address)) fetch.add(address, 1);
        }
      }
      cycles += fetch.cycles(spu_.gather_ports);
      ++samples;
    }
    return std::max<std::uint64_t>(100, 100 * cycles / samples);
  }

  /// Each lane takes at least a cycle for every activation of every pixel.
  [[nodiscard]] std::uint64_t activation_broadcast() const {
    const std::uint64_t load = spu_.local_weight_memory ? 0 : divide_up(work_.lane_bytes, spu_.load_bytes);
    const std::uint64_t per_pixel = std::max(work_.lane_entries, shape_.weights_per_channel());
    return spu_.setup + load + per_pixel * shape_.pixels() + spu_.pipeline;
  }

  const SparseWork& work_;
  const ConvolutionWork& shape_;
  const SpuTiming& spu_;
  const MemoryTiming& memory_;
  const std::uint64_t rows_, at_once_;
  const std::uint64_t gather_percent_;
};

}  // namespace

std::uint64_t sparse_cycles(const SparseWork& work, const HardwareTiming& timing) {
  return SparseTime(work, timing).run();
}

}  // namespace terse::compiler
