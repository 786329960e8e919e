#include "models/riscv/memory_port.hpp"

#include <algorithm>

namespace terse::riscv {

MemoryPort::MemoryPort(tlm::tlm_initiator_socket<>& socket, LocalTime& time) : socket_(socket), time_(time) {}

bool MemoryPort::read(std::uint32_t address, void* destination, unsigned size) {
  const Region* region = region_of(address, size);
  if (region == nullptr || !region->readable) {
    const bool answered = transport(tlm::TLM_READ_COMMAND, address, destination, size);
    if (answered) report(address, destination, size, false);
    return answered;
  }
  std::memcpy(destination, region->host + (address - region->first), size);
  report(address, destination, size, false);
  time_.now += region->read_latency;
  Mapping& mapping = mapping_of(address);
  const bool writable = mapping.write_tag == address / page_size * page_size;
  map(address, *region, writable);
  return true;
}

bool MemoryPort::write(std::uint32_t address, const void* source, unsigned size, bool shielded) {
  const Region* region = region_of(address, size);
  if (region == nullptr || !region->writable) {
    // A write command never modifies the initiator's data (TLM-2.0 LRM 14.9).
    const bool answered = transport(tlm::TLM_WRITE_COMMAND, address, const_cast<void*>(source), size);
    if (answered) report(address, source, size, true);
    return answered;
  }
  std::memcpy(region->host + (address - region->first), source, size);
  report(address, source, size, true);
  time_.now += region->write_latency;
  map(address, *region, !shielded);
  return true;
}

MemoryPort::DirectWord MemoryPort::direct_word(std::uint32_t address) const {
  const Region* region = region_of(address, 4);
  if (region == nullptr || !region->readable) return {};
  return {region->host + (address - region->first), region->read_latency};
}

bool MemoryPort::peek(std::uint32_t address, void* destination, unsigned size) {
  const Region* region = region_of(address, size);
  if (region != nullptr && region->readable) {
    std::memcpy(destination, region->host + (address - region->first), size);
    return true;
  }
  tlm::tlm_generic_payload payload;
  payload.set_command(tlm::TLM_READ_COMMAND);
  payload.set_address(address);
  payload.set_data_ptr(static_cast<unsigned char*>(destination));
  payload.set_data_length(size);
  payload.set_streaming_width(size);
  return socket_->transport_dbg(payload) == size;
}

void MemoryPort::invalidate(std::uint64_t first, std::uint64_t last) {
  std::erase_if(regions_, [&](const Region& region) { return region.first <= last && first <= region.last; });
  mappings_.fill(Mapping{});
}

const MemoryPort::Region* MemoryPort::region_of(std::uint32_t address, unsigned size) const {
  const std::uint64_t last = std::uint64_t{address} + size - 1;
  const auto found = std::ranges::find_if(regions_, [&](const Region& region) { return region.covers(address, last); });
  return found == regions_.end() ? nullptr : &*found;
}

void MemoryPort::map(std::uint32_t address, const Region& region, bool writable) {
  if (observer_) return;
  const std::uint32_t page = address / page_size * page_size;
  Mapping& mapping = mapping_of(address);
  if (!region.covers(page, std::uint64_t{page} + page_size - 1)) return;
  mapping = Mapping{.read_tag = region.readable ? page : no_tag,
                    .write_tag = region.writable && writable ? page : no_tag,
                    .host = region.host + (page - region.first),
                    .read_latency = region.read_latency,
                    .write_latency = region.write_latency};
}

void MemoryPort::report(std::uint32_t address, const void* bytes, unsigned size, bool write) const {
  if (!observer_) return;
  DataAccess access{.address = address, .size = static_cast<std::uint8_t>(size), .write = write};
  std::memcpy(&access.value, bytes, size);
  observer_(access);
}

bool MemoryPort::transport(tlm::tlm_command command, std::uint32_t address, void* data, unsigned size) {
  payload_.set_command(command);
  payload_.set_address(address);
  payload_.set_data_ptr(static_cast<unsigned char*>(data));
  payload_.set_data_length(size);
  payload_.set_streaming_width(size);
  payload_.set_byte_enable_ptr(nullptr);
  payload_.set_dmi_allowed(false);
  payload_.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);

  sc_core::sc_time delay = sc_core::sc_time::from_value(time_.now - sc_core::sc_time_stamp().value());
  socket_->b_transport(payload_, delay);
  time_.now = (sc_core::sc_time_stamp() + delay).value();  // the target may have waited
  time_.device_accessed = true;
  time_.device_written |= command == tlm::TLM_WRITE_COMMAND;
  time_.request_attention();

  if (payload_.is_response_error()) return false;
  if (payload_.is_dmi_allowed()) request_direct_access(command, address);
  return true;
}

void MemoryPort::request_direct_access(tlm::tlm_command command, std::uint32_t address) {
  tlm::tlm_dmi dmi;
  payload_.set_command(command);
  payload_.set_address(address);
  if (!socket_->get_direct_mem_ptr(payload_, dmi) || dmi.get_dmi_ptr() == nullptr) return;
  const Region granted{.first = dmi.get_start_address(),
                       .last = dmi.get_end_address(),
                       .host = dmi.get_dmi_ptr(),
                       .read_latency = dmi.get_read_latency().value(),
                       .write_latency = dmi.get_write_latency().value(),
                       .readable = dmi.is_read_allowed(),
                       .writable = dmi.is_write_allowed()};
  invalidate(granted.first, granted.last);
  regions_.push_back(granted);
}

}  // namespace terse::riscv
