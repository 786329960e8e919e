#pragma once
// Several child processes at a time.
#include <list>
#include <optional>

#include "platform/process/child_process.hpp"

namespace terse::process {

class ProcessPool {
 public:
  struct Finished {
    std::size_t tag = 0;
    Ending ending;
  };

  /// `limit_s`: wall-clock seconds a child may take; 0 for no limit.
  ProcessPool(unsigned jobs, double limit_s) : jobs_(jobs), limit_s_(limit_s) {}

  [[nodiscard]] bool full() const { return children_.size() >= jobs_; }
  [[nodiscard]] std::size_t running() const { return children_.size(); }
  void start(std::size_t tag, const std::function<std::string()>& work) { children_.emplace_back(tag, work); }
  /// Waits until a child has ended; nothing when none did within `wait_ms` or a signal came.
  std::optional<Finished> wait(int wait_ms);

 private:
  struct Child {
    Child(std::size_t t, const std::function<std::string()>& work) : tag(t), process(work) {}
    std::size_t tag;
    ChildProcess process;
    bool killed = false;
  };

  std::optional<Finished> take_ended();

  unsigned jobs_;
  double limit_s_;
  std::list<Child> children_;
};

}  // namespace terse::process
