#include "platform/netlist/boot_rom.hpp"

#include <array>
#include <cassert>
#include <cstring>
#include <span>

namespace terse::netlist {
namespace {

constexpr std::uint32_t register_t0 = 5, register_a0 = 10, register_a1 = 11;
constexpr std::uint32_t table_offset = 0x40;

/// lui + addi load any 32-bit value; the upper part makes up for addi's sign extension.
constexpr std::array<std::uint32_t, 2> load_immediate(std::uint32_t destination, std::uint32_t value) {
  const std::uint32_t upper = (value + 0x800) & 0xFFFFF000;
  const std::uint32_t lower = (value - upper) & 0xFFF;
  return {upper | destination << 7 | 0x37, lower << 20 | destination << 15 | destination << 7 | 0x13};
}

std::vector<std::uint8_t> rom_of(std::span<const std::uint32_t> code, const device_table::DeviceTable& table) {
  std::vector<std::uint8_t> rom(table_offset + sizeof(table));
  std::memcpy(rom.data(), code.data(), code.size_bytes());
  std::memcpy(rom.data() + table_offset, &table, sizeof(table));
  return rom;
}

}  // namespace

device_table::DeviceTable make_device_table(const PlatformSettings& platform,
                                            const device_table::Arguments& arguments) {
  device_table::DeviceTable table{};
  table.magic = device_table::magic;
  table.version = device_table::version;
  table.arguments = arguments;
  table.core_hz = static_cast<std::uint32_t>(platform.clock_mhz * 1e6);
  table.timebase_hz =
      static_cast<std::uint32_t>(platform.number(platform.find_type("clint")->name, "timebase_mhz") * 1e6);
  for (const auto& instance : platform.instances) {
    if (!instance.on_bus || instance.type->device == device_table::DeviceType{}) continue;
    assert(table.count < device_table::max_devices);
    table.devices[table.count++] = {instance.type->device, static_cast<std::uint32_t>(instance.base),
                                    static_cast<std::uint32_t>(instance.settings->address_size()), instance.interrupt,
                                    instance.interrupt == 0 ? 0 : instance.settings->interrupt_lines()};
  }
  return table;
}

std::vector<std::uint8_t> make_boot_rom(std::uint32_t base, std::uint32_t entry,
                                        const device_table::DeviceTable& table) {
  const auto to_table = load_immediate(register_a1, base + table_offset);
  const auto to_entry = load_immediate(register_t0, entry);
  const std::array<std::uint32_t, 6> code = {
      0xF1402073 | register_a0 << 7,  // csrr a0, mhartid
      to_table[0],
      to_table[1],
      to_entry[0],
      to_entry[1],
      register_t0 << 15 | 0x67,  // jr t0
  };
  return rom_of(code, table);
}

std::vector<std::uint8_t> make_parking_rom(const device_table::DeviceTable& table) {
  constexpr std::array<std::uint32_t, 2> code = {0x10500073, 0xFFDFF06F};  // wfi; j to it. mie is 0: nothing wakes it
  return rom_of(code, table);
}

}  // namespace terse::netlist
