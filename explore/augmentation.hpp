// Order of the training images and their augmentation, reproducible from a seed on any standard library.
#pragma once

#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "explore/dataset.hpp"

namespace terse::explore {

struct Augmentation {
  int shift = 0;  ///< Largest, in pixels in either direction; what comes in is 0.
  bool mirror = false;
};

/// Draws images in random order, shifts and mirrors them.
class TrainingSampler {
 public:
  /// Uses the images [first, first + count) of `images`, which must outlive the sampler.
  TrainingSampler(const LabelledImages& images, std::size_t first, std::size_t count, Augmentation augmentation,
                  std::uint64_t seed);

  /// New random order, from its start.
  void start_epoch();

  /// Fills `pixels` (values 0..255 as float, [image][row][column][channel], labels.size() images) with the next images
  /// of the epoch.
  void next(std::span<float> pixels, std::span<std::int64_t> labels);

  /// Between epochs: all that the following ones depend on.
  [[nodiscard]] std::string state() const;
  void restore(const std::string& state);

 private:
  /// Uniform in [0, bound). std::uniform_int_distribution differs between standard libraries.
  std::size_t below(std::size_t bound);

  const LabelledImages& images_;
  Augmentation augmentation_;
  std::vector<std::size_t> order_;
  std::size_t position_ = 0;
  std::mt19937_64 random_;
};

}  // namespace terse::explore
