// Conformance of the control block: what a driver sees, and when. The clock period is 10 ns.
#include "models/hwpe/hwpe_control.hpp"

#include <numeric>

#include "tests/models/hwpe/example_unit.hpp"
#include "tests/support/systemc_fixture.hpp"

namespace terse::test {
namespace {

namespace regs = registers::dma;
namespace fields = registers::dma::fields;
using registers::hwpe::Counter;
using sc_core::SC_NS;
using sc_core::sc_time;
using sc_core::sc_time_stamp;

constexpr std::uint32_t all_taken = 0xFFFFFFFF;
constexpr std::uint32_t already_acquired = 0xFFFFFFFE;
constexpr std::uint32_t job_done = 1;
constexpr std::uint32_t queue_space = 2;
constexpr std::uint32_t error_bit = 4;

class HwpeControlTest : public SystemcTest {
 protected:
  /// Runs `script` in a thread of the bench.
  void run(std::function<void(Bench&)> script) {
    Bench bench("bench", std::move(script));
    bench.unit.control.set_observer([this](const JobRecord& record) { records.push_back(record); });
    sc_core::sc_start();
    EXPECT_TRUE(bench.done);
    starts = bench.unit.starts;
  }
  std::vector<JobRecord> records;
  std::vector<sc_time> starts;
};

TEST_F(HwpeControlTest, IdentifiesItself) {
  run([](Bench& bench) {
    EXPECT_EQ(bench.read(regs::cap_magic), 0x45535254u);
    EXPECT_EQ(bench.read(regs::cap_version), 0x00010000u);
    EXPECT_EQ(bench.read(regs::cap_unit), static_cast<std::uint32_t>(registers::hwpe::Unit::dma));
    EXPECT_EQ(fields::cap_queue::depth.get(bench.read(regs::cap_queue)), 2u);
    EXPECT_EQ(fields::cap_queue::counters.get(bench.read(regs::cap_queue)), 13u);
    bench.unit.control.set_capability(regs::cap_scratchpad_base, 0x20000000);
    EXPECT_EQ(bench.read(regs::cap_scratchpad_base), 0x20000000u);
  });
}

TEST_F(HwpeControlTest, AcquireLocksUntilTheCommitAndCountsIds) {
  run([](Bench& bench) {
    EXPECT_EQ(bench.read(regs::acquire), 0u);
    EXPECT_EQ(bench.read(regs::status), 0x04u) << "context 0 is being programmed";
    EXPECT_EQ(bench.read(regs::acquire), already_acquired);
    bench.write(regs::commit_trigger, 1);
    EXPECT_EQ(bench.read(regs::status), 0x02u) << "context 0 waits";
    EXPECT_EQ(bench.read(regs::acquire), 1u);
    EXPECT_EQ(bench.read(regs::status), 0x0402u);
    bench.write(regs::commit_trigger, 1);
    EXPECT_EQ(bench.read(regs::acquire), all_taken);
    EXPECT_EQ(bench.read(regs::running_job), 0xFFu) << "nothing ran yet";
  });
}

// Commit at 0 ns: the job starts one clock later, at 10 ns, computes 5 and drains 2 cycles, ends at 80 ns.
TEST_F(HwpeControlTest, JobStartsOneClockAfterTheTriggerAndEndsOnTime) {
  run([](Bench& bench) {
    bench.write(regs::irq_enable, job_done);
    bench.start(5, 2);
    EXPECT_EQ(bench.read(regs::status), 0x02u);
    bench.cycles(1);
    sc_core::wait(sc_core::SC_ZERO_TIME);
    EXPECT_EQ(bench.read(regs::status), 0x01u);
    EXPECT_EQ(bench.read(regs::running_job), 0u);
    bench.cycles(6.5);  // 75 ns
    EXPECT_EQ(bench.read(regs::finished_jobs), 0u);
    EXPECT_EQ(bench.read(regs::status), 0x01u);
    bench.cycles(1);  // 85 ns
    EXPECT_EQ(bench.read(regs::finished_jobs), 1u);
    EXPECT_EQ(bench.read(regs::status), 0u);
    EXPECT_EQ(bench.read(regs::running_job), 0u) << "the last one run";
    EXPECT_EQ(bench.read(regs::irq_status), job_done | queue_space);
    EXPECT_FALSE(bench.interrupt.read()) << "the line follows in the cycle after the job's end";
    sc_core::wait(bench.interrupt.posedge_event());
    EXPECT_EQ(sc_time_stamp(), sc_time(90, SC_NS));
  });
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records[0].unit, "bench.unit");
  EXPECT_EQ(records[0].tag, 0x100u);
  EXPECT_EQ(records[0].start, sc_time(10, SC_NS));
  EXPECT_EQ(records[0].end, sc_time(80, SC_NS));
  EXPECT_EQ(records[0].cycles[static_cast<std::size_t>(Cause::compute)], 5u);
  EXPECT_EQ(records[0].cycles[static_cast<std::size_t>(Cause::drain)], 2u);
  EXPECT_EQ(std::accumulate(records[0].cycles.begin(), records[0].cycles.end(), std::uint64_t{0}), 7u);
  EXPECT_EQ(records[0].operations, 5u);
  EXPECT_EQ(records[0].bytes_read, 1u);
  EXPECT_EQ(records[0].bytes_written, 2u);
}

// A trigger between two edges (12 ns) takes effect at the next one (20 ns), as a register clocked by the unit would.
TEST_F(HwpeControlTest, TriggerBetweenEdgesStartsAtTheNextEdge) {
  run([](Bench& bench) {
    sc_core::wait(sc_time(12, SC_NS));
    bench.start(1);
    bench.cycles(4);
  });
  EXPECT_EQ(starts, (std::vector<sc_time>{sc_time(20, SC_NS)}));
}

// An initiator 30 ns ahead of the kernel triggers at its own local time: start at 40 ns, not at 10 ns.
TEST_F(HwpeControlTest, AccessHappensAtTheInitiatorsLocalTime) {
  run([](Bench& bench) {
    bench.program(1);
    std::uint32_t commit = 0;
    EXPECT_EQ(bench.access(tlm::TLM_WRITE_COMMAND, regs::commit_trigger, commit, 4, sc_time(30, SC_NS)),
              tlm::TLM_OK_RESPONSE);
    EXPECT_EQ(sc_time_stamp(), sc_time(30, SC_NS));
    bench.cycles(4);
  });
  EXPECT_EQ(starts, (std::vector<sc_time>{sc_time(40, SC_NS)}));
}

// Two jobs of 5 cycles, both committed at 0: the second follows the first without a gap (10 + 50 = 60 ns).
TEST_F(HwpeControlTest, QueuedJobFollowsWithoutGap) {
  run([](Bench& bench) {
    bench.start(5);
    bench.start(5);
    EXPECT_EQ(bench.read(regs::status), 0x0202u);
    bench.cycles(3);
    EXPECT_EQ(bench.read(regs::status), 0x0201u);
    EXPECT_EQ(bench.read(regs::acquire), all_taken);
    bench.cycles(4.5);  // 75 ns: job 0 ended at 60 ns and freed its context
    EXPECT_EQ(bench.read(regs::status), 0x0100u);
    EXPECT_EQ(bench.read(regs::running_job), 1u);
    EXPECT_EQ(bench.read(regs::acquire), 2u);
    EXPECT_EQ(bench.read(regs::status), 0x0104u);
    bench.cycles(10);
    EXPECT_EQ(bench.read(regs::finished_jobs), 2u);
  });
  EXPECT_EQ(starts, (std::vector<sc_time>{sc_time(10, SC_NS), sc_time(60, SC_NS)}));
}

TEST_F(HwpeControlTest, CommitWithoutTriggerWaitsForTheNextTrigger) {
  run([](Bench& bench) {
    bench.program(2);
    bench.write(regs::commit_trigger, 1);
    bench.program(2);
    bench.write(regs::commit_trigger, 1);
    bench.cycles(10);
    EXPECT_EQ(bench.read(regs::status), 0x0202u);
    bench.write(regs::commit_trigger, 2);  // at 100 ns: both are due at 110 ns
    bench.cycles(10);
    EXPECT_EQ(bench.read(regs::finished_jobs), 2u);
  });
  EXPECT_EQ(starts, (std::vector<sc_time>{sc_time(110, SC_NS), sc_time(130, SC_NS)}));
}

TEST_F(HwpeControlTest, JobRegistersAreShadowedPerContext) {
  run([](Bench& bench) {
    bench.start(20);
    bench.cycles(2);
    EXPECT_EQ(bench.read(regs::length), 20u) << "without an acquired job: those of the running one";
    bench.program(3);
    EXPECT_EQ(bench.read(regs::length), 3u) << "those of the acquired one";
    EXPECT_EQ(bench.read(regs::fill), 0u) << "a new job starts from the reset values";
    bench.write(regs::soft_clear, 2);
    EXPECT_EQ(bench.read(regs::length), 0u);
    EXPECT_EQ(bench.read(regs::status), 0x0401u) << "the engine goes on, the job stays acquired";
    bench.write(regs::length, 1);
    bench.write(regs::commit_trigger, 0);
    bench.cycles(40);
    EXPECT_EQ(bench.read(regs::finished_jobs), 2u);
  });
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[0].operations, 20u);
  EXPECT_EQ(records[1].operations, 1u);
}

