// Every error, and that the channel works again after SOFT_CLEAR.
#include <gmock/gmock.h>

#include <numeric>

#include "tests/models/dma/dma_bench.hpp"

namespace terse::test {
namespace {

namespace regs = registers::dma;
using registers::dma::Job;

constexpr std::uint32_t error_bit = 4;

class DmaErrorTest : public SystemcTest {
 protected:
  DmaErrorTest() { std::iota(bench.memory.bytes.begin(), bench.memory.bytes.end(), std::uint8_t{0}); }

  /// Runs `job`, expects its error, and that a correct job runs after the clear.
  void expect_error(const Job& job, ErrorCode code, std::uint32_t address) {
    bench.records.clear();
    bench.start(job);
    bench.wait_idle();
    EXPECT_EQ(bench.read(regs::err_code), static_cast<std::uint32_t>(code));
    EXPECT_EQ(bench.read(regs::err_addr), address) << std::hex << bench.read(regs::err_addr);
    EXPECT_EQ(bench.read(regs::err_job), bench.read(regs::running_job));
    EXPECT_EQ(bench.read(regs::irq_status) & error_bit, error_bit);
    ASSERT_EQ(bench.records.size(), 1u);
    EXPECT_EQ(bench.records[0].error, code);
    bench.write(regs::soft_clear, 0);
    bench.copy(line(memory_base + 0x123, scratchpad_base, 50));
    EXPECT_TRUE(std::equal(bench.scratchpad.bytes.begin(), bench.scratchpad.bytes.begin() + 50,
                           bench.memory.bytes.begin() + 0x123));
  }

