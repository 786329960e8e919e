#pragma once
// Module type `bus`: a crossbar that carries transactions from any initiator to the target that owns the address.
//
// Sockets
//   initiators   any number; index = order of binding (attach_initiator, or initiator.bind(bus.initiators))
//   targets      any number; index = order of binding (attach, or bus.targets.bind(target.socket) and map)
//
// Addresses: targets see addresses relative to their region; the initiator finds its own address again on return.
//
// Guest errors
//   TLM_ADDRESS_ERROR_RESPONSE   no region holds the first byte, or the access runs over its region's end
//   TLM_BURST_ERROR_RESPONSE     length 0
//   everything else is the target's answer
//
// Timing (nominal). Let n = ceil(length / width) beats.
//   - The request reaches the target `latency_cycles` after the initiator's local time; this stands for the way there
//     and back, as the answer's way is not modelled on its own.
//   - Beats follow each other in consecutive cycles and overlap with the target's own time, as a streaming target fills
//     the bus while it goes on: the transaction ends at max(target's end, request + (n - 1) cycles).
//   - A port never waits for another: contention is accounted where the shared resource is (Dram).
//   - DMI skips the bus; its latencies grow by `latency_cycles`. Debug access takes no time.
//
// DMI ranges are translated to bus addresses and clipped to the region; an unmapped address denies DMI for the hole
// around it. A target's invalidation reaches all initiators, translated likewise.
//
// Watching (watch): an observer hears of every transaction that touches a range. Direct access to its 4 KiB pages is
// withdrawn and denied meanwhile, so accesses to them take the bus's time; everything else keeps its speed.
#include <cstdint>
#include <functional>
#include <string>
#include <systemc>
#include <tlm>
#include <vector>

#include "models/bus/address_map.hpp"
#include "models/bus/bus_parameters.hpp"
#include "tlm_utils/multi_passthrough_initiator_socket.h"
#include "tlm_utils/multi_passthrough_target_socket.h"

namespace terse {

/// What went through a port by b_transport. DMI bypasses the bus and is not in it.
struct PortStatistics {
  std::string name;
  std::uint64_t transactions = 0;  ///< Errors included.
  std::uint64_t errors = 0;
  std::uint64_t bytes_read = 0;
  std::uint64_t bytes_written = 0;
};

/// A transaction that was carried out, as the observer of a watched range hears of it.
struct BusAccess {
  std::string initiator;  ///< As in PortStatistics.
  std::uint64_t address = 0;
  unsigned length = 0;
  bool write = false;
  sc_core::sc_time end;  ///< When it is over, in the initiator's local time.
};

class Bus : public sc_core::sc_module {
 public:
  using Observer = std::function<void(const BusAccess&)>;

  tlm_utils::multi_passthrough_target_socket<Bus> initiators{"initiators"};
  tlm_utils::multi_passthrough_initiator_socket<Bus> targets{"targets"};

  Bus(sc_core::sc_module_name name, const BusParameters& parameters, sc_core::sc_time clock_period);

  /// Gives the target bound as number `target` the addresses [base, base + size). Throws AddressMapError.
  void map(const std::string& name, std::uint64_t base, std::uint64_t size, unsigned target);

  /// Binds `socket` as the next target and maps it; returns its index. A target may be mapped again by map().
  template <class TargetSocket>
  unsigned attach(const std::string& name, std::uint64_t base, std::uint64_t size, TargetSocket& socket) {
    const unsigned index = targets.size();
    targets.bind(socket);
    map(name, base, size, index);
    return index;
  }

  /// Binds `socket` as the next initiator, which statistics will call `name`; returns its index.
  template <class InitiatorSocket>
  unsigned attach_initiator(const std::string& name, InitiatorSocket& socket) {
    socket.bind(initiators);
    const unsigned index = initiators.size() - 1;
    initiator_statistics_.resize(initiators.size());
    initiator_statistics_[index].name = name;
    return index;
  }

  /// From now on `observer` is called, in the initiator's process, after each successful transaction that touches a
  /// byte of [first, last]. Returns a number for unwatch(). Debug accesses are not reported.
  unsigned watch(std::uint64_t first, std::uint64_t last, Observer observer);
  void unwatch(unsigned number);

  [[nodiscard]] const AddressMap& address_map() const { return address_map_; }
  [[nodiscard]] const std::vector<PortStatistics>& initiator_statistics() const { return initiator_statistics_; }
  /// By target index; a target's name is that of its first region.
  [[nodiscard]] const std::vector<PortStatistics>& target_statistics() const { return target_statistics_; }

 private:
  void end_of_elaboration() override;
  void b_transport(int initiator, tlm::tlm_generic_payload& transaction, sc_core::sc_time& delay);
  unsigned transport_dbg(int initiator, tlm::tlm_generic_payload& transaction);
  bool get_direct_mem_ptr(int initiator, tlm::tlm_generic_payload& transaction, tlm::tlm_dmi& dmi);
  void invalidate_direct_mem_ptr(int target, sc_dt::uint64 first, sc_dt::uint64 last);

  /// A watched range and the pages around it.
  struct Watch {
    unsigned number;
    std::uint64_t first, last;
    Observer observer;

    static constexpr std::uint64_t page = 4096;
    [[nodiscard]] std::uint64_t first_of_pages() const { return first / page * page; }
    [[nodiscard]] std::uint64_t last_of_pages() const { return last / page * page + page - 1; }
  };

  void withdraw_direct_access(std::uint64_t first, std::uint64_t last);
  bool exclude_watched(std::uint64_t address, tlm::tlm_dmi& dmi) const;
  void report(int initiator, tlm::tlm_generic_payload& transaction, sc_core::sc_time delay);
  void forward(const AddressRegion& region, tlm::tlm_generic_payload& transaction, sc_core::sc_time& delay);

  const sc_core::sc_time clock_period_;
  const sc_core::sc_time latency_;
  const std::uint32_t width_;
  AddressMap address_map_;
  std::vector<PortStatistics> initiator_statistics_;
  std::vector<PortStatistics> target_statistics_;
  std::vector<Watch> watches_;
  unsigned next_watch_ = 0;
};

}  // namespace terse
