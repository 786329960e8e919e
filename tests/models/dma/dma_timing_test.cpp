// Cycles of jobs, derived from the timing rules in dma.hpp. Unless a test says otherwise: 4 cycles of set-up, bursts of
// 64 bytes, 8 bytes per cycle, 4 bursts outstanding, reads take 30 cycles, writes none. Times in the derivations count
// from the end of the set-up.
#include <numeric>

#include "models/bus/bus.hpp"
#include "models/memory/dram.hpp"
#include "tests/models/dma/dma_bench.hpp"

namespace terse::test {
namespace {

namespace regs = registers::dma;
using registers::dma::Job;
using sc_core::sc_time;

constexpr std::uint64_t setup = 4;

std::uint64_t duration(const JobRecord& record) {
  return (record.end - record.start).value() / clock_period.value();
}

class DmaTimingTest : public SystemcTest {
 protected:
  /// Runs `job` alone and returns its record.
  JobRecord run(const Job& job, const DmaParameters& parameters = {}, std::uint32_t write_cycles = 0) {
    bench = std::make_unique<DmaBench>("bench", parameters);
    bench->memory.read_cycles = 30;
    bench->scratchpad.write_cycles = write_cycles;
    prepare(*bench);
    simulate([&] { bench->copy(job); });
    EXPECT_EQ(bench->records.size(), 1u);
    const JobRecord record = bench->records.at(0);
    EXPECT_EQ(std::accumulate(record.cycles.begin(), record.cycles.end(), std::uint64_t{0}), duration(record));
    return record;
  }
  static std::uint64_t cycles(const JobRecord& record, Cause cause) {
    return record.cycles[static_cast<std::size_t>(cause)];
  }

  std::function<void(DmaBench&)> prepare = [](DmaBench&) {};
  std::unique_ptr<DmaBench> bench;
};

// The example of the header: read 0 to 30, write with the first of 8 beats, 30 to 40.
TEST_F(DmaTimingTest, OneBurst) {
  const JobRecord record = run(line(memory_base, scratchpad_base, 64), {}, 10);
  EXPECT_EQ(duration(record), setup + 30 + 10);
  EXPECT_EQ(cycles(record, Cause::driver), setup);
  EXPECT_EQ(cycles(record, Cause::compute), 8u);
  EXPECT_EQ(cycles(record, Cause::dma_wait), 32u);
  EXPECT_EQ(record.operations, 64u);
}

// Trigger in cycle 0, start in 1, end 42 cycles later in 43, interrupt line in 44.
TEST_F(DmaTimingTest, InterruptRisesOneCycleAfterTheEnd) {
  DmaBench alone("bench");
  alone.memory.read_cycles = 30;
  simulate([&] {
    alone.write(regs::irq_enable, 1, 1);
    alone.start(line(memory_base, scratchpad_base, 64), 1);
    sc_core::wait(alone.interrupts[1].posedge_event());
    EXPECT_EQ(sc_core::sc_time_stamp(), clock_period * 44);
    EXPECT_FALSE(alone.interrupts[0].read());
    alone.write(regs::irq_status, 1, 1);
    sc_core::wait(alone.interrupts[1].negedge_event());
    EXPECT_EQ(sc_core::sc_time_stamp(), clock_period * 45);
  });
}

// Reads at 0, 1, 2, 3; they move at 30, 38, 46, 54 and free their buffers at 38, 46, 54, 62, when the other four reads
// are issued; those move at 68, 76, 84, 92 and end at 100.
TEST_F(DmaTimingTest, OutstandingBurstsLimitThroughput) {
  const JobRecord record = run(line(memory_base, scratchpad_base, 512));
  EXPECT_EQ(duration(record), setup + 100);
  EXPECT_EQ(cycles(record, Cause::compute), 64u);
  EXPECT_EQ(cycles(record, Cause::dma_wait), 36u);
}

// With 8 buffers the latency is seen once: 30 + 8 * 8.
TEST_F(DmaTimingTest, EnoughOutstandingBurstsHideTheLatency) {
  DmaParameters parameters;
  parameters.outstanding_bursts = 8;
  EXPECT_EQ(duration(run(line(memory_base, scratchpad_base, 512), parameters)), setup + 94);
}

// Two bursts, one at a time: 30 + 8 + 30 + 8.
TEST_F(DmaTimingTest, OverlappingBlockMovesOneBurstAtATime) {
  EXPECT_EQ(duration(run(line(memory_base, memory_base + 8, 128))), setup + 76);
}

// 60 and 4 bytes: moves 30 to 38 and 38 to 39.
TEST_F(DmaTimingTest, BurstsEndAtMultiplesOfTheirLengthAtTheSource) {
  EXPECT_EQ(duration(run(line(memory_base + 4, scratchpad_base + 1, 64))), setup + 39);
  EXPECT_EQ(bench->memory.read_addresses, (std::vector<std::uint32_t>{memory_base + 4, memory_base + 64}));
  EXPECT_EQ(bench->scratchpad.write_lengths, (std::vector<std::uint32_t>{60, 4}));
}

// Data: read 0 to 30, moves 30 to 31. Padding needs no read and follows, 31 to 32.
TEST_F(DmaTimingTest, PaddingIsNotRead) {
  Job job = line(memory_base, scratchpad_base, 8);
  job.padding = 4u << 16;
  const JobRecord record = run(job);
  EXPECT_EQ(duration(record), setup + 32);
  EXPECT_EQ(record.bytes_read, 8u);
  EXPECT_EQ(record.bytes_written, 12u);
}

TEST_F(DmaTimingTest, LinesWithoutGapsAreOneLine) {
  Job job = line(memory_base, scratchpad_base, 16);
  job.lines = 2;
  job.planes = 2;
  job.source_line_stride = job.destination_line_stride = 16;
  job.source_plane_stride = job.destination_plane_stride = 32;
  EXPECT_EQ(duration(run(job)), setup + 38);  // 30 + 8
  EXPECT_EQ(bench->scratchpad.write_lengths, (std::vector<std::uint32_t>{64}));
}

// Reads at 0 and 1; 12 bytes take 2 beats: 30 to 32 and 32 to 34.
TEST_F(DmaTimingTest, LinesWithGapsAreBurstsOfTheirOwn) {
  Job job = line(memory_base, scratchpad_base, 12);
  job.lines = 2;
  job.source_line_stride = 16;
  job.destination_line_stride = 12;
  EXPECT_EQ(duration(run(job)), setup + 34);
  EXPECT_EQ(bench->scratchpad.write_lengths, (std::vector<std::uint32_t>{12, 12}));
}

// 38 cycles, then 30 for the descriptor (one aligned burst of 52 bytes), set-up again, and 38.
TEST_F(DmaTimingTest, ChainPaysForTheDescriptorAndItsSetUp) {
  Job job = line(memory_base, scratchpad_base, 64);
  prepare = [](DmaBench& with) {
    const Job next = line(memory_base + 64, scratchpad_base + 64, 64);
    std::memcpy(with.memory.bytes.data() + 0x400, &next, sizeof next);
  };
  job.next = memory_base + 0x400;
  const JobRecord record = run(job);
  EXPECT_EQ(duration(record), setup + 38 + 30 + setup + 38);
  EXPECT_EQ(cycles(record, Cause::driver), 2 * setup);
  EXPECT_EQ(cycles(record, Cause::compute), 16u);
}

// Both channels read at 0 to 3. The path gives each a burst in turn: channel 0 at 30, 46, 62, 78 (ends 86), channel 1
// at 38, 54, 70, 86 (ends 94).
TEST_F(DmaTimingTest, ChannelsShareTheDataPath) {
  DmaBench both("bench");
  both.memory.read_cycles = 30;
  simulate([&] {
    both.start(line(memory_base, scratchpad_base, 256), 0);
    both.start(line(memory_base + 256, scratchpad_base + 256, 256), 1);
    both.wait_idle(0);
    both.wait_idle(1);
  });
  ASSERT_EQ(both.records.size(), 2u);
  EXPECT_EQ(duration(both.records[0]), setup + 86);
  EXPECT_EQ(duration(both.records[1]), setup + 94);
  EXPECT_EQ(cycles(both.records[1], Cause::compute), 32u);
}

/// The path to a real DRAM over a real bus; the scratchpad is as before.
struct DramBench : sc_core::sc_module {
  Dma dma;
  Bus bus;
  Dram dram;
  LatencyMemory scratchpad{"scratchpad", 0, scratchpad_size};
  TestInitiator cpu{"cpu"};
  sc_core::sc_vector<sc_core::sc_signal<bool>> interrupts{"interrupt", 2};
  std::vector<JobRecord> records;

