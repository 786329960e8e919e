#pragma once
// The rules by which a streaming unit's weight blocks and steps follow each other, in closed form per block: those of
// models/clocked/nominal_time.cpp, restated because the compiler does not know the models
// (tests/compiler/prediction/unit_cycles_test.cpp holds both together).
#include <algorithm>
#include <cstdint>
#include <deque>

namespace terse::compiler {

[[nodiscard]] constexpr std::uint64_t divide_up(std::uint64_t dividend, std::uint64_t divisor) {
  return (dividend + divisor - 1) / divisor;
}

/// Blocks are loaded one after the other while there is a free buffer; a block's steps begin when it is there.
class BlockStream {
 public:
  explicit BlockStream(std::uint32_t buffers) : buffers_(std::max(buffers, 1u)) {}

  /// `after_begin`: cycles from the begin of the block before that must pass before this one begins.
  void add(std::uint64_t load, std::uint64_t use, std::uint64_t after_begin = 0) {
    std::uint64_t start = loaded_;
    if (ends_.size() == buffers_) start = std::max(start, ends_.front());
    loaded_ = start + load;
    begin_ = std::max({end_, loaded_, begin_ + after_begin});
    end_ = begin_ + use;
    if (ends_.size() == buffers_) ends_.pop_front();
    ends_.push_back(end_);
  }
  /// Cycle after the last step; set-up and drain not included.
  [[nodiscard]] std::uint64_t end() const { return end_; }

 private:
  std::uint32_t buffers_;
  std::uint64_t loaded_ = 0, begin_ = 0, end_ = 0;
  std::deque<std::uint64_t> ends_;  ///< Of the last blocks, at most one per buffer.
};

}  // namespace terse::compiler
