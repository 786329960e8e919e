#pragma once
// Reading a network image back: is it one, is it whole, and what does it need.
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "formats/network_image.hpp"

namespace terse::compiler {

struct ImageLayerInfo {
  std::string name;
  image::LayerKind kind = image::LayerKind::convolution;
  std::uint32_t tiles = 0;
};

struct ImageInfo {
  image::Header header{};
  std::vector<ImageLayerInfo> layers;
};

/// Checks magic, version, size, checksum, that every section, index and name lies within the image, and that every
/// transfer stays within its regions. Throws CompileError that says which of these failed, e.g. for a truncated, a
/// foreign or a damaged image.
ImageInfo inspect_image(std::span<const std::uint8_t> image);

}  // namespace terse::compiler
