#pragma once
// A dataflow alone: its schedule, stepped through the stream engine without a clock domain.
#include <fmt/format.h>

#include <string>

#include "models/clocked/nominal_time.hpp"
#include "models/clocked/stream_engine.hpp"
#include "models/tmac/tmac_cost.hpp"
#include "models/tmac/tmac_dataflows.hpp"
#include "tests/models/clocked/stepped.hpp"
#include "tests/models/convolution/golden.hpp"

namespace terse::test {

/// 16 banks of 8 bytes, interleaved by word. Activations begin in bank 0, weights in bank 8.
inline const BankLayout dataflow_layout(1 << 20, 16, 8, BankLayout::Interleaving::word);
constexpr std::uint64_t dataflow_weights = (1 << 19) + 8 * 8;

/// Activations without gaps, rows of weights at multiples of 4.
inline TmacWork work_of(const TmacParameters& parameters, const Shape& shape) {
  const std::uint64_t row_bytes = (shape.weights_per_channel() + 3) / 4;
  return {.parameters = &parameters,
          .shape = shape,
          .input_address = 0,
          .input_row_stride = std::uint64_t{shape.input_width} * shape.input_channels,
          .input_pixel_stride = shape.input_channels,
          .weight_address = dataflow_weights,
          .weight_row_stride = (row_bytes + 3) / 4 * 4,
          .weights_per_byte = 4,
          .values = nullptr};
}

inline std::unique_ptr<Schedule> schedule_of(const TmacWork& work) {
  return tmac_dataflows().make(work.parameters->dataflow, work);
}

/// Runs of equal causes, by the letters of stepped.hpp: "d2w1C4D3".
inline std::string stepped(const TmacWork& work, const std::function<BankSet(unsigned)>& taken = {},
                           const BankLayout& layout = dataflow_layout) {
  const auto schedule = schedule_of(work);
  StreamEngine engine(tmac_stream(*work.parameters), *schedule, layout);
  const std::string causes = terse::testing::causes_of(engine, taken, 10'000'000);
  std::string runs;
  for (std::size_t begin = 0; begin < causes.size();) {
    const std::size_t end = std::min(causes.find_first_not_of(causes[begin], begin), causes.size());
    runs += fmt::format("{}{}", causes[begin], end - begin);
    begin = end;
  }
  return runs;
}

inline std::uint64_t stepped_cycles(const TmacWork& work, const BankLayout& layout = dataflow_layout) {
  const auto schedule = schedule_of(work);
  StreamEngine engine(tmac_stream(*work.parameters), *schedule, layout);
  return terse::testing::causes_of(engine, {}, 10'000'000).size();
}

/// A layer of 1x1 kernels over a row of pixels.
inline Shape pointwise(std::uint32_t pixels, std::uint32_t input_channels, std::uint32_t output_channels) {
  return {.input_width = pixels,
          .input_channels = input_channels,
          .output_width = pixels,
          .output_channels = output_channels};
}

/// A square image, 3x3 kernel, padded so that with stride 1 the output has the same size.
inline Shape same_3x3(std::uint32_t size, std::uint32_t input_channels, std::uint32_t output_channels,
                      std::uint32_t stride = 1) {
  return {.input_height = size,
          .input_width = size,
          .input_channels = input_channels,
          .output_height = (size + stride - 1) / stride,
          .output_width = (size + stride - 1) / stride,
          .output_channels = output_channels,
          .kernel_height = 3,
          .kernel_width = 3,
          .stride_y = stride,
          .stride_x = stride,
          .pad_top = 1,
          .pad_left = 1};
}

}  // namespace terse::test
