#include "compiler/import/view.hpp"

#include <algorithm>
#include <numeric>

#include "compiler/compiler.hpp"

namespace terse::compiler::importer {

namespace {

using Factors = std::vector<Factor>;

/// Appends without factors of one element, and joins those that follow one another evenly.
void append(Factors& factors, const Factor& next) {
  if (next.extent == 1) return;
  if (!factors.empty() && factors.back().stride == next.extent * next.stride) {
    factors.back() = {factors.back().extent * next.extent, next.stride};
  } else {
    factors.push_back(next);
  }
}

/// Takes `extent` elements from the innermost end of `rest` (innermost last); nothing when a factor is cut unevenly.
std::optional<Factors> take_inner(Factors& rest, std::int64_t extent) {
  Factors taken;
  while (extent > 1) {
    if (rest.empty()) return std::nullopt;
    Factor& last = rest.back();
    const std::int64_t part = std::gcd(last.extent, extent);
    const bool whole = part == last.extent;
    if (part == 1 || (!whole && part != extent)) return std::nullopt;
    taken.insert(taken.begin(), {part, last.stride});
    extent /= part;
    if (whole) {
      rest.pop_back();
    } else {
      last = {last.extent / part, last.stride * part};
    }
  }
  Factors merged;
  for (const Factor& factor : taken) append(merged, factor);
  return merged;
}

struct Step {
  std::int64_t extent, source, destination;
};

/// Factors of both sides cut to the same extents.
std::vector<Step> aligned(Factors source, Factors destination) {
  std::vector<Step> steps;  // innermost first
  while (!source.empty() && !destination.empty()) {
    Factor &s = source.back(), &d = destination.back();
    const std::int64_t part = std::min(s.extent, d.extent);
    steps.push_back({part, s.stride, d.stride});
    for (Factors* side : {&source, &destination}) {
      Factor& factor = side->back();
      factor = {factor.extent / part, factor.stride * part};
      if (factor.extent == 1) side->pop_back();
    }
  }
  std::reverse(steps.begin(), steps.end());
  return steps;
}

/// Both sides of a dimension can be cut to common extents.
bool can_align(const Factors& source, const Factors& destination) {
  const auto inner_products = [](const Factors& factors) {
    std::vector<std::int64_t> products{1};
    for (std::size_t i = factors.size(); i-- > 0;) products.push_back(products.back() * factors[i].extent);
    return products;
  };
  const auto a = inner_products(source), b = inner_products(destination);
  std::vector<std::int64_t> all;
  std::set_union(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(all));
  for (std::size_t i = 1; i < all.size(); ++i) {
    if (all[i] % all[i - 1] != 0) return false;
  }
  return true;
}

void append(std::vector<Step>& steps, const Step& next) {
  if (next.extent == 1) return;
  const bool joins = !steps.empty() && steps.back().source == next.extent * next.source &&
                     steps.back().destination == next.extent * next.destination;
  if (joins) {
    steps.back() = {steps.back().extent * next.extent, next.source, next.destination};
  } else {
    steps.push_back(next);
  }
}

/// One block, or several where the outermost steps are more than a block has extents.
std::vector<RearrangeOperation::Block> blocks_of(std::vector<Step> steps, std::int64_t source, std::int64_t destination,
                                                 std::uint32_t operand) {
  constexpr std::int64_t greatest_blocks = 1 << 16;  // a descriptor each, in the image
  constexpr std::size_t block_extents = std::tuple_size_v<decltype(RearrangeOperation::Block::extents)>;
  std::vector<std::pair<std::int64_t, std::int64_t>> origins{{source, destination}};
  for (; steps.size() > block_extents; steps.erase(steps.begin())) {
    std::vector<std::pair<std::int64_t, std::int64_t>> next;
    if (static_cast<std::int64_t>(origins.size()) > greatest_blocks / steps[0].extent) {
      throw CompileError("its elements are moved in more than 65536 pieces; accepted: simpler orders of the axes");
    }
    for (const auto& [s, d] : origins) {
      for (std::int64_t i = 0; i < steps[0].extent; ++i) {
        next.emplace_back(s + i * steps[0].source, d + i * steps[0].destination);
      }
    }
    origins = std::move(next);
  }
  std::vector<RearrangeOperation::Block> blocks;
  for (const auto& [s, d] : origins) {
    RearrangeOperation::Block block;
    block.operand = operand;
    block.source = static_cast<std::uint32_t>(s);
    block.destination = static_cast<std::uint32_t>(d);
    for (std::size_t i = 0; i < steps.size(); ++i) {
      const std::size_t at = block_extents - steps.size() + i;
      block.extents[at] = static_cast<std::uint32_t>(steps[i].extent);
      block.source_strides[at] = static_cast<std::int32_t>(steps[i].source);
      block.destination_strides[at] = static_cast<std::int32_t>(steps[i].destination);
    }
    blocks.push_back(block);
  }
  return blocks;
}

}  // namespace

View::View(const Shape& dimensions, const std::vector<std::size_t>& order) : dimensions_(dimensions.size()) {
  std::int64_t stride = 1;
  for (std::size_t i = order.size(); i-- > 0;) {
    const std::int64_t extent = dimensions[order[i]];
    if (extent != 1) dimensions_[order[i]] = {{extent, stride}};
    stride *= extent;
  }
}

Shape View::shape() const {
  Shape result;
  for (std::size_t i = 0; i < rank(); ++i) result.push_back(extent(i));
  return result;
}

std::int64_t View::extent(std::size_t dimension) const {
  std::int64_t result = 1;
  for (const Factor& factor : dimensions_[dimension]) result *= factor.extent;
  return result;
}

std::int64_t View::elements() const {
  std::int64_t result = 1;
  for (std::size_t i = 0; i < rank(); ++i) result *= extent(i);
  return result;
}

View View::transposed(const std::vector<std::size_t>& order) const {
  View result;
  result.offset_ = offset_;
  for (const std::size_t dimension : order) result.dimensions_.push_back(dimensions_[dimension]);
  return result;
}

std::optional<View> View::reshaped(const Shape& dimensions) const {
  std::vector<std::size_t> all(rank());
  std::iota(all.begin(), all.end(), std::size_t{0});
  Factors rest = merged(all);
  View result;
  result.offset_ = offset_;
  result.dimensions_.resize(dimensions.size());
  for (std::size_t i = dimensions.size(); i-- > 0;) {
    auto taken = take_inner(rest, dimensions[i]);
    if (!taken) return std::nullopt;
    result.dimensions_[i] = std::move(*taken);
  }
  if (!rest.empty()) return std::nullopt;
  return result;
}

std::optional<View> View::sliced(std::size_t dimension, std::int64_t start, std::int64_t count,
                                 std::int64_t step) const {
  if (start == 0 && count == extent(dimension)) return *this;
  View result = *this;
  Factors& factors = result.dimensions_[dimension];
  if (factors.size() != 1) return std::nullopt;
  result.offset_ += start * factors[0].stride;
  factors[0] = {count, factors[0].stride * step};
  if (count == 1) factors.clear();
  return result;
}

View View::repeated(std::size_t dimension, std::int64_t times) const {
  View result = *this;
  if (times > 1) result.dimensions_[dimension].push_back({times, 0});
  return result;
}

View View::with_innermost(std::size_t dimension, std::int64_t to) const {
  const std::int64_t from = extent(dimension);
  View result = *this;
  for (std::size_t i = 0; i < rank(); ++i) {
    for (Factor& factor : result.dimensions_[i]) factor.stride = factor.stride / from * to;
  }
  result.dimensions_[dimension].clear();
  if (to != 1) result.dimensions_[dimension] = {{to, 1}};
  return result;
}

std::vector<Factor> View::merged(const std::vector<std::size_t>& order) const {
  Factors result;
  for (const std::size_t dimension : order) {
    for (const Factor& factor : dimensions_[dimension]) append(result, factor);
  }
  return result;
}

bool View::is_packed(const std::vector<std::size_t>& order) const {
  const Factors factors = merged(order);
  return offset_ == 0 && (factors.empty() || (factors.size() == 1 && factors[0].stride == 1));
}

std::vector<std::uint32_t> View::offsets() const {
  std::vector<std::uint32_t> result{static_cast<std::uint32_t>(offset_)};
  for (const auto& dimension : dimensions_) {
    for (const Factor& factor : dimension) {
      std::vector<std::uint32_t> next;
      next.reserve(result.size() * static_cast<std::size_t>(factor.extent));
      for (const std::uint32_t base : result) {
        for (std::int64_t i = 0; i < factor.extent; ++i) {
          next.push_back(base + static_cast<std::uint32_t>(i * factor.stride));
        }
      }
      result = std::move(next);
    }
  }
  return result;
}

std::vector<std::size_t> View::memory_order() const {
  std::vector<std::size_t> order(rank());
  std::iota(order.begin(), order.end(), std::size_t{0});
  if (is_packed(order)) return order;
  const auto outermost = [&](std::size_t dimension) {
    return dimensions_[dimension].empty() ? 0 : dimensions_[dimension][0].stride;
  };
  // An image stays one even where dimensions of one element have no stride.
  if (const std::vector<std::size_t> image{0, 2, 3, 1}; rank() == 4 && merged(image).size() <= 1) return image;
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return outermost(a) > outermost(b); });
  return order;
}

