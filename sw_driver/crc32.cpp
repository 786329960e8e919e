#include "sw_driver/crc32.hpp"

#include <array>

#include "sw_driver/hal.hpp"

namespace terse::driver {
namespace {

/// tables[n][b]: the CRC of byte b followed by n zero bytes.
constexpr auto make_tables() {
  std::array<std::array<std::uint32_t, 256>, 4> tables{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 1u) != 0 ? crc >> 1 ^ 0xEDB88320u : crc >> 1;
    tables[0][byte] = crc;
  }
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    for (std::size_t table = 1; table < 4; ++table) {
      const std::uint32_t crc = tables[table - 1][byte];
      tables[table][byte] = crc >> 8 ^ tables[0][crc & 0xFF];
    }
  }
  return tables;
}

constexpr auto tables = make_tables();

}  // namespace

std::uint32_t crc32(std::uint32_t crc, const std::uint8_t* bytes, std::size_t size) {
  crc = ~crc;
  for (; size != 0 && reinterpret_cast<std::uintptr_t>(bytes) % 4 != 0; --size) {
    crc = crc >> 8 ^ tables[0][(crc ^ *bytes++) & 0xFF];
  }
  for (; size >= 4; size -= 4, bytes += 4) {
    crc ^= load_word(bytes);
    crc = tables[3][crc & 0xFF] ^ tables[2][crc >> 8 & 0xFF] ^ tables[1][crc >> 16 & 0xFF] ^ tables[0][crc >> 24];
  }
  for (; size != 0; --size) crc = crc >> 8 ^ tables[0][(crc ^ *bytes++) & 0xFF];
  return ~crc;
}

}  // namespace terse::driver
