#include "models/riscv/hart.hpp"

#include <algorithm>
#include <utility>

#include "models/riscv/interpreter.hpp"
#include "models/riscv/translator.hpp"

namespace terse::riscv {

Hart::Hart(const HartOptions& options, MemoryPort& fetch, MemoryPort& data, LocalTime& time)
    : time_(time),
      fetch_(fetch),
      data_(data),
      timing_(options.timing),
      csrs_(options.hart_id, Counters(time, state.retired, state.events, options.clock_period, options.timebase),
            options.pmp_regions),
      misaligned_traps_(options.misaligned_traps),
      may_stall_(timing_.load_use != timing_.load || timing_.jump_register_use != 0) {
  data_.set_timing(timing_.overlapped_latency);
  if (options.translate) translator_ = Translator::create(*this);
  fetch_.set_protection(csrs_.pmp());
  data_.set_protection(csrs_.pmp());
  state.pc = options.reset_vector;
  state.redirected = true;
  state.code_lines = blocks_.code_lines();
  mode_changed();
}

Hart::~Hart() = default;

void Hart::run(std::uint64_t limit) {
  constexpr std::uint64_t longest_run = Block::never - 1;
  time_.limit = std::min(limit, time_.now + longest_run);
  time_.attention = false;
  adopt_time();
  take_interrupt();
  do {
    flush_if_outdated();
    run_one_round();
  } while (state.remaining > 0 && !time_.attention);
  synchronize_time();
  if (lockup_ && stop_handler_) stop_handler_({.cause = Stop::Cause::lockup});
}

void Hart::run_one_round() {
  Block** const link = std::exchange(state.link, nullptr);
  std::uint8_t* const translated_link = std::exchange(state.translated_link, nullptr);
  if (observed() || may_stop_here()) return observe_step();
  interrupted_ = false;
  Block* block = block_at(state.pc, false);
  if (block == nullptr) return step_instruction();
  if (const Instruction* previous = std::exchange(state.previous, nullptr)) {
    state.remaining -= timing_.stall_between(*previous, block->code.front());
  }
  if (link != nullptr) *link = block;
  if (translated_link != nullptr && block->translation != nullptr) {
    translator_->link(translated_link, *block, state.redirected);
  }
  if (std::exchange(state.redirected, false)) state.remaining -= block->entry_latency;
  if (state.remaining < block->real_bound) return step_instruction();
  run_block(*block);
}

void Hart::run_block(Block& block) {
  if (block.translation != nullptr) return translator_->run(block);
  if (--block.heat > 0) return interpret(*this, block);
  if (!translator_) {
    block.heat = 0x7fffffff;
    return interpret(*this, block);
  }
  record_addresses(block);
}

// Runs the block once, step by step, to see what memory its loads and stores work on; then it is translated. Devices end
// that, mostly at the same instruction each time: after a few attempts, what was seen has to do.
void Hart::record_addresses(Block& block) {
  constexpr std::uint32_t most_attempts = 4;
  block.heat = 1;
  const bool last_attempt = ++block.attempts >= most_attempts;
  for (std::uint32_t i = 0; i < block.count; ++i) {
    Instruction& instruction = block.code[i];
    if (!block.valid || state.pc != instruction.pc) return;
    if (state.remaining <= 0 || time_.attention) {
      if (!last_attempt) return;
      break;
    }
    instruction.address_hint = state.x[instruction.rs1] + instruction.immediate;
    step_instruction();
  }
  state.link = nullptr;
  // The last instruction may have trapped, into a mode that has other rights to memory than the block.
  if (!block.valid || mode_ != block.mode) return;
  if (!translator_->translate(block)) flush_ = true;
}

void Hart::step_instruction() {
  std::optional<Instruction> previous;  // a copy, for its block may go
  if (const Instruction* executed = std::exchange(state.previous, nullptr)) previous = *executed;
  Block* block = block_at(state.pc, true);
  if (block == nullptr) {
    synchronize_time();
    const Fetched fetched = fetch(state.pc);
    adopt_time();
    uncached_ = build_uncached(state.pc, fetched.bits);
    block = uncached_.get();
    stepped_ = block->code.front();
    if (fetched.trap) {
      state.remaining -= 1;
      stepped_.operation = Operation::illegal;
      return raise(*fetched.trap, stepped_);
    }
  }
  stepped_ = block->code.front();
  if (std::exchange(state.redirected, false)) state.remaining -= block->entry_latency;
  if (previous) state.remaining -= timing_.stall_between(*previous, stepped_);
  state.jump_cache = &nowhere_;
  interpret(*this, *block);
  state.jump_cache = &blocks_.jump_cache(mode_);
  state.link = nullptr;
}

void Hart::set_pc(std::uint32_t pc) {
  state.pc = pc & ~csrs_.misaligned_jump_bits();
  state.link = nullptr;
  state.translated_link = nullptr;
  state.previous = nullptr;
}

bool Hart::set_csr(std::uint32_t number, std::uint32_t value) {
  const bool had_compressed = csrs_.compressed_enabled();
  if (!csrs_.write(number, value, state.pc)) return false;
  if (csrs_.compressed_enabled() != had_compressed) flush_ = true;
  reconsider_interrupts();
  mode_changed();
  return true;
}

}  // namespace terse::riscv