bool View::operator==(const View& other) const {
  return offset_ == other.offset_ && dimensions_ == other.dimensions_;
}

std::vector<RearrangeOperation::Block> View::copy_by_element(const View& source, const View& destination,
                                                             std::size_t dimension, std::uint32_t operand) {
  const auto offsets_along = [&](const View& view) {
    View line;
    line.dimensions_ = {view.dimensions_[dimension]};
    return line.offsets();
  };
  const auto only = [&](View view, std::uint32_t offset) {
    view.dimensions_[dimension].clear();
    view.offset_ += offset;
    return view;
  };
  const auto from = offsets_along(source), to = offsets_along(destination);
  std::vector<RearrangeOperation::Block> blocks;
  if (from.size() > 4096) throw CompileError("its axes are joined and cut in too many pieces");
  for (std::size_t i = 0; i < from.size(); ++i) {
    const auto part = copy(only(source, from[i]), only(destination, to[i]), operand);
    blocks.insert(blocks.end(), part.begin(), part.end());
  }
  return blocks;
}

std::vector<RearrangeOperation::Block> View::copy(const View& source, const View& destination, std::uint32_t operand) {
  std::vector<Step> steps;
  for (std::size_t i = 0; i < source.rank(); ++i) {
    const Factors &from = source.dimensions_[i], &to = destination.dimensions_[i];
    if (!can_align(from, to)) return copy_by_element(source, destination, i, operand);
    for (const Step& step : aligned(from, to)) append(steps, step);
  }
  return blocks_of(std::move(steps), source.offset_, destination.offset_, operand);
}

}  // namespace terse::compiler::importer
