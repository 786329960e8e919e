#pragma once
// A core with a RAM, one device word and driven interrupt lines around it.
#include <tlm_utils/simple_target_socket.h>
#include <tlm_utils/tlm_quantumkeeper.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <systemc>
#include <utility>
#include <vector>

#include "models/riscv/riscv_core.hpp"
#include "tests/models/riscv/assembler.hpp"

namespace terse::test {

constexpr std::uint32_t ram_base = 0x80000000;
constexpr std::uint32_t ram_size = 64 * 1024;
constexpr std::uint32_t device_base = 0x40000000;
constexpr std::uint32_t far_base = 0x90000000;             ///< one page of another memory
constexpr std::uint32_t handler_base = ram_base + 0x4000;  ///< where tests put trap handlers
constexpr std::uint32_t data_base = ram_base + 0x8000;

/// A simulation of its own within a test that runs several; the one before is current again afterwards.
class FreshContext {
 public:
  FreshContext() { make_current(&context_); }
  ~FreshContext() { make_current(previous_); }
  FreshContext(const FreshContext&) = delete;
  FreshContext& operator=(const FreshContext&) = delete;

 private:
  static void make_current(sc_core::sc_simcontext* context) {
    sc_core::sc_curr_simcontext = context;
    sc_core::sc_default_global_context = context;
  }
  sc_core::sc_simcontext* previous_ = sc_core::sc_curr_simcontext;
  sc_core::sc_simcontext context_;
};

/// RAM at ram_base, one register word at device_base and a memory of one page at far_base; everything else answers with
/// an address error.
class BenchTarget : public sc_core::sc_module {
 public:
  tlm_utils::simple_target_socket<BenchTarget> fetch{"fetch"};
  tlm_utils::simple_target_socket<BenchTarget> data{"data"};

  bool direct = true;
  sc_core::sc_time read_latency;
  sc_core::sc_time write_latency;
  sc_core::sc_time far_latency;
  std::vector<std::uint8_t> ram = std::vector<std::uint8_t>(ram_size);
  std::uint64_t transported = 0;  ///< blocking transactions seen
  std::function<std::uint32_t()> on_device_read = [] { return 0u; };
  std::function<void(std::uint32_t)> on_device_write = [](std::uint32_t) {};
  sc_core::sc_time last_device_access;  ///< the initiator's local time

  explicit BenchTarget(sc_core::sc_module_name name) : sc_module(name) {
    for (auto* socket : {&fetch, &data}) {
      socket->register_b_transport(this, &BenchTarget::transport);
      socket->register_get_direct_mem_ptr(this, &BenchTarget::direct_access);
      socket->register_transport_dbg(this, &BenchTarget::debug);
    }
  }

  void withdraw_direct_access() {
    fetch->invalidate_direct_mem_ptr(ram_base, ram_base + ram_size - 1);
    data->invalidate_direct_mem_ptr(ram_base, ram_base + ram_size - 1);
  }

  std::uint32_t word(std::uint32_t address) const {
    std::uint32_t value = 0;
    std::memcpy(&value, &ram.at(address - ram_base), sizeof value);
    return value;
  }
  void set_word(std::uint32_t address, std::uint32_t value) {
    std::memcpy(&ram.at(address - ram_base), &value, sizeof value);
  }
  void set_far_word(std::uint32_t address, std::uint32_t value) {
    std::memcpy(&far_.at(address - far_base), &value, sizeof value);
  }

 private:
  static bool lies_in(const tlm::tlm_generic_payload& payload, std::uint64_t base, std::uint64_t size) {
    return payload.get_address() >= base && payload.get_address() + payload.get_data_length() <= base + size;
  }
  static bool in_ram(const tlm::tlm_generic_payload& payload) { return lies_in(payload, ram_base, ram_size); }
  bool in_far(const tlm::tlm_generic_payload& payload) const { return lies_in(payload, far_base, far_.size()); }

  void transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
    ++transported;
    if (payload.get_address() == device_base && payload.get_data_length() == 4) return access_device(payload, delay);
    if (!in_ram(payload) && !in_far(payload)) return payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    copy(payload);
    delay += in_far(payload) ? far_latency : payload.is_read() ? read_latency : write_latency;
    payload.set_dmi_allowed(direct);
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
  }

