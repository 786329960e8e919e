#pragma once
// What the driver needs from the machine it runs on. Two implementations: TargetHal (the RISC-V core) and HostHal (a
// model or a fake driven by a program on the host), so that the same driver sources run under sanitizers and a host
// debugger.
#include <concepts>
#include <cstdint>
#include <cstring>

namespace terse::driver {

/// Kinds of machine interrupts, as a bit mask.
enum class Interrupt : std::uint32_t { software = 1, timer = 2, external = 4 };

/// Called with interrupts disabled; must only record.
using InterruptHandler = void (*)(void* context, Interrupt kind);

/// An access of the core that the bus answered with an error.
struct Fault {
  bool pending = false;
  std::uint32_t address = 0;
};

/// What each function promises:
/// - guard_faults(on): while on, an access that the bus answers with an error is recorded and passed over (the value
///   read is arbitrary); while off, it ends the program.
/// - read32, write32: one aligned 32-bit access to a device, in program order.
/// - take_fault: the first fault since the last call, and forgets it.
/// - barrier: memory written before is visible to devices afterwards, and the other way round.
/// - set_interrupt_handler: `kinds` is a mask of Interrupt; other kinds are masked.
/// - wait_for_interrupt: called with interrupts disabled; returns once an unmasked interrupt is pending (or
///   spuriously); enable_interrupts then lets the handler run.
/// - cycles: low word of a counter of clock cycles.
/// - view: `size` bytes of memory at a bus address for reading, or nullptr when that is no memory.
/// - memory: the same for reading and writing.
template <typename H>
concept Hal = requires(H& hal, std::uint32_t word, InterruptHandler handler, void* context) {
  { hal.read32(word) } -> std::same_as<std::uint32_t>;
  { hal.write32(word, word) } -> std::same_as<void>;
  { hal.guard_faults(true) } -> std::same_as<void>;
  { hal.take_fault() } -> std::same_as<Fault>;
  { hal.barrier() } -> std::same_as<void>;
  { hal.set_interrupt_handler(word, handler, context) } -> std::same_as<void>;
  { hal.enable_interrupts() } -> std::same_as<void>;
  { hal.disable_interrupts() } -> std::same_as<void>;
  { hal.wait_for_interrupt() } -> std::same_as<void>;
  { hal.cycles() } -> std::same_as<std::uint32_t>;
  { hal.view(word, word) } -> std::same_as<const std::uint8_t*>;
  { hal.memory(word, word) } -> std::same_as<std::uint8_t*>;
};

/// The word at `bytes`, which is 4-byte aligned (so that the core needs one load instead of four).
[[nodiscard]] inline std::uint32_t load_word(const std::uint8_t* bytes) {
  std::uint32_t word;
  std::memcpy(&word, __builtin_assume_aligned(bytes, 4), sizeof word);
  return word;
}

}  // namespace terse::driver
