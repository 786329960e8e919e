#include "tests/sw_driver/synthetic_image.hpp"

#include <cstring>

namespace terse::test {
namespace {

using image::Region;
using image::Section;

constexpr std::uint32_t weight_bytes = 16;
/// Scratchpad bytes of the activations of one of the two slots: input, output, weights.
constexpr std::uint32_t slot_bytes = 512;
/// Where a layer's whole input lies, if its first tile loads it.
constexpr std::uint32_t shared_input = 912;

/// Bit by bit, unlike the driver's.
std::uint32_t slow_crc32(const std::vector<std::uint8_t>& bytes) {
  std::uint32_t crc = 0xFFFFFFFF;
  for (const std::uint8_t byte : bytes) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 1u) != 0 ? crc >> 1 ^ 0xEDB88320u : crc >> 1;
  }
  return ~crc;
}

struct Records {
  std::vector<image::Layer> layers;
  std::vector<image::Tile> tiles;
  std::vector<image::Transfer> transfers;
  std::vector<registers::tmac::Job> dense;
  std::vector<registers::spu::Job> sparse;
  std::vector<registers::merge::Job> merge;
  std::vector<image::CoreJob> core_jobs;
  std::vector<image::CoreOperand> core_operands;
};

image::Transfer transfer(std::uint32_t tag, Region source_region, std::uint32_t source, Region destination_region,
                         std::uint32_t destination, std::uint32_t length) {
  image::Transfer result{source_region, destination_region, {}};
  result.job.tag = tag;
  result.job.source = source;
  result.job.destination = destination;
  result.job.length = length;
  result.job.lines = 1;
  result.job.planes = 1;
  return result;
}

template <typename Job>
Job pass(std::uint32_t tag, std::uint32_t input_address) {
  Job job{};
  job.tag = tag;
  job.input_address = input_address;
  return job;
}

void add_tile(Records& records, const SyntheticNetwork& network, std::uint32_t layer, std::uint32_t index) {
  const std::uint32_t last_layer = static_cast<std::uint32_t>(network.tiles_per_layer.size()) - 1;
  const std::uint32_t bytes = synthetic_bytes / network.tiles_per_layer[layer];
  const std::uint32_t slot = index % 2 * slot_bytes;
  const std::uint32_t tag = layer << 16 | index;
  image::Tile tile{};
  tile.first_load = static_cast<std::uint32_t>(records.transfers.size());
  const bool loads = !network.first_tile_loads_all || index == 0;
  tile.load_count = loads ? network.loads_per_tile : 0;
  const Region source = layer == 0 ? Region::input : Region::arena;
  const std::uint32_t source_base = layer == 0 ? 0 : (layer - 1) * synthetic_bytes;
  const bool early = network.early_weights && layer > 0 && index == 0;
  const auto load_activations = [&] {
    if (network.first_tile_loads_all) {
      records.transfers.push_back(
          transfer(tag, source, source_base, Region::scratchpad, shared_input, synthetic_bytes));
    } else {
      records.transfers.push_back(transfer(tag, source, source_base + index * bytes, Region::scratchpad, slot, bytes));
    }
  };
  if (!early && loads) load_activations();
  for (std::uint32_t load = 1; loads && load < network.loads_per_tile; ++load) {
    // Early ones lie where the layer before has none.
    const std::uint32_t weights = slot + 256 + (early ? 64 + layer % 2 * 64 : 0);
    records.transfers.push_back(transfer(tag, Region::image, 0, Region::scratchpad, weights, weight_bytes));
  }
  if (early) load_activations();
  tile.first_store = static_cast<std::uint32_t>(records.transfers.size());
  tile.store_count = 1;
  const Region destination = layer == last_layer ? Region::output : Region::arena;
  const std::uint32_t destination_base = layer == last_layer ? 0 : layer * synthetic_bytes;
  records.transfers.push_back(
      transfer(tag, Region::scratchpad, slot + 128, destination, destination_base + index * bytes, bytes));
  tile.dense_job = network.dense ? static_cast<std::uint32_t>(records.dense.size()) : image::none;
  tile.sparse_job = network.sparse ? static_cast<std::uint32_t>(records.sparse.size()) : image::none;
  tile.merge_job = static_cast<std::uint32_t>(records.merge.size());
  if (network.dense) records.dense.push_back(pass<registers::tmac::Job>(tag, slot));
  if (network.sparse) {
    records.sparse.push_back(pass<registers::spu::Job>(tag, slot));
    records.sparse.back().value_address = 0x100 + tag;
    records.sparse.back().format = 0x1 | 8u << 8;  // n_of_m, 8-bit values
  }
  namespace flags = registers::merge::fields::flags;
  registers::merge::Job merge{};
  merge.tag = tag;
  merge.flags = flags::use_dense.make(network.dense ? 1 : 0) | flags::use_sparse.make(network.sparse ? 1 : 0);
  merge.channels = bytes;
  merge.input_address = network.first_tile_loads_all ? shared_input + index * bytes : slot;
  merge.output_address = slot + 128;
  records.merge.push_back(merge);
  records.tiles.push_back(tile);
}

