#include "models/convolution/sums.hpp"

#include <algorithm>
#include <array>
#include <cassert>

#include "models/convolution/columns.hpp"
#include "models/convolution/scattered_sums.hpp"

namespace terse::convolution {
namespace {

/// Weights taken at once. An activation lies in [-128, 255]: 128 of them sum to at most 32640 in magnitude, exact in
/// 16 bits; 128 products with a 16-bit value to at most 128 * 255 * 32768 < 2^31, exact in 32 bits.
constexpr std::size_t chunk = 128;
/// Below this number of pixels a column is too short to be worth while: dot products along k instead.
constexpr std::uint64_t fewest_lanes = 8;

constexpr std::size_t lanes_for(std::uint64_t pixels) {
  return pixels > 32 ? 64 : pixels > 16 ? 32 : 16;
}

std::int32_t dot(const std::int16_t* a, const std::int16_t* b, std::size_t count) {
  std::int32_t sum = 0;
  for (std::size_t i = 0; i < count; ++i) sum += std::int32_t{a[i]} * std::int32_t{b[i]};
  return sum;
}

/// sums[lane] += / -= the columns listed, four at a time; the list's length is a multiple of 4.
template <std::size_t lanes, int sign>
void add_columns(std::span<const std::int16_t* const> list, std::int16_t* __restrict sums) {
  for (std::size_t i = 0; i < list.size(); i += 4) {
    const std::int16_t *a = list[i], *b = list[i + 1], *c = list[i + 2], *d = list[i + 3];
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      sums[lane] = static_cast<std::int16_t>(sums[lane] + sign * (a[lane] + b[lane] + c[lane] + d[lane]));
    }
  }
}

template <std::size_t lanes>
constexpr std::array<std::int16_t, lanes> zero_column{};

/// A list of columns that can be filled up to a multiple of four.
template <std::size_t lanes>
struct ColumnList {
  std::array<const std::int16_t*, chunk + 4> columns;
  std::size_t size = 0;

  std::span<const std::int16_t* const> quads() {
    while (size % 4 != 0) columns[size++] = zero_column<lanes>.data();
    return {columns.data(), size};
  }
};

class TernaryRows {
 public:
  explicit TernaryRows(const TernaryMatrix& matrix) : matrix_(matrix) {}

  /// totals[lane] += sum over [k, k + count) of weight * column, for output channel o.
  template <std::size_t lanes>
  void add(std::uint64_t o, std::uint64_t k, std::size_t count, const std::int16_t* columns,
           std::int64_t* totals) const {
    const std::int8_t* weights = matrix_.weights.data() + o * matrix_.columns + k;
    ColumnList<lanes> plus, minus;
    for (std::size_t i = 0; i < count; ++i) {  // stores always, advances only where the weight has that sign: no branch
      plus.columns[plus.size] = minus.columns[minus.size] = columns + i * lanes;
      plus.size += weights[i] > 0;
      minus.size += weights[i] < 0;
    }
    alignas(64) std::array<std::int16_t, lanes> sums{};
    add_columns<lanes, 1>(plus.quads(), sums.data());
    add_columns<lanes, -1>(minus.quads(), sums.data());
    for (std::size_t lane = 0; lane < lanes; ++lane) totals[lane] += sums[lane];
  }

  [[nodiscard]] std::int64_t dot_product(std::uint64_t o, std::uint64_t k, std::size_t count,
                                         const std::int16_t* patch) const {
    const std::int8_t* weights = matrix_.weights.data() + o * matrix_.columns + k;
    std::array<std::int16_t, chunk> wide;
    for (std::size_t i = 0; i < count; ++i) wide[i] = weights[i];
    return dot(wide.data(), patch, count);
  }

