#pragma once
// What the decoders of stored values share: sizes, and the report of an illegal index.
#include <cstdint>

#include "models/ports/job_problem.hpp"

namespace terse {

/// Bytes of `values` fields of `bits` each.
constexpr std::uint64_t field_bytes(std::uint64_t values, std::uint32_t bits) {
  return (values * bits + 7) / 8;
}

/// A row stride must keep rows word-aligned and apart.
constexpr bool legal_stride(std::uint32_t stride, std::uint64_t row_bytes, std::uint64_t rows) {
  return stride % 4 == 0 && (rows == 1 || stride >= row_bytes);
}

/// Throws illegal_encoding with the word that holds byte `address`.
[[noreturn]] inline void illegal_index(std::uint64_t address) {
  throw JobProblem(registers::hwpe::ErrorCode::illegal_encoding, address & ~std::uint64_t{3});
}

}  // namespace terse
