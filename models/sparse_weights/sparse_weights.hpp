#pragma once
// Reads and checks the stored values and indices of a job, in every index format: for spu, and for tmac's fused lanes.
#include <cstdint>
#include <span>
#include <vector>

#include "models/convolution/shape.hpp"
#include "models/convolution/weights.hpp"
#include "models/ports/job_memory.hpp"
#include "models/sparse_weights/sparse_format.hpp"

namespace terse {

/// The job registers that say where values, indices and tables lie, with the meaning they have in spu; and the offsets
/// that these registers have in the unit at hand, for its errors.
struct SparseRegisters {
  std::uint32_t value_address = 0, value_row_stride = 0;
  std::uint32_t index_address = 0, index_row_stride = 0;
  std::uint32_t row_pointer_address = 0, row_order_address = 0;
  std::uint32_t value_row_stride_offset = 0, index_row_stride_offset = 0;
};

/// Of a job of spu or tmac.
template <typename Job>
[[nodiscard]] SparseRegisters sparse_registers(const Job& job, std::uint32_t value_row_stride_offset,
                                               std::uint32_t index_row_stride_offset) {
  return {job.value_address,       job.value_row_stride,  job.index_address,       job.index_row_stride,
          job.row_pointer_address, job.row_order_address, value_row_stride_offset, index_row_stride_offset};
}

/// What the lanes work through, as it is stored: the entries of output channel o are
/// entries[row_starts[o] .. row_starts[o + 1]) in ascending order of position. Entries of value 0 are there too: the
/// fillers of relative formats, and the unused slots of n_of_m (at the first position of their group).
struct StoredEntries {
  std::vector<std::uint64_t> row_starts = {0};
  std::vector<convolution::SparseEntry> entries;

  [[nodiscard]] std::span<const convolution::SparseEntry> row(std::uint64_t o) const {
    return std::span(entries).subspan(row_starts[o], row_starts[o + 1] - row_starts[o]);
  }
};

/// Format relative_columns only: whose lane has which entries. The row at place i of the row order belongs to lane
/// i mod lanes and is its row i / lanes.
struct LaneColumns {
  std::uint32_t lanes = 0;              ///< With rows: at most the output channels of the job.
  std::vector<std::uint64_t> bytes;     ///< Per lane: values, indices and column pointers.
  std::vector<std::uint32_t> pointers;  ///< pointers[lane * (K + 1) + k]: entries of the lane before column k.
};

/// The weights of a job and what they take in the scratchpad.
class SparseWeights {
 public:
  /// `lanes`: of the unit, for relative_columns. Throws illegal_value, unaligned_address, out_of_range, bus_error or
  /// illegal_encoding (models/spu/spu.hpp).
  void load(const SparseRegisters& job, const SparseFormat& format, const convolution::Shape& shape,
            std::uint32_t lanes, JobMemory& memory);

  /// Values stored for each output channel, unused slots and fillers included: what the lanes work through.
  [[nodiscard]] const std::vector<std::uint64_t>& row_values() const { return row_values_; }
  /// Bytes of values, indices and row pointers of each output channel; under relative_columns without the pointers,
  /// which belong to lanes.
  [[nodiscard]] const std::vector<std::uint64_t>& row_bytes() const { return row_bytes_; }
  /// Output channels in the order in which they are processed.
  [[nodiscard]] const std::vector<std::uint32_t>& row_order() const { return row_order_; }
  /// All formats but dense, which stores position k as its k-th value.
  [[nodiscard]] const StoredEntries& stored() const { return stored_; }
  /// absolute, relative, bitmap: number of the first value of each output channel, and the end.
  [[nodiscard]] const std::vector<std::uint32_t>& row_pointers() const { return row_pointers_; }
  [[nodiscard]] const LaneColumns& lane_columns() const { return lane_columns_; }
  /// Format dense.
  [[nodiscard]] const convolution::DenseMatrix& dense() const { return dense_; }
  /// The other formats; values of 0 are left out.
  [[nodiscard]] const convolution::SparseMatrix& sparse() const { return sparse_; }

 private:
  /// An entry of a lane, and its output channel.
  struct LaneEntry {
    std::uint32_t channel = 0;
    convolution::SparseEntry entry;
  };

  void load_row_order(const SparseRegisters& job, const convolution::Shape& shape, JobMemory& memory);
  void load_dense(const SparseRegisters& job, const SparseFormat& format, const convolution::Shape& shape,
                  JobMemory& memory);
  void load_n_of_m(const SparseRegisters& job, const SparseFormat& format, const convolution::Shape& shape,
                   JobMemory& memory);
  /// absolute, relative, bitmap: rows of their own lengths, one behind the other.
  void load_rows(const SparseRegisters& job, const SparseFormat& format, const convolution::Shape& shape,
                 JobMemory& memory);
  void load_positions(const SparseRegisters& job, const SparseFormat& format, std::uint64_t o, std::uint64_t first,
                      std::span<const std::uint8_t> indices);
  void load_columns(const SparseRegisters& job, const SparseFormat& format, const convolution::Shape& shape,
                    JobMemory& memory);
  void load_lane(const SparseRegisters& job, const SparseFormat& format, std::uint32_t lane,
                 std::span<const std::uint8_t> packed, std::span<const std::uint8_t> indices);
  std::uint32_t load_column_pointers(const SparseRegisters& job, const SparseFormat& format, JobMemory& memory);
  void sort_by_channel(const SparseFormat& format, std::uint32_t channels);
  /// Ends an output channel's row of stored_ and makes its row of sparse_.
  void end_row();

  convolution::DenseMatrix dense_;
  convolution::SparseMatrix sparse_;
  StoredEntries stored_;
  LaneColumns lane_columns_;
  std::vector<std::uint64_t> row_values_, row_bytes_;
  std::vector<std::uint32_t> row_order_;
  // Kept from job to job for their memory only.
  std::vector<LaneEntry> lane_entries_;
  std::vector<std::uint32_t> row_pointers_;
  std::vector<std::int16_t> values_;
  std::vector<std::uint8_t> value_buffer_, index_buffer_, pointer_buffer_, order_buffer_;
};

}  // namespace terse
