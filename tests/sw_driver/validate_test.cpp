// Every way in which an image can be wrong, or the wrong one, is told apart.
#include "sw_driver/validate.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "sw_driver/crc32.hpp"
#include "tests/sw_driver/synthetic_image.hpp"

namespace terse::test {
namespace {

using driver::Error;
using driver::ErrorCode;
using driver::Part;
using image::Region;

Error open(const std::vector<std::uint8_t>& image) {
  return driver::open_image(image.data(), static_cast<std::uint32_t>(image.size())).error();
}

TEST(Crc32, KnownValues) {
  const std::string_view digits = "123456789";
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(digits.data());
  EXPECT_EQ(driver::crc32(0, bytes, digits.size()), 0xCBF43926u);  // the check value of this CRC's catalogue entry
  EXPECT_EQ(driver::crc32(0, bytes, 0), 0u);
}

TEST(Crc32, ContinuesAtAnyAlignment) {
  std::vector<std::uint8_t> bytes(64);
  for (std::size_t index = 0; index < bytes.size(); ++index) bytes[index] = static_cast<std::uint8_t>(index * 37);
  const std::uint32_t whole = driver::crc32(0, bytes.data(), bytes.size());
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    const std::uint32_t first = driver::crc32(0, bytes.data(), cut);
    EXPECT_EQ(driver::crc32(first, bytes.data() + cut, bytes.size() - cut), whole) << "cut at " << cut;
  }
}

TEST(OpenImage, AcceptsAGoodOne) {
  const std::vector<std::uint8_t> image = make_image();
  const auto view = driver::open_image(image.data(), static_cast<std::uint32_t>(image.size()));
  ASSERT_TRUE(view.ok());
  EXPECT_EQ(view.value().header().layers.count, 2u);
  EXPECT_STREQ(view.value().name(view.value().layer(1)), "copy");
  EXPECT_EQ(view.value().merge_job(4)[0], 0x00010001u);
}

TEST(OpenImage, ForeignFile) {
  std::vector<std::uint8_t> image = make_image();
  header_of(image).magic = 0x464C457F;  // an ELF
  const Error error = open(image);
  EXPECT_EQ(error.code, ErrorCode::image_magic);
  EXPECT_EQ(error.have, 0x464C457Fu);
}

TEST(OpenImage, OtherVersion) {
  std::vector<std::uint8_t> image = make_image();
  header_of(image).version = 2;
  seal(image);
  const Error error = open(image);
  EXPECT_EQ(error.code, ErrorCode::image_version);
  EXPECT_EQ(error.need, 3u);
  EXPECT_EQ(error.have, 2u);
}

TEST(OpenImage, Truncated) {
  std::vector<std::uint8_t> image = make_image();
  const auto full = static_cast<std::uint32_t>(image.size());
  image.resize(full - 4);
  EXPECT_EQ(open(image).code, ErrorCode::image_size);
  EXPECT_EQ(open(image).need, full);
  image.resize(full + 4);
  EXPECT_EQ(open(image).code, ErrorCode::image_size);
  for (const std::size_t size : {std::size_t{0}, std::size_t{3}, sizeof(image::Header) - 1}) {
    EXPECT_EQ(driver::open_image(image.data(), static_cast<std::uint32_t>(size)).error().code, ErrorCode::image_size);
  }
}

TEST(OpenImage, AnySingleBitIsNoticed) {
  std::vector<std::uint8_t> image = make_image();
  for (std::size_t bit = 0; bit < image.size() * 8; ++bit) {
    image[bit / 8] = static_cast<std::uint8_t>(image[bit / 8] ^ 1u << bit % 8);
    ASSERT_NE(open(image).code, ErrorCode::none) << "bit " << bit;
    image[bit / 8] = static_cast<std::uint8_t>(image[bit / 8] ^ 1u << bit % 8);
  }
  EXPECT_EQ(open(image).code, ErrorCode::none);
}

TEST(OpenImage, CorruptDataIsAChecksumError) {
  std::vector<std::uint8_t> image = make_image();
  image.back() ^= 1;
  const Error error = open(image);
  EXPECT_EQ(error.code, ErrorCode::image_checksum);
  EXPECT_NE(error.need, error.have);
}

TEST(OpenImage, MisalignedAddressIsAnArgumentError) {
  std::vector<std::uint8_t> image = make_image();
  EXPECT_EQ(driver::open_image(image.data() + 1, 100).error().code, ErrorCode::arguments);
  EXPECT_EQ(driver::open_image(nullptr, 100).error().code, ErrorCode::arguments);
}

struct Contradiction {
  const char* name;
  Part part;
  std::function<void(std::vector<std::uint8_t>&)> make;
};

class ContradictoryImage : public ::testing::TestWithParam<Contradiction> {};

TEST_P(ContradictoryImage, IsRefusedAlthoughTheChecksumIsRight) {
  std::vector<std::uint8_t> image = make_image();
  GetParam().make(image);
  seal(image);
  const Error error = open(image);
  EXPECT_EQ(error.code, ErrorCode::image_structure);
  EXPECT_EQ(error.subject, static_cast<std::uint32_t>(GetParam().part));
}

using Image = std::vector<std::uint8_t>;

image::Tile& tile(Image& image, std::uint32_t index) {
  return record_at<image::Tile>(image, header_of(image).tiles.offset + index * std::uint32_t{sizeof(image::Tile)});
}
image::Layer& layer(Image& image, std::uint32_t index) {
  return record_at<image::Layer>(image, header_of(image).layers.offset + index * std::uint32_t{sizeof(image::Layer)});
}
image::Transfer& transfer(Image& image, std::uint32_t index) {
  return record_at<image::Transfer>(image,
                                    header_of(image).transfers.offset + index * std::uint32_t{sizeof(image::Transfer)});
}

const std::vector<Contradiction> contradictions{
    {"sections_past_the_end", Part::data, [](Image& image) { header_of(image).data.count += 1; }},
    {"section_that_wraps", Part::tiles, [](Image& image) { header_of(image).tiles.count = 0x20000000; }},
    {"misaligned_section", Part::layers, [](Image& image) { header_of(image).layers.offset += 2; }},
    {"no_layers", Part::layers, [](Image& image) { header_of(image).layers.count = 0; }},
    {"output_size", Part::header, [](Image& image) { header_of(image).output_elements += 1; }},
    {"names_not_terminated", Part::names, [](Image& image) { header_of(image).names.count -= 4; }},
    {"name_outside", Part::layers, [](Image& image) { layer(image, 1).name = 8; }},
    {"layer_without_tiles", Part::layers, [](Image& image) { layer(image, 0).tile_count = 0; }},
    {"layer_past_the_tiles", Part::layers, [](Image& image) { layer(image, 1).tile_count = 3; }},
    {"early_loads_of_the_first_layer", Part::layers, [](Image& image) { layer(image, 0).early_loads = 1; }},
    {"early_load_of_activations", Part::layers, [](Image& image) { layer(image, 1).early_loads = 1; }},
    {"more_early_loads_than_loads", Part::layers, [](Image& image) { layer(image, 1).early_loads = 3; }},
    {"tile_past_the_transfers", Part::tiles, [](Image& image) { tile(image, 4).load_count = 100; }},
    {"tile_with_wrapping_stores", Part::tiles, [](Image& image) { tile(image, 0).first_store = 0xFFFFFFFF; }},
    {"dense_job_outside", Part::tiles, [](Image& image) { tile(image, 0).dense_job = 5; }},
    {"sparse_job_outside", Part::tiles, [](Image& image) { tile(image, 0).sparse_job = 5; }},
    {"tile_without_merge", Part::tiles, [](Image& image) { tile(image, 0).merge_job = image::none; }},
    {"merge_of_a_missing_dense_pass", Part::merge_jobs, [](Image& image) { tile(image, 3).dense_job = image::none; }},
    {"merge_of_a_missing_sparse_pass", Part::merge_jobs, [](Image& image) { tile(image, 3).sparse_job = image::none; }},
    {"unknown_region", Part::transfers, [](Image& image) { transfer(image, 0).source = static_cast<Region>(9); }},
    {"source_past_its_region", Part::transfers, [](Image& image) { transfer(image, 0).job.source += 70; }},
    {"destination_past_its_region", Part::transfers, [](Image& image) { transfer(image, 0).job.destination = 1000; }},
    {"padding_past_the_region", Part::transfers,
     [](Image& image) {
       transfer(image, 0).job.destination = 1024 - 32;
       transfer(image, 0).job.padding = 1u << 24;
     }},
    {"lines_past_the_region", Part::transfers,
     [](Image& image) {
       transfer(image, 0).job.lines = 4;
       transfer(image, 0).job.source_line_stride = 32;
     }},
    {"stride_below_the_region", Part::transfers,
     [](Image& image) {
       transfer(image, 0).job.planes = 2;
       transfer(image, 0).job.source_plane_stride = static_cast<std::uint32_t>(-1);
     }},
    {"huge_counts", Part::transfers, [](Image& image) { transfer(image, 0).job.planes = 0xFFFFFFFF; }},
    {"no_lines", Part::transfers, [](Image& image) { transfer(image, 0).job.lines = 0; }},
    {"chained_descriptor", Part::transfers, [](Image& image) { transfer(image, 0).job.next = 0x80000000; }},
    {"load_that_writes_memory", Part::transfers, [](Image& image) { transfer(image, 0).destination = Region::arena; }},
    {"store_to_the_image", Part::transfers, [](Image& image) { transfer(image, 2).destination = Region::image; }}};

INSTANTIATE_TEST_SUITE_P(All, ContradictoryImage, ::testing::ValuesIn(contradictions),
                         [](const auto& item) { return item.param.name; });

TEST(OpenImage, AcceptsNegativeStridesInsideTheRegion) {
  std::vector<std::uint8_t> image = make_image();
  registers::dma::Job& job = transfer(image, 0).job;
  job.length = 8;
  job.lines = 3;
  job.source = 16;
  job.source_line_stride = static_cast<std::uint32_t>(-8);
  job.destination_line_stride = 8;
  seal(image);
  EXPECT_EQ(open(image).code, ErrorCode::none);
}

}  // namespace
}  // namespace terse::test
