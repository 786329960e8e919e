#include "models/bus/bus.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace terse {

namespace {

// A streaming burst repeats the same addresses, so only its width counts for the range it touches.
std::uint64_t touched_bytes(const tlm::tlm_generic_payload& transaction) {
  const unsigned streaming_width = transaction.get_streaming_width();
  const unsigned length = transaction.get_data_length();
  return streaming_width == 0 ? length : std::min(length, streaming_width);
}

void count(PortStatistics& port, const tlm::tlm_generic_payload& transaction) {
  ++port.transactions;
  if (transaction.is_response_error()) {
    ++port.errors;
  } else if (transaction.is_read()) {
    port.bytes_read += transaction.get_data_length();
  } else if (transaction.is_write()) {
    port.bytes_written += transaction.get_data_length();
  }
}

}  // namespace

Bus::Bus(sc_core::sc_module_name name, const BusParameters& parameters, sc_core::sc_time clock_period)
    : sc_module(name),
      clock_period_(clock_period),
      latency_(clock_period * parameters.latency_cycles),
      width_(parameters.width) {
  initiators.register_b_transport(this, &Bus::b_transport);
  initiators.register_transport_dbg(this, &Bus::transport_dbg);
  initiators.register_get_direct_mem_ptr(this, &Bus::get_direct_mem_ptr);
  targets.register_invalidate_direct_mem_ptr(this, &Bus::invalidate_direct_mem_ptr);
}

void Bus::map(const std::string& name, std::uint64_t base, std::uint64_t size, unsigned target) {
  address_map_.add({.name = name, .base = base, .size = size, .target = target});
  if (target >= target_statistics_.size()) target_statistics_.resize(target + 1);
  if (target_statistics_[target].name.empty()) target_statistics_[target].name = name;
}

void Bus::end_of_elaboration() {
  for (const AddressRegion& region : address_map_.regions()) {
    if (region.target >= targets.size()) {
      throw AddressMapError(fmt::format("region '{}' at {:#010x} names target {}, but only {} are bound", region.name,
                                        region.base, region.target, targets.size()),
                            region);
    }
  }
  initiator_statistics_.resize(initiators.size());
  for (std::size_t index = 0; index < initiator_statistics_.size(); ++index) {
    std::string& name = initiator_statistics_[index].name;
    if (name.empty()) name = fmt::format("initiator {}", index);
  }
}

void Bus::b_transport(int initiator, tlm::tlm_generic_payload& transaction, sc_core::sc_time& delay) {
  const std::uint64_t bytes = touched_bytes(transaction);
  const AddressRegion* region = address_map_.find(transaction.get_address());
  if (bytes == 0) {
    transaction.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
  } else if (region == nullptr || bytes - 1 > region->last() - transaction.get_address()) {
    delay += latency_;
    transaction.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
  } else {
    forward(*region, transaction, delay);
    count(target_statistics_[region->target], transaction);
    if (!watches_.empty()) report(initiator, transaction, delay);
  }
  count(initiator_statistics_[static_cast<std::size_t>(initiator)], transaction);
}

void Bus::forward(const AddressRegion& region, tlm::tlm_generic_payload& transaction, sc_core::sc_time& delay) {
  const std::uint64_t address = transaction.get_address();
  const std::uint64_t beats = (transaction.get_data_length() + std::uint64_t{width_} - 1) / width_;
  delay += latency_;
  // The target may wait, which moves the kernel's time: compare absolute times.
  const sc_core::sc_time last_beat = sc_core::sc_time_stamp() + delay + clock_period_ * static_cast<double>(beats - 1);
  transaction.set_address(address - region.base);
  targets[static_cast<int>(region.target)]->b_transport(transaction, delay);
  transaction.set_address(address);
  const sc_core::sc_time now = sc_core::sc_time_stamp();
  if (now + delay < last_beat) delay = last_beat - now;
}

unsigned Bus::transport_dbg(int /*initiator*/, tlm::tlm_generic_payload& transaction) {
  const std::uint64_t address = transaction.get_address();
  const unsigned length = transaction.get_data_length();
  const AddressRegion* region = address_map_.find(address);
  if (region == nullptr) return 0;
  // A debugger may ask for more than the region holds; it gets the part that exists.
  transaction.set_data_length(static_cast<unsigned>(std::min<std::uint64_t>(length, region->last() - address + 1)));
  transaction.set_address(address - region->base);
  const unsigned done = targets[static_cast<int>(region->target)]->transport_dbg(transaction);
  transaction.set_address(address);
  transaction.set_data_length(length);
  return done;
}

