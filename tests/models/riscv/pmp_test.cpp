// Physical memory protection: registers, locks and modes by example, then random configurations against an evaluator
// that asks, byte by byte, what the specification's words say.
#include "models/riscv/pmp.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <utility>
#include <vector>

namespace terse::riscv {
namespace {

using namespace pmp_configuration;

constexpr std::uint32_t everything = ~std::uint32_t{0};
constexpr std::uint8_t all = read | write | execute;
constexpr PmpAccess accesses[] = {PmpAccess::read, PmpAccess::write, PmpAccess::execute};
constexpr Privilege privileges[] = {Privilege::user, Privilege::machine};

void set_entry(Pmp& pmp, unsigned index, std::uint8_t configuration, std::uint32_t address) {
  ASSERT_TRUE(pmp.write(csr::pmpaddr0 + index, address));
  const std::uint32_t number = csr::pmpcfg0 + index / 4;
  const unsigned shift = index % 4 * 8;
  const std::uint32_t others = pmp.read(number).value() & ~(0xffu << shift);
  ASSERT_TRUE(pmp.write(number, others | std::uint32_t{configuration} << shift));
}

bool reads(const Pmp& pmp, std::uint32_t first, std::uint32_t last, Privilege privilege = Privilege::user) {
  return pmp.permits(first, last, PmpAccess::read, privilege);
}

TEST(Pmp, WithoutRegionsThereAreNoRegistersAndNoLimits) {
  Pmp pmp(0);
  EXPECT_EQ(pmp.read(csr::pmpcfg0), std::nullopt);
  EXPECT_EQ(pmp.read(csr::pmpaddr0), std::nullopt);
  EXPECT_FALSE(pmp.write(csr::pmpaddr0 + 15, 0));
  for (const Privilege privilege : privileges) {
    EXPECT_FALSE(pmp.active(privilege));
    EXPECT_TRUE(pmp.permits(0, everything, PmpAccess::execute, privilege));
    const Pmp::Range range = pmp.uniform_range(1234, privilege);
    EXPECT_EQ(range.first, 0u);
    EXPECT_EQ(range.last, everything);
    EXPECT_TRUE(range.read && range.write && range.execute);
  }
}

TEST(Pmp, SixteenRegistersExistAndThoseWithoutRegionAreZero) {
  Pmp pmp(6);
  for (unsigned i = 0; i < 16; ++i) {
    EXPECT_TRUE(pmp.write(csr::pmpaddr0 + i, 100 + i));
    EXPECT_EQ(pmp.read(csr::pmpaddr0 + i), i < 6 ? 100 + i : 0) << i;
  }
  for (unsigned i = 0; i < 4; ++i) EXPECT_TRUE(pmp.write(csr::pmpcfg0 + i, 0x1f1f1f1f));
  EXPECT_EQ(pmp.read(csr::pmpcfg0), 0x1f1f1f1fu);
  EXPECT_EQ(pmp.read(csr::pmpcfg0 + 1), 0x00001f1fu);
  EXPECT_EQ(pmp.read(csr::pmpcfg0 + 2), 0u);
  EXPECT_EQ(pmp.read(csr::pmpcfg0 + 3), 0u);
  for (const std::uint32_t absent : {csr::pmpcfg0 - 1, csr::pmpcfg0 + 4, csr::pmpaddr0 - 1, csr::pmpaddr0 + 16}) {
    EXPECT_EQ(pmp.read(absent), std::nullopt) << std::hex << absent;
    EXPECT_FALSE(pmp.write(absent, 0)) << std::hex << absent;
  }
}

TEST(Pmp, ConfigurationsBecomeLegal) {
  Pmp pmp(16);
  pmp.write(csr::pmpcfg0, 0x0602797f);  // 0x7f: bits 5 and 6 are none; 0x02, 0x06: write without read is reserved
  EXPECT_EQ(pmp.read(csr::pmpcfg0), 0x0400191fu);
}

TEST(Pmp, LockedEntriesStay) {
  Pmp pmp(16);
  set_entry(pmp, 1, na4 | read | locked, 0x100);
  pmp.write(csr::pmpcfg0, 0x1f1f1f1f);
  EXPECT_EQ(pmp.read(csr::pmpcfg0), 0x1f1f911fu);
  pmp.write(csr::pmpaddr0 + 1, 5);
  EXPECT_EQ(pmp.read(csr::pmpaddr0 + 1), 0x100u);
  pmp.write(csr::pmpaddr0, 7);
  EXPECT_EQ(pmp.read(csr::pmpaddr0), 7u) << "NA4 does not hold the address below";
}

TEST(Pmp, ALockedRangeHoldsTheAddressItBeginsAt) {
  Pmp pmp(16);
  set_entry(pmp, 4, napot | all, 0x40);
  set_entry(pmp, 5, tor | read | locked, 0x100);
  pmp.write(csr::pmpaddr0 + 4, 1);
  EXPECT_EQ(pmp.read(csr::pmpaddr0 + 4), 0x40u);
  pmp.write(csr::pmpcfg0 + 1, 0);
  EXPECT_EQ(pmp.read(csr::pmpcfg0 + 1), 0x00008900u) << "entry 4's configuration is free";
  pmp.write(csr::pmpaddr0 + 3, 1);
  EXPECT_EQ(pmp.read(csr::pmpaddr0 + 3), 1u);
}

TEST(Pmp, AnEntryMayBeLockedWhileOff) {
  Pmp pmp(8);
  set_entry(pmp, 0, off | locked, 0x10);
  set_entry(pmp, 0, napot | all, 0x20);
  EXPECT_EQ(pmp.read(csr::pmpcfg0), 0x80u);
  EXPECT_EQ(pmp.read(csr::pmpaddr0), 0x10u);
  EXPECT_FALSE(pmp.active(Privilege::machine));
}

TEST(Pmp, UserModeNeedsAnEntryAndMachineModeNone) {
  Pmp pmp(8);
  for (const PmpAccess access : accesses) {
    EXPECT_FALSE(pmp.permits(0x1000, 0x1003, access, Privilege::user));
    EXPECT_TRUE(pmp.permits(0x1000, 0x1003, access, Privilege::machine));
  }
  EXPECT_TRUE(pmp.active(Privilege::user));
  EXPECT_FALSE(pmp.active(Privilege::machine));
}

TEST(Pmp, TopOfRange) {
  Pmp pmp(8);
  set_entry(pmp, 0, tor | read, 0x100 >> 2);  // the first one begins at 0
  EXPECT_TRUE(reads(pmp, 0, 0xff));
  EXPECT_FALSE(reads(pmp, 0x100, 0x100));
  set_entry(pmp, 2, tor | read, 0x300 >> 2);
  pmp.write(csr::pmpaddr0 + 1, 0x200 >> 2);
  EXPECT_FALSE(reads(pmp, 0x1ff, 0x1ff));
  EXPECT_TRUE(reads(pmp, 0x200, 0x2ff));
  EXPECT_FALSE(reads(pmp, 0x300, 0x300));
  pmp.write(csr::pmpaddr0 + 1, 0x300 >> 2);  // empty
  EXPECT_FALSE(reads(pmp, 0x200, 0x200));
  EXPECT_FALSE(reads(pmp, 0x2ff, 0x2ff));
}

TEST(Pmp, NaturallyAlignedPowersOfTwo) {
  const struct {
    std::uint32_t address;
    std::uint32_t first;
    std::uint64_t size;
  } rows[] = {{0x20000000, 0x80000000, 8},
              {0x20000001, 0x80000000, 16},
              {0x200003ff, 0x80000000, 8192},
              {0x20000ffb, 0x80003fe0, 32},
              {0x1fffffff, 0, std::uint64_t{1} << 32},
              {everything, 0, std::uint64_t{1} << 32}};
  for (const auto& row : rows) {
    SCOPED_TRACE(::testing::Message() << std::hex << row.address);
    Pmp pmp(8);
    set_entry(pmp, 3, napot | read, row.address);
    const auto last = static_cast<std::uint32_t>(row.first + row.size - 1);
    EXPECT_TRUE(reads(pmp, row.first, last));
    if (row.first > 0) {
      EXPECT_FALSE(reads(pmp, row.first - 1, row.first - 1));
    }
    if (last < everything) {
      EXPECT_FALSE(reads(pmp, last + 1, last + 1));
    }
  }
}

TEST(Pmp, RegionsBehind32BitsAreReachedByNobody) {
  Pmp pmp(8);
  set_entry(pmp, 0, na4 | all, 0x40000000);  // address 2^32
  EXPECT_FALSE(reads(pmp, 0, 3));
  EXPECT_EQ(pmp.uniform_range(0, Privilege::user).last, everything);
}

TEST(Pmp, TheLowestEntryDecidesAndMustContainTheWholeAccess) {
  Pmp pmp(8);
  set_entry(pmp, 0, na4 | read | write, 0x1000 >> 2);
  set_entry(pmp, 1, napot | execute, everything);
  EXPECT_TRUE(pmp.permits(0x1000, 0x1003, PmpAccess::write, Privilege::user));
  EXPECT_FALSE(pmp.permits(0x1000, 0x1003, PmpAccess::execute, Privilege::user));
  EXPECT_TRUE(pmp.permits(0x1004, 0x1007, PmpAccess::execute, Privilege::user));
  for (const Privilege privilege : privileges) {
    EXPECT_FALSE(pmp.permits(0x1002, 0x1005, PmpAccess::read, privilege));
    EXPECT_FALSE(pmp.permits(0x0ffe, 0x1001, PmpAccess::read, privilege));
    EXPECT_FALSE(pmp.permits(0x0ffc, 0x1007, PmpAccess::execute, privilege)) << "entry 0 lies in its middle";
  }
}

TEST(Pmp, OnlyLockedEntriesBindMachineMode) {
  Pmp pmp(8);
  set_entry(pmp, 0, na4, 0x1000 >> 2);
  EXPECT_TRUE(reads(pmp, 0x1000, 0x1003, Privilege::machine));
  EXPECT_FALSE(pmp.active(Privilege::machine));
  set_entry(pmp, 1, na4 | all | locked, 0x2000 >> 2);
  EXPECT_FALSE(pmp.active(Privilege::machine)) << "locked, but permitting everything";
  set_entry(pmp, 0, na4 | read | locked, 0x1000 >> 2);
  EXPECT_TRUE(pmp.active(Privilege::machine));
  EXPECT_TRUE(reads(pmp, 0x1000, 0x1003, Privilege::machine));
  EXPECT_FALSE(pmp.permits(0x1000, 0x1003, PmpAccess::write, Privilege::machine));
}

TEST(Pmp, OneEntryOverEverythingFreesUserMode) {
  Pmp pmp(8);
  set_entry(pmp, 0, napot | all, everything);
  EXPECT_FALSE(pmp.active(Privilege::user));
  set_entry(pmp, 0, napot | read | execute, everything);
  EXPECT_TRUE(pmp.active(Privilege::user));
}

TEST(Pmp, TheEpochTellsOfChanges) {
  Pmp pmp(8);
  std::uint64_t epoch = pmp.epoch();
  const auto changed = [&] { return std::exchange(epoch, pmp.epoch()) != epoch; };
  pmp.write(csr::pmpaddr0, 0x100);
  EXPECT_TRUE(changed());
  pmp.write(csr::pmpcfg0, na4 | read);
  EXPECT_TRUE(changed());
  static_cast<void>(pmp.read(csr::pmpcfg0));
  static_cast<void>(pmp.write(csr::pmpcfg0 + 4, 1));
  EXPECT_FALSE(changed());
}

/// The specification's words for one byte at a time; registers as written to the real ones.
class ByteWiseEvaluator {
 public:
  explicit ByteWiseEvaluator(unsigned regions) : regions_(regions) {}

