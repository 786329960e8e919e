#include "models/clocked/nominal_time.hpp"

#include <boost/circular_buffer.hpp>

#include <algorithm>

namespace terse {
namespace {

std::uint64_t ceil_div(std::uint64_t a, std::uint64_t b) {
  return (a + b - 1) / b;
}

std::uint64_t bytes_of(const Pieces& pieces) {
  std::uint64_t bytes = 0;
  for (const Piece& piece : pieces) bytes += piece.bytes;
  return bytes;
}

std::uint64_t words_of(const Pieces& pieces, std::uint32_t bank_width) {
  std::uint64_t words = 0;
  for (const Piece& piece : pieces) {
    if (piece.bytes != 0) words += (piece.address + piece.bytes - 1) / bank_width - piece.address / bank_width + 1;
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
    if (parameters_.fetch_words != 0) {
      const std::uint64_t fetch = ceil_div(words_of(step.reads, bank_width_), parameters_.fetch_words);
      if (fetch > previous_cycles_) wait(now_ + fetch - previous_cycles_, time_.activation_fetch);
    }
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
    previous_cycles_ = step.cycles();
    ends_.push_back(now_);
    if (step.accumulator_words != 0) {
      accumulators_free_ = now_ + ceil_div(step.accumulator_words, parameters_.accumulator_words);
    }
    if (step.last_of_block) releases_.push_back(now_);
    time_.bytes += bytes_of(step.reads) + bytes_of(step.writes);
  }

  /// The next block: as soon as the one before is there and its place is free.
  void load() {
    block_.clear();
    schedule_.block(loaded_, block_);
    std::uint64_t beats = 0;
    for (const Piece& piece : block_.pieces) beats += ceil_div(piece.bytes, parameters_.load_bytes);
    std::uint64_t start = block_ready_;
    if (loaded_ >= parameters_.weight_buffers) start = std::max(start, releases_.front());
    block_ready_ = start + beats;
    time_.bytes += bytes_of(block_.pieces);
    ++loaded_;
  }

  Schedule& schedule_;
  const StreamParameters& parameters_;
  const std::uint32_t bank_width_;
  JobTime time_;
  std::uint64_t now_ = 0;
  std::uint64_t previous_cycles_ = 1;  ///< Of the step before; the first fetch takes its cycle in the set-up.
  std::uint64_t accumulators_free_ = 0;
  std::uint64_t loaded_ = 0;       ///< Blocks.
  std::uint64_t block_ready_ = 0;  ///< The last of them.
  WeightBlock block_;
  boost::circular_buffer<std::uint64_t> releases_;  ///< Of the last weight_buffers blocks.
  boost::circular_buffer<std::uint64_t> ends_;      ///< Of the last pipeline_depth steps.
};

}  // namespace

JobTime nominal_time(Schedule& schedule, const StreamParameters& parameters, std::uint32_t bank_width) {
  return Walk(schedule, parameters, bank_width).run();
}

}  // namespace terse
