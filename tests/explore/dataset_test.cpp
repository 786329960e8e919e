#include "explore/dataset.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace terse::explore {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// Files of one test in a directory of its own.
class DatasetTest : public testing::Test {
 protected:
  DatasetTest() : directory_(std::filesystem::path(testing::TempDir()) / test_name()) {
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directories(directory_);
  }
  ~DatasetTest() override { std::filesystem::remove_all(directory_); }

  std::filesystem::path plain(const std::string& name, const std::string& bytes) const {
    std::ofstream(directory_ / name, std::ios::binary) << bytes;
    return directory_ / name;
  }

  std::filesystem::path compressed(const std::string& name, const std::string& bytes) const {
    const gzFile file = gzopen((directory_ / name).c_str(), "wb");
    gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size()));
    gzclose(file);
    return directory_ / name;
  }

  template <typename Call>
  static std::string message_of(Call call) {
    try {
      call();
    } catch (const DatasetError& error) {
      return error.what();
    }
    return "no error";
  }

  std::filesystem::path directory_;

 private:
  static std::string test_name() {
    return std::string("dataset_test_") + testing::UnitTest::GetInstance()->current_test_info()->name();
  }
};

/// An idx header: element type and 32-bit big-endian dimensions (all below 256 here).
std::string header(char type, std::initializer_list<int> dimensions) {
  std::string bytes{'\0', '\0', type, static_cast<char>(dimensions.size())};
  for (const int dimension : dimensions) bytes += std::string(3, '\0') + static_cast<char>(dimension);
  return bytes;
}

constexpr char unsigned_byte_type = 0x08;

TEST_F(DatasetTest, ReadsPlainAndCompressedFilesAlike) {
  const std::string bytes = header(unsigned_byte_type, {2, 1, 3}) + "\1\2\3\4\5\xff";
  for (const auto& path : {plain("plain", bytes), compressed("compressed.gz", bytes)}) {
    const IdxArray array = read_idx(path);
    EXPECT_THAT(array.dimensions, ElementsAre(2, 1, 3));
    EXPECT_THAT(array.values, ElementsAre(1, 2, 3, 4, 5, 255));
  }
}

TEST_F(DatasetTest, NamesTheFileThatCannotBeOpened) {
  EXPECT_THAT(message_of([&] { read_idx(directory_ / "absent"); }), HasSubstr("absent: cannot open"));
}

TEST_F(DatasetTest, RefusesForeignFiles) {
  const auto path = plain("foreign", "PNG not idx");
  EXPECT_THAT(message_of([&] { read_idx(path); }), HasSubstr("not an idx file"));
}

TEST_F(DatasetTest, RefusesOtherElementTypes) {
  const auto path = plain("floats", header(0x0d, {1}) + "1234");
  EXPECT_THAT(message_of([&] { read_idx(path); }), HasSubstr("idx type 0x0d"));
}

TEST_F(DatasetTest, SaysHowMuchOfATruncatedFileIsMissing) {
  const std::string bytes = header(unsigned_byte_type, {4}) + "\1\2";
  EXPECT_THAT(message_of([&] { read_idx(plain("short", bytes)); }), HasSubstr("2 bytes are missing"));
  EXPECT_THAT(message_of([&] { read_idx(compressed("short.gz", bytes)); }), HasSubstr("2 bytes are missing"));
  EXPECT_THAT(message_of([&] { read_idx(plain("tiny", std::string(2, '\0'))); }), HasSubstr("the idx header"));
}

TEST_F(DatasetTest, RefusesTruncatedGzip) {
  const auto path = compressed("cut.gz", header(unsigned_byte_type, {200}) + std::string(200, '\7'));
  std::filesystem::resize_file(path, std::filesystem::file_size(path) - 10);
  EXPECT_THAT(message_of([&] { read_idx(path); }), HasSubstr("cut.gz"));
}

TEST_F(DatasetTest, RefusesTrailingData) {
  const auto path = plain("long", header(unsigned_byte_type, {1}) + "\1\2");
  EXPECT_THAT(message_of([&] { read_idx(path); }), HasSubstr("more data than the header announces"));
}

TEST_F(DatasetTest, RefusesHugeAndEmptyDimensions) {
  const std::string start{'\0', '\0', unsigned_byte_type, '\2'};
  const auto huge = plain("huge", start + "\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f");
  EXPECT_THAT(message_of([&] { read_idx(huge); }), HasSubstr("above 1 GiB"));
  const auto empty = plain("empty", header(unsigned_byte_type, {0}));
  EXPECT_THAT(message_of([&] { read_idx(empty); }), HasSubstr("dimension 0 is 0"));
}