  void write_configuration(unsigned index, std::uint8_t value) {
    if (index >= regions_ || is_locked(index)) return;
    const bool r = (value & 1) != 0, w = (value & 2) != 0;
    entries_[index].configuration = static_cast<std::uint8_t>((value & 0x9d) + (r && w ? 2 : 0));
  }
  void write_address(unsigned index, std::uint32_t value) {
    if (index >= regions_ || is_locked(index)) return;
    if (index + 1 < regions_ && is_locked(index + 1) && mode_of(index + 1) == 1) return;
    entries_[index].address = value;
  }
  std::uint8_t configuration(unsigned index) const { return entries_[index].configuration; }
  std::uint32_t address(unsigned index) const { return entries_[index].address; }

  bool permits(std::uint32_t first, std::uint32_t last, unsigned permission_bit, bool machine) const {
    if (regions_ == 0) return true;
    for (unsigned i = 0; i < regions_; ++i) {
      unsigned matching = 0;
      for (std::uint64_t byte = first; byte <= last; ++byte) matching += matches(i, byte) ? 1 : 0;
      if (matching == 0) continue;
      if (matching != last - first + 1) return false;
      return (machine && !is_locked(i)) || (entries_[i].configuration >> permission_bit & 1) != 0;
    }
    return machine;
  }

