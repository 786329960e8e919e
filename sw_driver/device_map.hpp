#pragma once
// Finds the devices of the platform in the device table (formats/device_table.hpp). Nothing about the platform is
// compiled in.
#include <cstdint>

#include "formats/device_table.hpp"
#include "sw_driver/result.hpp"

namespace terse::driver {

using device_table::Device;
using device_table::DeviceTable;
using device_table::DeviceType;

class DeviceMap {
 public:
  DeviceMap() = default;

  /// `table` may be null; it must outlive the map. Fails with device_table.
  static Result<DeviceMap> open(const DeviceTable* table);

  /// The first device of this type, or nullptr.
  [[nodiscard]] const Device* find(DeviceType type) const;
  /// As find, but a missing device is the error missing_device.
  [[nodiscard]] Result<Device> require(DeviceType type,
                                       std::source_location place = std::source_location::current()) const;
  [[nodiscard]] const DeviceTable& table() const { return *table_; }

 private:
  explicit DeviceMap(const DeviceTable* table) : table_(table) {}

  const DeviceTable* table_ = nullptr;
};

}  // namespace terse::driver
