#include "sw_driver/validate.hpp"

#include <array>
#include <cstddef>
#include <cstring>

#include "sw_driver/crc32.hpp"
#include "sw_driver/validate_core.hpp"

namespace terse::driver {
namespace {

using image::Region;
using image::Section;

Error broken(Part part, std::uint32_t index, std::source_location place = std::source_location::current()) {
  return fail(ErrorCode::image_structure, {.subject = static_cast<std::uint32_t>(part), .address = index}, place);
}

bool fits(std::uint64_t first, std::uint64_t count, std::uint64_t bound) {
  return first + count <= bound;
}

/// CRC of the image with its own crc32 field as zero.
std::uint32_t image_checksum(const std::uint8_t* bytes, std::uint32_t size) {
  constexpr std::uint32_t field = offsetof(image::Header, crc32);
  constexpr std::array<std::uint8_t, 4> zero{};
  std::uint32_t crc = crc32(0, bytes, field);
  crc = crc32(crc, zero.data(), zero.size());
  return crc32(crc, bytes + field + zero.size(), size - field - zero.size());
}

Status check_sections(const image::Header& header) {
  struct Entry {
    Part part;
    const Section& section;
    std::uint32_t record_size;
  };
  const std::array<Entry, 10> entries{{{Part::layers, header.layers, sizeof(image::Layer)},
                                       {Part::tiles, header.tiles, sizeof(image::Tile)},
                                       {Part::transfers, header.transfers, sizeof(image::Transfer)},
                                       {Part::dense_jobs, header.dense_jobs, sizeof(registers::tmac::Job)},
                                       {Part::sparse_jobs, header.sparse_jobs, sizeof(registers::spu::Job)},
                                       {Part::merge_jobs, header.merge_jobs, sizeof(registers::merge::Job)},
                                       {Part::core_jobs, header.core_jobs, sizeof(image::CoreJob)},
                                       {Part::core_operands, header.core_operands, sizeof(image::CoreOperand)},
                                       {Part::names, header.names, 1},
                                       {Part::data, header.data, 1}}};
  for (const Entry& entry : entries) {
    const std::uint64_t bytes = std::uint64_t{entry.section.count} * entry.record_size;
    const bool aligned = entry.record_size == 1 || entry.section.offset % 4 == 0;
    if (!aligned || !fits(entry.section.offset, bytes, header.size)) return broken(entry.part, entry.section.offset);
  }
  if (header.layers.count == 0) return broken(Part::layers, 0);
  const std::uint64_t element_bytes = header.output_words != 0 ? 4 : 1;
  if (header.output_words > 1 || header.output_elements * element_bytes != header.output_size) {
    return broken(Part::header, header.output_size);
  }
  return {};
}

std::uint32_t region_size(const image::Header& header, Region region) {
  switch (region) {
    case Region::image:
      return header.size;
    case Region::arena:
      return header.arena_size;
    case Region::input:
      return header.input_size;
    case Region::output:
      return header.output_size;
    case Region::scratchpad:
      return header.scratchpad_size;
  }
  return 0;
}

/// Whether a strided block that starts at `start` stays in [0, size).
bool block_fits(std::uint32_t start, std::uint32_t line_bytes, std::uint32_t lines, std::int32_t line_stride,
                std::uint32_t planes, std::int32_t plane_stride, std::uint32_t size) {
  // Counts and strides have 32 bits each: bound the counts first, so that the products stay within 64 bits.
  constexpr std::uint32_t max_count = 1u << 24;
  if (lines > max_count || planes > max_count) return false;
  std::int64_t low = start;
  std::int64_t high = std::int64_t{start} + line_bytes;
  const std::int64_t line_span = std::int64_t{line_stride} * (lines - 1);
  const std::int64_t plane_span = std::int64_t{plane_stride} * (planes - 1);
  (line_span < 0 ? low : high) += line_span;
  (plane_span < 0 ? low : high) += plane_span;
  return low >= 0 && high <= std::int64_t{size};
}

bool transfer_fits(const image::Header& header, const image::Transfer& transfer) {
  namespace padding = registers::dma::fields::padding;
  const registers::dma::Job& job = transfer.job;
  if (job.next != 0 || job.lines == 0 || job.planes == 0) return false;
  const std::uint32_t padded_lines = job.lines + padding::top.get(job.padding) + padding::bottom.get(job.padding);
  const std::uint64_t padded_length =
      std::uint64_t{job.length} + padding::left.get(job.padding) + padding::right.get(job.padding);
  if (padded_length > 0xFFFFFFFF || padded_lines < job.lines) return false;
  return block_fits(job.source, job.length, job.lines, static_cast<std::int32_t>(job.source_line_stride), job.planes,
                    static_cast<std::int32_t>(job.source_plane_stride), region_size(header, transfer.source)) &&
         block_fits(job.destination, static_cast<std::uint32_t>(padded_length), padded_lines,
                    static_cast<std::int32_t>(job.destination_line_stride), job.planes,
                    static_cast<std::int32_t>(job.destination_plane_stride), region_size(header, transfer.destination));
}

Status check_transfers(const ImageView& view) {
  for (std::uint32_t index = 0; index < view.header().transfers.count; ++index) {
    if (!transfer_fits(view.header(), view.transfer(index))) return broken(Part::transfers, index);
  }
  return {};
}

/// Loads write the scratchpad; stores read it, and write activations or outputs.
Status check_directions(const ImageView& view, const image::Tile& tile) {
  for (std::uint32_t index = tile.first_load; index < tile.first_load + tile.load_count; ++index) {
    const image::Transfer transfer = view.transfer(index);
    if (transfer.destination != Region::scratchpad || transfer.source == Region::scratchpad) {
      return broken(Part::transfers, index);
    }
  }
  for (std::uint32_t index = tile.first_store; index < tile.first_store + tile.store_count; ++index) {
    const image::Transfer transfer = view.transfer(index);
    const bool writable = transfer.destination == Region::arena || transfer.destination == Region::output;
    if (transfer.source != Region::scratchpad || !writable) return broken(Part::transfers, index);
  }
  return {};
}

Status check_tiles(const ImageView& view) {
  const image::Header& header = view.header();
  for (std::uint32_t index = 0; index < header.tiles.count; ++index) {
    const image::Tile tile = view.tile(index);
    const bool in_range = fits(tile.first_load, tile.load_count, header.transfers.count) &&
                          fits(tile.first_store, tile.store_count, header.transfers.count) &&
                          (tile.dense_job == image::none || tile.dense_job < header.dense_jobs.count) &&
                          (tile.sparse_job == image::none || tile.sparse_job < header.sparse_jobs.count) &&
                          tile.merge_job < header.merge_jobs.count;
    if (!in_range) return broken(Part::tiles, index);
    if (const Status status = check_directions(view, tile); !status.ok()) return status;
    // A merge that reads a plane which no pass of its tile wrote would use what the tile before left there.
    namespace flags = registers::merge::fields::flags;
    constexpr std::uint32_t flags_word = offsetof(registers::merge::Job, flags) / 4;
    const std::uint32_t modes = view.merge_job(tile.merge_job)[flags_word];
    const bool reads_dense = flags::use_dense.get(modes) != 0 && flags::source_activations.get(modes) == 0;
    const bool reads_sparse = flags::use_sparse.get(modes) != 0;
    if ((reads_dense && tile.dense_job == image::none) || (reads_sparse && tile.sparse_job == image::none)) {
      return broken(Part::merge_jobs, tile.merge_job);
    }
  }
  return {};
}

Status check_layers(const ImageView& view, const std::uint8_t* bytes) {
  const image::Header& header = view.header();
  const Section& names = header.names;
  if (names.count == 0 || bytes[names.offset + names.count - 1] != 0) return broken(Part::names, names.count);
  for (std::uint32_t index = 0; index < header.layers.count; ++index) {
    const image::Layer layer = view.layer(index);
    const bool has_tiles = layer.kind != image::LayerKind::core && layer.core_job == image::none &&
                           layer.tile_count != 0 && fits(layer.first_tile, layer.tile_count, header.tiles.count);
    const bool has_core_job =
        layer.kind == image::LayerKind::core && layer.tile_count == 0 && layer.core_job < header.core_jobs.count;
    if (layer.name >= names.count || !(has_tiles || has_core_job)) {
      return broken(Part::layers, index);
    }
    // Nothing but the image is sure to be there before the layer before has ended.
    if (layer.early_loads == 0) continue;
    if (!has_tiles) return broken(Part::layers, index);
    const image::Tile first = view.tile(layer.first_tile);
    if (index == 0 || layer.early_loads > first.load_count ||
        !fits(first.first_load, first.load_count, header.transfers.count)) {
      return broken(Part::layers, index);
    }
    for (std::uint32_t load = 0; load < layer.early_loads; ++load) {
      if (view.transfer(first.first_load + load).source != Region::image) return broken(Part::layers, index);
    }
  }
  return {};
}

}  // namespace

Result<ImageView> open_image(const std::uint8_t* bytes, std::uint32_t size, RecordMemory records) {
  if (bytes == nullptr || reinterpret_cast<std::uintptr_t>(bytes) % 4 != 0) {
    return fail(ErrorCode::arguments, {.need = 4, .have = size});
  }
  if (size < sizeof(image::Header)) {
    return fail(ErrorCode::image_size, {.need = static_cast<std::uint32_t>(sizeof(image::Header)), .have = size});
  }
  ImageView view(bytes);
  const image::Header& header = view.header();
  if (header.magic != image::magic) {
    return fail(ErrorCode::image_magic, {.need = image::magic, .have = header.magic});
  }
  if (header.version != image::version) {
    return fail(ErrorCode::image_version, {.need = image::version, .have = header.version});
  }
  if (header.size != size) return fail(ErrorCode::image_size, {.need = header.size, .have = size});
  if (const std::uint32_t crc = image_checksum(bytes, size); crc != header.crc32) {
    return fail(ErrorCode::image_checksum, {.need = header.crc32, .have = crc});
  }
  if (const Status status = check_sections(header); !status.ok()) return status.error();
  if (const std::uint32_t needed = view.record_bytes(); needed <= records.size) {
    std::memcpy(__builtin_assume_aligned(records.bytes, 4), __builtin_assume_aligned(bytes, 4), needed);
    view.use_copy(records.bytes);
  }
  if (const Status status = check_layers(view, bytes); !status.ok()) return status.error();
  if (const Status status = check_transfers(view); !status.ok()) return status.error();
  if (const Status status = check_tiles(view); !status.ok()) return status.error();
  if (const Status status = check_core_jobs(view, bytes); !status.ok()) return status.error();
  return view;
}

Status check_resources(const image::Header& header, const HardwareCapabilities& hardware) {
  struct Amount {
    Resource resource;
    std::uint32_t need;
    std::uint32_t have;
  };
  const std::array<Amount, 3> amounts{{{Resource::scratchpad, header.scratchpad_size, hardware.scratchpad_size},
                                       {Resource::accumulators, header.accumulators, hardware.accumulators},
                                       {Resource::arena, header.arena_size, hardware.arena_size}}};
  for (const Amount& amount : amounts) {
    if (amount.need > amount.have) {
      return fail(ErrorCode::hardware_too_small,
                  {.subject = static_cast<std::uint32_t>(amount.resource), .need = amount.need, .have = amount.have});
    }
  }
  const std::array<Amount, 3> masks{{{Resource::index_formats, header.index_formats, hardware.index_formats},
                                     {Resource::value_bits, header.value_bits, hardware.value_bits},
                                     {Resource::weight_formats, header.weight_formats, hardware.weight_formats}}};
  for (const Amount& mask : masks) {
    if ((mask.need & ~mask.have) != 0) {
      return fail(ErrorCode::hardware_too_small,
                  {.subject = static_cast<std::uint32_t>(mask.resource), .need = mask.need, .have = mask.have});
    }
  }
  if (header.spu_lanes != 0 && header.spu_lanes != hardware.spu_lanes) {
    return fail(ErrorCode::hardware_too_small, {.subject = static_cast<std::uint32_t>(Resource::spu_lanes),
                                                .need = header.spu_lanes,
                                                .have = hardware.spu_lanes});
  }
  return {};
}

namespace {

bool jobs_agree(const JobWords& dense, const JobWords& sparse) {
  namespace tmac = registers::tmac;
  namespace spu = registers::spu;
  for (std::uint32_t offset = tmac::input_address; offset <= tmac::padding; offset += 4) {
    if (dense[(offset - tmac::tag) / 4] != sparse[(offset - spu::tag) / 4]) return false;
  }
  const std::uint32_t dense_flags = dense[(tmac::flags - tmac::tag) / 4];
  const std::uint32_t sparse_flags = sparse[(spu::flags - spu::tag) / 4];
  return dense[(tmac::accumulator_base - tmac::tag) / 4] == sparse[(spu::accumulator_base - spu::tag) / 4] &&
         tmac::fields::flags::input_signed.get(dense_flags) == spu::fields::flags::input_signed.get(sparse_flags) &&
         tmac::fields::flags::accumulate.get(dense_flags) == spu::fields::flags::accumulate.get(sparse_flags);
}

}  // namespace

Status check_fused(const ImageView& view, std::uint32_t cap_fused) {
  namespace cap = registers::tmac::fields::cap_fused;
  namespace format = registers::spu::fields::format;
  constexpr std::uint32_t format_word = (registers::spu::format - registers::spu::tag) / 4;
  std::uint32_t index_formats = 0, value_bits = 0;
  for (std::uint32_t index = 0; index < view.header().tiles.count; ++index) {
    const image::Tile tile = view.tile(index);
    if (tile.dense_job == image::none || tile.sparse_job == image::none) continue;
    const JobWords sparse = view.sparse_job(tile.sparse_job);
    if (!jobs_agree(view.dense_job(tile.dense_job), sparse)) return broken(Part::sparse_jobs, tile.sparse_job);
    index_formats |= 1u << format::index_format.get(sparse[format_word]);
    value_bits |= 1u << format::value_bits.get(sparse[format_word]);
  }
  const std::uint32_t have_formats = cap::index_formats.get(cap_fused);
  const std::uint32_t have_bits =
      cap::value_4.get(cap_fused) << 4 | cap::value_8.get(cap_fused) << 8 | cap::value_16.get(cap_fused) << 16;
  if ((index_formats & ~have_formats) != 0) {
    return fail(
        ErrorCode::hardware_too_small,
        {.subject = static_cast<std::uint32_t>(Resource::fused_formats), .need = index_formats, .have = have_formats});
  }
  if ((value_bits & ~have_bits) != 0) {
    return fail(
        ErrorCode::hardware_too_small,
        {.subject = static_cast<std::uint32_t>(Resource::fused_value_bits), .need = value_bits, .have = have_bits});
  }
  return {};
}

}  // namespace terse::driver
