#pragma once
// The HAL on the RISC-V core (RV32, machine mode). The trap vector (firmware/trap.cpp) shares `target_traps` with it:
// it calls the interrupt handler and records faults instead of giving up while `guarded`.
#include <cstdint>

#include "sw_driver/hal.hpp"

namespace terse::driver {

struct TargetTraps {
  InterruptHandler handler = nullptr;
  void* context = nullptr;
  bool guarded = false;  ///< Load and store access faults are recorded and the instruction is skipped.
  Fault fault;
};
/// Written by the driver with interrupts disabled and by the trap handler.
inline TargetTraps target_traps;

class TargetHal {
 public:
  void guard_faults(bool on) const {
    asm volatile("" ::: "memory");
    target_traps.guarded = on;
    asm volatile("" ::: "memory");
  }

  [[nodiscard]] std::uint32_t read32(std::uint32_t address) const { return *pointer(address); }
  void write32(std::uint32_t address, std::uint32_t value) const { *pointer(address) = value; }

  [[nodiscard]] Fault take_fault() const {
    // The handler writes behind the compiler's back.
    asm volatile("" ::: "memory");
    const Fault fault = target_traps.fault;
    if (fault.pending) target_traps.fault = Fault{};
    return fault;
  }

  void barrier() const { asm volatile("fence iorw, iorw" ::: "memory"); }

  void set_interrupt_handler(std::uint32_t kinds, InterruptHandler handler, void* context) const {
    asm volatile("csrw mie, zero" ::: "memory");
    target_traps.handler = handler;
    target_traps.context = context;
    const std::uint32_t enable = ((kinds & 1u) << 3) | ((kinds & 2u) << 6) | ((kinds & 4u) << 9);  // MSIE, MTIE, MEIE
    asm volatile("csrw mie, %0" ::"r"(enable) : "memory");
  }

  void enable_interrupts() const { asm volatile("csrsi mstatus, 8" ::: "memory"); }
  void disable_interrupts() const { asm volatile("csrci mstatus, 8" ::: "memory"); }
  void wait_for_interrupt() const { asm volatile("wfi" ::: "memory"); }

  [[nodiscard]] std::uint32_t cycles() const {
    std::uint32_t value;
    asm volatile("csrr %0, mcycle" : "=r"(value));
    return value;
  }

  [[nodiscard]] const std::uint8_t* view(std::uint32_t address, std::uint32_t /*size*/) const {
    return reinterpret_cast<const std::uint8_t*>(address);
  }

  [[nodiscard]] std::uint8_t* memory(std::uint32_t address, std::uint32_t /*size*/) const {
    return reinterpret_cast<std::uint8_t*>(address);
  }

 private:
  static volatile std::uint32_t* pointer(std::uint32_t address) {
    return reinterpret_cast<volatile std::uint32_t*>(address);
  }
};

static_assert(Hal<TargetHal>);

}  // namespace terse::driver
