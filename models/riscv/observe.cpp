// The hart under observation: one instruction at a time, with breakpoints, watchpoints, single steps and a trace.
#include <algorithm>
#include <utility>

#include "models/riscv/decode.hpp"
#include "models/riscv/hart.hpp"

namespace terse::riscv {

bool Hart::observed() const {
  return stop_ || trace_ || !breakpoints_.empty() || !watchpoints_.empty() || stop_at_ebreak_;
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
}

void Hart::remove_breakpoint(std::uint32_t address) {
  breakpoints_.erase(address);
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

void Hart::request_stop(const Stop& stop) {
  stop_ = stop;
  time_.request_attention();
}

void Hart::observe_accesses() {
  if (!trace_ && watchpoints_.empty()) return data_.set_observer({});
  data_.set_observer([this](const DataAccess& access) { accesses_.push_back(access); });
}

void Hart::run_observed() {
  const std::uint64_t interrupts = interrupts_;
  take_interrupt();
  bool after_interrupt = interrupts_ != interrupts;
  do {
    stop_if_due();
    execute_observed(std::exchange(after_interrupt, false));
  } while (time_.now < time_.limit && observed());
}

void Hart::stop_if_due() {
  std::optional<Stop> due = std::exchange(stop_, std::nullopt);
  if (!due && breakpoints_.contains(pc_)) due = Stop{.cause = Stop::Cause::breakpoint};
  if (!due && stop_at_ebreak_) {
    Fetched fetched;
    const std::uint64_t now = time_.now;
    if (!fetch(pc_, fetched) && decode(fetched.bits).operation == Operation::ebreak) {
      due = Stop{.cause = Stop::Cause::ebreak};
    }
    time_.now = now;
  }
  if (due && stop_handler_) stop_handler_(*due);
}

void Hart::execute_observed(bool after_interrupt) {
  accesses_.clear();
  const std::uint32_t pc = pc_;
  const std::uint64_t exceptions = exceptions_;
  Fetched fetched;
  Instruction instruction;
  if (trace_) {
    const std::uint64_t now = time_.now;
    if (!fetch(pc, fetched)) instruction = decode(fetched.bits, csrs_.compressed_enabled());
    time_.now = now;
  }
  page_ = &code_.page(pc);
  pc_ = decode_and_execute(pc);
  ++retired_;

  if (trace_) {
    ExecutedInstruction executed{.cycle = time_.now, .pc = pc, .next_pc = pc_, .instruction = &instruction};
    executed.trapped = exceptions_ != exceptions;
    executed.wrote_register = !executed.trapped && instruction.rd < 32;
    if (executed.wrote_register) executed.result = x[instruction.rd];
    executed.interrupt_before = after_interrupt;
    executed.accesses = accesses_;
    trace_(executed);
  }
  for (const DataAccess& access : accesses_) {
    for (const Watchpoint& watched : watchpoints_) {
      if (watched.kind == (access.write ? AccessKind::read : AccessKind::write)) continue;
      const std::uint32_t first = std::max(access.address, watched.address);
      const std::uint64_t last =
          std::min(std::uint64_t{access.address} + access.size, std::uint64_t{watched.address} + watched.size);
      if (first < last)
        request_stop({.cause = Stop::Cause::watchpoint, .address = first, .write = access.write, .initiator = {}});
    }
  }
  if (lockup_ && stop_handler_) stop_handler_({.cause = Stop::Cause::lockup});
}

}  // namespace terse::riscv
