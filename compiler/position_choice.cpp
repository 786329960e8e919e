#include "compiler/position_choice.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace terse::compiler {

namespace {

using Placement = DecompositionOptions::Placement;

/// The `count` best of scores[first, first + size).
std::vector<std::size_t> best_of(std::span<const double> score, std::size_t first, std::size_t size,
                                 std::size_t count) {
  std::vector<std::size_t> order(size);
  std::iota(order.begin(), order.end(), first);
  const auto better = [&](std::size_t a, std::size_t b) { return score[a] != score[b] ? score[a] > score[b] : a < b; };
  const auto last = order.begin() + static_cast<std::ptrdiff_t>(std::min(count, size));
  std::partial_sort(order.begin(), last, order.end(), better);
  order.erase(last, order.end());
  return order;
}

/// Which block, tap, channel or filter a weight belongs to; units are numbered from 0.
std::size_t unit_of(std::size_t weight, const WeightGrid& grid, const DecompositionOptions& options) {
  const std::size_t o = weight / grid.weights_per_channel, k = weight % grid.weights_per_channel;
  switch (options.placement) {
    case Placement::block: {
      const std::size_t across = (grid.weights_per_channel + options.block_columns - 1) / options.block_columns;
      return o / options.block_rows * across + k / options.block_columns;
    }
    case Placement::kernel_tap:
      return k / grid.input_channels;
    case Placement::input_channel:
      return k % grid.input_channels;
    case Placement::whole_filter:
      return o;
    case Placement::free:
    case Placement::row_balanced:
      break;
  }
  return weight;
}

std::vector<char> choose_units(std::span<const double> scores, const WeightGrid& grid,
                               const DecompositionOptions& options) {
  std::vector<double> sums, sizes;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const std::size_t unit = unit_of(i, grid, options);
    if (unit >= sums.size()) {
      sums.resize(unit + 1, 0);
      sizes.resize(unit + 1, 0);
    }
    sums[unit] += scores[i];
    ++sizes[unit];
  }
  for (std::size_t unit = 0; unit < sums.size(); ++unit) sums[unit] /= std::max(sizes[unit], 1.0);
  const auto count = static_cast<std::size_t>(std::lround(options.density * static_cast<double>(sums.size())));
  std::vector<char> chosen(sums.size(), 0), precise(scores.size());
  for (const std::size_t unit : best_of(sums, 0, sums.size(), count)) chosen[unit] = 1;
  for (std::size_t i = 0; i < scores.size(); ++i) precise[i] = chosen[unit_of(i, grid, options)];
  return precise;
}

}  // namespace

std::vector<char> choose_positions(std::span<const double> scores, const WeightGrid& grid,
                                   const DecompositionOptions& options) {
  const bool groups = options.pattern == Pattern::Kind::n_of_m;
  const bool balanced = !groups && options.placement == Placement::row_balanced;
  if (!groups && !balanced) return choose_units(scores, grid, options);
  std::vector<char> precise(scores.size(), 0);
  const std::size_t row = grid.weights_per_channel, group = groups ? options.m : row;
  const auto per_row = static_cast<std::size_t>(std::lround(options.density * static_cast<double>(row)));
  for (std::size_t channel = 0; channel < scores.size(); channel += row) {
    for (std::size_t k = 0; k < row; k += group) {
      const std::size_t count = groups ? options.n : per_row;
      for (const std::size_t i : best_of(scores, channel + k, std::min(group, row - k), count)) precise[i] = 1;
    }
  }
  return precise;
}

}  // namespace terse::compiler
