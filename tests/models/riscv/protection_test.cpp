// Physical memory protection where the core meets memory: what is refused and granted, with what trap, and that no fast
// path of either engine knows less than the registers say. Every probe runs in a loop long enough to be translated.
#include "tests/models/riscv/engine_bench.hpp"

namespace terse {
namespace {

using namespace test;
namespace csr = riscv::csr;
namespace pmp = riscv::pmp_configuration;

constexpr std::uint8_t r = pmp::read, w = pmp::write, x = pmp::execute;
constexpr std::uint32_t fetch_fault = 1, load_fault = 5, store_fault = 7;
constexpr std::uint32_t log_base = ram_base + 0xc000;
constexpr std::uint32_t code_size = 0x4000;  // from ram_base, before the handler

constexpr std::uint32_t naturally_aligned(std::uint32_t base, std::uint32_t size) {
  return base >> 2 | ((size >> 3) - 1);
}

struct TrapRecord {
  std::uint32_t cause = 0;
  std::uint32_t value = 0;
  std::uint32_t pc = 0;
  bool operator==(const TrapRecord&) const = default;
};

void PrintTo(const TrapRecord& trap, std::ostream* out) {
  *out << "cause " << trap.cause << std::hex << ", mtval " << trap.value << ", at " << trap.pc << std::dec;
}

/// Logs a fault at s11 and goes on behind the instruction, or at ra if it could not be fetched. An ecall is a service
/// instead: it sets pmpcfg0 to a7, unless that is zero, and reads the word at s0 into s10.
Program logging_handler() {
  Program handler;
  handler << rv::csrr(s7, csr::mcause) << rv::csrr(s9, csr::mepc) << rv::addi(s8, zero, 8) << rv::bne(s7, s8, 28)
          << rv::beq(a7, zero, 8) << rv::csrw(csr::pmpcfg0, a7) << rv::lw(s10, s0, 0) << rv::addi(s9, s9, 4)
          << rv::csrw(csr::mepc, s9) << rv::mret;
  handler << rv::sw(s7, s11, 0) << rv::csrr(s8, csr::mtval) << rv::sw(s8, s11, 4) << rv::sw(s9, s11, 8)
          << rv::addi(s11, s11, 12) << rv::addi(s9, s9, 4) << rv::addi(s8, zero, 1) << rv::bne(s7, s8, 8)
          << rv::addi(s9, ra, 0) << rv::csrw(csr::mepc, s9) << rv::mret;
  return handler;
}

class ProtectionTest : public EngineFixture {
 protected:
  struct Region {
    std::uint8_t configuration = 0;
    std::uint32_t address = 0;  // as pmpaddr holds it
  };

  /// Entries from 0 on.
  static void protect(CoreBench& bench, const std::vector<Region>& regions) {
    for (std::uint32_t i = 0; i < regions.size(); ++i) {
      ASSERT_TRUE(bench.core.set_csr(csr::pmpaddr0 + i, regions[i].address));
      const std::uint32_t number = csr::pmpcfg0 + i / 4;
      const std::uint32_t other = *bench.core.csr(number) & ~(0xffu << i % 4 * 8);
      ASSERT_TRUE(bench.core.set_csr(number, other | std::uint32_t{regions[i].configuration} << i % 4 * 8));
    }
  }

  /// Machine mode's start: handler, log, and on in user mode behind it. Six instructions.
  static Program start_in_user_mode() {
    Program program = start();
    return program << rv::csrrc(zero, csr::mstatus, t5) << rv::csrw(csr::mepc, t4) << rv::mret;
  }
  static Program start() { return Program() << rv::csrw(csr::mtvec, t6) << rv::nop << rv::nop; }

  static void prepare(CoreBench& bench) {
    bench.core.set_reg(t6, handler_base);
    bench.core.set_reg(t5, riscv::mstatus::mpp);
    bench.core.set_reg(t4, ram_base + 24);
    bench.core.set_reg(s11, log_base);
    bench.core.set_reg(t0, hot);
    bench.core.set_reg(s0, data_base);
    bench.load(logging_handler(), handler_base);
  }

