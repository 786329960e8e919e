#pragma once
// How a descriptor becomes bursts. No time in here.
#include <cstdint>
#include <optional>
#include <span>

#include "registers/generated/dma.hpp"

namespace terse::dma {

using registers::dma::ErrorCode;

/// Where the scratchpad appears on the bus.
struct Window {
  std::uint32_t base = 0;
  std::uint32_t size = 0;

  [[nodiscard]] bool contains(std::uint32_t address) const { return address - base < size; }
  /// One past the last address.
  [[nodiscard]] std::uint64_t end() const { return std::uint64_t{base} + size; }
};

/// A piece of a line: copied, or filled with a byte. Or, with `error`, the point at which the job cannot go on.
struct Burst {
  bool fill = false;
  bool source_in_scratchpad = false;
  bool destination_in_scratchpad = false;
  std::uint32_t source = 0;
  std::uint32_t destination = 0;
  std::uint32_t length = 0;
  ErrorCode error = ErrorCode::none;
  std::uint32_t error_address = 0;
};

/// A register whose value the unit does not support.
struct IllegalRegister {
  std::uint32_t offset;
};

/// The job registers (not NEXT and TAG) with their signs. Addresses are computed modulo 2^32, as by 32-bit adders.
struct Block {
  explicit Block(const registers::dma::Job& job);

  std::uint32_t source, destination;
  std::uint64_t length;  ///< Of a line; larger than 32 bits when lines were joined.
  std::uint32_t lines, planes;
  std::int32_t source_line_stride, source_plane_stride;
  std::int32_t destination_line_stride, destination_plane_stride;
  std::uint32_t top, bottom, left, right;
  std::uint8_t fill;

  [[nodiscard]] std::uint64_t destination_line_length() const { return left + length + right; }
  [[nodiscard]] std::optional<IllegalRegister> problem() const;
  /// Whether a byte may be both read and written. Answers yes in doubt (address ranges that interleave or wrap around).
  [[nodiscard]] bool overlaps() const;
  /// Lines without gaps on either side are one long line: saves short bursts. Only for a block without overlap.
  void join_lines();
};

/// The bursts of a block in the order in which they are executed.
class BurstSequence {
 public:
  BurstSequence(const Block& block, Window scratchpad, std::uint32_t burst_bytes);

  /// The next burst, or nothing at the end. After a burst with an error nothing follows.
  std::optional<Burst> next();
  [[nodiscard]] bool overlapping() const { return overlapping_; }

 private:
  /// A piece of the current destination line.
  struct Part {
    bool fill = true;
    std::uint32_t source = 0;
    std::uint32_t destination = 0;
    std::uint64_t length = 0;
    bool descending = false;
  };

  std::optional<Burst> start_line(bool padding, std::uint32_t source, std::uint32_t destination);
  Burst take(Part& part) const;
  [[nodiscard]] std::optional<Burst> check(std::uint32_t first, std::uint64_t length) const;

  Block block_;
  Window scratchpad_;
  std::uint32_t burst_bytes_;
  bool overlapping_;
  bool ended_ = false;

  std::uint64_t plane_ = 0;
  std::uint64_t line_ = 0;  ///< Within the plane, padding lines included; the next one to start.
  Part parts_[3];           ///< Of the current line, in the order in which they are executed.
  std::size_t part_ = 3;
  bool source_in_scratchpad_ = false;
  bool destination_in_scratchpad_ = false;
};

}  // namespace terse::dma