 private:
  const TernaryMatrix& matrix_;
};

/// sums[lane] += four products.
template <std::size_t lanes>
void add_products(const std::array<const std::int16_t*, 4>& columns, const std::array<std::int16_t, 4>& values,
                  std::int32_t* __restrict sums) {
  const std::int16_t *a = columns[0], *b = columns[1], *c = columns[2], *d = columns[3];
  const std::int16_t va = values[0], vb = values[1], vc = values[2], vd = values[3];
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    sums[lane] += va * a[lane] + vb * b[lane] + vc * c[lane] + vd * d[lane];
  }
}

class DenseRows {
 public:
  explicit DenseRows(const DenseMatrix& matrix) : matrix_(matrix) {}

  template <std::size_t lanes>
  void add(std::uint64_t o, std::uint64_t k, std::size_t count, const std::int16_t* columns,
           std::int64_t* totals) const {
    const std::int16_t* weights = matrix_.weights.data() + o * matrix_.columns + k;
    alignas(64) std::array<std::int32_t, lanes> sums{};
    std::size_t i = 0;
    for (; i + 4 <= count; i += 4) {
      const std::int16_t* column = columns + i * lanes;
      add_products<lanes>({column, column + lanes, column + 2 * lanes, column + 3 * lanes},
                          {weights[i], weights[i + 1], weights[i + 2], weights[i + 3]}, sums.data());
    }
    const std::int16_t* zero = zero_column<lanes>.data();
    for (; i < count; ++i)
      add_products<lanes>({columns + i * lanes, zero, zero, zero}, {weights[i], 0, 0, 0}, sums.data());
    for (std::size_t lane = 0; lane < lanes; ++lane) totals[lane] += sums[lane];
  }

  [[nodiscard]] std::int64_t dot_product(std::uint64_t o, std::uint64_t k, std::size_t count,
                                         const std::int16_t* patch) const {
    return dot(matrix_.weights.data() + o * matrix_.columns + k, patch, count);
  }

 private:
  const DenseMatrix& matrix_;
};

class SparseRows {
 public:
  explicit SparseRows(const SparseMatrix& matrix) : matrix_(matrix) {}

  template <std::size_t lanes>
  void add(std::uint64_t o, std::uint64_t k, std::size_t count, const std::int16_t* columns,
           std::int64_t* totals) const {
    std::span<const SparseEntry> rest = within(o, k, count);
    while (!rest.empty()) {  // repeated positions can make a row longer than a chunk
      alignas(64) std::array<std::int32_t, lanes> sums{};
      const std::span<const SparseEntry> part = rest.first(std::min(rest.size(), chunk));
      for (std::size_t i = 0; i < part.size(); i += 4) {
        std::array<const std::int16_t*, 4> quad;
        std::array<std::int16_t, 4> values{};
        quad.fill(zero_column<lanes>.data());
        for (std::size_t j = 0; j < std::min<std::size_t>(4, part.size() - i); ++j) {
          quad[j] = columns + (part[i + j].position - k) * lanes;
          values[j] = part[i + j].value;
        }
        add_products<lanes>(quad, values, sums.data());
      }
      for (std::size_t lane = 0; lane < lanes; ++lane) totals[lane] += sums[lane];
      rest = rest.subspan(part.size());
    }
  }

  [[nodiscard]] std::int64_t dot_product(std::uint64_t o, std::uint64_t k, std::size_t count,
                                         const std::int16_t* patch) const {
    std::int64_t sum = 0;
    for (const SparseEntry& entry : within(o, k, count)) {
      sum += std::int64_t{entry.value} * std::int64_t{patch[entry.position - k]};
    }
    return sum;
  }

 private:
  [[nodiscard]] std::span<const SparseEntry> within(std::uint64_t o, std::uint64_t k, std::size_t count) const {
    const SparseEntry* begin = matrix_.entries.data() + matrix_.row_starts[o];
    const SparseEntry* end = matrix_.entries.data() + matrix_.row_starts[o + 1];
    const auto before = [](const SparseEntry& entry, std::uint64_t position) { return entry.position < position; };
    const SparseEntry* first = k == 0 ? begin : std::lower_bound(begin, end, k, before);
    return {first, count == matrix_.columns ? end : std::lower_bound(first, end, k + count, before)};
  }

