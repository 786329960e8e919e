#pragma once
// Which function of the guest the core executes, as nested calls, from the program counters it retires.
//
// A function is a symbol of the ELF. The core enters another one
//   - by a call: the instruction before it wrote the return address, or an interrupt was taken: one level deeper;
//   - by returning to one that is open: the levels below it end;
//   - in any other way (a jump, as at the end of a function): it takes the place of the one it came from.
// A function that calls itself is one call. While the core sleeps, what it was in stays open.
#include <cstdint>
#include <string>
#include <vector>

#include "models/riscv/elf.hpp"
#include "models/riscv/riscv_core.hpp"
#include "platform/run/timeline.hpp"

namespace terse::run {

class CallRecorder {
 public:
  /// Begins to record; stops by itself after about `limit` calls and ends what is open then. The core runs instruction
  /// by instruction meanwhile.
  CallRecorder(const ElfFile& elf, RiscvCore& core, std::uint64_t limit);

  /// The core has slept until this cycle.
  void woke(std::uint64_t cycle);
  /// One instruction; public for tests.
  void record(const riscv::ExecutedInstruction& executed);
  /// Ends all open calls at `cycle` and gives everything away, in order of begin.
  void finish(std::uint64_t cycle, Timeline& timeline);
  /// Up to here every call was recorded.
  [[nodiscard]] std::uint64_t complete_until() const { return complete_until_; }

 private:
  struct Function {
    std::uint32_t first = 0, last = 0;
    std::string name;
  };
  struct Frame {
    std::uint32_t function = 0;
    std::uint64_t begin = 0;
  };

  static constexpr std::uint64_t never = ~std::uint64_t{0};

  [[nodiscard]] bool full() const { return complete_until_ != never; }
  [[nodiscard]] std::uint32_t function_at(std::uint32_t pc) const;
  void enter(std::uint32_t function, const riscv::ExecutedInstruction& executed);
  void close_to(std::size_t depth, std::uint64_t cycle);

  RiscvCore& core_;
  const std::uint64_t limit_;
  std::vector<Function> functions_;  ///< By address, without gaps; gaps of the ELF have no name.
  std::vector<Frame> stack_;
  std::vector<FunctionCall> calls_;
  std::uint64_t now_ = 0;  ///< End of the instruction before.
  bool linked_ = false;    ///< The instruction before wrote a return address.
  std::uint64_t complete_until_ = never;
};

}  // namespace terse::run
