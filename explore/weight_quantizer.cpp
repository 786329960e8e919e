#include "explore/weight_quantizer.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <sstream>

namespace terse::explore {

namespace {

using compiler::SplitWeights;

std::vector<double> as_doubles(std::span<const float> weights) {
  return {weights.begin(), weights.end()};
}

template <typename Number>
void write(std::ostream& stream, const std::vector<Number>& values) {
  stream << ' ' << values.size();
  for (const Number value : values) stream << ' ' << +value;
}

template <typename Number>
void read(std::istream& stream, std::vector<Number>& values) {
  std::size_t size = 0;
  stream >> size;
  values.resize(size);
  for (Number& value : values) {
    double number = 0;
    stream >> number;
    value = static_cast<Number>(number);
  }
}

}  // namespace

WeightQuantizer::WeightQuantizer(const compiler::WeightGrid& grid, const compiler::DecompositionOptions& options,
                                 std::uint64_t seed)
    : grid_(grid),
      options_(options),
      positions_(grid.output_channels * grid.weights_per_channel, all_precise() ? 1 : 0),
      random_(seed) {
  options_.seed = seed;
}

void WeightQuantizer::choose(std::span<const float> weights, std::span<const float> fisher) {
  if (options_.pattern != compiler::Pattern::Kind::unstructured && options_.pattern != compiler::Pattern::Kind::n_of_m)
    return;
  std::vector<double> scores = compiler::precision_scores(as_doubles(weights), grid_, options_);
  for (std::size_t i = 0; i < fisher.size(); ++i) scores[i] *= std::sqrt(static_cast<double>(fisher[i]));
  positions_ = compiler::choose_positions(scores, grid_, options_);
}

void WeightQuantizer::relax(double fraction) {
  if (all_precise() || fraction <= 0) return relaxed_.clear();
  relaxed_.assign(positions_.size(), 0);
  constexpr double unit = 1.0 / 9007199254740992.0;  // 2^-53
  for (std::size_t i = 0; i < relaxed_.size(); ++i) {
    const bool drawn = static_cast<double>(random_() >> 11) * unit < fraction;
    relaxed_[i] = static_cast<char>(drawn && is_ternary(i));
  }
}

void WeightQuantizer::freeze(std::span<const float> weights, double fraction) {
  if (all_precise()) return;
  const SplitWeights split =
      compiler::split_at(as_doubles(weights), grid_.output_channels, positions_, 8, options_.composition);
  if (frozen_.empty()) {
    frozen_.assign(positions_.size(), 0);
    held_.assign(positions_.size(), 0);
    held_scale_ = split.ternary_scale;
  }
  std::vector<std::size_t> candidates;
  std::size_t ternary = 0, standing = 0;
  for (std::size_t i = 0; i < positions_.size(); ++i) {
    if (!is_ternary(i)) continue;
    ++ternary;
    if (frozen_[i] != 0) {
      ++standing;
    } else {
      candidates.push_back(i);
    }
  }
  const auto wanted = static_cast<std::size_t>(std::lround(fraction * static_cast<double>(ternary)));
  const auto more = static_cast<std::ptrdiff_t>(std::min(candidates.size(), wanted - std::min(wanted, standing)));
  std::partial_sort(candidates.begin(), candidates.begin() + more, candidates.end(), [&](auto a, auto b) {
    const float x = std::abs(weights[a]), y = std::abs(weights[b]);
    return x != y ? x > y : a < b;
  });
  for (auto i = candidates.begin(); i != candidates.begin() + more; ++i) {
    frozen_[*i] = 1;
    held_[*i] = split.ternary[*i];
  }
  relaxed_.assign(positions_.size(), 0);
  bool any = false;
  for (std::size_t i = 0; i < positions_.size(); ++i) {
    relaxed_[i] = static_cast<char>(is_ternary(i) && frozen_[i] == 0);
    any = any || relaxed_[i] != 0;
  }
  if (!any) relaxed_.clear();
}

SplitWeights WeightQuantizer::quantize(std::span<const float> weights) const {
  const std::vector<double> values = as_doubles(weights);
  if (all_precise()) return compiler::quantize_dense(values, grid_.output_channels, options_.value_bits);
  SplitWeights split =
      compiler::split_at(values, grid_.output_channels, positions_, options_.value_bits, options_.composition);
  if (!frozen_.empty()) {
    split.ternary_scale = held_scale_;
    for (std::size_t i = 0; i < frozen_.size(); ++i) {
      if (frozen_[i] != 0) split.ternary[i] = held_[i];
    }
  }
  return split;
}

void WeightQuantizer::effective(std::span<const float> weights, std::span<const float> ternary_scale,
                                std::span<float> result) const {
  const SplitWeights split = quantize(weights);
  const std::size_t row = grid_.weights_per_channel;
  for (std::size_t i = 0; i < result.size(); ++i) {
    if (!relaxed_.empty() && relaxed_[i] != 0) {
      result[i] = weights[i];
      continue;
    }
    float value = 0;
    if (!split.ternary.empty() && split.ternary[i] != 0) {
      const float scale =
          ternary_scale.empty() ? static_cast<float>(split.ternary_scale[i / row]) : ternary_scale[i / row];
      value = split.ternary[i] > 0 ? scale : -scale;
    }
    if (!split.values.empty())
      value += static_cast<float>(split.values[i]) * static_cast<float>(split.value_scale[i / row]);
    result[i] = value;
  }
}

void WeightQuantizer::hold(std::span<float> weights) const {
  if (frozen_.empty()) return;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (frozen_[i] != 0) weights[i] = static_cast<float>(held_[i] * held_scale_[i / grid_.weights_per_channel]);
  }
}

std::string WeightQuantizer::state() const {
  std::ostringstream text;
  text.precision(17);
  text << random_;
  write(text, positions_);
  write(text, relaxed_);
  write(text, frozen_);
  write(text, held_scale_);
  write(text, held_);
  return text.str();
}

void WeightQuantizer::restore(const std::string& state) {
  std::istringstream text(state);
  text >> random_;
  read(text, positions_);
  read(text, relaxed_);
  read(text, frozen_);
  read(text, held_scale_);
  read(text, held_);
}

}  // namespace terse::explore
