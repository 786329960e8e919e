#pragma once
// The stored values and indices of a job of spu: models/sparse_weights, by the names that this unit's files use.
#include "models/sparse_weights/sparse_weights.hpp"
#include "models/spu/spu_parameters.hpp"

namespace terse {

using SpuFormat = SparseFormat;
using SpuWeights = SparseWeights;

/// What a unit with these parameters reads: under dataflow activation_broadcast relative_columns, else the formats
/// switched on; always dense.
[[nodiscard]] SparseCapabilities spu_capabilities(const SpuParameters& parameters);
/// Throws illegal_value for a format the unit does not support.
[[nodiscard]] SpuFormat spu_format(std::uint32_t format_register, const SpuParameters& parameters);

}  // namespace terse
