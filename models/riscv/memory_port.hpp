#pragma once
// One bus side of the core: DMI where the target grants it, blocking transport elsewhere.
//
// Time: a direct access adds the latency the target stated with its DMI grant; a transported one adds the delay the
// target returned. Both move LocalTime::now.
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <functional>
#include <tlm>
#include <utility>
#include <vector>

#include "models/riscv/debug.hpp"

#include "models/riscv/local_time.hpp"

namespace terse::riscv {

static_assert(std::endian::native == std::endian::little,
              "direct memory access copies little-endian words as they are");

class MemoryPort {
 public:
  static constexpr std::uint32_t page_size = 4096;

  MemoryPort(tlm::tlm_initiator_socket<>& socket, LocalTime& time);

  /// The fast path: succeeds for an aligned access to a page known to be directly readable.
  template <class T>
  bool try_read(std::uint32_t address, T& value) {
    const Mapping& mapping = mapping_of(address);
    if (mapping.read_tag != tag_of<T>(address)) return false;
    std::memcpy(&value, mapping.host + address % page_size, sizeof value);
    time_.now += mapping.read_latency;
    return true;
  }

  /// As try_read; pages shielded by `shield` never succeed.
  template <class T>
  bool try_write(std::uint32_t address, T value) {
    const Mapping& mapping = mapping_of(address);
    if (mapping.write_tag != tag_of<T>(address)) return false;
    std::memcpy(mapping.host + address % page_size, &value, sizeof value);
    time_.now += mapping.write_latency;
    return true;
  }

  /// Any access that lies within one aligned word. False: the target answered with an error.
  bool read(std::uint32_t address, void* destination, unsigned size);
  /// As read. `shielded`: keep later writes to this page off the fast path, because someone must hear of them.
  bool write(std::uint32_t address, const void* source, unsigned size, bool shielded);

  /// Directly readable memory behind `address`, with the latency of one read; nullptr if the target has granted none.
  struct DirectWord {
    const std::uint8_t* host = nullptr;
    std::uint64_t latency = 0;
  };
  DirectWord direct_word(std::uint32_t address) const;

  /// Reads without side effects and without taking time, by DMI or debug transport.
  bool peek(std::uint32_t address, void* destination, unsigned size);

  /// From now on writes to the page of `address` take the slow path (until a `write` not shielded).
  void shield(std::uint32_t address) { mapping_of(address).write_tag = no_tag; }

  /// Hears of every access by read and write, before its value can be seen elsewhere; while there is one, no access
  /// takes the fast path. An empty function ends it.
  void set_observer(std::function<void(const DataAccess&)> observer) {
    observer_ = std::move(observer);
    mappings_.fill(Mapping{});
  }

  /// Forgets every direct access that overlaps the range (TLM's invalidate_direct_mem_ptr).
  void invalidate(std::uint64_t first, std::uint64_t last);

 private:
  // An address masked to its page keeps its low bits if they break alignment, so one comparison checks both; no
  // address can produce this tag.
  static constexpr std::uint32_t no_tag = 0x800;
  static constexpr std::uint32_t mapping_count = 256;

  struct Mapping {
    std::uint32_t read_tag = no_tag;
    std::uint32_t write_tag = no_tag;
    std::uint8_t* host = nullptr;
    std::uint64_t read_latency = 0;
    std::uint64_t write_latency = 0;
  };

  struct Region {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    std::uint8_t* host = nullptr;
    std::uint64_t read_latency = 0;
    std::uint64_t write_latency = 0;
    bool readable = false;
    bool writable = false;
    bool covers(std::uint64_t from, std::uint64_t to) const { return first <= from && to <= last; }
  };

  template <class T>
  static constexpr std::uint32_t tag_of(std::uint32_t address) {
    return address & (~(page_size - 1) | (sizeof(T) - 1));
  }
  // Folding the upper page bits in keeps a stack and a heap that lie a power of two apart from sharing one entry.
  Mapping& mapping_of(std::uint32_t address) { return mappings_[(address >> 12 ^ address >> 20) % mapping_count]; }

  const Region* region_of(std::uint32_t address, unsigned size) const;
  void map(std::uint32_t address, const Region& region, bool writable);
  void report(std::uint32_t address, const void* bytes, unsigned size, bool write) const;
  bool transport(tlm::tlm_command command, std::uint32_t address, void* data, unsigned size);
  void request_direct_access(tlm::tlm_command command, std::uint32_t address);

  tlm::tlm_initiator_socket<>& socket_;
  LocalTime& time_;
  tlm::tlm_generic_payload payload_;
  std::function<void(const DataAccess&)> observer_;
  std::array<Mapping, mapping_count> mappings_{};
  std::vector<Region> regions_;
};

}  // namespace terse::riscv
