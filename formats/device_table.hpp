#pragma once
// What the boot ROM tells the firmware: which devices there are and what to do. One ELF runs every hardware variant,
// because nothing about the platform is compiled into it. Freestanding.
//
// At reset the core starts in the boot ROM, which loads a0 = hart id, a1 = address of the DeviceTable and jumps to the
// ELF's entry. All fields are little-endian 32-bit words.
#include <cstdint>

namespace terse::device_table {

inline constexpr std::uint32_t magic = 0x44535254;  // "TRSD"
inline constexpr std::uint32_t version = 2;
inline constexpr std::uint32_t max_devices = 32;

enum class DeviceType : std::uint32_t {
  boot_rom = 1,
  memory = 2,
  uart = 3,
  clint = 4,
  plic = 5,
  testdev = 6,
  dma = 16,
  scratchpad = 17,
  tmac = 18,
  spu = 19,
  merge = 20,
};

struct Device {
  DeviceType type;
  std::uint32_t base;        ///< Bus address.
  std::uint32_t size;        ///< Bytes.
  std::uint32_t interrupt;   ///< PLIC source of its first interrupt line (dma: one per channel, consecutive), 0: none.
  std::uint32_t interrupts;  ///< Number of lines.
};

/// How the passes of a layer are superposed (architecture: sequential | concurrent | fused).
/// fused: one job of tmac does both passes of a tile that has both.
enum class Superposition : std::uint32_t { sequential = 0, concurrent = 1, fused = 2 };

/// The job of firmware/infer. Addresses are bus addresses.
struct Arguments {
  std::uint32_t image_address;  ///< The network image (formats/network_image.hpp).
  std::uint32_t image_size;
  std::uint32_t input_address;   ///< `inferences` inputs, one after the other.
  std::uint32_t output_address;  ///< `inferences` outputs, one after the other.
  std::uint32_t arena_address;   ///< Memory for activations.
  std::uint32_t arena_size;
  std::uint32_t inferences;
  Superposition superposition;
  std::uint32_t profile;  ///< 1: print cycles per layer at the end.
};

struct DeviceTable {
  std::uint32_t magic;
  std::uint32_t version;
  std::uint32_t timebase_hz;  ///< Frequency of mtime.
  std::uint32_t core_hz;
  Arguments arguments;
  std::uint32_t count;
  Device devices[max_devices];
};

}  // namespace terse::device_table
