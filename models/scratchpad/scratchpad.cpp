#include "models/scratchpad/scratchpad.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>

#include "models/bus/memory_access.hpp"

namespace terse {

namespace {

BankLayout layout_of(const ScratchpadParameters& parameters) {
  assert(parameters.problems().empty());
  const auto interleaving =
      parameters.interleaving == "block" ? BankLayout::Interleaving::block : BankLayout::Interleaving::word;
  return BankLayout(parameters.size, parameters.banks, parameters.bank_width, interleaving);
}

}  // namespace

Scratchpad::Scratchpad(sc_core::sc_module_name name, const ScratchpadParameters& parameters,
                       sc_core::sc_time clock_period)
    : sc_module(name),
      port_limit_(parameters.ports),
      bank_width_(parameters.bank_width),
      clock_period_(clock_period),
      read_latency_(clock_period * parameters.read_latency),
      layout_(layout_of(parameters)),
      arbiter_(parameters.arbitration, {.banks = parameters.banks, .ports = parameters.ports}),
      contents_(parameters.size),
      bank_statistics_(parameters.banks) {
  ports.register_b_transport(this, &Scratchpad::b_transport);
  ports.register_transport_dbg(this, &Scratchpad::transport_dbg);
  ports.register_get_direct_mem_ptr(this, &Scratchpad::get_direct_mem_ptr);
}

void Scratchpad::name_port(unsigned index, const std::string& name) {
  if (index >= port_statistics_.size()) port_statistics_.resize(index + 1);
  port_statistics_[index].name = name;
}

void Scratchpad::time_port(unsigned index, std::uint32_t width, ClockDomain& domain) {
  if (index >= timed_ports_.size()) timed_ports_.resize(index + 1);
  timed_ports_[index] = std::make_unique<TimedPort>(domain, layout_, index, width);
}

TimedPort* Scratchpad::timed(int port) const {
  const auto index = static_cast<std::size_t>(port);
  return index < timed_ports_.size() ? timed_ports_[index].get() : nullptr;
}

void Scratchpad::account(unsigned index, std::uint64_t reads, std::uint64_t writes) {
  ScratchpadPortStatistics& port = port_statistics_.at(index);
  port.reads += reads;
  port.writes += writes;
  port.bytes_read += reads * bank_width_;
  port.bytes_written += writes * bank_width_;
}

void Scratchpad::end_of_elaboration() {
  if (ports.size() > port_limit_) {
    throw ScratchpadPortError(
        fmt::format("{} has {} ports, but {} initiators are connected", name(), port_limit_, ports.size()));
  }
  port_statistics_.resize(ports.size());
  for (std::size_t index = 0; index < port_statistics_.size(); ++index) {
    std::string& port_name = port_statistics_[index].name;
    if (port_name.empty()) port_name = fmt::format("port {}", index);
  }
}

void Scratchpad::b_transport(int port, tlm::tlm_generic_payload& transaction, sc_core::sc_time& delay) {
  if (TimedPort* timed_port = timed(port)) pass_time(*timed_port, transaction, delay);
  if (!access_memory(transaction, contents_, true)) return;
  const std::uint64_t length = transaction.get_data_length();
  const bool read = transaction.is_read();
  std::uint64_t requests = 0;
  std::uint64_t busiest = 0;
  layout_.for_each_bank(transaction.get_address(), length, [&](std::uint32_t bank, std::uint64_t words) {
    ScratchpadBankStatistics& statistics = bank_statistics_[bank];
    (read ? statistics.reads : statistics.writes) += words;
    requests += words;
    busiest = std::max(busiest, words);
  });
  ScratchpadPortStatistics& statistics = port_statistics_[static_cast<std::size_t>(port)];
  (read ? statistics.reads : statistics.writes) += requests;
  (read ? statistics.bytes_read : statistics.bytes_written) += length;
  if (timed(port) == nullptr) delay += clock_period_ * static_cast<double>(busiest);
  if (read) delay += read_latency_;
  transaction.set_dmi_allowed(watches_.empty() && timed(port) == nullptr);
  if (!watches_.empty()) report(transaction);
}

/// Nothing for what is going to be an error.
void Scratchpad::pass_time(TimedPort& port, tlm::tlm_generic_payload& transaction, sc_core::sc_time& delay) {
  const std::uint64_t first = transaction.get_address();
  const std::uint64_t length = transaction.get_data_length();
  const bool inside = length != 0 && length <= contents_.size() && first <= contents_.size() - length;
  const bool command = transaction.is_read() || transaction.is_write();
  if (!inside || !command || transaction.get_streaming_width() < length) return;
  auto* access = transaction.get_extension<TimedAccess>();
  const std::uint64_t lost = port.pass(delay, first, length, access != nullptr ? access->rank : PortRank{});
  delay = sc_core::SC_ZERO_TIME;
  if (access != nullptr) access->lost_cycles += lost;
}

unsigned Scratchpad::watch(std::uint64_t first, std::uint64_t last, Observer observer) {
  watches_.push_back({.number = next_watch_, .first = first, .last = last, .observer = std::move(observer)});
  for (unsigned index = 0; index < ports.size(); ++index) {
    ports[static_cast<int>(index)]->invalidate_direct_mem_ptr(0, contents_.size() - 1);
  }
  return next_watch_++;
}

void Scratchpad::unwatch(unsigned number) {
  std::erase_if(watches_, [&](const Watch& watch) { return watch.number == number; });
}

void Scratchpad::report(const tlm::tlm_generic_payload& transaction) const {
  const ScratchpadAccess access{
      .address = transaction.get_address(), .length = transaction.get_data_length(), .write = transaction.is_write()};
  const std::uint64_t last = access.address + access.length - 1;
  const std::vector<Watch> watches = watches_;  // an observer may change them
  for (const Watch& watch : watches) {
    if (watch.first <= last && access.address <= watch.last) watch.observer(access);
  }
}

unsigned Scratchpad::transport_dbg(int /*port*/, tlm::tlm_generic_payload& transaction) {
  return access_memory_debug(transaction, contents_);
}

bool Scratchpad::get_direct_mem_ptr(int port, tlm::tlm_generic_payload& /*transaction*/, tlm::tlm_dmi& dmi) {
  dmi.set_start_address(0);
  dmi.set_end_address(contents_.size() - 1);
  if (!watches_.empty() || timed(port) != nullptr) {
    dmi.allow_none();
    return false;
  }
  dmi.set_dmi_ptr(contents_.data());
  dmi.set_read_latency(clock_period_ + read_latency_);
  dmi.set_write_latency(clock_period_);
  dmi.allow_read_write();
  return true;
}

}  // namespace terse
