#pragma once
// Collects the records of a network image and lays them out (formats/network_image.hpp).
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "formats/network_image.hpp"

namespace terse::compiler {

/// CRC-32 of an image as its header has it: the header's crc32 field counts as zero.
std::uint32_t image_crc32(std::span<const std::uint8_t> image);

class ImageWriter {
 public:
  /// Layers get their tiles, and tiles their transfers and jobs, in the order of these calls.
  /// `early_loads`: see image::Layer.
  void begin_layer(const std::string& name, image::LayerKind kind, std::uint32_t early_loads = 0);
  /// A layer that the core does; `operands`: its inputs, then its output. The job names its data as add_data() says.
  void add_core_layer(const std::string& name, image::CoreJob job, std::span<const image::CoreOperand> operands);
  void begin_tile();
  void add_load(image::Transfer transfer);
  void add_store(image::Transfer transfer);
  void set_dense(const registers::tmac::Job& job);
  void set_sparse(const registers::spu::Job& job);
  void set_merge(const registers::merge::Job& job);

  /// Appends 16-byte aligned data; returns its offset within the data section. A transfer whose source is region image
  /// names such an offset.
  std::uint32_t add_data(std::span<const std::uint8_t> bytes);
  [[nodiscard]] std::uint32_t layer_index() const { return static_cast<std::uint32_t>(layers_.size() - 1); }
  [[nodiscard]] std::uint32_t tile_index() const { return layers_.back().tile_count - 1; }

  // -- what was written so far -----------------------------------------------------------------------------------
  [[nodiscard]] std::span<const image::Layer> layers() const { return layers_; }
  [[nodiscard]] std::span<const image::Tile> tiles() const { return tiles_; }
  [[nodiscard]] std::span<const image::Transfer> transfers() const { return transfers_; }
  [[nodiscard]] std::span<const registers::tmac::Job> dense_jobs() const { return dense_jobs_; }
  [[nodiscard]] std::span<const registers::spu::Job> sparse_jobs() const { return sparse_jobs_; }
  [[nodiscard]] std::span<const registers::merge::Job> merge_jobs() const { return merge_jobs_; }

  /// `header` states the sizes and needs of the network; the sections, magic, version, size and checksum are filled in.
  /// Throws CompileError when the image exceeds 4 GiB.
  std::vector<std::uint8_t> finish(image::Header header);
  /// Offset of the data section within the image; known after finish().
  [[nodiscard]] std::uint32_t data_offset() const { return data_offset_; }

 private:
  void add_layer(const std::string& name, image::Layer layer);

  std::vector<image::Layer> layers_;
  std::vector<image::Tile> tiles_;
  std::vector<image::Transfer> transfers_;
  std::vector<registers::tmac::Job> dense_jobs_;
  std::vector<registers::spu::Job> sparse_jobs_;
  std::vector<registers::merge::Job> merge_jobs_;
  std::vector<image::CoreJob> core_jobs_;
  std::vector<image::CoreOperand> core_operands_;
  std::vector<char> names_;
  std::vector<std::uint8_t> data_;
  std::uint32_t data_offset_ = 0;
};

}  // namespace terse::compiler
