#pragma once
#include <algorithm>

#include "models/clocked/clocked.hpp"
#include "models/clocked/word_access.hpp"
#include "models/scratchpad/bank_layout.hpp"

namespace terse {

/// A run of bytes through a port of the scratchpad that is `width` bytes wide: a beat takes the next `width` bytes, and one
/// cycle if it gets all its words; else it asks for the rest in the next. Cause compute for a cycle in which everything
/// asked for was granted, bank_conflict for any other.
class Transfer final : public Clocked {
 public:
  /// `bytes` > 0; `layout` must outlive the transfer.
  Transfer(const BankLayout& layout, std::uint64_t address, std::uint64_t bytes, std::uint32_t width)
      : layout_(layout), address_(address), left_(bytes), width_(width) {}

  [[nodiscard]] BankSet request() override {
    if (beat_.done()) {
      const std::uint64_t bytes = std::min<std::uint64_t>(left_, width_);
      beat_.add(layout_, address_, bytes);
      address_ += bytes;
      left_ -= bytes;
    }
    return beat_.banks();
  }
  void step(const BankSet& granted) override {
    const bool lost = granted != beat_.banks();
    lost_ += lost ? 1 : 0;
    book(lost ? Cause::bank_conflict : Cause::compute);
    beat_.take(granted);
  }
  [[nodiscard]] bool finished() const override { return left_ == 0 && beat_.done(); }
  [[nodiscard]] std::uint64_t least_cycles() const override {
    return std::max<std::uint64_t>(1, (left_ + width_ - 1) / width_ + (beat_.done() ? 0 : 1));
  }
  /// Cycles in which another initiator had one of the banks.
  [[nodiscard]] std::uint64_t lost() const { return lost_; }

 private:
  const BankLayout& layout_;
  std::uint64_t address_;
  std::uint64_t left_;  ///< Not yet asked for.
  const std::uint32_t width_;
  WordAccess beat_;
  std::uint64_t lost_ = 0;
};

}  // namespace terse
