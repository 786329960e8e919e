#pragma once
// Hardware that is stepped cycle by cycle (timing level `cycle`): what a ClockDomain asks of it.
#include <array>
#include <cstdint>

#include "models/hwpe/cause.hpp"
#include "models/scratchpad/bank_set.hpp"

namespace terse {

class Clocked {
 public:
  virtual ~Clocked() = default;

  /// The banks wanted in the coming cycle. Depends on the state only.
  [[nodiscard]] virtual BankSet request() = 0;
  /// The cycle passes; `granted` is a part of the last request(). Exactly one cause is booked in passed().
  virtual void step(const BankSet& granted) = 0;
  [[nodiscard]] virtual bool finished() const = 0;
  /// Fewest cycles until finished(), whatever is granted; at least 1 before that. The domain simulates so far without
  /// looking up: a number too great is an error, a small one only costs the host time.
  [[nodiscard]] virtual std::uint64_t least_cycles() const { return 1; }

  /// Cycles stepped, by cause, since take_passed() was called last.
  using Cycles = std::array<std::uint64_t, cause_count>;
  [[nodiscard]] Cycles take_passed() {
    const Cycles passed = passed_;
    passed_.fill(0);
    return passed;
  }

 protected:
  void book(Cause cause) { ++passed_[static_cast<std::size_t>(cause)]; }

 private:
  Cycles passed_{};
};

}  // namespace terse
