#include "explore/augmentation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

namespace terse::explore {
namespace {

/// Image i has one pixel of value i + 1 in its centre and label i.
LabelledImages dots(std::size_t count, std::size_t side) {
  LabelledImages images;
  images.shape = {static_cast<int>(side), static_cast<int>(side), 1};
  for (std::size_t i = 0; i < count; ++i) {
    std::vector<std::uint8_t> pixels(side * side, 0);
    pixels[side * side / 2] = static_cast<std::uint8_t>(i + 1);
    images.pixels.insert(images.pixels.end(), pixels.begin(), pixels.end());
    images.labels.push_back(static_cast<std::uint8_t>(i));
  }
  return images;
}

TEST(TrainingSampler, EveryEpochShowsEveryChosenImageOnceWithItsLabel) {
  const LabelledImages images = dots(8, 7);
  TrainingSampler sampler(images, 2, 5, {2, true}, 1);
  for (int epoch = 0; epoch < 3; ++epoch) {
    sampler.start_epoch();
    std::vector<float> pixels(5 * 49);
    std::vector<std::int64_t> labels(5);
    sampler.next(pixels, labels);
    for (std::size_t i = 0; i < 5; ++i) {
      // A shift of at most 2 keeps the centre of a 7 x 7 image inside.
      const float sum = std::accumulate(pixels.begin() + static_cast<std::ptrdiff_t>(49 * i),
                                        pixels.begin() + static_cast<std::ptrdiff_t>(49 * (i + 1)), 0.0F);
      EXPECT_EQ(sum, static_cast<float>(labels[i] + 1));
    }
    std::sort(labels.begin(), labels.end());
    EXPECT_THAT(labels, testing::ElementsAre(2, 3, 4, 5, 6));
  }
}

TEST(TrainingSampler, TheSeedDecidesEverything) {
  const LabelledImages images = dots(20, 7);
  const auto draw = [&](std::uint64_t seed) {
    TrainingSampler sampler(images, 0, 20, {2, true}, seed);
    sampler.start_epoch();
    std::vector<float> pixels(20 * 49);
    std::vector<std::int64_t> labels(20);
    sampler.next(pixels, labels);
    return pixels;
  };
  EXPECT_EQ(draw(7), draw(7));
  EXPECT_NE(draw(7), draw(8));
}

TEST(TrainingSampler, WithoutAugmentationImagesAreAsTheyAreChannelsIncluded) {
  LabelledImages images;
  images.shape = {2, 2, 3};
  images.pixels = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  images.labels = {4};
  TrainingSampler sampler(images, 0, 1, {}, 1);
  sampler.start_epoch();
  std::vector<float> pixels(12);
  std::vector<std::int64_t> labels(1);
  sampler.next(pixels, labels);
  EXPECT_THAT(pixels, testing::ElementsAreArray(images.pixels));
}

TEST(TrainingSampler, GoesOnFromAStateToTheSameImages) {
  const LabelledImages images = dots(20, 7);
  const auto epoch = [](TrainingSampler& sampler) {
    sampler.start_epoch();
    std::vector<float> pixels(20 * 49);
    std::vector<std::int64_t> labels(20);
    sampler.next(pixels, labels);
    return pixels;
  };
  TrainingSampler first(images, 0, 20, {2, true}, 3);
  epoch(first);
  const std::string state = first.state();
  TrainingSampler second(images, 0, 20, {2, true}, 99);
  second.restore(state);
  EXPECT_EQ(epoch(first), epoch(second));
}

}  // namespace
}  // namespace terse::explore
