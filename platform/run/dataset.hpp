#pragma once
// Test images and labels of a data set in the official idx format (gzip or plain).
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace terse::run {

class DatasetError : public std::exception {
 public:
  explicit DatasetError(std::string message) : message_(std::move(message)) {}
  [[nodiscard]] const char* what() const noexcept override { return message_.c_str(); }

 private:
  std::string message_;
};

struct Dataset {
  std::uint32_t height = 0;
  std::uint32_t width = 0;
  std::vector<std::uint8_t> pixels;   ///< [image][row][column][channel], the network's integers.
  std::vector<std::uint32_t> labels;  ///< [image]; empty without labels.
};

/// Images `first` .. `first + count - 1` of the test split in `folder`. Throws DatasetError.
Dataset load_fashion_mnist_test(const std::filesystem::path& folder, std::uint32_t first, std::uint32_t count);

}  // namespace terse::run
