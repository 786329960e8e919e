#pragma once
// A small network image made by hand: each layer copies its input, plus one in every byte (what FakeHardware's merge
// does).
#include <cstdint>
#include <vector>

#include "formats/network_image.hpp"

namespace terse::test {

struct SyntheticNetwork {
  std::vector<std::uint32_t> tiles_per_layer = {3, 2};  ///< 0: the layer is the core's.
  std::uint32_t loads_per_tile = 2;                     ///< Activations, and weights for the rest.
  bool dense = true;
  bool sparse = true;
  /// From the second layer on the first tile's loads of weights come first, and may run during the layer before.
  bool early_weights = false;
  /// The first tile of a layer loads for all of them.
  bool first_tile_loads_all = false;
};

/// Bytes of input and output of the network, and of each layer.
inline constexpr std::uint32_t synthetic_bytes = 96;

[[nodiscard]] std::vector<std::uint8_t> make_image(const SyntheticNetwork& network = {});

/// Makes the checksum right again after a change.
void seal(std::vector<std::uint8_t>& image);

/// A record of an image that a test changes.
template <typename Record>
[[nodiscard]] Record& record_at(std::vector<std::uint8_t>& image, std::uint32_t offset) {
  return *reinterpret_cast<Record*>(image.data() + offset);
}
[[nodiscard]] inline image::Header& header_of(std::vector<std::uint8_t>& image) {
  return record_at<image::Header>(image, 0);
}

}  // namespace terse::test
