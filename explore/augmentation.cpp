#include "explore/augmentation.hpp"

#include <cassert>
#include <numeric>
#include <utility>

namespace terse::explore {

namespace {

constexpr int largest_shift = 2;

void shift_and_mirror(std::span<const std::uint8_t> source, int side, int shift_x, int shift_y, bool mirror,
                      std::span<float> target) {
  const auto inside = [side](int position) { return position >= 0 && position < side; };
  std::size_t index = 0;
  for (int y = 0; y < side; ++y) {
    const int from_y = y + shift_y;
    for (int x = 0; x < side; ++x, ++index) {
      const int from_x = (mirror ? side - 1 - x : x) + shift_x;
      target[index] = inside(from_x) && inside(from_y)
                          ? static_cast<float>(source[static_cast<std::size_t>(from_y * side + from_x)])
                          : 0.0F;
    }
  }
}

}  // namespace

TrainingSampler::TrainingSampler(const LabelledImages& images, std::size_t first, std::size_t count, std::uint64_t seed)
    : images_(images), order_(count), random_(seed) {
  assert(images.rows == images.columns && first + count <= images.count());
  std::iota(order_.begin(), order_.end(), first);
}

void TrainingSampler::start_epoch() {
  for (std::size_t i = order_.size(); i > 1; --i) std::swap(order_[i - 1], order_[below(i)]);
  position_ = 0;
}

void TrainingSampler::next(std::span<float> pixels, std::span<std::int64_t> labels) {
  const std::size_t image_size = images_.rows * images_.columns;
  assert(pixels.size() == labels.size() * image_size && position_ + labels.size() <= order_.size());
  constexpr std::size_t choices = 2 * largest_shift + 1;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const std::size_t index = order_[position_++];
    const int shift_x = static_cast<int>(below(choices)) - largest_shift;
    const int shift_y = static_cast<int>(below(choices)) - largest_shift;
    const bool mirror = below(2) == 1;
    shift_and_mirror(images_.image(index), static_cast<int>(images_.rows), shift_x, shift_y, mirror,
                     pixels.subspan(i * image_size, image_size));
    labels[i] = images_.labels[index];
  }
}

std::size_t TrainingSampler::below(std::size_t bound) {
  // The bias of a 64-bit remainder is below 2^-48 for bounds of a data set.
  return static_cast<std::size_t>(random_() % bound);
}

}  // namespace terse::explore
