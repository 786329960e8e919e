// Both engines where translated code is most easily wrong: what is counted, code and memory that change while they are
// hot, interrupts and breakpoints in the middle of it.
#include "tests/models/riscv/engine_bench.hpp"

namespace terse {
namespace {

using namespace test;
namespace csr = riscv::csr;

class EngineTest : public EngineFixture {};

INSTANTIATE_TEST_SUITE_P(Engines, EngineTest, ::testing::Values("interpreter", "translator"), engine_name);

// --- counted ---

TEST_P(EngineTest, MonitorsSwitchedOnInHotCodeCountWhatTheirEventsSay) {
  CoreBench bench(engine());
  bench.target.read_latency = CoreBench::cycles(2);
  bench.target.write_latency = CoreBench::cycles(3);
  bench.core.set_reg(s0, data_base);
  constexpr int rounds = 150;

  Program program;
  program << rv::addi(t0, zero, hot) << rv::jal(ra, 56);
  program << rv::csrwi(csr::mhpmevent3, 1) << rv::csrwi(csr::mhpmevent3 + 1, 2) << rv::csrwi(csr::mhpmevent3 + 2, 3)
          << rv::csrwi(csr::mhpmevent3 + 3, 4);
  program << rv::addi(t0, zero, rounds) << rv::jal(ra, 32);
  for (std::uint32_t i = 0; i < 4; ++i) program << rv::csrr(a0 + i, csr::mhpmcounter3 + i);
  program << rv::wfi << rv::nop << rv::nop;
  const std::uint32_t function = program.size();
  ASSERT_EQ(function, 60u);
  program << rv::lw(a4, s0, 0) << rv::sw(a4, s0, 4) << rv::amoadd_w(a5, a4, s0) << rv::lr_w(a6, s0)
          << rv::sc_w(a7, a4, s0) << rv::beq(zero, zero, 8) << rv::ebreak << rv::addi(t0, t0, -1);
  program << rv::bne(t0, zero, distance(program, function)) << rv::jalr(zero, ra, 0);
  bench.load(program);
  ASSERT_TRUE(bench.run());

  // Jumps: to the function and back, one in each round, and back to the next round after all but the last.
  EXPECT_EQ(bench.core.reg(a0), 2u + rounds + (rounds - 1));
  EXPECT_EQ(bench.core.reg(a1), 3u * rounds) << "lw, amoadd, lr";
  EXPECT_EQ(bench.core.reg(a2), 3u * rounds) << "sw, amoadd, sc";
  // Stalls are 2 for each fetch; 2 for a read, 3 for a write. Instructions from the one behind the event's selection to
  // the one that reads the counter: addi, jal, 8 in each round, jalr, four csrr.
  EXPECT_EQ(bench.core.reg(a3), 2u * (7 + 8 * rounds) + rounds * (2 + 3 + (2 + 3) + 2 + 3));
}

// --- code that changes ---

/// A function that stores t1 to s1 in each round and adds 1 to a0, before the store and behind it. One block that jumps
/// to itself. Called twice: for `hot` rounds on data, then for 3 rounds on its own code.
struct SelfModifyingFunction {
  static constexpr std::uint32_t before = ram_base + 0x100, behind = before + 8;

