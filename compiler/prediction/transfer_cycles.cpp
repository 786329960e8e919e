#include <algorithm>
#include <deque>

#include "compiler/prediction/stream_time.hpp"
#include "compiler/prediction/unit_cycles.hpp"

namespace terse::compiler {

namespace {

/// A channel of the DMA, burst by burst: models/dma/dma.hpp, rules 1 to 6 and 8.
class BurstTime {
 public:
  BurstTime(bool to_memory, const DmaTiming& timing, const MemoryTiming& memory)
      : to_memory_(to_memory), timing_(timing), memory_(memory) {}

  void add(std::uint64_t bytes) {
    if (in_flight_.size() == timing_.outstanding_bursts) move();
    const std::uint64_t start = std::max({now_, free_at_, next_issue_});
    next_issue_ = start + 1;
    if (to_memory_) {  // the scratchpad's port blocks the channel
      now_ = start + divide_up(bytes, timing_.bus_bytes) + memory_.read_latency;
      in_flight_.push_back({bytes, now_});
      return;
    }
    in_flight_.push_back({bytes, memory_access(start, bytes)});
  }
  /// Padding is not read.
  void fill(std::uint64_t bytes) {
    if (bytes == 0) return;
    if (in_flight_.size() == timing_.outstanding_bursts) move();
    const std::uint64_t start = std::max({now_, free_at_, next_issue_});
    next_issue_ = start + 1;
    in_flight_.push_back({bytes, start});
  }
  std::uint64_t finish() {
    while (!in_flight_.empty()) move();
    return std::max(now_, writes_end_);
  }

 private:
  struct Burst {
    std::uint64_t bytes, ready;
  };

  /// An access's bytes follow those before on the memory's channel; its latency overlaps with theirs.
  std::uint64_t memory_access(std::uint64_t start, std::uint64_t bytes) {
    const std::uint64_t arrival = start + memory_.bus_latency;
    memory_free_ = std::max(memory_free_, arrival) + divide_up(bytes, memory_.memory_bytes);
    return memory_free_ + memory_.memory_latency;
  }
  void move() {
    const Burst burst = in_flight_.front();
    in_flight_.pop_front();
    const std::uint64_t begin = std::max(now_, burst.ready);
    now_ = begin + divide_up(burst.bytes, timing_.bus_bytes);
    const std::uint64_t written = to_memory_ ? memory_access(begin, burst.bytes) : now_;
    free_at_ = std::max(written, now_);
    writes_end_ = std::max(writes_end_, free_at_);
  }

  const bool to_memory_;
  const DmaTiming& timing_;
  const MemoryTiming& memory_;
  std::deque<Burst> in_flight_;
  std::uint64_t now_ = 0, next_issue_ = 0, free_at_ = 0, memory_free_ = 0, writes_end_ = 0;
};

}  // namespace

std::uint64_t transfer_cycles(const registers::dma::Job& job, bool to_memory, const DmaTiming& timing,
                              const MemoryTiming& memory) {
  std::uint64_t length = job.length, lines = job.lines, planes = job.planes;
  const auto joined = [](std::uint64_t bytes, std::uint32_t source, std::uint32_t destination) {
    return source == bytes && destination == bytes;
  };
  namespace padding = registers::dma::fields::padding;
  const std::uint64_t left = padding::left.get(job.padding), right = padding::right.get(job.padding);
  const std::uint64_t outer_lines = padding::top.get(job.padding) + padding::bottom.get(job.padding);
  if (job.padding == 0 && lines > 1 && joined(length, job.source_line_stride, job.destination_line_stride)) {
    length *= lines;
    lines = 1;
  }
  if (job.padding == 0 && lines == 1 && planes > 1 &&
      joined(length, job.source_plane_stride, job.destination_plane_stride)) {
    length *= planes;
    planes = 1;
  }
  BurstTime time(to_memory, timing, memory);
  for (std::uint64_t plane = 0; plane < planes; ++plane) {
    for (std::uint64_t line = 0; line < outer_lines; ++line) time.fill(left + length + right);
    for (std::uint64_t line = 0; line < lines; ++line) {
      // Bursts end at multiples of burst_bytes of the source.
      std::uint64_t at = job.source + plane * job.source_plane_stride + line * job.source_line_stride;
      for (std::uint64_t rest = length; rest != 0;) {
        const std::uint64_t bytes = std::min<std::uint64_t>(rest, timing.burst_bytes - at % timing.burst_bytes);
        time.add(bytes);
        at += bytes;
        rest -= bytes;
      }
      time.fill(left);
      time.fill(right);
    }
  }
  return timing.setup + time.finish();
}

}  // namespace terse::compiler