bool Bus::get_direct_mem_ptr(int /*initiator*/, tlm::tlm_generic_payload& transaction, tlm::tlm_dmi& dmi) {
  const std::uint64_t address = transaction.get_address();
  const AddressRegion* region = address_map_.find(address);
  if (region == nullptr) {
    const AddressMap::Hole hole = address_map_.hole(address);
    dmi.set_start_address(hole.first);
    dmi.set_end_address(hole.last);
    dmi.allow_none();
    return false;
  }
  transaction.set_address(address - region->base);
  const bool granted = targets[static_cast<int>(region->target)]->get_direct_mem_ptr(transaction, dmi);
  transaction.set_address(address);
  // Also a denial has a range, which is to be translated.
  const std::uint64_t last = std::min<std::uint64_t>(dmi.get_end_address(), region->size - 1);
  dmi.set_start_address(region->base + dmi.get_start_address());
  dmi.set_end_address(region->base + last);
  dmi.set_read_latency(dmi.get_read_latency() + latency_);
  dmi.set_write_latency(dmi.get_write_latency() + latency_);
  return granted && exclude_watched(address, dmi);
}

unsigned Bus::watch(std::uint64_t first, std::uint64_t last, Observer observer) {
  watches_.push_back({.number = next_watch_, .first = first, .last = last, .observer = std::move(observer)});
  withdraw_direct_access(watches_.back().first_of_pages(), watches_.back().last_of_pages());
  return next_watch_++;
}

void Bus::unwatch(unsigned number) {
  // What was denied is granted again when an initiator asks for it; what lies around it was never taken away.
  std::erase_if(watches_, [&](const Watch& watch) { return watch.number == number; });
}

void Bus::withdraw_direct_access(std::uint64_t first, std::uint64_t last) {
  for (unsigned index = 0; index < initiators.size(); ++index) {
    initiators[static_cast<int>(index)]->invalidate_direct_mem_ptr(first, last);
  }
}

bool Bus::exclude_watched(std::uint64_t address, tlm::tlm_dmi& dmi) const {
  for (const Watch& watch : watches_) {
    const std::uint64_t first = watch.first_of_pages(), last = watch.last_of_pages();
    if (last < address) {
      if (last < dmi.get_start_address()) continue;
      dmi.set_dmi_ptr(dmi.get_dmi_ptr() + (last + 1 - dmi.get_start_address()));
      dmi.set_start_address(last + 1);
    } else if (first > address) {
      dmi.set_end_address(std::min<std::uint64_t>(dmi.get_end_address(), first - 1));
    } else {
      dmi.set_start_address(first);
      dmi.set_end_address(last);
      dmi.allow_none();
      return false;
    }
  }
  return true;
}

void Bus::report(int initiator, tlm::tlm_generic_payload& transaction, sc_core::sc_time delay) {
  if (transaction.is_response_error()) return;
  tlm::tlm_dmi everything;
  if (!exclude_watched(transaction.get_address(), everything)) transaction.set_dmi_allowed(false);
  const BusAccess access{.initiator = initiator_statistics_[static_cast<std::size_t>(initiator)].name,
                         .address = transaction.get_address(),
                         .length = transaction.get_data_length(),
                         .write = transaction.is_write(),
                         .end = sc_core::sc_time_stamp() + delay};
  const std::uint64_t last = access.address + touched_bytes(transaction) - 1;
  const std::vector<Watch> watches = watches_;  // an observer may change them
  for (const Watch& watch : watches) {
    if (watch.first <= last && access.address <= watch.last) watch.observer(access);
  }
}

void Bus::invalidate_direct_mem_ptr(int target, sc_dt::uint64 first, sc_dt::uint64 last) {
  for (const AddressRegion& region : address_map_.regions()) {
    if (region.target != static_cast<unsigned>(target) || first >= region.size) continue;
    const std::uint64_t clipped = std::min<std::uint64_t>(last, region.size - 1);
    for (unsigned index = 0; index < initiators.size(); ++index) {
      initiators[static_cast<int>(index)]->invalidate_direct_mem_ptr(region.base + first, region.base + clipped);
    }
  }
}

}  // namespace terse
