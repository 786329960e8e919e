#pragma once
// Module type `scratchpad`: banked on-chip memory between the accelerator's units.
//
// Sockets     ports: one per initiator, index = order of binding (attach, or initiator.bind(scratchpad.ports)); memory,
//             relative addresses from 0; b_transport, transport_dbg, DMI.
//
// Guest errors (models/bus/memory_access.hpp): outside the memory TLM_ADDRESS_ERROR_RESPONSE; streaming or length 0
// TLM_BURST_ERROR_RESPONSE. Any alignment, length and byte enables are legal. An error takes no time and counts
// nothing.
//
// Banks: bank_width bytes wide, size / (banks * bank_width) words deep; which bank holds an address: bank_layout.hpp. A
// bank makes one access, read or write, per cycle; a part of a word costs a whole access.
//
// Timing (nominal, loosely timed)
//   - An access goes to all its banks at once and is bounded by the busiest: it takes as many cycles as the most words
//     it touches in one bank; with word interleaving that is ceil(words / banks).
//   - A read takes read_latency cycles more, once, as the banks are pipelined. A write is posted.
//   - Accesses of different initiators do not wait for each other.
//   - DMI states the time of an access of one word.
//
// Timing level cycle (time_port): a timed port is so many bytes wide. b_transport waits there until its delay has passed,
// rounded up to a clock edge, and for its turn: one access at a time, first come first served. Then it moves a beat of the
// port's width per cycle; all banks that the beat touches at once, and in the next cycle those it did not get
// (models/clocked/transfer.hpp). A read's data are there read_latency cycles after its last beat. No direct access; the
// extension TimedAccess carries the initiator's rank and tells what was lost to others. An access that is an error takes no time. The other ports are
// untimed: their owners step engines of their own, and only move values by b_transport or DMI, in no time.
//
// Statistics: a request is one access of one word of one bank. What b_transport does is counted here, per bank and per
// initiator; a unit that uses DMI books its accesses itself with account().
//
// Watching (watch): an observer hears of every access that touches a range, whoever makes it. Direct access is withdrawn
// and denied meanwhile, so that nobody can pass by unseen; values stay the same.
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <systemc>
#include <tlm>
#include <vector>

#include "models/scratchpad/bank_arbiter.hpp"
#include "models/scratchpad/bank_layout.hpp"
#include "models/scratchpad/scratchpad_parameters.hpp"
#include "models/scratchpad/timed_port.hpp"
#include "tlm_utils/multi_passthrough_target_socket.h"

namespace terse {

struct ScratchpadPortStatistics {
  std::string name;
  std::uint64_t reads = 0;   ///< Requests: words read.
  std::uint64_t writes = 0;  ///< Requests: words written.
  std::uint64_t bytes_read = 0;
  std::uint64_t bytes_written = 0;
};

struct ScratchpadBankStatistics {
  std::uint64_t reads = 0;
  std::uint64_t writes = 0;
};

/// An access that was carried out, as the observer of a watched range hears of it.
struct ScratchpadAccess {
  std::uint64_t address = 0;  ///< Relative to the scratchpad.
  unsigned length = 0;
  bool write = false;
};

/// More initiators are connected than the scratchpad has ports.
class ScratchpadPortError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Scratchpad : public sc_core::sc_module {
 public:
  using Observer = std::function<void(const ScratchpadAccess&)>;

  tlm_utils::multi_passthrough_target_socket<Scratchpad> ports{"ports"};

  /// `parameters` must have no problems().
  Scratchpad(sc_core::sc_module_name name, const ScratchpadParameters& parameters, sc_core::sc_time clock_period);

  /// Binds `initiator` to the next port, which statistics will call `name`; returns its index.
  template <class InitiatorSocket>
  unsigned attach(const std::string& name, InitiatorSocket& initiator) {
    initiator.bind(ports);
    const unsigned index = ports.size() - 1;
    name_port(index, name);
    return index;
  }
  /// Names the initiator bound as number `index`.
  void name_port(unsigned index, const std::string& name);

  /// Accesses at port `index` take part in the arbitration of banks, `width` bytes per cycle (timing level cycle). Before
  /// the simulation starts; `domain` must outlive the module.
  void time_port(unsigned index, std::uint32_t width, ClockDomain& domain);

  /// Books requests that initiator `index` made through DMI. They count for the initiator, bank_width bytes each, but
  /// for no bank, as nobody says which.
  void account(unsigned index, std::uint64_t reads, std::uint64_t writes);

  /// From now on `observer` is called, in the initiator's process, after each access that touches a byte of
  /// [first, last]. Returns a number for unwatch(). Debug accesses are not reported.
  unsigned watch(std::uint64_t first, std::uint64_t last, Observer observer);
  void unwatch(unsigned number);

  /// The memory itself, valid as long as this module.
  [[nodiscard]] std::span<std::uint8_t> contents() { return contents_; }
  [[nodiscard]] const BankLayout& layout() const { return layout_; }
  /// Timing level `cycle` only: who gets which bank, by port.
  [[nodiscard]] BankArbiter& arbiter() { return arbiter_; }
  [[nodiscard]] const std::vector<ScratchpadPortStatistics>& port_statistics() const { return port_statistics_; }
  [[nodiscard]] const std::vector<ScratchpadBankStatistics>& bank_statistics() const { return bank_statistics_; }

 private:
  void end_of_elaboration() override;
  void b_transport(int port, tlm::tlm_generic_payload& transaction, sc_core::sc_time& delay);
  unsigned transport_dbg(int port, tlm::tlm_generic_payload& transaction);
  bool get_direct_mem_ptr(int port, tlm::tlm_generic_payload& transaction, tlm::tlm_dmi& dmi);
  [[nodiscard]] TimedPort* timed(int port) const;
  void pass_time(TimedPort& port, tlm::tlm_generic_payload& transaction, sc_core::sc_time& delay);
  void report(const tlm::tlm_generic_payload& transaction) const;

  struct Watch {
    unsigned number;
    std::uint64_t first, last;
    Observer observer;
  };

  const std::uint32_t port_limit_;
  const std::uint32_t bank_width_;
  const sc_core::sc_time clock_period_;
  const sc_core::sc_time read_latency_;
  const BankLayout layout_;
  BankArbiter arbiter_;
  std::vector<std::uint8_t> contents_;
  std::vector<ScratchpadPortStatistics> port_statistics_;
  std::vector<ScratchpadBankStatistics> bank_statistics_;
  std::vector<std::unique_ptr<TimedPort>> timed_ports_;  ///< By port; null for untimed ones.
  std::vector<Watch> watches_;
  unsigned next_watch_ = 0;
};

}  // namespace terse
