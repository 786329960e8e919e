// Every error a unit can report: cause, address, job and interrupt; that the queue stands; and that a soft clear
// recovers.
#include <cstdint>

#include "firmware/selftest/bench.hpp"
#include "firmware/selftest/convolution_case.hpp"
#include "firmware/selftest/merge_case.hpp"

namespace terse::firmware {
namespace {

using driver::ErrorCode;
using driver::HwpeUnit;
using registers::spu::IndexFormat;
namespace hwpe = registers::hwpe;
using UnitError = hwpe::ErrorCode;

/// No platform has memory at the very top of the address space.
constexpr std::uint32_t nowhere = 0xFFFFF000;

/// Runs a bad job and a good one behind it: the bad one must fail as told and keep the good one from running, and after
/// a soft clear the good one must work.
template <typename Job>
void expect_error(Report& report, Bench& bench, std::string_view name, HwpeUnit<TargetHal>& unit, const Job& bad,
                  const Job& good, UnitError code, std::uint32_t address) {
  Test test(report, name);
  unit.soft_clear();
  bench.start_watchdog();
  const auto bad_ticket = unit.dispatch(bad);
  test.check("dispatch", bad_ticket.ok());
  if (unit.queue_depth() > 1) static_cast<void>(unit.dispatch(good));
  const Status status = unit.resolve_wait(bad_ticket.value(), bench.watchdog);
  test.equal("the driver's error", static_cast<std::uint32_t>(status.error().code),
             static_cast<std::uint32_t>(ErrorCode::unit_error));
  test.equal("ERR_CODE", status.error().unit_code, static_cast<std::uint32_t>(code));
  test.equal("ERR_ADDR", status.error().address, address);
  test.equal("TAG", status.error().tag, bad.tag);
  test.equal("ERR_JOB", unit.read(hwpe::err_job), 0);
  test.equal("FINISHED_JOBS", unit.read(hwpe::finished_jobs), 0);
  unit.soft_clear();
  test.equal("ERR_CODE after SOFT_CLEAR", unit.read(hwpe::err_code), 0);
  test.equal("STATUS after SOFT_CLEAR", unit.status(), 0);
  test.check("a good job works again", unit.dispatch_wait(good, bench.watchdog).ok());
  bench.watchdog.stop();
}

void test_dma_errors(Report& report, Bench& bench) {
  alignas(4) static std::uint32_t words[8] = {};
  HwpeUnit<TargetHal>& unit = bench.accelerator.dma.loads();
  const driver::DmaJob good = driver::copy_job(2, bus_address(words), bus_address(bench.scratchpad()), 16);
  driver::DmaJob bad = good;
  bad.tag = 1;
  bad.source = nowhere;
  expect_error(report, bench, "dma: bus error at the source", unit, bad, good, UnitError::bus_error, nowhere);
  bad.source = good.source;
  bad.destination = nowhere;
  expect_error(report, bench, "dma: bus error at the destination", unit, bad, good, UnitError::bus_error, nowhere);
  bad.destination = good.destination;
  bad.lines = 0;
  expect_error(report, bench, "dma: illegal value", unit, bad, good, UnitError::illegal_value, registers::dma::lines);
  bad.lines = 1;
  bad.next = bus_address(words) + 2;
  expect_error(report, bench, "dma: unaligned descriptor", unit, bad, good, UnitError::unaligned_address, bad.next);
}

/// Errors of a pass are about the same registers in both units.
template <typename Job>
void test_pass_errors(Report& report, Bench& bench, HwpeUnit<TargetHal>& unit, const Job& good,
                      std::string_view illegal, std::string_view range, std::string_view accumulators) {
  const std::uint32_t scratchpad_size = bench.accelerator.dma.scratchpad_size();
  Job bad = good;
  bad.kernel = 0;
  expect_error(report, bench, illegal, unit, bad, good, UnitError::illegal_value, registers::tmac::kernel);
  bad = good;
  bad.input_address = scratchpad_size;
  expect_error(report, bench, range, unit, bad, good, UnitError::out_of_range, scratchpad_size);
  bad = good;
  bad.accumulator_base = bench.accelerator.merge.accumulators();
  expect_error(report, bench, accumulators, unit, bad, good, UnitError::accumulator_range, bad.accumulator_base);
}

void test_tmac_errors(Report& report, Bench& bench) {
  const ConvolutionCase convolution(bench, {}, {}, 0xE440001);
  HwpeUnit<TargetHal>& unit = bench.accelerator.tmac;
  const driver::TmacJob good = convolution.dense_job();
  test_pass_errors(report, bench, unit, good, "tmac: illegal value", "tmac: outside the scratchpad",
                   "tmac: outside the accumulators");
  driver::TmacJob bad = good;
  bad.tag = 7;
  bad.weight_address = layout::ternary + 2;
  expect_error(report, bench, "tmac: unaligned weights", unit, bad, good, UnitError::unaligned_address,
               layout::ternary + 2);
  // Code 10 of two bits is no ternary weight; it is looked for in a second area, so that the good job stays good.
  bad.weight_address = layout::residual;
  bench.scratchpad()[layout::residual + 4] = 0x02;
  expect_error(report, bench, "tmac: illegal weight", unit, bad, good, UnitError::illegal_encoding,
               layout::residual + 4);
}

void test_spu_errors(Report& report, Bench& bench) {
  const SparseFormat format{IndexFormat::dense, 8, 1, 1};
  const ConvolutionCase convolution(bench, {}, format, 0xE440002);
  HwpeUnit<TargetHal>& unit = bench.accelerator.spu;
  const driver::SpuJob good = convolution.sparse_job();
  test_pass_errors(report, bench, unit, good, "spu: illegal value", "spu: outside the scratchpad",
                   "spu: outside the accumulators");
  driver::SpuJob bad = good;
  bad.tag = 7;
  bad.format =
      registers::spu::fields::format::index_format.make(7) | registers::spu::fields::format::value_bits.make(8);
  expect_error(report, bench, "spu: illegal format", unit, bad, good, UnitError::illegal_value, registers::spu::format);
  bad = good;
  bad.tag = 7;
  bad.value_address = layout::values + 1;
  expect_error(report, bench, "spu: unaligned values", unit, bad, good, UnitError::unaligned_address,
               layout::values + 1);
}

/// 16-bit values times bytes, 1,024 of them, accumulated: 32767 * 255 * 1024 leaves 32 bits at the first addition.
void test_overflow(Report& report, Bench& bench) {
  Test test(report, "spu: accumulator overflow");
  driver::Spu<TargetHal>& unit = bench.accelerator.spu;
  if ((unit.value_bits() >> 16 & 1u) == 0) return test.skip("no 16-bit values");
  constexpr std::uint32_t weights = 1024;
  static_assert(std::uint64_t{32767} * 255 * weights > 0x7FFFFFFF);
  std::uint8_t* scratchpad = bench.scratchpad();
  for (std::uint32_t index = 0; index < weights; ++index) {
    scratchpad[layout::input + index] = 255;
    scratchpad[layout::values + 2 * index] = 0xFF;
    scratchpad[layout::values + 2 * index + 1] = 0x7F;
  }
  driver::SpuJob job{};
  job.tag = 5;
  job.input_address = layout::input;
  job.input_row_stride = job.input_pixel_stride = job.input_channels = weights;
  job.input_size = job.output_size = 1u | 1u << 16;
  job.output_channels = 1;
  job.kernel = 0x01010101;
  job.padding = 0x01010000;
  job.value_address = layout::values;
  job.value_row_stride = 2 * weights;
  job.format = registers::spu::fields::format::index_format.make(static_cast<std::uint32_t>(IndexFormat::dense)) |
               registers::spu::fields::format::value_bits.make(16);
  job.accumulator_base = 3;
  unit.soft_clear();
  bench.start_watchdog();
  const Status status = unit.dispatch_wait(job, bench.watchdog);
  bench.watchdog.stop();
  test.equal("ERR_CODE", status.error().unit_code, static_cast<std::uint32_t>(UnitError::accumulator_overflow));
  test.equal("ERR_ADDR", status.error().address, 3);
  test.equal("OVERFLOW_COUNT", unit.overflow_count(), 1);
  unit.soft_clear();
  test.equal("OVERFLOW_COUNT after SOFT_CLEAR", unit.overflow_count(), 0);
}

void test_merge_errors(Report& report, Bench& bench) {
  namespace fields = registers::merge::fields;
  for (std::uint32_t channel = 0; channel < 4; ++channel) record_of(bench, channel) = {.dense = 1};
  HwpeUnit<TargetHal>& unit = bench.accelerator.merge;
  driver::MergeJob good = merge_job(2, 2, 4, false);
  good.flags |= fields::flags::use_dense.make(1);
  driver::MergeJob bad = good;
  bad.tag = 9;
  bad.flags |= fields::flags::pool.make(3);
  expect_error(report, bench, "merge: illegal value", unit, bad, good, UnitError::illegal_value,
               registers::merge::flags);
  bad.flags = good.flags;
  bad.parameter_address = layout::records + 4;
  expect_error(report, bench, "merge: unaligned records", unit, bad, good, UnitError::unaligned_address,
               layout::records + 4);
  bad.parameter_address = good.parameter_address;
  bad.output_address = bench.accelerator.dma.scratchpad_size();
  expect_error(report, bench, "merge: outside the scratchpad", unit, bad, good, UnitError::out_of_range,
               bad.output_address);
  bad.output_address = good.output_address;
  bad.accumulator_base = bench.accelerator.merge.accumulators();
  expect_error(report, bench, "merge: outside the accumulators", unit, bad, good, UnitError::accumulator_range,
               bad.accumulator_base);
}

/// Programming without an acquired job is an error of its own, also at COMMIT_TRIGGER.
void test_protocol(Report& report, Bench& bench) {
  Test test(report, "hwpe: programming without a job");
  driver::Tmac<TargetHal>& unit = bench.accelerator.tmac;
  for (const std::uint32_t offset : {registers::tmac::kernel, hwpe::commit_trigger}) {
    unit.soft_clear();
    unit.write(offset, 0);
    test.equal("ERR_CODE", unit.read(hwpe::err_code), static_cast<std::uint32_t>(UnitError::protocol));
    test.equal("ERR_ADDR", unit.read(hwpe::err_addr), offset);
  }
  unit.soft_clear();
}

/// A job that would run long is dropped by a soft clear.
void test_soft_clear(Report& report, Bench& bench) {
  Test test(report, "hwpe: soft clear of a running job");
  HwpeUnit<TargetHal>& unit = bench.accelerator.dma.loads();
  unit.soft_clear();
  driver::DmaJob job =
      driver::copy_job(1, bus_address(bench.scratchpad()), bus_address(bench.scratchpad()) + 1024, 1024);
  job.lines = 1000;  // the same line again and again
  test.check("dispatch", unit.dispatch(job).ok());
  test.check("runs", unit.is_busy());
  unit.soft_clear();
  test.equal("STATUS", unit.status(), 0);
  test.equal("FINISHED_JOBS", unit.read(hwpe::finished_jobs), 0);
  bench.start_watchdog();
  job.lines = 1;
  test.check("a good job works again", unit.dispatch_wait(job, bench.watchdog).ok());
  bench.watchdog.stop();
}

}  // namespace

void test_errors(Report& report, Bench& bench) {
  test_dma_errors(report, bench);
  if (bench.accelerator.dma.scratchpad_size() >= layout::size) {
    test_tmac_errors(report, bench);
    test_spu_errors(report, bench);
    test_overflow(report, bench);
    test_merge_errors(report, bench);
  }
  test_protocol(report, bench);
  test_soft_clear(report, bench);
}

}  // namespace terse::firmware
