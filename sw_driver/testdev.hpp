#pragma once
// The simulator's door (models/testdev): progress marks, error report, exit code. A chip has no such unit; every call
// does nothing then.
#include <cstdint>

#include "registers/generated/testdev.hpp"
#include "sw_driver/hal.hpp"
#include "sw_driver/result.hpp"

namespace terse::driver {

template <Hal H>
class Testdev {
 public:
  using Event = registers::testdev::Event;

  explicit Testdev(H& hal) : hal_(&hal) {}

  /// `base` 0: not there.
  void init(std::uint32_t base) { base_ = base; }
  [[nodiscard]] bool present() const { return base_ != 0; }

  void mark(Event event, std::uint32_t index) {
    namespace fields = registers::testdev::fields::event;
    write(registers::testdev::event, fields::kind.make(static_cast<std::uint32_t>(event)) | fields::index.make(index));
  }
  void statistics(bool on) { write(registers::testdev::statistics, on ? 1 : 0); }
  void trace(bool on) { write(registers::testdev::trace, on ? 1 : 0); }

  /// Leaves the error for the simulator; `text` is a sentence in memory that stays until exit.
  void report(const Error& error, const char* text) {
    write(registers::testdev::error_code, static_cast<std::uint32_t>(error.code));
    write(registers::testdev::error_address, error.address);
    write(registers::testdev::error_file, address_of(error.file));
    write(registers::testdev::error_line, error.line);
    write(registers::testdev::error_tag, error.tag);
    write(registers::testdev::error_text, address_of(text));
  }
  /// Ends the simulation, though not before the next instruction boundary.
  void exit(std::uint32_t code) { write(registers::testdev::exit, code); }

 private:
  static std::uint32_t address_of(const char* text) {
    // On the host the texts are not in the guest's memory.
    if constexpr (sizeof(std::uintptr_t) == 4)
      return static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(text));
    return 0;
  }
  void write(std::uint32_t offset, std::uint32_t value) {
    if (present()) hal_->write32(base_ + offset, value);
  }

  H* hal_;
  std::uint32_t base_ = 0;
};

}  // namespace terse::driver
