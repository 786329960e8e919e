#include "sw_driver/device_map.hpp"

namespace terse::driver {

Result<DeviceMap> DeviceMap::open(const DeviceTable* table) {
  if (table == nullptr) return fail(ErrorCode::device_table, {.need = device_table::magic});
  if (table->magic != device_table::magic) {
    return fail(ErrorCode::device_table, {.need = device_table::magic, .have = table->magic});
  }
  if (table->version != device_table::version) {
    return fail(ErrorCode::device_table, {.need = device_table::version, .have = table->version});
  }
  if (table->count > device_table::max_devices) {
    return fail(ErrorCode::device_table, {.need = device_table::max_devices, .have = table->count});
  }
  if (table->timebase_hz == 0) return fail(ErrorCode::device_table, {.need = 1, .have = 0});
  return DeviceMap{table};
}

const Device* DeviceMap::find(DeviceType type) const {
  for (std::uint32_t index = 0; index < table_->count; ++index) {
    if (table_->devices[index].type == type) return &table_->devices[index];
  }
  return nullptr;
}

Result<Device> DeviceMap::require(DeviceType type, std::source_location place) const {
  const Device* device = find(type);
  if (device == nullptr) {
    return fail(ErrorCode::missing_device, {.subject = static_cast<std::uint32_t>(type)}, place);
  }
  return *device;
}

}  // namespace terse::driver
