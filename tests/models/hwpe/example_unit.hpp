#pragma once
// A unit with a control block and a datapath as simple as can be: a job computes for LENGTH cycles, then drains for
// LINES cycles; PLANES is the error code it ends with (0: none). The registers are those of a DMA channel.
#include <gtest/gtest.h>
#include <functional>

#include <systemc>
#include <vector>

#include "models/hwpe/hwpe_control.hpp"
#include "registers/generated/dma.hpp"
#include "registers/generated/dma_table.hpp"

namespace terse::test {

inline const sc_core::sc_time clock_period{10, sc_core::SC_NS};

class ExampleUnit : public sc_core::sc_module {
 public:
  sc_core::sc_out<bool> interrupt{"interrupt"};
  HwpeControl control{name(), registers::dma::table, 2, clock_period, interrupt};
  std::vector<sc_core::sc_time> starts;

  SC_HAS_PROCESS(ExampleUnit);
  explicit ExampleUnit(sc_core::sc_module_name module_name) : sc_module(module_name) { SC_THREAD(run); }

 private:
  void run() {
    for (;;) {
      const HwpeJob job = control.wait_for_job();
      starts.push_back(sc_core::sc_time_stamp());
      const auto word = [&](std::uint32_t offset) { return job.registers[(offset - registers::dma::job_offset) / 4]; };
      if (!control.spend(Cause::compute, word(registers::dma::length))) continue;
      control.count(word(registers::dma::length), 1, 2);
      if (!control.spend(Cause::drain, word(registers::dma::lines))) continue;
      if (const auto code = ErrorCode{word(registers::dma::planes)}; code != ErrorCode::none) {
        control.fail(code, 0x1234);
      } else {
        control.finish();
      }
    }
  }
};

/// Test bench: runs a script in a thread, with the register accesses a driver would make; they take no time.
class Bench : public sc_core::sc_module {
 public:
  ExampleUnit unit{"unit"};
  sc_core::sc_signal<bool> interrupt{"interrupt"};
  std::function<void(Bench&)> script;
  bool done = false;

  SC_HAS_PROCESS(Bench);
  Bench(sc_core::sc_module_name module_name, std::function<void(Bench&)> steps)
      : sc_module(module_name), script(std::move(steps)) {
    unit.interrupt(interrupt);
    SC_THREAD(run);
  }

  tlm::tlm_response_status access(tlm::tlm_command command, std::uint32_t offset, std::uint32_t& value,
                                  unsigned length = 4, sc_core::sc_time delay = sc_core::SC_ZERO_TIME) {
    tlm::tlm_generic_payload payload;
    payload.set_command(command);
    payload.set_address(offset);
    payload.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
    payload.set_data_length(length);
    payload.set_streaming_width(length);
    unit.control.access(payload, delay);
    return payload.get_response_status();
  }
  std::uint32_t read(std::uint32_t offset) {
    std::uint32_t value = 0;
    EXPECT_EQ(access(tlm::TLM_READ_COMMAND, offset, value), tlm::TLM_OK_RESPONSE) << std::hex << offset;
    return value;
  }
  void write(std::uint32_t offset, std::uint32_t value) {
    EXPECT_EQ(access(tlm::TLM_WRITE_COMMAND, offset, value), tlm::TLM_OK_RESPONSE) << std::hex << offset;
  }
  /// Acquires and programs a job, without committing it; returns its id.
  std::uint32_t program(std::uint32_t compute, std::uint32_t drain = 0, ErrorCode error = ErrorCode::none) {
    const std::uint32_t id = read(registers::dma::acquire);
    write(registers::dma::tag, 0x100 + id);
    write(registers::dma::length, compute);
    write(registers::dma::lines, drain);
    write(registers::dma::planes, static_cast<std::uint32_t>(error));
    return id;
  }
  void start(std::uint32_t compute, std::uint32_t drain = 0, ErrorCode error = ErrorCode::none) {
    program(compute, drain, error);
    write(registers::dma::commit_trigger, 0);
  }
  void cycles(double count) { wait(clock_period * count); }
  std::uint64_t counter(registers::hwpe::Counter counter) {
    const std::uint32_t offset = registers::hwpe::counters_offset + 8 * static_cast<std::uint32_t>(counter);
    return read(offset) | std::uint64_t{read(offset + 4)} << 32;
  }

 private:
  void run() {
    script(*this);
    done = true;
  }
};

}  // namespace terse::test
