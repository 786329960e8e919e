#pragma once
// A debug session: waits for gdb before the first instruction, answers it while the simulation stands still, and looks for
// Ctrl-C while it runs.
//
// The whole simulation is one host thread. To stop it, the process that is running does not return: the core's, between
// two instructions; or, while the core sleeps in wfi, that of the initiator that touched a watched address, or the one
// that found Ctrl-C. The core's registers are those between two instructions in all three cases.
//
// Ctrl-C is looked for every poll_interval of simulated time, and at most every 10 ms of the host's.
// A broken connection counts as `detach`: the simulation goes on to its end.
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "platform/debug/connection.hpp"
#include "platform/debug/gdb_protocol.hpp"
#include "platform/debug/platform_target.hpp"
#include "platform/run/debugger.hpp"

namespace terse::debug {

class Session : public run::Debugger {
 public:
  /// `say` gets lines for the user's terminal.
  Session(Connection& connection, std::function<void(const std::string&)> say);
  ~Session() override;

  void attach(netlist::Platform& platform, const netlist::PlatformSettings& settings, const ElfFile& firmware,
              run::StopDispatcher& stops) override;
  [[nodiscard]] bool attached() const override { return attached_; }
  [[nodiscard]] bool killed() const override { return killed_; }
  void ended(std::uint32_t code) override;

 private:
  class Poll;

  bool stopped(const riscv::Stop& stop);
  void wait_for_gdb();
  void stand(const std::string& stop_reply);
  bool handle(const Input& input);
  bool resume(const Answer& answer);
  void look_for_interrupt();
  void touched(const ForeignAccess& access);
  void console(const std::string& text);
  void detach(const std::string& why);
  [[noreturn]] void kill();
  [[nodiscard]] std::string stop_reply(const riscv::Stop& stop) const;

  Connection& connection_;
  std::function<void(const std::string&)> say_;
  std::string firmware_;
  RiscvCore* core_ = nullptr;
  std::unique_ptr<PlatformTarget> target_;
  std::unique_ptr<GdbProtocol> protocol_;
  std::unique_ptr<Poll> poll_;
  bool attached_ = true, connected_ = false, killed_ = false;
  bool stopped_at_ebreak_ = false;  // before gdb came, for semihosting
  bool interrupted_ = false;        // Ctrl-C was seen, the core has not stopped yet
  std::uint32_t step_from_ = 0, step_to_ = 0;
  std::chrono::steady_clock::time_point looked_;
};

}  // namespace terse::debug
