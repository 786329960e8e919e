#pragma once
// Pooling windows over activations. Pure arithmetic.
#include <cstdint>
#include <span>

#include "models/convolution/shape.hpp"
#include "registers/generated/merge.hpp"

namespace terse {

/// results[pixel * channels + c] = the window's greatest activation or its sum, with channels = shape.input_channels =
/// shape.output_channels and the window in shape.kernel_*. Positions outside the tile take no part; a window without
/// any position inside gives 0. `none` is the case of a 1x1 window.
void pool_windows(const convolution::Shape& shape, const convolution::ActivationView& activations,
                  registers::merge::Pool pool, std::span<std::int32_t> results);

}  // namespace terse
