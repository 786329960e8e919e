// The hart under observation: one instruction at a time, with breakpoints, watchpoints, single steps and a trace.
#include <algorithm>
#include <utility>

#include "models/riscv/hart.hpp"
#include "models/riscv/operation_kinds.hpp"

namespace terse::riscv {

bool Hart::observed() const {
  return stop_ || trace_ || !watchpoints_.empty();
}

void Hart::set_stop_handler(std::function<void(const Stop&)> handler) {
  stop_handler_ = std::move(handler);
}

void Hart::set_trace(std::function<void(const ExecutedInstruction&)> trace) {
  trace_ = std::move(trace);
  observe_accesses();
}

void Hart::add_breakpoint(std::uint32_t address) {
  breakpoints_.insert(address);
  flush_ = true;
}

void Hart::remove_breakpoint(std::uint32_t address) {
  breakpoints_.erase(address);
  flush_ = true;
}

void Hart::add_watchpoint(const Watchpoint& watchpoint) {
  watchpoints_.push_back(watchpoint);
  observe_accesses();
}

void Hart::remove_watchpoint(const Watchpoint& watchpoint) {
  const auto found = std::ranges::find(watchpoints_, watchpoint);
  if (found != watchpoints_.end()) watchpoints_.erase(found);
  observe_accesses();
}

void Hart::set_stop_at_ebreak(bool stop) {
  stop_at_ebreak_ = stop;
  flush_ = true;
}

/// Whether a block that starts here is never entered but stepped into, so that `stop_if_due` sees it.
bool Hart::may_stop_at(const Block& block) const {
  return breakpoints_.contains(block.pc) || (stop_at_ebreak_ && block.code.front().operation == Operation::ebreak);
}

bool Hart::may_stop_here() {
  return breakpoints_.contains(state.pc) || (stop_at_ebreak_ && next_is_ebreak());
}

void Hart::request_stop(const Stop& stop) {
  stop_ = stop;
  time_.request_attention();
}

void Hart::observe_accesses() {
  if (!trace_ && watchpoints_.empty()) return data_.set_observer({});
  data_.set_observer([this](const DataAccess& access) { accesses_.push_back(access); });
}

void Hart::observe_step() {
  stop_if_due();
  accesses_.clear();
  const std::uint64_t exceptions = exceptions_;
  const std::uint32_t pc = state.pc;
  step_instruction();
  if (trace_) trace_step(pc, exceptions_ != exceptions);
  interrupted_ = false;
  report_watched_accesses();
}

void Hart::stop_if_due() {
  std::optional<Stop> due = std::exchange(stop_, std::nullopt);
  if (!due && breakpoints_.contains(state.pc)) due = Stop{.cause = Stop::Cause::breakpoint};
  if (!due && stop_at_ebreak_ && next_is_ebreak()) due = Stop{.cause = Stop::Cause::ebreak};
  if (due && stop_handler_) {
    synchronize_time();
    stop_handler_(*due);
    flush_if_outdated();
  }
}

bool Hart::next_is_ebreak() {
  const Block* block = block_at(state.pc, true);
  return block != nullptr && block->first->operation == Operation::ebreak;
}

void Hart::trace_step(std::uint32_t pc, bool trapped) {
  ExecutedInstruction executed{.cycle = time_.limit - static_cast<std::uint64_t>(state.remaining),
                               .pc = pc,
                               .next_pc = state.pc,
                               .instruction = &stepped_,
                               .trapped = trapped,
                               .interrupt_before = interrupted_,
                               .accesses = accesses_};
  executed.wrote_register = !trapped && stepped_.rd < 32 && writes_register(stepped_.operation);
  if (executed.wrote_register) executed.result = state.x[stepped_.rd];
  trace_(executed);
}

void Hart::report_watched_accesses() {
  for (const DataAccess& access : accesses_) {
    for (const Watchpoint& watched : watchpoints_) {
      if (watched.kind == (access.write ? AccessKind::read : AccessKind::write)) continue;
      const std::uint32_t first = std::max(access.address, watched.address);
      const std::uint64_t end =
          std::min(std::uint64_t{access.address} + access.size, std::uint64_t{watched.address} + watched.size);
      if (first >= end) continue;
      request_stop({.cause = Stop::Cause::watchpoint, .address = first, .write = access.write});
    }
  }
}

}  // namespace terse::riscv
