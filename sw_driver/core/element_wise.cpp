// Sums and products of two tensors, of which the second may repeat in any dimension.
#include "sw_driver/core/core_operations.hpp"

namespace terse::driver {
namespace {

constexpr std::int64_t greatest_difference = 255;  // of an element and its zero point

/// A run of elements along the channels.
struct Run {
  const std::uint8_t* a;
  const std::uint8_t* b;
  std::uint32_t b_step;  ///< 0: b repeats.
  std::uint8_t* to;
  std::uint32_t count;
};

/// The job as the inner loops see it.
struct Settings {
  explicit Settings(const CoreWork& work)
      : parameters(work.record<image::CoreElementWise>()),
        a(Decoder::centred(work.inputs[0].shape)),
        b(Decoder::centred(work.inputs[1].shape)),
        rounding(parameters.shift),
        store(work) {
    const auto magnitude = [](std::int32_t value) { return value < 0 ? -std::int64_t{value} : std::int64_t{value}; };
    const std::int64_t half = parameters.shift == 0 ? 0 : std::int64_t{1} << (parameters.shift - 1);
    const std::int64_t greatest =
        parameters.multiply != 0
            ? magnitude(parameters.first_multiplier) * greatest_difference * greatest_difference
            : (magnitude(parameters.first_multiplier) + magnitude(parameters.second_multiplier)) * greatest_difference;
    narrow = greatest + half <= std::int64_t{0x7FFFFF00};
  }

  image::CoreElementWise parameters;
  Decoder a, b;
  Rounding rounding;
  CoreStore store;
  bool narrow;  ///< 32 bits hold everything.
};

std::int32_t round_shift_narrow(std::int32_t value, std::uint32_t shift, std::int32_t half) {
  return value >= 0 ? (value + half) >> shift : -((half - value) >> shift);
}

void add_narrow(const Run& run, const Settings& s) {
  const std::int32_t m1 = s.parameters.first_multiplier, m2 = s.parameters.second_multiplier;
  const std::uint32_t shift = s.parameters.shift;
  const std::int32_t half = shift == 0 ? 0 : std::int32_t{1} << (shift - 1);
  const std::uint8_t* b = run.b;
  std::uint8_t* to = run.to;
  for (std::uint32_t i = 0; i < run.count; ++i) {
    const std::int32_t sum = m1 * s.a(run.a[i]) + m2 * s.b(*b);
    s.store.put_narrow(to, round_shift_narrow(sum, shift, half));
    b += run.b_step;
    to += s.store.element_bytes();
  }
}

void any(const Run& run, const Settings& s) {
  const std::int64_t m1 = s.parameters.first_multiplier, m2 = s.parameters.second_multiplier;
  const std::uint8_t* b = run.b;
  std::uint8_t* to = run.to;
  for (std::uint32_t i = 0; i < run.count; ++i) {
    const std::int32_t qa = s.a(run.a[i]), qb = s.b(*b);
    const std::int64_t value = s.parameters.multiply != 0 ? m1 * (qa * qb) : m1 * qa + m2 * qb;
    s.store.put(to, value, s.rounding);
    b += run.b_step;
    to += s.store.element_bytes();
  }
}

}  // namespace

std::uint32_t prepare_element_wise(CoreWork& work) {
  return work.output.shape.height;
}

void run_element_wise(CoreWork& work, std::uint32_t unit) {
  const Settings settings(work);
  const image::CoreOperand& a = work.inputs[0].shape;
  const image::CoreOperand& b = work.inputs[1].shape;
  const std::uint32_t row_elements = a.width * a.channels;
  const std::uint8_t* from = work.inputs[0].bytes + unit * row_elements;
  const std::uint8_t* b_row = work.inputs[1].bytes + (b.height == 1 ? 0 : unit) * b.width * b.channels;
  std::uint8_t* to = work.output.bytes + unit * row_elements * settings.store.element_bytes();
  const auto process = settings.narrow && settings.parameters.multiply == 0 ? add_narrow : any;
  if (b.width == a.width && b.channels == a.channels) {
    process({from, b_row, 1, to, row_elements}, settings);
    return;
  }
  for (std::uint32_t column = 0; column < a.width; ++column) {
    process({from, b_row, b.channels == 1 ? 0u : 1u, to, a.channels}, settings);
    from += a.channels;
    if (b.width != 1) b_row += b.channels;
    to += a.channels * settings.store.element_bytes();
  }
}

}  // namespace terse::driver
