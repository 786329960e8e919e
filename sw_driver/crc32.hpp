#pragma once
// CRC-32 of IEEE 802.3 (reflected polynomial 0xEDB88320), four bytes per step.
#include <cstddef>
#include <cstdint>

namespace terse::driver {

/// Continues `crc` (0 to start) over `size` bytes.
[[nodiscard]] std::uint32_t crc32(std::uint32_t crc, const std::uint8_t* bytes, std::size_t size);

}  // namespace terse::driver
