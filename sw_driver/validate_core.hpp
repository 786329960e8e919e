#pragma once
// Are an image's core jobs sound: everything that they read and write lies within their tensors, and no value can
// overflow.
#include "sw_driver/image_view.hpp"
#include "sw_driver/result.hpp"

namespace terse::driver {

/// `bytes`: the whole image. Errors: image_structure of Part::core_jobs or core_operands, with the record's index.
[[nodiscard]] Status check_core_jobs(const ImageView& view, const std::uint8_t* bytes);

}  // namespace terse::driver
