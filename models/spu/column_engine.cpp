#include "models/spu/column_engine.hpp"

#include <algorithm>

namespace terse {

ColumnEngine::ColumnEngine(const ColumnEngineParameters& parameters, const LaneEntries& lanes, ActivationLines& lines,
                           const std::vector<Piece>& load, const BankLayout& layout)
    : parameters_(parameters),
      entries_(lanes),
      source_(lines),
      layout_(layout),
      finished_columns_(lanes.lanes),
      left_(lanes.lanes),
      real_(lanes.lanes),
      sent_columns_(parameters.fifo_depth),
      credit_(parameters.lanes),
      lines_(parameters.fetch_ahead),
      load_(parameters.load_bytes),
      loaded_at_(parameters.setup_cycles),
      loading_(bytes_of(load) != 0) {
  load_.begin(load);
}

BankSet ColumnEngine::request() {
  fetch_request_.clear();
  load_request_.clear();
  if (cycle_ < parameters_.setup_cycles) return {};
  begin_line();
  fetch_request_ = fetch_.banks();
  if (loading_) load_request_ = load_.request(layout_) - fetch_request_;
  return fetch_request_ | load_request_;
}

void ColumnEngine::step(const BankSet& granted) {
  book(pass());
  finish_line(granted & fetch_request_);
  if (loading_) finish_load(granted & load_request_);
  ++cycle_;
}

std::uint64_t ColumnEngine::least_cycles() const {
  if (end_ > cycle_) return end_ - cycle_;
  const std::uint64_t setup = parameters_.setup_cycles > cycle_ ? parameters_.setup_cycles - cycle_ : 0;
  return std::max<std::uint64_t>(1, setup + source_.left() + parameters_.pipeline_depth);
}

// -- what the cycle is spent on ------------------------------------------------------------------------------------

Cause ColumnEngine::pass() {
  if (cycle_ < parameters_.setup_cycles) return Cause::driver;
  if (loading_ || cycle_ < loaded_at_) {
    if (load_conflicts_ == 0) return Cause::weight_load;
    --load_conflicts_;
    return Cause::bank_conflict;
  }
  if (cycle_ < loaded_at_ + parameters_.index_decode_cycles) return Cause::index_decode;
  if (end_ != 0) {
    finished_ = cycle_ + 1 >= end_;
    return Cause::drain;
  }
  const Cause cause = stream();
  if (idle_ && !lines_left()) {
    end_ = cycle_ + 1 + parameters_.pipeline_depth;
    finished_ = parameters_.pipeline_depth == 0;
  }
  return cause;
}

Cause ColumnEngine::stream() {
  const std::uint32_t working = work();
  const Broadcast what = broadcast();
  if (credit_.pass(working)) return Cause::compute;
  if (what == Broadcast::blocked) return Cause::fifo;
  if (what != Broadcast::starved) return Cause::lane_imbalance;
  if (lines_.empty() || lines_.front().conflicts == 0) return Cause::activation_fetch;
  --lines_.front().conflicts;
  return Cause::bank_conflict;
}

/// One cycle of all lanes; returns how many work on an entry.
std::uint32_t ColumnEngine::work() {
  std::uint32_t working = 0;
  std::uint64_t slowest = sent_;
  std::uint64_t behind = 0;
  for (std::uint32_t lane = 0; lane < entries_.lanes; ++lane) {
    std::uint64_t& done = finished_columns_[lane];
    slowest = std::min(slowest, done);
    if (done == sent_) continue;
    if (left_[lane] == 0) {
      const std::uint32_t entries = sent_columns_[done % parameters_.fifo_depth][lane];
      left_[lane] = std::max(1u, entries);
      real_[lane] = entries != 0 ? 1 : 0;
    }
    working += real_[lane];
    if (--left_[lane] == 0) ++done;
    behind += sent_ - done;
  }
  full_ = sent_ - slowest >= parameters_.fifo_depth;
  idle_ = behind == 0;
  return working;
}

ColumnEngine::Broadcast ColumnEngine::broadcast() {
  while (!lines_.empty()) {
    Line& line = lines_.front();
    if (!line.fetched || line.ready > cycle_) return Broadcast::starved;
    if (line.next < line.line.columns.size()) {
      if (full_) return Broadcast::blocked;
      const std::uint64_t column = line.line.columns[line.next++];
      sent_columns_[sent_ % parameters_.fifo_depth] = entries_.entries.data() + column * entries_.lanes;
      ++sent_;
      idle_ = false;
      if (line.next == line.line.columns.size()) lines_.pop_front();
      return Broadcast::sent;
    }
    lines_.pop_front();
  }
  return exhausted_ ? Broadcast::all_sent : Broadcast::starved;
}

// -- activations ---------------------------------------------------------------------------------------------------

void ColumnEngine::begin_line() {
  const bool under_way = !lines_.empty() && !lines_.back().fetched;
  if (under_way || exhausted_ || lines_.full()) return;
  lines_.push_back();
  if (!source_.next(lines_.back().line)) {
    exhausted_ = true;
    lines_.pop_back();
    return;
  }
  fetch_.add(layout_, lines_.back().line.piece.address, lines_.back().line.piece.bytes);
}

void ColumnEngine::finish_line(const BankSet& granted) {
  if (lines_.empty() || lines_.back().fetched || cycle_ < parameters_.setup_cycles) return;
  Line& line = lines_.back();
  fetch_.take(granted);
  if (granted != fetch_request_) ++line.conflicts;
  if (!fetch_.done()) return;
  line.fetched = true;
  line.ready = line.line.piece.bytes == 0 ? cycle_ + 1 : arrival();
}

// -- lane memories -------------------------------------------------------------------------------------------------

void ColumnEngine::finish_load(const BankSet& granted) {
  if (cycle_ < parameters_.setup_cycles) return;
  load_.take(granted);
  if (granted != load_request_) ++load_conflicts_;
  if (!load_.finished()) return;
  loading_ = false;
  loaded_at_ = arrival();
}

}  // namespace terse
