#pragma once
// The activations of a job in the order in which dataflow activation_broadcast sends them.
#include <cstdint>
#include <vector>

#include "models/clocked/schedule.hpp"
#include "models/convolution/shape.hpp"

namespace terse {

/// What is fetched together: some words of the channels of one kernel position.
struct ActivationLine {
  Piece piece;                         ///< Of the scratchpad; no bytes for padding.
  std::vector<std::uint32_t> columns;  ///< k of the activations to be sent.
};

struct ActivationTile {
  convolution::Shape shape;
  const std::uint8_t* first = nullptr;  ///< Values, to tell zeros.
  std::uint64_t address = 0, row_stride = 0, pixel_stride = 0;
};

class ActivationLines {
 public:
  /// A line has at most `line_words` words of `bank_width` bytes. `skip_zeros`: zeros are not sent, padding has no lines.
  ActivationLines(const ActivationTile& tile, std::uint32_t line_words, std::uint32_t bank_width, bool skip_zeros);

  /// False when there is none any more.
  bool next(ActivationLine& line);
  /// Activations that are still to be sent, those of lines already taken not counted.
  [[nodiscard]] std::uint64_t left() const { return left_; }

 private:
  void enter_position();
  bool next_position();
  [[nodiscard]] std::uint64_t count() const;

  const ActivationTile tile_;
  const std::uint64_t line_words_, bank_width_;
  const bool skip_zeros_;
  std::uint64_t pixel_ = 0;
  std::uint32_t kernel_row_ = 0, kernel_column_ = 0, channel_ = 0;
  bool inside_ = false;
  std::uint64_t offset_ = 0;  ///< Of the position's first channel; valid inside.
  std::uint64_t left_ = 0;
};

}  // namespace terse
