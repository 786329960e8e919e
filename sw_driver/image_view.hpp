#pragma once
// Reads the records of a network image (formats/network_image.hpp) in place.
#include <cstddef>
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

/// A transfer in place.
struct TransferView {
  image::Region source;
  image::Region destination;
  JobWords job;
};

/// An image whose sections are known to lie inside it (validate.hpp makes one). Indices must be below the section's
/// count.
class ImageView {
 public:
  ImageView() = default;
  /// `bytes` is 4-byte aligned.
  explicit ImageView(const std::uint8_t* bytes)
      : bytes_(bytes), records_(bytes), header_(load_record<image::Header>(bytes)) {}

  /// Bytes from the start of the image up to the last record that a run needs.
  [[nodiscard]] std::uint32_t record_bytes() const;
  /// Reads the records from a copy of these bytes from now on: memory near the core instead of the image's.
  void use_copy(const std::uint8_t* records) { records_ = records; }

  [[nodiscard]] const image::Header& header() const { return header_; }
  [[nodiscard]] image::Layer layer(std::uint32_t index) const { return record<image::Layer>(header_.layers, index); }
  [[nodiscard]] image::Tile tile(std::uint32_t index) const { return record<image::Tile>(header_.tiles, index); }
  [[nodiscard]] image::Transfer transfer(std::uint32_t index) const {
    return record<image::Transfer>(header_.transfers, index);
  }
  [[nodiscard]] TransferView transfer_view(std::uint32_t index) const {
    const std::uint8_t* words = records_ + header_.transfers.offset + index * sizeof(image::Transfer);
    static_assert(offsetof(image::Transfer, job) == 8);
    return {static_cast<image::Region>(load_word(words)), static_cast<image::Region>(load_word(words + 4)),
            JobWords(words + 8)};
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
  [[nodiscard]] image::CoreJob core_job(std::uint32_t index) const {
    return record<image::CoreJob>(header_.core_jobs, index);
  }
  [[nodiscard]] image::CoreOperand core_operand(std::uint32_t index) const {
    return record<image::CoreOperand>(header_.core_operands, index);
  }
  /// The data of a core job.
  [[nodiscard]] const std::uint8_t* core_data(const image::CoreJob& core) const { return bytes_ + core.data; }
  /// Zero-terminated.
  [[nodiscard]] const char* name(const image::Layer& layer) const {
    return reinterpret_cast<const char*>(bytes_ + header_.names.offset + layer.name);
  }

 private:
  template <typename Record>
  [[nodiscard]] Record record(const image::Section& section, std::uint32_t index) const {
    return load_record<Record>(records_ + section.offset + index * sizeof(Record));
  }
  template <typename Job>
  [[nodiscard]] JobWords job(const image::Section& section, std::uint32_t index) const {
    return JobWords(records_ + section.offset + index * sizeof(Job));
  }

  const std::uint8_t* bytes_ = nullptr;
  const std::uint8_t* records_ = nullptr;  ///< The image, or a copy of its front.
  image::Header header_{};
};

inline std::uint32_t ImageView::record_bytes() const {
  std::uint32_t end = sizeof(image::Header);
  const auto include = [&end](const image::Section& section, std::uint32_t record_size) {
    const std::uint32_t section_end = section.offset + section.count * record_size;
    end = section_end > end ? section_end : end;
  };
  include(header_.layers, sizeof(image::Layer));
  include(header_.tiles, sizeof(image::Tile));
  include(header_.transfers, sizeof(image::Transfer));
  include(header_.dense_jobs, sizeof(registers::tmac::Job));
  include(header_.sparse_jobs, sizeof(registers::spu::Job));
  include(header_.merge_jobs, sizeof(registers::merge::Job));
  include(header_.core_jobs, sizeof(image::CoreJob));
  include(header_.core_operands, sizeof(image::CoreOperand));
  return end;
}

}  // namespace terse::driver
