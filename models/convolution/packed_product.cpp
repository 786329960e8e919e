#include "models/convolution/packed_product.hpp"

#include <algorithm>
#include <cstring>

// Vectors without a fixed size cannot be elements of an array.
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/convolution/packed_product.cpp"
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace terse::convolution::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;  // plain arrays below: the functions of std::array are compiled for the oldest host

constexpr std::size_t block = PackedWeights::block_channels;

/// Sums of one block of channels over pairs [first, end), for `pixels` patches: sums[p * block + o].
#if HWY_TARGET == HWY_SCALAR
constexpr std::size_t pixels_at_once = 2;

template <std::size_t pixels>
void block_product(const std::int16_t* weights, const std::int16_t* patches, std::uint64_t stride, std::uint64_t first,
                   std::uint64_t end, std::int32_t* sums) {
  std::fill_n(sums, pixels * block, 0);
  for (std::uint64_t pair = first; pair < end; ++pair) {
    const std::int16_t* w = weights + pair * block * 2;
    for (std::size_t p = 0; p < pixels; ++p) {
      const std::int16_t* x = patches + p * stride + 2 * pair;
      for (std::size_t o = 0; o < block; ++o) sums[p * block + o] += w[2 * o] * x[0] + w[2 * o + 1] * x[1];
    }
  }
}
#else
using Wide = hn::CappedTag<std::int32_t, block>;
using Narrow = hn::Repartition<std::int16_t, Wide>;
constexpr std::size_t lanes = hn::MaxLanes(Wide()), vectors = block / lanes;
/// As many as leave their sums, 8 vectors, in registers.
constexpr std::size_t pixels_at_once = std::max<std::size_t>(2, product_pixels / vectors);

template <std::size_t pixels>
HWY_ATTR void block_product(const std::int16_t* weights, const std::int16_t* patches, std::uint64_t stride,
                            std::uint64_t first, std::uint64_t end, std::int32_t* sums) {
  const Wide wide;
  const Narrow narrow;
  hn::Vec<Wide> even[pixels][vectors], odd[pixels][vectors];
  for (std::size_t p = 0; p < pixels; ++p) {
    for (std::size_t v = 0; v < vectors; ++v) even[p][v] = odd[p][v] = hn::Zero(wide);
  }
  for (std::uint64_t pair = first; pair < end; ++pair) {
    hn::Vec<Narrow> w[vectors];
    for (std::size_t v = 0; v < vectors; ++v) w[v] = hn::LoadU(narrow, weights + (pair * block + v * lanes) * 2);
    for (std::size_t p = 0; p < pixels; ++p) {
      std::int32_t both = 0;
      std::memcpy(&both, patches + p * stride + 2 * pair, sizeof both);
      const auto x = hn::BitCast(narrow, hn::Set(wide, both));
      for (std::size_t v = 0; v < vectors; ++v) {
        even[p][v] = hn::ReorderWidenMulAccumulate(wide, w[v], x, even[p][v], odd[p][v]);
      }
    }
  }
  for (std::size_t p = 0; p < pixels; ++p) {
    for (std::size_t v = 0; v < vectors; ++v) {
      hn::StoreU(hn::RearrangeToOddPlusEven(even[p][v], odd[p][v]), wide, sums + p * block + v * lanes);
    }
  }
}
#endif

HWY_ATTR void product(const PackedWeights& weights, const std::int16_t* patches, std::size_t pixels,
                      std::int64_t* sums) {
  const std::uint64_t stride = 2 * weights.pairs;
  std::int32_t part[pixels_at_once * block];
  for (std::uint64_t b = 0; b < weights.blocks(); ++b) {
    const std::int16_t* of_block = weights.weights.data() + b * weights.pairs * block * 2;
    const std::size_t channels = std::min<std::size_t>(block, weights.rows - b * block);
    for (std::uint64_t first = 0; first < weights.pairs; first += weights.exact_pairs) {
      const std::uint64_t end = std::min(weights.pairs, first + weights.exact_pairs);
      for (std::size_t p = 0; p < pixels; p += pixels_at_once) {
        block_product<pixels_at_once>(of_block, patches + p * stride, stride, first, end, part);
        for (std::size_t i = 0; i < std::min(pixels_at_once, pixels - p); ++i) {
          std::int64_t* to = sums + (p + i) * weights.rows + b * block;
          for (std::size_t o = 0; o < channels; ++o) to[o] = (first == 0 ? 0 : to[o]) + part[i * block + o];
        }
      }
    }
  }
}

}  // namespace terse::convolution::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace terse::convolution {

HWY_EXPORT(product);

void packed_product(const PackedWeights& weights, const std::int16_t* patches, std::size_t pixels, std::int64_t* sums) {
  HWY_DYNAMIC_DISPATCH(product)(weights, patches, pixels, sums);
}

}  // namespace terse::convolution
#endif
