#pragma once
// Test bench of the accelerator's units: tmac, spu and merge, connected as in a platform, around a memory that can be
// told to grant no DMI or to answer with an error. A script, run as a process, plays the driver.
#include <gtest/gtest.h>
#include <tlm_utils/multi_passthrough_target_socket.h>
#include <tlm_utils/simple_initiator_socket.h>

#include <cstring>
#include <functional>
#include <systemc>
#include <tlm>
#include <vector>

#include "models/bus/memory_access.hpp"
#include "models/merge/merge.hpp"
#include "models/spu/spu.hpp"
#include "models/tmac/tmac.hpp"

namespace terse::test {

inline const sc_core::sc_time clock_period{10, sc_core::SC_NS};

/// A scratchpad without timing.
class TestScratchpad : public sc_core::sc_module {
 public:
  tlm_utils::multi_passthrough_target_socket<TestScratchpad> ports{"ports"};
  std::vector<std::uint8_t> bytes;
  bool grants_dmi = true;
  std::uint64_t broken = ~std::uint64_t{0};  ///< Accesses that touch this byte get a generic error.

  TestScratchpad(sc_core::sc_module_name name, std::size_t size) : sc_module(name), bytes(size) {
    ports.register_b_transport(this, &TestScratchpad::b_transport);
    ports.register_get_direct_mem_ptr(this, &TestScratchpad::get_direct_mem_ptr);
  }
  void put(std::size_t address, const std::vector<std::uint8_t>& data) {
    ASSERT_LE(address + data.size(), bytes.size());
    std::copy(data.begin(), data.end(), bytes.begin() + static_cast<std::ptrdiff_t>(address));
  }

 private:
  void b_transport(int /*port*/, tlm::tlm_generic_payload& transaction, sc_core::sc_time& /*delay*/) {
    const std::uint64_t first = transaction.get_address();
    if (first <= broken && broken - first < transaction.get_data_length()) {
      transaction.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
      return;
    }
    access_memory(transaction, bytes, true);
  }
  bool get_direct_mem_ptr(int /*port*/, tlm::tlm_generic_payload& /*transaction*/, tlm::tlm_dmi& dmi) {
    if (!grants_dmi) return false;
    dmi.init();
    dmi.set_dmi_ptr(bytes.data());
    dmi.set_start_address(0);
    dmi.set_end_address(bytes.size() - 1);
    dmi.allow_read_write();
    return true;
  }
};

/// A driver's view of one unit's registers; accesses take no time.
class UnitDriver : public sc_core::sc_module {
 public:
  tlm_utils::simple_initiator_socket<UnitDriver> socket{"socket"};
  sc_core::sc_signal<bool> interrupt{"interrupt"};

  explicit UnitDriver(sc_core::sc_module_name name) : sc_module(name) {}

  void write(std::uint32_t offset, std::uint32_t value) { access(tlm::TLM_WRITE_COMMAND, offset, value); }
  std::uint32_t read(std::uint32_t offset) {
    std::uint32_t value = 0;
    access(tlm::TLM_READ_COMMAND, offset, value);
    return value;
  }
  /// Acquires, programs and commits.
  template <typename Job>
  void start(const Job& job) {
    std::vector<std::uint32_t> words(sizeof job / 4);
    std::memcpy(words.data(), &job, sizeof job);
    ASSERT_LT(read(registers::hwpe::acquire), 256u);
    for (std::size_t i = 0; i < words.size(); ++i) {
      write(registers::hwpe::job_offset + 4 * static_cast<std::uint32_t>(i), words[i]);
    }
    write(registers::hwpe::commit_trigger, 0);
  }
  /// Waits, in the script's process, until no job runs or waits.
  void finish() {
    wait(2 * clock_period);
    while ((read(registers::hwpe::status) & 0x03030303u) != 0 && read(registers::hwpe::err_code) == 0) {
      wait(clock_period);
    }
  }
  template <typename Job>
  void run(const Job& job) {
    start(job);
    finish();
  }
  [[nodiscard]] ErrorCode error() { return ErrorCode{read(registers::hwpe::err_code)}; }
  [[nodiscard]] std::uint32_t error_address() { return read(registers::hwpe::err_addr); }
  void clear() { write(registers::hwpe::soft_clear, 0); }
  /// Runs the job, expects it to fail so, and recovers.
  template <typename Job>
  void expect_failure(const Job& job, ErrorCode code, std::uint32_t address) {
    run(job);
    EXPECT_EQ(error(), code);
    EXPECT_EQ(error_address(), address);
    EXPECT_EQ(read(registers::hwpe::finished_jobs), 0u);
    clear();
    EXPECT_EQ(error(), ErrorCode::none);
  }

