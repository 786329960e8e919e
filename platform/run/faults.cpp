#include "platform/run/faults.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "models/merge/merge.hpp"
#include "models/spu/spu.hpp"
#include "models/tmac/tmac.hpp"

namespace terse::run {
namespace {

using configuration::ConfigurationError;
using registers::tmac::WeightFormat;

std::size_t layer_index(const FaultSettings& fault, const compiler::CompiledNetwork& compiled) {
  std::vector<std::string> names;
  for (std::size_t index = 0; index < compiled.network.layers.size(); ++index) {
    if (compiled.network.layers[index].name == fault.layer) return index;
    names.push_back(compiled.network.layers[index].name);
  }
  const std::string near = configuration::nearest(fault.layer, names);
  throw ConfigurationError(fault.place, fmt::format("faults: the network has no layer '{}'{}", fault.layer,
                                                    near.empty() ? fmt::format("; it has {}", fmt::join(names, ", "))
                                                                 : fmt::format("; did you mean '{}'?", near)));
}

/// Bits per stored weight and offset of its channel's row in the image.
struct StoredWeight {
  std::uint32_t row_offset;
  std::uint32_t bits;
};

/// Bits of what a dense pass stores one after the other: weights, or bytes of five weights.
std::uint32_t dense_field_bits(WeightFormat format) {
  switch (format) {
    case WeightFormat::ternary_base3:
    case WeightFormat::int8:
      return 8;
    case WeightFormat::int4:
      return 4;
    case WeightFormat::ternary_2bit:
    case WeightFormat::int2:
      break;
  }
  return 2;
}

StoredWeight stored_weight(const FaultSettings& fault, const compiler::CompiledNetwork& compiled) {
  const std::size_t index = layer_index(fault, compiled);
  const auto& layer = compiled.network.layers[index];
  const auto& plan = compiled.plans[index];
  const bool dense = fault.pass == "dense";
  const auto& rows = dense ? plan.dense_row_offsets : plan.sparse_row_offsets;
  if (rows.empty()) {
    throw ConfigurationError(fault.place, fmt::format("faults: layer '{}' has no {} pass", fault.layer, fault.pass));
  }
  if (fault.channel >= rows.size()) {
    throw ConfigurationError(
        fault.place, fmt::format("faults: layer '{}' has {} output channels; channel {} does not exist", fault.layer,
                                 rows.size(), fault.channel));
  }
  const StoredWeight weight{rows[fault.channel], dense ? dense_field_bits(plan.weight_format) : layer.value_bits};
  const std::size_t weights = std::max(layer.ternary.size(), layer.high_precision.size()) / rows.size();
  const bool base3 = plan.weight_format == WeightFormat::ternary_base3;
  const std::size_t per_channel = !dense ? plan.sparse_row_values[fault.channel] : base3 ? (weights + 4) / 5 : weights;
  if (fault.bit >= weight.bits || fault.position >= per_channel) {
    throw ConfigurationError(
        fault.place,
        fmt::format("faults: channel {} of '{}' stores {} {} weights of {} bits; position {}, bit {} does not exist",
                    fault.channel, fault.layer, per_channel, fault.pass, weight.bits, fault.position, fault.bit));
  }
  return weight;
}

}  // namespace

void arm_unit_faults(netlist::Platform& platform, const Scenario& scenario, const compiler::CompiledNetwork& compiled) {
  for (const auto& fault : scenario.faults) {
    if (fault.in == "weight") {
      stored_weight(fault, compiled);  // checked now, flipped when the run has started
      continue;
    }
    if (fault.in == "image") continue;  // damaged_image()
    const std::size_t layer = layer_index(fault, compiled);
    const auto& tiles = compiled.plans[layer].tiles;
    if (fault.tile >= tiles.size() || fault.channel >= tiles[fault.tile].channels) {
      throw ConfigurationError(
          fault.place,
          fmt::format("faults: layer '{}' has {} tiles of up to {} channels; tile {}, channel {} does not exist",
                      fault.layer, tiles.size(), tiles.empty() ? 0 : tiles.front().channels, fault.tile,
                      fault.channel));
    }
    const auto tag = static_cast<std::uint32_t>(layer << 16 | fault.tile);
    if (fault.in == "tmac") platform.get<Tmac>().inject_fault({tag, fault.channel, fault.bit});
    if (fault.in == "spu") platform.get<Spu>().inject_fault({tag, fault.channel, fault.bit});
    if (fault.in == "merge") platform.get<Merge>().inject_fault({tag, fault.channel, fault.bit});
  }
}

std::vector<std::uint8_t> damaged_image(const Scenario& scenario, const compiler::CompiledNetwork& compiled) {
  std::vector<std::uint8_t> image = compiled.image;
  for (const auto& fault : scenario.faults) {
    if (fault.in != "image") continue;
    if (fault.position >= image.size() || fault.bit >= 8) {
      throw ConfigurationError(
          fault.place, fmt::format("faults: the image has {} bytes of 8 bits; position {}, bit {} does not exist",
                                   image.size(), fault.position, fault.bit));
    }
    image[fault.position] = static_cast<std::uint8_t>(image[fault.position] ^ 1u << fault.bit);
  }
  return image;
}

void flip_weight_bits(netlist::Platform& platform, const Scenario& scenario, const compiler::CompiledNetwork& compiled,
                      const device_table::Arguments& arguments) {
  for (const auto& fault : scenario.faults) {
    if (fault.in != "weight") continue;
    const StoredWeight weight = stored_weight(fault, compiled);
    const std::uint32_t bit = fault.position * weight.bits + fault.bit;
    const std::uint64_t address = std::uint64_t{arguments.image_address} + weight.row_offset + bit / 8;
    std::uint8_t byte = 0;
    bool accessible = platform.host().read(address, {&byte, 1});
    byte = static_cast<std::uint8_t>(byte ^ 1u << bit % 8);
    accessible = accessible && platform.host().write(address, {&byte, 1});
    if (!accessible) throw std::logic_error("the network image was loaded where it can no longer be accessed");
  }
}

}  // namespace terse::run