TEST_F(HwpeControlTest, IdsWrapAfterEightBits) {
  run([](Bench& bench) {
    for (std::uint32_t job = 0; job < 300; ++job) {
      ASSERT_EQ(bench.program(1), job % 256);
      bench.write(regs::commit_trigger, 0);
      bench.cycles(3);
      ASSERT_EQ(bench.read(regs::running_job), job % 256);
    }
    EXPECT_EQ(bench.read(regs::finished_jobs), 300u);
  });
}

TEST_F(HwpeControlTest, IllegalAccessesGetTlmErrors) {
  run([](Bench& bench) {
    std::uint32_t value = 0;
    EXPECT_EQ(bench.access(tlm::TLM_READ_COMMAND, 0x018, value), tlm::TLM_ADDRESS_ERROR_RESPONSE);
    EXPECT_EQ(bench.access(tlm::TLM_READ_COMMAND, 0x3FC, value), tlm::TLM_ADDRESS_ERROR_RESPONSE);
    EXPECT_EQ(bench.access(tlm::TLM_READ_COMMAND, 0x10000, value), tlm::TLM_ADDRESS_ERROR_RESPONSE);
    EXPECT_EQ(bench.access(tlm::TLM_READ_COMMAND, regs::status + 2, value), tlm::TLM_ADDRESS_ERROR_RESPONSE);
    EXPECT_EQ(bench.access(tlm::TLM_READ_COMMAND, regs::status, value, 1), tlm::TLM_BURST_ERROR_RESPONSE);
    EXPECT_EQ(bench.access(tlm::TLM_WRITE_COMMAND, regs::irq_enable, value, 2), tlm::TLM_BURST_ERROR_RESPONSE);
    EXPECT_EQ(bench.access(tlm::TLM_WRITE_COMMAND, regs::status, value), tlm::TLM_COMMAND_ERROR_RESPONSE);
    EXPECT_EQ(bench.access(tlm::TLM_READ_COMMAND, regs::soft_clear, value), tlm::TLM_COMMAND_ERROR_RESPONSE);
  });
}