  static std::vector<TrapRecord> log_of(const CoreBench& bench) {
    std::vector<TrapRecord> log;
    for (std::uint32_t at = log_base; at < bench.core.reg(s11); at += 12) {
      log.push_back({bench.target.word(at), bench.target.word(at + 4), bench.target.word(at + 8)});
    }
    return log;
  }

  /// One instruction and the fault it has to cause, if any.
  struct Probe {
    std::uint32_t instruction = 0;
    std::uint32_t cause = 0;
    std::uint32_t value = 0;
    std::uint32_t pc = 0;  ///< 0: its own
  };

  /// Runs the probes in a loop of t0 rounds, which `program` leads to, and compares the log.
  static void expect_faults(CoreBench& bench, Program program, const std::vector<Probe>& probes, int rounds) {
    bench.core.set_reg(t0, static_cast<std::uint32_t>(rounds));
    const std::uint32_t loop = program.size();
    std::vector<TrapRecord> expected;
    for (const Probe& probe : probes) {
      const std::uint32_t pc = probe.pc != 0 ? probe.pc : ram_base + program.size();
      if (probe.cause != 0) expected.push_back({probe.cause, probe.value, pc});
      program << probe.instruction;
    }
    program << rv::addi(t0, t0, -1);
    program << rv::bne(t0, zero, distance(program, loop)) << rv::wfi;
    bench.load(program);
    ASSERT_TRUE(bench.run());
    const std::vector<TrapRecord> log = log_of(bench);
    ASSERT_EQ(log.size(), expected.size() * static_cast<std::size_t>(rounds));
    for (std::size_t i = 0; i < log.size(); ++i) {
      ASSERT_EQ(log[i], expected[i % expected.size()])
          << "fault " << i % expected.size() << " of round " << i / expected.size();
    }
  }
};

INSTANTIATE_TEST_SUITE_P(Engines, ProtectionTest, ::testing::Values("interpreter", "translator"), engine_name);

TEST_P(ProtectionTest, UserModeGetsWhatAnEntryGrantsAndNoMore) {
  CoreBench bench(engine());
  prepare(bench);
  protect(bench, {{pmp::na4 | r, (data_base + 0x10) >> 2},
                  {pmp::off, (data_base + 0x100) >> 2},
                  {pmp::tor | r | w, (data_base + 0x140) >> 2},
                  {pmp::napot | x, naturally_aligned(data_base + 0x200, 32)},
                  {pmp::napot | x, naturally_aligned(ram_base, code_size)}});
  bench.core.set_reg(s1, data_base + 0x100);
  bench.core.set_reg(s2, data_base + 0x200);
  bench.core.set_reg(s3, data_base + 0x10);
  bench.core.set_reg(s4, data_base + 0xc);
  bench.load(Program() << rv::addi(a5, a5, 1) << rv::jalr(zero, ra, 0), data_base + 0x200);
  bench.target.set_word(data_base + 0xc, 0x11111111);
  bench.target.set_word(data_base + 0x10, 0x22222222);
  bench.target.set_word(data_base + 0x14, 0x33333333);
  constexpr std::uint32_t top = data_base + 0x140;  // behind the readable and writable region
  expect_faults(bench, start_in_user_mode(),
                {
                    // NA4: four bytes to read.
                    {rv::lw(a0, s0, 0x10)},
                    {rv::sw(zero, s0, 0x10), store_fault, data_base + 0x10},
                    {rv::lw(a1, s0, 0x0c), load_fault, data_base + 0x0c},
                    {rv::lbu(a1, s0, 0x0f), load_fault, data_base + 0x0f},
                    {rv::lw(a1, s0, 0x14), load_fault, data_base + 0x14},
                    {rv::lbu(a1, s0, 0x14), load_fault, data_base + 0x14},
                    {rv::lbu(a2, s0, 0x13)},
                    {rv::lh(a2, s0, 0x12)},
                    // Misaligned over its edges: mtval is the address of the aligned piece that is refused.
                    {rv::lw(a1, s0, 0x12), load_fault, data_base + 0x14},
                    {rv::lw(a1, s0, 0x0e), load_fault, data_base + 0x0e},
                    {rv::lh(a1, s0, 0x13), load_fault, data_base + 0x14},
                    // TOR: 64 bytes to read and write.
                    {rv::sw(t0, s1, 0)},
                    {rv::lw(a3, s1, 0)},
                    {rv::sw(t0, s1, -4), store_fault, data_base + 0xfc},
                    {rv::sw(t0, s1, 0x3c)},
                    {rv::sb(t0, s1, 0x3f)},
                    {rv::sw(t0, s1, 0x40), store_fault, top},
                    {rv::sb(t0, s1, 0x40), store_fault, top},
                    {rv::lw(a1, s1, 0x40), load_fault, top},
                    {rv::sh(t0, s1, 0x3f), store_fault, top},
                    {rv::sw(t0, s1, 0x3d), store_fault, top},
                    {rv::sw(t0, s1, -2), store_fault, data_base + 0xfe},
                    // NAPOT: 32 bytes to execute only.
                    {rv::lw(a1, s2, 0), load_fault, data_base + 0x200},
                    {rv::sw(t0, s2, 0), store_fault, data_base + 0x200},
                    {rv::jalr(ra, s2, 0)},
                    {rv::jalr(ra, s2, 0x20), fetch_fault, data_base + 0x220, data_base + 0x220},
                    {rv::jalr(ra, s0, 0x10), fetch_fault, data_base + 0x10, data_base + 0x10},
                    // Atomic operations: lr reads, sc and the others write and fault as stores.
                    {rv::lr_w(a4, s3)},
                    {rv::sc_w(a1, t0, s3), store_fault, data_base + 0x10},
                    {rv::amoadd_w(a1, t0, s3), store_fault, data_base + 0x10},
                    {rv::lr_w(a1, s4), load_fault, data_base + 0x0c},
                    {rv::amoswap_w(a1, t0, s4), store_fault, data_base + 0x0c},
                    {rv::lr_w(a4, s1)},
                    {rv::sc_w(a6, t0, s1)},
                    {rv::amoadd_w(a6, t0, s1)},
                },
                40);
  EXPECT_EQ(bench.core.reg(a0), 0x22222222u);
  EXPECT_EQ(bench.core.reg(a1), 0u) << "what is refused changes no register";
  EXPECT_EQ(bench.core.reg(a2), 0x2222u);
  EXPECT_EQ(bench.core.reg(a5), 40u);
  EXPECT_EQ(bench.core.reg(a6), 1u) << "the old value of the last round";
  EXPECT_EQ(bench.target.word(data_base + 0x10), 0x22222222u);
  EXPECT_EQ(bench.target.word(top), 0u) << "nothing is written behind the region";
  // The last round's sb and the piece of the misaligned sw that is still permitted, 0x3d to 0x3f.
  EXPECT_EQ(bench.target.word(top - 4), 0x00000101u);
}

TEST_P(ProtectionTest, LockedEntriesBindMachineModeAndOthersDoNot) {
  CoreBench bench(engine());
  prepare(bench);
  protect(bench, {{pmp::napot | pmp::locked | r, naturally_aligned(data_base + 0x20, 16)},
                  {pmp::na4 | pmp::locked, (data_base + 0x40) >> 2},
                  {pmp::napot | pmp::locked | r | w, naturally_aligned(data_base + 0x80, 32)},
                  {pmp::napot, naturally_aligned(data_base, 4096)}});
  bench.load(Program() << rv::jalr(zero, ra, 0), data_base + 0x80);
  bench.load(Program() << rv::addi(a5, a5, 1) << rv::jalr(zero, ra, 0), data_base + 0x100);
  bench.target.set_word(data_base + 0x24, 24);
  bench.core.set_reg(s2, data_base + 0x40);
  bench.core.set_reg(s3, ~0u);
  expect_faults(bench, start(),
                {
                    {rv::lw(a0, s0, 0x24)},
                    {rv::sw(t0, s0, 0x24), store_fault, data_base + 0x24},
                    {rv::sw(t0, s0, 0x1c)},
                    {rv::sw(t0, s0, 0x30)},
                    {rv::sw(t0, s0, 0x1e), store_fault, data_base + 0x20},
                    {rv::lw(a1, s0, 0x40), load_fault, data_base + 0x40},
                    {rv::amoadd_w(a1, t0, s2), store_fault, data_base + 0x40},
                    {rv::lw(a1, s0, 0x3e), load_fault, data_base + 0x40},
                    {rv::jalr(ra, s0, 0x80), fetch_fault, data_base + 0x80, data_base + 0x80},
                    {rv::jalr(ra, s0, 0x100)},
                    // Locked: neither configuration nor address can be changed; the unlocked entry can.
                    {rv::csrw(csr::pmpaddr0, zero)},
                    {rv::csrw(csr::pmpcfg0, zero)},
                    {rv::csrw(csr::pmpaddr0 + 3, s3)},
                    {rv::lw(a0, s0, 0x24)},
                },
                40);
  EXPECT_EQ(bench.core.reg(a0), 24u);
  EXPECT_EQ(bench.core.reg(a1), 0u);
  EXPECT_EQ(bench.core.reg(a5), 40u);
  EXPECT_EQ(bench.target.word(data_base + 0x24), 24u);
  EXPECT_EQ(bench.target.word(data_base + 0x40), 0u);
}

TEST_P(ProtectionTest, ModifiedPrivilegeIsThatOfUserModeForDataOnly) {
  CoreBench bench(engine());
  prepare(bench);
  protect(bench, {{pmp::na4 | r, data_base >> 2}});  // nothing to execute: fetches stay machine mode's
  bench.target.set_word(data_base, 3);
  bench.core.set_reg(s3, riscv::mstatus::mprv);
  expect_faults(bench, start() << rv::csrrc(zero, csr::mstatus, t5),  // the previous privilege is user mode's
                {
                    {rv::lw(a0, s0, 4)},
                    {rv::csrrs(zero, csr::mstatus, s3)},
                    {rv::lw(a1, s0, 0)},
                    {rv::lw(a2, s0, 4), load_fault, data_base + 4},
                    {rv::sw(a2, s0, 0), store_fault, data_base},
                    {rv::csrrc(zero, csr::mstatus, s3)},
                    {rv::sw(t0, s0, 4)},
                    {rv::csrrs(zero, csr::mstatus, t5)},  // machine mode's: nothing is modified
                    {rv::csrrs(zero, csr::mstatus, s3)},
                    {rv::lw(a3, s0, 4)},
                    {rv::csrrc(zero, csr::mstatus, s3)},
                    {rv::csrrc(zero, csr::mstatus, t5)},
                },
                hot);
  EXPECT_EQ(bench.core.reg(a1), 3u);
  EXPECT_EQ(bench.core.reg(a2), 0u);
  EXPECT_EQ(bench.core.reg(a3), 1u);
}

TEST_P(ProtectionTest, ADebuggerMayModifyThePrivilegeOfHotCode) {
  CoreBench bench(engine());
  prepare(bench);
  bench.core.set_reg(t0, 2 * hot);
  bench.target.set_word(data_base, 3);
  // Three instructions of start, then rounds of four: after `hot` rounds the previous privilege, user mode's, holds.
  bench.at(CoreBench::cycles(3 + 4 * hot), [&] { bench.core.set_csr(csr::mstatus, riscv::mstatus::mprv); });
  Program program = start();
  program << rv::lw(a0, s0, 0) << rv::add(a1, a1, a0) << rv::addi(t0, t0, -1) << rv::bne(t0, zero, -12) << rv::wfi;
  bench.load(program);
  ASSERT_TRUE(bench.run());
  EXPECT_EQ(log_of(bench), std::vector<TrapRecord>(hot, {load_fault, data_base, ram_base + 12}));
  EXPECT_EQ(bench.core.reg(a1), 3u * 2 * hot) << "a0 stays";
}

TEST_P(ProtectionTest, AnInstructionOverTheEndOfItsRegionIsRefused) {
  for (const bool direct : {true, false}) {
    SCOPED_TRACE(direct ? "direct" : "transported");
    const FreshContext context;
    CoreBench bench(engine());
    bench.target.direct = direct;
    prepare(bench);
    constexpr std::uint32_t end = data_base + 0x40;
    protect(bench, {{pmp::napot | x, naturally_aligned(data_base, 0x40)},
                    {pmp::napot | x, naturally_aligned(ram_base, code_size)}});
    // c.addi a0, 1; c.addi a1, 1; then an addi of four bytes in the region's last two and the next two.
    bench.load(Program().half(0x0505).half(0x0585) << rv::addi(a2, a2, 1) << rv::jalr(zero, ra, 0), end - 6);
    // And a compressed instruction that just fits: c.jr ra.
    bench.load(Program().half(0x8082), data_base + 2);
    expect_faults(bench, start_in_user_mode(),
                  {{rv::jalr(ra, s0, 0x3a), fetch_fault, end, end - 2},
                   {rv::jalr(ra, s0, 0x3e), fetch_fault, end, end - 2},
                   {rv::jalr(ra, s0, 0x40), fetch_fault, end, end},
                   {rv::jalr(ra, s0, 2)}},
                  hot);
    EXPECT_EQ(bench.core.reg(a0), static_cast<std::uint32_t>(hot));
    EXPECT_EQ(bench.core.reg(a1), static_cast<std::uint32_t>(hot));
    EXPECT_EQ(bench.core.reg(a2), 0u);
  }
}

TEST_P(ProtectionTest, ChangesHoldForCodeThatIsHot) {
  // User mode stores in a hot loop, then has its write permission taken away, then given back.
  CoreBench bench(engine());
  prepare(bench);
  const std::uint32_t code = std::uint32_t{pmp::napot | x} << 8;
  protect(bench, {{pmp::napot | r | w, naturally_aligned(data_base, 4096)},
                  {pmp::napot | x, naturally_aligned(ram_base, code_size)}});
  bench.core.set_reg(s1, code | pmp::napot | r);
  bench.core.set_reg(s2, code | pmp::napot | r | w);
  Program program = start_in_user_mode();
  program << rv::jal(ra, distance(program, 0x100));
  for (const std::uint32_t configuration : {s1, s2}) {
    program << rv::addi(a7, configuration, 0) << rv::ecall << rv::addi(t0, zero, hot);
    program << rv::jal(ra, distance(program, 0x100));
  }
  bench.load(program << rv::wfi);
  constexpr std::uint32_t store = ram_base + 0x100 + 8;
  bench.load(Program() << rv::lw(a0, s0, 0) << rv::addi(a0, a0, 1) << rv::sw(a0, s0, 0) << rv::addi(t0, t0, -1)
                       << rv::bne(t0, zero, -16) << rv::jalr(zero, ra, 0),
             ram_base + 0x100);
  ASSERT_TRUE(bench.run());
  EXPECT_EQ(log_of(bench), std::vector<TrapRecord>(hot, {store_fault, data_base, store}));
  EXPECT_EQ(bench.target.word(data_base), 2u * hot);
}

TEST_P(ProtectionTest, ALockSetWhileHotBindsMachineModeFromTheNextInstruction) {
  CoreBench bench(engine());
  prepare(bench);
  bench.core.set_reg(s1, pmp::na4 | pmp::locked | r);
  bench.core.set_reg(s2, data_base >> 2);
  Program program = start();
  program << rv::csrw(csr::pmpaddr0, s2) << rv::jal(ra, distance(program, 0x100));
  program << rv::csrw(csr::pmpcfg0, s1) << rv::sw(zero, s0, 0) << rv::addi(t0, zero, hot);
  program << rv::jal(ra, distance(program, 0x100)) << rv::wfi;
  bench.load(program);
  bench.load(Program() << rv::sw(t0, s0, 0) << rv::sw(t0, s0, 4) << rv::addi(t0, t0, -1) << rv::bne(t0, zero, -12)
                       << rv::jalr(zero, ra, 0),
             ram_base + 0x100);
  ASSERT_TRUE(bench.run());
  std::vector<TrapRecord> expected{{store_fault, data_base, ram_base + 24}};
  expected.resize(1 + hot, {store_fault, data_base, ram_base + 0x100});
  EXPECT_EQ(log_of(bench), expected);
  EXPECT_EQ(bench.target.word(data_base), 1u) << "the last round before the lock";
}

TEST_P(ProtectionTest, ALoadRefusedAtTheEndOfABlockIsRefusedForEver) {
  // The trap leads from user mode to machine mode, whose rights the user's load must not inherit however hot it becomes,
  // nor by machine mode's own loads from the same page.
  CoreBench bench(engine());
  prepare(bench);
  protect(bench, {{pmp::napot | x, naturally_aligned(ram_base, code_size)}});
  bench.target.set_word(data_base, 0x5ec4e7);
  const std::uint32_t load = 24 + 4;
  expect_faults(bench, start_in_user_mode(),
                {{rv::addi(a1, a1, 1)}, {rv::lw(a0, s0, 0), load_fault, data_base, ram_base + load}, {rv::ecall}}, hot);
  EXPECT_EQ(bench.core.reg(a0), 0u);
  EXPECT_EQ(bench.core.reg(a1), static_cast<std::uint32_t>(hot));
  EXPECT_EQ(bench.core.reg(s10), 0x5ec4e7u) << "machine mode reads it";
}

TEST_P(ProtectionTest, SharedCodeHasTheRightsOfItsCaller) {
  CoreBench bench(engine());
  prepare(bench);
  protect(bench, {{pmp::napot | x, naturally_aligned(ram_base, code_size)}, {pmp::na4 | r, (data_base + 8) >> 2}});
  bench.target.set_word(data_base, 9);
  Program program = start();
  program << rv::jal(ra, distance(program, 0x100)) << rv::addi(a1, a0, 0) << rv::addi(a0, zero, 0);
  program.li(t4, ram_base + 13 * 4);
  program << rv::csrrc(zero, csr::mstatus, t5) << rv::csrw(csr::mepc, t4) << rv::addi(t0, zero, hot) << rv::mret;
  ASSERT_EQ(program.size(), 12u * 4);
  program << rv::ebreak << rv::jal(ra, distance(program, 0x100)) << rv::wfi;
  bench.load(program);
  constexpr std::uint32_t function = ram_base + 0x100;
  bench.load(Program() << rv::lw(a0, s0, 0) << rv::sw(a0, s0, 4) << rv::lw(a2, s0, 8) << rv::addi(t0, t0, -1)
                       << rv::bne(t0, zero, -16) << rv::jalr(zero, ra, 0),
             function);
  ASSERT_TRUE(bench.run());
  EXPECT_EQ(bench.core.reg(a1), 9u);
  EXPECT_EQ(bench.core.reg(a0), 0u);
  std::vector<TrapRecord> expected;
  for (int i = 0; i < hot; ++i) {
    expected.push_back({load_fault, data_base, function});
    expected.push_back({store_fault, data_base + 4, function + 4});
  }
  EXPECT_EQ(log_of(bench), expected);
}

TEST_P(ProtectionTest, WithoutRegionsUserModeMayDoEverything) {
  RiscvParameters parameters = engine();
  parameters.pmp_regions = 0;
  CoreBench bench(parameters);
  prepare(bench);
  bench.load(Program() << rv::addi(a5, a5, 1) << rv::jalr(zero, ra, 0), data_base + 0x200);
  expect_faults(bench, start_in_user_mode(),
                {{rv::sw(t0, s0, 0)}, {rv::lw(a0, s0, 0)}, {rv::jalr(ra, s0, 0x200)}, {rv::amoadd_w(a1, t0, s0)}}, hot);
  EXPECT_EQ(bench.core.reg(a0), 1u);
  EXPECT_EQ(bench.core.reg(a5), static_cast<std::uint32_t>(hot));
  EXPECT_EQ(bench.core.csr(csr::pmpcfg0), std::nullopt);
}

TEST_P(ProtectionTest, WithoutEntriesUserModeMayDoNothing) {
  CoreBench bench(engine());
  prepare(bench);
  bench.core.set_reg(ra, handler_base + 0x100);
  bench.load(start_in_user_mode());
  // The fetch of its first instruction fails, and the handler goes on at ra, which cannot be fetched either.
  EXPECT_FALSE(bench.run(CoreBench::cycles(40)));
  const std::vector<TrapRecord> log = log_of(bench);
  ASSERT_GE(log.size(), 2u);
  EXPECT_EQ(log[0], (TrapRecord{fetch_fault, ram_base + 24, ram_base + 24}));
  EXPECT_EQ(log[1], (TrapRecord{fetch_fault, handler_base + 0x100, handler_base + 0x100}));
}

}  // namespace
}  // namespace terse
