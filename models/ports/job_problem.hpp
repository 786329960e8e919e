#pragma once
// Why a job cannot be done. Thrown while a unit reads and checks its job, caught by the unit's thread, and reported to
// software in ERR_CODE and ERR_ADDR.
#include <cstdint>
#include <exception>

#include "registers/generated/hwpe.hpp"

namespace terse {

class JobProblem : public std::exception {
 public:
  /// `address`: as registers/hwpe.yaml says for `code`.
  JobProblem(registers::hwpe::ErrorCode code, std::uint64_t address)
      : code_(code), address_(static_cast<std::uint32_t>(address)) {}

  [[nodiscard]] registers::hwpe::ErrorCode code() const { return code_; }
  [[nodiscard]] std::uint32_t address() const { return address_; }
  [[nodiscard]] const char* what() const noexcept override { return "the job cannot be done"; }

 private:
  registers::hwpe::ErrorCode code_;
  std::uint32_t address_;
};

/// Throws illegal_value for the job register at `register_offset` unless `legal`.
inline void require_value(bool legal, std::uint32_t register_offset) {
  if (!legal) throw JobProblem(registers::hwpe::ErrorCode::illegal_value, register_offset);
}

/// Throws unaligned_address unless `address` is a multiple of `alignment`.
inline void require_aligned(std::uint32_t address, std::uint32_t alignment) {
  if (address % alignment != 0) throw JobProblem(registers::hwpe::ErrorCode::unaligned_address, address);
}

}  // namespace terse
