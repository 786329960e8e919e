// Products of activations with activations, batch by batch. A panel of columns of b is brought near the core, centred and
// turned so that both operands run along k; then the rows of a pass by.
#include "sw_driver/core/core_operations.hpp"

namespace terse::driver {
namespace {

using Centred = std::int16_t;  ///< q - z

/// Columns of a panel lie in groups of so many, element by element side by side.
constexpr std::uint32_t group = 8;

struct Panels {
  std::uint32_t columns = 0;  ///< Of a panel; 0: a row is too long for the workspace.
  std::uint32_t count = 0;
};

Panels panels_of(const CoreWork& work, const image::CoreMatrixProduct& p) {
  const std::uint32_t row_bytes = p.depth * std::uint32_t{sizeof(Centred)};
  if (row_bytes > sizeof work.workspace->input || row_bytes > sizeof work.workspace->data) return {0, 1};
  const auto most = static_cast<std::uint32_t>(sizeof work.workspace->data) / row_bytes / group * group;
  const std::uint32_t columns = most < p.columns ? most : p.columns;
  return columns == 0 ? Panels{0, 1} : Panels{columns, (p.columns + columns - 1) / columns};
}

/// A matrix of a batch, by strides.
class Matrix {
 public:
  Matrix(const CoreTensor& tensor, const image::CoreStrides& strides, std::uint32_t batch)
      : origin_(tensor.bytes + static_cast<std::int32_t>(batch) * strides.batch),
        row_(strides.row),
        column_(strides.column),
        decode_(Decoder::centred(tensor.shape)) {}

  [[nodiscard]] std::int32_t at(std::uint32_t row, std::uint32_t column) const {
    const std::int32_t offset = static_cast<std::int32_t>(row) * row_ + static_cast<std::int32_t>(column) * column_;
    return decode_(origin_[offset]);
  }
  /// `count` elements of a row or column, centred, `step` apart in the copy.
  void gather_row(std::uint32_t row, std::uint32_t count, Centred* to) const {
    gather(origin_ + static_cast<std::int32_t>(row) * row_, column_, count, to, 1);
  }
  void gather_column(std::uint32_t column, std::uint32_t count, Centred* to, std::uint32_t step) const {
    gather(origin_ + static_cast<std::int32_t>(column) * column_, row_, count, to, step);
  }

 private:
  void gather(const std::uint8_t* from, std::int32_t stride, std::uint32_t count, Centred* to,
              std::uint32_t step) const {
    for (; count != 0; --count, from += stride, to += step) *to = static_cast<Centred>(decode_(*from));
  }

  const std::uint8_t* origin_;
  std::int32_t row_, column_;
  Decoder decode_;
};

/// Adds the products of an element of a with two elements of b that lie in one word: half the loads.
void add_products(std::int32_t x, const Centred* b, std::int32_t& first, std::int32_t& second) {
  const std::uint32_t both = load_word(reinterpret_cast<const std::uint8_t*>(b));
  first += x * static_cast<std::int16_t>(both);
  second += x * (static_cast<std::int32_t>(both) >> 16);
}

/// Sums of a group of columns: each element of a is loaded once for all of them.
void sums_of_group(const Centred* a, const Centred* b, std::uint32_t depth, std::int32_t (&sums)[group]) {
  std::int32_t s0 = 0, s1 = 0, s2 = 0, s3 = 0, s4 = 0, s5 = 0, s6 = 0, s7 = 0;
  for (const Centred* end = a + depth; a != end; ++a, b += group) {
    const std::int32_t x = *a;
    add_products(x, b, s0, s1);
    add_products(x, b + 2, s2, s3);
    add_products(x, b + 4, s4, s5);
    add_products(x, b + 6, s6, s7);
  }
  const std::int32_t made[group] = {s0, s1, s2, s3, s4, s5, s6, s7};
  std::memcpy(sums, made, sizeof sums);
}

/// Stores y of one row.
class RowOfResults {
 public:
  RowOfResults(const CoreWork& work, const image::CoreMatrixProduct& p, std::uint32_t batch, std::uint32_t row)
      : store_(work), multiplier_(p.multiplier), rounding_(p.shift) {
    const auto bytes = static_cast<std::int32_t>(store_.element_bytes());
    step_ = p.y.column * bytes;
    first_ = work.output.bytes +
             (static_cast<std::int32_t>(batch) * p.y.batch + static_cast<std::int32_t>(row) * p.y.row) * bytes;
  }
  void put(std::uint32_t column, std::int32_t sum) const {
    store_.put(first_ + static_cast<std::int32_t>(column) * step_, std::int64_t{sum} * multiplier_, rounding_);
  }

 private:
  CoreStore store_;
  std::int32_t multiplier_;
  Rounding rounding_;
  std::uint8_t* first_;
  std::int32_t step_;
};

/// Without the workspace.
void run_row_in_place(const CoreWork& work, const image::CoreMatrixProduct& p, std::uint32_t batch, std::uint32_t row) {
  const Matrix a(work.inputs[0], p.a, batch), b(work.inputs[1], p.b, batch);
  const RowOfResults results(work, p, batch, row);
  for (std::uint32_t column = 0; column < p.columns; ++column) {
    std::int32_t sum = 0;
    for (std::uint32_t k = 0; k < p.depth; ++k) sum += a.at(row, k) * b.at(k, column);
    results.put(column, sum);
  }
}

}  // namespace

/// A unit is one row of a against one panel; the first row of a panel brings it.
std::uint32_t prepare_matrix_product(CoreWork& work) {
  const auto p = work.record<image::CoreMatrixProduct>();
  return p.batches * panels_of(work, p).count * p.rows;
}

void run_matrix_product(CoreWork& work, std::uint32_t unit) {
  const auto p = work.record<image::CoreMatrixProduct>();
  const Panels panels = panels_of(work, p);
  const std::uint32_t row = unit % p.rows, panel = unit / p.rows % panels.count, batch = unit / p.rows / panels.count;
  if (panels.columns == 0) {
    run_row_in_place(work, p, batch, row);
    return;
  }
  const std::uint32_t first = panel * panels.columns;
  const std::uint32_t columns = p.columns - first < panels.columns ? p.columns - first : panels.columns;
  Centred* turned = work.workspace->data.centred.data();
  if (row == 0) {
    const Matrix b(work.inputs[1], p.b, batch);
    for (std::uint32_t j = 0; j < columns; ++j) {
      b.gather_column(first + j, p.depth, turned + j / group * group * p.depth + j % group, group);
    }
    for (std::uint32_t j = columns; j % group != 0; ++j) {
      for (std::uint32_t k = 0; k < p.depth; ++k) turned[j / group * group * p.depth + k * group + j % group] = 0;
    }
  }
  Centred* line = work.workspace->input.centred.data();
  Matrix(work.inputs[0], p.a, batch).gather_row(row, p.depth, line);
  const RowOfResults results(work, p, batch, row);
  for (std::uint32_t j = 0; j < columns; j += group) {
    std::int32_t sums[group];
    sums_of_group(line, turned + j * p.depth, p.depth, sums);
    for (std::uint32_t i = 0; i < group && j + i < columns; ++i) results.put(first + j + i, sums[i]);
  }
}

}  // namespace terse::driver
