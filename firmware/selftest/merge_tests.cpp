// The merge unit against the core: requantization to the bit, residual, clip, pooling.
#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>

#include "firmware/selftest/bench.hpp"
#include "firmware/selftest/convolution_case.hpp"
#include "firmware/selftest/merge_case.hpp"

namespace terse::firmware {
namespace {

using driver::MergeJob;
namespace flags = registers::merge::fields::flags;
using registers::merge::Pool;

constexpr std::uint32_t height = 4;
constexpr std::uint32_t width = 5;
constexpr std::uint32_t channels = 4;
constexpr std::uint32_t count = height * width * channels;

bool run(Bench& bench, Test& test, const MergeJob& job) {
  bench.start_watchdog();
  const Status status = bench.accelerator.merge.dispatch_wait(job, bench.watchdog);
  bench.watchdog.stop();
  if (status.ok()) return true;
  test.equal("merge", status.error().unit_code << 16 | static_cast<std::uint32_t>(status.error().code), 0);
  bench.accelerator.merge.soft_clear();
  return false;
}

/// Puts `height` x `width` x `channels` activations into layout::input and makes `job` read them one by one.
void read_activations(Bench& bench, MergeJob& job, std::uint32_t seed) {
  namespace fields = registers::merge::fields;
  Pattern(seed).fill(bench.scratchpad() + layout::input, count);
  job.flags |= flags::source_activations.make(1) | flags::use_dense.make(1);
  job.input_address = layout::input;
  job.input_row_stride = width * channels;
  job.input_pixel_stride = channels;
  job.input_size = fields::input_size::height.make(height) | fields::input_size::width.make(width);
  job.pool_window = fields::pool_window::height.make(1) | fields::pool_window::width.make(1) |
                    fields::pool_window::stride_y.make(1) | fields::pool_window::stride_x.make(1);
}

std::int32_t activation(Bench& bench, std::uint32_t index, bool is_signed) {
  const std::uint8_t byte = bench.scratchpad()[layout::input + index];
  return is_signed ? static_cast<std::int8_t>(byte) : byte;
}

std::int32_t residual(Bench& bench, std::uint32_t index, bool is_signed) {
  const std::uint8_t byte = bench.scratchpad()[layout::residual + index];
  return is_signed ? static_cast<std::int8_t>(byte) : byte;
}

/// Multipliers, shifts and biases of all signs, with ties among the results.
void write_records(Bench& bench) {
  record_of(bench, 0) = {.bias = 0, .dense = 1, .residual = 1, .shift = 1};
  record_of(bench, 1) = {.bias = -301, .dense = 3, .residual = -2, .shift = 2};
  record_of(bench, 2) = {.bias = 123'456'789'012, .dense = -32768, .residual = 32767, .shift = 29};
  record_of(bench, 3) = {.bias = -1'000'000, .dense = 32767, .residual = -32768, .shift = 15};
}

void test_requantization(Report& report, Bench& bench) {
  Test test(report, "merge: requantization and residual, to the bit");
  for (const bool is_signed : {false, true}) {
    MergeJob job = merge_job(height, width, channels, true);
    read_activations(bench, job, 0x3E60001);
    Pattern(0x3E60002).fill(bench.scratchpad() + layout::residual, count);
    write_records(bench);
    job.flags |= flags::residual.make(1) | flags::input_signed.make(is_signed ? 1 : 0) |
                 flags::residual_signed.make(is_signed ? 1 : 0);
    if (!run(bench, test, job)) return;
    for (std::uint32_t index = 0; index < count; ++index) {
      const std::int32_t expected = requantize(
          record_of(bench, index % channels), activation(bench, index, is_signed), 0, residual(bench, index, is_signed),
          std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max());
      test.equal("word", static_cast<std::uint32_t>(output_words(bench)[index]), static_cast<std::uint32_t>(expected));
    }
  }
}

void test_clip(Report& report, Bench& bench) {
  Test test(report, "merge: clip, bytes, saturation count");
  MergeJob job = merge_job(height, width, channels, false);
  read_activations(bench, job, 0x3E60003);
  for (std::uint32_t channel = 0; channel < channels; ++channel) record_of(bench, channel) = {.dense = 1};
  job.flags |= flags::input_signed.make(1);
  job.clip_low = static_cast<std::uint32_t>(-20);
  job.clip_high = 100;
  const std::uint32_t before = bench.accelerator.merge.read(registers::hwpe::saturation_count);
  if (!run(bench, test, job)) return;
  std::uint32_t saturated = 0;
  for (std::uint32_t index = 0; index < count; ++index) {
    const std::int32_t value = activation(bench, index, true);
    if (value < -20 || value > 100) ++saturated;
    const auto output = static_cast<std::int8_t>(bench.scratchpad()[layout::output + index]);
    test.equal("byte", static_cast<std::uint32_t>(output),
               static_cast<std::uint32_t>(std::clamp<std::int32_t>(value, -20, 100)));
  }
  test.equal("SATURATION_COUNT", bench.accelerator.merge.read(registers::hwpe::saturation_count) - before, saturated);
}

/// The window's maximum or sum; positions outside the tile take no part.
std::int32_t pool(Bench& bench, Pool kind, std::uint32_t y, std::uint32_t x, std::uint32_t channel) {
  std::int32_t result = 0;
  bool first = true;
  for (std::uint32_t tap = 0; tap < 9; ++tap) {
    const std::uint32_t row = 2 * y + tap / 3 - 1;  // window 3 x 3, stride 2, padding 1
    const std::uint32_t column = 2 * x + tap % 3 - 1;
    if (row >= height || column >= width) continue;
    const std::int32_t value = activation(bench, (row * width + column) * channels + channel, true);
    result = first ? value : kind == Pool::maximum ? std::max(result, value) : result + value;
    first = false;
  }
  return result;
}

void test_pooling(Report& report, Bench& bench) {
  namespace fields = registers::merge::fields;
  constexpr std::uint32_t pooled_height = 2;
  constexpr std::uint32_t pooled_width = 3;
  for (const Pool kind : {Pool::maximum, Pool::sum}) {
    Test test(report, kind == Pool::maximum ? "merge: maximum pooling" : "merge: sum pooling");
    MergeJob job = merge_job(pooled_height, pooled_width, channels, true);
    read_activations(bench, job, 0x3E60004);
    for (std::uint32_t channel = 0; channel < channels; ++channel) record_of(bench, channel) = {.dense = 1};
    job.flags |= flags::input_signed.make(1) | flags::pool.make(static_cast<std::uint32_t>(kind));
    job.pool_window = fields::pool_window::height.make(3) | fields::pool_window::width.make(3) |
                      fields::pool_window::stride_y.make(2) | fields::pool_window::stride_x.make(2);
    job.padding = fields::padding::top.make(1) | fields::padding::left.make(1);
    if (!run(bench, test, job)) continue;
    for (std::uint32_t index = 0; index < pooled_height * pooled_width * channels; ++index) {
      const std::uint32_t pixel = index / channels;
      const std::int32_t expected = pool(bench, kind, pixel / pooled_width, pixel % pooled_width, index % channels);
      test.equal("word", static_cast<std::uint32_t>(output_words(bench)[index]), static_cast<std::uint32_t>(expected));
    }
  }
}

}  // namespace

void test_merge(Report& report, Bench& bench) {
  if (bench.accelerator.dma.scratchpad_size() < layout::size) return;  // reported by the passes
  test_requantization(report, bench);
  test_clip(report, bench);
  test_pooling(report, bench);
}

}  // namespace terse::firmware
