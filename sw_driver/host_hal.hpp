#pragma once
// The HAL on the host: the driver runs natively and its accesses go to a HostBackend, a fake in a test or the SystemC
// models.
#include <cstdint>

#include "sw_driver/hal.hpp"

namespace terse::driver {

/// The hardware as the host sees it.
class HostBackend {
 public:
  HostBackend() = default;
  HostBackend(const HostBackend&) = delete;
  HostBackend& operator=(const HostBackend&) = delete;
  virtual ~HostBackend() = default;

  /// One aligned 32-bit access; false when the bus answers with an error.
  virtual bool read(std::uint32_t address, std::uint32_t& value) = 0;
  virtual bool write(std::uint32_t address, std::uint32_t value) = 0;
  /// Lets time pass until one of `kinds` (mask of Interrupt) may be pending.
  virtual void wait(std::uint32_t kinds) = 0;
  /// Interrupts that are pending now, as a mask of Interrupt.
  virtual std::uint32_t pending() = 0;
  virtual const std::uint8_t* view(std::uint32_t address, std::uint32_t size) = 0;
  virtual std::uint8_t* memory(std::uint32_t address, std::uint32_t size) = 0;
  /// Clock cycles so far; a backend without a clock counts none.
  virtual std::uint32_t cycles() { return 0; }
};

class HostHal {
 public:
  explicit HostHal(HostBackend& backend) : backend_(&backend) {}

  [[nodiscard]] std::uint32_t read32(std::uint32_t address) {
    std::uint32_t value = 0;
    if (!backend_->read(address, value)) record_fault(address);
    deliver();
    return value;
  }

  void write32(std::uint32_t address, std::uint32_t value) {
    if (!backend_->write(address, value)) record_fault(address);
    deliver();
  }

  /// A fault on the host ends nothing, so it is recorded in any case.
  void guard_faults(bool /*on*/) {}

  [[nodiscard]] Fault take_fault() {
    const Fault fault = fault_;
    fault_ = Fault{};
    return fault;
  }

  void barrier() {}

  void set_interrupt_handler(std::uint32_t kinds, InterruptHandler handler, void* context) {
    kinds_ = kinds;
    handler_ = handler;
    context_ = context;
  }

  void enable_interrupts() {
    enabled_ = true;
    deliver();
  }

  void disable_interrupts() { enabled_ = false; }
  void wait_for_interrupt() { backend_->wait(kinds_); }

  [[nodiscard]] std::uint32_t cycles() { return backend_->cycles(); }

  [[nodiscard]] const std::uint8_t* view(std::uint32_t address, std::uint32_t size) {
    return backend_->view(address, size);
  }

  [[nodiscard]] std::uint8_t* memory(std::uint32_t address, std::uint32_t size) {
    return backend_->memory(address, size);
  }

 private:
  void record_fault(std::uint32_t address) {
    if (!fault_.pending) fault_ = Fault{true, address};
  }

  /// Runs the handler while an unmasked interrupt is pending, as the core does between two instructions.
  void deliver() {
    if (!enabled_ || handler_ == nullptr) return;
    // A line that the handler cannot silence would loop for ever; real code would be stuck the same way, so give up
    // loudly by leaving it pending: the driver's watchdog reports it.
    for (int round = 0; round < 64; ++round) {
      const std::uint32_t pending = backend_->pending() & kinds_;
      if (pending == 0) return;
      enabled_ = false;
      for (const Interrupt kind : {Interrupt::external, Interrupt::software, Interrupt::timer}) {
        if ((pending & static_cast<std::uint32_t>(kind)) != 0) {
          handler_(context_, kind);
          break;
        }
      }
      enabled_ = true;
    }
  }

  HostBackend* backend_;
  std::uint32_t kinds_ = 0;
  InterruptHandler handler_ = nullptr;
  void* context_ = nullptr;
  bool enabled_ = false;
  Fault fault_;
};

static_assert(Hal<HostHal>);

}  // namespace terse::driver
