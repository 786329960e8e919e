#include "models/riscv/memory_port.hpp"

#include <algorithm>

namespace terse::riscv {

MemoryPort::MemoryPort(tlm::tlm_initiator_socket<>& socket, LocalTime& time, std::uint64_t clock_period)
    : socket_(socket), time_(time), clock_period_(clock_period) {}

bool MemoryPort::read(std::uint32_t address, void* destination, unsigned size) {
  if (!permitted(address, size, PmpAccess::read)) return false;
  const Region* region = region_of(address, size);
  if (region == nullptr || !region->readable) {
    const bool answered = transport(tlm::TLM_READ_COMMAND, address, destination, size, overlapped_);
    if (answered) report(address, destination, size, false);
    return answered;
  }
  std::memcpy(destination, region->host + (address - region->first), size);
  report(address, destination, size, false);
  time_.now += region->read_latency;
  map(address, *region);
  return true;
}

bool MemoryPort::write(std::uint32_t address, const void* source, unsigned size) {
  if (!permitted(address, size, PmpAccess::write)) return false;
  const Region* region = region_of(address, size);
  if (region == nullptr || !region->writable) {
    // A write command never modifies the initiator's data (TLM-2.0 LRM 14.9).
    const bool answered = transport(tlm::TLM_WRITE_COMMAND, address, const_cast<void*>(source), size, overlapped_);
    if (answered) report(address, source, size, true);
    return answered;
  }
  std::memcpy(region->host + (address - region->first), source, size);
  report(address, source, size, true);
  time_.now += region->write_latency;
  map(address, *region);
  return true;
}

bool MemoryPort::fetch(std::uint32_t address, std::uint32_t& word, bool in_time) {
  const Region* region = region_of(address, sizeof word);
  if (region == nullptr || !region->readable) {
    return transport(tlm::TLM_READ_COMMAND, address, &word, sizeof word, in_time ? ~std::uint64_t{0} : overlapped_);
  }
  std::memcpy(&word, region->host + (address - region->first), sizeof word);
  if (!in_time) time_.now += region->read_latency;
  return true;
}

std::optional<MemoryPort::Window> MemoryPort::window_of(std::uint32_t address) const {
  const Region* region = region_of(address, 1);
  if (region == nullptr) return std::nullopt;
  Window window{.first = static_cast<std::uint32_t>(region->first),
                .last = static_cast<std::uint32_t>(region->last),
                .host = region->host,
                .read_latency = region->read_latency,
                .write_latency = region->write_latency,
                .readable = region->readable,
                .writable = region->writable,
                .executable = region->readable};
  if (protection_ == nullptr || !protection_->active(privilege_)) return window;
  const Pmp::Range range = protection_->uniform_range(address, privilege_);
  const std::uint32_t first = std::max(window.first, range.first);
  window.host += first - window.first;
  window.first = first;
  window.last = std::min(window.last, range.last);
  window.readable &= range.read;
  window.writable &= range.write;
  window.executable &= range.execute;
  return window;
}

void MemoryPort::set_privilege(Privilege privilege) {
  privilege_ = privilege;
  mappings_ = &mappings_of_privilege_[privilege == Privilege::machine ? 1 : 0];
}

void MemoryPort::forget_mappings() {
  for (Mappings& mappings : mappings_of_privilege_) mappings.fill(Mapping{});
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

void MemoryPort::set_observer(std::function<void(const DataAccess&)> observer) {
  observer_ = std::move(observer);
  forget_mappings();
}

void MemoryPort::invalidate(std::uint64_t first, std::uint64_t last) {
  const auto erased =
      std::erase_if(regions_, [&](const Region& region) { return region.first <= last && first <= region.last; });
  if (erased == 0) return;
  ++generation_;
  forget_mappings();
}

const MemoryPort::Region* MemoryPort::region_of(std::uint32_t address, unsigned size) const {
  const std::uint64_t last = std::uint64_t{address} + size - 1;
  const auto found = std::ranges::find_if(regions_, [&](const Region& region) { return region.covers(address, last); });
  return found == regions_.end() ? nullptr : &*found;
}

bool MemoryPort::permitted(std::uint32_t address, unsigned size, PmpAccess access) const {
  if (protection_ == nullptr || !protection_->active(privilege_)) return true;
  return protection_->permits(address, address + (size - 1), access, privilege_);
}

void MemoryPort::map(std::uint32_t address, const Region& region) {
  if (observer_) return;
  const std::uint32_t page = address / page_size * page_size;
  const std::uint32_t last = page + (page_size - 1);
  if (!region.covers(page, last)) return;
  const bool readable = region.readable && permitted(page, page_size, PmpAccess::read);
  const bool writable = region.writable && permitted(page, page_size, PmpAccess::write);
  (*mappings_)[index_of(address)] = Mapping{.read_tag = readable ? page : no_tag,
                                            .write_tag = writable ? page : no_tag,
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

/// `overlapped`: cycles of it that pass beside something else.
bool MemoryPort::transport(tlm::tlm_command command, std::uint32_t address, void* data, unsigned size,
                           std::uint64_t overlapped) {
  payload_.set_command(command);
  payload_.set_address(address);
  payload_.set_data_ptr(static_cast<unsigned char*>(data));
  payload_.set_data_length(size);
  payload_.set_streaming_width(size);
  payload_.set_byte_enable_ptr(nullptr);
  payload_.set_dmi_allowed(false);
  payload_.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);

  sc_core::sc_time delay = sc_core::sc_time::from_value(time_.now * clock_period_ - sc_core::sc_time_stamp().value());
  socket_->b_transport(payload_, delay);
  // The target may have waited. The core goes on at its next clock edge.
  const auto edge_after = [&](const sc_core::sc_time& time) {
    return (time.value() + clock_period_ - 1) / clock_period_;
  };
  const std::uint64_t end = edge_after(sc_core::sc_time_stamp() + delay);
  const std::uint64_t earliest = std::max<std::uint64_t>(time_.now, edge_after(sc_core::sc_time_stamp()));
  time_.now = std::max(earliest, end - std::min(end, overlapped));
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
                       .last = std::min<std::uint64_t>(dmi.get_end_address(), 0xffffffff),
                       .host = dmi.get_dmi_ptr(),
                       .read_latency = cycles_of(dmi.get_read_latency()),
                       .write_latency = cycles_of(dmi.get_write_latency()),
                       .readable = dmi.is_read_allowed(),
                       .writable = dmi.is_write_allowed()};
  invalidate(granted.first, granted.last);
  regions_.push_back(granted);
  const std::uint32_t greatest = std::max(granted.read_latency, granted.write_latency);
  if (greatest <= greatest_latency_) return;
  greatest_latency_ = greatest;
  ++generation_;
}

std::uint32_t MemoryPort::cycles_of(const sc_core::sc_time& latency) const {
  const std::uint64_t cycles = (latency.value() + clock_period_ - 1) / clock_period_;
  return static_cast<std::uint32_t>(cycles - std::min<std::uint64_t>(cycles, overlapped_));
}

}  // namespace terse::riscv
