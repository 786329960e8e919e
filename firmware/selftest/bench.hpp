#pragma once
// What the parts of the self-test share: the platform's devices with their drivers, memory to work in, and a clock.
#include <array>
#include <cstdint>

#include "firmware/runtime/runtime.hpp"
#include "firmware/selftest/report.hpp"
#include "formats/device_table.hpp"
#include "sw_driver/device_map.hpp"
#include "sw_driver/tile_executor.hpp"

namespace terse::firmware {

using device_table::Device;
using device_table::DeviceType;
using driver::Status;

/// A device's registers without a driver.
class Registers {
 public:
  explicit Registers(std::uint32_t base) : base_(base) {}
  [[nodiscard]] std::uint32_t read(std::uint32_t offset) const {
    return *reinterpret_cast<volatile std::uint32_t*>(base_ + offset);
  }
  void write(std::uint32_t offset, std::uint32_t value) const {
    *reinterpret_cast<volatile std::uint32_t*>(base_ + offset) = value;
  }
  [[nodiscard]] std::uint32_t base() const { return base_; }

 private:
  std::uint32_t base_;
};

struct Bench {
  explicit Bench(const driver::DeviceMap& map);

  /// Registers of the first device of this type, which must be there.
  [[nodiscard]] Registers registers(DeviceType type) const { return Registers(devices.find(type)->base); }
  [[nodiscard]] bool has(DeviceType type) const { return devices.find(type) != nullptr; }
  /// Initialises the unit drivers, with interrupts.
  Status init_units();
  /// Starts the time after which a wait gives up.
  void start_watchdog() { watchdog.start(std::uint64_t{devices.table().timebase_hz} / 20); }
  /// The scratchpad as the core sees it; `offset` fits the type's alignment.
  template <typename T = std::uint8_t>
  [[nodiscard]] T* scratchpad(std::uint32_t offset = 0) const {
    return reinterpret_cast<T*>(accelerator.dma.scratchpad_base() + offset);
  }

  driver::DeviceMap devices;
  TargetHal hal;
  driver::Clint<TargetHal> clint{hal};
  driver::Plic<TargetHal> plic{hal};
  driver::Interrupts<TargetHal> interrupts{hal, clint, plic};
  driver::Watchdog<TargetHal> watchdog{clint, interrupts};
  driver::Accelerator<TargetHal> accelerator{hal, interrupts};
};

/// Reproducible test data (xorshift32).
class Pattern {
 public:
  explicit Pattern(std::uint32_t seed) : state_(seed) {}
  std::uint32_t next() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 17;
    state_ ^= state_ << 5;
    return state_;
  }
  /// Fills memory with bytes.
  void fill(std::uint8_t* bytes, std::uint32_t size) {
    for (std::uint32_t index = 0; index < size; ++index) bytes[index] = static_cast<std::uint8_t>(next() >> 11);
  }

 private:
  std::uint32_t state_;
};

[[nodiscard]] inline std::uint32_t bus_address(const volatile void* memory) {
  return static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(memory));
}

// The parts, in the order in which they run. The first three leave interrupts as they found them: off.
void test_core(Report& report, Bench& bench);
void test_registers(Report& report, Bench& bench);
void test_interrupts(Report& report, Bench& bench);
void test_dma(Report& report, Bench& bench);
void test_passes(Report& report, Bench& bench);
void test_merge(Report& report, Bench& bench);
void test_errors(Report& report, Bench& bench);

}  // namespace terse::firmware
