#pragma once
// Top half of interrupt handling. The handler only records: it claims the source, notes and clears the unit's
// IRQ_STATUS and completes. What follows from it is done by the code that waits (bottom half), outside the handler.
#include <array>
#include <atomic>
#include <cstdint>

#include "registers/generated/hwpe.hpp"
#include "sw_driver/clint.hpp"
#include "sw_driver/plic.hpp"
#include "sw_driver/result.hpp"

namespace terse::driver {

/// An interrupt line of a unit: what the handler has seen there.
class InterruptLine {
 public:
  [[nodiscard]] bool has_events() const { return events_.load(std::memory_order_relaxed) != 0; }
  /// IRQ_STATUS bits seen since the last call.
  [[nodiscard]] std::uint32_t take_events() { return events_.exchange(0, std::memory_order_relaxed); }
  void record(std::uint32_t bits) { events_.fetch_or(bits, std::memory_order_relaxed); }

  std::uint32_t unit_base = 0;  ///< Address of the unit's control block.

 private:
  std::atomic<std::uint32_t> events_{0};
};

template <Hal H>
class Interrupts {
 public:
  static constexpr std::uint32_t max_sources = 64;
  static constexpr std::uint32_t kinds =
      static_cast<std::uint32_t>(Interrupt::timer) | static_cast<std::uint32_t>(Interrupt::external);

  Interrupts(H& hal, Clint<H>& clint, Plic<H>& plic) : hal_(&hal), clint_(&clint), plic_(&plic) {}

  void init() {
    lines_.fill(nullptr);
    activity_.store(0, std::memory_order_relaxed);
    hal_->disable_interrupts();
    hal_->set_interrupt_handler(kinds, &Interrupts::handle, this);
    hal_->enable_interrupts();
  }
  void term() {
    hal_->disable_interrupts();
    for (std::uint32_t source = 1; source < max_sources; ++source) {
      if (lines_[source] != nullptr) plic_->disable_source(source);
    }
    lines_.fill(nullptr);
    hal_->set_interrupt_handler(0, nullptr, nullptr);
  }

  /// Delivers `source` to `line`.
  Status connect(std::uint32_t source, InterruptLine& line) {
    if (source == 0 || source >= max_sources) {
      return fail(ErrorCode::device_table, {.address = line.unit_base, .need = max_sources, .have = source});
    }
    lines_[source] = &line;
    plic_->enable_source(source);
    return {};
  }

  /// Whether the handler ran since the last call.
  [[nodiscard]] bool take_activity() { return activity_.exchange(0, std::memory_order_relaxed) != 0; }
  /// Whether the timer fired since the last call.
  [[nodiscard]] bool take_timer() { return timer_.exchange(0, std::memory_order_relaxed) != 0; }

  /// Sleeps until the handler has run. It does not sleep when it ran since the last take_activity(), so that no event
  /// between the caller's look and the sleep is lost.
  void sleep() {
    hal_->disable_interrupts();
    if (activity_.load(std::memory_order_relaxed) == 0) hal_->wait_for_interrupt();
    hal_->enable_interrupts();
  }

 private:
  static void handle(void* context, Interrupt kind) {
    auto& self = *static_cast<Interrupts*>(context);
    self.activity_.store(1, std::memory_order_relaxed);
    if (kind == Interrupt::timer) {
      self.clint_->disarm();
      self.timer_.store(1, std::memory_order_relaxed);
      return;
    }
    if (kind != Interrupt::external) return;
    const std::uint32_t source = self.plic_->claim();
    if (source == 0) return;
    if (source < max_sources && self.lines_[source] != nullptr) {
      InterruptLine& line = *self.lines_[source];
      const std::uint32_t address = line.unit_base + registers::hwpe::irq_status;
      const std::uint32_t status = self.hal_->read32(address);
      self.hal_->write32(address, status);
      line.record(status);
    } else {
      // Nobody asked for this line: it would interrupt for ever. The controller ignores the completion of a disabled
      // source.
      self.plic_->complete(source);
      self.plic_->disable_source(source);
      return;
    }
    self.plic_->complete(source);
  }

  H* hal_;
  Clint<H>* clint_;
  Plic<H>* plic_;
  std::array<InterruptLine*, max_sources> lines_{};
  std::atomic<std::uint32_t> activity_{0};
  std::atomic<std::uint32_t> timer_{0};
};

}  // namespace terse::driver
