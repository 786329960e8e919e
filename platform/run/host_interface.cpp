#include "platform/run/host_interface.hpp"

#include <fmt/format.h>

#include <cstring>
#include <vector>

namespace terse::run {
namespace {

constexpr std::uint64_t linux_write = 64, linux_exit = 93;
constexpr std::uint64_t no_such_call = -std::uint64_t{38}, bad_file = -std::uint64_t{9},
                        bad_address = -std::uint64_t{14};
constexpr std::uint64_t longest_write = 1 << 20;
constexpr std::uint64_t first_sure_value = 256;  ///< Smaller ones may be the character of a console command.

}  // namespace

HostInterface::HostInterface(sc_core::sc_module_name name, Bus& bus, netlist::HostPort& host,
                             const Addresses& addresses, sc_core::sc_time clock_period)
    : sc_module(name), bus_(bus), host_(host), addresses_(addresses), patience_(clock_period * 1000.0) {
  SC_HAS_PROCESS(HostInterface);
  SC_METHOD(act);
  sensitive << other_half_missing_;
  dont_initialize();
}

void HostInterface::start_of_simulation() {
  bus_.watch(addresses_.tohost, addresses_.tohost + 7, [this](const BusAccess& access) {
    if (access.write) written(access);
  });
}

std::uint64_t HostInterface::read(std::uint64_t address) {
  std::uint8_t bytes[8] = {};
  std::uint64_t value = 0;
  if (!host_.read(address, bytes)) mistake(fmt::format("no memory at the system call block 0x{:08x}", address));
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

void HostInterface::write(std::uint64_t address, std::uint64_t value) {
  std::uint8_t bytes[8];
  std::memcpy(bytes, &value, sizeof value);
  // Where it was read from it can be written.
  (void)host_.write(address, bytes);
}

void HostInterface::written(const BusAccess& access) {
  time_ = access.end;
  const std::uint64_t offset = access.address < addresses_.tohost ? 0 : access.address - addresses_.tohost;
  low_written_ |= offset < 4;
  high_written_ |= offset >= 4 || access.address + access.length > std::uint64_t{addresses_.tohost} + 4;
  const std::uint64_t value = read(addresses_.tohost);
  if (value == 0) {
    low_written_ = high_written_ = false;
    other_half_missing_.cancel();
    return;
  }
  const bool sure = low_written_ && value >> 32 == 0 && (value == 1 || value >= first_sure_value);
  if (sure || (low_written_ && high_written_)) {
    act();
  } else {
    other_half_missing_.notify(patience_);
  }
}

void HostInterface::act() {
  other_half_missing_.cancel();
  low_written_ = high_written_ = false;
  const std::uint64_t value = read(addresses_.tohost);
  write(addresses_.tohost, 0);
  const auto device = value >> 56, command = value >> 48 & 0xFF;
  const std::uint64_t payload = value & 0xFFFF'FFFF'FFFF;
  if (device == 0 && command == 0 && (payload & 1) != 0) {
    if (on_exit) on_exit(static_cast<std::uint32_t>(payload >> 1), time_);
  } else if (device == 0 && command == 0) {
    system_call(payload);
  } else if (device == 1 && command == 1) {
    console(static_cast<char>(payload & 0xFF));
  } else if (device != 1 || command != 0) {
    mistake(
        fmt::format("device {} of the host interface has no command {} (tohost = 0x{:016x})", device, command, value));
  }
}

void HostInterface::system_call(std::uint64_t block) {
  const std::uint64_t number = read(block), first = read(block + 8);
  if (number == linux_exit) {
    if (on_exit) on_exit(static_cast<std::uint32_t>(first), time_);
    return;
  }
  std::uint64_t result = no_such_call;
  if (number == linux_write) result = first == 1 || first == 2 ? print(read(block + 16), read(block + 24)) : bad_file;
  write(block, result);
  if (addresses_.fromhost) write(*addresses_.fromhost, 1);
}

std::uint64_t HostInterface::print(std::uint64_t address, std::uint64_t length) {
  std::vector<std::uint8_t> bytes(std::min(length, longest_write));
  if (!bytes.empty() && !host_.read(address, bytes)) return bad_address;
  for (const std::uint8_t byte : bytes) console(static_cast<char>(byte));
  return bytes.size();
}

void HostInterface::mistake(const std::string& what) {
  if (on_mistake) on_mistake(what, time_);
}

}  // namespace terse::run
