#pragma once
#include <cstdint>

namespace terse {

/// a / b, rounded up; b > 0.
constexpr std::uint64_t ceil_div(std::uint64_t a, std::uint64_t b) {
  return (a + b - 1) / b;
}

}  // namespace terse
