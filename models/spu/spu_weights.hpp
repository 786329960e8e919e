#pragma once
// Reads and checks the stored values and indices of a job.
#include <cstdint>
#include <vector>

#include "models/convolution/shape.hpp"
#include "models/convolution/weights.hpp"
#include "models/ports/job_memory.hpp"
#include "models/spu/spu_parameters.hpp"
#include "registers/generated/spu.hpp"

namespace terse {

/// The job register FORMAT, checked.
struct SpuFormat {
  registers::spu::IndexFormat index = registers::spu::IndexFormat::absolute;
  std::uint32_t value_bits = 8;
  std::uint32_t n = 0, m = 0;  ///< n_of_m only.

  /// Values stored per output channel (formats n_of_m and dense).
  [[nodiscard]] std::uint64_t row_values(const convolution::Shape& shape) const;
  /// Bytes of one output channel's index stream (format n_of_m).
  [[nodiscard]] std::uint64_t row_index_bytes(const convolution::Shape& shape) const;
};

/// Throws illegal_value for a format the unit does not support.
[[nodiscard]] SpuFormat spu_format(std::uint32_t format_register, const SpuParameters& parameters);

/// The weights of a job and what they take in the scratchpad, per output channel.
class SpuWeights {
 public:
  /// Throws illegal_value, unaligned_address, out_of_range, bus_error or illegal_encoding (models/spu/spu.hpp).
  void load(const registers::spu::Job& job, const SpuFormat& format, const convolution::Shape& shape,
            JobMemory& memory);

  /// Values stored for each output channel, unused slots included: what the lanes work through.
  [[nodiscard]] const std::vector<std::uint64_t>& row_values() const { return row_values_; }
  /// Bytes of values, indices and row pointers of each output channel.
  [[nodiscard]] const std::vector<std::uint64_t>& row_bytes() const { return row_bytes_; }
  /// Format dense.
  [[nodiscard]] const convolution::DenseMatrix& dense() const { return dense_; }
  /// The other formats; unused slots and zeros are left out.
  [[nodiscard]] const convolution::SparseMatrix& sparse() const { return sparse_; }

 private:
  void load_dense(const registers::spu::Job& job, const SpuFormat& format, const convolution::Shape& shape,
                  JobMemory& memory);
  void load_n_of_m(const registers::spu::Job& job, const SpuFormat& format, const convolution::Shape& shape,
                   JobMemory& memory);
  void load_absolute(const registers::spu::Job& job, const SpuFormat& format, const convolution::Shape& shape,
                     JobMemory& memory);

  convolution::DenseMatrix dense_;
  convolution::SparseMatrix sparse_;
  std::vector<std::uint64_t> row_values_, row_bytes_;
  // Kept from job to job for their memory only.
  std::vector<std::int16_t> values_;
  std::vector<std::uint8_t> value_buffer_, index_buffer_, pointer_buffer_;
};

}  // namespace terse
