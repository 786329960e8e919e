#include "models/riscv/pmp.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <span>

namespace terse::riscv {
namespace {

using namespace pmp_configuration;

constexpr unsigned entries_per_register = 4;

std::uint8_t legal_configuration(std::uint8_t value) {
  const std::uint8_t existing = value & (read | write | execute | mode | locked);
  const bool reserved = (existing & (read | write)) == write;
  return reserved ? existing & ~write : existing;
}

}  // namespace

Pmp::Pmp(unsigned regions) : regions_(regions) {
  assert(regions <= register_count);
  update();
}

bool Pmp::locked(unsigned index) const {
  return (entries_[index].configuration & pmp_configuration::locked) != 0;
}

bool Pmp::address_locked(unsigned index) const {
  const bool bounds_the_next = index + 1 < regions_ && (entries_[index + 1].configuration & mode) == tor;
  return locked(index) || (bounds_the_next && locked(index + 1));
}

std::optional<std::uint32_t> Pmp::read(std::uint32_t csr_number) const {
  if (regions_ == 0) return std::nullopt;
  if (csr_number - csr::pmpaddr0 < register_count) return entries_[csr_number - csr::pmpaddr0].address;
  const std::uint32_t index = csr_number - csr::pmpcfg0;
  if (index >= register_count / entries_per_register) return std::nullopt;
  std::uint32_t value = 0;
  for (unsigned i = 0; i < entries_per_register; ++i) {
    value |= std::uint32_t{entries_[index * entries_per_register + i].configuration} << 8 * i;
  }
  return value;
}

bool Pmp::write(std::uint32_t csr_number, std::uint32_t value) {
  if (regions_ == 0) return false;
  if (csr_number - csr::pmpaddr0 < register_count) {
    const unsigned index = csr_number - csr::pmpaddr0;
    if (index < regions_ && !address_locked(index)) entries_[index].address = value;
    update();
    return true;
  }
  const std::uint32_t index = csr_number - csr::pmpcfg0;
  if (index >= register_count / entries_per_register) return false;
  for (unsigned i = 0; i < entries_per_register; ++i) {
    const unsigned entry = index * entries_per_register + i;
    if (entry >= regions_ || locked(entry)) continue;
    entries_[entry].configuration = legal_configuration(static_cast<std::uint8_t>(value >> 8 * i));
  }
  update();
  return true;
}

void Pmp::update() {
  std::uint64_t previous = 0;  // address of the entry below, which TOR begins at
  for (Entry& entry : entries_) {
    const std::uint64_t address = std::uint64_t{entry.address} << 2;
    entry.first = 1;
    entry.last = 0;
    switch (entry.configuration & mode) {
      case tor:
        if (previous < address) {
          entry.first = previous;
          entry.last = address - 1;
        }
        break;
      case na4:
        entry.first = address;
        entry.last = address + 3;
        break;
      case napot: {  // the trailing ones give the size, 8 bytes at least; with all 32 of them it is everything
        const std::uint64_t size = std::uint64_t{8} << std::countr_one(entry.address);
        entry.first = address & ~(size - 1);
        entry.last = entry.first + size - 1;
        break;
      }
      default:
        break;
    }
    previous = address;
  }
  const Range user = uniform_range(0, Privilege::user);
  const bool everything = user.first == 0 && user.last == ~std::uint32_t{0};
  binds_user_ = !(everything && user.read && user.write && user.execute);
  binds_machine_ = std::ranges::any_of(entries_, [](const Entry& entry) {
    constexpr std::uint8_t all = pmp_configuration::read | pmp_configuration::write | execute;
    const bool binds = (entry.configuration & pmp_configuration::locked) != 0 && (entry.configuration & all) != all;
    return entry.first <= entry.last && binds;
  });
  ++epoch_;
}

bool Pmp::grants(const Entry& entry, PmpAccess access, Privilege privilege) const {
  if (privilege == Privilege::machine && (entry.configuration & pmp_configuration::locked) == 0) return true;
  switch (access) {
    case PmpAccess::read:
      return (entry.configuration & pmp_configuration::read) != 0;
    case PmpAccess::write:
      return (entry.configuration & pmp_configuration::write) != 0;
    case PmpAccess::execute:
      return (entry.configuration & execute) != 0;
  }
  return false;
}

bool Pmp::permits(std::uint32_t first, std::uint32_t last, PmpAccess access, Privilege privilege) const {
  for (const Entry& entry : std::span(entries_).first(regions_)) {
    if (entry.last < entry.first || last < entry.first || entry.last < first) continue;
    const bool contains = entry.first <= first && last <= entry.last;
    return contains && grants(entry, access, privilege);
  }
  return regions_ == 0 || privilege == Privilege::machine;
}

Pmp::Range Pmp::uniform_range(std::uint32_t address, Privilege privilege) const {
  Range range;
  for (const Entry& entry : std::span(entries_).first(regions_)) {
    if (entry.last < entry.first) continue;
    // Entries may reach behind the 32 bits of an address.
    if (entry.last < address) {
      range.first = std::max(range.first, static_cast<std::uint32_t>(entry.last + 1));
    } else if (entry.first > address) {
      range.last = static_cast<std::uint32_t>(std::min<std::uint64_t>(range.last, entry.first - 1));
    } else {
      range.first = std::max(range.first, static_cast<std::uint32_t>(entry.first));
      range.last = static_cast<std::uint32_t>(std::min<std::uint64_t>(range.last, entry.last));
      range.read = grants(entry, PmpAccess::read, privilege);
      range.write = grants(entry, PmpAccess::write, privilege);
      range.execute = grants(entry, PmpAccess::execute, privilege);
      return range;
    }
  }
  range.read = range.write = range.execute = regions_ == 0 || privilege == Privilege::machine;
  return range;
}

}  // namespace terse::riscv