  void access_device(tlm::tlm_generic_payload& payload, const sc_core::sc_time& delay) {
    last_device_access = sc_core::sc_time_stamp() + delay;
    std::uint32_t value = 0;
    if (payload.is_read()) {
      value = on_device_read();
      std::memcpy(payload.get_data_ptr(), &value, sizeof value);
    } else {
      std::memcpy(&value, payload.get_data_ptr(), sizeof value);
      on_device_write(value);
    }
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
  }

  bool direct_access(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) {
    const bool is_far = in_far(payload);
    std::vector<std::uint8_t>& memory = is_far ? far_ : ram;
    dmi.set_start_address(is_far ? far_base : ram_base);
    dmi.set_end_address(dmi.get_start_address() + memory.size() - 1);
    dmi.set_dmi_ptr(memory.data());
    dmi.set_read_latency(is_far ? far_latency : read_latency);
    dmi.set_write_latency(is_far ? far_latency : write_latency);
    dmi.allow_read_write();
    return direct;
  }

  unsigned debug(tlm::tlm_generic_payload& payload) {
    if (!in_ram(payload)) return 0;
    copy(payload);
    return payload.get_data_length();
  }

  void copy(tlm::tlm_generic_payload& payload) {
    std::uint8_t* place = in_far(payload) ? far_.data() + (payload.get_address() - far_base)
                                          : ram.data() + (payload.get_address() - ram_base);
    if (payload.is_read()) {
      std::memcpy(payload.get_data_ptr(), place, payload.get_data_length());
    } else {
      std::memcpy(place, payload.get_data_ptr(), payload.get_data_length());
    }
  }

  std::vector<std::uint8_t> far_ = std::vector<std::uint8_t>(4096);
};

/// Clock period 10 ns, reset at ram_base. A program ends by sleeping for good in wfi, which ends the simulation, since
/// nothing else is left to happen.
class CoreBench : public sc_core::sc_module {
 public:
  BenchTarget target{"target"};
  RiscvCore core;
  /// Driven by the bench, and by the core's process where a test's device reacts to an access.
  using Line = sc_core::sc_signal<bool, sc_core::SC_MANY_WRITERS>;
  Line software{"software"};
  Line timer{"timer"};
  Line external{"external"};

  static sc_core::sc_time clock_period() { return {10, sc_core::SC_NS}; }
  static sc_core::sc_time cycles(double count) { return clock_period() * count; }

  explicit CoreBench(const RiscvParameters& parameters = {}, sc_core::sc_time quantum = cycles(100))
      : sc_module(sc_core::sc_module_name("bench")), core("core", parameters, clock_period(), ram_base) {
    tlm_utils::tlm_quantumkeeper::set_global_quantum(quantum);
    core.fetch.bind(target.fetch);
    core.data.bind(target.data);
    core.software_interrupt(software);
    core.timer_interrupt(timer);
    core.external_interrupt(external);
    SC_HAS_PROCESS(CoreBench);
    SC_THREAD(drive);
  }

  void load(const Program& program, std::uint32_t address = ram_base) {
    std::ranges::copy(program.bytes(), target.ram.begin() + (address - ram_base));
  }

  /// At this time, from a process of the bench. Times ascend.
  void at(sc_core::sc_time time, std::function<void()> action) { actions_.push_back({time, std::move(action)}); }

  /// Until the program sleeps. False if it still runs after `limit`.
  bool run(sc_core::sc_time limit = cycles(1e6)) {
    sc_core::sc_start(limit, sc_core::SC_EXIT_ON_STARVATION);
    return core.waiting_for_interrupt();
  }

 private:
  struct Action {
    sc_core::sc_time time;
    std::function<void()> run;
  };

  void drive() {
    for (const Action& action : actions_) {
      wait(action.time - sc_core::sc_time_stamp());
      action.run();
    }
  }

  std::vector<Action> actions_;
};

/// A trap handler that keeps the cause in s2, mtval in s3 and mepc in s4, counts in s5, and goes on after the trapping
/// instruction, which has four bytes. Belongs at handler_base.
inline Program recording_handler() {
  Program handler;
  handler << rv::csrr(s2, riscv::csr::mcause) << rv::csrr(s3, riscv::csr::mtval) << rv::csrr(s4, riscv::csr::mepc)
          << rv::addi(s5, s5, 1) << rv::addi(s6, s4, 4) << rv::csrw(riscv::csr::mepc, s6) << rv::mret;
  return handler;
}

/// Lets traps go to handler_base. Three instructions.
inline Program& set_handler(Program& program) {
  return program.li(t6, handler_base) << rv::csrw(riscv::csr::mtvec, t6);
}

}  // namespace terse::test
