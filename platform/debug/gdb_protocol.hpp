#pragma once
// GDB's remote serial protocol: from a packet to its answer. Source: GDB manual, appendix "GDB Remote Serial Protocol".
//
// Supported      ? c C s S vCont(c C s S r) g G p P m M X Z0-Z4 z0-z4 H T D k vKill qC qfThreadInfo qsThreadInfo
//                qAttached qSupported qXfer:features:read qXfer:memory-map:read qRcmd QStartNoAckMode vMustReplyEmpty
// Everything else gets the empty answer, which says "not supported". What is supported but makes no sense gets an error:
// E01 a malformed packet, E14 memory that is not there (EFAULT), E0a no such register.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "platform/debug/target.hpp"

namespace terse::debug {

/// What to do after a packet.
struct Answer {
  enum class Then : std::uint8_t { wait, go_on, step, detach, kill };
  /// Nothing: gdb expects the next stop as the answer.
  std::optional<std::string> text;
  Then then = Then::wait;
  /// step: go on stepping while pc is in [step_from, step_to).
  std::uint32_t step_from = 0, step_to = 0;
  /// To be printed on gdb's console before `text`.
  std::string console = {};
};

class GdbProtocol {
 public:
  explicit GdbProtocol(Target& target) : target_(target) {}

  /// `payload` is a packet of gdb, of any content.
  Answer handle(std::string_view payload);

  /// The answer to "?", and to each resumption once it has ended.
  void set_stop_reply(std::string reply) { stop_reply_ = std::move(reply); }
  /// False from QStartNoAckMode on.
  [[nodiscard]] bool acknowledges() const { return acknowledges_; }
  /// gdb understands the reason "a software breakpoint".
  [[nodiscard]] bool names_breakpoints() const { return names_breakpoints_; }

 private:
  Answer query(std::string_view payload);
  Answer resume(std::string_view payload);
  Answer resume_continue(std::string_view payload);
  Answer general(std::string_view payload);
  std::string supported(std::string_view features);
  std::string read_registers();
  std::string write_registers(std::string_view digits);
  std::string read_register(std::string_view number);
  std::string write_register(std::string_view assignment);
  std::string read_memory(std::string_view range);
  std::string write_memory(std::string_view request, bool binary);
  std::string change_point(std::string_view payload);
  std::string transfer(std::string_view request);
  Answer monitor(std::string_view digits);

  Target& target_;
  std::string stop_reply_ = "S05";
  bool acknowledges_ = true;
  bool names_breakpoints_ = false;
};

}  // namespace terse::debug
