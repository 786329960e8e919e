#pragma once
// The core has one stop handler; semihosting and a debugger both want it.
#include <functional>
#include <utility>
#include <vector>

#include "models/riscv/riscv_core.hpp"

namespace terse::run {

/// Offers each stop of a core to its handlers in the order they were added, until one says that it has dealt with it.
/// Add semihosting before a debugger: its ebreaks are calls, not breakpoints.
class StopDispatcher {
 public:
  using Handler = std::function<bool(const riscv::Stop&)>;

  explicit StopDispatcher(RiscvCore& core) : core_(core) {}
  StopDispatcher(const StopDispatcher&) = delete;
  StopDispatcher& operator=(const StopDispatcher&) = delete;

  void add(Handler handler) {
    handlers_.push_back(std::move(handler));
    core_.set_stop_handler([this](const riscv::Stop& stop) { dispatch(stop); });
  }

 private:
  void dispatch(const riscv::Stop& stop) const {
    for (const Handler& handler : handlers_) {
      if (handler(stop)) return;
    }
  }

  RiscvCore& core_;
  std::vector<Handler> handlers_;
};

}  // namespace terse::run
