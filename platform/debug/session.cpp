#include "platform/debug/session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace terse::debug {

/// Returns to the session every now and then while the simulation runs.
class Session::Poll : public sc_core::sc_module {
 public:
  Poll(sc_core::sc_module_name name, Session& session) : sc_module(name), session_(session) {
    SC_HAS_PROCESS(Poll);
    SC_THREAD(run);
  }

 private:
  void run() {
    const sc_core::sc_time poll_interval(100, sc_core::SC_US);
    while (session_.attached_) {
      wait(poll_interval);
      if (session_.connected_) session_.look_for_interrupt();
    }
  }
  Session& session_;
};

Session::Session(Connection& connection, std::function<void(const std::string&)> say)
    : connection_(connection), say_(std::move(say)) {}

Session::~Session() = default;

void Session::attach(netlist::Platform& platform, const netlist::PlatformSettings& settings, const ElfFile& firmware,
                     run::StopDispatcher& stops) {
  core_ = &platform.get<RiscvCore>();
  stopped_at_ebreak_ = core_->stops_at_ebreak();
  firmware_ = firmware.path.string();
  target_ = std::make_unique<PlatformTarget>(platform, settings);
  target_->on_foreign_access = [this](const ForeignAccess& access) { touched(access); };
  protocol_ = std::make_unique<GdbProtocol>(*target_);
  poll_ = std::make_unique<Poll>("debugger", *this);
  stops.add([this](const riscv::Stop& stop) { return stopped(stop); });
  core_->request_stop();
}

void Session::wait_for_gdb() {
  say_(fmt::format("waiting for gdb on {}", connection_.address()));
  say_(fmt::format("type:  gdb-multiarch {} -ex 'target remote {}'", firmware_, connection_.address()));
  connection_.accept();
  connected_ = true;
  say_("gdb is connected; the simulation stands before its first instruction");
}

/// In the core's process, between two instructions.
bool Session::stopped(const riscv::Stop& stop) {
  if (!attached_) return false;
  try {
    if (!connected_) {
      wait_for_gdb();
      stand("");
      return true;
    }
    const std::uint32_t pc = core_->pc();
    if (stop.cause == riscv::Stop::Cause::step && pc >= step_from_ && pc < step_to_) {
      core_->step();
      return true;
    }
    if (stop.cause == riscv::Stop::Cause::lockup) console(core_->lockup().value_or("the core is locked up") + "\n");
    stand(stop_reply(stop));
  } catch (const ConnectionLost& lost) {
    detach(lost.what());
  }
  return true;
}

std::string Session::stop_reply(const riscv::Stop& stop) const {
  using Cause = riscv::Stop::Cause;
  constexpr int interrupt = 2, trap = 5, segmentation_fault = 11;
  if (stop.cause == Cause::requested && interrupted_) return fmt::format("T{:02x}thread:1;", interrupt);
  const int signal = stop.cause == Cause::lockup ? segmentation_fault : trap;
  const bool breakpoint = stop.cause == Cause::breakpoint;
  const std::string reason = breakpoint && !protocol_->names_breakpoints() ? "" : target_->reason(stop);
  return fmt::format("T{:02x}{}thread:1;", signal, reason);
}

/// Answers gdb until it wants the simulation to go on. Sends `stop_reply`, unless it is empty, as gdb awaits it.
void Session::stand(const std::string& stop_reply) {
  interrupted_ = false;
  step_from_ = step_to_ = 0;
  if (!stop_reply.empty()) {
    protocol_->set_stop_reply(stop_reply);
    connection_.send(stop_reply);
  }
  while (!handle(connection_.receive())) {
  }
}

/// True if the simulation is to go on.
bool Session::handle(const Input& input) {
  switch (input.kind) {
    case Input::Kind::packet:
      break;
    case Input::Kind::damaged:
      if (protocol_->acknowledges()) connection_.acknowledge(false);
      return false;
    case Input::Kind::refused:
      connection_.resend();
      return false;
    default:
      return false;
  }
  if (protocol_->acknowledges()) connection_.acknowledge(true);
  const Answer answer = protocol_->handle(input.payload);
  console(answer.console);
  if (answer.text) connection_.send(*answer.text);
  return resume(answer);
}

bool Session::resume(const Answer& answer) {
  using Then = Answer::Then;
  switch (answer.then) {
    case Then::wait:
      return false;
    case Then::step:
      step_from_ = answer.step_from;
      step_to_ = answer.step_to;
      core_->step();
      return true;
    case Then::go_on:
      return true;
    case Then::detach:
      detach("gdb has detached");
      return true;
    case Then::kill:
      kill();
  }
  return true;
}

/// In the poll's process, while the simulation runs.
void Session::look_for_interrupt() {
  const auto now = std::chrono::steady_clock::now();
  if (now - looked_ < std::chrono::milliseconds(10)) return;
  looked_ = now;
  try {
    const auto input = connection_.poll();
    if (!input) return;
    if (input->kind == Input::Kind::refused) connection_.resend();
    if (input->kind != Input::Kind::interrupt) return;
    interrupted_ = true;
    if (core_->waiting_for_interrupt()) {
      stand(stop_reply({}));
    } else {
      core_->request_stop();
    }
  } catch (const ConnectionLost& lost) {
    detach(lost.what());
  }
}

/// In the process of the initiator.
void Session::touched(const ForeignAccess& access) {
  if (!connected_) return;
  const riscv::Stop stop{.cause = riscv::Stop::Cause::watchpoint,
                         .address = access.watched,
                         .write = access.write,
                         .initiator = access.initiator};
  try {
    console(fmt::format("{} of {} bytes at 0x{:08x} by {}\n", access.write ? "write" : "read", access.size,
                        access.address, access.initiator));
    if (core_->waiting_for_interrupt()) {
      stand(stop_reply(stop));
    } else {
      core_->request_stop(stop);
    }
  } catch (const ConnectionLost& lost) {
    detach(lost.what());
  }
}

void Session::console(const std::string& text) {
  constexpr std::size_t piece = packet_size / 2 - 1;
  for (std::size_t done = 0; done < text.size(); done += piece) {
    connection_.send("O" + to_hex(std::string_view(text).substr(done, piece)));
  }
}

void Session::detach(const std::string& why) {
  connection_.close();
  connected_ = attached_ = false;
  target_->remove_all();
  core_->set_stop_at_ebreak(stopped_at_ebreak_);
  say_(why + "; the simulation goes on to its end");
}

void Session::kill() {
  connection_.close();
  connected_ = attached_ = false;
  killed_ = true;
  sc_core::sc_stop();
  while (true) sc_core::wait(sc_core::SC_ZERO_TIME);  // the simulation ends with this delta cycle
}

void Session::ended(std::uint32_t code) {
  if (!connected_) return;
  try {
    connection_.send(fmt::format("W{:02x}", code & 0xFF));
  } catch (const ConnectionLost&) {
    // gdb left at the same moment; there is nothing more to tell it
  }
  connection_.close();
  connected_ = attached_ = false;
}

}  // namespace terse::debug
