#include "platform/debug/monitor.hpp"

#include <fmt/format.h>

#include <array>
#include <cstring>
#include <span>
#include <sstream>

#include "models/bus/bus.hpp"
#include "models/riscv/riscv_core.hpp"
#include "models/scratchpad/scratchpad.hpp"
#include "registers/generated/dma_table.hpp"
#include "registers/generated/hwpe.hpp"
#include "registers/generated/merge_table.hpp"
#include "registers/generated/spu_table.hpp"
#include "registers/generated/tmac.hpp"
#include "registers/generated/tmac_table.hpp"

namespace terse::debug {
namespace {

namespace hwpe = registers::hwpe;
using Table = std::span<const registers::RegisterDescription>;

const std::map<std::string, Table>& tables() {
  static const std::map<std::string, Table> all{{"dma", registers::dma::table},
                                                {"tmac", registers::tmac::table},
                                                {"spu", registers::spu::table},
                                                {"merge", registers::merge::table}};
  return all;
}

std::string share(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? "-" : fmt::format("{:.1f} %", 100.0 * static_cast<double>(part) / static_cast<double>(whole));
}

std::string port_table(const char* title, const std::vector<PortStatistics>& ports) {
  std::string text = fmt::format("{:<14} {:>12} {:>8} {:>14} {:>14}\n", title, "transactions", "errors", "bytes read",
                                 "bytes written");
  for (const PortStatistics& port : ports) {
    text += fmt::format("{:<14} {:>12} {:>8} {:>14} {:>14}\n", port.name, port.transactions, port.errors,
                        port.bytes_read, port.bytes_written);
  }
  return text;
}

}  // namespace

Monitor::Monitor(netlist::Platform& platform, const netlist::PlatformSettings& settings)
    : platform_(platform),
      semihosting_(platform.get<RiscvCore>().stops_at_ebreak()),
      blocks_(run::control_blocks(settings)) {}

std::string Monitor::answer(const std::string& command) {
  std::istringstream words(command);
  std::string verb, argument;
  words >> verb >> argument;
  if (verb == "units") return units(argument);
  if (verb == "queues") return queues();
  if (verb == "scratchpad") return scratchpad();
  if (verb == "statistics") return statistics();
  if (verb == "time") return time();
  if (verb == "ebreak") return stop_at_ebreak(argument);
  if (verb == "help" || verb.empty()) return help();
  return fmt::format("there is no monitor command '{}'\n", verb) + help();
}

std::string Monitor::help() const {
  std::string names;
  for (const run::ControlBlock& block : blocks_) names += (names.empty() ? "" : ", ") + block.name;
  return "monitor units            state of each unit and DMA channel\n"
         "monitor units NAME       all its registers; NAME is one of " +
         names +
         "\n"
         "monitor queues           jobs waiting, running and being programmed\n"
         "monitor scratchpad       requests per port and bank\n"
         "monitor statistics       instructions, cycles, traps; what went over the bus\n"
         "monitor time             simulated time\n"
         "monitor ebreak on|off    stop at ebreak instructions instead of trapping (slower)\n"
         "monitor help             this list\n";
}

std::uint32_t Monitor::peek(std::uint64_t address) {
  std::array<std::uint8_t, 4> bytes{};
  std::uint32_t value = 0;
  if (platform_.host().read(address, bytes)) std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

std::string Monitor::units(const std::string& name) {
  std::string text =
      fmt::format("{:<10} {:<8} {:>5} {:<10} {:>9} {:>6}\n", "unit", "state", "job", "tag", "finished", "error");
  for (const run::ControlBlock& block : blocks_) {
    if (block.name == name) return registers(block);
    const run::UnitState unit = run::unit_state(platform_, block);
    const char* state = unit.error != 0 ? "stopped" : unit.running ? "running" : "idle";
    text += fmt::format("{:<10} {:<8} {:>5} {:<10} {:>9} {:>6}\n", unit.unit, state,
                        unit.job ? std::to_string(*unit.job) : "-", unit.tag ? fmt::format("0x{:08x}", *unit.tag) : "-",
                        unit.finished_jobs, unit.error);
  }
  if (!name.empty()) return fmt::format("there is no unit '{}'\n", name) + help();
  return text +
         "job: the running one, else the last; tag (layer << 16 | tile): of the running job, unless another is being "
         "programmed\n";
}

std::string Monitor::registers(const run::ControlBlock& block) {
  std::string text = fmt::format("{:<24} {:<12} {}\n", block.name, "address", "value");
  for (const auto& description : tables().at(block.type)) {
    if (description.access == registers::Access::write_only) continue;
    const std::uint64_t address = block.base + description.offset;
    text += fmt::format("{:<24} 0x{:08x}   0x{:08x}\n", description.name, address, peek(address));
  }
  return text;
}

std::string Monitor::queues() {
  std::string text =
      fmt::format("{:<10} {:>6} {:>8} {:>8} {:>16}\n", "unit", "depth", "running", "waiting", "being programmed");
  for (const run::ControlBlock& block : blocks_) {
    const run::UnitState unit = run::unit_state(platform_, block);
    const std::uint32_t depth = hwpe::fields::cap_queue::depth.get(peek(block.base + hwpe::cap_queue));
    text += fmt::format("{:<10} {:>6} {:>8} {:>8} {:>16}\n", unit.unit, depth, unit.running ? 1 : 0, unit.waiting_jobs,
                        unit.being_programmed ? 1 : 0);
  }
  return text;
}

std::string Monitor::scratchpad() {
  const auto& scratchpad = platform_.get<Scratchpad>();
  std::string text =
      fmt::format("{:<10} {:>12} {:>12} {:>14} {:>14}\n", "port", "reads", "writes", "bytes read", "bytes written");
  for (const auto& port : scratchpad.port_statistics()) {
    text += fmt::format("{:<10} {:>12} {:>12} {:>14} {:>14}\n", port.name, port.reads, port.writes, port.bytes_read,
                        port.bytes_written);
  }
  text += fmt::format("\n{:<10} {:>12} {:>12}\n", "bank", "reads", "writes");
  unsigned index = 0;
  for (const auto& bank : scratchpad.bank_statistics()) {
    text += fmt::format("{:<10} {:>12} {:>12}\n", index++, bank.reads, bank.writes);
  }
  return text + "Requests of one word each. Direct accesses of units are not counted, but while a range is watched.\n";
}

std::string Monitor::statistics() {
  const RiscvStatistics core = platform_.get<RiscvCore>().statistics();
  std::string text = fmt::format("{:<14} {:>14}\n", "core", "");
  const auto row = [&](const char* name, std::uint64_t value, const std::string& note = "") {
    text += fmt::format("{:<14} {:>14}{}{}\n", name, value, note.empty() ? "" : "  ", note);
  };
  row("instructions", core.instructions);
  row("cycles", core.cycles);
  row("active cycles", core.active_cycles, share(core.active_cycles, core.cycles) + " of all; the rest waited in wfi");
  row("traps", core.traps);
  row("interrupts", core.interrupts);
  const auto& bus = platform_.get<Bus>();
  text += "\n" + port_table("bus initiator", bus.initiator_statistics());
  text += "\n" + port_table("bus target", bus.target_statistics());
  return text + "Direct memory accesses of the core bypass the bus and are not counted.\n";
}

std::string Monitor::time() {
  const auto& core = platform_.get<RiscvCore>();
  const sc_core::sc_time kernel = sc_core::sc_time_stamp(), local = core.local_time();
  const auto row = [&](const char* name, const sc_core::sc_time& time) {
    return fmt::format("{:<10} {:>16.3f} us {:>16} cycles\n", name, time.to_seconds() * 1e6,
                       static_cast<std::uint64_t>(time / platform_.clock_period()));
  };
  return row("platform", kernel) + row("core", local) +
         (core.waiting_for_interrupt() ? "the core waits for an interrupt (wfi)\n" : "");
}

std::string Monitor::stop_at_ebreak(const std::string& value) {
  if (value != "on" && value != "off") return "monitor ebreak on, or monitor ebreak off\n";
  if (value == "off" && semihosting_) return "run.semihosting is on and needs them; ebreak that is no call traps\n";
  platform_.get<RiscvCore>().set_stop_at_ebreak(value == "on");
  return value == "on" ? "stops at ebreak\n" : "ebreak traps\n";
}

}  // namespace terse::debug