  DmaBench bench{"bench"};
};

TEST_F(DmaErrorTest, IllegalValues) {
  simulate([&] {
    for (const std::uint32_t offset : {regs::length, regs::lines, regs::planes}) {
      Job job = line(memory_base, scratchpad_base, 4);
      auto words = std::bit_cast<std::array<std::uint32_t, regs::job_register_count>>(job);
      words[(offset - regs::job_offset) / 4] = 0;
      expect_error(std::bit_cast<Job>(words), ErrorCode::illegal_value, offset);
    }
  });
}

TEST_F(DmaErrorTest, IllegalValueInAChainedDescriptor) {
  simulate([&] {
    Job job = line(memory_base, memory_base + 0x8000, 4);
    Job bad = line(memory_base, scratchpad_base, 0);
    job.next = memory_base + 0x4000;
    std::memcpy(bench.memory.bytes.data() + 0x4000, &bad, sizeof bad);
    expect_error(job, ErrorCode::illegal_value, regs::length);
  });
}

TEST_F(DmaErrorTest, UnalignedNext) {
  simulate([&] {
    Job job = line(memory_base, scratchpad_base, 4);
    job.next = memory_base + 0x402;
    expect_error(job, ErrorCode::unaligned_address, memory_base + 0x402);
    EXPECT_EQ(bench.read(regs::finished_jobs), 1u) << "only the good job after it";
  });
}

TEST_F(DmaErrorTest, NextPointsToNothing) {
  simulate([&] {
    Job job = line(memory_base, scratchpad_base, 4);
    job.next = memory_base + memory_size - 16;  // the descriptor's second burst is outside
    expect_error(job, ErrorCode::bus_error, memory_base + memory_size);
    job.next = scratchpad_base + scratchpad_size - 16;
    expect_error(job, ErrorCode::out_of_range, scratchpad_base + scratchpad_size);
  });
}

TEST_F(DmaErrorTest, ChainThatComesBackToItselfEnds) {
  simulate([&] {
    Job job = line(memory_base, memory_base + 0x8000, 4);
    job.next = memory_base + 0x4000;
    Job again = job;
    std::memcpy(bench.memory.bytes.data() + 0x4000, &again, sizeof again);
    expect_error(job, ErrorCode::illegal_value, regs::next);
  });
}

// 5 lines of 0x40 bytes, of which the last leaves the scratchpad; the four before have been written.
TEST_F(DmaErrorTest, DestinationLeavesTheScratchpad) {
  simulate([&] {
    Job job = line(memory_base, scratchpad_base + scratchpad_size - 5 * 0x40 + 0x10, 0x40);
    job.lines = 5;
    job.destination_line_stride = 0x40;
    job.source_line_stride = 0x41;  // a gap, so that the lines are not joined to one
    expect_error(job, ErrorCode::out_of_range, scratchpad_base + scratchpad_size);
    EXPECT_EQ(bench.records[0].operations, 4u * 0x40) << "the lines before it were moved";
  });
}

TEST_F(DmaErrorTest, PaddingLeavesTheScratchpad) {
  simulate([&] {
    Job job = line(memory_base, scratchpad_base + scratchpad_size - 0x40, 0x40);
    job.padding = 1u << 24;  // one byte to the right
    expect_error(job, ErrorCode::out_of_range, scratchpad_base + scratchpad_size);
  });
}

TEST_F(DmaErrorTest, SourceLeavesTheScratchpad) {
  simulate([&] {
    expect_error(line(scratchpad_base + scratchpad_size - 3, memory_base, 4), ErrorCode::out_of_range,
                 scratchpad_base + scratchpad_size);
    expect_error(line(scratchpad_base + 4, memory_base, 0xFFFFFFFF), ErrorCode::out_of_range,
                 scratchpad_base + scratchpad_size);
  });
}

// Reads end 24 bytes into the second burst; the first burst has been written, nothing of the second.
TEST_F(DmaErrorTest, BusErrorOfAReadNamesTheFirstFailingAddress) {
  simulate([&] {
    expect_error(line(memory_base + memory_size - 0x58, scratchpad_base, 0x80), ErrorCode::bus_error,
                 memory_base + memory_size);
    bench.memory.forbidden = {memory_base + 0x1100, memory_base + 0x1101};
    expect_error(line(memory_base + 0x10C0, scratchpad_base + 0x100, 0x80), ErrorCode::bus_error, memory_base + 0x1100);
    EXPECT_TRUE(std::equal(bench.scratchpad.bytes.begin() + 0x100, bench.scratchpad.bytes.begin() + 0x140,
                           bench.memory.bytes.begin() + 0x10C0));
    EXPECT_THAT(
        std::vector<std::uint8_t>(bench.scratchpad.bytes.begin() + 0x140, bench.scratchpad.bytes.begin() + 0x180),
        ::testing::Each(0));
  });
}

// The beats of the failing burst before the forbidden one are written: 0x2000 to 0x2017.
TEST_F(DmaErrorTest, BusErrorOfAWriteNamesTheFirstFailingAddress) {
  simulate([&] {
    std::fill_n(bench.memory.bytes.begin() + 0x2000, 0x40, std::uint8_t{0xEE});
    bench.memory.forbidden = {memory_base + 0x2018, memory_base + 0x2020};
    expect_error(line(memory_base + 0x1000, memory_base + 0x2000, 0x40), ErrorCode::bus_error, memory_base + 0x2018);
    EXPECT_EQ(bench.memory.bytes[0x2017], bench.memory.bytes[0x1017]);
    EXPECT_EQ(bench.memory.bytes[0x2018], 0xEE);
    EXPECT_EQ(bench.memory.bytes[0x2020], 0xEE);
  });
}

TEST_F(DmaErrorTest, NoMemoryAtAll) {
  simulate([&] {
    expect_error(line(0x1000, scratchpad_base, 4), ErrorCode::bus_error, 0x1000);
    expect_error(line(memory_base, 0x1000, 4), ErrorCode::bus_error, 0x1000);
    expect_error(line(memory_base, 0xFFFFFFFC, 8), ErrorCode::bus_error, 0xFFFFFFFC);
  });
}

// An error of one channel leaves the other alone.
TEST_F(DmaErrorTest, ChannelsFailOnTheirOwn) {
  simulate([&] {
    bench.start(line(0x1000, scratchpad_base, 4), 0);
    bench.start(line(memory_base, scratchpad_base, 64), 1);
    bench.wait_idle(0);
    bench.wait_idle(1);
    EXPECT_NE(bench.read(regs::err_code, 0), 0u);
    EXPECT_EQ(bench.read(regs::err_code, 1), 0u);
    EXPECT_EQ(bench.read(regs::finished_jobs, 1), 1u);
  });
}

TEST_F(DmaErrorTest, SoftClearStopsATransferInTheMiddle) {
  bench.memory.read_cycles = 50;
  simulate([&] {
    bench.start(line(memory_base + 1, memory_base + 0x8000, 0x7000));
    sc_core::wait(clock_period * 500);
    bench.write(regs::soft_clear, 0);
    EXPECT_EQ(bench.read(regs::status), 0u);
    const std::vector<std::uint8_t> then = bench.memory.bytes;
    EXPECT_EQ(then[0x8000], then[1]) << "it had begun";
    EXPECT_EQ(then[0x8000 + 0x6FFF], static_cast<std::uint8_t>(0x8000 + 0x6FFF)) << "and was not done";
    sc_core::wait(clock_period * 5000);
    EXPECT_EQ(bench.memory.bytes, then) << "nothing is written after the clear";
    bench.copy(line(memory_base + 5, scratchpad_base, 20));
    EXPECT_EQ(bench.scratchpad.bytes[19], bench.memory.bytes[24]);
  });
  EXPECT_EQ(bench.records.size(), 1u) << "only the job after the clear";
}

TEST_F(DmaErrorTest, RegistersOfChannelsThatDoNotExist) {
  simulate([&] {
    std::uint32_t value = 0;
    EXPECT_EQ(bench.cpu.access(tlm::TLM_READ_COMMAND, 2 * regs::window + regs::status, &value, 4),
              tlm::TLM_ADDRESS_ERROR_RESPONSE);
    EXPECT_EQ(bench.cpu.debug(tlm::TLM_READ_COMMAND, 2 * regs::window + regs::status, &value, 4), 0u);
    EXPECT_EQ(bench.cpu.debug(tlm::TLM_READ_COMMAND, regs::window + regs::cap_magic, &value, 4), 4u);
    EXPECT_EQ(value, 0x45535254u);
  });
}

TEST_F(DmaErrorTest, CapabilitiesDescribeTheUnit) {
  simulate([&] {
    for (const std::uint32_t channel : {0u, 1u}) {
      EXPECT_EQ(bench.read(regs::cap_unit, channel), static_cast<std::uint32_t>(registers::hwpe::Unit::dma));
      EXPECT_EQ(regs::fields::cap_geometry::channels.get(bench.read(regs::cap_geometry, channel)), 2u);
      EXPECT_EQ(regs::fields::cap_geometry::bus_bytes.get(bench.read(regs::cap_geometry, channel)), 8u);
      EXPECT_EQ(bench.read(regs::cap_scratchpad_base, channel), scratchpad_base);
      EXPECT_EQ(bench.read(regs::cap_scratchpad_size, channel), scratchpad_size);
      EXPECT_EQ(bench.read(regs::cap_scratchpad_banks, channel), 16u);
    }
  });
}

}  // namespace
}  // namespace terse::test
