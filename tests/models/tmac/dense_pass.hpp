#pragma once
// A dense pass of tmac in a bench: weights, how they are packed, the job, and the sums that must come out.
#include "models/tmac/tmac.hpp"
#include "tests/models/ports/job_builder.hpp"
#include "tests/models/ports/unit_bench.hpp"
#include "tests/support/systemc_fixture.hpp"

namespace terse::test {

namespace map = registers::tmac;

inline constexpr std::uint32_t input_address = 0x101;  // activations need no alignment
inline constexpr std::uint32_t weight_address = 0x8000;
inline constexpr std::uint32_t base = 100;
inline constexpr std::uint32_t accumulate = 2;

/// A dense pass in the bench's scratchpad.
struct DensePass {
  Shape shape;
  Image image;
  std::vector<std::int8_t> weights;
  map::Job job;

  DensePass(Random& random, const Shape& geometry, bool is_signed) : shape(geometry) {
    image = random_image(random, shape.input_height, shape.input_width, shape.input_channels, is_signed);
    weights = random_ternary(random, shape.weights_per_channel() * shape.output_channels);
    job = convolution_job<map::Job>(shape, image, input_address);
    job.tag = 0x10002;
    job.weight_address = weight_address;
    job.weight_row_stride = pack_ternary(shape, weights).row_stride;
    job.accumulator_base = base;
  }
  void put(UnitBench& bench) const {
    bench.scratchpad.put(input_address, image.bytes);
    bench.scratchpad.put(weight_address, pack_ternary(shape, weights).bytes);
  }
  [[nodiscard]] std::vector<std::int64_t> expected() const { return golden_sums(shape, image, weights); }
  [[nodiscard]] std::vector<std::int64_t> results(const UnitBench& bench) const {
    return bench.sums(AccumulatorPlane::dense, base, shape.outputs());
  }
};

class TmacTest : public SystemcTest {
 protected:
  Random random_{7};
  /// 6x5 pixels of 3 channels, 3x3 kernel with padding, 4 output channels: 6x5 outputs.
  Shape small_{.input_height = 6,
               .input_width = 5,
               .input_channels = 3,
               .output_height = 6,
               .output_width = 5,
               .output_channels = 4,
               .kernel_height = 3,
               .kernel_width = 3,
               .pad_top = 1,
               .pad_left = 1};
};

}  // namespace terse::test
