#include "models/dma/bursts.hpp"

#include <algorithm>

namespace terse::dma {

namespace regs = registers::dma;

namespace {

std::int32_t two_complement(std::uint32_t word) {
  return static_cast<std::int32_t>(word);
}

/// Range of addresses around a start: [start + lowest, start + highest).
struct Extent {
  std::int64_t lowest;
  std::int64_t highest;
};

/// More than the address space, so that sums of a few cannot overflow.
constexpr std::int64_t beyond = std::int64_t{1} << 34;

std::int64_t reach(std::int32_t stride, std::uint64_t count) {
  // |stride| <= 2^31 and count < 2^33: one product may leave 64 bits, so the count is bounded first.
  const auto steps = static_cast<std::int64_t>(std::min<std::uint64_t>(count - 1, 0xFFFFFFFF));
  if (stride == 0) return 0;
  return std::clamp(stride * steps, -beyond, beyond);
}

Extent extent(std::int32_t line_stride, std::uint64_t lines, std::int32_t plane_stride, std::uint64_t planes,
              std::uint64_t length) {
  const std::int64_t line_reach = reach(line_stride, lines);
  const std::int64_t plane_reach = reach(plane_stride, planes);
  return {std::min<std::int64_t>(line_reach, 0) + std::min<std::int64_t>(plane_reach, 0),
          std::max<std::int64_t>(line_reach, 0) + std::max<std::int64_t>(plane_reach, 0) +
              static_cast<std::int64_t>(length)};
}

}  // namespace

Block::Block(const registers::dma::Job& job)
    : source(job.source),
      destination(job.destination),
      length(job.length),
      lines(job.lines),
      planes(job.planes),
      source_line_stride(two_complement(job.source_line_stride)),
      source_plane_stride(two_complement(job.source_plane_stride)),
      destination_line_stride(two_complement(job.destination_line_stride)),
      destination_plane_stride(two_complement(job.destination_plane_stride)),
      top(regs::fields::padding::top.get(job.padding)),
      bottom(regs::fields::padding::bottom.get(job.padding)),
      left(regs::fields::padding::left.get(job.padding)),
      right(regs::fields::padding::right.get(job.padding)),
      fill(static_cast<std::uint8_t>(job.fill)) {}

std::optional<IllegalRegister> Block::problem() const {
  if (length == 0) return IllegalRegister{regs::length};
  if (lines == 0) return IllegalRegister{regs::lines};
  if (planes == 0) return IllegalRegister{regs::planes};
  return std::nullopt;
}

bool Block::overlaps() const {
  const Extent from = extent(source_line_stride, lines, source_plane_stride, planes, length);
  const Extent to = extent(destination_line_stride, std::uint64_t{top} + lines + bottom, destination_plane_stride,
                           planes, destination_line_length());
  const std::int64_t from_first = source + from.lowest, from_end = source + from.highest;
  const std::int64_t to_first = destination + to.lowest, to_end = destination + to.highest;
  constexpr std::int64_t address_space = std::int64_t{1} << 32;
  const bool wraps = from_first < 0 || to_first < 0 || from_end > address_space || to_end > address_space;
  return wraps || (from_first < to_end && to_first < from_end);
}

void Block::join_lines() {
  if (left != 0 || right != 0) return;
  if (lines > 1) {
    if (top != 0 || bottom != 0) return;
    if (source_line_stride < 0 || static_cast<std::uint64_t>(source_line_stride) != length) return;
    if (source_line_stride != destination_line_stride) return;
    length *= lines;
    lines = 1;
  }
  if (planes == 1 || top != 0 || bottom != 0) return;
  if (source_plane_stride < 0 || static_cast<std::uint64_t>(source_plane_stride) != length) return;
  if (source_plane_stride != destination_plane_stride) return;
  length *= planes;
  planes = 1;
}

BurstSequence::BurstSequence(const Block& block, Window scratchpad, std::uint32_t burst_bytes)
    : block_(block), scratchpad_(scratchpad), burst_bytes_(burst_bytes), overlapping_(block.overlaps()) {
  if (!overlapping_) block_.join_lines();
}

std::optional<Burst> BurstSequence::next() {
  while (!ended_) {
    while (part_ < std::size(parts_) && parts_[part_].length == 0) ++part_;
    if (part_ < std::size(parts_)) return take(parts_[part_]);
    const std::uint64_t lines = std::uint64_t{block_.top} + block_.lines + block_.bottom;
    if (line_ == lines) {
      line_ = 0;
      ++plane_;
    }
    if (plane_ == block_.planes) break;
    const auto plane = static_cast<std::uint32_t>(plane_);
    const auto line = static_cast<std::uint32_t>(line_);
    const std::uint32_t source = block_.source + plane * static_cast<std::uint32_t>(block_.source_plane_stride) +
                                 (line - block_.top) * static_cast<std::uint32_t>(block_.source_line_stride);
    const std::uint32_t destination = block_.destination +
                                      plane * static_cast<std::uint32_t>(block_.destination_plane_stride) +
                                      line * static_cast<std::uint32_t>(block_.destination_line_stride);
    const bool padding = line_ < block_.top || line_ >= std::uint64_t{block_.top} + block_.lines;
    ++line_;
    if (const std::optional<Burst> error = start_line(padding, source, destination)) {
      ended_ = true;
      return error;
    }
  }
  ended_ = true;
  return std::nullopt;
}

std::optional<Burst> BurstSequence::start_line(bool padding, std::uint32_t source, std::uint32_t destination) {
  const std::uint64_t width = block_.destination_line_length();
  if (!padding) {
    if (const std::optional<Burst> error = check(source, block_.length)) return error;
  }
  if (const std::optional<Burst> error = check(destination, width)) return error;
  source_in_scratchpad_ = scratchpad_.contains(source);
  destination_in_scratchpad_ = scratchpad_.contains(destination);
  part_ = 0;
  parts_[1] = parts_[2] = Part{};
  if (padding) {
    parts_[0] = Part{.destination = destination, .length = width};
    return std::nullopt;
  }
  // The data come first: the padding must not overwrite what has yet to be read of this line.
  const std::uint32_t first = destination + block_.left;
  const bool descending = overlapping_ && first - source < block_.length;
  parts_[0] =
      Part{.fill = false, .source = source, .destination = first, .length = block_.length, .descending = descending};
  parts_[1] = Part{.destination = destination, .length = block_.left};
  parts_[2] = Part{.destination = first + static_cast<std::uint32_t>(block_.length), .length = block_.right};
  return std::nullopt;
}

Burst BurstSequence::take(Part& part) const {
  // Bursts end at multiples of burst_bytes of the source, or of the destination where nothing is read.
  const std::uint32_t guide = part.fill ? part.destination : part.source;
  std::uint64_t length = burst_bytes_ - guide % burst_bytes_;
  if (part.descending) {
    const auto last = static_cast<std::uint32_t>(guide + part.length - 1);
    length = last % burst_bytes_ + 1;
  }
  length = std::min(length, part.length);
  const auto skipped = static_cast<std::uint32_t>(part.descending ? part.length - length : 0);
  const Burst burst{.fill = part.fill,
                    .source_in_scratchpad = source_in_scratchpad_,
                    .destination_in_scratchpad = destination_in_scratchpad_,
                    .source = part.source + skipped,
                    .destination = part.destination + skipped,
                    .length = static_cast<std::uint32_t>(length)};
  part.length -= length;
  if (!part.descending) {
    part.source += burst.length;
    part.destination += burst.length;
  }
  return burst;
}

/// A line that starts in the scratchpad must stay in it.
std::optional<Burst> BurstSequence::check(std::uint32_t first, std::uint64_t length) const {
  if (!scratchpad_.contains(first) || first + length <= scratchpad_.end()) return std::nullopt;
  return Burst{.error = ErrorCode::out_of_range, .error_address = static_cast<std::uint32_t>(scratchpad_.end())};
}

}  // namespace terse::dma
