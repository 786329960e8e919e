#pragma once
// One bus side of the core: DMI where the target grants it, blocking transport elsewhere.
//
// Time: a direct access adds the latency the target stated with its DMI grant, rounded up to whole clock cycles; a
// transported one ends at the first clock edge at or after the delay the target returned.
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <tlm>
#include <utility>
#include <vector>

#include "models/riscv/debug.hpp"
#include "models/riscv/local_time.hpp"
#include "models/riscv/pmp.hpp"

namespace terse::riscv {

static_assert(std::endian::native == std::endian::little,
              "direct memory access copies little-endian words as they are");

class MemoryPort {
 public:
  static constexpr std::uint32_t page_size = 4096;

  /// `clock_period` in units of the time resolution.
  MemoryPort(tlm::tlm_initiator_socket<>& socket, LocalTime& time, std::uint64_t clock_period);

  /// A page that loads and stores reach without a question: where it lies and what an access costs. A tag is the page's
  /// address, or what no access has.
  struct Mapping {
    std::uint32_t read_tag = no_tag;
    std::uint32_t write_tag = no_tag;
    std::uint8_t* host = nullptr;    ///< of the page's first byte
    std::uint32_t read_latency = 0;  ///< cycles
    std::uint32_t write_latency = 0;
  };
  /// The mapping that may be the one of `address`, for accesses made with the privilege in force.
  const Mapping& mapping_of(std::uint32_t address) const { return (*mappings_)[index_of(address)]; }
  /// What an aligned access of type T compares with the mapping's tag. An address masked to its page keeps its low bits
  /// if they break alignment, so one comparison checks both.
  template <class T>
  static constexpr std::uint32_t tag_of(std::uint32_t address) {
    return address & (~(page_size - 1) | (sizeof(T) - 1));
  }

  /// Any access that lies within one aligned word. False: the target answered with an error, or protection forbids it.
  bool read(std::uint32_t address, void* destination, unsigned size);
  bool write(std::uint32_t address, const void* source, unsigned size);
  /// As read, of instructions, but without protection. `in_time`: it has begun early enough to take no time now.
  bool fetch(std::uint32_t address, std::uint32_t& word, bool in_time);

  /// Directly accessible memory around an address in which every access has the same rights and costs.
  struct Window {
    std::uint32_t first = 0;
    std::uint32_t last = 0;
    std::uint8_t* host = nullptr;    ///< of its first byte
    std::uint32_t read_latency = 0;  ///< cycles
    std::uint32_t write_latency = 0;
    bool readable = false;
    bool writable = false;
    bool executable = false;
  };
  /// As seen with the privilege in force; nothing if the target has granted none.
  std::optional<Window> window_of(std::uint32_t address) const;
  /// The most cycles that a direct access may take.
  std::uint32_t greatest_latency() const { return greatest_latency_; }
  /// Changes when what was said about windows and latencies no longer holds.
  std::uint64_t generation() const { return generation_; }

  /// Accesses are checked against `protection`, which must outlive this port, with the privilege set last.
  void set_protection(const Pmp& protection) { protection_ = &protection; }
  void set_privilege(Privilege privilege);
  /// Cycles of each access's latency that pass while the instruction does something else.
  void set_timing(std::uint32_t overlapped) { overlapped_ = overlapped; }
  /// After the protection has changed.
  void forget_mappings();

  /// Reads without side effects and without taking time, by DMI or debug transport.
  bool peek(std::uint32_t address, void* destination, unsigned size);

  /// Hears of every access by read and write; while there is one, no access takes the fast path. An empty function ends
  /// it.
  void set_observer(std::function<void(const DataAccess&)> observer);

  /// Forgets every direct access that overlaps the range (TLM's invalidate_direct_mem_ptr).
  void invalidate(std::uint64_t first, std::uint64_t last);

 private:
  static constexpr std::uint32_t no_tag = 0x800;  // no address masked by tag_of gives this
  static constexpr std::uint32_t mapping_count = 256;
  using Mappings = std::array<Mapping, mapping_count>;

  struct Region {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    std::uint8_t* host = nullptr;
    std::uint32_t read_latency = 0;
    std::uint32_t write_latency = 0;
    bool readable = false;
    bool writable = false;
    bool covers(std::uint64_t from, std::uint64_t to) const { return first <= from && to <= last; }
  };

  // Folding the upper page bits in keeps a stack and a heap that lie a power of two apart from sharing one entry.
  static constexpr std::uint32_t index_of(std::uint32_t address) {
    return (address >> 12 ^ address >> 20) % mapping_count;
  }

  const Region* region_of(std::uint32_t address, unsigned size) const;
  bool permitted(std::uint32_t address, unsigned size, PmpAccess access) const;
  void map(std::uint32_t address, const Region& region);
  bool transport(tlm::tlm_command command, std::uint32_t address, void* data, unsigned size, std::uint64_t overlapped);
  void request_direct_access(tlm::tlm_command command, std::uint32_t address);
  std::uint32_t cycles_of(const sc_core::sc_time& latency) const;
  void report(std::uint32_t address, const void* bytes, unsigned size, bool write) const;

  tlm::tlm_initiator_socket<>& socket_;
  LocalTime& time_;
  std::uint64_t clock_period_;
  std::uint32_t overlapped_ = 0;
  const Pmp* protection_ = nullptr;
  Privilege privilege_ = Privilege::machine;
  std::array<Mappings, 2> mappings_of_privilege_{};  // user, machine
  Mappings* mappings_ = &mappings_of_privilege_[1];
  std::vector<Region> regions_;
  std::uint32_t greatest_latency_ = 0;
  std::uint64_t generation_ = 0;
  tlm::tlm_generic_payload payload_;
  std::function<void(const DataAccess&)> observer_;
};

}  // namespace terse::riscv
