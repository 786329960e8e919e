#include "compiler/image_writer.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <array>
#include <bit>
#include <cstddef>
#include <cstring>
#include <limits>
#include <type_traits>

#include "compiler/compiler.hpp"

namespace terse::compiler {

namespace {

static_assert(std::endian::native == std::endian::little,
              "the image is little-endian, and records are copied as they are");

constexpr std::size_t record_alignment = 4;
constexpr std::size_t data_alignment = 64;

template <typename Record>
image::Section append(std::vector<std::uint8_t>& image, const std::vector<Record>& records, std::size_t alignment) {
  static_assert(std::is_trivially_copyable_v<Record>);
  image.resize((image.size() + alignment - 1) / alignment * alignment, 0);
  const std::size_t offset = image.size();
  image.resize(offset + records.size() * sizeof(Record));
  if (!records.empty()) std::memcpy(image.data() + offset, records.data(), records.size() * sizeof(Record));
  return {static_cast<std::uint32_t>(offset), static_cast<std::uint32_t>(records.size())};
}

}  // namespace

std::uint32_t image_crc32(std::span<const std::uint8_t> image) {
  constexpr std::size_t field = offsetof(image::Header, crc32);
  constexpr std::array<std::uint8_t, sizeof(std::uint32_t)> zero{};
  const auto rest = image.subspan(field + zero.size());
  uLong crc = crc32_z(0, image.data(), field);
  crc = crc32_z(crc, zero.data(), zero.size());
  return static_cast<std::uint32_t>(crc32_z(crc, rest.data(), rest.size()));
}

void ImageWriter::add_layer(const std::string& name, image::Layer layer) {
  layer.name = static_cast<std::uint32_t>(names_.size());
  layers_.push_back(layer);
  names_.insert(names_.end(), name.begin(), name.end());
  names_.push_back('\0');
}

void ImageWriter::begin_layer(const std::string& name, image::LayerKind kind, std::uint32_t early_loads) {
  add_layer(name, {0, kind, static_cast<std::uint32_t>(tiles_.size()), 0, image::none, early_loads});
}

void ImageWriter::add_core_layer(const std::string& name, image::CoreJob job,
                                 std::span<const image::CoreOperand> operands) {
  add_layer(name, {0, image::LayerKind::core, 0, 0, static_cast<std::uint32_t>(core_jobs_.size()), 0});
  job.first_operand = static_cast<std::uint32_t>(core_operands_.size());
  job.operand_count = static_cast<std::uint32_t>(operands.size());
  core_operands_.insert(core_operands_.end(), operands.begin(), operands.end());
  core_jobs_.push_back(job);
}

void ImageWriter::begin_tile() {
  const auto next = static_cast<std::uint32_t>(transfers_.size());
  tiles_.push_back({next, 0, next, 0, image::none, image::none, image::none});
  ++layers_.back().tile_count;
}

void ImageWriter::add_load(image::Transfer transfer) {
  transfers_.push_back(transfer);
  ++tiles_.back().load_count;
  ++tiles_.back().first_store;  // loads come before stores
}

void ImageWriter::add_store(image::Transfer transfer) {
  transfers_.push_back(transfer);
  ++tiles_.back().store_count;
}

void ImageWriter::set_dense(const registers::tmac::Job& job) {
  tiles_.back().dense_job = static_cast<std::uint32_t>(dense_jobs_.size());
  dense_jobs_.push_back(job);
}

void ImageWriter::set_sparse(const registers::spu::Job& job) {
  tiles_.back().sparse_job = static_cast<std::uint32_t>(sparse_jobs_.size());
  sparse_jobs_.push_back(job);
}

void ImageWriter::set_merge(const registers::merge::Job& job) {
  tiles_.back().merge_job = static_cast<std::uint32_t>(merge_jobs_.size());
  merge_jobs_.push_back(job);
}

std::uint32_t ImageWriter::add_data(std::span<const std::uint8_t> bytes) {
  constexpr std::size_t alignment = 16;
  data_.resize((data_.size() + alignment - 1) / alignment * alignment, 0);
  const auto offset = static_cast<std::uint32_t>(data_.size());
  data_.insert(data_.end(), bytes.begin(), bytes.end());
  return offset;
}

std::vector<std::uint8_t> ImageWriter::finish(image::Header header) {
  const auto place = [&](std::vector<std::uint8_t>& image) {
    header.layers = append(image, layers_, record_alignment);
    header.tiles = append(image, tiles_, record_alignment);
    header.transfers = append(image, transfers_, record_alignment);
    header.dense_jobs = append(image, dense_jobs_, record_alignment);
    header.sparse_jobs = append(image, sparse_jobs_, record_alignment);
    header.merge_jobs = append(image, merge_jobs_, record_alignment);
    header.core_jobs = append(image, core_jobs_, record_alignment);
    header.core_operands = append(image, core_operands_, record_alignment);
    header.names = append(image, names_, record_alignment);
    header.data = append(image, data_, data_alignment);
    image.resize((image.size() + record_alignment - 1) / record_alignment * record_alignment, 0);
  };
  // Transfers and core jobs name their data relative to the section until its place is known, which their number decides.
  std::vector<std::uint8_t> image(sizeof(image::Header), 0);
  place(image);
  data_offset_ = header.data.offset;
  for (image::Transfer& transfer : transfers_) {
    if (transfer.source == image::Region::image) transfer.job.source += data_offset_;
  }
  for (image::CoreJob& job : core_jobs_) job.data += data_offset_;
  image.assign(sizeof(image::Header), 0);
  place(image);
  if (image.size() > std::numeric_limits<std::uint32_t>::max()) {
    throw CompileError(fmt::format("the network image has {} bytes; at most 4 GiB", image.size()));
  }
  header.magic = image::magic;
  header.version = image::version;
  header.size = static_cast<std::uint32_t>(image.size());
  header.crc32 = 0;
  std::memcpy(image.data(), &header, sizeof(header));
  header.crc32 = image_crc32(image);
  std::memcpy(image.data(), &header, sizeof(header));
  return image;
}

}  // namespace terse::compiler
