#include "tests/compiler/image_interpreter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "sw_driver/core/core_executor.hpp"

namespace terse::testing {

namespace {

namespace merge = registers::merge;
namespace spu = registers::spu;
namespace tmac = registers::tmac;

std::int64_t sign_extend(std::uint64_t value, std::uint32_t bits) {
  const std::uint64_t sign = std::uint64_t{1} << (bits - 1);
  return static_cast<std::int64_t>((value ^ sign) - sign);
}

std::int64_t offset_of(std::uint32_t index, std::uint32_t stride) {
  return static_cast<std::int64_t>(static_cast<std::int32_t>(stride)) * index;
}

image::Header header_of(const std::vector<std::uint8_t>& bytes) {
  image::Header header;
  std::memcpy(&header, bytes.data(), sizeof(header));
  return header;
}

/// ceil(log2 m)
std::uint32_t position_bits(std::uint32_t m) {
  std::uint32_t bits = 0;
  while ((1u << bits) < m) ++bits;
  return bits;
}

}  // namespace

// -- memory --------------------------------------------------------------------------------------------------------

CheckedMemory::CheckedMemory(std::string name, std::size_t size)
    : name_(std::move(name)), bytes_(size), valid_(size), reader_(size, nobody), writer_(size, nobody) {}

void CheckedMemory::forget() {
  std::fill(valid_.begin(), valid_.end(), false);
  std::fill(bytes_.begin(), bytes_.end(), std::uint8_t{0xA5});
  std::fill(reader_.begin(), reader_.end(), nobody);
  std::fill(writer_.begin(), writer_.end(), nobody);
}

void CheckedMemory::settle() {
  std::fill(reader_.begin(), reader_.end(), nobody);
  std::fill(writer_.begin(), writer_.end(), nobody);
}

void CheckedMemory::fill(std::span<const std::uint8_t> bytes) {
  if (bytes.size() != bytes_.size()) throw ImageFault(fmt::format("{}: {} bytes given", name_, bytes.size()));
  bytes_.assign(bytes.begin(), bytes.end());
  std::fill(valid_.begin(), valid_.end(), true);
}

void CheckedMemory::check(std::int64_t address, const char* what) const {
  if (address < 0 || address >= static_cast<std::int64_t>(bytes_.size())) {
    throw ImageFault(fmt::format("{} of {} at {}, size {}", what, name_, address, bytes_.size()));
  }
}

std::uint8_t CheckedMemory::read(std::int64_t address, std::int64_t tile) {
  check(address, "read");
  const auto at = static_cast<std::size_t>(address);
  if (!valid_[at]) throw ImageFault(fmt::format("tile {} reads {} at {}, where nothing was written", tile, name_, at));
  if (tile >= 0 && writer_[at] > tile) {
    throw ImageFault(fmt::format("tile {} reads {} at {}, which tile {} overwrote", tile, name_, at, writer_[at]));
  }
  if (tile >= 0) reader_[at] = std::max(reader_[at], tile);
  return bytes_[at];
}

void CheckedMemory::write(std::int64_t address, std::uint8_t value, std::int64_t tile) {
  check(address, "write");
  const auto at = static_cast<std::size_t>(address);
  // A tile may not write what its neighbours write or read: either could come first.
  for (const std::int64_t other : {reader_[at], writer_[at]}) {
    if (tile >= 0 && other >= 0 && other != tile && (other == next_layer || tile == next_layer)) {
      throw ImageFault(
          fmt::format("tile {} and an early load of the next layer use {} at {}", std::min(tile, other), name_, at));
    }
    if (tile >= 0 && other >= 0 && other != tile && std::abs(other - tile) < 2) {
      throw ImageFault(fmt::format("tile {} writes {} at {}, which tile {} uses", tile, name_, at, other));
    }
  }
  if (tile >= 0) writer_[at] = std::max(writer_[at], tile);
  bytes_[at] = value;
  valid_[at] = true;
}

// -- the image -----------------------------------------------------------------------------------------------------

ImageInterpreter::ImageInterpreter(std::vector<std::uint8_t> image, Overlap overlap)
    : overlap_(overlap),
      header_(header_of(image)),
      image_("image", image.size()),
      arena_("arena", header_.arena_size),
      input_("input", header_.input_size),
      output_("output", header_.output_size),
      scratchpad_("scratchpad", header_.scratchpad_size),
      dense_(header_.accumulators),
      sparse_(header_.accumulators) {
  image_.fill(image);
}

template <typename Record>
Record ImageInterpreter::record(const image::Section& section, std::uint32_t index) const {
  if (index >= section.count) throw ImageFault(fmt::format("record {} of {}", index, section.count));
  Record result;
  std::memcpy(&result, image_.bytes().data() + section.offset + std::size_t{index} * sizeof(Record), sizeof(Record));
  return result;
}

CheckedMemory& ImageInterpreter::memory(image::Region region) {
  switch (region) {
    case image::Region::image:
      return image_;
    case image::Region::arena:
      return arena_;
    case image::Region::input:
      return input_;
    case image::Region::output:
      return output_;
    case image::Region::scratchpad:
      return scratchpad_;
  }
  throw ImageFault("unknown region");
}

std::vector<std::uint8_t> ImageInterpreter::run(std::span<const std::uint8_t> input) {
  input_.fill(input);
  arena_.forget();
  output_.forget();
  scratchpad_.forget();
  early_ = next_early_ = 0;
  for (layer_ = 0; layer_ < header_.layers.count; ++layer_) run_layer(layer_);
  return output_.bytes();
}

void ImageInterpreter::run_layer(std::uint32_t layer) {
  const auto description = record<image::Layer>(header_.layers, layer);
  if (description.kind == image::LayerKind::core) {
    run_core(record<image::CoreJob>(header_.core_jobs, description.core_job));
    return;
  }
  first_tile_ = description.first_tile;
  const std::uint32_t count = tile_count_ = description.tile_count;
  scratchpad_.settle();
  early_ = next_early_;
  next_early_ = 0;
  dense_.assign(dense_.size(), {});
  sparse_.assign(sparse_.size(), {});
  if (overlap_ == Overlap::none) {
    for (std::uint32_t tile = 0; tile < count; ++tile) {
      load(tile);
      compute(tile);
      store(tile);
    }
    return;
  }
  const bool late = overlap_ == Overlap::late_stores;
  const auto load_if_any = [&](std::uint32_t tile) {
    if (tile < count) load(tile);
  };
  load(0);
  load_if_any(1);
  compute(0);
  if (!late) store(0);
  for (std::uint32_t tile = 1; tile < count; ++tile) {
    if (late) {
      compute(tile);
      store(tile - 1);
      load_if_any(tile + 1);
    } else {
      load_if_any(tile + 1);
      compute(tile);
      store(tile);
    }
  }
  if (late) store(count - 1);
}

/// The driver's own operations, on copies of the tensors.
void ImageInterpreter::run_core(const image::CoreJob& job) {
  driver::CoreExecutor executor;
  driver::CoreWork& work = executor.work();
  work.job = job;
  work.data = image_.bytes().data() + job.data;
  std::vector<std::vector<std::uint8_t>> tensors(job.operand_count);
  for (std::uint32_t i = 0; i < job.operand_count; ++i) {
    const auto operand = record<image::CoreOperand>(header_.core_operands, job.first_operand + i);
    const std::size_t size = std::size_t{operand.height} * operand.width * operand.channels * operand.element_bytes;
    const bool output = i + 1 == job.operand_count;
    for (std::size_t at = 0; at < size; ++at) {
      const std::int64_t address = static_cast<std::int64_t>(operand.offset + at);
      tensors[i].push_back(output ? std::uint8_t{0xA5} : memory(operand.region).read(address, -1));
    }
    (output ? work.output : work.inputs[i]) = {operand, tensors[i].data()};
  }
  executor.begin();
  while (!executor.finished()) executor.advance();
  const image::CoreOperand& output = work.output.shape;
  for (std::size_t at = 0; at < tensors.back().size(); ++at) {
    memory(output.region).write(static_cast<std::int64_t>(output.offset + at), tensors.back()[at], -1);
  }
}

void ImageInterpreter::load(std::uint32_t tile) {
  tile_ = tile;
  const auto t = record<image::Tile>(header_.tiles, first_tile_ + tile);
  for (std::uint32_t i = tile == 0 ? early_ : 0; i < t.load_count; ++i) {
    copy(record<image::Transfer>(header_.transfers, t.first_load + i));
  }
  if (tile + 1 == tile_count_ && overlap_ != Overlap::none && layer_ + 1 < header_.layers.count) load_early(layer_ + 1);
}

void ImageInterpreter::load_early(std::uint32_t layer) {
  const auto next = record<image::Layer>(header_.layers, layer);
  const auto first = record<image::Tile>(header_.tiles, next.first_tile);
  is_early_ = true;
  for (; next_early_ < next.early_loads; ++next_early_) {
    const auto transfer = record<image::Transfer>(header_.transfers, first.first_load + next_early_);
    if (transfer.source != image::Region::image) throw ImageFault("an early load does not read the image");
    copy(transfer);
  }
  is_early_ = false;
}

void ImageInterpreter::store(std::uint32_t tile) {
  tile_ = tile;
  const auto t = record<image::Tile>(header_.tiles, first_tile_ + tile);
  for (std::uint32_t i = 0; i < t.store_count; ++i) copy(record<image::Transfer>(header_.transfers, t.first_store + i));
}

void ImageInterpreter::copy(const image::Transfer& transfer) {
  const registers::dma::Job& job = transfer.job;
  const std::uint32_t tag = is_early_ ? (layer_ + 1) << 16 : layer_ << 16 | static_cast<std::uint32_t>(tile_);
  if (job.tag != tag || job.next != 0) {
    throw ImageFault(fmt::format("transfer with tag {:#x}, next {}", job.tag, job.next));
  }
  const std::int64_t who = is_early_ ? CheckedMemory::next_layer : tile_;
  const auto sharing = [&](image::Region region) { return region == image::Region::scratchpad ? who : -1; };
  namespace padding = registers::dma::fields::padding;
  const std::uint32_t top = padding::top.get(job.padding), left = padding::left.get(job.padding);
  const std::uint32_t lines = top + job.lines + padding::bottom.get(job.padding);
  const std::uint32_t length = left + job.length + padding::right.get(job.padding);
  for (std::uint32_t plane = 0; plane < job.planes; ++plane) {
    for (std::uint32_t line = 0; line < lines; ++line) {
      const std::int64_t from = std::int64_t{job.source} + offset_of(plane, job.source_plane_stride) +
                                offset_of(line - top, job.source_line_stride) - left;
      const std::int64_t to = std::int64_t{job.destination} + offset_of(plane, job.destination_plane_stride) +
                              offset_of(line, job.destination_line_stride);
      for (std::uint32_t i = 0; i < length; ++i) {
        const bool inside = line >= top && line - top < job.lines && i >= left && i - left < job.length;
        const std::uint8_t byte = inside ? memory(transfer.source).read(from + i, sharing(transfer.source))
                                         : static_cast<std::uint8_t>(job.fill);
        memory(transfer.destination).write(to + i, byte, sharing(transfer.destination));
      }
    }
  }
}

void ImageInterpreter::compute(std::uint32_t tile) {
  tile_ = tile;
  const auto t = record<image::Tile>(header_.tiles, first_tile_ + tile);
  if (t.sparse_job != image::none) run_sparse(record<spu::Job>(header_.sparse_jobs, t.sparse_job));
  if (t.dense_job != image::none) run_dense(record<tmac::Job>(header_.dense_jobs, t.dense_job));
  run_merge(record<merge::Job>(header_.merge_jobs, t.merge_job));
  if (after_merge) after_merge(layer_, tile);
}

// -- the units -----------------------------------------------------------------------------------------------------

std::uint64_t ImageInterpreter::read_bits(std::uint64_t base, std::uint64_t bit, std::uint32_t width) {
  std::uint64_t value = 0;
  for (std::uint32_t i = 0; i < width; ++i, ++bit) {
    const std::uint8_t byte = scratchpad_.read(static_cast<std::int64_t>(base + bit / 8), tile_);
    value |= std::uint64_t{byte >> bit % 8 & 1u} << i;
  }
  return value;
}

std::int32_t ImageInterpreter::activation(std::int64_t address, bool is_signed) {
  const std::uint8_t byte = scratchpad_.read(address, tile_);
  return is_signed ? static_cast<std::int8_t>(byte) : std::int32_t{byte};
}

template <typename Job>
void ImageInterpreter::accumulate(const Job& job, const Weights& weights, Plane& plane) {
  namespace fields = tmac::fields;
  if (job.tag != (layer_ << 16 | static_cast<std::uint32_t>(tile_))) throw ImageFault("job with a foreign tag");
  const std::uint32_t height = fields::input_size::height.get(job.input_size);
  const std::uint32_t width = fields::input_size::width.get(job.input_size);
  if (height == 0 || width == 0) throw ImageFault("empty input tile");
  const std::uint32_t kernel_height = fields::kernel::height.get(job.kernel);
  const std::uint32_t kernel_width = fields::kernel::width.get(job.kernel);
  const bool is_signed = fields::flags::input_signed.get(job.flags) != 0;
  std::uint64_t index = job.accumulator_base;
  for (std::uint32_t y = 0; y < fields::output_size::height.get(job.output_size); ++y) {
    for (std::uint32_t x = 0; x < fields::output_size::width.get(job.output_size); ++x) {
      std::vector<std::int64_t> sums(job.output_channels, 0);
      for (std::uint32_t i = 0; i < kernel_height; ++i) {
        for (std::uint32_t j = 0; j < kernel_width; ++j) {
          const std::int64_t row = std::int64_t{y} * fields::kernel::stride_y.get(job.kernel) +
                                   i * fields::padding::dilation_y.get(job.padding) -
                                   fields::padding::top.get(job.padding);
          const std::int64_t column = std::int64_t{x} * fields::kernel::stride_x.get(job.kernel) +
                                      j * fields::padding::dilation_x.get(job.padding) -
                                      fields::padding::left.get(job.padding);
          if (row < 0 || column < 0 || row >= height || column >= width) continue;
          for (std::uint32_t c = 0; c < job.input_channels; ++c) {
            const std::int32_t value = activation(
                job.input_address + row * job.input_row_stride + column * job.input_pixel_stride + c, is_signed);
            const std::size_t k = (std::size_t{i} * kernel_width + j) * job.input_channels + c;
            for (std::uint32_t o = 0; o < job.output_channels; ++o) sums[o] += std::int64_t{weights[o][k]} * value;
          }
        }
      }
      for (const std::int64_t sum : sums) {
        if (sum > std::numeric_limits<std::int32_t>::max() || sum < std::numeric_limits<std::int32_t>::min()) {
          throw ImageFault("an accumulator overflows");
        }
        if (index >= plane.size()) throw ImageFault(fmt::format("accumulator {} of {}", index, plane.size()));
        Accumulator& accumulator = plane[index++];
        if (accumulator.owner == tile_ - 1) throw ImageFault("an accumulator is shared with the tile before");
        accumulator = {sum, true, tile_};
      }
    }
  }
}

std::int32_t ImageInterpreter::dense_weight(std::uint64_t row, std::size_t k, tmac::WeightFormat format) {
  switch (format) {
    case tmac::WeightFormat::ternary_base3: {
      std::uint64_t code = read_bits(row, k / 5 * 8, 8);
      if (code > 242) throw ImageFault("illegal base-3 code");
      for (std::size_t i = 0; i < k % 5; ++i) code /= 3;
      return static_cast<std::int32_t>(code % 3) - 1;
    }
    case tmac::WeightFormat::int2:
      return static_cast<std::int32_t>(sign_extend(read_bits(row, 2 * k, 2), 2));
    case tmac::WeightFormat::int4:
      return static_cast<std::int32_t>(sign_extend(read_bits(row, 4 * k, 4), 4));
    case tmac::WeightFormat::int8:
      return static_cast<std::int32_t>(sign_extend(read_bits(row, 8 * k, 8), 8));
    case tmac::WeightFormat::ternary_2bit:
      break;
  }
  const std::uint64_t code = read_bits(row, 2 * k, 2);
  if (code == 2) throw ImageFault("illegal ternary code");
  return code == 3 ? -1 : static_cast<std::int32_t>(code);
}

void ImageInterpreter::run_dense(const tmac::Job& job) {
  const std::size_t count = std::size_t{tmac::fields::kernel::height.get(job.kernel)} *
                            tmac::fields::kernel::width.get(job.kernel) * job.input_channels;
  if (job.weight_address % 4 != 0 || job.weight_row_stride % 4 != 0) throw ImageFault("misaligned weights");
  const auto format = static_cast<tmac::WeightFormat>(tmac::fields::flags::weight_format.get(job.flags));
  if ((header_.weight_formats >> static_cast<std::uint32_t>(format) & 1u) == 0) throw ImageFault("unstated format");
  Weights weights(job.output_channels);
  for (std::uint32_t o = 0; o < job.output_channels; ++o) {
    const std::uint64_t row = job.weight_address + std::uint64_t{o} * job.weight_row_stride;
    for (std::size_t k = 0; k < count; ++k) weights[o].push_back(dense_weight(row, k, format));
  }
  accumulate(job, weights, dense_);
}

void ImageInterpreter::run_sparse(const spu::Job& job) {
  const std::size_t count = std::size_t{spu::fields::kernel::height.get(job.kernel)} *
                            spu::fields::kernel::width.get(job.kernel) * job.input_channels;
  if ((job.value_address | job.value_row_stride | job.index_address | job.index_row_stride | job.row_pointer_address) %
          4 !=
      0) {
    throw ImageFault("misaligned values, indices or row pointers");
  }
  const std::uint32_t bits = spu::fields::format::value_bits.get(job.format);
  const auto format = static_cast<spu::IndexFormat>(spu::fields::format::index_format.get(job.format));
  const auto value_at = [&](std::uint64_t base, std::uint64_t slot) {
    return static_cast<std::int32_t>(sign_extend(read_bits(base, slot * bits, bits), bits));
  };
  Weights weights(job.output_channels, std::vector<std::int32_t>(count, 0));
  for (std::uint32_t o = 0; o < job.output_channels; ++o) {
    const std::uint64_t row = job.value_address + std::uint64_t{o} * job.value_row_stride;
    if (format == spu::IndexFormat::dense) {
      for (std::size_t k = 0; k < count; ++k) weights[o][k] = value_at(row, k);
    } else if (format == spu::IndexFormat::absolute) {
      const std::uint64_t first = read_word(job.row_pointer_address + std::uint64_t{o} * 4, 4);
      const std::uint64_t last = read_word(job.row_pointer_address + std::uint64_t{o} * 4 + 4, 4);
      for (std::uint64_t slot = first; slot < last; ++slot) {
        weights[o].at(read_word(job.index_address + slot * 2, 2)) += value_at(job.value_address, slot);
      }
    } else if (format == spu::IndexFormat::relative || format == spu::IndexFormat::bitmap) {
      const std::uint64_t first = read_word(job.row_pointer_address + std::uint64_t{o} * 4, 4);
      const std::uint64_t last = read_word(job.row_pointer_address + std::uint64_t{o} * 4 + 4, 4);
      const std::uint32_t width = spu::fields::format::n.get(job.format);
      const std::uint64_t bitmap = job.index_address + std::uint64_t{o} * job.index_row_stride;
      std::size_t k = 0;
      for (std::uint64_t slot = first; slot < last; ++slot, ++k) {
        if (format == spu::IndexFormat::bitmap) {
          while (read_bits(bitmap, k, 1) == 0) ++k;
        } else {
          k += read_bits(job.index_address, slot * width, width);
        }
        weights[o].at(k) += value_at(job.value_address, slot);
      }
    } else if (format == spu::IndexFormat::n_of_m) {
      const std::uint32_t n = spu::fields::format::n.get(job.format);
      const std::uint32_t m = spu::fields::format::m.get(job.format);
      const std::uint64_t groups = (count + m - 1) / m;
      const std::uint64_t index_row = job.index_address + std::uint64_t{o} * job.index_row_stride;
      for (std::uint64_t slot = 0; slot < groups * n; ++slot) {
        const std::uint64_t position = read_bits(index_row, slot * position_bits(m), position_bits(m));
        const std::int32_t value = value_at(row, slot);
        if (value != 0) weights[o].at(slot / n * m + position) += value;
      }
    }
  }
  if (format == spu::IndexFormat::relative_columns) read_columns(job, weights);
  accumulate(job, weights, sparse_);
}

void ImageInterpreter::read_columns(const spu::Job& job, Weights& weights) {
  const std::uint32_t lanes = std::min(header_.spu_lanes, job.output_channels);
  if (lanes == 0) throw ImageFault("columns for no lanes");
  const std::uint32_t bits = spu::fields::format::value_bits.get(job.format);
  const std::uint32_t width = spu::fields::format::n.get(job.format);
  const std::uint32_t pointer = spu::fields::format::wide_pointers.get(job.format) != 0 ? 4 : 2;
  const bool ordered = spu::fields::format::row_order.get(job.format) != 0;
  const std::size_t count = weights[0].size();
  const std::uint64_t pointer_stride = ((count + 1) * pointer + 3) / 4 * 4;
  for (std::uint64_t lane = 0; lane < lanes; ++lane) {
    const auto column = [&](std::size_t k) {
      return read_word(job.row_pointer_address + lane * pointer_stride + k * pointer, pointer);
    };
    for (std::size_t k = 0; k < count; ++k) {
      std::uint64_t place = lane;
      for (std::uint64_t i = column(k); i < column(k + 1); ++i, place += lanes) {
        place += lanes * read_bits(job.index_address + lane * job.index_row_stride, i * width, width);
        const std::uint64_t value = read_bits(job.value_address + lane * job.value_row_stride, i * bits, bits);
        const std::uint64_t channel = ordered ? read_word(job.row_order_address + 2 * place, 2) : place;
        weights.at(channel)[k] += static_cast<std::int32_t>(sign_extend(value, bits));
      }
    }
  }
}

std::int64_t ImageInterpreter::accumulated(Plane& plane, std::uint64_t index) {
  if (index >= plane.size()) throw ImageFault(fmt::format("accumulator {} of {}", index, plane.size()));
  if (!plane[index].valid || plane[index].owner != tile_) throw ImageFault("merge reads a foreign accumulator");
  return plane[index].value;
}

std::int64_t ImageInterpreter::pooled(const merge::Job& job, std::uint32_t row, std::uint32_t column,
                                      std::uint32_t channel) {
  namespace fields = merge::fields;
  const auto pool = static_cast<merge::Pool>(fields::flags::pool.get(job.flags));
  const std::uint32_t kernel_height = fields::pool_window::height.get(job.pool_window);
  const std::uint32_t kernel_width = fields::pool_window::width.get(job.pool_window);
  if (pool == merge::Pool::none && kernel_height * kernel_width != 1) throw ImageFault("window without pooling");
  std::int64_t sum = 0, greatest = std::numeric_limits<std::int64_t>::min();
  for (std::uint32_t i = 0; i < kernel_height; ++i) {
    for (std::uint32_t j = 0; j < kernel_width; ++j) {
      const std::int64_t y = std::int64_t{row} * fields::pool_window::stride_y.get(job.pool_window) + i -
                             fields::padding::top.get(job.padding);
      const std::int64_t x = std::int64_t{column} * fields::pool_window::stride_x.get(job.pool_window) + j -
                             fields::padding::left.get(job.padding);
      if (y < 0 || x < 0 || y >= fields::input_size::height.get(job.input_size) ||
          x >= fields::input_size::width.get(job.input_size)) {
        continue;
      }
      const std::int64_t value =
          activation(job.input_address + y * job.input_row_stride + x * job.input_pixel_stride + channel,
                     fields::flags::input_signed.get(job.flags) != 0);
      sum += value;
      greatest = std::max(greatest, value);
    }
  }
  return pool == merge::Pool::maximum ? greatest : sum;
}

void ImageInterpreter::run_merge(const merge::Job& job) {
  namespace fields = merge::fields;
  const bool words = fields::flags::output_words.get(job.flags) != 0;
  if (job.parameter_address % 8 != 0 || (words && job.output_address % 4 != 0)) throw ImageFault("misaligned merge");
  std::uint64_t index = job.accumulator_base;
  for (std::uint32_t y = 0; y < fields::output_size::height.get(job.output_size); ++y) {
    for (std::uint32_t x = 0; x < fields::output_size::width.get(job.output_size); ++x) {
      for (std::uint32_t o = 0; o < job.channels; ++o, ++index) {
        const std::uint64_t parameters = job.parameter_address + std::uint64_t{o} * 16;
        const auto multiplier = [&](std::uint32_t at) { return sign_extend(read_word(parameters + at, 2), 16); };
        std::int64_t sum = static_cast<std::int64_t>(read_word(parameters, 8));
        const auto shift = static_cast<std::uint32_t>(read_word(parameters + 14, 1));
        if (fields::flags::source_activations.get(job.flags) != 0) {
          sum += multiplier(8) * pooled(job, y, x, o);
        } else if (fields::flags::use_dense.get(job.flags) != 0) {
          sum += multiplier(8) * accumulated(dense_, index);
        }
        if (fields::flags::use_sparse.get(job.flags) != 0) sum += multiplier(10) * accumulated(sparse_, index);
        if (fields::flags::residual.get(job.flags) != 0) {
          sum += multiplier(12) * activation(std::int64_t{job.residual_address} + y * job.residual_row_stride +
                                                 x * job.residual_pixel_stride + o,
                                             fields::flags::residual_signed.get(job.flags) != 0);
        }
        const std::int64_t half = shift == 0 ? 0 : std::int64_t{1} << (shift - 1);
        std::int64_t result = sum < 0 ? -((half - sum) >> shift) : (sum + half) >> shift;
        result = std::min<std::int64_t>(std::max<std::int64_t>(result, static_cast<std::int32_t>(job.clip_low)),
                                        static_cast<std::int32_t>(job.clip_high));
        const std::uint32_t bytes = words ? 4 : 1;
        const std::int64_t address =
            std::int64_t{job.output_address} + y * job.output_row_stride + x * job.output_pixel_stride + o * bytes;
        for (std::uint32_t b = 0; b < bytes; ++b) {
          scratchpad_.write(address + b, static_cast<std::uint8_t>(static_cast<std::uint64_t>(result) >> 8 * b), tile_);
        }
      }
    }
  }
}

}  // namespace terse::testing
