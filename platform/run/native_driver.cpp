#include "platform/run/native_driver.hpp"

#include <array>

#include "models/riscv/riscv_core.hpp"
#include "sw_driver/error_text.hpp"
#include "sw_driver/inference_run.hpp"

namespace terse::run {

using driver::Interrupt;

NativeDriver::NativeDriver(sc_core::sc_module_name name, netlist::Platform& platform,
                           const device_table::DeviceTable& table)
    : sc_module(name), platform_(platform), table_(table), hal_(*this), network_(hal_) {
  SC_HAS_PROCESS(NativeDriver);
  SC_THREAD(run);
  set_stack_size(1 << 20);  // sanitizers want several times what the driver needs
}

void NativeDriver::run() {
  const driver::Status status = driver::run_inferences(network_, &table_, {}, profile_);
  if (!status.ok()) return fail(status.error());
  if (table_.arguments.profile != 0) {
    driver::print_profile(network_, profile_, table_.arguments.inferences, [this](std::string_view text) {
      for (const char character : text) console(character);
    });
  }
  network_.term();
  network_.testdev().exit(0);
}

void NativeDriver::fail(const driver::Error& error) {
  std::array<char, 200> sentence{};
  driver::TextWriter text(sentence.data(), sentence.size());
  driver::describe(error, text);
  const std::string message = "error: " + std::string(text.view()) + "\n";
  for (const char character : message) console(character);
  GuestFailure& failure = failure_.emplace();
  failure.code = static_cast<std::uint32_t>(error.code);
  failure.text = std::string(text.view());
  failure.file = error.file;
  failure.line = error.line;
  failure.address = error.address;
  failure.tag = error.tag;
  network_.testdev().report(error, nullptr);
  network_.testdev().exit(static_cast<std::uint32_t>(error.code));
}

bool NativeDriver::access(tlm::tlm_command command, std::uint32_t address, std::uint32_t& value) {
  tlm::tlm_generic_payload transaction;
  transaction.set_command(command);
  transaction.set_address(address);
  transaction.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
  transaction.set_data_length(sizeof value);
  transaction.set_streaming_width(sizeof value);
  sc_core::sc_time delay;
  platform_.host().bus->b_transport(transaction, delay);
  // The access is over, and what follows from it (a line that falls) can be seen, before the driver goes on.
  sc_core::wait(delay);
  return transaction.is_response_ok();
}

bool NativeDriver::read(std::uint32_t address, std::uint32_t& value) {
  return access(tlm::TLM_READ_COMMAND, address, value);
}

bool NativeDriver::write(std::uint32_t address, std::uint32_t value) {
  return access(tlm::TLM_WRITE_COMMAND, address, value);
}

std::uint32_t NativeDriver::pending() {
  const auto& core = platform_.get<RiscvCore>();
  std::uint32_t pending = 0;
  if (core.software_interrupt.read()) pending |= static_cast<std::uint32_t>(Interrupt::software);
  if (core.timer_interrupt.read()) pending |= static_cast<std::uint32_t>(Interrupt::timer);
  if (core.external_interrupt.read()) pending |= static_cast<std::uint32_t>(Interrupt::external);
  return pending;
}

void NativeDriver::wait(std::uint32_t kinds) {
  const auto& core = platform_.get<RiscvCore>();
  const sc_core::sc_time begin = sc_core::sc_time_stamp();
  while ((pending() & kinds) == 0) {
    sc_core::wait(core.software_interrupt.value_changed_event() | core.timer_interrupt.value_changed_event() |
                  core.external_interrupt.value_changed_event());
  }
  if (on_sleep && sc_core::sc_time_stamp() > begin) on_sleep(begin, sc_core::sc_time_stamp());
}

const std::uint8_t* NativeDriver::view(std::uint32_t address, std::uint32_t size) {
  return memory(address, size);
}

/// Memory that offers direct access; the driver reads the image, and layers of the core their tensors, in place.
std::uint8_t* NativeDriver::memory(std::uint32_t address, std::uint32_t size) {
  tlm::tlm_generic_payload transaction;
  transaction.set_command(tlm::TLM_READ_COMMAND);
  transaction.set_address(address);
  tlm::tlm_dmi dmi;
  if (!platform_.host().bus->get_direct_mem_ptr(transaction, dmi) || !dmi.is_read_allowed()) return nullptr;
  if (address < dmi.get_start_address() || std::uint64_t{address} + size > dmi.get_end_address() + 1) return nullptr;
  return dmi.get_dmi_ptr() + (address - dmi.get_start_address());
}

std::uint32_t NativeDriver::cycles() {
  return static_cast<std::uint32_t>(sc_core::sc_time_stamp().value() / platform_.clock_period().value());
}

}  // namespace terse::run
