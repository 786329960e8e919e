#include "models/ports/accumulator_port.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>

namespace terse {

static_assert(std::endian::native == std::endian::little, "accumulators are copied as little-endian words");

using registers::hwpe::ErrorCode;

std::uint32_t AccumulatorPort::capacity() {
  if (capacity_ == 0) capacity_ = static_cast<std::uint32_t>((memory_.direct_end(0) + 1) / 8);
  if (capacity_ == 0) throw JobProblem(ErrorCode::bus_error, 0);
  return capacity_;
}

void AccumulatorPort::check(std::uint32_t base, std::uint64_t count) {
  const std::uint32_t words = capacity();
  if (base + count > words) throw JobProblem(ErrorCode::accumulator_range, std::max(base, words));
}

AccumulatorOverflows AccumulatorPort::store(std::uint32_t base, std::span<const std::int64_t> results,
                                            bool accumulate) {
  const std::uint64_t first = plane_ == AccumulatorPlane::dense ? base : std::uint64_t{base} + capacity();
  words_.resize(results.size());
  if (!accumulate) {
    std::ranges::fill(words_, 0);
  } else {
    const std::span<const std::uint8_t> old = memory_.read(4 * first, 4 * results.size(), buffer_);
    std::memcpy(words_.data(), old.data(), old.size());
  }
  // Whether any leaves 32 bits is found without a branch; which, only then.
  std::uint64_t outside = 0;
  AccumulatorOverflows overflows;
  const auto exact = [&](std::size_t i) { return words_[i] + results[i]; };
  constexpr std::int64_t lowest = std::numeric_limits<std::int32_t>::min();
  for (std::size_t i = 0; i < results.size(); ++i) outside |= static_cast<std::uint64_t>(exact(i) - lowest) >> 32;
  for (std::size_t i = 0; i < results.size() && outside != 0; ++i) {
    if ((static_cast<std::uint64_t>(exact(i) - lowest) >> 32) == 0) continue;
    if (overflows.count++ == 0) overflows.first_index = base + static_cast<std::uint32_t>(i);
  }
  for (std::size_t i = 0; i < results.size(); ++i) {
    words_[i] = static_cast<std::int32_t>(static_cast<std::uint32_t>(exact(i)));
  }
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(words_.data());
  memory_.write(4 * first, {bytes, 4 * words_.size()});
  return overflows;
}

}  // namespace terse
