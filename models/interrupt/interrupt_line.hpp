#pragma once
// An interrupt output of a peripheral whose initiators run ahead of the kernel (temporal decoupling).
#include <systemc>

namespace terse {

/// Drives an output port from a process of its own, because bus accesses come from many threads and a signal has one
/// writer.
class InterruptLine {
 public:
  /// Member of the module that owns `port`.
  explicit InterruptLine(sc_core::sc_out<bool>& port) : port_(port) {
    sc_core::sc_spawn_options method;
    method.spawn_method();
    method.set_sensitivity(&changed_);
    sc_core::sc_spawn([this] { port_.write(level_); }, sc_core::sc_gen_unique_name("drive_interrupt"), &method);
  }

  /// The line has `level` from the next delta cycle on.
  void set(bool level) {
    if (level == level_) return;
    level_ = level;
    changed_.notify();
  }
  [[nodiscard]] bool level() const { return level_; }

  /// In a thread: waits until everyone can see the level that was set, so that an initiator that has just quietened a
  /// device does not see the old level when it goes on without yielding.
  void settle() const {
    if (port_.read() != level_) sc_core::wait(sc_core::SC_ZERO_TIME);
  }

 private:
  sc_core::sc_out<bool>& port_;
  sc_core::sc_event changed_;
  bool level_ = false;
};

}  // namespace terse
