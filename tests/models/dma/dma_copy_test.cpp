// What a job leaves in memory, against a plain oracle that knows nothing of bursts.
#include <gmock/gmock.h>

#include <random>

#include "tests/models/dma/dma_bench.hpp"

namespace terse::test {
namespace {

using registers::dma::Job;

/// All bytes of the bus: memory and scratchpad.
struct Image {
  std::vector<std::uint8_t> memory;
  std::vector<std::uint8_t> scratchpad;

  std::uint8_t& at(std::uint32_t address) {
    return address - scratchpad_base < scratchpad_size ? scratchpad.at(address - scratchpad_base)
                                                       : memory.at(address - memory_base);
  }
};

/// The definition in dma.hpp: each line is read completely, then written with its padding.
void oracle(Image& image, const Job& job) {
  const std::uint32_t top = job.padding & 0xFF, bottom = job.padding >> 8 & 0xFF;
  const std::uint32_t left = job.padding >> 16 & 0xFF, right = job.padding >> 24;
  const auto fill = static_cast<std::uint8_t>(job.fill);
  for (std::uint32_t plane = 0; plane < job.planes; ++plane) {
    for (std::uint32_t row = 0; row < top + job.lines + bottom; ++row) {
      std::vector<std::uint8_t> bytes(left + job.length + right, fill);
      if (row >= top && row < top + job.lines) {
        const std::uint32_t source =
            job.source + plane * job.source_plane_stride + (row - top) * job.source_line_stride;
        for (std::uint32_t i = 0; i < job.length; ++i) bytes[left + i] = image.at(source + i);
      }
      const std::uint32_t destination =
          job.destination + plane * job.destination_plane_stride + row * job.destination_line_stride;
      for (std::uint32_t i = 0; i < bytes.size(); ++i) image.at(destination + i) = bytes[i];
    }
  }
}

class DmaCopyTest : public SystemcTest {
 protected:
  std::mt19937 random{20240607};

  std::uint32_t uniform(std::uint32_t least, std::uint32_t most) {
    return std::uniform_int_distribution<std::uint32_t>(least, most)(random);
  }
  void randomize(DmaBench& bench) {
    for (std::uint8_t& byte : bench.memory.bytes) byte = static_cast<std::uint8_t>(random());
    for (std::uint8_t& byte : bench.scratchpad.bytes) byte = static_cast<std::uint8_t>(random());
  }
  static Image image(const DmaBench& bench) { return {bench.memory.bytes, bench.scratchpad.bytes}; }
  static void expect_equal(const DmaBench& bench, const Image& expected, const std::string& what) {
    const auto compare = [&](const std::vector<std::uint8_t>& have, const std::vector<std::uint8_t>& want,
                             const char* where) {
      const auto [first, unused] = std::ranges::mismatch(have, want);
      EXPECT_TRUE(first == have.end()) << what << ": " << where << " differs at " << std::hex << first - have.begin();
    };
    compare(bench.memory.bytes, expected.memory, "memory");
    compare(bench.scratchpad.bytes, expected.scratchpad, "scratchpad");
  }

  /// One side of a job: a start and strides such that all its lines lie in [first, end). Lines may even overlap.
  struct Side {
    std::uint32_t start, line_stride, plane_stride;
  };
  Side side(std::uint32_t first, std::uint32_t end, std::uint32_t length, std::uint32_t lines, std::uint32_t planes) {
    const auto stride = [&](std::uint32_t room, std::uint32_t count) {
      const std::int32_t largest = count > 1 ? static_cast<std::int32_t>(room / (count - 1)) : 1000;
      const std::int32_t value = static_cast<std::int32_t>(uniform(0, static_cast<std::uint32_t>(largest)));
      return uniform(0, 1) == 0 ? value : -value;
    };
    const std::uint32_t room = (end - first - length) / 2;
    const std::int32_t line = stride(room / 2, lines);
    const std::int32_t plane = stride(room / 2, planes);
    std::int64_t lowest = 0, highest = 0;
    for (const std::int64_t reach : {std::int64_t{line} * (lines - 1), std::int64_t{plane} * (planes - 1)}) {
      (reach < 0 ? lowest : highest) += reach;
    }
    const auto start = static_cast<std::uint32_t>(
        uniform(static_cast<std::uint32_t>(first - lowest), static_cast<std::uint32_t>(end - length - highest)));
    return {start, static_cast<std::uint32_t>(line), static_cast<std::uint32_t>(plane)};
  }

  /// A random job; `source` and `destination` name the range each side may use.
  Job job(std::pair<std::uint32_t, std::uint32_t> source, std::pair<std::uint32_t, std::uint32_t> destination) {
    Job job{};
    job.length = uniform(0, 3) == 0 ? uniform(1, 400) : uniform(1, 40);
    job.lines = uniform(1, 9);
    job.planes = uniform(1, 4);
    if (uniform(0, 1) == 0)
      job.padding = uniform(0, 3) | uniform(0, 3) << 8 | uniform(0, 5) << 16 | uniform(0, 5) << 24;
    job.fill = uniform(0, 255);
    const std::uint32_t width = (job.padding >> 16 & 0xFF) + job.length + (job.padding >> 24);
    const std::uint32_t rows = (job.padding & 0xFF) + job.lines + (job.padding >> 8 & 0xFF);
    const Side from = side(source.first, source.second, job.length, job.lines, job.planes);
    const Side to = side(destination.first, destination.second, width, rows, job.planes);
    job.source = from.start;
    job.source_line_stride = from.line_stride;
    job.source_plane_stride = from.plane_stride;
    job.destination = to.start;
    job.destination_line_stride = to.line_stride;
    job.destination_plane_stride = to.plane_stride;
    return job;
  }

