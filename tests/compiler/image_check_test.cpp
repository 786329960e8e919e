// Reading an image back: sound, truncated, foreign, damaged.
#include "compiler/image_check.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "compiler/compiler.hpp"
#include "compiler/image_writer.hpp"
#include "tests/compiler/random_network.hpp"

namespace terse::compiler {
namespace {

using ::testing::HasSubstr;

std::vector<std::uint8_t> sound_image() {
  testing::RandomNetwork random(4);
  return compile(random.network(), {4096, 256, 4, 4, 1, 4, 1u << 20}).image;
}

std::string error_of(std::span<const std::uint8_t> image) {
  try {
    inspect_image(image);
  } catch (const CompileError& error) {
    return error.what();
  }
  return "accepted";
}

/// Changes the image through `change(header, bytes)` and gives it a valid checksum again.
std::string error_after(auto change) {
  std::vector<std::uint8_t> image = sound_image();
  image::Header header;
  std::memcpy(&header, image.data(), sizeof(header));
  change(header, image);
  std::memcpy(image.data(), &header, sizeof(header));
  header.crc32 = image_crc32(image);
  std::memcpy(image.data(), &header, sizeof(header));
  return error_of(image);
}

/// CRC-32 bit by bit, as IEEE 802.3 defines it.
std::uint32_t crc32_by_definition(std::span<const std::uint8_t> bytes) {
  std::uint32_t crc = 0xFFFFFFFF;
  for (const std::uint8_t byte : bytes) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ ((crc & 1u) != 0 ? 0xEDB88320u : 0u);
  }
  return ~crc;
}

TEST(ImageCheck, ASoundImageIsDescribed) {
  testing::RandomNetwork random(4);
  const CompiledNetwork compiled = compile(random.network(), {4096, 256, 4, 4, 1, 4, 1u << 20});
  const ImageInfo info = inspect_image(compiled.image);
  ASSERT_EQ(info.layers.size(), compiled.network.layers.size());
  for (std::size_t i = 0; i < info.layers.size(); ++i) {
    EXPECT_EQ(info.layers[i].name, compiled.network.layers[i].name);
    EXPECT_EQ(info.layers[i].tiles, compiled.plans[i].tiles.size());
  }
  EXPECT_EQ(info.header.size, compiled.image.size());
  EXPECT_EQ(info.header.input_size, compiled.network.tensors[compiled.network.input].bytes());
  EXPECT_LE(info.header.scratchpad_size, 4096u);
  EXPECT_LE(info.header.accumulators, 256u);
}

TEST(ImageCheck, TheChecksumIsThatOfTheImageWithTheFieldZero) {
  std::vector<std::uint8_t> image = sound_image();
  const std::uint32_t stated = image_crc32(image);
  std::memset(image.data() + offsetof(image::Header, crc32), 0, 4);
  EXPECT_EQ(stated, crc32_by_definition(image));
}

TEST(ImageCheck, AnyFlippedBitIsFound) {
  const std::vector<std::uint8_t> sound = sound_image();
  for (std::size_t byte = 0; byte < sound.size(); byte += 7) {
    std::vector<std::uint8_t> image = sound;
    image[byte] = static_cast<std::uint8_t>(image[byte] ^ 1u << byte % 8);
    EXPECT_NE(error_of(image), "accepted") << "byte " << byte;
  }
}

TEST(ImageCheck, TruncatedImages) {
  const std::vector<std::uint8_t> sound = sound_image();
  EXPECT_THAT(error_of(std::span(sound).first(10)), HasSubstr("10 bytes are less than its header has"));
  EXPECT_THAT(error_of(std::span(sound).first(sound.size() - 1)), HasSubstr("the file is truncated"));
  std::vector<std::uint8_t> longer = sound;
  longer.push_back(0);
  EXPECT_THAT(error_of(longer), HasSubstr("has something appended"));
}

TEST(ImageCheck, ForeignImages) {
  std::vector<std::uint8_t> elf(500, 0);
  std::memcpy(elf.data(),
              "\x7f"
              "ELF",
              4);
  EXPECT_EQ(error_of(elf), "network image: it begins with 0x464c457f, not 0x4e535254: the file is no network image");
  EXPECT_THAT(error_after([](image::Header& h, auto&) { h.version = 2; }),
              HasSubstr("format version 2, this program reads version 3; compile the network again"));
}

TEST(ImageCheck, DamageBehindAValidChecksum) {
  EXPECT_THAT(error_after([](image::Header& h, auto&) { h.tiles.offset = 0x7FFFFFF0; }), HasSubstr("section of tiles"));
  EXPECT_THAT(error_after([](image::Header& h, auto&) { h.data.count = 0xFFFFFFFF; }), HasSubstr("section of data"));
  EXPECT_THAT(error_after([](image::Header& h, auto&) { h.layers.offset += 1; }), HasSubstr("section of layers"));
  EXPECT_THAT(error_after([](image::Header& h, auto&) { h.merge_jobs.count = 0; }), HasSubstr("merge job of tile 0"));
  EXPECT_THAT(error_after([](image::Header& h, auto&) { h.scratchpad_size = 16; }),
              HasSubstr("of a region of 16 bytes"));
  EXPECT_THAT(error_after([](image::Header& h, std::vector<std::uint8_t>& bytes) {
                const std::uint32_t region = 9;
                std::memcpy(bytes.data() + h.transfers.offset, &region, 4);
              }),
              HasSubstr("a transfer names region 9"));
  EXPECT_THAT(error_after([](image::Header& h, std::vector<std::uint8_t>& bytes) {
                const std::uint32_t name = 60000;
                std::memcpy(bytes.data() + h.layers.offset, &name, 4);
              }),
              HasSubstr("a layer's name is at 60000"));
}

}  // namespace
}  // namespace terse::compiler
