#pragma once
// What the units of a platform share at the scratchpad in `approximate` timing: bytes per cycle, divided evenly among
// those that have a job at the moment. Arbitration of single accesses belongs to cycle-level timing.
#include <cstdint>

namespace terse {

class ScratchpadBandwidth {
 public:
  /// `bytes_per_cycle`: all banks together (banks * bank width).
  explicit ScratchpadBandwidth(double bytes_per_cycle) : bytes_per_cycle_(bytes_per_cycle) {}

  [[nodiscard]] double bytes_per_cycle() const { return bytes_per_cycle_; }
  /// Units that have a job now.
  [[nodiscard]] std::uint32_t users() const { return users_; }

  /// While it lives, its unit is one of the users.
  class Use {
   public:
    explicit Use(ScratchpadBandwidth* bandwidth) : bandwidth_(bandwidth) {
      if (bandwidth_ != nullptr) ++bandwidth_->users_;
    }
    ~Use() {
      if (bandwidth_ != nullptr) --bandwidth_->users_;
    }
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;

   private:
    ScratchpadBandwidth* bandwidth_;
  };

 private:
  double bytes_per_cycle_;
  std::uint32_t users_ = 0;
};

}  // namespace terse
