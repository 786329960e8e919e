#include "models/riscv/hart.hpp"

#include <algorithm>

#include "models/riscv/decode.hpp"
#include "models/riscv/execute.hpp"

namespace terse::riscv {
namespace {

// A misaligned access is made as hardware makes it: one access for each aligned word it touches. Calls `access` with
// the piece's offset and size until it fails; returns the offset of the failing piece.
template <class Access>
std::optional<unsigned> for_each_aligned_piece(std::uint32_t address, unsigned size, Access access) {
  const unsigned first = std::min(size, 4 - address % 4);
  if (!access(0u, first)) return 0;
  if (first < size && !access(first, size - first)) return first;
  return std::nullopt;
}

}  // namespace

Hart::Hart(const HartOptions& options, MemoryPort& fetch, MemoryPort& data, LocalTime& time)
    : time_(time),
      fetch_(fetch),
      data_(data),
      cost_(options.clock_period),
      csrs_(options.hart_id, Counters(time, retired_, events_, options.clock_period, options.timebase),
            options.pmp_regions),
      code_(execute_undecoded),
      page_(&code_.page(options.reset_vector)),
      pc_(options.reset_vector),
      misaligned_traps_(options.misaligned_traps),
      decode_cache_(options.decode_cache) {}

void Hart::run(std::uint64_t limit) {
  time_.limit = limit;
  if (observed()) return run_observed();
  take_interrupt();
  std::uint32_t pc = pc_;
  do {
    std::uint32_t offset = pc - page_->base;
    if (offset >= CodePage::size) [[unlikely]] {
      page_ = &code_.page(pc);
      offset = pc - page_->base;
    }
    const Instruction& instruction = page_->slots[offset / 2];
    time_.now += instruction.ticks;
    pc_ = pc = instruction.execute(*this, instruction, pc);
    ++retired_;
  } while (time_.now < time_.limit);
}

std::uint32_t Hart::raise(const Trap& trap, std::uint32_t pc) {
  --retired_;  // run() counts every instruction it has executed
  ++exceptions_;
  reservation_.valid = false;
  const bool uninterruptible = csrs_.interrupts_disabled();
  const std::uint32_t handler = csrs_.enter_trap(static_cast<std::uint32_t>(trap.cause), trap.value, pc);
  if (handler == pc && uninterruptible) {
    lockup_ = Lockup{.handler = handler, .trap = trap};
    time_.request_attention();
  }
  return handler;
}

void Hart::take_interrupt() {
  const auto interrupt = csrs_.interrupt_to_take();
  if (!interrupt) return;
  ++interrupts_;
  reservation_.valid = false;
  pc_ = csrs_.enter_trap(interrupt_flag | *interrupt, 0, pc_);
}

void Hart::reconsider_interrupts() {
  if (csrs_.interrupt_to_take()) time_.request_attention();
}

void Hart::wait_for_interrupt() {
  waiting_ = true;
  time_.request_attention();
}

std::uint32_t Hart::decode_and_execute(std::uint32_t pc) {
  Fetched fetched;
  if (const auto trap = fetch(pc, fetched)) {
    time_.now += cost_.failed_fetch();
    return raise(*trap, pc);
  }
  Instruction instruction = decode(fetched.bits, csrs_.compressed_enabled());
  instruction.execute = handler_of(instruction.operation);
  instruction.ticks = cost_.ticks(instruction, fetched.latency);

  // An instruction that reaches into the next page would have to be invalidated with that one too; it is rare enough to
  // be decoded each time.
  const bool in_one_page = pc % CodePage::size + instruction.length <= CodePage::size;
  if (decode_cache_ && fetched.direct && in_one_page) {
    if (!page_->filled) data_.shield(pc);
    page_->filled = true;
    page_->slots[(pc - page_->base) / 2] = instruction;
  }
  time_.now += instruction.ticks;
  return instruction.execute(*this, instruction, pc);
}

std::optional<Trap> Hart::fetch(std::uint32_t pc, Fetched& fetched) {
  std::uint32_t word = 0;
  if (!fetch_word(pc & ~3u, word, fetched)) return Trap{Cause::instruction_access_fault, pc};
  fetched.bits = word >> pc % 4 * 8;
  if (pc % 4 == 0 || instruction_length(fetched.bits) == 2) return std::nullopt;
  if (!fetch_word(pc + 2, word, fetched)) return Trap{Cause::instruction_access_fault, pc + 2};
  fetched.bits = (fetched.bits & 0xffff) | word << 16;
  return std::nullopt;
}

bool Hart::fetch_word(std::uint32_t address, std::uint32_t& word, Fetched& fetched) {
  const MemoryPort::DirectWord direct = fetch_.direct_word(address);
  if (direct.host != nullptr) {
    std::memcpy(&word, direct.host, sizeof word);
    fetched.latency += direct.latency;
    return true;
  }
  fetched.direct = false;
  return fetch_.read(address, &word, sizeof word);
}

std::optional<Trap> Hart::load(std::uint32_t address, void* destination, unsigned size) {
  if (misaligned_traps_ && address % size != 0) return Trap{Cause::load_misaligned, address};
  auto* bytes = static_cast<std::uint8_t*>(destination);
  const auto failed = for_each_aligned_piece(address, size, [&](unsigned offset, unsigned count) {
    return data_.read(address + offset, bytes + offset, count);
  });
  if (failed) return Trap{Cause::load_access_fault, address + *failed};
  return std::nullopt;
}

std::optional<Trap> Hart::store(std::uint32_t address, const void* source, unsigned size) {
  if (misaligned_traps_ && address % size != 0) return Trap{Cause::store_misaligned, address};
  const auto* bytes = static_cast<const std::uint8_t*>(source);
  const auto failed = for_each_aligned_piece(address, size, [&](unsigned offset, unsigned count) {
    const std::uint32_t piece = address + offset;
    const bool holds_code = code_.holds(piece);
    if (!data_.write(piece, bytes + offset, count, holds_code)) return false;
    if (holds_code) code_.invalidate(piece, count);
    return true;
  });
  if (failed) return Trap{Cause::store_access_fault, address + *failed};
  return std::nullopt;
}

std::optional<Trap> Hart::load_reserved(std::uint32_t address, std::uint32_t& value) {
  reservation_.valid = false;
  if (address % sizeof value != 0) return Trap{Cause::load_misaligned, address};
  if (!data_.try_read(address, value)) {
    if (const auto trap = load(address, &value, sizeof value)) return trap;
  }
  reservation_ = {.valid = true, .address = address, .value = value};
  return std::nullopt;
}

std::optional<Trap> Hart::store_conditional(std::uint32_t address, std::uint32_t value, bool& succeeded) {
  const bool reserved = reservation_.valid && reservation_.address == address;
  reservation_.valid = false;
  succeeded = false;
  if (address % sizeof value != 0) return Trap{Cause::store_misaligned, address};
  if (!reserved) return std::nullopt;
  // Writes by others go past this hart unseen, so the reservation is checked by value: a word that changed since the
  // load has been written.
  std::uint32_t current = 0;
  if (data_.peek(address, &current, sizeof current) && current != reservation_.value) return std::nullopt;
  succeeded = true;
  return store_update(address, value);
}

std::optional<Trap> Hart::load_for_update(std::uint32_t address, std::uint32_t& value) {
  if (address % sizeof value != 0) return Trap{Cause::store_misaligned, address};
  if (data_.try_read(address, value) || !load(address, &value, sizeof value)) return std::nullopt;
  return Trap{Cause::store_access_fault, address};
}

std::optional<Trap> Hart::store_update(std::uint32_t address, std::uint32_t value) {
  if (data_.try_write(address, value)) return std::nullopt;
  return store(address, &value, sizeof value);
}

}  // namespace terse::riscv
