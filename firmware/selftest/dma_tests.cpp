// Transfers of the DMA against a copy made by the core: dimensions, strides, alignment, padding, chains, directions,
// channels.
#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

#include "firmware/selftest/bench.hpp"

namespace terse::firmware {
namespace {

using driver::DmaChannel;
using driver::DmaJob;

constexpr std::uint32_t buffer_size = 1024;
constexpr std::uint32_t untouched = 0xEE;

alignas(8) std::array<std::uint8_t, buffer_size> source;
alignas(8) std::array<std::uint8_t, buffer_size> destination;
alignas(8) std::array<std::uint8_t, buffer_size> expected;

/// The same transfer by the core, with the destination moved to `to`; `from` and `to` stand for the job's addresses.
void reference_transfer(const DmaJob& job, const std::uint8_t* from, std::uint8_t* to) {
  namespace padding = registers::dma::fields::padding;
  const std::uint32_t top = padding::top.get(job.padding);
  const std::uint32_t left = padding::left.get(job.padding);
  const std::uint32_t lines = top + job.lines + padding::bottom.get(job.padding);
  const std::uint32_t length = left + job.length + padding::right.get(job.padding);
  for (std::uint32_t plane = 0; plane < job.planes; ++plane) {
    for (std::uint32_t line = 0; line < lines; ++line) {
      // Strides are two's complement, so the sums wrap to the right place.
      const std::uint8_t* read =
          from + static_cast<std::int32_t>(plane * job.source_plane_stride + (line - top) * job.source_line_stride);
      std::uint8_t* write =
          to + static_cast<std::int32_t>(plane * job.destination_plane_stride + line * job.destination_line_stride);
      const bool inside = line >= top && line < top + job.lines;
      for (std::uint32_t byte = 0; byte < length; ++byte) {
        const bool data = inside && byte >= left && byte < left + job.length;
        write[byte] = data ? read[byte - left] : static_cast<std::uint8_t>(job.fill);
      }
    }
  }
}

class DmaBench {
 public:
  explicit DmaBench(Bench& bench) : bench_(&bench) {}

  /// Runs `job` from source to `to` (buffer_size bytes) and compares all of it. SOURCE and DESTINATION of the job are
  /// byte offsets into the buffers.
  void run(Test& test, std::string_view what, const DmaJob& job, DmaChannel<TargetHal>& channel, std::uint8_t* to) {
    prepare(to);
    reference_transfer(job, source.data() + job.source, expected.data() + job.destination);
    DmaJob placed = job;
    placed.source += bus_address(source.data());
    placed.destination += bus_address(to);
    transfer(test, what, placed, channel);
    compare(test, what, to);
  }
  void run(Test& test, std::string_view what, const DmaJob& job) {
    run(test, what, job, bench_->accelerator.dma.loads(), destination.data());
  }

  void prepare(std::uint8_t* to) {
    std::fill_n(to, buffer_size, untouched);
    expected.fill(untouched);
  }
  void transfer(Test& test, std::string_view what, const DmaJob& job, DmaChannel<TargetHal>& channel) {
    bench_->start_watchdog();
    const Status status = channel.dispatch_wait(job, bench_->watchdog);
    bench_->watchdog.stop();
    if (!test.check(what, status.ok())) channel.soft_clear();
  }
  static void compare(Test& test, std::string_view what, const std::uint8_t* to) {
    test.check(what, std::equal(expected.begin(), expected.end(), to));
  }

