#pragma once
// Relative indices: values with the gap to the one before, in rows (format relative) or in the columns of a lane
// (relative_columns).
#include <cstdint>
#include <span>
#include <vector>

namespace terse::compiler {

/// position = position of the entry before + gap + 1; the first: gap.
struct RelativeEntry {
  std::int16_t value = 0;
  std::uint32_t gap = 0;
};

/// Makes the entries of one run of positions. A gap that does not fit `gap_bits` is bridged by entries of value 0 with
/// the greatest gap.
class RelativeRun {
 public:
  RelativeRun(std::uint32_t gap_bits, std::vector<RelativeEntry>& entries)
      : limit_(1u << gap_bits), entries_(entries) {}
  /// Positions ascend from call to call.
  void add(std::uint32_t position, std::int16_t value) {
    std::uint32_t gap = position - next_;
    for (; gap >= limit_; gap -= limit_) entries_.push_back({0, limit_ - 1});
    entries_.push_back({value, gap});
    next_ = position + 1;
  }

 private:
  std::uint32_t limit_;
  std::uint32_t next_ = 0;
  std::vector<RelativeEntry>& entries_;
};

/// The entries of the lanes of a block, column after column.
struct LaneStreams {
  std::vector<std::vector<RelativeEntry>> entries;        ///< Per lane.
  std::vector<std::vector<std::uint32_t>> column_starts;  ///< Per lane, K + 1 numbers of entries.

  [[nodiscard]] std::uint64_t longest() const {
    std::uint64_t greatest = 0;
    for (const auto& lane : entries) greatest = greatest < lane.size() ? lane.size() : greatest;
    return greatest;
  }
  [[nodiscard]] std::uint64_t total() const {
    std::uint64_t sum = 0;
    for (const auto& lane : entries) sum += lane.size();
    return sum;
  }
};

}  // namespace terse::compiler
