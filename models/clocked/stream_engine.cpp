#include "models/clocked/stream_engine.hpp"

#include <algorithm>

#include "models/convolution/ceil_div.hpp"

namespace terse {
namespace {

/// The `most` lowest banks of a set; all for 0.
BankSet lowest(const BankSet& banks, std::uint32_t most) {
  if (most == 0 || banks.size() <= most) return banks;
  BankSet part;
  std::uint32_t taken = 0;
  banks.for_each([&](std::uint32_t bank) {
    if (taken++ < most) part.insert(bank);
  });
  return part;
}

}  // namespace

StreamEngine::StreamEngine(const StreamParameters& parameters, Schedule& schedule, const BankLayout& layout)
    : parameters_(parameters),
      schedule_(schedule),
      layout_(layout),
      least_datapath_cycles_(schedule.least_cycles()),
      operands_(parameters.fetch_ahead),
      ends_(std::max(1u, parameters.pipeline_depth)),
      loaded_(parameters.weight_buffers),
      load_(parameters.load_bytes),
      outputs_(parameters.write_ahead) {}

BankSet StreamEngine::request() {
  fetch_request_.clear();
  load_request_.clear();
  write_request_.clear();
  if (cycle_ < parameters_.setup_cycles) return {};
  begin_write();
  begin_fetch(cycle_);
  begin_load();
  write_request_ = write_.banks();
  fetch_request_ = lowest(fetch_.banks(), parameters_.fetch_words) - write_request_;
  if (loading_) load_request_ = load_.request(layout_) - write_request_ - fetch_request_;
  return write_request_ | fetch_request_ | load_request_;
}

void StreamEngine::step(const BankSet& granted) {
  book(datapath());
  finish_write(granted & write_request_);
  finish_fetch(granted & fetch_request_);
  finish_load(granted & load_request_);
  ++cycle_;
  finished_ = steps_exhausted_ && operands_.empty() && !busy_ && outputs_.empty() && cycle_ >= drained_ &&
              cycle_ >= accumulators_free_ && cycle_ > parameters_.setup_cycles;
}

std::uint64_t StreamEngine::least_cycles() const {
  const std::uint64_t setup = parameters_.setup_cycles > cycle_ ? parameters_.setup_cycles - cycle_ : 0;
  if (steps_exhausted_ && operands_.empty() && !busy_) return drained_ > cycle_ ? drained_ - cycle_ : 1;
  const std::uint64_t left = least_datapath_cycles_ > occupied_cycles_ ? least_datapath_cycles_ - occupied_cycles_ : 0;
  return std::max<std::uint64_t>(1, setup + left + parameters_.pipeline_depth);
}

// -- datapath ------------------------------------------------------------------------------------------------------

Cause StreamEngine::datapath() {
  if (cycle_ < parameters_.setup_cycles) return Cause::driver;
  if (busy_) return occupy();
  while (!operands_.empty()) {
    const Cause cause = missing();
    if (cause != Cause::compute) return cause;
    start_step();
    if (current_.cycles() != 0) return occupy();
    end_fetch_only_step();
  }
  return steps_exhausted_ ? Cause::drain : Cause::activation_fetch;
}

/// What the next step waits for; `compute` for nothing. Books a cycle of conflict where there is one left.
Cause StreamEngine::missing() {
  const auto wait = [](Cause cause, std::uint64_t& conflicts) {
    if (conflicts == 0) return cause;
    --conflicts;
    return Cause::bank_conflict;
  };
  Operands& next = operands_.front();
  if (next.step.block != Step::no_block) {
    const std::uint64_t place = next.step.block - released_blocks_;
    if (place >= loaded_.size()) return wait(Cause::weight_load, load_conflicts_);
    if (loaded_[place].ready > cycle_) return wait(Cause::weight_load, loaded_[place].conflicts);
  }
  if (!next.fetched || next.ready > cycle_) return wait(Cause::activation_fetch, next.conflicts);
  if (depends_on_pipeline(next.step)) return Cause::accumulator_hazard;
  if (!next.step.writes.empty() && outputs_.full()) return wait(Cause::fifo, outputs_.front().conflicts);
  return Cause::compute;
}

bool StreamEngine::depends_on_pipeline(const Step& step) const {
  if (step.depends_on_back == 0 || step.depends_on_back > ends_.size()) return false;
  return ends_[ends_.size() - step.depends_on_back] + parameters_.pipeline_depth > cycle_;
}

void StreamEngine::start_step() {
  std::swap(current_, operands_.front().step);
  operands_.pop_front();
  busy_ = true;
  spent_ = 0;
}

/// One cycle of the current step.
Cause StreamEngine::occupy() {
  const bool last = spent_ + 1 == current_.cycles();
  if (last && current_.accumulator_words > 0 && accumulators_free_ > cycle_ + 1) return Cause::accumulator_hazard;
  const std::uint32_t compute_from = current_.index_decode_cycles;
  const std::uint32_t imbalance_from = compute_from + current_.compute_cycles;
  const std::uint32_t hazard_from = imbalance_from + current_.lane_imbalance_cycles;
  const Cause cause = spent_ < compute_from     ? Cause::index_decode
                      : spent_ < imbalance_from ? Cause::compute
                      : spent_ < hazard_from    ? Cause::lane_imbalance
                                                : Cause::accumulator_hazard;
  ++spent_;
  ++occupied_cycles_;
  if (last) end_step();
  return cause;
}

void StreamEngine::end_step() {
  busy_ = false;
  const std::uint64_t end = cycle_ + 1;
  drained_ = end + parameters_.pipeline_depth;
  ends_.push_back(end);
  if (current_.accumulator_words > 0) {
    accumulators_free_ = end + ceil_div(current_.accumulator_words, parameters_.accumulator_words);
  }
  if (!current_.writes.empty()) {
    outputs_.push_back();
    outputs_.back().pieces.swap(current_.writes);
    outputs_.back().ready = drained_;
  }
  if (current_.last_of_block) {
    loaded_.pop_front();
    ++released_blocks_;
  }
  if (operands_.empty()) begin_fetch(cycle_ + 1);  // learns whether this was the last step
}

void StreamEngine::end_fetch_only_step() {
  busy_ = false;
  if (operands_.empty()) begin_fetch(cycle_ + 1);
}

// -- operands ------------------------------------------------------------------------------------------------------

void StreamEngine::begin_fetch(std::uint64_t cycle) {
  const bool under_way = !operands_.empty() && !operands_.back().fetched;
  if (under_way || steps_exhausted_ || operands_.full()) return;
  operands_.push_back();
  Operands& operands = operands_.back();
  operands.begin = cycle;
  if (!schedule_.next(operands.step)) {
    steps_exhausted_ = true;
    operands_.pop_back();
    return;
  }
  for (const Piece& piece : operands.step.reads) fetch_.add(layout_, piece.address, piece.bytes);
}

void StreamEngine::finish_fetch(const BankSet& granted) {
  if (operands_.empty() || operands_.back().fetched || operands_.back().begin > cycle_) return;
  Operands& operands = operands_.back();
  fetch_.take(granted);
  if (granted != fetch_request_) ++operands.conflicts;
  if (!fetch_.done()) return;
  operands.fetched = true;
  operands.ready = operands.step.reads.empty() ? cycle_ + 1 : arrival();
}

// -- weights -------------------------------------------------------------------------------------------------------

void StreamEngine::begin_load() {
  if (loading_ || next_block_ == schedule_.block_count() ||
      next_block_ - released_blocks_ >= parameters_.weight_buffers) {
    return;
  }
  block_.clear();
  schedule_.block(next_block_, block_);
  block_is_empty_ = bytes_of(block_.pieces) == 0;
  load_.begin(block_.pieces);
  loading_ = true;
  load_conflicts_ = 0;
}

void StreamEngine::finish_load(const BankSet& granted) {
  if (!loading_) return;
  load_.take(granted);
  if (granted != load_request_) ++load_conflicts_;
  if (!load_.finished()) return;
  loaded_.push_back({.ready = block_is_empty_ ? cycle_ + 1 : arrival(), .conflicts = load_conflicts_});
  load_conflicts_ = 0;
  loading_ = false;
  ++next_block_;
}

// -- results -------------------------------------------------------------------------------------------------------

void StreamEngine::begin_write() {
  if (writing_ || outputs_.empty() || outputs_.front().ready > cycle_) return;
  for (const Piece& piece : outputs_.front().pieces) write_.add(layout_, piece.address, piece.bytes);
  writing_ = true;
}

void StreamEngine::finish_write(const BankSet& granted) {
  if (!writing_) return;
  write_.take(granted);
  if (granted != write_request_) ++outputs_.front().conflicts;
  if (!write_.done()) return;
  outputs_.pop_front();
  writing_ = false;
}

}  // namespace terse
