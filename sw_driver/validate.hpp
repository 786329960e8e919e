#pragma once
// Is this really a network image, is it whole, and can this hardware run it? Asked once, before anything is started, so
// that a corrupt or foreign image gives an error with its cause instead of wrong results.
#include <cstdint>

#include "sw_driver/image_view.hpp"
#include "sw_driver/result.hpp"

namespace terse::driver {

/// What the units' capability blocks say, and the memory given to a run.
struct HardwareCapabilities {
  std::uint32_t scratchpad_size = 0;  ///< Bytes.
  std::uint32_t accumulators = 0;     ///< Per plane.
  std::uint32_t arena_size = 0;       ///< Bytes.
  std::uint32_t index_formats = 0;    ///< Bit mask, see image::Header.
  std::uint32_t value_bits = 0;       ///< Bit mask, see image::Header.
  std::uint32_t weight_formats = 0;   ///< Bit mask, see image::Header.
  std::uint32_t spu_lanes = 0;
};

/// Memory near the core, where the records of an image are read faster than where the image lies. 4-byte aligned.
struct RecordMemory {
  std::uint8_t* bytes = nullptr;
  std::uint32_t size = 0;
};

/// Checks magic, version, size and checksum of `size` bytes at `bytes`, then that every section, index, transfer and
/// job stays inside its bounds. The records are copied to `records` when they fit there, else read in place. Errors:
/// image_magic, image_version, image_size, image_checksum, image_structure.
[[nodiscard]] Result<ImageView> open_image(const std::uint8_t* bytes, std::uint32_t size, RecordMemory records = {});

/// Error hardware_too_small for the first resource of which the image needs more than there is.
[[nodiscard]] Status check_resources(const image::Header& header, const HardwareCapabilities& hardware);

/// Whether mode fused can run the image on a tmac whose CAP_FUSED is `cap_fused`: its lanes read what the tiles that have
/// both passes store (else hardware_too_small), and both jobs of such a tile have the same geometry, input, accumulators
/// and modes (else image_structure).
[[nodiscard]] Status check_fused(const ImageView& view, std::uint32_t cap_fused);

}  // namespace terse::driver
