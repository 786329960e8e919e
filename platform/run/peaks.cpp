#include "platform/run/peaks.hpp"

namespace terse::run {

Peaks peaks_of(const netlist::PlatformSettings& platform) {
  const auto value = [&](const char* type, const char* parameter) {
    return static_cast<double>(platform.value(platform.find_type(type)->name, parameter));
  };
  Peaks peaks;
  peaks.dense = value("tmac", "output_channels") * value("tmac", "input_channels") * value("tmac", "pixels");
  if (platform.text(platform.find_type("tmac")->name, "dataflow") == "unrolled") {
    peaks.dense *= value("tmac", "unrolled_kernel") * value("tmac", "unrolled_kernel");
  }
  peaks.sparse = value("spu", "lanes");
  peaks.merge = value("merge", "output_channels");
  peaks.dma = value("dma", "bus_bytes");
  peaks.scratchpad = value("scratchpad", "banks") * value("scratchpad", "bank_width");
  for (const auto& instance : platform.instances) {
    const std::string& type = instance.type->name;
    if (type == "dram") peaks.memories.emplace_back(instance.name, platform.value(instance.name, "bytes_per_cycle"));
    if (type == "sram") peaks.memories.emplace_back(instance.name, platform.value(instance.name, "width"));
  }
  return peaks;
}

}  // namespace terse::run
