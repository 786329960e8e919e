#pragma once
#include <algorithm>
#include <cstdint>
#include <vector>

#include "models/clocked/schedule.hpp"
#include "models/clocked/word_access.hpp"
#include "models/convolution/ceil_div.hpp"

namespace terse {

/// Runs of bytes that pass through a port of the scratchpad, `width` bytes wide, as one stream: a beat takes the next
/// `width` bytes, going on in the next run where one ends, and one cycle if it gets all its words; else it asks for the
/// rest in the next.
class ByteStream {
 public:
  explicit ByteStream(std::uint32_t width) : width_(width) {}

  template <class List>
  void begin(const List& pieces) {
    pieces_.assign(pieces.begin(), pieces.end());
    piece_ = 0;
    piece_done_ = 0;
    left_ = bytes_of(pieces);
  }
  /// The banks of the beat under way, or of the next one.
  [[nodiscard]] const BankSet& request(const BankLayout& layout) {
    if (beat_.done()) begin_beat(layout);
    return beat_.banks();
  }
  void take(const BankSet& granted) { beat_.take(granted); }
  [[nodiscard]] bool finished() const { return left_ == 0 && beat_.done(); }
  /// Until it is finished, whatever is granted.
  [[nodiscard]] std::uint64_t least_cycles() const { return ceil_div(left_, width_) + (beat_.done() ? 0 : 1); }

 private:
  void begin_beat(const BankLayout& layout) {
    for (std::uint64_t room = width_; room > 0 && left_ > 0;) {
      const Piece& piece = pieces_[piece_];
      const std::uint64_t bytes = std::min(room, piece.bytes - piece_done_);
      beat_.add(layout, piece.address + piece_done_, bytes);
      room -= bytes;
      left_ -= bytes;
      piece_done_ += bytes;
      if (piece_done_ < piece.bytes) break;
      ++piece_;
      piece_done_ = 0;
    }
  }

  const std::uint32_t width_;
  std::vector<Piece> pieces_;
  std::size_t piece_ = 0;
  std::uint64_t piece_done_ = 0;  ///< Bytes of the piece that beats have taken.
  std::uint64_t left_ = 0;        ///< Bytes of all pieces that no beat has taken yet.
  WordAccess beat_;
};

}  // namespace terse
