#include "platform/debug/platform_target.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "models/riscv/disassemble.hpp"
#include "platform/debug/target_description.hpp"

namespace terse::debug {
namespace {

bool is_breakpoint(const Point& point) {
  return point.kind <= Point::Kind::hardware_breakpoint;
}

riscv::Watchpoint watchpoint(const Point& point) {
  using riscv::AccessKind;
  const AccessKind kind = point.kind == Point::Kind::write  ? AccessKind::write
                          : point.kind == Point::Kind::read ? AccessKind::read
                                                            : AccessKind::read_or_write;
  return {.address = point.address, .size = point.size, .kind = kind};
}

/// "dma channel 0" for the process dma.channel_0, "tmac" for tmac.run: who runs now.
std::string running_initiator() {
  const auto process = sc_core::sc_get_current_process_handle();
  const sc_core::sc_object* module = process.get_parent_object();
  std::string name = module == nullptr ? process.name() : module->basename();
  constexpr std::string_view channel = "channel_";
  const std::string own = process.basename();
  if (own.starts_with(channel)) name += " channel " + own.substr(channel.size());
  return name;
}

}  // namespace

PlatformTarget::PlatformTarget(netlist::Platform& platform, const netlist::PlatformSettings& settings)
    : platform_(platform),
      settings_(settings),
      core_(platform.get<RiscvCore>()),
      bus_(platform.get<Bus>()),
      scratchpad_(platform.get<Scratchpad>()),
      scratchpad_base_(settings.find_type("scratchpad")->base),
      monitor_(platform, settings) {}

std::optional<std::uint32_t> PlatformTarget::read_register(unsigned number) {
  if (number < register_pc) return core_.reg(number);
  if (number == register_pc) return core_.pc();
  if (number < register_first_csr || number >= register_first_csr + csr_count) return std::nullopt;
  return core_.csr(number - register_first_csr);
}

bool PlatformTarget::write_register(unsigned number, std::uint32_t value) {
  if (number < register_pc) {
    core_.set_reg(number, value);
  } else if (number == register_pc) {
    core_.set_pc(value);
  } else {
    return number >= register_first_csr && number < register_first_csr + csr_count &&
           core_.set_csr(number - register_first_csr, value);
  }
  return true;
}

/// Bytes from `address` to the end of its region, at most `length`.
std::uint32_t PlatformTarget::reachable(std::uint32_t address, std::uint32_t length) const {
  const AddressRegion* region = bus_.address_map().find(address);
  if (region == nullptr) return 0;
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(length, region->last() - address + 1));
}

std::vector<std::uint8_t> PlatformTarget::read_memory(std::uint32_t address, std::uint32_t length) {
  std::vector<std::uint8_t> bytes;
  while (length > 0) {
    const std::uint32_t part = reachable(address, length);
    std::vector<std::uint8_t> piece(part);
    if (part == 0 || !platform_.host().read(address, piece)) break;
    bytes.insert(bytes.end(), piece.begin(), piece.end());
    address += part;
    length -= part;
  }
  return bytes;
}

bool PlatformTarget::write_memory(std::uint32_t address, std::span<const std::uint8_t> bytes) {
  const auto length = static_cast<std::uint32_t>(bytes.size());
  if (reachable(address, length) != length || !platform_.host().write(address, bytes)) return false;
  core_.forget_decoded();
  return true;
}

void PlatformTarget::add(const Point& point) {
  const auto same = [&](const Set& set) { return set.point == point; };
  if (std::ranges::any_of(points_, same)) return;
  Set set{.point = point, .bus_watch = {}, .scratchpad_watch = {}};
  if (is_breakpoint(point)) {
    core_.add_breakpoint(point.address);
  } else {
    core_.add_watchpoint(watchpoint(point));
    watch_others(set);
  }
  points_.push_back(set);
}