  static void load(CoreBench& bench, std::uint32_t target) {
    Program program;
    program.li(s1, data_base).li(t1, rv::addi(a0, a0, 100));
    program << rv::addi(t0, zero, hot) << rv::jal(ra, 0x100 - 5 * 4) << rv::addi(a1, a0, 0) << rv::addi(a0, zero, 0);
    program.li(s1, target);
    program << rv::addi(t0, zero, 3) << rv::jal(ra, 0x100 - 11 * 4) << rv::wfi;
    bench.load(program);
    Program function;
    function << rv::addi(a0, a0, 1) << rv::sw(t1, s1, 0) << rv::addi(a0, a0, 1) << rv::addi(t0, t0, -1)
             << rv::bne(t0, zero, -16) << rv::jalr(zero, ra, 0);
    bench.load(function, before);
  }
};

TEST_P(EngineTest, AStoreIntoTheHotLoopThatMakesItShowsInTheNextInstruction) {
  CoreBench bench(engine());
  SelfModifyingFunction::load(bench, SelfModifyingFunction::behind);
  ASSERT_TRUE(bench.run());
  EXPECT_EQ(bench.core.reg(a1), 2u * hot);
  EXPECT_EQ(bench.core.reg(a0), 3u * (1 + 100));
}

TEST_P(EngineTest, AStoreIntoTheHotLoopThatMakesItShowsInTheNextRound) {
  CoreBench bench(engine());
  SelfModifyingFunction::load(bench, SelfModifyingFunction::before);
  ASSERT_TRUE(bench.run());
  EXPECT_EQ(bench.core.reg(a1), 2u * hot);
  EXPECT_EQ(bench.core.reg(a0), 3u * 1 + 1 + 2 * 100);
}

TEST_P(EngineTest, HotCodeChangedFromOutsideIsNewBehindFenceI) {
  CoreBench bench(engine());
  constexpr std::uint32_t function = ram_base + 0x100;
  bench.core.set_reg(s1, device_base);
  bench.target.on_device_write = [&](std::uint32_t value) {
    bench.target.set_word(function + 4, rv::addi(a0, a0, static_cast<int>(value)));
  };
  Program program;
  // Three times: the device puts another constant into the function, which then runs in a hot loop.
  for (const int constant : {1, 10, 100}) {
    program << rv::addi(t1, zero, constant) << rv::sw(t1, s1, 0) << rv::fence_i << rv::addi(t0, zero, hot);
    const std::uint32_t loop = program.size();
    program << rv::jal(ra, distance(program, 0x100)) << rv::addi(t0, t0, -1);
    program << rv::bne(t0, zero, distance(program, loop));
  }
  bench.load(program << rv::wfi);
  bench.load(Program() << rv::addi(a1, a1, 1) << rv::nop << rv::jalr(zero, ra, 0), function);
  ASSERT_TRUE(bench.run());
  EXPECT_EQ(bench.core.reg(a0), hot * 111u);
  EXPECT_EQ(bench.core.reg(a1), hot * 3u);
}

TEST_P(EngineTest, TranslatedCodeMayUseUpItsMemory) {
  // Each of many rounds rewrites a long block and makes it hot: the memory for translations (32 MiB) is used up and
  // given back more than once. A translated store takes more than 64 bytes.
  constexpr std::uint32_t function = ram_base + 0x1000;
  constexpr int stores = 60, rounds = 10000, heat = 26;
  CoreBench bench(engine(), CoreBench::cycles(1e6));
  bench.core.set_reg(s0, data_base);
  bench.core.set_reg(s1, function);
  bench.core.set_reg(s2, rounds);
  bench.core.set_reg(t1, rv::addi(a0, a0, 1));
  Program program;
  program << rv::sw(t1, s1, 0) << rv::addi(t0, zero, heat) << rv::jal(ra, distance(program, 0x1000));
  program << rv::addi(s2, s2, -1) << rv::bne(s2, zero, -16) << rv::wfi;
  bench.load(program);
  Program body;
  body << rv::addi(a0, a0, 1);
  for (int i = 0; i < stores; ++i) body << rv::sw(a0, s0, 4 * i);
  body << rv::addi(t0, t0, -1);
  body << rv::bne(t0, zero, distance(body, 0)) << rv::jalr(zero, ra, 0);
  bench.load(body, function);
  ASSERT_TRUE(bench.run(CoreBench::cycles(1e9)));
  EXPECT_EQ(bench.core.reg(a0), static_cast<std::uint32_t>(rounds * heat));
  EXPECT_EQ(bench.target.word(data_base + 4 * (stores - 1)), static_cast<std::uint32_t>(rounds * heat));
}

TEST_P(EngineTest, HotCodeFollowsTheSwitchOfCompressedInstructions) {
  // The function holds a compressed instruction, which is none while misa.C is off. Then its trap leads back to ra.
  CoreBench bench(engine());
  Program program;
  set_handler(program).li(s1, riscv::misa::c);
  const auto call_hot = [&] {
    program << rv::addi(t0, zero, hot);
    const std::uint32_t loop = program.size();
    program << rv::jal(ra, distance(program, 0x100)) << rv::addi(t0, t0, -1);
    program << rv::bne(t0, zero, distance(program, loop));
  };
  call_hot();
  program << rv::csrrc(zero, csr::misa, s1) << rv::addi(a1, a0, 0);
  call_hot();
  program << rv::csrrs(zero, csr::misa, s1) << rv::addi(a2, a0, 0);
  call_hot();
  bench.load(program << rv::wfi);
  // c.addi a0, 1; c.addi a0, 1; addi a0, a0, 1; ret
  bench.load(Program().half(0x0505).half(0x0505) << rv::addi(a0, a0, 1) << rv::jalr(zero, ra, 0), ram_base + 0x100);
  bench.load(Program() << rv::csrr(s2, csr::mcause) << rv::addi(s5, s5, 1) << rv::csrw(csr::mepc, ra) << rv::mret,
             handler_base);
  ASSERT_TRUE(bench.run());
  EXPECT_EQ(bench.core.reg(a1), 3u * hot);
  EXPECT_EQ(bench.core.reg(a2), 3u * hot) << "nothing is added without compressed instructions";
  EXPECT_EQ(bench.core.reg(s5), static_cast<std::uint32_t>(hot));
  EXPECT_EQ(bench.core.reg(s2), 2u) << "illegal instruction";
  EXPECT_EQ(bench.core.reg(a0), 6u * hot);
}

TEST_P(EngineTest, HotJumpsToHalfwordsTrapWithoutCompressedInstructions) {
  CoreBench bench(engine());
  Program program;
  set_handler(program).li(s1, riscv::misa::c).li(s3, ram_base + 0x202);
  program << rv::addi(s7, zero, 2);
  const std::uint32_t again = program.size();
  program << rv::addi(t0, zero, hot);
  const std::uint32_t loop = program.size();
  program << rv::jalr(ra, s3, 0) << rv::addi(t0, t0, -1);
  program << rv::bne(t0, zero, distance(program, loop));
  program << rv::csrrc(zero, csr::misa, s1) << rv::addi(s7, s7, -1);
  program << rv::bne(s7, zero, distance(program, again)) << rv::wfi;
  bench.load(program);
  bench.load(Program() << rv::addi(a0, a0, 1) << rv::jalr(zero, ra, 0), ram_base + 0x202);
  bench.load(recording_handler(), handler_base);
  ASSERT_TRUE(bench.run());
  EXPECT_EQ(bench.core.reg(a0), static_cast<std::uint32_t>(hot));
  EXPECT_EQ(bench.core.reg(s5), static_cast<std::uint32_t>(hot)) << "traps of the second time";
  EXPECT_EQ(bench.core.reg(s2), 0u);
  EXPECT_EQ(bench.core.reg(s3), ram_base + 0x202);
  EXPECT_EQ(bench.core.reg(s4), ram_base + loop);
}

// --- memory that changes ---

TEST_P(EngineTest, DirectAccessWithdrawnWhileHot) {
  // The memory moves: what is read through an old pointer is the old, poisoned content.
  CoreBench bench(engine());
  bench.core.set_reg(s0, data_base);
  bench.load(Program() << rv::addi(a1, a1, 1) << rv::lw(a0, s0, 0) << rv::sw(a1, s0, 4) << rv::beq(a0, zero, -12)
                       << rv::wfi);
  std::vector<std::uint8_t> old;
  bench.at(CoreBench::cycles(4000), [&] {
    old = bench.target.ram;
    std::swap(old, bench.target.ram);
    bench.target.set_word(data_base, 7);
    std::ranges::fill(old, std::uint8_t{0});
    bench.target.withdraw_direct_access();
    bench.target.direct = false;
    bench.target.transported = 0;
  });
  ASSERT_TRUE(bench.run());
  EXPECT_EQ(bench.core.reg(a0), 7u);
  // The loop of four instructions is at its start at cycle 4000.
  EXPECT_EQ(bench.core.reg(a1), 1001u);
  EXPECT_EQ(bench.target.word(data_base + 4), 1001u);
  EXPECT_TRUE(std::ranges::all_of(old, [](std::uint8_t byte) { return byte == 0; })) << "nothing is written there";
  EXPECT_EQ(bench.target.transported, 5u + 2u) << "instructions, and a load and a store";
}

TEST_P(EngineTest, ALoadThatWasHotOnOneMemoryWorksOnOthers) {
  CoreBench bench(engine());
  bench.target.read_latency = CoreBench::cycles(2);
  bench.target.set_word(data_base, 5);
  bench.target.set_far_word(far_base, 70);
  bench.target.far_latency = CoreBench::cycles(9);
  std::uint32_t device = 0;
  bench.target.on_device_read = [&] { return device += 1000; };
  Program program;
  for (const std::uint32_t address : {data_base, far_base, device_base, data_base + 2}) {
    program.li(s0, address) << rv::addi(t0, zero, hot);
    const std::uint32_t loop = program.size();
    program << rv::jal(ra, distance(program, 0x200)) << rv::addi(t0, t0, -1);
    program << rv::bne(t0, zero, distance(program, loop)) << rv::addi(a1, a0, 0) << rv::addi(a0, zero, 0);
    program << rv::add(a2, a2, a1);
  }
  program << rv::wfi;
  bench.load(program);
  bench.load(Program() << rv::lw(a3, s0, 0) << rv::add(a0, a0, a3) << rv::sw(a0, s0, 0) << rv::sw(a3, s0, 0)
                       << rv::jalr(zero, ra, 0),
             ram_base + 0x200);
  ASSERT_TRUE(bench.run());
  EXPECT_EQ(device, 1000u * hot);
  // The device hands out 1000, 2000, ...; the misaligned word is the zero behind the 5.
  EXPECT_EQ(bench.core.reg(a2), 5u * hot + 70u * hot + 1000u * (hot * (hot + 1) / 2));
  // Four times: 3 instructions of set-up, and in each round 3 in the loop and 5 in the function; 3 behind it. Each takes 1
  // cycle and a fetch of 2. Loads take 2 from the memory, 9 from the far one, nothing from the device, 2 times 2
  // misaligned; two stores take nothing in the memory and in the device, and 9 each in the far memory.
  const std::uint64_t instructions = 4u * (3 + hot * 8 + 3) + 1;
  EXPECT_EQ(bench.core.statistics().instructions, instructions);
  EXPECT_EQ(bench.core.statistics().cycles, 3 * instructions + hot * (2 + 3 * 9 + 0 + 4));
}

// --- events in the middle ---

TEST_P(EngineTest, InterruptsAtEveryPointOfHotCodeEnterTheHandlerByATrap) {
  // A block behind which stands an instruction that has a block of its own, over and over, and a handler that is hot
  // itself. Had a jump out of the loop once been led to the handler, it would be entered without a trap.
  CoreBench bench(engine(), CoreBench::cycles(1e6));
  constexpr int interrupts = 400;
  for (int i = 1; i <= interrupts; ++i) {
    bench.at(CoreBench::cycles(500 + 41 * i), [&] { bench.timer.write(true); });
  }
  bench.target.on_device_write = [&](std::uint32_t) { bench.timer.write(false); };
  bench.core.set_reg(s8, device_base);
  constexpr std::uint32_t rounds = 4000;
  bench.core.set_reg(t0, rounds);
  Program program;
  set_handler(program).li(t1, 0x80) << rv::csrw(csr::mie, t1) << rv::csrrsi(zero, csr::mstatus, 8);
  const std::uint32_t loop = program.size();
  program << rv::addi(a0, a0, 1) << rv::xori(a2, a0, 3) << rv::csrr(a3, csr::mscratch) << rv::addi(a1, a1, 1)
          << rv::addi(t0, t0, -1);
  program << rv::bne(t0, zero, distance(program, loop)) << rv::csrrci(zero, csr::mstatus, 8) << rv::csrw(csr::mie, zero)
          << rv::wfi;
  bench.load(program);
  bench.load(Program() << rv::addi(s5, s5, 1) << rv::beq(zero, zero, 4) << rv::sw(zero, s8, 0) << rv::mret,
             handler_base);
  ASSERT_TRUE(bench.run());
  EXPECT_EQ(bench.core.reg(a0), rounds);
  EXPECT_EQ(bench.core.reg(a1), rounds);
  EXPECT_EQ(bench.core.reg(s5), static_cast<std::uint32_t>(interrupts));
  EXPECT_EQ(bench.core.statistics().interrupts, static_cast<std::uint64_t>(interrupts));
  EXPECT_EQ(bench.core.statistics().instructions, 9u - 2 + rounds * 6 + 3 + interrupts * 4);
}

TEST_P(EngineTest, BreakpointsSetInHotCodeStopThereAndChangeNothing) {
  std::uint64_t undisturbed = 0;
  for (const bool breaks : {false, true}) {
    SCOPED_TRACE(breaks ? "with breakpoints" : "without");
    const FreshContext context;
    CoreBench bench(engine());
    constexpr std::uint32_t middle = ram_base + 8, first = ram_base;
    std::vector<std::uint32_t> stops;
    bench.core.set_stop_handler([&](const riscv::Stop& stop) {
      EXPECT_EQ(stop.cause, riscv::Stop::Cause::breakpoint);
      stops.push_back(bench.core.pc());
      EXPECT_EQ(bench.core.reg(a0), bench.core.reg(a1) + (bench.core.pc() == middle ? 1 : 0));
      if (stops.size() == 4) bench.core.remove_breakpoint(first);
      if (stops.size() == 6) bench.core.remove_breakpoint(middle);
    });
    if (breaks) {
      bench.at(CoreBench::cycles(2501), [&] {
        bench.core.add_breakpoint(middle);
        bench.core.add_breakpoint(first);
      });
    }
    bench.core.set_reg(s0, data_base);
    bench.core.set_reg(t0, 1000);
    bench.load(Program() << rv::addi(a0, a0, 1) << rv::sw(a0, s0, 0) << rv::addi(a1, a1, 1) << rv::addi(t0, t0, -1)
                         << rv::bne(t0, zero, -16) << rv::wfi);
    ASSERT_TRUE(bench.run());
    // At cycle 2501 the first instruction of a round has just been executed.
    using Stops = std::vector<std::uint32_t>;
    EXPECT_EQ(stops, breaks ? (Stops{middle, first, middle, first, middle, middle}) : Stops{});
    EXPECT_EQ(bench.core.reg(a1), 1000u);
    if (!breaks) undisturbed = bench.core.statistics().cycles;
    EXPECT_EQ(bench.core.statistics().cycles, undisturbed);
  }
}

}  // namespace
}  // namespace terse