/// Where a layer's output lies.
Region output_region(const SyntheticNetwork& network, std::uint32_t layer) {
  return layer + 1 == network.tiles_per_layer.size() ? Region::output : Region::arena;
}

/// The core's way to add one; its table is the first thing behind the weights.
void add_core_layer(Records& records, const SyntheticNetwork& network, std::uint32_t layer) {
  const Region source = layer == 0 ? Region::input : Region::arena, destination = output_region(network, layer);
  const auto operand = [](Region region, std::uint32_t offset) {
    return image::CoreOperand{region, offset, 1, 1, synthetic_bytes, 1, 0, 0};
  };
  const auto index = static_cast<std::uint32_t>(records.core_jobs.size());
  records.layers.push_back({0, image::LayerKind::core, 0, 0, index, 0});
  records.core_jobs.push_back({image::CoreOperation::table, static_cast<std::uint32_t>(records.core_operands.size()), 2,
                               0, 255, 0, sizeof(image::CoreTable)});
  records.core_operands.push_back(operand(source, layer == 0 ? 0 : (layer - 1) * synthetic_bytes));
  records.core_operands.push_back(operand(destination, destination == Region::output ? 0 : layer * synthetic_bytes));
}

template <typename Record>
Section append(std::vector<std::uint8_t>& image, const std::vector<Record>& records) {
  const Section section{static_cast<std::uint32_t>(image.size()), static_cast<std::uint32_t>(records.size())};
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(records.data());
  image.insert(image.end(), bytes, bytes + records.size() * sizeof(Record));
  return section;
}

}  // namespace

std::vector<std::uint8_t> make_image(const SyntheticNetwork& network) {
  Records records;
  for (std::uint32_t layer = 0; layer < network.tiles_per_layer.size(); ++layer) {
    if (network.tiles_per_layer[layer] == 0) {
      add_core_layer(records, network, layer);
      continue;
    }
    records.layers.push_back({0, image::LayerKind::convolution, static_cast<std::uint32_t>(records.tiles.size()),
                              network.tiles_per_layer[layer], image::none,
                              network.early_weights && layer > 0 ? network.loads_per_tile - 1 : 0});
    for (std::uint32_t index = 0; index < network.tiles_per_layer[layer]; ++index) {
      add_tile(records, network, layer, index);
    }
  }
  std::vector<std::uint8_t> bytes(sizeof(image::Header));
  image::Header header{};
  header.magic = image::magic;
  header.version = image::version;
  header.layers = append(bytes, records.layers);
  header.tiles = append(bytes, records.tiles);
  header.transfers = append(bytes, records.transfers);
  header.dense_jobs = append(bytes, records.dense);
  header.sparse_jobs = append(bytes, records.sparse);
  header.merge_jobs = append(bytes, records.merge);
  header.core_jobs = append(bytes, records.core_jobs);
  header.core_operands = append(bytes, records.core_operands);
  header.names = append(bytes, std::vector<std::uint8_t>{'c', 'o', 'p', 'y', 0, 0, 0, 0});
  header.data = append(bytes, std::vector<std::uint8_t>(weight_bytes, 0x55));
  const auto table_at = static_cast<std::uint32_t>(bytes.size());
  image::CoreTable table;
  for (int q = 0; q < 256; ++q) table.values[q] = static_cast<std::int16_t>((q + 1) & 0xFF);
  if (!records.core_jobs.empty()) header.data.count += append(bytes, std::vector<image::CoreTable>{table}).count * 512;
  for (std::uint32_t i = 0; i < header.core_jobs.count; ++i) {
    record_at<image::CoreJob>(bytes, header.core_jobs.offset + i * std::uint32_t{sizeof(image::CoreJob)}).data =
        table_at;
  }
  header.size = static_cast<std::uint32_t>(bytes.size());
  header.input_size = header.output_size = header.output_elements = synthetic_bytes;
  header.arena_size = synthetic_bytes * static_cast<std::uint32_t>(network.tiles_per_layer.size());
  header.scratchpad_size = 2 * slot_bytes;
  header.accumulators = 128;
  header.index_formats = 0x2;
  header.weight_formats = network.dense ? 0x1 : 0;
  header.value_bits = 1u << 8;
  std::memcpy(bytes.data(), &header, sizeof header);
  seal(bytes);
  return bytes;
}

void seal(std::vector<std::uint8_t>& image) {
  header_of(image).crc32 = 0;
  header_of(image).crc32 = slow_crc32(image);
}

}  // namespace terse::test
