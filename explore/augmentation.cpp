#include "explore/augmentation.hpp"

#include <cassert>
#include <numeric>
#include <sstream>
#include <utility>

namespace terse::explore {

namespace {

void shift_and_mirror(std::span<const std::uint8_t> source, const ImageShape& shape, int shift_x, int shift_y,
                      bool mirror, std::span<float> target) {
  const auto inside = [](int position, int size) { return position >= 0 && position < size; };
  std::size_t index = 0;
  for (int y = 0; y < shape.rows; ++y) {
    const int from_y = y + shift_y;
    for (int x = 0; x < shape.columns; ++x) {
      const int from_x = (mirror ? shape.columns - 1 - x : x) + shift_x;
      const bool visible = inside(from_x, shape.columns) && inside(from_y, shape.rows);
      const auto from = static_cast<std::size_t>((from_y * shape.columns + from_x) * shape.channels);
      for (int c = 0; c < shape.channels; ++c) {
        target[index++] = visible ? static_cast<float>(source[from + static_cast<std::size_t>(c)]) : 0.0F;
      }
    }
  }
}

}  // namespace

TrainingSampler::TrainingSampler(const LabelledImages& images, std::size_t first, std::size_t count,
                                 Augmentation augmentation, std::uint64_t seed)
    : images_(images), augmentation_(augmentation), order_(count), random_(seed) {
  assert(first + count <= images.count());
  std::iota(order_.begin(), order_.end(), first);
}

void TrainingSampler::start_epoch() {
  for (std::size_t i = order_.size(); i > 1; --i) std::swap(order_[i - 1], order_[below(i)]);
  position_ = 0;
}

void TrainingSampler::next(std::span<float> pixels, std::span<std::int64_t> labels) {
  const std::size_t image_size = images_.image_size();
  assert(pixels.size() == labels.size() * image_size && position_ + labels.size() <= order_.size());
  const int shift = augmentation_.shift;
  const auto choices = static_cast<std::size_t>(2 * shift + 1);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const std::size_t index = order_[position_++];
    const int shift_x = static_cast<int>(below(choices)) - shift;
    const int shift_y = static_cast<int>(below(choices)) - shift;
    const bool mirror = augmentation_.mirror && below(2) == 1;
    shift_and_mirror(images_.image(index), images_.shape, shift_x, shift_y, mirror,
                     pixels.subspan(i * image_size, image_size));
    labels[i] = images_.labels[index];
  }
}

std::string TrainingSampler::state() const {
  std::ostringstream text;
  text << random_;
  for (const std::size_t index : order_) text << ' ' << index;
  return text.str();
}

void TrainingSampler::restore(const std::string& state) {
  std::istringstream text(state);
  text >> random_;
  for (std::size_t& index : order_) text >> index;
}

std::size_t TrainingSampler::below(std::size_t bound) {
  // The bias of a 64-bit remainder is below 2^-48 for bounds of a data set.
  return static_cast<std::size_t>(random_() % bound);
}

}  // namespace terse::explore