TEST_F(DatasetTest, PairsImagesWithLabels) {
  const auto images = plain("images", header(unsigned_byte_type, {2, 1, 2}) + "\1\2\3\4");
  const auto labels = plain("labels", header(unsigned_byte_type, {2}) + std::string("\0\2", 2));
  const LabelledImages set = read_labelled_images(images, labels, 3);
  EXPECT_EQ(set.count(), 2U);
  EXPECT_THAT(set.image(1), ElementsAre(3, 4));
  EXPECT_THAT(set.labels, ElementsAre(0, 2));
  EXPECT_THAT(message_of([&] { read_labelled_images(images, labels, 2); }), HasSubstr("label 2 at position 1"));
  EXPECT_THAT(message_of([&] { read_labelled_images(labels, labels, 3); }), HasSubstr("images have 3"));
  EXPECT_THAT(message_of([&] { read_labelled_images(images, images, 3); }), HasSubstr("labels have 1"));
}

TEST_F(DatasetTest, RefusesAnotherNumberOfLabels) {
  const auto images = plain("images", header(unsigned_byte_type, {2, 1, 1}) + "\1\2");
  const auto labels = plain("labels", header(unsigned_byte_type, {1}) + "\1");
  EXPECT_THAT(message_of([&] { read_labelled_images(images, labels, 3); }), HasSubstr("holds 2 images"));
}

TEST_F(DatasetTest, MissingDataSetNamesThePackage) {
  EXPECT_THAT(message_of([&] { read_dataset("fashion-mnist", directory_); }),
              HasSubstr("apt-get install dataset-fashion-mnist"));
}

TEST_F(DatasetTest, IdxSetsCountTheirClasses) {
  for (const char* part : {"train", "t10k"}) {
    plain(std::string(part) + "-images-idx3-ubyte", header(unsigned_byte_type, {2, 1, 2}) + "\1\2\3\4");
    plain(std::string(part) + "-labels-idx1-ubyte", header(unsigned_byte_type, {2}) + std::string("\0\6", 2));
  }
  const Dataset data = read_dataset("idx", directory_);
  EXPECT_EQ(data.classes, 7);
  EXPECT_EQ(data.training.shape.columns, 2);
  plain("t10k-labels-idx1-ubyte", header(unsigned_byte_type, {2}) + std::string("\0\7", 2));
  EXPECT_THAT(message_of([&] { read_dataset("idx", directory_); }), HasSubstr("test images have label 7"));
  plain("t10k-images-idx3-ubyte", header(unsigned_byte_type, {2, 2, 1}) + "\1\2\3\4");
  EXPECT_THAT(message_of([&] { read_dataset("idx", directory_); }), HasSubstr("test images of 2 x 1"));
}

/// A record of CIFAR-10: every pixel of a plane has the plane's value.
std::string cifar_record(char label, char red, char green, char blue) {
  return std::string(1, label) + std::string(1024, red) + std::string(1024, green) + std::string(1024, blue);
}

TEST_F(DatasetTest, ReadsCifar10AsPixelsOfThreeChannels) {
  for (int batch = 1; batch <= 5; ++batch) {
    plain("data_batch_" + std::to_string(batch) + ".bin", cifar_record(static_cast<char>(batch), 10, 20, 30));
  }
  plain("test_batch.bin", cifar_record(9, 1, 2, 3) + cifar_record(0, 4, 5, 6));
  const Dataset data = read_dataset("cifar10", directory_);
  EXPECT_THAT(data.training.labels, ElementsAre(1, 2, 3, 4, 5));
  EXPECT_EQ(data.test.count(), 2U);
  EXPECT_EQ(data.test.image_size(), 3072U);
  EXPECT_THAT(data.test.image(1).subspan(0, 4), ElementsAre(4, 5, 6, 4));
}

TEST_F(DatasetTest, RefusesWhatIsNotCifar10) {
  EXPECT_THAT(message_of([&] { read_dataset("cifar10", directory_); }), HasSubstr("data_batch_1.bin"));
  plain("data_batch_1.bin", cifar_record(0, 1, 2, 3) + "x");
  EXPECT_THAT(message_of([&] { read_dataset("cifar10", directory_); }), HasSubstr("3074 bytes"));
  plain("data_batch_1.bin", cifar_record(10, 1, 2, 3));
  EXPECT_THAT(message_of([&] { read_dataset("cifar10", directory_); }), HasSubstr("label 10 in record 0"));
}

}  // namespace
}  // namespace terse::explore
