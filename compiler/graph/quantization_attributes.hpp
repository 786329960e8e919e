#pragma once
// What QuantizeLinear cannot say of Quant, of Clip between the two operators, and of TFLite: the integers that are in
// use, and how they are rounded. Front ends put it into attributes that no file has.
#include <optional>

#include "compiler/graph/model.hpp"

namespace terse::compiler::graph {

struct IntegersInUse {
  std::int64_t least = 0, greatest = 255;
  double rounding_offset = 0;  ///< Added before rounding to the nearest.
};

inline constexpr const char* least_attribute = "terse.least";
inline constexpr const char* greatest_attribute = "terse.greatest";
inline constexpr const char* rounding_attribute = "terse.rounding";  ///< ROUND, FLOOR or CEIL.

/// How the high-precision weights of a node are to be stored (state() in compiler/pattern.hpp), where the file says so.
inline constexpr const char* pattern_attribute = "terse.pattern";
/// Key of the ONNX file's metadata that states it, before the node's name.
inline constexpr const char* pattern_metadata_prefix = "terse.pattern of ";

/// What turns rounding to the nearest into rounding down or up. A little less than a half, so that an integer stays what
/// it is; results within 2^-10 of the next integer count as that integer.
inline constexpr double to_next_integer = 0.5 - 1.0 / 1024;

inline std::optional<IntegersInUse> integers_in_use(const Node& node) {
  if (!node.attributes.contains(least_attribute)) return std::nullopt;
  const std::string rounding = node.text(rounding_attribute, "ROUND");
  return IntegersInUse{node.integer(least_attribute, 0), node.integer(greatest_attribute, 0),
                       rounding == "FLOOR"  ? -to_next_integer
                       : rounding == "CEIL" ? to_next_integer
                                            : 0};
}

}  // namespace terse::compiler::graph
