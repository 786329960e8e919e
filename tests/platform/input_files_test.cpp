// Inputs and labels of a user's own, in every format.
#include "platform/run/input_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

namespace terse::run {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class InputFilesTest : public ::testing::Test {
 protected:
  InputFilesTest() { std::filesystem::create_directories(folder_); }
  ~InputFilesTest() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path write(const std::string& name, const std::string& bytes) {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
    return folder_ / name;
  }
  static std::string npy(const std::string& descr, const std::string& shape, const std::string& data) {
    std::string header = "{'descr': '" + descr + "', 'fortran_order': False, 'shape': (" + shape + "), }";
    header.resize(118, ' ');
    return std::string("\x93NUMPY\x01\x00\x76\x00", 10) + header + data;
  }
  static std::string error(const InputFiles& files, std::uint64_t elements) {
    try {
      read_input_files(files, elements);
    } catch (const DatasetError& error) {
      return error.what();
    }
    return "accepted";
  }

  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("terse-inputs-" + std::to_string(::getpid()));
};

TEST_F(InputFilesTest, OneRawFile) {
  const auto inputs = write("x.bin", std::string("\x01\xFF\x03\x04\x05\x06", 6));
  const auto labels = write("y.csv", "label\n3\n1\n2\n");
  const FileInputs read = read_input_files({inputs, labels, "int8", 1, 2}, 2);
  EXPECT_THAT(read.values, ElementsAre(3, 4, 5, 6));
  EXPECT_THAT(read.labels, ElementsAre(1, 2));
  EXPECT_THAT(read_input_files({inputs, "", "int8", 0, 1}, 2).values, ElementsAre(1, -1));
  EXPECT_THAT(read_input_files({inputs, "", "uint8", 0, 1}, 2).values, ElementsAre(1, 255));
  EXPECT_THAT(error({inputs, "", "int8", 0, 1}, 4), HasSubstr("6 elements, which are no whole number of inputs of 4"));
  EXPECT_THAT(error({inputs, "", "int8", 2, 2}, 2), HasSubstr("inputs 2..3 were asked for"));
  EXPECT_THAT(error({inputs, labels, "int8", 2, 1}, 2), ::testing::StrEq("accepted"));
}

/// As the MLPerf Tiny benchmarks lay theirs out: a file for each input, and a list of name, classes, class.
TEST_F(InputFilesTest, AFolderWithAListOfLabels) {
  write("b.bin", "\x05\x06");
  write("a.bin", "\x07\x08");
  write("ignored.bin", "\x09");
  const auto labels = write("y_labels.csv", "b.bin, 12, 4\r\na.bin, 12, 11\r\n");
  const FileInputs read = read_input_files({folder_, labels, "int8", 0, 2}, 2);
  EXPECT_THAT(read.values, ElementsAre(5, 6, 7, 8));
  EXPECT_THAT(read.labels, ElementsAre(4, 11));
  EXPECT_THAT(error({folder_, labels, "int8", 0, 2}, 3),
              HasSubstr("b.bin: it has 2 elements, an input of the network 3"));
  const auto wrong = write("wrong.csv", "b.bin,4\na.bin,cat\n");
  EXPECT_THAT(error({folder_, wrong, "int8", 0, 2}, 2), HasSubstr("wrong.csv: line 2: the last column is 'cat'"));
  const auto missing = write("missing.csv", "c.bin,4\n");
  EXPECT_THAT(error({folder_, missing, "int8", 0, 1}, 2), HasSubstr("c.bin: cannot be opened"));
}

TEST_F(InputFilesTest, NumpyAndIdx) {
  const std::string floats("\0\0\x80\x3F\0\0\0\xC0", 8);  // 1, -2
  const FileInputs read = read_input_files(
      {write("x.npy", npy("<f4", "2, 1", floats)), write("y.npy", npy("|u1", "2,", "\x04\x02")), "uint8", 0, 2}, 1);
  EXPECT_THAT(read.values, ElementsAre(1, -2));
  EXPECT_THAT(read.labels, ElementsAre(4, 2));
  const auto idx = write("x.idx", std::string("\0\0\x08\x02\0\0\0\x02\0\0\0\x03", 12) + "abcdef");
  EXPECT_THAT(read_input_files({idx, "", "int8", 1, 1}, 3).values, ElementsAre('d', 'e', 'f'));
  EXPECT_THAT(error({write("bad.npy", npy("<f4", "3, 1", floats)), "", "int8", 0, 1}, 1),
              HasSubstr("its shape (3, 1) needs 12 bytes, it has 8"));
  EXPECT_THAT(error({write("c.npy", npy("<c8", "1,", floats)), "", "int8", 0, 1}, 1),
              HasSubstr("its elements are '<c8'"));
  EXPECT_THAT(error({write("t.npy", std::string("\x93NUMPY\x01\x00\x76\x00", 10)), "", "int8", 0, 1}, 1),
              HasSubstr("its NumPy header is truncated"));
  EXPECT_THAT(error({folder_ / "none.npy", "", "int8", 0, 1}, 1), HasSubstr("cannot be opened"));
}

}  // namespace
}  // namespace terse::run
