#pragma once
// Reads the records of a network image (formats/network_image.hpp) in place.
#include <cstdint>

#include "formats/network_image.hpp"
#include "sw_driver/hal.hpp"

namespace terse::driver {

/// Job registers in the image, in order.
class JobWords {
 public:
  explicit JobWords(const std::uint8_t* bytes) : bytes_(bytes) {}
  [[nodiscard]] std::uint32_t operator[](std::uint32_t index) const { return load_word(bytes_ + 4 * index); }

 private:
  const std::uint8_t* bytes_;
};

/// A record of the image, copied word by word.
template <typename Record>
[[nodiscard]] Record load_record(const std::uint8_t* bytes) {
  static_assert(sizeof(Record) % 4 == 0 && std::is_trivially_copyable_v<Record>);
  Record record;
  std::memcpy(&record, __builtin_assume_aligned(bytes, 4), sizeof record);
  return record;
}

/// An image whose sections are known to lie inside it (validate.hpp makes one). Indices must be below the section's
/// count.
class ImageView {
 public:
  ImageView() = default;
  /// `bytes` is 4-byte aligned.
  explicit ImageView(const std::uint8_t* bytes) : bytes_(bytes), header_(load_record<image::Header>(bytes)) {}

  [[nodiscard]] const image::Header& header() const { return header_; }
  [[nodiscard]] image::Layer layer(std::uint32_t index) const { return record<image::Layer>(header_.layers, index); }
  [[nodiscard]] image::Tile tile(std::uint32_t index) const { return record<image::Tile>(header_.tiles, index); }
  [[nodiscard]] image::Transfer transfer(std::uint32_t index) const {
    return record<image::Transfer>(header_.transfers, index);
  }
  [[nodiscard]] JobWords dense_job(std::uint32_t index) const {
    return job<registers::tmac::Job>(header_.dense_jobs, index);
  }
  [[nodiscard]] JobWords sparse_job(std::uint32_t index) const {
    return job<registers::spu::Job>(header_.sparse_jobs, index);
  }
  [[nodiscard]] JobWords merge_job(std::uint32_t index) const {
    return job<registers::merge::Job>(header_.merge_jobs, index);
  }
  /// Zero-terminated.
  [[nodiscard]] const char* name(const image::Layer& layer) const {
    return reinterpret_cast<const char*>(bytes_ + header_.names.offset + layer.name);
  }

 private:
  template <typename Record>
  [[nodiscard]] Record record(const image::Section& section, std::uint32_t index) const {
    return load_record<Record>(bytes_ + section.offset + index * sizeof(Record));
  }
  template <typename Job>
  [[nodiscard]] JobWords job(const image::Section& section, std::uint32_t index) const {
    return JobWords(bytes_ + section.offset + index * sizeof(Job));
  }

  const std::uint8_t* bytes_ = nullptr;
  image::Header header_{};
};

}  // namespace terse::driver
