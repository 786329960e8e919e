#include "platform/run/call_recorder.hpp"

#include <algorithm>
#include <boost/core/demangle.hpp>

namespace terse::run {
namespace {

constexpr std::uint32_t first_return_register = 1, second_return_register = 5;  // ra, and t0 for save routines
constexpr std::size_t deepest = 64;

/// Template arguments, parameters and the result's type would hide the name in a picture.
std::string readable(const std::string& symbol) {
  std::string name;
  int depth = 0;
  for (const char character : boost::core::demangle(symbol.c_str())) {
    if (character == '<') ++depth;
    if (depth == 0 && character == '(') break;
    if (depth == 0) name += character;
    if (character == '>') --depth;
  }
  const std::size_t type = name.rfind(' ');
  return type == std::string::npos ? name : name.substr(type + 1);
}

}  // namespace

CallRecorder::CallRecorder(const ElfFile& elf, RiscvCore& core, std::uint64_t limit) : core_(core), limit_(limit) {
  std::uint64_t next = 0;
  std::string name;  // of what begins at `next`; empty outside the ELF's symbols, as in the boot ROM
  const auto until = [&](std::uint64_t end, std::string following) {
    if (end > next)
      functions_.push_back({static_cast<std::uint32_t>(next), static_cast<std::uint32_t>(end - 1), std::move(name)});
    next = end;
    name = std::move(following);
  };
  for (const ElfSymbol& symbol : elf.symbols) {
    if (symbol.address < next) continue;  // an alias, or a label within a function
    until(symbol.address, readable(symbol.name));
    // The assembler states no size: up to the next symbol then.
    if (symbol.size != 0) until(std::uint64_t{symbol.address} + symbol.size, "");
  }
  until(std::uint64_t{1} << 32, "");
  core_.set_trace([this](const riscv::ExecutedInstruction& executed) { record(executed); });
}

std::uint32_t CallRecorder::function_at(std::uint32_t pc) const {
  const auto after = std::ranges::upper_bound(functions_, pc, {}, &Function::first);
  return static_cast<std::uint32_t>(after - functions_.begin()) - 1;
}

void CallRecorder::woke(std::uint64_t cycle) {
  now_ = std::max(now_, cycle);
  if (full()) core_.set_trace({});  // here, because a hook cannot take itself away
}

void CallRecorder::record(const riscv::ExecutedInstruction& executed) {
  if (full()) return;
  const bool inside = !stack_.empty() && functions_[stack_.back().function].first <= executed.pc &&
                      executed.pc <= functions_[stack_.back().function].last;
  if (!inside || executed.interrupt_before) enter(function_at(executed.pc), executed);
  const std::uint32_t rd = executed.instruction->rd;
  linked_ = executed.wrote_register && (rd == first_return_register || rd == second_return_register) &&
            executed.result == executed.pc + executed.instruction->length && executed.next_pc != executed.result;
  now_ = executed.cycle;
}

void CallRecorder::enter(std::uint32_t function, const riscv::ExecutedInstruction& executed) {
  const bool deeper = linked_ || executed.interrupt_before;
  if (!deeper && !stack_.empty()) {
    const auto open =
        std::find_if(stack_.rbegin(), stack_.rend(), [&](const Frame& frame) { return frame.function == function; });
    if (open != stack_.rend()) return close_to(static_cast<std::size_t>(stack_.rend() - open), now_);
    close_to(stack_.size() - 1, now_);
  }
  if (stack_.size() == deepest) close_to(0, now_);  // a stack that never returns, as a scheduler's
  stack_.push_back({function, now_});
}

void CallRecorder::close_to(std::size_t depth, std::uint64_t cycle) {
  while (stack_.size() > depth) {
    const Frame frame = stack_.back();
    stack_.pop_back();
    calls_.push_back({{frame.begin, cycle}, frame.function, static_cast<std::uint32_t>(stack_.size())});
  }
  if (!full() && calls_.size() >= limit_) {
    complete_until_ = cycle;
    close_to(0, cycle);
  }
}

void CallRecorder::finish(std::uint64_t cycle, Timeline& timeline) {
  core_.set_trace({});
  close_to(0, cycle);
  std::ranges::sort(calls_, [](const FunctionCall& a, const FunctionCall& b) {
    return std::pair(a.time.begin, a.depth) < std::pair(b.time.begin, b.depth);
  });
  std::vector<std::uint32_t> numbers(functions_.size(), ~0u);  // only functions that ran are named
  for (FunctionCall& call : calls_) {
    std::uint32_t& number = numbers[call.function];
    if (number == ~0u) {
      number = static_cast<std::uint32_t>(timeline.functions.size());
      const std::string& name = functions_[call.function].name;
      timeline.functions.push_back(name.empty() ? "(no symbol)" : name);
    }
    call.function = number;
  }
  timeline.calls = std::move(calls_);
}

}  // namespace terse::run
