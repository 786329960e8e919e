#include "platform/run/result.hpp"

namespace terse::run {
namespace {

void add(PassResult& sum, const PassResult& pass) {
  if (pass.cycles > 0)
    sum.utilisation = (sum.utilisation * sum.cycles + pass.utilisation * pass.cycles) / (sum.cycles + pass.cycles);
  sum.cycles += pass.cycles;
  sum.operations += pass.operations;
  sum.bytes_read += pass.bytes_read;
  sum.bytes_written += pass.bytes_written;
}

}  // namespace

LayerResult total_of(const std::vector<LayerResult>& layers) {
  LayerResult total;
  total.name = "total";
  for (const auto& layer : layers) {
    total.cycles += layer.cycles;
    total.predicted_cycles += layer.predicted_cycles;
    total.driver_cycles += layer.driver_cycles;
    total.tiles += layer.tiles;
    add(total.dense, layer.dense);
    add(total.sparse, layer.sparse);
    add(total.merge, layer.merge);
    add(total.dma, layer.dma);
  }
  return total;
}

}  // namespace terse::run
