#include "models/sparse_weights/sparse_format.hpp"

#include "models/convolution/weights.hpp"
#include "models/ports/job_problem.hpp"

namespace terse {

using registers::spu::IndexFormat;

std::uint64_t SparseFormat::row_values(const convolution::Shape& shape) const {
  const std::uint64_t weights = shape.weights_per_channel();
  return index == IndexFormat::dense ? weights : (weights + m - 1) / m * n;
}

std::uint64_t SparseFormat::row_index_bytes(const convolution::Shape& shape) const {
  if (index == IndexFormat::bitmap) return (shape.weights_per_channel() + 7) / 8;
  return (row_values(shape) * convolution::index_width(m) + 7) / 8;
}

SparseFormat sparse_format(std::uint32_t format_register, const SparseCapabilities& capabilities,
                           std::uint32_t register_offset) {
  namespace fields = registers::spu::fields::format;
  SparseFormat format;
  const std::uint32_t index = fields::index_format.get(format_register);
  format.index = static_cast<IndexFormat>(index);
  format.value_bits = fields::value_bits.get(format_register);
  format.n = fields::n.get(format_register);
  format.m = fields::m.get(format_register);
  format.row_order = fields::row_order.get(format_register) != 0;
  format.wide_pointers = fields::wide_pointers.get(format_register) != 0;
  const bool bits_exist = format.value_bits == 4 || format.value_bits == 8 || format.value_bits == 16;
  bool legal = bits_exist && format.value_bits <= capabilities.value_bits;
  legal = legal && (capabilities.index_formats >> index & 1u) != 0;
  switch (format.index) {
    case IndexFormat::n_of_m:
      legal = legal && format.n >= 1 && format.n <= format.m;
      break;
    case IndexFormat::relative:
    case IndexFormat::relative_columns:
      legal = legal && format.n >= 1 && format.n <= 8;
      break;
    default:
      break;
  }
  require_value(legal, register_offset);
  return format;
}

}  // namespace terse
