#include "tests/sw_driver/fake_hardware.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <stdexcept>

#include "formats/network_image.hpp"
#include "registers/generated/testdev.hpp"

namespace terse::test {
namespace {

using device_table::DeviceType;
using registers::hwpe::Unit;

constexpr std::uint32_t testdev_base = 0x00100000;
constexpr std::uint32_t clint_base = 0x02000000;
constexpr std::uint32_t plic_base = 0x0C000000;
constexpr std::uint32_t dma_base = 0x40000000;
constexpr std::uint32_t tmac_base = 0x40010000;
constexpr std::uint32_t spu_base = 0x40011000;
constexpr std::uint32_t merge_base = 0x40012000;
constexpr std::uint32_t window = 0x400;
constexpr std::uint32_t first_dma_source = 4;
constexpr std::uint32_t tmac_source = 1, spu_source = 2, merge_source = 3;

template <typename Job>
Job as(const FakeJob& job) {
  Job result;
  std::memcpy(&result, job.words.data(), sizeof result);
  return result;
}

}  // namespace

FakeHardware::FakeHardware(const FakeConfiguration& configuration)
    : configuration_(configuration), dram_(dram_size), scratchpad_(configuration.scratchpad_size) {
  table_.magic = device_table::magic;
  table_.version = device_table::version;
  table_.timebase_hz = 1'000'000;
  table_.core_hz = 100'000'000;
  for (std::uint32_t channel = 0; channel < configuration.channels; ++channel) {
    add_unit(Unit::dma, dma_base + channel * window, first_dma_source + channel, configuration.dma_duration);
    units_.back()->on_finish = [this](FakeUnit&, const FakeJob& job) { copy(job); };
    units_.back()->capabilities = {{registers::dma::cap_geometry, configuration.channels | 8u << 8},
                                   {registers::dma::cap_scratchpad_base, scratchpad_base},
                                   {registers::dma::cap_scratchpad_size, configuration.scratchpad_size}};
  }
  add_unit(Unit::tmac, tmac_base, tmac_source, configuration.tmac_duration);
  units_.back()->capabilities = {{registers::tmac::cap_formats, 8u | configuration.weight_formats << 8},
                                 {registers::tmac::cap_fused, configuration.cap_fused}};
  add_unit(Unit::spu, spu_base, spu_source, configuration.spu_duration);
  units_.back()->capabilities = {{registers::spu::cap_geometry, 16},
                                 {registers::spu::cap_formats, 8u | configuration.index_formats << 8 | 3u << 16 |
                                                                   (configuration.value_16 ? 1u : 0u) << 18}};
  add_unit(Unit::merge, merge_base, merge_source, configuration.merge_duration);
  units_.back()->on_finish = [this](FakeUnit&, const FakeJob& job) { merge_tile(job); };
  units_.back()->capabilities = {{registers::merge::cap_accumulators, configuration.accumulators}};

  add_device(DeviceType::testdev, testdev_base);
  add_device(DeviceType::clint, clint_base);
  add_device(DeviceType::plic, plic_base);
  add_device(DeviceType::dma, dma_base, first_dma_source, configuration.channels);
  add_device(DeviceType::tmac, tmac_base, tmac_source, 1);
  add_device(DeviceType::spu, spu_base, spu_source, 1);
  add_device(DeviceType::merge, merge_base, merge_source, 1);
}

void FakeHardware::add_device(DeviceType type, std::uint32_t base, std::uint32_t interrupt, std::uint32_t interrupts) {
  table_.devices[table_.count++] = {type, base, 0x1000, interrupt, interrupts};
}

void FakeHardware::add_unit(Unit unit, std::uint32_t base, std::uint32_t source, std::uint64_t duration) {
  units_.push_back(std::make_unique<FakeUnit>(unit, configuration_.queue_depth, duration));
  places_.push_back({base, units_.back().get(), source});
}

void FakeHardware::remove(DeviceType type) {
  device_table::Device* end = table_.devices + table_.count;
  end = std::remove_if(table_.devices, end, [type](const auto& device) { return device.type == type; });
  table_.count = static_cast<std::uint32_t>(end - table_.devices);
}

std::uint8_t* FakeHardware::bytes(std::uint32_t address, std::uint32_t size) {
  const auto inside = [&](std::uint32_t base, std::size_t length) {
    return address >= base && std::uint64_t{address} - base + size <= length;
  };
  if (inside(dram_base, dram_.size())) return dram_.data() + (address - dram_base);
  if (inside(scratchpad_base, scratchpad_.size())) return scratchpad_.data() + (address - scratchpad_base);
  return nullptr;
}

/// Two dimensions suffice for the driver's tests.
void FakeHardware::copy(const FakeJob& job) {
  const auto transfer = as<registers::dma::Job>(job);
  for (std::uint32_t line = 0; line < transfer.lines; ++line) {
    const std::uint8_t* source = bytes(transfer.source + line * transfer.source_line_stride, transfer.length);
    std::uint8_t* destination = bytes(transfer.destination + line * transfer.destination_line_stride, transfer.length);
    if (source == nullptr || destination == nullptr) throw std::logic_error("DMA job outside the memory");
    std::memcpy(destination, source, transfer.length);
  }
}

/// Stands for the arithmetic: each output is the input plus one.
void FakeHardware::merge_tile(const FakeJob& job) {
  const auto tile = as<registers::merge::Job>(job);
  for (std::uint32_t index = 0; index < tile.channels; ++index) {
    scratchpad_.at(tile.output_address + index) =
        static_cast<std::uint8_t>(scratchpad_.at(tile.input_address + index) + 1);
  }
}

void FakeHardware::advance_to(std::uint64_t now) {
  now_ = now;
  for (const auto& unit : units_) unit->run_until(now_);
}

bool FakeHardware::read(std::uint32_t address, std::uint32_t& value) {
  advance_to(now_ + 1);
  if (address == dead_address) return false;
  for (const Place& place : places_) {
    if (address - place.base < window) return place.unit->read(address - place.base, value);
  }
  if (address - clint_base < 0x10000) return read_clint(address - clint_base, value);
  if (address - plic_base < 0x400000) return read_plic(address - plic_base, value);
  return false;
}

bool FakeHardware::write(std::uint32_t address, std::uint32_t value) {
  advance_to(now_ + 1);
  if (address == dead_address) return false;
  for (const Place& place : places_) {
    if (address - place.base < window) return place.unit->write(address - place.base, value, now_);
  }
  if (address - clint_base < 0x10000) return write_clint(address - clint_base, value);
  if (address - plic_base < 0x400000) return write_plic(address - plic_base, value);
  if (address == testdev_base + registers::testdev::event) {
    marks_.push_back(value);
    return true;
  }
  return false;
}

void FakeHardware::wait(std::uint32_t kinds) {
  while ((pending() & kinds) == 0) {
    std::uint64_t next = ~std::uint64_t{0};
    for (const auto& unit : units_) next = std::min(next, unit->next_event().value_or(next));
    if ((kinds & static_cast<std::uint32_t>(driver::Interrupt::timer)) != 0) next = std::min(next, mtimecmp_);
    if (next == ~std::uint64_t{0}) throw std::logic_error("the driver sleeps for ever");
    advance_to(std::max(next, now_));
  }
}

std::uint32_t FakeHardware::pending() {
  std::uint32_t kinds = 0;
  if (now_ >= mtimecmp_) kinds |= static_cast<std::uint32_t>(driver::Interrupt::timer);
  if (pending_sources() != 0) kinds |= static_cast<std::uint32_t>(driver::Interrupt::external);
  return kinds;
}

std::uint32_t FakeHardware::pending_sources() const {
  std::uint32_t sources = 0;
  for (const Place& place : places_) {
    if (place.unit->interrupt()) sources |= 1u << place.source;
  }
  return sources & enabled_sources_ & ~claimed_sources_;
}

bool FakeHardware::read_plic(std::uint32_t offset, std::uint32_t& value) {
  if (offset == 0x2000) {
    value = enabled_sources_;
    return true;
  }
  if (offset != 0x200004) return false;
  const std::uint32_t sources = pending_sources();
  value = sources == 0 ? 0 : static_cast<std::uint32_t>(std::countr_zero(sources));
  if (value != 0) claimed_sources_ |= 1u << value;
  return true;
}

bool FakeHardware::write_plic(std::uint32_t offset, std::uint32_t value) {
  if (offset == 0x2000) enabled_sources_ = value;
  if (offset == 0x200004) claimed_sources_ &= ~(1u << value);
  return offset < 0x80 || offset == 0x2000 || offset == 0x200000 || offset == 0x200004;
}

bool FakeHardware::read_clint(std::uint32_t offset, std::uint32_t& value) const {
  if (offset != 0xBFF8 && offset != 0xBFFC) return false;
  value = static_cast<std::uint32_t>(offset == 0xBFF8 ? now_ : now_ >> 32);
  return true;
}

bool FakeHardware::write_clint(std::uint32_t offset, std::uint32_t value) {
  if (offset == 0x4000) mtimecmp_ = (mtimecmp_ & 0xFFFFFFFF00000000) | value;
  if (offset == 0x4004) mtimecmp_ = (mtimecmp_ & 0xFFFFFFFF) | std::uint64_t{value} << 32;
  return offset == 0 || offset == 0x4000 || offset == 0x4004;
}

}  // namespace terse::test