 private:
  Bench* bench_;
};

DmaJob shape(std::uint32_t length, std::uint32_t lines, std::uint32_t planes) {
  DmaJob job = driver::copy_job(0x00DA0000, 0, 0, length);
  job.lines = lines;
  job.planes = planes;
  return job;
}

void test_alignment(Report& report, DmaBench& dma) {
  Test test(report, "dma: one dimension, any length and alignment");
  for (const std::uint32_t length : {1u, 2u, 3u, 4u, 5u, 8u, 31u, 64u, 257u}) {
    for (std::uint32_t from = 0; from < 4; ++from) {
      for (std::uint32_t to = 0; to < 4; ++to) {
        DmaJob job = shape(length, 1, 1);
        job.source = from;
        job.destination = 16 + to;
        dma.run(test, "copy", job);
      }
    }
  }
}

void test_strides(Report& report, DmaBench& dma) {
  Test test(report, "dma: two and three dimensions");
  DmaJob job = shape(7, 5, 1);
  job.source_line_stride = 20;
  job.destination_line_stride = 9;
  dma.run(test, "two dimensions", job);
  job.planes = 3;
  job.source_plane_stride = 111;
  job.destination_plane_stride = 50;
  dma.run(test, "three dimensions", job);
  job.source_line_stride = 0;
  dma.run(test, "the same line again and again", job);
  job.source = 400;
  job.source_line_stride = static_cast<std::uint32_t>(-13);
  job.source_plane_stride = static_cast<std::uint32_t>(-70);
  dma.run(test, "source backwards", job);
  job.destination = 600;
  job.destination_line_stride = static_cast<std::uint32_t>(-16);
  job.destination_plane_stride = static_cast<std::uint32_t>(-150);
  dma.run(test, "both backwards", job);
}

void test_padding(Report& report, DmaBench& dma) {
  Test test(report, "dma: padding");
  namespace padding = registers::dma::fields::padding;
  DmaJob job = shape(6, 4, 2);
  job.source_line_stride = 6;
  job.source_plane_stride = 24;
  job.destination = 3;
  job.destination_line_stride = 16;
  job.destination_plane_stride = 200;
  job.fill = 0x5A;
  for (const std::uint32_t sides : {0x1u, 0x2u, 0x4u, 0x8u, 0xFu}) {
    job.padding = padding::top.make((sides & 1u) * 2) | padding::bottom.make(sides >> 1 & 1u) |
                  padding::left.make((sides >> 2 & 1u) * 3) | padding::right.make((sides >> 3 & 1u) * 5);
    dma.run(test, "padding", job);
  }
}

void test_chain(Report& report, Bench& bench, DmaBench& dma) {
  Test test(report, "dma: chained descriptors");
  alignas(4) static std::array<DmaJob, 2> descriptors;
  dma.prepare(destination.data());
  DmaJob first = shape(10, 1, 1);
  std::array<DmaJob, 2> rest{shape(5, 3, 1), shape(33, 1, 1)};
  rest[0].source = 100;
  rest[0].destination = 40;
  rest[0].source_line_stride = 8;
  rest[0].destination_line_stride = 5;
  rest[1].source = 301;
  rest[1].destination = 102;
  reference_transfer(first, source.data(), expected.data());
  for (const DmaJob& job : rest) reference_transfer(job, source.data() + job.source, expected.data() + job.destination);
  for (DmaJob* job : {&first, &rest[0], &rest[1]}) {
    job->source += bus_address(source.data());
    job->destination += bus_address(destination.data());
  }
  first.next = bus_address(&descriptors[0]);
  rest[0].next = bus_address(&descriptors[1]);
  descriptors = rest;
  const std::uint32_t before = bench.accelerator.dma.loads().read(registers::hwpe::finished_jobs);
  dma.transfer(test, "chain", first, bench.accelerator.dma.loads());
  dma.compare(test, "all blocks", destination.data());
  test.equal("a chain is one job", bench.accelerator.dma.loads().read(registers::hwpe::finished_jobs) - before, 1);
}

void test_directions(Report& report, Bench& bench, DmaBench& dma) {
  Test test(report, "dma: between memories and the scratchpad");
  DmaJob job = shape(61, 3, 1);
  job.source = 5;
  job.source_line_stride = 70;
  job.destination = 2;
  job.destination_line_stride = 64;
  dma.run(test, "L2 to scratchpad", job, bench.accelerator.dma.loads(), bench.scratchpad());
  // Back, and within the scratchpad, by moving the expectation along.
  std::fill(destination.begin(), destination.end(), std::uint8_t{0});
  DmaJob back = driver::copy_job(1, bus_address(bench.scratchpad()), bus_address(destination.data()), buffer_size);
  dma.transfer(test, "scratchpad to L2", back, bench.accelerator.dma.stores());
  dma.compare(test, "scratchpad to L2", destination.data());
  back.destination = bus_address(bench.scratchpad()) + buffer_size + 3;
  dma.transfer(test, "within the scratchpad", back, bench.accelerator.dma.loads());
  dma.compare(test, "within the scratchpad", bench.scratchpad() + buffer_size + 3);
}

/// The last bytes of the largest memory, which nobody else uses.
void test_dram(Report& report, Bench& bench, DmaBench& dma) {
  Test test(report, "dma: DRAM");
  const Device* largest = nullptr;
  const driver::DeviceTable& table = bench.devices.table();
  for (std::uint32_t index = 0; index < table.count; ++index) {
    const Device& device = table.devices[index];
    if (device.type == DeviceType::memory && (largest == nullptr || device.size > largest->size)) largest = &device;
  }
  if (largest == nullptr || bus_address(source.data()) - largest->base < largest->size) {
    return test.skip("no memory but the firmware's");
  }
  auto* top = reinterpret_cast<std::uint8_t*>(largest->base + largest->size - buffer_size);
  DmaJob job = shape(100, 2, 1);
  job.source_line_stride = 333;
  job.destination = 1;
  job.destination_line_stride = 500;
  dma.run(test, "to DRAM", job, bench.accelerator.dma.loads(), top);
}

void test_queue(Report& report, Bench& bench, DmaBench& dma) {
  Test test(report, "dma: queued jobs of every channel run in order");
  auto& accelerator = bench.accelerator;
  for (DmaChannel<TargetHal>* channel : {&accelerator.dma.loads(), &accelerator.dma.stores()}) {
    dma.prepare(destination.data());
    bench.start_watchdog();
    driver::Ticket last = 0;
    for (std::uint32_t number = 0; number < channel->queue_depth(); ++number) {
      // Each job overwrites a part of the one before.
      DmaJob job = shape(64, 1, 1);
      job.source = 100 * number % 800;
      job.destination = 16 * number % 512;
      reference_transfer(job, source.data() + job.source, expected.data() + job.destination);
      job.source += bus_address(source.data());
      job.destination += bus_address(destination.data());
      const auto ticket = channel->dispatch(job);
      test.check("dispatch", ticket.ok());
      last = ticket.value();
    }
    test.check("finished", channel->resolve_wait(last, bench.watchdog).ok());
    bench.watchdog.stop();
    dma.compare(test, "result", destination.data());
  }
}

}  // namespace

void test_dma(Report& report, Bench& bench) {
  DmaBench dma(bench);
  Pattern(0x0D0A0001).fill(source.data(), buffer_size);
  test_alignment(report, dma);
  test_strides(report, dma);
  test_padding(report, dma);
  test_chain(report, bench, dma);
  test_directions(report, bench, dma);
  test_dram(report, bench, dma);
  test_queue(report, bench, dma);
}

}  // namespace terse::firmware
