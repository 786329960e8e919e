#include "platform/run/checker.hpp"

#include <cstring>

namespace terse::run {
namespace {

std::int32_t element(const std::uint8_t* at, const compiler::Tensor& tensor) {
  if (tensor.bits == 32) {
    std::int32_t word = 0;
    std::memcpy(&word, at, sizeof(word));
    return word;
  }
  return tensor.is_signed ? static_cast<std::int8_t>(*at) : static_cast<std::int32_t>(*at);
}

/// Values of a tensor as they lie in memory.
void encode(const std::vector<std::int32_t>& values, const compiler::Tensor& tensor, std::vector<std::uint8_t>& bytes) {
  bytes.resize(tensor.bytes());
  if (tensor.bits == 32) {
    std::memcpy(bytes.data(), values.data(), bytes.size());  // little-endian host
  } else {
    for (std::size_t i = 0; i < values.size(); ++i) bytes[i] = static_cast<std::uint8_t>(values[i]);
  }
}

}  // namespace

Checker::Checker(const compiler::CompiledNetwork& compiled, std::span<const std::uint8_t> inputs, Inspection inspection)
    : compiled_(compiled), evaluator_(compiled.network), inputs_(inputs), inspection_(std::move(inspection)) {}

void Checker::inference_begin(std::uint32_t inference) {
  inference_ = inference;
  const std::size_t size = compiled_.network.tensors[compiled_.network.input].bytes();
  if ((std::size_t{inference} + 1) * size > inputs_.size())
    return;  // the guest counts wrongly; its outputs will not match
  golden_ = evaluator_.evaluate(inputs_.subspan(inference * size, size));
  golden_bytes_.resize(golden_.size());
  for (std::size_t i = 0; i < golden_.size(); ++i) encode(golden_[i], compiled_.network.tensors[i], golden_bytes_[i]);
}

const std::vector<std::int32_t>& Checker::golden_output() const {
  return golden_.at(compiled_.network.output);
}

const char* Checker::guilty_pass(std::uint32_t layer, const compiler::TileRectangle& tile, std::uint32_t row,
                                 std::uint32_t column, std::uint32_t channel) const {
  const auto& weights = compiled_.network.layers[layer];
  const std::uint32_t index = tile.accumulator_base +
                              ((row - tile.row) * tile.columns + (column - tile.column)) * tile.channels +
                              (channel - tile.channel);
  if (weights.ternary.empty() && weights.high_precision.empty()) return "merge";
  const auto expected = reference::accumulators_at(compiled_.network, layer, golden_, row, column, channel);
  const bool values_in_dense = compiled_.plans[layer].values_in_dense_pass;
  const std::int64_t dense = values_in_dense ? expected.sparse : expected.dense;
  if ((values_in_dense || !weights.ternary.empty()) && inspection_.accumulator(0, index) != dense) return "dense";
  if (!values_in_dense && !weights.high_precision.empty() && inspection_.accumulator(1, index) != expected.sparse)
    return "sparse";
  return "merge";
}

void Checker::report(std::uint32_t layer, std::uint32_t tile, std::uint32_t row, std::uint32_t column,
                     std::uint32_t channel, std::int64_t expected, std::int64_t found, const char* pass) {
  ++mismatches_;
  if (first_) return;
  first_ =
      Mismatch{inference_, compiled_.network.layers[layer].name, tile, row, column, channel, pass, expected, found};
}

void Checker::merge_done(std::uint32_t tag) {
  const std::uint32_t layer = tag >> 16, tile_index = tag & 0xFFFF;
  if (golden_.empty() || layer >= compiled_.plans.size() || tile_index >= compiled_.plans[layer].tiles.size()) return;
  const auto& tile = compiled_.plans[layer].tiles[tile_index];
  const auto& tensor = compiled_.network.tensors[compiled_.network.layers[layer].output];
  const auto& golden = golden_[compiled_.network.layers[layer].output];
  const std::uint32_t element_bytes = tensor.element_bytes();
  for (std::uint32_t row = tile.row; row < tile.row + tile.rows; ++row) {
    for (std::uint32_t column = tile.column; column < tile.column + tile.columns; ++column) {
      const std::uint8_t* found = inspection_.scratchpad.data() + tile.output_address +
                                  std::size_t{row - tile.row} * tile.output_row_stride +
                                  std::size_t{column - tile.column} * tile.output_pixel_stride;
      const std::size_t first = (std::size_t{row} * tensor.width + column) * tensor.channels + tile.channel;
      const std::uint8_t* expected_bytes = golden_bytes(layer).data() + first * element_bytes;
      if (std::memcmp(found, expected_bytes, std::size_t{tile.channels} * element_bytes) == 0) continue;
      const std::int32_t* expected = &golden[first];
      for (std::uint32_t channel = 0; channel < tile.channels; ++channel) {
        const std::int32_t value = element(found + std::size_t{channel} * element_bytes, tensor);
        if (value == expected[channel]) continue;
        const std::uint32_t at = tile.channel + channel;
        report(layer, tile_index, row, column, at, expected[channel], value,
               first_ ? "" : guilty_pass(layer, tile, row, column, at));
      }
    }
  }
  checked_ += std::uint64_t{tile.rows} * tile.columns * tile.channels;
}

void Checker::layer_done(std::uint32_t layer) {
  if (golden_.empty() || layer >= compiled_.plans.size()) return;
  const auto& plan = compiled_.plans[layer];
  const auto& tensor = compiled_.network.tensors[compiled_.network.layers[layer].output];
  const auto& golden = golden_[compiled_.network.layers[layer].output];
  const auto bytes = inspection_.memory(plan.output_place, inference_, plan.output_offset, tensor.bytes());
  const std::uint32_t element_bytes = tensor.element_bytes();
  const bool on_core = compiled_.network.layers[layer].kind == compiler::LayerKind::core;
  const bool equal = bytes == golden_bytes(layer);
  for (std::size_t index = 0; index < golden.size() && !equal; ++index) {
    const std::int32_t value = element(bytes.data() + index * element_bytes, tensor);
    if (value == golden[index] || (first_ && first_->layer == compiled_.network.layers[layer].name)) continue;
    const auto channel = static_cast<std::uint32_t>(index % tensor.channels);
    const auto column = static_cast<std::uint32_t>(index / tensor.channels % tensor.width);
    const auto row = static_cast<std::uint32_t>(index / tensor.channels / tensor.width);
    report(layer, 0, row, column, channel, golden[index], value, on_core ? "core" : "store");
  }
  if (on_core) checked_ += golden.size();  // others are checked tile by tile
  ++checked_layers_;
}

}  // namespace terse::run