void PlatformTarget::remove(const Point& point) {
  const auto found = std::ranges::find_if(points_, [&](const Set& set) { return set.point == point; });
  if (found == points_.end()) return;
  const Set set = *found;
  points_.erase(found);
  if (!is_breakpoint(point)) {
    core_.remove_watchpoint(watchpoint(point));
    if (set.bus_watch) bus_.unwatch(*set.bus_watch);
    if (set.scratchpad_watch) scratchpad_.unwatch(*set.scratchpad_watch);
    return;
  }
  // The core knows addresses only; a software and a hardware breakpoint may share one.
  const bool shared = std::ranges::any_of(
      points_, [&](const Set& other) { return is_breakpoint(other.point) && other.point.address == point.address; });
  if (!shared) core_.remove_breakpoint(point.address);
}

void PlatformTarget::remove_all() {
  while (!points_.empty()) remove(points_.back().point);
}

void PlatformTarget::watch_others(Set& set) {
  const Point point = set.point;
  const std::uint64_t first = point.address, last = first + point.size - 1;
  const std::uint64_t end = scratchpad_base_ + scratchpad_.contents().size();
  if (first < end && last >= scratchpad_base_) {
    const std::uint64_t base = scratchpad_base_;
    const auto observer = [this, point, base](const ScratchpadAccess& access) {
      accessed(point, base + access.address, access.length, access.write);
    };
    set.scratchpad_watch = scratchpad_.watch(std::max(first, base) - base, std::min(last, end - 1) - base, observer);
  } else {
    set.bus_watch = bus_.watch(first, last, [this, point](const BusAccess& access) {
      accessed(point, access.address, access.length, access.write);
    });
  }
}

void PlatformTarget::accessed(const Point& point, std::uint64_t address, std::uint64_t length, bool write) {
  const auto process = sc_core::sc_get_current_process_handle();
  if (process.get_parent_object() == &core_ || !on_foreign_access) return;
  if (point.kind == (write ? Point::Kind::read : Point::Kind::write)) return;
  on_foreign_access({.initiator = running_initiator(),
                     .address = static_cast<std::uint32_t>(address),
                     .size = static_cast<std::uint32_t>(length),
                     .write = write,
                     .watched = static_cast<std::uint32_t>(std::max<std::uint64_t>(address, point.address))});
}

bool PlatformTarget::hits(const Point& point, std::uint32_t address, bool write) const {
  if (is_breakpoint(point) || point.kind == (write ? Point::Kind::read : Point::Kind::write)) return false;
  return address >= point.address && address - point.address < point.size;
}

std::string PlatformTarget::reason(const riscv::Stop& stop) const {
  if (stop.cause == riscv::Stop::Cause::watchpoint) {
    for (const Set& set : points_) {
      if (!hits(set.point, stop.address, stop.write)) continue;
      const char* kind = set.point.kind == Point::Kind::write  ? "watch"
                         : set.point.kind == Point::Kind::read ? "rwatch"
                                                               : "awatch";
      return fmt::format("{}:{:x};", kind, stop.address);
    }
  }
  if (stop.cause == riscv::Stop::Cause::breakpoint) {
    const auto here = std::ranges::find_if(
        points_, [&](const Set& set) { return is_breakpoint(set.point) && set.point.address == core_.pc(); });
    const bool hardware = here != points_.end() && here->point.kind == Point::Kind::hardware_breakpoint;
    return hardware ? "hwbreak:;" : "swbreak:;";
  }
  return "";
}

std::string PlatformTarget::description() {
  std::vector<NamedCsr> csrs;
  for (std::uint32_t number = 0; number < csr_count; ++number) {
    if (core_.csr(number)) csrs.push_back({number, riscv::csr_name(number)});
  }
  return target_description(csrs);
}

std::string PlatformTarget::memory_map() {
  std::vector<MemoryRegion> regions;
  for (const AddressRegion& region : bus_.address_map().regions()) {
    const netlist::Instance* instance = settings_.find(region.name);
    const bool read_only = instance != nullptr && instance->type->name == "rom";
    regions.push_back({.base = region.base, .size = region.size, .read_only = read_only});
  }
  return debug::memory_map(regions);
}

}  // namespace terse::debug
