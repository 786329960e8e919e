// The dense and the sparse pass against the core: the sums come out unchanged through the merge unit.
#include <array>
#include <cstdint>

#include "firmware/selftest/bench.hpp"
#include "firmware/selftest/convolution_case.hpp"
#include "firmware/selftest/merge_case.hpp"

namespace terse::firmware {
namespace {

using driver::MergeJob;
using registers::spu::IndexFormat;
namespace merge_flags = registers::merge::fields::flags;

template <typename Unit, typename Job>
bool run(Bench& bench, Test& test, std::string_view what, Unit& unit, const Job& job) {
  bench.start_watchdog();
  const Status status = unit.dispatch_wait(job, bench.watchdog);
  bench.watchdog.stop();
  if (status.ok()) return true;
  test.equal(what, status.error().unit_code << 16 | static_cast<std::uint32_t>(status.error().code), 0);
  unit.soft_clear();
  return false;
}

/// Makes the merge unit copy accumulators to words, and compares them with `expected`.
void compare_sums(Bench& bench, Test& test, const Geometry& geometry, std::uint32_t flags, std::uint32_t base,
                  const ConvolutionCase::Sums& expected) {
  for (std::uint32_t channel = 0; channel < geometry.outputs; ++channel) {
    record_of(bench, channel) = RequantizationRecord{.dense = 1, .sparse = 1};
  }
  MergeJob job = merge_job(geometry.output_height(), geometry.output_width(), geometry.outputs, true);
  job.flags |= flags;
  job.accumulator_base = base;
  if (!run(bench, test, "merge", bench.accelerator.merge, job)) return;
  for (std::uint32_t index = 0; index < geometry.results(); ++index) {
    test.equal("sum", static_cast<std::uint32_t>(output_words(bench)[index]),
               static_cast<std::uint32_t>(expected[index]));
  }
}

struct DenseCase {
  std::string_view name;
  Geometry geometry;
};

constexpr std::array<DenseCase, 6> dense_cases{
    {{"tmac: 3x3 kernel, padding", {}},
     {"tmac: signed activations", {.input_signed = true}},
     {"tmac: stride", {.height = 6, .width = 7, .stride = 2}},
     {"tmac: dilation", {.height = 6, .width = 6, .padding = 2, .dilation = 2, .outputs = 3}},
     {"tmac: 1x1 kernel", {.channels = 9, .kernel = 1, .padding = 0, .outputs = 5}},
     {"tmac: fully connected", {.height = 1, .width = 1, .channels = 67, .kernel = 1, .padding = 0, .outputs = 4}}}};

void test_dense(Report& report, Bench& bench) {
  for (const DenseCase& item : dense_cases) {
    Test test(report, item.name);
    const ConvolutionCase convolution(bench, item.geometry, {}, 0x7AC0001);
    static ConvolutionCase::Sums expected;
    expected.fill(0);
    convolution.add_dense(expected);
    if (!run(bench, test, "dense pass", bench.accelerator.tmac, convolution.dense_job())) continue;
    compare_sums(bench, test, item.geometry, merge_flags::use_dense.make(1), 0, expected);
  }
  Test test(report, "tmac: accumulates, at any accumulator");
  const ConvolutionCase convolution(bench, {}, {}, 0x7AC0002);
  static ConvolutionCase::Sums expected;
  expected.fill(0);
  driver::TmacJob job = convolution.dense_job();
  job.accumulator_base = 37;
  for (std::uint32_t turn = 0; turn < 3; ++turn) {
    convolution.add_dense(expected);
    run(bench, test, "dense pass", bench.accelerator.tmac, job);
    job.flags |= registers::tmac::fields::flags::accumulate.make(1);
  }
  compare_sums(bench, test, convolution.geometry(), merge_flags::use_dense.make(1), 37, expected);
}

struct SparseCase {
  std::string_view name;
  Geometry geometry;
  SparseFormat format;
};

constexpr std::array<SparseCase, 9> sparse_cases{
    {{"spu: absolute indices, 8-bit values", {}, {IndexFormat::absolute, 8, 1, 5}},
     {"spu: absolute indices, 4-bit values", {}, {IndexFormat::absolute, 4, 1, 3}},
     {"spu: absolute indices, 16-bit values", {.input_signed = true}, {IndexFormat::absolute, 16, 1, 4}},
     {"spu: 1 of 32, 8-bit values", {.channels = 5, .outputs = 3}, {IndexFormat::n_of_m, 8, 1, 32}},
     {"spu: 2 of 7, 4-bit values", {}, {IndexFormat::n_of_m, 4, 2, 7}},
     {"spu: 1 of 4, 16-bit values", {.height = 5, .width = 5, .stride = 2}, {IndexFormat::n_of_m, 16, 1, 4}},
     {"spu: dense, 8-bit values", {}, {IndexFormat::dense, 8, 1, 1}},
     {"spu: dense, 4-bit values", {.input_signed = true}, {IndexFormat::dense, 4, 1, 1}},
     {"spu: dense, 16-bit values", {.padding = 2, .dilation = 2}, {IndexFormat::dense, 16, 1, 1}}}};

bool supports(Bench& bench, const SparseFormat& format) {
  const std::uint32_t index = 1u << static_cast<std::uint32_t>(format.index);
  return (bench.accelerator.spu.index_formats() & index) != 0 &&
         (bench.accelerator.spu.value_bits() >> format.value_bits & 1u) != 0;
}

void test_sparse(Report& report, Bench& bench) {
  for (const SparseCase& item : sparse_cases) {
    Test test(report, item.name);
    if (!supports(bench, item.format)) {
      test.skip("not supported by this spu");
      continue;
    }
    const ConvolutionCase convolution(bench, item.geometry, item.format, 0x59A0001);
    static ConvolutionCase::Sums expected;
    expected.fill(0);
    convolution.add_sparse(expected);
    if (!run(bench, test, "sparse pass", bench.accelerator.spu, convolution.sparse_job())) continue;
    compare_sums(bench, test, item.geometry, merge_flags::use_sparse.make(1), 0, expected);
  }
}

/// Both passes at the same time and one after the other must give the same bits.
void test_superposition(Report& report, Bench& bench) {
  Test test(report, "tmac and spu: superposed, concurrent and sequential");
  const SparseFormat format{IndexFormat::n_of_m, 8, 1, 4};
  if (!supports(bench, format)) return test.skip("not supported by this spu");
  const ConvolutionCase convolution(bench, {}, format, 0x5B90001);
  static ConvolutionCase::Sums expected;
  expected.fill(0);
  convolution.add_dense(expected);
  convolution.add_sparse(expected);
  const std::uint32_t both = merge_flags::use_dense.make(1) | merge_flags::use_sparse.make(1);
  bench.start_watchdog();
  const auto dense = bench.accelerator.tmac.dispatch(convolution.dense_job());
  const auto sparse = bench.accelerator.spu.dispatch(convolution.sparse_job());
  test.check("dispatch", dense.ok() && sparse.ok());
  test.check("dense pass", bench.accelerator.tmac.resolve_wait(dense.value(), bench.watchdog).ok());
  test.check("sparse pass", bench.accelerator.spu.resolve_wait(sparse.value(), bench.watchdog).ok());
  bench.watchdog.stop();
  compare_sums(bench, test, convolution.geometry(), both, 0, expected);
  run(bench, test, "dense pass", bench.accelerator.tmac, convolution.dense_job());
  run(bench, test, "sparse pass", bench.accelerator.spu, convolution.sparse_job());
  compare_sums(bench, test, convolution.geometry(), both, 0, expected);
}

}  // namespace

void test_passes(Report& report, Bench& bench) {
  {
    Test test(report, "scratchpad and accumulators suffice for the self-test");
    const bool enough = bench.accelerator.dma.scratchpad_size() >= layout::size &&
                        bench.accelerator.merge.accumulators() >= ConvolutionCase::max_results;
    if (!test.check("size", enough)) return;
  }
  test_dense(report, bench);
  test_sparse(report, bench);
  test_superposition(report, bench);
}

}  // namespace terse::firmware