TEST_F(HwpeControlTest, DebugAccessHasNoSideEffects) {
  run([](Bench& bench) {
    std::array<std::uint32_t, 5> words{};  // COMMIT_TRIGGER to RUNNING_JOB
    tlm::tlm_generic_payload payload;
    payload.set_command(tlm::TLM_READ_COMMAND);
    payload.set_address(0);
    payload.set_data_ptr(reinterpret_cast<unsigned char*>(words.data()));
    payload.set_data_length(sizeof words);
    EXPECT_EQ(bench.unit.control.access_debug(payload), sizeof words);
    EXPECT_EQ(words, (std::array<std::uint32_t, 5>{0, 0, 0, 0, 0xFF}));
    EXPECT_EQ(bench.read(regs::acquire), 0u) << "the debugger's read of ACQUIRE took nothing";
  });
}

TEST_F(HwpeControlTest, OnlyBitsThatExistAreWritable) {
  run([](Bench& bench) {
    bench.write(regs::irq_enable, 0xFFFFFFFF);
    EXPECT_EQ(bench.read(regs::irq_enable), 7u);
    bench.write(regs::arb_priority, 0xFF);
    EXPECT_EQ(bench.read(regs::arb_priority), 0xFu);
    bench.write(regs::arb_max_stall, 0x12345);
    EXPECT_EQ(bench.read(regs::arb_max_stall), 0x2345u);
    EXPECT_EQ(bench.read(regs::perf_control), 1u);
    bench.write(regs::perf_control, 0xFFFFFFFF);
    EXPECT_EQ(bench.read(regs::perf_control), 1u) << "CLEAR and SNAPSHOT read as 0";
  });
}

