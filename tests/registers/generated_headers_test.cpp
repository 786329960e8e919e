// The generated headers compile together and say what the descriptions say. The offsets here are those of the HWPE
// conventions, written by hand: a wrong generator or an accidental change of the map fails.
#include <gtest/gtest.h>

#include "registers/generated/dma.hpp"
#include "registers/generated/dma_table.hpp"
#include "registers/generated/hwpe.hpp"
#include "registers/generated/hwpe_table.hpp"
#include "registers/generated/merge.hpp"
#include "registers/generated/merge_table.hpp"
#include "registers/generated/spu.hpp"
#include "registers/generated/spu_table.hpp"
#include "registers/generated/testdev.hpp"
#include "registers/generated/tmac.hpp"
#include "registers/generated/tmac_table.hpp"
#include "registers/generated/uart.hpp"

namespace terse::registers {
namespace {

static_assert(hwpe::commit_trigger == 0x00);
static_assert(hwpe::acquire == 0x04);
static_assert(hwpe::status == 0x0C);
static_assert(hwpe::running_job == 0x10);
static_assert(hwpe::soft_clear == 0x14);
static_assert(hwpe::job_offset == 0x40);
static_assert(hwpe::cap_magic == 0x100);
static_assert(hwpe::irq_status == 0x140 && hwpe::irq_enable == 0x144 && hwpe::irq_set == 0x148);
static_assert(hwpe::err_code == 0x150 && hwpe::err_addr == 0x154 && hwpe::err_job == 0x158);
static_assert(hwpe::counter_count == 13 && hwpe::counters_offset == 0x190);
static_assert(hwpe::counter_elapsed_low == 0x190 && hwpe::counter_elapsed_high == 0x194);
static_assert(hwpe::counter_idle_low == 0x190 + 12 * 8);
static_assert(hwpe::fields::irq_status::error.mask() == 4);

// A unit re-exports the block's names and adds its own.
static_assert(tmac::commit_trigger == hwpe::commit_trigger && tmac::counter_idle_low == hwpe::counter_idle_low);
static_assert(tmac::fields::irq_enable::job_done.mask() == 1);
static_assert(tmac::ErrorCode::accumulator_overflow == hwpe::ErrorCode::accumulator_overflow);
static_assert(tmac::Counter::idle == hwpe::Counter::idle);
static_assert(tmac::tag == 0x40 && tmac::input_address == 0x44);
static_assert(tmac::fields::input_size::width.lowest_bit == 16 && tmac::fields::input_size::width.width == 16);
static_assert(tmac::cap_geometry == 0x110 && tmac::cap_formats == 0x114);
static_assert(static_cast<std::uint32_t>(spu::IndexFormat::dense) == 2);
static_assert(static_cast<std::uint32_t>(merge::Pool::sum) == 2);
static_assert(dma::window == 0x400 && dma::cap_scratchpad_banks == 0x11C);
static_assert(uart::lsr == 0x14);
static_assert(testdev::fields::event::kind.get(0x04000002) == 4);

// Job structures are the registers verbatim.
static_assert(sizeof(dma::Job) == 13 * 4 && dma::job_register_count == 13);
static_assert(offsetof(dma::Job, next) == dma::next - dma::job_offset);
static_assert(offsetof(merge::Job, pool_window) == merge::pool_window - merge::job_offset);
static_assert(offsetof(spu::Job, flags) == spu::flags - spu::job_offset);

TEST(GeneratedTablesTest, ResetOfCapUnitIsTheUnit) {
  const auto reset_of = [](const auto& table, std::uint32_t offset) {
    for (const RegisterDescription& entry : table) {
      if (entry.offset == offset) return entry.reset;
    }
    return 0xFFFFFFFFu;
  };
  EXPECT_EQ(reset_of(dma::table, dma::cap_unit), 1u);
  EXPECT_EQ(reset_of(tmac::table, tmac::cap_unit), 2u);
  EXPECT_EQ(reset_of(spu::table, spu::cap_unit), 3u);
  EXPECT_EQ(reset_of(merge::table, merge::cap_unit), 4u);
  EXPECT_EQ(reset_of(dma::table, dma::cap_magic), 0x45535254u);
}

TEST(GeneratedTablesTest, OffsetsAscendAndJobRegistersFollowEachOther) {
  std::uint32_t jobs = 0;
  const RegisterDescription* before = nullptr;
  for (const RegisterDescription& entry : spu::table) {
    if (before != nullptr) {
      EXPECT_LT(before->offset, entry.offset) << entry.name;
    }
    if (entry.job) {
      EXPECT_EQ(entry.offset, spu::job_offset + 4 * jobs++);
    }
    before = &entry;
  }
  EXPECT_EQ(jobs, spu::job_register_count);
}

TEST(FieldTest, GetMakeReplace) {
  constexpr Field field{8, 4};
  static_assert(field.mask() == 0xF00);
  EXPECT_EQ(field.get(0xABCDE), 0xCu);
  EXPECT_EQ(field.make(0x1F), 0xF00u) << "excess bits are dropped";
  EXPECT_EQ(field.replace(0xFFFFFFFF, 0), 0xFFFFF0FFu);
  constexpr Field whole{0, 32};
  EXPECT_EQ(whole.get(0xDEADBEEF), 0xDEADBEEFu);
  EXPECT_EQ(whole.mask(), 0xFFFFFFFFu);
}

}  // namespace
}  // namespace terse::registers
