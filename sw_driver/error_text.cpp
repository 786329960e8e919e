#include "sw_driver/error_text.hpp"

#include <array>
#include <cstdint>

#include "formats/device_table.hpp"
#include "registers/generated/hwpe.hpp"

namespace terse::driver {
namespace {

struct NamedValue {
  std::uint32_t value;
  std::string_view name;
};

template <std::size_t count>
std::string_view look_up(const std::array<NamedValue, count>& table, std::uint32_t value) {
  for (const NamedValue& entry : table) {
    if (entry.value == value) return entry.name;
  }
  return "unknown";
}

template <typename Enum>
constexpr std::uint32_t number(Enum value) {
  return static_cast<std::uint32_t>(value);
}

using device_table::DeviceType;
using UnitError = registers::hwpe::ErrorCode;
using Unit = registers::hwpe::Unit;

constexpr std::array<NamedValue, 19> error_names{{{number(ErrorCode::none), "none"},
                                                  {number(ErrorCode::device_table), "device_table"},
                                                  {number(ErrorCode::missing_device), "missing_device"},
                                                  {number(ErrorCode::foreign_unit), "foreign_unit"},
                                                  {number(ErrorCode::arguments), "arguments"},
                                                  {number(ErrorCode::image_magic), "image_magic"},
                                                  {number(ErrorCode::image_version), "image_version"},
                                                  {number(ErrorCode::image_size), "image_size"},
                                                  {number(ErrorCode::image_checksum), "image_checksum"},
                                                  {number(ErrorCode::image_structure), "image_structure"},
                                                  {number(ErrorCode::hardware_too_small), "hardware_too_small"},
                                                  {number(ErrorCode::bus_error), "bus_error"},
                                                  {number(ErrorCode::unit_error), "unit_error"},
                                                  {number(ErrorCode::timeout), "timeout"},
                                                  {number(ErrorCode::overflow), "overflow"},
                                                  {number(ErrorCode::queue_full), "queue_full"},
                                                  {number(ErrorCode::unit_locked), "unit_locked"},
                                                  {number(ErrorCode::busy), "busy"},
                                                  {number(ErrorCode::unexpected_trap), "unexpected_trap"}}};

constexpr std::array<NamedValue, 11> device_names{{{number(DeviceType::boot_rom), "boot_rom"},
                                                   {number(DeviceType::memory), "memory"},
                                                   {number(DeviceType::uart), "uart"},
                                                   {number(DeviceType::clint), "clint"},
                                                   {number(DeviceType::plic), "plic"},
                                                   {number(DeviceType::testdev), "testdev"},
                                                   {number(DeviceType::dma), "dma"},
                                                   {number(DeviceType::scratchpad), "scratchpad"},
                                                   {number(DeviceType::tmac), "tmac"},
                                                   {number(DeviceType::spu), "spu"},
                                                   {number(DeviceType::merge), "merge"}}};

constexpr std::array<NamedValue, 4> unit_names{{{number(Unit::dma), "dma"},
                                                {number(Unit::tmac), "tmac"},
                                                {number(Unit::spu), "spu"},
                                                {number(Unit::merge), "merge"}}};

constexpr std::array<NamedValue, 8> unit_errors{
    {{number(UnitError::illegal_value), "illegal value in the job register at offset "},
     {number(UnitError::unaligned_address), "unaligned address "},
     {number(UnitError::out_of_range), "outside the memory at address "},
     {number(UnitError::bus_error), "bus error at address "},
     {number(UnitError::illegal_encoding), "illegal weight or index at address "},
     {number(UnitError::accumulator_overflow), "overflow of accumulator "},
     {number(UnitError::accumulator_range), "no such accumulator: "},
     {number(UnitError::protocol), "write without an acquired job to the register at offset "}}};

constexpr std::array<NamedValue, 9> resources{
    {{number(Resource::scratchpad), "bytes of scratchpad"},
     {number(Resource::accumulators), "accumulators"},
     {number(Resource::arena), "bytes of activation memory"},
     {number(Resource::index_formats), "spu index formats (bit mask)"},
     {number(Resource::value_bits), "spu value widths (bit mask)"},
     {number(Resource::weight_formats), "tmac weight formats (bit mask)"},
     {number(Resource::fused_formats), "index formats of tmac's fused lanes (bit mask)"},
     {number(Resource::fused_value_bits), "value widths of tmac's fused lanes (bit mask)"},
     {number(Resource::spu_lanes), "spu lanes"}}};

constexpr std::array<NamedValue, 11> parts{{{number(Part::layers), "layers"},
                                            {number(Part::tiles), "tiles"},
                                            {number(Part::transfers), "transfers"},
                                            {number(Part::dense_jobs), "dense jobs"},
                                            {number(Part::sparse_jobs), "sparse jobs"},
                                            {number(Part::merge_jobs), "merge jobs"},
                                            {number(Part::names), "names"},
                                            {number(Part::data), "data"},
                                            {number(Part::header), "header"},
                                            {number(Part::core_jobs), "core jobs"},
                                            {number(Part::core_operands), "core operands"}}};

/// mcause of the RISC-V privileged architecture, exceptions of a core without translation.
constexpr std::array<NamedValue, 10> trap_causes{{{0, "instruction address misaligned"},
                                                  {1, "instruction access fault"},
                                                  {2, "illegal instruction"},
                                                  {3, "breakpoint"},
                                                  {4, "load address misaligned"},
                                                  {5, "load access fault"},
                                                  {6, "store address misaligned"},
                                                  {7, "store access fault"},
                                                  {8, "environment call from U mode"},
                                                  {11, "environment call from M mode"}}};

void describe_need(const Error& error, TextWriter& text) {
  (text << ": expected ").hexadecimal(error.need);
  (text << ", found ").hexadecimal(error.have);
}

void describe_job(const Error& error, TextWriter& text) {
  if (error.tag == no_tag) return;
  (text << " (layer ").decimal(error.tag >> 16);
  (text << ", tile ").decimal(error.tag & 0xFFFF) << ")";
}

void describe_image(const Error& error, TextWriter& text) {
  switch (error.code) {
    case ErrorCode::image_magic:
      text << "this is not a network image";
      break;
    case ErrorCode::image_version:
      text << "the network image has another format version";
      break;
    case ErrorCode::image_size:
      text << "the network image is truncated or has another size";
      break;
    default:
      text << "the network image is corrupt, its checksum differs";
      break;
  }
  describe_need(error, text);
}

void describe_hardware(const Error& error, TextWriter& text) {
  switch (error.code) {
    case ErrorCode::missing_device:
      text << "the network needs a device that the platform does not have: " << look_up(device_names, error.subject);
      break;
    case ErrorCode::foreign_unit:
      (text << "the device at ").hexadecimal(error.address)
          << " is not the expected " << look_up(unit_names, error.subject);
      describe_need(error, text);
      break;
    default:
      text << "the hardware is too small for the network: it has ";
      const bool mask =
          error.subject >= number(Resource::index_formats) && error.subject != number(Resource::spu_lanes);
      if (mask) {
        text.hexadecimal(error.have) << " ";
      } else {
        text.decimal(error.have) << " ";
      }
      text << look_up(resources, error.subject) << " of ";
      if (mask) {
        text.hexadecimal(error.need);
      } else {
        text.decimal(error.need);
      }
      text << " needed";
      break;
  }
}

void describe_trap(const Error& error, TextWriter& text) {
  constexpr std::uint32_t interrupt = 0x80000000;
  if ((error.subject & interrupt) != 0) {
    (text << "unexpected interrupt ").decimal(error.subject & ~interrupt);
  } else {
    (text << "unexpected trap ").decimal(error.subject) << " (" << look_up(trap_causes, error.subject) << ")";
  }
  (text << ", pc ").hexadecimal(error.have);
  (text << ", value ").hexadecimal(error.address);
}

}  // namespace

std::string_view name_of(ErrorCode code) {
  return look_up(error_names, number(code));
}

void describe(const Error& error, TextWriter& text) {
  switch (error.code) {
    case ErrorCode::none:
      text << "no error";
      return;
    case ErrorCode::device_table:
      text << "the device table is missing or unusable";
      describe_need(error, text);
      return;
    case ErrorCode::missing_device:
    case ErrorCode::foreign_unit:
    case ErrorCode::hardware_too_small:
      describe_hardware(error, text);
      return;
    case ErrorCode::arguments:
      (text << "unusable argument ").hexadecimal(error.address);
      return;
    case ErrorCode::image_magic:
    case ErrorCode::image_version:
    case ErrorCode::image_size:
    case ErrorCode::image_checksum:
      describe_image(error, text);
      return;
    case ErrorCode::image_structure:
      text << "the network image contradicts itself: " << look_up(parts, error.subject) << ", record ";
      text.decimal(error.address);
      return;
    case ErrorCode::bus_error:
      (text << "bus error on an access of the core to ").hexadecimal(error.address);
      return;
    case ErrorCode::unit_error:
      text << look_up(unit_names, error.subject) << " stopped: " << look_up(unit_errors, error.unit_code);
      text.hexadecimal(error.address);
      describe_job(error, text);
      return;
    case ErrorCode::timeout:
      text << look_up(unit_names, error.subject) << " did not finish in time";
      describe_job(error, text);
      return;
    case ErrorCode::overflow:
      text << "accumulators of " << look_up(unit_names, error.subject) << " overflowed ";
      text.decimal(error.have) << " times, the results are wrong";
      return;
    case ErrorCode::queue_full:
      text << "the queue of " << look_up(unit_names, error.subject) << " is full";
      return;
    case ErrorCode::unit_locked:
      text << "a job of " << look_up(unit_names, error.subject) << " is being programmed already";
      return;
    case ErrorCode::busy:
      text << "an inference is under way";
      return;
    case ErrorCode::unexpected_trap:
      describe_trap(error, text);
      return;
  }
  (text << "unknown error ").decimal(number(error.code));
}

}  // namespace terse::driver