  const SparseMatrix& matrix_;
};

template <std::size_t lanes, typename Rows>
void block_sums(const Shape& shape, const Columns& columns, const Rows& rows, std::uint64_t pixel, std::size_t pixels,
                std::span<std::int64_t> totals, std::span<std::int64_t> sums) {
  alignas(64) std::array<std::int16_t, chunk * lanes> lane_columns;
  std::fill_n(totals.begin(), shape.output_channels * lanes, 0);
  const std::uint64_t weights = shape.weights_per_channel();
  for (std::uint64_t k = 0; k < weights; k += chunk) {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(chunk, weights - k));
    columns.gather(pixel, pixels, k, count, lanes, lane_columns.data());
    for (std::uint64_t o = 0; o < shape.output_channels; ++o) {
      rows.template add<lanes>(o, k, count, lane_columns.data(), totals.data() + o * lanes);
    }
  }
  for (std::size_t p = 0; p < pixels; ++p) {
    std::int64_t* out = sums.data() + (pixel + p) * shape.output_channels;
    for (std::size_t o = 0; o < shape.output_channels; ++o) out[o] = totals[o * lanes + p];
  }
}

template <typename Rows>
void pixel_sums(const Shape& shape, const Columns& columns, const Rows& rows, std::span<std::int64_t> sums) {
  std::array<std::int16_t, chunk> patch;
  std::fill(sums.begin(), sums.end(), 0);
  const std::uint64_t weights = shape.weights_per_channel();
  for (std::uint64_t pixel = 0; pixel < shape.pixels(); ++pixel) {
    for (std::uint64_t k = 0; k < weights; k += chunk) {
      const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(chunk, weights - k));
      columns.gather(pixel, 1, k, count, 1, patch.data());
      for (std::uint64_t o = 0; o < shape.output_channels; ++o) {
        sums[pixel * shape.output_channels + o] += rows.dot_product(o, k, count, patch.data());
      }
    }
  }
}

template <typename Rows>
void all_sums(const Shape& shape, const ActivationView& activations, const Rows& rows, std::span<std::int64_t> sums) {
  assert(sums.size() == shape.outputs());
  const Columns columns(shape, activations);
  const std::uint64_t pixels = shape.pixels();
  if (pixels < fewest_lanes) return pixel_sums(shape, columns, rows, sums);
  std::vector<std::int64_t> totals(shape.output_channels * lanes_for(pixels));
  for (std::uint64_t pixel = 0; pixel < pixels; pixel += widest_block) {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(widest_block, pixels - pixel));
    switch (lanes_for(count)) {
      case 16:
        block_sums<16>(shape, columns, rows, pixel, count, totals, sums);
        break;
      case 32:
        block_sums<32>(shape, columns, rows, pixel, count, totals, sums);
        break;
      default:
        block_sums<64>(shape, columns, rows, pixel, count, totals, sums);
        break;
    }
  }
}

}  // namespace

void ternary_sums(const Shape& shape, const ActivationView& activations, const TernaryMatrix& weights,
                  std::span<std::int64_t> sums) {
  all_sums(shape, activations, TernaryRows(weights), sums);
}

void dense_sums(const Shape& shape, const ActivationView& activations, const DenseMatrix& weights,
                std::span<std::int64_t> sums) {
  all_sums(shape, activations, DenseRows(weights), sums);
}

void sparse_sums(const Shape& shape, const ActivationView& activations, const SparseMatrix& weights,
                 std::span<std::int64_t> sums) {
  // Rearranging a column pays when about two weights use it; and it takes time for every k, used or not.
  const std::uint64_t entries = weights.entries.size();
  const std::uint64_t columns = shape.weights_per_channel();
  const bool few_pixels = shape.pixels() < fewest_lanes && columns <= 4096 + 64 * entries;
  if (entries >= 2 * columns || few_pixels) {
    all_sums(shape, activations, SparseRows(weights), sums);
  } else {
    scattered_sums(shape, activations, weights, sums);
  }
}

}  // namespace terse::convolution
