// Reader of the idx format (MNIST and its successors), plain or gzip-compressed, and of the Fashion-MNIST data set.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace terse::explore {

/// A data set that is missing, damaged or of another kind. The message names the file and what to do.
class DatasetError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Grey images with one label each; pixels are row by row, 0 = background.
struct LabelledImages {
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::vector<std::uint8_t> pixels;
  std::vector<std::uint8_t> labels;

  std::size_t count() const { return labels.size(); }
  std::span<const std::uint8_t> image(std::size_t index) const {
    return std::span(pixels).subspan(index * rows * columns, rows * columns);
  }
};

/// An idx file of unsigned bytes: its dimensions and its contents in C order.
struct IdxArray {
  std::vector<std::size_t> dimensions;
  std::vector<std::uint8_t> values;
};

/// Reads `path`, compressed or not. Throws DatasetError when it cannot be opened, is not idx, holds other elements than
/// unsigned bytes, is shorter than its header says, or is followed by something else.
IdxArray read_idx(const std::filesystem::path& path);

/// Reads one pair of image and label files; labels must be below `classes`.
LabelledImages read_labelled_images(const std::filesystem::path& images, const std::filesystem::path& labels,
                                    int classes);

struct FashionMnist {
  LabelledImages training;  ///< 60,000
  LabelledImages test;      ///< 10,000
};

/// Where Debian's package dataset-fashion-mnist puts the files.
constexpr const char* default_dataset_directory = "/usr/share/datasets/fashion-mnist";

/// Reads the four files of the data set (each with or without .gz) from `directory`.
FashionMnist read_fashion_mnist(const std::filesystem::path& directory);

}  // namespace terse::explore