// IRQ_SET at 0 raises the line at 10 ns; writing 1 at 50 ns lowers it at 60 ns.
TEST_F(HwpeControlTest, InterruptLineFollowsStatusAndEnable) {
  run([](Bench& bench) {
    bench.write(regs::irq_set, error_bit);
    bench.cycles(2);
    EXPECT_FALSE(bench.interrupt.read()) << "not enabled";
    bench.write(regs::irq_set, 0);
    bench.write(regs::irq_enable, error_bit);  // 20 ns
    sc_core::wait(bench.interrupt.posedge_event());
    EXPECT_EQ(sc_time_stamp(), sc_time(30, SC_NS));
    bench.write(regs::irq_status, job_done);
    sc_core::wait(sc_time(20, SC_NS));
    EXPECT_EQ(bench.read(regs::irq_status), error_bit) << "only written ones clear";
    bench.write(regs::irq_status, error_bit);
    sc_core::wait(bench.interrupt.negedge_event());
    EXPECT_EQ(sc_time_stamp(), sc_time(60, SC_NS));
  });
}

// The failing job: starts 10 ns, 4 cycles, error at 50 ns; the job behind it stands until the clear.
TEST_F(HwpeControlTest, ErrorStopsTheQueueUntilSoftClear) {
  run([](Bench& bench) {
    bench.write(regs::irq_enable, error_bit);
    bench.start(4, 0, ErrorCode::out_of_range);
    bench.start(4);
    sc_core::wait(bench.interrupt.posedge_event());
    EXPECT_EQ(sc_time_stamp(), sc_time(60, SC_NS));
    bench.cycles(20);
    EXPECT_EQ(bench.read(regs::err_code), static_cast<std::uint32_t>(ErrorCode::out_of_range));
    EXPECT_EQ(bench.read(regs::err_addr), 0x1234u);
    EXPECT_EQ(bench.read(regs::err_job), 0u);
    EXPECT_EQ(bench.read(regs::status), 0x0200u) << "job 1 waits";
    EXPECT_EQ(bench.read(regs::finished_jobs), 0u);
    EXPECT_EQ(bench.read(regs::irq_status), error_bit | queue_space);
    bench.write(regs::soft_clear, 0);
    EXPECT_EQ(bench.read(regs::err_code), 0u);
    EXPECT_EQ(bench.read(regs::status), 0u);
    EXPECT_EQ(bench.read(regs::irq_status), 0u);
    bench.start(1);
    bench.cycles(5);
    EXPECT_EQ(bench.read(regs::finished_jobs), 1u);
  });
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[0].error, ErrorCode::out_of_range);
  EXPECT_EQ(records[1].error, ErrorCode::none);
  EXPECT_EQ(records[1].id, 0u) << "ids start again after SOFT_CLEAR 0";
}

TEST_F(HwpeControlTest, SoftClearStopsTheRunningJobAtOnce) {
  run([](Bench& bench) {
    bench.write(regs::irq_enable, job_done);
    bench.start(1000);
    bench.start(1000);
    bench.cycles(20);
    bench.write(regs::soft_clear, 1);  // 200 ns
    EXPECT_EQ(bench.read(regs::status), 0u);
    EXPECT_EQ(bench.read(regs::running_job), 0u) << "scope 1 keeps the ids";
    EXPECT_EQ(bench.program(7), 2u);
    bench.write(regs::commit_trigger, 0);
    sc_core::wait(bench.interrupt.posedge_event());
    EXPECT_EQ(sc_time_stamp(), sc_time(290, SC_NS));  // start 210, end 280, line 290
    EXPECT_EQ(bench.read(regs::finished_jobs), 1u);
  });
  ASSERT_EQ(records.size(), 1u) << "the stopped jobs are not reported";
  EXPECT_EQ(records[0].id, 2u);
}

TEST_F(HwpeControlTest, ProtocolErrors) {
  run([](Bench& bench) {
    const auto expect = [&](ErrorCode code, std::uint32_t address) {
      EXPECT_EQ(bench.read(regs::err_code), static_cast<std::uint32_t>(code));
      EXPECT_EQ(bench.read(regs::err_addr), address);
      EXPECT_EQ(bench.read(regs::err_job), 0xFFFFFFFFu) << "no job's error";
      EXPECT_EQ(bench.read(regs::irq_status), error_bit);
      bench.write(regs::soft_clear, 0);
    };
    bench.write(regs::length, 1);
    bench.write(regs::fill, 1);  // the first error is kept
    expect(ErrorCode::protocol, regs::length);
    bench.write(regs::commit_trigger, 0);
    expect(ErrorCode::protocol, regs::commit_trigger);
    bench.write(regs::commit_trigger, 1);
    expect(ErrorCode::protocol, regs::commit_trigger);
    bench.write(regs::commit_trigger, 3);
    expect(ErrorCode::illegal_value, regs::commit_trigger);
    bench.write(regs::soft_clear, 3);
    expect(ErrorCode::illegal_value, regs::soft_clear);
    bench.write(regs::commit_trigger, 2);  // nothing to start is no mistake
    EXPECT_EQ(bench.read(regs::err_code), 0u);
  });
}

