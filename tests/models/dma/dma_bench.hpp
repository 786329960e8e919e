#pragma once
// A DMA between two memories of known latency, and the register accesses of a driver.
#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>
#include <systemc>
#include <utility>
#include <vector>

#include "models/dma/dma.hpp"
#include "tests/models/bus/test_initiator.hpp"
#include "tests/support/systemc_fixture.hpp"
#include "tlm_utils/simple_target_socket.h"

namespace terse::test {

inline const sc_core::sc_time clock_period{10, sc_core::SC_NS};

/// Memory with a fixed time per access, whatever its length, and a range that answers with errors.
class LatencyMemory : public sc_core::sc_module {
 public:
  tlm_utils::simple_target_socket<LatencyMemory> socket{"socket"};
  std::uint32_t base;
  std::vector<std::uint8_t> bytes;
  std::uint32_t read_cycles = 0;
  std::uint32_t write_cycles = 0;
  std::pair<std::uint32_t, std::uint32_t> forbidden{0, 0};  ///< [first, end)
  std::vector<std::uint32_t> read_addresses;
  std::vector<std::uint32_t> write_lengths;

  LatencyMemory(sc_core::sc_module_name name, std::uint32_t first, std::size_t size)
      : sc_module(name), base(first), bytes(size) {
    socket.register_b_transport(this, &LatencyMemory::b_transport);
  }

 private:
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
    const std::uint64_t first = payload.get_address();
    const std::uint64_t end = first + payload.get_data_length();
    delay += clock_period * (payload.is_read() ? read_cycles : write_cycles);
    if (first < base || end > base + bytes.size() || (first < forbidden.second && end > forbidden.first)) {
      payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
      return;
    }
    std::uint8_t* here = bytes.data() + (first - base);
    if (payload.is_read()) {
      read_addresses.push_back(static_cast<std::uint32_t>(first));
      std::copy_n(here, payload.get_data_length(), payload.get_data_ptr());
    } else {
      write_lengths.push_back(payload.get_data_length());
      std::copy_n(payload.get_data_ptr(), payload.get_data_length(), here);
    }
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
  }
};

inline constexpr std::uint32_t memory_base = 0x80000000;
inline constexpr std::uint32_t memory_size = 0x10000;
inline constexpr std::uint32_t scratchpad_base = 0x20000000;
inline constexpr std::uint32_t scratchpad_size = 0x4000;

class DmaBench : public sc_core::sc_module {
 public:
  Dma dma;
  LatencyMemory memory{"memory", memory_base, memory_size};
  LatencyMemory scratchpad{"scratchpad", 0, scratchpad_size};
  TestInitiator cpu{"cpu"};
  sc_core::sc_vector<sc_core::sc_signal<bool>> interrupts;
  std::vector<JobRecord> records;

  explicit DmaBench(sc_core::sc_module_name name, const DmaParameters& parameters = {})
      : sc_module(name),
        dma("dma", parameters, {scratchpad_base, scratchpad_size, 16}, clock_period),
        interrupts("interrupt", parameters.channels) {
    cpu.socket.bind(dma.registers);
    dma.system.bind(memory.socket);
    dma.scratchpad.bind(scratchpad.socket);
    for (std::uint32_t c = 0; c < parameters.channels; ++c) dma.interrupts[c].bind(interrupts[c]);
    dma.set_observer([this](const JobRecord& record) { records.push_back(record); });
  }

  std::uint32_t read(std::uint32_t offset, std::uint32_t channel = 0) {
    return cpu.read32(channel * registers::dma::window + offset);
  }
  void write(std::uint32_t offset, std::uint32_t value, std::uint32_t channel = 0) {
    EXPECT_EQ(cpu.write32(channel * registers::dma::window + offset, value), tlm::TLM_OK_RESPONSE);
  }
  /// Programs and starts a job.
  void start(const registers::dma::Job& job, std::uint32_t channel = 0) {
    ASSERT_LT(read(registers::dma::acquire, channel), 0x100u);
    std::array<std::uint32_t, registers::dma::job_register_count> words;
    std::memcpy(words.data(), &job, sizeof job);
    for (std::uint32_t i = 0; i < words.size(); ++i) write(registers::dma::job_offset + 4 * i, words[i], channel);
    write(registers::dma::commit_trigger, 0, channel);
  }
  /// Waits until a channel has no job; fails the test after a million cycles.
  void wait_idle(std::uint32_t channel = 0) {
    for (int i = 0; i < 100000 && read(registers::dma::status, channel) != 0; ++i) sc_core::wait(clock_period * 10);
    EXPECT_EQ(read(registers::dma::status, channel), 0u);
  }
  /// Runs one job to its end, which must be a success.
  void copy(const registers::dma::Job& job, std::uint32_t channel = 0) {
    start(job, channel);
    wait_idle(channel);
    EXPECT_EQ(read(registers::dma::err_code, channel), 0u) << "ERR_ADDR " << read(registers::dma::err_addr, channel);
  }
};

inline registers::dma::Job line(std::uint32_t source, std::uint32_t destination, std::uint32_t length) {
  registers::dma::Job job{};
  job.source = source;
  job.destination = destination;
  job.length = length;
  job.lines = 1;
  job.planes = 1;
  return job;
}

}  // namespace terse::test