  explicit DramBench(sc_core::sc_module_name name)
      : sc_module(name),
        dma("dma", {}, {scratchpad_base, scratchpad_size, 16}, clock_period),
        bus("bus", {.latency_cycles = 2, .width = 8}, clock_period),
        dram("dram", {.size = 65536, .latency_cycles = 20, .bytes_per_cycle = 8}, clock_period) {
    cpu.socket.bind(dma.registers);
    bus.attach_initiator("dma", dma.system);
    bus.attach("dram", memory_base, 65536, dram.socket);
    dma.scratchpad.bind(scratchpad.socket);
    for (unsigned c = 0; c < 2; ++c) dma.interrupts[c].bind(interrupts[c]);
    dma.set_observer([this](const JobRecord& record) { records.push_back(record); });
  }
};

// Reads reach the DRAM at 2, 3, 4, 5 and take its channel for 8 cycles each: until 10, 18, 26, 34; the data are there
// 20 cycles later: 30, 38, 46, 54. The last moves until 62.
TEST_F(DmaTimingTest, DramBandwidthAndLatency) {
  DramBench with("bench");
  simulate([&] {
    const Job job = line(memory_base, scratchpad_base, 256);
    with.cpu.read32(regs::acquire);
    const auto words = std::bit_cast<std::array<std::uint32_t, regs::job_register_count>>(job);
    for (std::uint32_t i = 0; i < words.size(); ++i) with.cpu.write32(regs::job_offset + 4 * i, words[i]);
    with.cpu.write32(regs::commit_trigger, 0);
    sc_core::wait(clock_period * 200);
  });
  ASSERT_EQ(with.records.size(), 1u);
  EXPECT_EQ(duration(with.records[0]), setup + 62);
  EXPECT_EQ(with.dram.statistics().bytes_read, 256u);
  EXPECT_EQ(with.bus.initiator_statistics()[0].transactions, 4u);
}

// A second job that is queued starts when the first ends, and pays its set-up then.
TEST_F(DmaTimingTest, QueuedJobsFollowWithoutGap) {
  DmaBench queue("bench");
  queue.memory.read_cycles = 30;
  simulate([&] {
    queue.start(line(memory_base, scratchpad_base, 64));
    queue.start(line(memory_base, scratchpad_base, 64));
    queue.wait_idle();
  });
  ASSERT_EQ(queue.records.size(), 2u);
  EXPECT_EQ(queue.records[0].start, clock_period * 1);
  EXPECT_EQ(queue.records[1].start, clock_period * (1 + setup + 38));
  EXPECT_EQ(queue.records[1].end, clock_period * (1 + 2 * (setup + 38)));
}

}  // namespace
}  // namespace terse::test
