#include "compiler/pattern.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <sstream>
#include <vector>

namespace terse::compiler {

namespace {

/// Absolute indices have 16 bits.
constexpr std::uint64_t greatest_absolute_index = 65535;
constexpr std::uint32_t greatest_group = 255;  // M of N:M

}  // namespace

bool is_dense(const Pattern& pattern) {
  return pattern.kind == Pattern::Kind::dense || (pattern.kind == Pattern::Kind::n_of_m && pattern.n == pattern.m);
}

std::uint64_t slots_per_channel(const Pattern& pattern, std::uint64_t weights_per_channel) {
  if (is_dense(pattern)) return weights_per_channel;
  return (weights_per_channel + pattern.m - 1) / pattern.m * pattern.n;
}

std::uint32_t index_bits(std::uint32_t m) {
  return static_cast<std::uint32_t>(std::bit_width(m - 1));
}

bool fits_pattern(std::span<const std::int16_t> values, std::uint64_t weights_per_channel, const Pattern& pattern) {
  if (pattern.kind == Pattern::Kind::none) {
    return std::all_of(values.begin(), values.end(), [](std::int16_t v) { return v == 0; });
  }
  if (pattern.kind == Pattern::Kind::unstructured) return weights_per_channel <= greatest_absolute_index + 1;
  if (is_dense(pattern)) return true;
  for (std::size_t row = 0; row < values.size(); row += weights_per_channel) {
    for (std::size_t first = 0; first < weights_per_channel; first += pattern.m) {
      const auto group = values.subspan(row + first, std::min<std::size_t>(pattern.m, weights_per_channel - first));
      const auto used = std::count_if(group.begin(), group.end(), [](std::int16_t v) { return v != 0; });
      if (used > static_cast<std::ptrdiff_t>(pattern.n)) return false;
    }
  }
  return true;
}

std::uint64_t storage_bits(std::span<const std::int16_t> values, std::uint64_t weights_per_channel,
                           std::uint32_t value_bits, const Pattern& pattern) {
  const std::uint64_t rows = values.size() / weights_per_channel;
  if (pattern.kind == Pattern::Kind::none) return 0;
  if (pattern.kind == Pattern::Kind::unstructured) {
    const auto stored =
        static_cast<std::uint64_t>(std::count_if(values.begin(), values.end(), [](std::int16_t v) { return v != 0; }));
    return stored * (value_bits + 16) + (rows + 1) * 32;
  }
  const std::uint64_t slots = slots_per_channel(pattern, weights_per_channel);
  return rows * slots * (value_bits + (is_dense(pattern) ? 0 : index_bits(pattern.m)));
}

Pattern recognize_pattern(std::span<const std::int16_t> values, std::uint64_t weights_per_channel,
                          std::uint32_t value_bits) {
  using Kind = Pattern::Kind;
  if (fits_pattern(values, weights_per_channel, {})) return {};
  const Pattern dense{Kind::dense, 0, 0};
  const auto bits = [&](const Pattern& pattern) {
    return storage_bits(values, weights_per_channel, value_bits, pattern);
  };
  Pattern best;
  for (const std::uint32_t n : {1u, 2u}) {
    for (const std::uint32_t m : {8u, 16u, 32u, 64u, 128u}) {
      const Pattern candidate{Kind::n_of_m, n, m};
      if (!fits_pattern(values, weights_per_channel, candidate)) continue;
      if (best.kind == Kind::none || bits(candidate) < bits(best)) best = candidate;
    }
  }
  // Irregular positions cost the hardware more than a few bits, so they are the last resort before dense storage.
  const Pattern unstructured{Kind::unstructured, 0, 0};
  if (best.kind == Kind::none && fits_pattern(values, weights_per_channel, unstructured)) best = unstructured;
  return best.kind == Kind::none || bits(best) >= bits(dense) ? dense : best;
}

std::uint32_t narrowest_value_bits(std::span<const std::int16_t> values) {
  const auto fits = [&](std::uint32_t bits) {
    const int limit = 1 << (bits - 1);
    return std::all_of(values.begin(), values.end(), [&](std::int16_t v) { return v >= -limit && v < limit; });
  };
  for (const std::uint32_t bits : value_widths) {
    if (fits(bits)) return bits;
  }
  return 16;  // every int16 fits
}

std::string to_string(const Pattern& pattern) {
  switch (pattern.kind) {
    case Pattern::Kind::none:
      return "-";
    case Pattern::Kind::unstructured:
      return "unstructured";
    case Pattern::Kind::n_of_m:
      return fmt::format("{}:{}", pattern.n, pattern.m);
    case Pattern::Kind::dense:
      return "dense";
  }
  return "-";
}

std::string state(const StatedPattern& stated) {
  return fmt::format("{} of {} bits", to_string(stated.pattern), stated.value_bits);
}

std::optional<StatedPattern> read_stated_pattern(const std::string& text) {
  const auto has_width = [](std::uint32_t bits) {
    return std::find(std::begin(value_widths), std::end(value_widths), bits) != std::end(value_widths);
  };
  std::vector<StatedPattern> candidates;
  for (const std::uint32_t bits : value_widths) {
    candidates.push_back({{Pattern::Kind::unstructured, 0, 0}, bits});
    candidates.push_back({{Pattern::Kind::dense, 0, 0}, bits});
  }
  for (const StatedPattern& candidate : candidates) {
    if (state(candidate) == text) return candidate;
  }
  StatedPattern result;
  result.pattern.kind = Pattern::Kind::n_of_m;
  std::istringstream stream(text);
  char colon = 0;
  stream >> result.pattern.n >> colon >> result.pattern.m;
  std::string of;
  stream >> of >> result.value_bits;
  const bool sound = stream && has_width(result.value_bits) && result.pattern.n >= 1 &&
                     result.pattern.n <= result.pattern.m && result.pattern.m <= greatest_group;
  return sound && state(result) == text ? std::optional(result) : std::nullopt;
}

}  // namespace terse::compiler
