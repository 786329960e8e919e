// Order of the training images and their augmentation, reproducible from a seed on any standard library.
#pragma once

#include <cstdint>
#include <random>
#include <span>
#include <vector>

#include "explore/dataset.hpp"

namespace terse::explore {

/// Draws images in random order and shifts (up to 2 pixels, filled with background) and mirrors them.
class TrainingSampler {
 public:
  /// Uses the images [first, first + count) of `images`, which must outlive the sampler.
  TrainingSampler(const LabelledImages& images, std::size_t first, std::size_t count, std::uint64_t seed);

  /// New random order, from its start.
  void start_epoch();

  /// Fills `pixels` (values 0..255 as float, labels.size() images) with the next images of the epoch.
  void next(std::span<float> pixels, std::span<std::int64_t> labels);

 private:
  /// Uniform in [0, bound). std::uniform_int_distribution differs between standard libraries.
  std::size_t below(std::size_t bound);

  const LabelledImages& images_;
  std::vector<std::size_t> order_;
  std::size_t position_ = 0;
  std::mt19937_64 random_;
};

}  // namespace terse::explore