 private:
  void access(tlm::tlm_command command, std::uint32_t offset, std::uint32_t& value) {
    tlm::tlm_generic_payload transaction;
    transaction.set_command(command);
    transaction.set_address(offset);
    transaction.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
    transaction.set_data_length(4);
    transaction.set_streaming_width(4);
    sc_core::sc_time delay;
    socket->b_transport(transaction, delay);
    EXPECT_EQ(transaction.get_response_status(), tlm::TLM_OK_RESPONSE) << std::hex << offset;
  }
};

struct UnitBenchParameters {
  TmacParameters tmac = {};
  SpuParameters spu = {};
  MergeParameters merge = {};
  std::size_t scratchpad_bytes = 1 << 18;
};

class UnitBench : public sc_core::sc_module {
 public:
  TestScratchpad scratchpad;
  BankLayout layout;  ///< As if the memory had banks: 16 of 8 bytes.
  Tmac tmac;
  Spu spu;
  Merge merge;
  UnitDriver tmac_driver{"tmac_driver"}, spu_driver{"spu_driver"}, merge_driver{"merge_driver"};
  std::vector<JobRecord> records;

  explicit UnitBench(const UnitBenchParameters& parameters = {}, sc_core::sc_module_name module_name = "bench")
      : sc_module(module_name),
        scratchpad("scratchpad", parameters.scratchpad_bytes),
        layout(parameters.scratchpad_bytes, 16, 8, BankLayout::Interleaving::word),
        tmac("tmac", parameters.tmac, clock_period),
        spu("spu", parameters.spu, clock_period),
        merge("merge", parameters.merge, clock_period) {
    connect(tmac, tmac_driver);
    connect(spu, spu_driver);
    connect(merge, merge_driver);
    tmac.accumulators.bind(merge.accumulators);
    spu.accumulators.bind(merge.accumulators);
    spu.set_clock({.layout = &layout});
  }

  /// Runs `script` as a process until nothing is left to do.
  void run(std::function<void()> script) {
    bool done = false;
    sc_core::sc_spawn([&] {
      script();
      done = true;
    });
    sc_core::sc_start();
    EXPECT_TRUE(done) << "the script still waits for something";
  }
  [[nodiscard]] const JobRecord& last() const { return records.back(); }
  [[nodiscard]] static std::uint64_t cycles(const JobRecord& record, Cause cause) {
    return record.cycles[static_cast<std::size_t>(cause)];
  }
  [[nodiscard]] static double duration(const JobRecord& record) { return (record.end - record.start) / clock_period; }
  [[nodiscard]] std::vector<std::int64_t> sums(AccumulatorPlane plane, std::uint32_t base, std::uint64_t count) const {
    std::vector<std::int64_t> values;
    for (std::uint32_t i = 0; i < count; ++i) values.push_back(merge.peek(plane, base + i));
    return values;
  }

 private:
  template <typename Unit>
  void connect(Unit& unit, UnitDriver& driver) {
    unit.memory.bind(scratchpad.ports);
    driver.socket.bind(unit.registers);
    unit.interrupt(driver.interrupt);
    unit.set_observer([this](const JobRecord& record) { records.push_back(record); });
  }
};

}  // namespace terse::test
