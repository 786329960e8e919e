#pragma once
// A register-level fake of the control block (registers/hwpe.yaml): contexts, queue, interrupts, errors. A job just
// takes time; what it does is told to a listener. Independent of the models, so that a misreading of the register
// description by either side shows.
#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "registers/generated/hwpe.hpp"

namespace terse::test {

struct FakeJob {
  std::uint32_t id = 0;
  std::array<std::uint32_t, 32> words{};
  [[nodiscard]] std::uint32_t tag() const { return words[0]; }
};

/// What shall go wrong, by number of the job since construction.
struct FakeTrouble {
  std::optional<std::uint32_t> fail_job = {};
  registers::hwpe::ErrorCode code = registers::hwpe::ErrorCode::illegal_value;
  std::uint32_t address = 0;
  std::optional<std::uint32_t> hang_job = {};
  std::uint32_t overflows = 0;  ///< Reported in OVERFLOW_COUNT after the first job.
};

class FakeUnit {
 public:
  using Listener = std::function<void(FakeUnit&, const FakeJob&)>;

  FakeUnit(registers::hwpe::Unit unit, std::uint32_t depth, std::uint64_t duration)
      : unit_(unit), depth_(depth), duration_(duration) {}

  Listener on_commit = [](FakeUnit&, const FakeJob&) {};
  Listener on_start = [](FakeUnit&, const FakeJob&) {};
  Listener on_finish = [](FakeUnit&, const FakeJob&) {};
  FakeTrouble trouble;
  std::map<std::uint32_t, std::uint32_t> capabilities;  ///< By offset; overrides.

  /// False: no such register, or not to be read or written this way.
  bool read(std::uint32_t offset, std::uint32_t& value);
  bool write(std::uint32_t offset, std::uint32_t value, std::uint64_t now);

  /// Lets time pass until `now`.
  void run_until(std::uint64_t now);
  /// When the running job ends, if it does.
  [[nodiscard]] std::optional<std::uint64_t> next_event() const;
  [[nodiscard]] bool interrupt() const { return (irq_status_ & irq_enable_) != 0; }
  [[nodiscard]] registers::hwpe::Unit unit() const { return unit_; }
  [[nodiscard]] std::uint32_t soft_clears() const { return soft_clears_; }
  [[nodiscard]] bool idle() const { return !running_ && queue_.empty() && !acquired_; }

 private:
  std::uint32_t acquire();
  void commit(std::uint64_t now);
  void soft_clear(std::uint32_t scope);
  void start_next(std::uint64_t now);
  void finish();

  registers::hwpe::Unit unit_;
  std::uint32_t depth_;
  std::uint64_t duration_;
  std::optional<FakeJob> acquired_;
  std::deque<FakeJob> queue_;
  std::optional<FakeJob> running_;
  std::uint64_t end_ = 0;
  bool hangs_ = false;
  bool fails_ = false;
  std::uint32_t next_id_ = 0;
  std::uint32_t started_ = 0;
  std::uint32_t finished_jobs_ = 0;
  std::uint32_t running_job_ = 0xFF;
  std::uint32_t irq_status_ = 0;
  std::uint32_t irq_enable_ = 0;
  std::uint32_t err_code_ = 0;
  std::uint32_t err_addr_ = 0;
  std::uint32_t err_job_ = 0;
  std::uint32_t overflow_count_ = 0;
  std::uint32_t soft_clears_ = 0;
};

}  // namespace terse::test
