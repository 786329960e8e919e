// Labelled images: idx files (MNIST and its successors) and CIFAR-10's binary files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "explore/topology.hpp"

namespace terse::explore {

/// A data set that is missing, damaged or of another kind. The message names the file and what to do.
class DatasetError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Images with one label each; pixels [image][row][column][channel], 0 = background.
struct LabelledImages {
  ImageShape shape;
  std::vector<std::uint8_t> pixels;
  std::vector<std::uint8_t> labels;

  [[nodiscard]] std::size_t count() const { return labels.size(); }
  [[nodiscard]] std::size_t image_size() const {
    return static_cast<std::size_t>(shape.rows) * static_cast<std::size_t>(shape.columns) *
           static_cast<std::size_t>(shape.channels);
  }
  [[nodiscard]] std::span<const std::uint8_t> image(std::size_t index) const {
    return std::span(pixels).subspan(index * image_size(), image_size());
  }
};

struct Dataset {
  LabelledImages training, test;
  int classes = 10;
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

/// Where Debian's package dataset-fashion-mnist puts the files.
constexpr const char* default_dataset_directory = "/usr/share/datasets/fashion-mnist";

/// `set`: "fashion-mnist" or "idx": train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and
/// t10k-labels-idx1-ubyte, each with or without .gz; classes are counted. "cifar10": data_batch_1.bin to
/// data_batch_5.bin and test_batch.bin, records of a label and 32 x 32 red, green, blue bytes. Throws DatasetError.
Dataset read_dataset(const std::string& set, const std::filesystem::path& directory);

}  // namespace terse::explore
