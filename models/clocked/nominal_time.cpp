#include "models/clocked/nominal_time.hpp"

#include <boost/circular_buffer.hpp>

#include <algorithm>

#include "models/convolution/ceil_div.hpp"

namespace terse {
namespace {

std::uint64_t words_of(const Pieces& pieces, std::uint32_t bank_width) {
  std::uint64_t words = 0, last = 0;
  for (const Piece& piece : pieces) {
    if (piece.bytes == 0) continue;
    std::uint64_t first = piece.address / bank_width;
    if (words != 0 && first == last) ++first;  // shared with the piece before
    last = (piece.address + piece.bytes - 1) / bank_width;
    words += last - first + 1;
  }
  return words;
}

/// Time is counted from the end of the set-up.
class Walk {
 public:
  Walk(Schedule& schedule, const StreamParameters& parameters, std::uint32_t bank_width)
      : schedule_(schedule),
        parameters_(parameters),
        bank_width_(bank_width),
        releases_(parameters.weight_buffers),
        starts_(std::max(1u, parameters.fetch_ahead)),
        ends_(std::max(1u, parameters.pipeline_depth)) {}

  JobTime run() {
    time_.setup = parameters_.setup_cycles;
    Step step;
    while (schedule_.next(step)) {
      pass(step);
      step.clear();
    }
    const std::uint64_t end = std::max(now_ + parameters_.pipeline_depth, accumulators_free_);
    time_.drain = end - now_;
    return time_;
  }

 private:
  void wait(std::uint64_t until, std::uint64_t& cause) {
    if (until <= now_) return;
    cause += until - now_;
    now_ = until;
  }

  void pass(const Step& step) {
    if (step.block != Step::no_block) {
      while (loaded_ <= step.block) load();
      wait(block_ready_, time_.weight_load);
    }
    fetch(step);
    wait(fetched_ - 1, time_.activation_fetch);
    starts_.push_back(now_);
    time_.bytes += bytes_of(step.reads);
    if (step.cycles() == 0) return;
    if (step.depends_on_back != 0 && step.depends_on_back <= ends_.size()) {
      wait(ends_[ends_.size() - step.depends_on_back] + parameters_.pipeline_depth, time_.accumulator_hazard);
    }
    if (step.accumulator_words != 0 && accumulators_free_ > now_ + step.cycles()) {
      wait(accumulators_free_ - step.cycles(), time_.accumulator_hazard);
    }
    time_.index_decode += step.index_decode_cycles;
    time_.compute += step.compute_cycles;
    time_.lane_imbalance += step.lane_imbalance_cycles;
    time_.accumulator_hazard += step.accumulator_hazard_cycles;
    now_ += step.cycles();
    ends_.push_back(now_);
    if (step.accumulator_words != 0) {
      accumulators_free_ = now_ + ceil_div(step.accumulator_words, parameters_.accumulator_words);
    }
    if (step.last_of_block) releases_.push_back(now_);
    time_.bytes += bytes_of(step.writes);
  }

  /// As soon as the fetch before is done and the FIFO has a place.
  void fetch(const Step& step) {
    std::uint64_t cycles = 1;
    if (parameters_.fetch_words != 0) {
      cycles = std::max(cycles, ceil_div(words_of(step.reads, bank_width_), parameters_.fetch_words));
    }
    if (starts_.full()) fetched_ = std::max(fetched_, starts_.front() + 1);
    fetched_ += cycles;
  }

  /// The next block: as soon as the one before is there and its place is free.
  void load() {
    block_.clear();
    schedule_.block(loaded_, block_);
    std::uint64_t start = block_ready_;
    if (loaded_ >= parameters_.weight_buffers) start = std::max(start, releases_.front());
    const std::uint64_t bytes = bytes_of(block_.pieces);
    block_ready_ = start + ceil_div(bytes, parameters_.load_bytes);
    time_.bytes += bytes;
    ++loaded_;
  }

  Schedule& schedule_;
  const StreamParameters& parameters_;
  const std::uint32_t bank_width_;
  JobTime time_;
  std::uint64_t now_ = 0;
  std::uint64_t fetched_ = 0;  ///< When the last operands are there, and 1, as the first fetch begins in the set-up.
  std::uint64_t accumulators_free_ = 0;
  std::uint64_t loaded_ = 0;       ///< Blocks.
  std::uint64_t block_ready_ = 0;  ///< The last of them.
  WeightBlock block_;
  boost::circular_buffer<std::uint64_t> releases_;  ///< Of the last weight_buffers blocks.
  boost::circular_buffer<std::uint64_t> starts_;    ///< Of the last fetch_ahead steps.
  boost::circular_buffer<std::uint64_t> ends_;      ///< Of the last pipeline_depth steps.
};

}  // namespace

JobTime nominal_time(Schedule& schedule, const StreamParameters& parameters, std::uint32_t bank_width) {
  return Walk(schedule, parameters, bank_width).run();
}

}  // namespace terse
