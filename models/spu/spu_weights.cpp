#include "models/spu/spu_weights.hpp"

namespace terse {

using registers::spu::IndexFormat;

SparseCapabilities spu_capabilities(const SpuParameters& parameters) {
  SparseCapabilities capabilities{index_format_bit(IndexFormat::dense), parameters.value_bits};
  const auto add = [&](IndexFormat format, bool supported) {
    if (supported) capabilities.index_formats |= index_format_bit(format);
  };
  const bool columns = parameters.dataflow == "activation_broadcast";
  add(IndexFormat::relative_columns, columns);
  add(IndexFormat::absolute, !columns && parameters.absolute_indices);
  add(IndexFormat::n_of_m, !columns && parameters.n_of_m_indices);
  add(IndexFormat::relative, !columns && parameters.relative_indices);
  add(IndexFormat::bitmap, !columns && parameters.bitmap_indices);
  return capabilities;
}

SpuFormat spu_format(std::uint32_t format_register, const SpuParameters& parameters) {
  return sparse_format(format_register, spu_capabilities(parameters), registers::spu::format);
}

}  // namespace terse
