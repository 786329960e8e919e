#pragma once
// Sparse passes for the benches: weights, how they are packed, the job, and the sums that must come out.
#include "models/spu/spu.hpp"
#include "tests/models/ports/job_builder.hpp"
#include "tests/models/ports/unit_bench.hpp"

namespace terse::test {

namespace map = registers::spu;
using map::IndexFormat;

inline constexpr std::uint32_t input_address = 0x103;
inline constexpr std::uint32_t value_address = 0x8000;
inline constexpr std::uint32_t index_address = 0x20000;
inline constexpr std::uint32_t pointer_address = 0x30000;
inline constexpr std::uint32_t base = 50;

/// A sparse pass in the bench's scratchpad.
struct SparsePass {
  Shape shape;
  Image image;
  std::vector<std::int16_t> weights;
  PackedSparse packed;
  map::Job job;
  Bytes row_order = {};  ///< At job.row_order_address.

  SparsePass(const Shape& geometry, Image activations, std::vector<std::int16_t> values, PackedSparse data)
      : shape(geometry), image(std::move(activations)), weights(std::move(values)), packed(std::move(data)) {
    job = convolution_job<map::Job>(shape, image, input_address);
    job.tag = 0x20005;
    job.accumulator_base = base;
    describe_sparse(job, packed, value_address, index_address, pointer_address);
  }
  void put(UnitBench& bench) const {
    bench.scratchpad.put(job.input_address, image.bytes);
    bench.scratchpad.put(job.value_address, packed.values.bytes);
    bench.scratchpad.put(job.index_address, packed.indices.bytes);
    bench.scratchpad.put(job.row_pointer_address, packed.row_pointers.bytes);
    bench.scratchpad.put(job.row_order_address, row_order);
  }
  [[nodiscard]] std::vector<std::int64_t> expected() const { return golden_sums(shape, image, weights); }
  [[nodiscard]] std::vector<std::int64_t> results(const UnitBench& bench) const {
    return bench.sums(AccumulatorPlane::sparse, base, shape.outputs());
  }
};

inline Image random_image_of(Random& random, const Shape& shape, bool is_signed) {
  return random_image(random, shape.input_height, shape.input_width, shape.input_channels, is_signed);
}

inline SparsePass absolute_pass(Random& random, const Shape& shape, std::uint32_t bits, double density,
                                bool is_signed) {
  auto weights = random_values(random, shape.weights_per_channel() * shape.output_channels, bits, density);
  auto packed = pack_absolute(shape, weights, bits);
  return {shape, random_image_of(random, shape, is_signed), std::move(weights), std::move(packed)};
}

inline SparsePass dense_pass(Random& random, const Shape& shape, std::uint32_t bits, bool is_signed) {
  auto weights = random_values(random, shape.weights_per_channel() * shape.output_channels, bits, 1.0);
  auto packed = pack_dense(shape, weights, bits);
  return {shape, random_image_of(random, shape, is_signed), std::move(weights), std::move(packed)};
}

inline SparsePass n_of_m_pass(Random& random, const Shape& shape, std::uint32_t bits, std::uint32_t n, std::uint32_t m,
                              bool is_signed) {
  auto weights = random_n_of_m(random, shape, bits, n, m);
  auto packed = pack_n_of_m(shape, weights, bits, n, m);
  return {shape, random_image_of(random, shape, is_signed), std::move(weights), std::move(packed)};
}

}  // namespace terse::test
