// Tensors whose data lie in files beside the model.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "compiler/compiler.hpp"
#include "compiler/onnx/onnx_reader.hpp"
#include "tests/compiler/onnx_builder.hpp"

namespace terse::testing {
namespace {

using ::testing::HasSubstr;

class ExternalData : public ::testing::Test {
 protected:
  ExternalData() { std::filesystem::create_directories(folder_ / "data"); }
  ~ExternalData() override { std::filesystem::remove_all(folder_); }

  void write(const std::filesystem::path& file, std::size_t count) {
    std::ofstream stream(file, std::ios::binary);
    for (std::size_t i = 0; i < count; ++i) {
      const auto value = static_cast<float>(i);
      stream.write(reinterpret_cast<const char*>(&value), sizeof(value));
    }
  }

  std::vector<double> weights(const std::map<std::string, std::string>& location) {
    OnnxBuilder b;
    b.external_constant("w", {2, 3}, location);
    b.output(b.node("MatMul", "fc", {b.input("x", {1, 2}), "w"}));
    b.write(folder_ / "net.onnx");
    return compiler::read_onnx(folder_ / "net.onnx").initializers.at("w").values;
  }

  std::string error(const std::map<std::string, std::string>& location) {
    try {
      weights(location);
    } catch (const compiler::CompileError& error) {
      return error.what();
    }
    return "accepted";
  }

  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("terse-external-" + std::to_string(::getpid()));
};

TEST_F(ExternalData, IsReadFromItsPlace) {
  write(folder_ / "data" / "all.bin", 10);
  EXPECT_EQ(weights({{"location", "data/all.bin"}}), (std::vector<double>{0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(weights({{"location", "data/all.bin"}, {"offset", "16"}, {"length", "24"}}),
            (std::vector<double>{4, 5, 6, 7, 8, 9}));
}

TEST_F(ExternalData, StaysInTheModelsFolder) {
  for (const char* location : {"../all.bin", "/etc/passwd", "data/../../all.bin", ""}) {
    EXPECT_THAT(error({{"location", location}}), HasSubstr(std::string("tensor 'w' keeps its data in '") + location +
                                                           "'; accepted: a file in the model's folder"));
  }
  std::filesystem::create_symlink("/etc/passwd", folder_ / "link.bin");
  EXPECT_THAT(error({{"location", "link.bin"}}), HasSubstr("a link out of the model's folder"));
}

TEST_F(ExternalData, MustBeThereAndLongEnough) {
  EXPECT_THAT(error({{"location", "data/none.bin"}}), HasSubstr("which is no file; copy it beside the model"));
  write(folder_ / "data" / "short.bin", 5);
  EXPECT_THAT(error({{"location", "data/short.bin"}}), HasSubstr("keeps 24 bytes at 0 of"));
  write(folder_ / "data" / "all.bin", 10);
  EXPECT_THAT(error({{"location", "data/all.bin"}, {"offset", "20"}}), HasSubstr("which has only 40"));
  EXPECT_THAT(error({{"location", "data/all.bin"}, {"offset", "18446744073709551615"}}),
              HasSubstr("which has only 40"));
  EXPECT_THAT(error({{"location", "data/all.bin"}, {"offset", "-4"}}), HasSubstr("at offset '-4'"));
  EXPECT_THAT(error({{"location", "data/all.bin"}, {"length", "20"}}), HasSubstr("its shape and type need 24"));
}

}  // namespace
}  // namespace terse::testing
