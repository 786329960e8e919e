// From memory to blocks: fetching, decoding, and what each instruction costs.
#include <algorithm>
#include <utility>

#include "models/riscv/decode.hpp"
#include "models/riscv/hart.hpp"
#include "models/riscv/interpreter.hpp"
#include "models/riscv/operation_kinds.hpp"
#include "models/riscv/translator.hpp"

namespace terse::riscv {
namespace {

constexpr std::uint32_t longest_block = 64;    // instructions, after which it ends at the next that is no load
constexpr std::size_t most_blocks = 1u << 17;  // then they are all forgotten, those no longer valid among them
constexpr std::int32_t translation_heat = 24;  // executions that pay for a translation
constexpr std::int32_t never_hot = 0x7fffffff;

/// Aligned words that an instruction lies in.
std::uint32_t words_of(const Instruction& instruction) {
  return instruction.pc % 4 + instruction.length > 4 ? 2 : 1;
}

}  // namespace

Block* Hart::block_at(std::uint32_t pc, bool single) {
  JumpCacheEntry& cached = blocks_.jump_cache(mode_).at(pc);
  if (!single && cached.pc == pc) return cached.block;
  Block* block = blocks_.find(pc, mode_, single);
  if (block == nullptr) {
    std::unique_ptr<Block> built = build(pc, single);
    if (built == nullptr) return nullptr;
    block = &blocks_.insert(std::move(built));
    if (blocks_.size() > most_blocks) flush_ = true;
  }
  if (single) return block;
  cached = {.pc = pc, .entry_latency = block->entry_latency, .block = block, .translation = block->translation_of_jump};
  if (cached.translation == nullptr && translator_) cached.translation = translator_->way_back();
  return block;
}

std::unique_ptr<Block> Hart::build(std::uint32_t pc, bool single) const {
  const auto window = fetch_.window_of(pc);
  if (!window || !window->executable) return nullptr;
  auto block = std::make_unique<Block>();
  block->pc = pc;
  block->mode = mode_;
  block->single = single;
  block->source = window->host + (pc - window->first);

  std::uint64_t at = pc;
  const std::uint32_t most = single ? 1 : longest_block;
  while (true) {
    const std::uint64_t left = window->last - at + 1;
    std::uint32_t bits = 0;
    if (left < 2) break;
    std::memcpy(&bits, window->host + (at - window->first), std::min<std::uint64_t>(left, 4));
    if (instruction_length(bits) > left) break;
    Instruction instruction = decode(bits, csrs_.compressed_enabled());
    const bool first = block->code.empty();
    const bool after_load = !first && is_load(block->code.back().operation);
    if (!first && (is_system(instruction.operation) || breakpoints_.contains(static_cast<std::uint32_t>(at)))) break;
    if (block->code.size() >= most && (single || !after_load)) break;
    instruction.pc = static_cast<std::uint32_t>(at);
    block->code.push_back(instruction);
    at += instruction.length;
    if (at > window->last || is_system(instruction.operation) || is_control_transfer(instruction.operation)) break;
  }
  if (block->code.empty()) return nullptr;
  block->end = at;
  block->bytes.assign(block->source, block->source + (at - pc));
  finish(*block, window->read_latency);
  if (may_stop_at(*block)) block->bound = block->real_bound = Block::never;
  return block;
}

std::unique_ptr<Block> Hart::build_uncached(std::uint32_t pc, std::uint32_t bits) const {
  auto block = std::make_unique<Block>();
  block->pc = pc;
  block->mode = mode_;
  block->single = true;
  Instruction instruction = decode(bits, csrs_.compressed_enabled());
  instruction.pc = pc;
  block->end = std::uint64_t{pc} + instruction.length;
  block->code.push_back(instruction);
  finish(*block, 0);  // its fetch has taken its time already
  return block;
}

void Hart::finish(Block& block, std::uint32_t fetch_latency) const {
  std::uint32_t cycles = 0;
  const Instruction* previous = nullptr;
  for (Instruction& instruction : block.code) {
    const Operation operation = instruction.operation;
    instruction.execute = handler_of(operation);
    instruction.index = static_cast<std::uint16_t>(&instruction - block.code.data());
    cycles += timing_.cost(instruction) + (timing_.prefetch ? 0 : words_of(instruction) * fetch_latency);
    if (previous != nullptr) cycles += timing_.stall_between(*previous, instruction);
    previous = &instruction;
    instruction.cycles_through = cycles;
    block.loads = static_cast<std::uint16_t>(block.loads + loads(operation));
    block.stores = static_cast<std::uint16_t>(block.stores + stores(operation));
  }
  block.count = static_cast<std::uint32_t>(block.code.size());
  block.cycles = cycles;
  block.entry_latency = 0;
  if (timing_.prefetch)
    block.entry_latency = fetch_latency + (words_of(block.code.front()) == 2 ? timing_.split_target : 0);
  const Instruction last = block.code.back();
  if (is_branch(last.operation)) block.taken_extra = timing_.taken();

  Instruction end;
  end.execute = end_handler(may_stall_);
  end.pc = last.next_pc();
  end.cycles_through = cycles;
  end.index = static_cast<std::uint16_t>(block.count);
  block.code.push_back(end);
  block.first = block.code.data();
  // A misaligned access is two.
  block.real_bound =
      std::int64_t{cycles} + block.taken_extra +
      (std::int64_t{block.loads} + block.stores) * (2 * data_.greatest_latency() + timing_.second_access) + 1;
  block.bound = block.real_bound;
  block.heat = translator_ && !block.single ? translation_heat : never_hot;
}

void Hart::flush_if_outdated() {
  const std::uint64_t generation = fetch_.generation() + data_.generation() + csrs_.pmp().epoch();
  const bool counting = csrs_.counts_events();
  if (generation == outdated_ && counting == counting_ && !flush_) return;
  outdated_ = generation;
  counting_ = counting;
  flush_ = false;
  if (state.previous != nullptr) {
    previous_ = *state.previous;
    state.previous = &previous_;
  }
  data_.forget_mappings();
  blocks_.clear();
  if (translator_) translator_->clear();
  state.link = nullptr;
  state.translated_link = nullptr;
  state.block = nullptr;
}

Hart::Fetched Hart::fetch(std::uint32_t pc) {
  Fetched fetched;
  std::uint32_t word = 0;
  // A prefetch buffer hides the latency but for the first word behind a control transfer.
  bool in_time = timing_.prefetch && !state.redirected;
  const std::uint32_t aligned = pc & ~3u;
  // Protection looks at the bytes of the instruction alone, the bus delivers words.
  const auto fetch_part = [&](std::uint32_t address, std::uint32_t first, std::uint32_t last) {
    if (csrs_.pmp().permits(first, last, PmpAccess::execute, csrs_.privilege()) &&
        fetch_.fetch(address, word, in_time)) {
      in_time = timing_.prefetch;
      return true;
    }
    fetched.trap = Trap{Cause::instruction_access_fault, first};
    return false;
  };
  if (!fetch_part(aligned, pc, pc + 1)) return fetched;
  fetched.bits = word >> pc % 4 * 8;
  if (instruction_length(fetched.bits) == 2) return fetched;
  if (pc % 4 == 0) {
    if (!csrs_.pmp().permits(pc, pc + 3, PmpAccess::execute, csrs_.privilege())) {
      fetched.trap = Trap{Cause::instruction_access_fault, pc};
    }
    return fetched;
  }
  if (!fetch_part(pc + 2, pc + 2, pc + 3)) return fetched;
  fetched.bits = (fetched.bits & 0xffff) | word << 16;
  return fetched;
}

}  // namespace terse::riscv
