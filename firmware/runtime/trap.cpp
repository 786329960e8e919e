#include "firmware/runtime/trap.hpp"

#include "firmware/runtime/runtime.hpp"
#include "sw_driver/target_hal.hpp"

namespace terse::firmware {
namespace {

using driver::ErrorCode;
using driver::Interrupt;
using driver::target_traps;

constexpr std::uint32_t instruction_access_fault = 1;
constexpr std::uint32_t load_access_fault = 5;
constexpr std::uint32_t store_access_fault = 7;

struct ExpectedTrap {
  bool armed = false;
  std::uint32_t count = 0;
  std::uint32_t cause = 0;
  std::uint32_t value = 0;
};
// volatile: the trap handler changes it between any two instructions of a test.
volatile ExpectedTrap expected_trap;

[[noreturn]] void give_up(std::uint32_t mcause, std::uint32_t mepc, std::uint32_t mtval) {
  // A trap during the report: there is nothing left to say.
  static bool giving_up = false;
  if (giving_up) exit(static_cast<std::uint32_t>(ErrorCode::unexpected_trap));
  giving_up = true;
  stop(driver::fail(ErrorCode::unexpected_trap, {.subject = mcause, .address = mtval, .have = mepc}));
}

void skip_instruction(TrapFrame& frame) {
  if (frame.mcause == instruction_access_fault) {
    frame.mepc = frame.x[1];
    return;
  }
  const std::uint16_t first_half = *reinterpret_cast<const std::uint16_t*>(frame.mepc);
  frame.mepc += (first_half & 3u) == 3u ? 4 : 2;
}

}  // namespace

TrapExpectation::TrapExpectation() {
  expected_trap.count = 0;
  expected_trap.cause = 0;
  expected_trap.value = 0;
  expected_trap.armed = true;
}
TrapExpectation::~TrapExpectation() {
  expected_trap.armed = false;
}
std::uint32_t TrapExpectation::count() const {
  return expected_trap.count;
}
std::uint32_t TrapExpectation::cause() const {
  return expected_trap.cause;
}
std::uint32_t TrapExpectation::value() const {
  return expected_trap.value;
}

extern "C" void handle_interrupt(std::uint32_t mcause) {
  Interrupt kind = Interrupt::external;
  switch (mcause & 0x7FFFFFFF) {
    case 3:
      kind = Interrupt::software;
      break;
    case 7:
      kind = Interrupt::timer;
      break;
    case 11:
      break;
    default:
      give_up(mcause, 0, 0);
  }
  if (target_traps.handler == nullptr) give_up(mcause, 0, 0);
  target_traps.handler(target_traps.context, kind);
}

extern "C" void handle_exception(TrapFrame* frame) {
  if (expected_trap.armed) {
    expected_trap.count = expected_trap.count + 1;
    expected_trap.cause = frame->mcause;
    expected_trap.value = frame->mtval;
    skip_instruction(*frame);
    return;
  }
  const bool access_fault = frame->mcause == load_access_fault || frame->mcause == store_access_fault;
  if (access_fault && target_traps.guarded) {
    if (!target_traps.fault.pending) target_traps.fault = driver::Fault{true, frame->mtval};
    skip_instruction(*frame);
    return;
  }
  give_up(frame->mcause, frame->mepc, frame->mtval);
}

}  // namespace terse::firmware
