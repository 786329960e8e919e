#pragma once
#include <algorithm>
#include <array>

#include "models/clocked/byte_stream.hpp"
#include "models/clocked/clocked.hpp"
#include "models/scratchpad/bank_layout.hpp"

namespace terse {

/// A run of bytes through a port of the scratchpad (ByteStream) by itself. Cause compute for a cycle in which everything
/// asked for was granted, bank_conflict for any other.
class Transfer final : public Clocked {
 public:
  /// `bytes` > 0; `layout` must outlive the transfer.
  Transfer(const BankLayout& layout, std::uint64_t address, std::uint64_t bytes, std::uint32_t width)
      : layout_(layout), stream_(width) {
    stream_.begin(std::array{Piece{address, bytes}});
  }

  [[nodiscard]] BankSet request() override { return request_ = stream_.request(layout_); }
  void step(const BankSet& granted) override {
    const bool lost = granted != request_;
    lost_ += lost ? 1 : 0;
    book(lost ? Cause::bank_conflict : Cause::compute);
    stream_.take(granted);
  }
  [[nodiscard]] bool finished() const override { return stream_.finished(); }
  [[nodiscard]] std::uint64_t least_cycles() const override {
    return std::max<std::uint64_t>(1, stream_.least_cycles());
  }
  /// Cycles in which another initiator had one of the banks.
  [[nodiscard]] std::uint64_t lost() const { return lost_; }

 private:
  const BankLayout& layout_;
  ByteStream stream_;
  BankSet request_;
  std::uint64_t lost_ = 0;
};

}  // namespace terse