  const std::pair<std::uint32_t, std::uint32_t> low{memory_base, memory_base + 0x8000};
  const std::pair<std::uint32_t, std::uint32_t> high{memory_base + 0x8000, memory_base + memory_size};
  const std::pair<std::uint32_t, std::uint32_t> pad{scratchpad_base, scratchpad_base + scratchpad_size};
  const std::pair<std::uint32_t, std::uint32_t> small{memory_base + 0x100, memory_base + 0x700};
};

TEST_F(DmaCopyTest, RandomShapesBetweenAllMemories) {
  DmaBench bench("bench");
  bench.memory.read_cycles = 7;
  randomize(bench);
  simulate([&] {
    const std::array<std::pair<std::uint32_t, std::uint32_t>, 3> places{low, high, pad};
    for (int round = 0; round < 400; ++round) {
      const Job shape = job(places[uniform(0, 2)], places[uniform(0, 2)]);
      Image expected = image(bench);
      oracle(expected, shape);
      bench.copy(shape);
      expect_equal(bench, expected, "round " + std::to_string(round));
      if (HasFailure()) return;
    }
  });
}

class DmaOverlapTest : public DmaCopyTest, public ::testing::WithParamInterface<std::uint32_t> {};
INSTANTIATE_TEST_SUITE_P(BurstBytes, DmaOverlapTest, ::testing::Values(8, 64, 256));

// Source and destination in the same 1.5 KB: nearly every job overlaps itself.
TEST_P(DmaOverlapTest, LineByLineWhateverTheBurstLength) {
  DmaParameters parameters;
  parameters.burst_bytes = GetParam();
  parameters.outstanding_bursts = 8;
  DmaBench bench("bench", parameters);
  bench.memory.read_cycles = 20;
  randomize(bench);
  simulate([&] {
    for (int round = 0; round < 200; ++round) {
      const Job shape = job(small, small);
      Image expected = image(bench);
      oracle(expected, shape);
      bench.copy(shape);
      expect_equal(bench, expected, "round " + std::to_string(round));
      if (HasFailure()) return;
    }
  });
}

// Three jobs in one: the second descriptor lies in memory, the third in the scratchpad, neither aligned to a burst.
TEST_F(DmaCopyTest, ChainFetchesDescriptorsFromAnywhere) {
  DmaParameters parameters;
  parameters.burst_bytes = 16;
  DmaBench bench("bench", parameters);
  randomize(bench);
  Job first = line(memory_base + 1, memory_base + 0x8003, 100);
  Job second = line(memory_base + 0x200, scratchpad_base + 5, 77);
  Job third = line(memory_base + 0x8003, memory_base + 0x9001, 100);  // reads what the first wrote
  const std::uint32_t second_at = memory_base + 0x7004;
  const std::uint32_t third_at = scratchpad_base + 0x1FFC;
  first.next = second_at;
  second.next = third_at;
  std::memcpy(bench.memory.bytes.data() + (second_at - memory_base), &second, sizeof second);
  std::memcpy(bench.scratchpad.bytes.data() + (third_at - scratchpad_base), &third, sizeof third);
  Image expected = image(bench);
  for (const Job* job : {&first, &second, &third}) oracle(expected, *job);
  simulate([&] { bench.copy(first); });
  expect_equal(bench, expected, "chain");
  ASSERT_EQ(bench.records.size(), 1u) << "a chain is one job";
  EXPECT_EQ(bench.records[0].bytes_read, 277u);
  EXPECT_EQ(bench.records[0].bytes_written, 277u);
}

TEST_F(DmaCopyTest, ChannelsWorkAtTheSameTime) {
  DmaParameters parameters;
  parameters.channels = 4;
  DmaBench bench("bench", parameters);
  bench.memory.read_cycles = 15;
  randomize(bench);
  simulate([&] {
    for (int round = 0; round < 50; ++round) {
      // Channels are not ordered: each has a quarter of the memory to write, all read the scratchpad.
      std::vector<Job> jobs;
      Image expected = image(bench);
      for (std::uint32_t c = 0; c < 4; ++c) {
        jobs.push_back(job(pad, {memory_base + c * 0x4000, memory_base + (c + 1) * 0x4000}));
        oracle(expected, jobs.back());
      }
      for (std::uint32_t c = 0; c < 4; ++c) bench.start(jobs[c], c);
      for (std::uint32_t c = 0; c < 4; ++c) bench.wait_idle(c);
      expect_equal(bench, expected, "round " + std::to_string(round));
      if (HasFailure()) return;
    }
  });
  EXPECT_EQ(bench.records.size(), 200u);
  EXPECT_EQ(bench.records.front().unit.substr(0, 10), "bench.dma[");
}

TEST_F(DmaCopyTest, QueuedJobRunsAfterTheFirst) {
  DmaBench bench("bench");
  bench.memory.read_cycles = 100;
  randomize(bench);
  const Job first = line(memory_base, memory_base + 0x8000, 300);
  const Job second = line(memory_base + 0x8000, scratchpad_base, 300);  // needs the first's result
  Image expected = image(bench);
  oracle(expected, first);
  oracle(expected, second);
  simulate([&] {
    bench.start(first);
    bench.start(second);
    EXPECT_EQ(bench.read(registers::dma::acquire), 0xFFFFFFFFu);
    bench.wait_idle();
  });
  expect_equal(bench, expected, "queue");
  ASSERT_EQ(bench.records.size(), 2u);
  EXPECT_EQ(bench.records[1].start, bench.records[0].end);
}

}  // namespace
}  // namespace terse::test