TEST_F(HwpeControlTest, OverflowAndSaturationSaturate) {
  run([](Bench& bench) {
    bench.unit.control.count_overflow(3);
    bench.unit.control.count_overflow(2);
    bench.unit.control.count_saturation(0xFFFFFFF0);
    bench.unit.control.count_saturation(0x100);
    EXPECT_EQ(bench.read(regs::overflow_count), 5u);
    EXPECT_EQ(bench.read(regs::saturation_count), 0xFFFFFFFFu);
    bench.write(regs::soft_clear, 1);
    EXPECT_EQ(bench.read(regs::overflow_count), 5u);
    bench.write(regs::soft_clear, 0);
    EXPECT_EQ(bench.read(regs::overflow_count), 0u);
    EXPECT_EQ(bench.read(regs::saturation_count), 0u);
  });
}

// Snapshot at 45 ns, cycle 4: idle in cycle 0 (before the start at 10 ns), computing in cycles 1 to 3.
// Snapshot at 205 ns, cycle 20: compute 5 (10 to 60 ns), drain 2 (60 to 80 ns), idle 1 + 12.
TEST_F(HwpeControlTest, SnapshotIsCoherentAndCausesSumToElapsed) {
  run([](Bench& bench) {
    const auto snapshot = [&](std::uint32_t more = 0) {
      bench.write(regs::perf_control, 0x5 | more);
      std::uint64_t sum = 0;
      for (std::uint32_t c = 1; c < registers::hwpe::counter_count; ++c) sum += bench.counter(Counter{c});
      EXPECT_EQ(sum, bench.counter(Counter::elapsed));
    };
    bench.start(5, 2);
    bench.cycles(4.5);
    snapshot();
    EXPECT_EQ(bench.counter(Counter::elapsed), 4u);
    EXPECT_EQ(bench.counter(Counter::compute), 3u);
    EXPECT_EQ(bench.counter(Counter::idle), 1u);
    bench.cycles(16);
    EXPECT_EQ(bench.counter(Counter::elapsed), 4u) << "values as of the last snapshot";
    snapshot(0x2);  // and clear
    EXPECT_EQ(bench.counter(Counter::elapsed), 20u);
    EXPECT_EQ(bench.counter(Counter::compute), 5u);
    EXPECT_EQ(bench.counter(Counter::drain), 2u);
    EXPECT_EQ(bench.counter(Counter::idle), 13u);
    bench.cycles(10);
    snapshot();
    EXPECT_EQ(bench.counter(Counter::elapsed), 10u) << "since the clear";
    bench.write(regs::perf_control, 0);  // stop
    bench.start(30);
    bench.cycles(50);
    bench.write(regs::perf_control, 1);
    snapshot();
    EXPECT_EQ(bench.counter(Counter::elapsed), 10u) << "nothing counted while disabled";
    EXPECT_EQ(bench.counter(Counter::compute), 0u);
  });
}

// A soft clear in the middle of a cycle must neither lose nor double it.
TEST_F(HwpeControlTest, CausesSumToElapsedAcrossSoftClears) {
  run([](Bench& bench) {
    for (int round = 0; round < 50; ++round) {
      bench.start(static_cast<std::uint32_t>(round % 7), 3);
      sc_core::wait(sc_time(7 * round % 97 + 1, SC_NS));
      bench.write(regs::soft_clear, static_cast<std::uint32_t>(round % 2));
    }
    bench.write(regs::perf_control, 0x5);
    std::uint64_t sum = 0;
    for (std::uint32_t c = 1; c < registers::hwpe::counter_count; ++c) sum += bench.counter(Counter{c});
    EXPECT_EQ(sum, bench.counter(Counter::elapsed));
    EXPECT_EQ(bench.counter(Counter::elapsed), sc_time_stamp().value() / clock_period.value());
    EXPECT_GT(bench.counter(Counter::compute), 0u);
  });
}

}  // namespace
}  // namespace terse::test
