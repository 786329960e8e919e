// Normalization over the channels of each pixel.
#include "sw_driver/core/core_operations.hpp"

namespace terse::driver {
namespace {

/// 1 / sqrt(w) = factor * 2^-places.
struct InverseRoot {
  std::uint32_t factor = 0;
  std::uint32_t places = 0;
};

/// floor(sqrt(value)), value < 2^62: digit by digit.
std::uint32_t square_root(std::uint64_t value) {
  std::uint64_t root = 0;
  for (std::uint64_t bit = std::uint64_t{1} << 60; bit != 0; bit >>= 2) {
    const std::uint64_t trial = root + bit;
    root >>= 1;
    if (value >= trial) {
      value -= trial;
      root += bit;
    }
  }
  return static_cast<std::uint32_t>(root);
}

/// w > 0 and below 2^62: scaled by 4^t into [2^60, 2^62), so that its root has 31 bits.
InverseRoot inverse_root(std::uint64_t w) {
  std::uint32_t t = 0;
  for (; w < std::uint64_t{1} << 60; w <<= 2) ++t;
  return {static_cast<std::uint32_t>((std::uint64_t{1} << 61) / square_root(w)), 61 - t};
}

std::uint64_t joined(std::uint32_t low, std::uint32_t high) {
  return std::uint64_t{high} << 32 | low;
}

/// Where the channels' gamma and beta are read: near the core when they fit there.
const std::uint8_t* channel_records(const CoreWork& work) {
  const bool fits = work.job.data_size - sizeof(image::CoreLayerNorm) <= work.workspace->data.bytes.size();
  return fits ? work.workspace->data.bytes.data() : work.data + sizeof(image::CoreLayerNorm);
}

}  // namespace

std::uint32_t prepare_layer_norm(CoreWork& work) {
  const std::uint8_t* records = channel_records(work);
  const std::uint8_t* source = work.data + sizeof(image::CoreLayerNorm);
  if (records != source) {
    copy_bytes(work.workspace->data.bytes.data(), source,
               work.job.data_size - static_cast<std::uint32_t>(sizeof(image::CoreLayerNorm)));
  }
  return work.output.pixels();
}

void run_layer_norm(CoreWork& work, std::uint32_t unit) {
  const image::CoreOperand& shape = work.inputs[0].shape;
  const Decoder decode(shape);
  const std::uint32_t channels = shape.channels;
  const auto parameters = work.record<image::CoreLayerNorm>();
  const StagedRow row(*work.workspace, work.inputs[0].bytes + unit * channels, channels);
  std::int32_t sum = 0;
  std::uint32_t squares = 0;  // 65535 * 255^2 < 2^32
  for (std::uint32_t c = 0; c < channels; ++c) {
    const std::int32_t q = decode(row[c]);
    sum += q;
    squares += static_cast<std::uint32_t>(q * q);
  }
  const std::uint64_t variance =
      std::uint64_t{channels} * squares - static_cast<std::uint64_t>(std::int64_t{sum} * sum);
  const std::uint64_t w = variance + joined(parameters.epsilon_low, parameters.epsilon_high);
  const InverseRoot inverse = w == 0 ? InverseRoot{0, 61} : inverse_root(w);
  const Rounding to_fraction(inverse.places - image::layer_norm_fraction), to_output(parameters.shift);
  const std::uint8_t* record = channel_records(work);
  const CoreStore store(work);
  const std::uint32_t bytes = channels * store.element_bytes();
  const StagedResult result(*work.workspace, work.output.bytes + unit * bytes, bytes);
  std::uint8_t* to = result.bytes();
  for (std::uint32_t c = 0; c < channels; ++c, record += sizeof(image::CoreChannel), to += store.element_bytes()) {
    const std::int32_t difference = static_cast<std::int32_t>(channels) * decode(row[c]) - sum;
    const std::int32_t z = to_fraction.narrow(std::int64_t{difference} * inverse.factor);
    const auto gamma = static_cast<std::int32_t>(load_word(record));
    const auto beta = static_cast<std::int64_t>(joined(load_word(record + 4), load_word(record + 8)));
    store.put(to, std::int64_t{z} * gamma + beta, to_output);
  }
  result.deliver();
}

}  // namespace terse::driver