 private:
  struct Entry {
    std::uint8_t configuration = 0;
    std::uint32_t address = 0;
  };

  bool is_locked(unsigned index) const { return entries_[index].configuration >= 0x80; }
  unsigned mode_of(unsigned index) const { return entries_[index].configuration / 8 % 4; }

  bool matches(unsigned index, std::uint64_t byte) const {
    const std::uint64_t word = byte / 4;
    const std::uint64_t address = entries_[index].address;
    switch (mode_of(index)) {
      case 1:
        return word >= (index == 0 ? 0 : entries_[index - 1].address) && word < address;
      case 2:
        return word == address;
      case 3: {
        const std::uint64_t free_bits = address ^ (address + 1);  // the trailing ones and the zero above them
        return (word | free_bits) == (address | free_bits);
      }
      default:
        return false;
    }
  }

  unsigned regions_;
  Entry entries_[16]{};
};

class RandomPmpTest : public ::testing::TestWithParam<unsigned> {
 protected:
  std::mt19937 random{GetParam()};
  unsigned regions = std::vector{1u, 4u, 8u, 16u}[GetParam() % 4];
  Pmp pmp{regions};
  ByteWiseEvaluator reference{regions};

  std::uint32_t draw(std::uint32_t below) { return std::uniform_int_distribution<std::uint32_t>(0, below - 1)(random); }

