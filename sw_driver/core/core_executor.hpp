#pragma once
// Does a core job piece by piece.
#include "sw_driver/core/core_operations.hpp"

namespace terse::driver {

class CoreExecutor {
 public:
  /// The job to be done next; its tensors and data are filled in by the caller before begin().
  [[nodiscard]] CoreWork& work() { return work_; }

  void begin() {
    work_.workspace = &workspace_;
    functions_ = &functions_of(work_.job.operation);
    units_ = functions_->prepare(work_);
    next_ = 0;
  }
  void cancel() { next_ = units_; }
  [[nodiscard]] bool finished() const { return next_ == units_; }
  /// One unit of work: thousands of cycles, not millions.
  void advance() { functions_->run(work_, next_++); }

 private:
  CoreWork work_;
  CoreWorkspace workspace_;
  const CoreOperationFunctions* functions_ = nullptr;
  std::uint32_t units_ = 0, next_ = 0;
};

}  // namespace terse::driver
