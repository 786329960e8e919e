#include "compiler/image_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "compiler/compiler.hpp"
#include "compiler/image_writer.hpp"

namespace terse::compiler {

namespace {

template <typename... Arguments>
[[noreturn]] void fail(fmt::format_string<Arguments...> text, Arguments&&... arguments) {
  throw CompileError("network image: " + fmt::format(text, std::forward<Arguments>(arguments)...));
}

image::Header read_header(std::span<const std::uint8_t> bytes) {
  image::Header header;
  if (bytes.size() < sizeof(header)) {
    fail("{} bytes are less than its header has ({}); the file is truncated or no network image", bytes.size(),
         sizeof(header));
  }
  std::memcpy(&header, bytes.data(), sizeof(header));
  if (header.magic != image::magic) {
    fail("it begins with {:#010x}, not {:#010x}: the file is no network image", header.magic, image::magic);
  }
  if (header.version != image::version) {
    fail("it has format version {}, this program reads version {}; compile the network again", header.version,
         image::version);
  }
  if (header.size != bytes.size()) {
    fail("its header says {} bytes, there are {}; the file is truncated or has something appended", header.size,
         bytes.size());
  }
  const std::uint32_t crc = image_crc32(bytes);
  if (crc != header.crc32) {
    fail("checksum {:#010x}, its header says {:#010x}; the image is damaged", crc, header.crc32);
  }
  return header;
}

template <typename Record>
std::vector<Record> read_section(std::span<const std::uint8_t> bytes, const image::Section& section, const char* name) {
  const std::uint64_t size = std::uint64_t{section.count} * sizeof(Record);
  if (section.offset % 4 != 0 || section.offset < sizeof(image::Header) || section.offset + size > bytes.size()) {
    fail("its section of {} ({} from byte {} on) does not lie within it", name, section.count, section.offset);
  }
  std::vector<Record> records(section.count);
  if (size != 0) std::memcpy(records.data(), bytes.data() + section.offset, size);
  return records;
}

void check_range(std::uint32_t first, std::uint32_t count, const image::Section& section, const char* what,
                 std::uint32_t owner) {
  if (std::uint64_t{first} + count > section.count) {
    fail("{} {} of {} are beyond the {} there are", what, owner, std::uint64_t{first} + count, section.count);
  }
}

std::uint64_t region_size(const image::Header& header, image::Region region) {
  switch (region) {
    case image::Region::image:
      return header.size;
    case image::Region::arena:
      return header.arena_size;
    case image::Region::input:
      return header.input_size;
    case image::Region::output:
      return header.output_size;
    case image::Region::scratchpad:
      return header.scratchpad_size;
  }
  fail("a transfer names region {}", static_cast<std::uint32_t>(region));
}

/// First and one past the last byte of one side of a transfer, as signed offsets within its region.
void check_extent(const image::Header& header, image::Region region, std::uint32_t base, const registers::dma::Job& job,
                  std::uint32_t line_stride, std::uint32_t plane_stride, std::size_t index,
                  std::uint32_t more_lines = 0, std::uint32_t more_bytes = 0) {
  constexpr std::uint32_t most = 1u << 24;  // as the driver: strides have 32 bits, so that all sums stay within 64
  if (job.lines > most || job.planes > most) {
    fail("transfer {} has {} lines in {} planes; at most {} of either", index, job.lines, job.planes, most);
  }
  const auto reach = [](std::uint32_t stride, std::uint32_t count) {
    return static_cast<std::int64_t>(static_cast<std::int32_t>(stride)) * (std::int64_t{count} - 1);
  };
  const std::int64_t lines = reach(line_stride, job.lines + more_lines);
  const std::int64_t planes = reach(plane_stride, job.planes);
  const std::int64_t begin = base + std::min<std::int64_t>(lines, 0) + std::min<std::int64_t>(planes, 0);
  const std::int64_t end =
      base + std::max<std::int64_t>(lines, 0) + std::max<std::int64_t>(planes, 0) + job.length + more_bytes;
  if (job.lines == 0 || job.planes == 0 || begin < 0 || static_cast<std::uint64_t>(end) > region_size(header, region)) {
    fail("transfer {} reaches bytes {} to {} of a region of {} bytes", index, begin, end, region_size(header, region));
  }
}

void check_transfer(const image::Header& header, const image::Transfer& transfer, std::size_t index) {
  namespace padding = registers::dma::fields::padding;
  const registers::dma::Job& job = transfer.job;
  check_extent(header, transfer.source, job.source, job, job.source_line_stride, job.source_plane_stride, index);
  check_extent(header, transfer.destination, job.destination, job, job.destination_line_stride,
               job.destination_plane_stride, index, padding::top.get(job.padding) + padding::bottom.get(job.padding),
               padding::left.get(job.padding) + padding::right.get(job.padding));
  if (job.next != 0) fail("transfer {} is chained", index);
}

void check_tile(const image::Header& header, const image::Tile& tile, std::uint32_t index) {
  check_range(tile.first_load, tile.load_count, header.transfers, "loads of tile", index);
  check_range(tile.first_store, tile.store_count, header.transfers, "stores of tile", index);
  if (tile.dense_job != image::none) check_range(tile.dense_job, 1, header.dense_jobs, "dense job of tile", index);
  if (tile.sparse_job != image::none) check_range(tile.sparse_job, 1, header.sparse_jobs, "sparse job of tile", index);
  check_range(tile.merge_job, 1, header.merge_jobs, "merge job of tile", index);
}

void check_early_loads(const image::Layer& layer, const std::vector<image::Tile>& tiles,
                       const std::vector<image::Transfer>& transfers, std::uint32_t index) {
  if (layer.early_loads == 0) return;
  const image::Tile first = layer.tile_count == 0 ? image::Tile{} : tiles[layer.first_tile];
  if (index == 0 || layer.tile_count == 0 || layer.early_loads > first.load_count) {
    fail("layer {} has {} early loads; its first tile has {} loads, and the first layer may have none early", index,
         layer.early_loads, first.load_count);
  }
  for (std::uint32_t load = first.first_load; load < first.first_load + layer.early_loads; ++load) {
    if (load >= transfers.size() || transfers[load].source != image::Region::image) {
      fail("early load {} of layer {} does not read the image", load - first.first_load, index);
    }
  }
}

std::string name_at(const std::vector<char>& names, std::uint32_t offset) {
  if (offset >= names.size()) fail("a layer's name is at {} of {} bytes", offset, names.size());
  const auto begin = names.begin() + static_cast<std::ptrdiff_t>(offset);
  const auto end = std::find(begin, names.end(), '\0');
  if (end == names.end()) fail("a layer's name has no end");
  return {begin, end};
}

}  // namespace

ImageInfo inspect_image(std::span<const std::uint8_t> bytes) {
  ImageInfo info;
  info.header = read_header(bytes);
  const image::Header& header = info.header;
  const auto layers = read_section<image::Layer>(bytes, header.layers, "layers");
  const auto tiles = read_section<image::Tile>(bytes, header.tiles, "tiles");
  const auto transfers = read_section<image::Transfer>(bytes, header.transfers, "transfers");
  const auto names = read_section<char>(bytes, header.names, "names");
  read_section<registers::tmac::Job>(bytes, header.dense_jobs, "dense jobs");
  read_section<registers::spu::Job>(bytes, header.sparse_jobs, "sparse jobs");
  read_section<registers::merge::Job>(bytes, header.merge_jobs, "merge jobs");
  const auto core_jobs = read_section<image::CoreJob>(bytes, header.core_jobs, "core jobs");
  read_section<image::CoreOperand>(bytes, header.core_operands, "core operands");
  read_section<std::uint8_t>(bytes, header.data, "data");
  for (std::uint32_t i = 0; i < core_jobs.size(); ++i) {
    check_range(core_jobs[i].first_operand, core_jobs[i].operand_count, header.core_operands, "operands of core job",
                i);
  }
  for (std::uint32_t i = 0; i < layers.size(); ++i) {
    check_range(layers[i].first_tile, layers[i].tile_count, header.tiles, "tiles of layer", i);
    if (layers[i].kind == image::LayerKind::core) {
      check_range(layers[i].core_job, 1, header.core_jobs, "core job of layer", i);
    }
    check_early_loads(layers[i], tiles, transfers, i);
    info.layers.push_back({name_at(names, layers[i].name), layers[i].kind, layers[i].tile_count});
  }
  for (std::uint32_t i = 0; i < tiles.size(); ++i) check_tile(header, tiles[i], i);
  for (std::size_t i = 0; i < transfers.size(); ++i) check_transfer(header, transfers[i], i);
  return info;
}

}  // namespace terse::compiler