  // Most regions lie in the first 256 bytes and the last 64, so that they meet.
  std::uint32_t address() {
    switch (draw(8)) {
      case 0:
        return 0x3ffffff0 + draw(0x11);
      case 1:
        return (1u << draw(31)) - 1;
      case 2:
        return draw(2) == 0 ? everything : static_cast<std::uint32_t>(random());
      default:
        return draw(0x41);
    }
  }

  void write_some_registers() {
    for (unsigned i = 0; i < 24; ++i) {
      const unsigned index = draw(16);
      const std::uint32_t value = address();
      EXPECT_TRUE(pmp.write(csr::pmpaddr0 + index, value));
      reference.write_address(index, value);
    }
    for (unsigned index = 0; index < 4; ++index) {
      if (draw(4) == 0) continue;
      auto value = static_cast<std::uint32_t>(random());
      if (draw(8) != 0) value &= 0x7f7f7f7f;  // not locked
      EXPECT_TRUE(pmp.write(csr::pmpcfg0 + index, value));
      for (unsigned i = 0; i < 4; ++i)
        reference.write_configuration(4 * index + i, static_cast<std::uint8_t>(value >> 8 * i));
    }
  }

  void expect_same_registers() {
    for (unsigned i = 0; i < 16; ++i) {
      ASSERT_EQ(pmp.read(csr::pmpaddr0 + i), reference.address(i)) << i;
      ASSERT_EQ(pmp.read(csr::pmpcfg0 + i / 4).value() >> i % 4 * 8 & 0xff, reference.configuration(i)) << i;
    }
  }

