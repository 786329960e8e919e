#include "models/merge/requantize_pixels.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/merge/requantize_pixels.cpp"
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

#ifndef TERSE_MERGE_VECTOR_RECORDS
#define TERSE_MERGE_VECTOR_RECORDS
namespace terse {

/// The records' fields, one array each.
struct VectorRecords {
  std::vector<double> dense, sparse, residual, bias, scale;

  explicit VectorRecords(std::span<const RequantizationRecord> records) {
    for (const RequantizationRecord& record : records) {
      dense.push_back(record.dense_multiplier);
      sparse.push_back(record.sparse_multiplier);
      residual.push_back(record.residual_multiplier);
      bias.push_back(static_cast<double>(record.bias));
      scale.push_back(std::ldexp(1.0, -int{record.shift}));
    }
  }
};

}  // namespace terse
#endif

HWY_BEFORE_NAMESPACE();
namespace terse::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// The first channels of one pixel that fill whole vectors.
HWY_ATTR std::uint64_t whole_vectors(const VectorRecords& records, const PixelOperands& operands,
                                     const ClipRange& range, std::size_t channels, std::int32_t* results) {
  const hn::ScalableTag<double> wide;
  const hn::Rebind<std::int32_t, decltype(wide)> words;
  const std::size_t lanes = hn::Lanes(wide);
  const auto low = hn::Set(wide, range.low), high = hn::Set(wide, range.high), half = hn::Set(wide, 0.5);
  // Clipping at 0 is the ReLU, which is no saturation.
  const auto least = range.low == 0 ? hn::Set(wide, -std::numeric_limits<double>::infinity()) : low;
  std::uint64_t saturations = 0;
  for (std::size_t c = 0; c + lanes <= channels; c += lanes) {
    const auto add = [&](const std::int32_t* operand, const std::vector<double>& multipliers, auto sum) HWY_ATTR {
      const auto values = hn::PromoteTo(wide, hn::LoadU(words, operand + c));
      return hn::MulAdd(values, hn::LoadU(wide, multipliers.data() + c), sum);
    };
    auto v = hn::LoadU(wide, records.bias.data() + c);
    if (operands.dense != nullptr) v = add(operands.dense, records.dense, v);
    if (operands.sparse != nullptr) v = add(operands.sparse, records.sparse, v);
    if (operands.residual != nullptr) v = add(operands.residual, records.residual, v);
    const auto scaled = hn::Mul(v, hn::LoadU(wide, records.scale.data() + c));
    const auto rounded = hn::Trunc(hn::Add(scaled, hn::CopySign(half, scaled)));
    saturations += hn::CountTrue(wide, hn::Or(hn::Gt(rounded, high), hn::Lt(rounded, least)));
    hn::StoreU(hn::DemoteTo(words, hn::Min(hn::Max(rounded, low), high)), words, results + c);
  }
  return saturations;
}

HWY_ATTR std::size_t vector_lanes() {
  return hn::Lanes(hn::ScalableTag<double>());
}

}  // namespace terse::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace terse {
namespace {

HWY_EXPORT(whole_vectors);
HWY_EXPORT(vector_lanes);

bool exact_in_doubles(const RequantizationRecord& record) {
  constexpr std::int64_t greatest_bias = std::int64_t{1} << 51;
  constexpr std::uint32_t greatest_shift = 52;
  return record.bias >= -greatest_bias && record.bias <= greatest_bias && record.shift <= greatest_shift;
}

std::int32_t value_at(const std::int32_t* operand, std::size_t index) {
  return operand == nullptr ? 0 : operand[index];
}

const std::int32_t* advanced(const std::int32_t* operand, std::size_t elements) {
  return operand == nullptr ? nullptr : operand + elements;
}

}  // namespace

std::uint64_t requantize_pixels(std::span<const RequantizationRecord> records, const PixelOperands& operands,
                                const ClipRange& range, std::span<std::int32_t> results) {
  const std::size_t channels = records.size(), lanes = HWY_DYNAMIC_DISPATCH(vector_lanes)();
  const std::size_t in_vectors = std::ranges::all_of(records, exact_in_doubles) ? channels / lanes * lanes : 0;
  const VectorRecords vectors(records.first(in_vectors));
  std::uint64_t saturations = 0;
  for (std::size_t first = 0; first < results.size(); first += channels) {
    const PixelOperands of_pixel{advanced(operands.dense, first), advanced(operands.sparse, first),
                                 advanced(operands.residual, first)};
    std::int32_t* to = results.data() + first;
    saturations += HWY_DYNAMIC_DISPATCH(whole_vectors)(vectors, of_pixel, range, in_vectors, to);
    for (std::size_t c = in_vectors; c < channels; ++c) {
      const SuperpositionOperands element{value_at(of_pixel.dense, c), value_at(of_pixel.sparse, c),
                                          value_at(of_pixel.residual, c)};
      to[c] = requantize(records[c], element, range, saturations);
    }
  }
  return saturations;
}

}  // namespace terse
#endif
