#pragma once
// Reads and checks the weights of a dense pass.
#include <cstdint>
#include <span>
#include <vector>

#include "models/convolution/shape.hpp"
#include "models/convolution/weights.hpp"
#include "models/ports/job_memory.hpp"
#include "models/tmac/tmac_parameters.hpp"
#include "registers/generated/tmac.hpp"

namespace terse {

/// Bit f is set when an array with these parameters reads weight_format f.
[[nodiscard]] std::uint32_t weight_formats(const TmacParameters& parameters);
/// Weights of a format that share a byte.
[[nodiscard]] std::uint32_t weights_per_byte(registers::tmac::WeightFormat format);
/// Bytes of `columns` weights; rows in memory may lie further apart.
[[nodiscard]] std::uint64_t weight_row_bytes(registers::tmac::WeightFormat format, std::uint64_t columns);

/// The weights of a job.
class TmacWeights {
 public:
  /// Throws illegal_value, unaligned_address, out_of_range, bus_error or illegal_encoding (models/tmac/tmac.hpp).
  void load(const registers::tmac::Job& job, const convolution::Shape& shape, const TmacParameters& parameters,
            JobMemory& memory);
  /// sums[pixel * output_channels + o]; all of them are overwritten.
  void multiply(const convolution::Shape& shape, const convolution::ActivationView& activations,
                std::span<std::int64_t> sums) const;

  [[nodiscard]] registers::tmac::WeightFormat format() const { return format_; }
  /// Bytes of each output channel's row, without what lies between rows.
  [[nodiscard]] std::uint64_t row_bytes() const { return row_bytes_; }
  /// The weights, whatever their format: all of them fit a byte.
  [[nodiscard]] const convolution::TernaryMatrix& matrix() const { return bytes_; }

 private:
  [[nodiscard]] bool is_ternary() const;
  void unpack(const registers::tmac::Job& job, const convolution::Shape& shape, std::span<const std::uint8_t> packed);

  registers::tmac::WeightFormat format_ = registers::tmac::WeightFormat::ternary_2bit;
  std::uint64_t row_bytes_ = 0;
  convolution::TernaryMatrix bytes_;
  convolution::DenseMatrix integers_;  ///< Formats other than the ternary ones, for their multiplication.
  std::vector<std::uint8_t> buffer_;   ///< Kept from job to job for its memory only.
};

}  // namespace terse