  void expect_same_answers(std::uint32_t first) {
    for (const std::uint32_t size : {1u, 2u, 4u, 7u, 24u}) {
      const std::uint32_t last = std::max(first, first + (size - 1));  // not around the end
      for (unsigned bit = 0; bit < 3; ++bit) {
        for (const Privilege privilege : privileges) {
          ASSERT_EQ(pmp.permits(first, last, accesses[bit], privilege),
                    reference.permits(first, last, bit, privilege == Privilege::machine))
              << std::hex << first << " to " << last << ", permission " << bit;
        }
      }
    }
  }

  void expect_uniform(std::uint32_t inside, Privilege privilege) {
    const Pmp::Range range = pmp.uniform_range(inside, privilege);
    const bool answers[] = {range.read, range.write, range.execute};
    const bool machine = privilege == Privilege::machine;
    ASSERT_LE(range.first, inside);
    ASSERT_GE(range.last, inside);
    for (unsigned bit = 0; bit < 3; ++bit) {
      for (const std::uint32_t byte : {range.first, inside, range.last}) {
        ASSERT_EQ(reference.permits(byte, byte, bit, machine), answers[bit]) << std::hex << byte;
      }
      const std::uint32_t some = inside + std::min(range.last - inside, draw(64));
      ASSERT_EQ(reference.permits(inside, some, bit, machine), answers[bit]) << std::hex << inside << ' ' << some;
      if (range.first > 0) {
        ASSERT_FALSE(reference.permits(range.first - 1, range.first, bit, machine)) << std::hex << range.first;
      }
      if (range.last < everything) {
        ASSERT_FALSE(reference.permits(range.last, range.last + 1, bit, machine)) << std::hex << range.last;
      }
    }
  }
};

TEST_P(RandomPmpTest, AnswersAsTheSpecificationSays) {
  for (unsigned round = 0; round < 20; ++round) {
    write_some_registers();
    expect_same_registers();
    for (std::uint32_t byte = 0; byte < 0x110; ++byte) expect_same_answers(byte);
    for (std::uint32_t byte = 0u - 0x50; byte != 0; ++byte) expect_same_answers(byte);
    for (unsigned i = 0; i < 50; ++i) expect_same_answers(static_cast<std::uint32_t>(random()));
    if (HasFatalFailure()) return;
  }
}

TEST_P(RandomPmpTest, RangesAreUniformAndEndWhereAnotherEntryDecides) {
  for (unsigned round = 0; round < 40; ++round) {
    write_some_registers();
    for (const Privilege privilege : privileges) {
      for (std::uint32_t byte = 0; byte < 0x110; ++byte) expect_uniform(byte, privilege);
      for (std::uint32_t byte = 0u - 0x50; byte != 0; ++byte) expect_uniform(byte, privilege);
      for (unsigned i = 0; i < 50; ++i) expect_uniform(static_cast<std::uint32_t>(random()), privilege);
    }
    if (HasFatalFailure()) return;
  }
}

TEST_P(RandomPmpTest, InactiveMeansThatNoAlignedAccessIsRefused) {
  unsigned inactive = 0;
  for (unsigned round = 0; round < 400; ++round) {
    pmp = Pmp(regions);
    reference = ByteWiseEvaluator(regions);
    write_some_registers();
    for (const Privilege privilege : privileges) {
      if (pmp.active(privilege)) continue;
      ++inactive;
      for (std::uint32_t word = 0; word < 0x110; word += 4) {
        for (const PmpAccess access : accesses) ASSERT_TRUE(pmp.permits(word, word + 3, access, privilege));
      }
    }
  }
  EXPECT_GT(inactive, 0u);
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomPmpTest, ::testing::Range(0u, 8u));

}  // namespace
}  // namespace terse::riscv
