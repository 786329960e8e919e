#pragma once
// Why a unit spent a cycle.
#include <cstddef>
#include <cstdint>

#include "registers/generated/hwpe.hpp"

namespace terse {

/// The names of the performance counters after ELAPSED, in order (registers/hwpe.yaml).
enum class Cause : std::uint8_t {
  compute,
  weight_load,
  activation_fetch,
  bank_conflict,
  index_decode,
  lane_imbalance,
  fifo,
  accumulator_hazard,
  dma_wait,
  driver,
  drain,
  idle
};
inline constexpr std::size_t cause_count = 12;

// Counter c is Cause c - 1: the register description and this list must name the same causes in the same order.
static_assert(registers::hwpe::counter_count == cause_count + 1);
static_assert(static_cast<std::size_t>(registers::hwpe::Counter::compute) ==
              static_cast<std::size_t>(Cause::compute) + 1);
static_assert(static_cast<std::size_t>(registers::hwpe::Counter::fifo) == static_cast<std::size_t>(Cause::fifo) + 1);
static_assert(static_cast<std::size_t>(registers::hwpe::Counter::dma_wait) ==
              static_cast<std::size_t>(Cause::dma_wait) + 1);
static_assert(static_cast<std::size_t>(registers::hwpe::Counter::idle) == static_cast<std::size_t>(Cause::idle) + 1);

}  // namespace terse
