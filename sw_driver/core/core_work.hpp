#pragma once
// A job of the core under way: the image's records with pointers, and the arithmetic that all operations share. Integers
// only; docs/numerics.md defines every result.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "formats/core_job.hpp"
#include "sw_driver/hal.hpp"

namespace terse::driver {

/// A tensor in memory.
struct CoreTensor {
  image::CoreOperand shape{};
  std::uint8_t* bytes = nullptr;

  [[nodiscard]] std::uint32_t elements() const { return shape.height * shape.width * shape.channels; }
  [[nodiscard]] std::uint32_t pixels() const { return shape.height * shape.width; }
};

/// Scratch memory near the core.
struct CoreWorkspace {
  template <std::size_t size>
  union alignas(4) Memory {
    std::array<std::uint8_t, size> bytes;
    std::array<std::int16_t, size / 2> centred;  ///< Elements minus their zero point.
  };
  Memory<2048> input;                                ///< A row on its way in ...
  alignas(4) std::array<std::uint8_t, 2048> output;  ///< ... and out.
  Memory<8192> data;                                 ///< Parameters, or a panel of a matrix.
};

struct CoreWork {
  image::CoreJob job{};
  const std::uint8_t* data = nullptr;  ///< The job's data in the image.
  std::array<CoreTensor, image::most_core_operands> inputs{};
  CoreTensor output;
  CoreWorkspace* workspace = nullptr;

  /// A record of the job's data.
  template <typename Record>
  [[nodiscard]] Record record(std::uint32_t offset = 0) const {
    Record result;
    std::memcpy(&result, __builtin_assume_aligned(data + offset, 4), sizeof result);
    return result;
  }
};

/// Stored bytes to integers, without a branch: (byte ^ flip) - flip extends the sign where flip is 128.
class Decoder {
 public:
  explicit Decoder(const image::CoreOperand& tensor)
      : flip_(tensor.is_signed != 0 ? 0x80 : 0), offset_(static_cast<std::int32_t>(flip_)) {}
  /// Minus the zero point.
  static Decoder centred(const image::CoreOperand& tensor) {
    Decoder decoder(tensor);
    decoder.offset_ += tensor.zero_point;
    return decoder;
  }
  [[nodiscard]] std::int32_t operator()(std::uint8_t byte) const {
    return static_cast<std::int32_t>(byte ^ flip_) - offset_;
  }

 private:
  std::uint32_t flip_;
  std::int32_t offset_;
};

/// Division by 2^shift to the nearest integer, halves away from zero; 0 <= shift <= 62.
class Rounding {
 public:
  explicit Rounding(std::uint32_t shift) : shift_(shift), half_(shift == 0 ? 0 : std::uint64_t{1} << (shift - 1)) {}

  /// Whether the result of 63 bits has at most 31.
  [[nodiscard]] bool is_narrow() const { return shift_ >= 32; }
  [[nodiscard]] std::int64_t wide(std::int64_t value) const {
    const auto result = static_cast<std::int64_t>(magnitude(value) >> shift_);
    return value < 0 ? -result : result;
  }
  /// The same, when the result has at most 31 bits and shift is not 0: half the work for a core of 32 bits.
  [[nodiscard]] std::int32_t narrow(std::int64_t value) const {
    const std::uint64_t sum = magnitude(value);
    const auto high = static_cast<std::uint32_t>(sum >> 32), low = static_cast<std::uint32_t>(sum);
    const auto result =
        static_cast<std::int32_t>(shift_ >= 32 ? high >> (shift_ - 32) : high << (32 - shift_) | low >> shift_);
    return value < 0 ? -result : result;
  }

 private:
  [[nodiscard]] std::uint64_t magnitude(std::int64_t value) const {
    return static_cast<std::uint64_t>(value < 0 ? -value : value) + half_;
  }

  std::uint32_t shift_;
  std::uint64_t half_;
};

/// Writes results: adds the zero point, clips, and stores bytes or words.
class CoreStore {
 public:
  explicit CoreStore(const CoreWork& work)
      : zero_point_(work.output.shape.zero_point),
        low_(work.job.clip_low),
        high_(work.job.clip_high),
        words_(work.output.shape.element_bytes == 4) {}

  [[nodiscard]] std::uint32_t element_bytes() const { return words_ ? 4 : 1; }

  /// value / 2^shift
  void put(std::uint8_t* to, std::int64_t value, const Rounding& rounding) const {
    if (rounding.is_narrow()) {
      put_narrow(to, rounding.narrow(value));
      return;
    }
    const std::int64_t shifted = rounding.wide(value) + zero_point_;
    write(to, static_cast<std::int32_t>(shifted < low_ ? low_ : shifted > high_ ? high_ : shifted));
  }
  /// `value` has at most 31 bits.
  void put_narrow(std::uint8_t* to, std::int32_t value) const {
    const std::int32_t shifted = value + zero_point_;
    write(to, shifted < low_ ? low_ : shifted > high_ ? high_ : shifted);
  }

 private:
  void write(std::uint8_t* to, std::int32_t value) const {
    if (words_) {
      std::memcpy(to, &value, sizeof value);  // a network's output may lie at any address
    } else {
      *to = static_cast<std::uint8_t>(value);
    }
  }

  std::int32_t zero_point_, low_, high_;
  bool words_;
};

/// By words where both addresses allow it.
void copy_bytes(std::uint8_t* to, const std::uint8_t* from, std::uint32_t count);

/// A row of bytes near the core: a copy in the workspace when it fits there, else the row itself.
class StagedRow {
 public:
  StagedRow(CoreWorkspace& workspace, const std::uint8_t* row, std::uint32_t count) : bytes_(row) {
    if (count > workspace.input.bytes.size()) return;
    copy_bytes(workspace.input.bytes.data(), row, count);
    bytes_ = workspace.input.bytes.data();
  }
  [[nodiscard]] std::uint8_t operator[](std::uint32_t index) const { return bytes_[index]; }

 private:
  const std::uint8_t* bytes_;
};

/// Where a row of results is made: in the workspace when it fits there, else in place; deliver() brings it there.
class StagedResult {
 public:
  StagedResult(CoreWorkspace& workspace, std::uint8_t* row, std::uint32_t bytes)
      : row_(row), made_(bytes <= workspace.output.size() ? workspace.output.data() : row), bytes_(bytes) {}
  [[nodiscard]] std::uint8_t* bytes() const { return made_; }
  void deliver() const {
    if (made_ != row_) copy_bytes(row_, made_, bytes_);
  }

 private:
  std::uint8_t* row_;
  std::uint8_t* made_;
  std::uint32_t bytes_;
};

}  // namespace terse::driver
