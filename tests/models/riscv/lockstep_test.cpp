// Random streams in lockstep: the variants of the core agree on everything, whatever the program does. A longer run:
// lockstep_fuzz (cmake -DTERSE_FUZZ=ON).
#include "tests/models/riscv/lockstep.hpp"

#include <map>
#include <set>

#include "models/riscv/decode.hpp"
#include "tests/support/systemc_fixture.hpp"

namespace terse {
namespace {

using namespace test;

constexpr std::uint64_t seeds_per_test = 50;

class LockstepTest : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(LockstepTest, VariantsAgree) {
  for (std::uint64_t seed = GetParam(); seed < GetParam() + seeds_per_test; ++seed) {
    const auto report = mismatch_of_any_variant(random_stream(seed));
    ASSERT_FALSE(report) << *report;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, LockstepTest, ::testing::Range<std::uint64_t>(1, 5 * seeds_per_test, seeds_per_test));

/// What a number of streams made the core do.
struct Reach {
  std::map<riscv::Operation, unsigned> retired;
  std::map<std::uint32_t, unsigned> causes;
  unsigned user_mode = 0;
  unsigned asleep = 0;
  std::uint64_t instructions = 0;
  std::uint64_t repeated = 0;
};

// Streams that go nowhere would agree too.
TEST(RandomStreamTest, ReachesEveryOperationAndEveryCause) {
  constexpr std::uint64_t streams = 60;
  Reach reach;
  for (std::uint64_t seed = 1; seed <= streams; ++seed) {
    std::set<std::uint32_t> places;
    const FreshContext context;
    const RandomStream stream = random_stream(seed);
    LockstepBench bench(stream, {.name = "traced", .traced = true}, stream.quanta[0]);
    bench.core().set_trace([&](const riscv::ExecutedInstruction& executed) {
      if (!executed.trapped) ++reach.retired[executed.instruction->operation];
      if (executed.trapped || executed.interrupt_before)
        ++reach.causes[bench.core().csr(riscv::csr::mcause).value_or(~0u)];
      reach.user_mode += bench.core().privilege() == riscv::Privilege::user ? 1 : 0;
      ++reach.instructions;
      reach.repeated += places.insert(executed.pc).second ? 0 : 1;
    });
    reach.asleep += bench.run().asleep ? 1 : 0;
  }
  for (std::size_t i = 0; i < riscv::operation_count; ++i) {
    const auto operation = static_cast<riscv::Operation>(i);
    const bool traps = operation == riscv::Operation::illegal || operation == riscv::Operation::ecall ||
                       operation == riscv::Operation::ebreak;
    EXPECT_TRUE(traps || reach.retired[operation] >= 10u) << "operation " << i << ": " << reach.retired[operation];
  }
  for (const std::uint32_t cause : {0u, 1u, 2u, 3u, 4u, 5u, 6u, 7u, 8u, 11u, 0x80000003u, 0x80000007u, 0x8000000bu}) {
    EXPECT_GE(reach.causes[cause], 10u) << "cause " << cause;
  }
  EXPECT_GT(reach.user_mode, reach.instructions / 20);
  EXPECT_GT(reach.asleep, streams / 4);
  EXPECT_GT(reach.repeated, reach.instructions / 2) << "code that runs more than once";
}

}  // namespace
}  // namespace terse
