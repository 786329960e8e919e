#pragma once
// What messages about shapes say, and the range that seeded tensors use.
#include <fmt/format.h>

#include <string>
#include <utility>

#include "compiler/compiler.hpp"
#include "compiler/shapes/network_shape.hpp"

namespace terse::compiler {

/// Throws CompileError "layer 'NAME': ...".
template <typename... Arguments>
[[noreturn]] void fail(const LayerShape& layer, fmt::format_string<Arguments...> text, Arguments&&... arguments) {
  throw CompileError(
      fmt::format("layer '{}': {}", layer.name, fmt::format(text, std::forward<Arguments>(arguments)...)));
}

inline std::string size_text(const Tensor& tensor) {
  return fmt::format("{} x {} x {}", tensor.height, tensor.width, tensor.channels);
}

/// Greatest value; the least is its negative where the tensor is signed, else 0.
inline std::int32_t greatest_of(const Tensor& tensor) {
  return (1 << (tensor.bits - (tensor.is_signed ? 1 : 0))) - 1;
}

}  // namespace terse::compiler
