#pragma once
// How a value of the file lies in a stored tensor. Transposing, reshaping and slicing only make another view of the same
// bytes; elements are copied where an operator needs an order that its operand does not have.
#include <cstdint>
#include <optional>
#include <vector>

#include "compiler/core_operation.hpp"
#include "compiler/graph/model.hpp"

namespace terse::compiler::importer {

using graph::Shape;

/// A dimension of the value is a nest of factors, outermost first: element (i * 4 + j) of a dimension with the factors
/// {3, 8} and {4, 1} lies at 8 i + j. None: a dimension of one element.
struct Factor {
  std::int64_t extent = 1;
  std::int64_t stride = 0;
  bool operator==(const Factor&) const = default;
};

class View {
 public:
  View() = default;
  /// Elements one after another; `order` lists the dimensions, outermost first.
  View(const Shape& dimensions, const std::vector<std::size_t>& order);

  [[nodiscard]] std::size_t rank() const { return dimensions_.size(); }
  [[nodiscard]] Shape shape() const;
  [[nodiscard]] std::int64_t extent(std::size_t dimension) const;
  [[nodiscard]] std::int64_t elements() const;
  [[nodiscard]] std::int64_t offset() const { return offset_; }

  [[nodiscard]] View transposed(const std::vector<std::size_t>& order) const;
  /// Nothing when a new dimension would cut a factor unevenly.
  [[nodiscard]] std::optional<View> reshaped(const Shape& dimensions) const;
  /// Nothing when the dimension has several factors and the part is not whole.
  [[nodiscard]] std::optional<View> sliced(std::size_t dimension, std::int64_t start, std::int64_t count,
                                           std::int64_t step = 1) const;
  /// Every element of `dimension` `times` times in a row.
  [[nodiscard]] View repeated(std::size_t dimension, std::int64_t times) const;
  /// The view of a tensor whose `dimension`, innermost in memory, has `to` elements instead.
  [[nodiscard]] View with_innermost(std::size_t dimension, std::int64_t to) const;

  /// The given dimensions, one after another, as few factors as possible.
  [[nodiscard]] std::vector<Factor> merged(const std::vector<std::size_t>& order) const;
  /// The elements lie one after another in this order of the dimensions, from the tensor's first on.
  [[nodiscard]] bool is_packed(const std::vector<std::size_t>& order) const;
  /// Offset of each element, in the value's order.
  [[nodiscard]] std::vector<std::uint32_t> offsets() const;
  /// The dimensions from the outermost to the innermost in memory.
  [[nodiscard]] std::vector<std::size_t> memory_order() const;

  bool operator==(const View& other) const;

  /// The copy of all elements of `source` to `destination`, which has the same shape: blocks of up to five extents.
  static std::vector<RearrangeOperation::Block> copy(const View& source, const View& destination,
                                                     std::uint32_t operand);

 private:
  static std::vector<RearrangeOperation::Block> copy_by_element(const View& source, const View& destination,
                                                                std::size_t dimension, std::uint32_t operand);

  std::vector<std::vector<Factor>> dimensions_;
  std::int64_t offset_ = 0;
};

}  // namespace terse::compiler::importer
