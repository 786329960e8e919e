// The whole driver against fakes: results, execution rule, both superposition modes, and that every way to fail ends
// with an error that names its cause.
#include "sw_driver/network_executor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <optional>

#include "sw_driver/host_hal.hpp"
#include "tests/sw_driver/execution_rule.hpp"
#include "tests/sw_driver/fake_hardware.hpp"
#include "tests/sw_driver/synthetic_image.hpp"

namespace terse::test {
namespace {

using device_table::DeviceType;
using driver::Error;
using driver::ErrorCode;
using driver::HostHal;
using driver::MemoryRange;
using driver::NetworkExecutor;
using driver::Resource;
using driver::Result;
using driver::Status;
using driver::Superposition;
using driver::UnitKind;
using ::testing::IsEmpty;
using UnitError = registers::hwpe::ErrorCode;

constexpr std::uint32_t image_address = FakeHardware::dram_base;
constexpr std::uint32_t arena_address = FakeHardware::dram_base + 0x8000;
constexpr std::uint32_t input_address = FakeHardware::dram_base + 0xA000;
constexpr std::uint32_t output_address = FakeHardware::dram_base + 0xB000;
constexpr std::uint32_t arena_size = 0x1000;

class Bench {
 public:
  explicit Bench(const FakeConfiguration& configuration = {}) : hardware(configuration), hal(hardware), network(hal) {
    for (std::uint32_t index = 0; index < synthetic_bytes; ++index)
      input()[index] = static_cast<std::uint8_t>(3 * index);
  }

  Status load(const std::vector<std::uint8_t>& image, Superposition superposition = Superposition::sequential) {
    std::memcpy(hardware.bytes(image_address, 0x8000), image.data(), image.size());
    return network.load({image_address, static_cast<std::uint32_t>(image.size())}, {arena_address, arena_size},
                        superposition);
  }
  /// init, load and one inference; the first error.
  Error run(const std::vector<std::uint8_t>& image = make_image(),
            Superposition superposition = Superposition::sequential) {
    if (const Status status = network.init(&hardware.table()); !status.ok()) return status.error();
    if (const Status status = load(image, superposition); !status.ok()) return status.error();
    return network.dispatch_wait(input_address, output_address, 0).error();
  }
  std::uint8_t* input() { return hardware.bytes(input_address, synthetic_bytes); }
  /// Every layer adds one.
  void expect_output(std::uint32_t layers, std::uint32_t address = output_address) {
    const std::uint8_t* output = hardware.bytes(address, synthetic_bytes);
    for (std::uint32_t index = 0; index < synthetic_bytes; ++index) {
      ASSERT_EQ(output[index], static_cast<std::uint8_t>(3 * index + layers)) << "byte " << index;
    }
  }
  void expect_idle() {
    for (const auto& unit : hardware.units()) EXPECT_TRUE(unit->idle());
  }

  FakeHardware hardware;
  HostHal hal;
  NetworkExecutor<HostHal> network;
};

// First, in the middle, twice in a row and last: what the layer before stored is what the core reads, and the reverse.
TEST(CoreLayers, RunBetweenThoseOfTheUnits) {
  Bench bench;
  ExecutionRule rule(bench.hardware, true, 2, true, true);
  const Error error = bench.run(make_image({.tiles_per_layer = {0, 3, 0, 0, 2, 0}}), Superposition::concurrent);
  EXPECT_EQ(error.code, ErrorCode::none) << error.file << ":" << error.line;
  bench.expect_output(6);
  EXPECT_THAT(rule.violations(), IsEmpty());
  EXPECT_EQ(rule.finished_stores(), 5u);
  EXPECT_EQ(bench.network.dispatch_wait(input_address, output_address, 1).error().code, ErrorCode::none);
}

TEST(CoreLayers, AreDoneBitByBitWithoutBlocking) {
  Bench bench;
  ASSERT_TRUE(bench.network.init(&bench.hardware.table()).ok());
  ASSERT_TRUE(bench.load(make_image({.tiles_per_layer = {0, 0, 0}})).ok());
  ASSERT_TRUE(bench.network.dispatch(input_address, output_address, 0).ok());
  std::uint32_t checks = 0;
  for (bool done = false; !done; ++checks) {
    const Result<bool> result = bench.network.resolve_check();
    ASSERT_TRUE(result.ok());
    done = result.value();
  }
  EXPECT_EQ(checks, 3u) << "a unit of work each: the layers are small";
  bench.expect_output(3);
}

TEST(CoreLayers, OutsideOfMemoryAreABusError) {
  Bench bench;
  ASSERT_TRUE(bench.network.init(&bench.hardware.table()).ok());
  ASSERT_TRUE(bench.load(make_image({.tiles_per_layer = {0, 2}})).ok());
  const Error error = bench.network.dispatch_wait(0x10, output_address, 0).error();
  EXPECT_EQ(error.code, ErrorCode::bus_error);
  EXPECT_EQ(error.address, 0x10u);
  EXPECT_EQ(bench.network.dispatch_wait(input_address, output_address, 0).error().code, ErrorCode::none);
  bench.expect_output(2);
}

struct Variant {
  std::uint32_t channels;
  std::uint32_t queue_depth;
  std::uint32_t loads_per_tile;
  Superposition superposition;
  bool dense;
  bool sparse;
};

class GoodRun : public ::testing::TestWithParam<Variant> {};

TEST_P(GoodRun, ResultsAreRightAndTheExecutionRuleHolds) {
  const Variant& variant = GetParam();
  Bench bench({.channels = variant.channels, .queue_depth = variant.queue_depth});
  ExecutionRule rule(bench.hardware, variant.superposition == Superposition::concurrent, variant.loads_per_tile,
                     variant.dense, variant.sparse);
  const SyntheticNetwork network{.tiles_per_layer = {6, 1, 4},
                                 .loads_per_tile = variant.loads_per_tile,
                                 .dense = variant.dense,
                                 .sparse = variant.sparse};
  const Error error = bench.run(make_image(network), variant.superposition);
  EXPECT_EQ(error.code, ErrorCode::none) << error.file << ":" << error.line;
  bench.expect_output(3);
  EXPECT_THAT(rule.violations(), IsEmpty());
  EXPECT_EQ(rule.finished_stores(), 11u);
  EXPECT_GT(rule.overlapped_loads(), 0u);
  // In mode concurrent all 11 tiles run their passes together, in mode sequential none does.
  const bool together = variant.superposition == Superposition::concurrent && variant.dense && variant.sparse;
  EXPECT_EQ(rule.concurrent_passes(), together ? 11u : 0u);
}

/// The second tile has nothing to wait for but the first one's loads, which it uses too; also when the queue does not hold
/// all of them.
TEST(NetworkExecutor, ATileWaitsForTheLoadsOfTheTilesBefore) {
  for (const std::uint32_t queue_depth : {1u, 2u, 4u}) {
    Bench bench({.channels = 2, .queue_depth = queue_depth});
    const SyntheticNetwork network{.tiles_per_layer = {4, 2}, .loads_per_tile = 3, .first_tile_loads_all = true};
    ExecutionRule rule(bench.hardware, true, network.loads_per_tile, true, true);
    rule.only_first_tiles_load();
    const Error error = bench.run(make_image(network), Superposition::concurrent);
    EXPECT_EQ(error.code, ErrorCode::none) << error.file << ":" << error.line;
    bench.expect_output(2);
    EXPECT_THAT(rule.violations(), IsEmpty());
    EXPECT_EQ(rule.finished_stores(), 6u);
  }
}

TEST(NetworkExecutor, WeightsOfTheNextLayerAreLoadedWhileALayerComputes) {
  for (const auto& [channels, queue_depth] : {std::pair{2u, 1u}, {2u, 2u}, {2u, 4u}, {1u, 1u}, {1u, 2u}}) {
    SCOPED_TRACE(::testing::Message() << channels << " channels, queues of " << queue_depth);
    Bench bench({.channels = channels, .queue_depth = queue_depth});
    const SyntheticNetwork network{.tiles_per_layer = {3, 1, 1, 2}, .loads_per_tile = 3, .early_weights = true};
    ExecutionRule rule(bench.hardware, true, network.loads_per_tile, true, true);
    rule.allow_early_loads(2, network.tiles_per_layer);
    const Error error = bench.run(make_image(network), Superposition::concurrent);
    EXPECT_EQ(error.code, ErrorCode::none) << error.file << ":" << error.line;
    bench.expect_output(4);
    EXPECT_THAT(rule.violations(), IsEmpty());
    EXPECT_EQ(rule.finished_stores(), 7u);
    // Both of each layer but the first; a queue of one may have room for the second only when the layer has ended.
    EXPECT_GE(rule.early_loads_seen(), queue_depth > 1 ? 6u : 3u);
    // A second inference begins with nothing loaded early.
    EXPECT_TRUE(bench.network.dispatch_wait(input_address, output_address, 1).ok());
  }
}

INSTANTIATE_TEST_SUITE_P(
    Variants, GoodRun,
    ::testing::Values(Variant{2, 2, 2, Superposition::sequential, true, true},
                      Variant{2, 2, 2, Superposition::concurrent, true, true},
                      Variant{1, 1, 3, Superposition::sequential, true, true},  // one channel, shortest queue
                      Variant{1, 1, 3, Superposition::concurrent, true, true},
                      Variant{4, 4, 9, Superposition::concurrent, true, true},     // more loads than the queue holds
                      Variant{2, 2, 2, Superposition::sequential, true, false},    // density 0 %
                      Variant{2, 2, 2, Superposition::concurrent, false, true}));  // density 100 %

TEST(NetworkExecutor, ConcurrentPassesTakeLessTimeThanSequentialOnes) {
  Bench sequential;
  ASSERT_EQ(sequential.run(make_image(), Superposition::sequential).code, ErrorCode::none);
  Bench concurrent;
  ASSERT_EQ(concurrent.run(make_image(), Superposition::concurrent).code, ErrorCode::none);
  EXPECT_LT(concurrent.hardware.now(), sequential.hardware.now());
}

TEST(NetworkExecutor, MarksInferencesAndLayers) {
  Bench bench;
  ASSERT_EQ(bench.run().code, ErrorCode::none);
  ASSERT_TRUE(bench.network.dispatch_wait(input_address, output_address, 1).ok());
  const std::vector<std::uint32_t> one{0x01000000, 0x03000000, 0x04000000, 0x03000001, 0x04000001, 0x02000000};
  std::vector<std::uint32_t> expected = one;
  for (const std::uint32_t mark : one) {
    const bool inference = mark >> 24 <= 2;
    expected.push_back(inference ? mark + 1 : mark);
  }
  EXPECT_EQ(bench.hardware.marks(), expected);
}

TEST(NetworkExecutor, RunsWithoutTestdev) {
  Bench bench;
  bench.hardware.remove(DeviceType::testdev);
  EXPECT_EQ(bench.run().code, ErrorCode::none);
  EXPECT_THAT(bench.hardware.marks(), IsEmpty());
}

TEST(NetworkExecutor, InferencesFollowEachOtherWithNewAddresses) {
  Bench bench;
  ASSERT_EQ(bench.run().code, ErrorCode::none);
  for (std::uint32_t inference = 1; inference < 4; ++inference) {
    const std::uint32_t address = output_address + inference * synthetic_bytes;
    ASSERT_TRUE(bench.network.dispatch_wait(input_address, address, inference).ok());
    bench.expect_output(2, address);
  }
}

TEST(NetworkExecutor, ResolveCheckDoesNotBlock) {
  Bench bench;
  ASSERT_TRUE(bench.network.init(&bench.hardware.table()).ok());
  ASSERT_TRUE(bench.load(make_image()).ok());
  ASSERT_TRUE(bench.network.dispatch(input_address, output_address, 0).ok());
  EXPECT_EQ(bench.network.dispatch(input_address, output_address, 1).error().code, ErrorCode::busy);
  std::uint32_t checks = 0;
  for (;;) {
    const Result<bool> done = bench.network.resolve_check();
    ASSERT_TRUE(done.ok());
    if (done.value()) break;
    ++checks;
    std::uint32_t value = 0;
    bench.hardware.read(0x0200BFF8, value);  // time passes, the core does something else
    bench.hal.enable_interrupts();
    ASSERT_LT(checks, 10'000u);
  }
  EXPECT_GT(checks, 10u);
  bench.expect_output(2);
}

TEST(NetworkExecutor, TermStopsEverything) {
  Bench bench;
  ASSERT_TRUE(bench.network.init(&bench.hardware.table()).ok());
  ASSERT_TRUE(bench.load(make_image()).ok());
  ASSERT_TRUE(bench.network.dispatch(input_address, output_address, 0).ok());
  bench.network.term();
  bench.expect_idle();
  EXPECT_EQ(bench.network.dispatch(input_address, output_address, 0).error().code, ErrorCode::arguments);
}

TEST(NetworkExecutor, DispatchNeedsAnImage) {
  Bench bench;
  ASSERT_TRUE(bench.network.init(&bench.hardware.table()).ok());
  EXPECT_EQ(bench.network.dispatch_wait(input_address, output_address, 0).error().code, ErrorCode::arguments);
  EXPECT_EQ(bench.network.resolve_wait().error().code, ErrorCode::arguments);
}

// -- what can be wrong with the platform -----------------------------------------------------------------------------

TEST(NetworkExecutor, MissingDevicesAreNamed) {
  for (const DeviceType type :
       {DeviceType::clint, DeviceType::plic, DeviceType::dma, DeviceType::merge, DeviceType::tmac, DeviceType::spu}) {
    Bench bench;
    bench.hardware.remove(type);
    const Error error = bench.run();
    EXPECT_EQ(error.code, ErrorCode::missing_device);
    EXPECT_EQ(error.subject, static_cast<std::uint32_t>(type));
  }
}

TEST(NetworkExecutor, APassUnitMayBeMissingWhenTheNetworkDoesNotNeedIt) {
  Bench bench;
  bench.hardware.remove(DeviceType::spu);
  std::vector<std::uint8_t> image = make_image({.sparse = false});
  header_of(image).index_formats = header_of(image).value_bits = 0;
  seal(image);
  EXPECT_EQ(bench.run(image).code, ErrorCode::none);
  bench.expect_output(2);
}

TEST(NetworkExecutor, ForeignUnitsAreRefused) {
  Bench wrong_magic;
  wrong_magic.hardware.tmac().capabilities[registers::hwpe::cap_magic] = 0x12345678;
  Error error = wrong_magic.run();
  EXPECT_EQ(error.code, ErrorCode::foreign_unit);
  EXPECT_EQ(error.have, 0x12345678u);
  Bench new_major;
  new_major.hardware.merge().capabilities[registers::hwpe::cap_version] = 0x00020000;
  EXPECT_EQ(new_major.run().code, ErrorCode::foreign_unit);
  Bench new_minor;  // compatible additions
  new_minor.hardware.merge().capabilities[registers::hwpe::cap_version] = 0x00010007;
  EXPECT_EQ(new_minor.run().code, ErrorCode::none);
  Bench swapped;
  swapped.hardware.spu().capabilities[registers::hwpe::cap_unit] = 2;
  error = swapped.run();
  EXPECT_EQ(error.code, ErrorCode::foreign_unit);
  EXPECT_EQ(error.subject, static_cast<std::uint32_t>(UnitKind::spu));
}

TEST(NetworkExecutor, InterruptSourcesOutsideTheTableAreRefused) {
  for (const std::uint32_t source : {0u, 64u, 1000u}) {
    Bench bench;
    for (auto& device : bench.hardware.table().devices) {
      if (device.type == DeviceType::merge) device.interrupt = source;
    }
    EXPECT_EQ(bench.run().code, ErrorCode::device_table);
  }
}

TEST(NetworkExecutor, FusedTilesAreOneJobOfTmac) {
  Bench bench;
  std::uint32_t dense_jobs = 0, sparse_jobs = 0;
  bench.hardware.tmac().on_start = [&](FakeUnit&, const FakeJob& started) {
    registers::tmac::Job job;
    std::memcpy(&job, started.words.data(), sizeof job);
    EXPECT_EQ(job.flags, registers::tmac::fields::flags::fused.make(1));
    EXPECT_EQ(job.value_address, 0x100 + job.tag);
    EXPECT_EQ(job.format, 0x1 | 8u << 8);
    ++dense_jobs;
  };
  bench.hardware.spu().on_start = [&](FakeUnit&, const FakeJob&) { ++sparse_jobs; };
  EXPECT_EQ(bench.run(make_image(), Superposition::fused).code, ErrorCode::none);
  bench.expect_output(2);
  EXPECT_EQ(dense_jobs, 5u);
  EXPECT_EQ(sparse_jobs, 0u);
  EXPECT_EQ(bench.run(make_image({.dense = false}), Superposition::fused).code, ErrorCode::none);
  EXPECT_EQ(sparse_jobs, 5u) << "tiles without a dense pass go to spu";
}

TEST(NetworkExecutor, FusedNeedsLanesThatReadTheFormats) {
  for (const auto& [cap_fused, resource] : {std::pair{0u, Resource::fused_formats},
                                            {1u | 0x1u << 8 | 7u << 16, Resource::fused_formats},
                                            {1u | 0x1Fu << 8 | 1u << 16, Resource::fused_value_bits}}) {
    Bench bench({.cap_fused = cap_fused});
    const Error error = bench.run(make_image(), Superposition::fused);
    EXPECT_EQ(error.code, ErrorCode::hardware_too_small);
    EXPECT_EQ(error.subject, static_cast<std::uint32_t>(resource));
  }
  Bench bench;
  std::vector<std::uint8_t> image = make_image();
  record_at<registers::spu::Job>(image, header_of(image).sparse_jobs.offset).accumulator_base += 1;
  seal(image);
  EXPECT_EQ(bench.run(image, Superposition::fused).code, ErrorCode::image_structure);
}

TEST(NetworkExecutor, TooSmallHardwareNamesTheResource) {
  struct Case {
    FakeConfiguration configuration;
    Resource resource;
    std::uint32_t need, have;
  };
  for (const Case& item : {Case{{.scratchpad_size = 1000}, Resource::scratchpad, 1024, 1000},
                           Case{{.accumulators = 127}, Resource::accumulators, 128, 127},
                           Case{{.index_formats = 0x5}, Resource::index_formats, 0x2, 0x5},
                           Case{{.weight_formats = 0x2}, Resource::weight_formats, 0x1, 0x2}}) {
    Bench bench(item.configuration);
    const Error error = bench.run();
    EXPECT_EQ(error.code, ErrorCode::hardware_too_small);
    EXPECT_EQ(error.subject, static_cast<std::uint32_t>(item.resource));
    EXPECT_EQ(error.need, item.need);
    EXPECT_EQ(error.have, item.have);
  }
  Bench bench({.value_16 = false});
  std::vector<std::uint8_t> image = make_image();
  header_of(image).value_bits = 1u << 16;
  seal(image);
  EXPECT_EQ(bench.run(image).subject, static_cast<std::uint32_t>(Resource::value_bits));
  std::vector<std::uint8_t> large = make_image();
  header_of(large).arena_size = arena_size + 1;
  seal(large);
  Bench small;
  EXPECT_EQ(small.run(large).subject, static_cast<std::uint32_t>(Resource::arena));
}

// -- what can go wrong while it runs
// -----------------------------------------------------------------------------------

/// Every unit once: channel 0 (loads), channel 1 (stores), tmac, spu, merge.
FakeUnit& unit_of(Bench& bench, std::size_t index) {
  return *bench.hardware.units()[index];
}
constexpr std::size_t unit_count = 5;

TEST(NetworkExecutor, UnitErrorsCarryUnitCauseAddressAndTag) {
  for (std::size_t index = 0; index < unit_count; ++index) {
    Bench bench;
    // The third job: of tile 1 (loads: two per tile), else of tile 2, of layer 0.
    unit_of(bench, index).trouble = {.fail_job = 2, .code = UnitError::out_of_range, .address = 0x1234};
    const Error error = bench.run();
    EXPECT_EQ(error.code, ErrorCode::unit_error);
    EXPECT_EQ(error.subject, static_cast<std::uint32_t>(unit_of(bench, index).unit()));
    EXPECT_EQ(error.unit_code, static_cast<std::uint32_t>(UnitError::out_of_range));
    EXPECT_EQ(error.address, 0x1234u);
    EXPECT_EQ(error.tag, index == 0 ? 1u : 2u);
    EXPECT_THAT(error.file, ::testing::HasSubstr("sw_driver/"));
    EXPECT_GT(error.line, 0u);
    bench.expect_idle();
  }
}

TEST(NetworkExecutor, StuckUnitsEndInATimeout) {
  for (std::size_t index = 0; index < unit_count; ++index) {
    for (const Superposition superposition : {Superposition::sequential, Superposition::concurrent}) {
      Bench bench;
      bench.network.set_timeout_us(5000);
      unit_of(bench, index).trouble.hang_job = 2;
      const Error error = bench.run(make_image(), superposition);
      EXPECT_EQ(error.code, ErrorCode::timeout);
      EXPECT_EQ(error.subject, static_cast<std::uint32_t>(unit_of(bench, index).unit()));
      EXPECT_EQ(error.tag, index == 0 ? 1u : 2u);
      // Found after one to two periods of 5000 ticks of 1 us without progress.
      EXPECT_GT(bench.hardware.now(), 5000u);
      EXPECT_LT(bench.hardware.now(), 15'000u);
      bench.expect_idle();
    }
  }
}

TEST(NetworkExecutor, ALongRunWithProgressIsNoTimeout) {
  Bench bench;
  bench.network.set_timeout_us(400);  // longer than any job, far shorter than the run
  EXPECT_EQ(bench.run(make_image({.tiles_per_layer = {12, 12, 12}})).code, ErrorCode::none);
  EXPECT_GT(bench.hardware.now(), 4000u);
}

TEST(NetworkExecutor, OverflowIsAnErrorAlthoughEveryJobFinished) {
  Bench bench;
  bench.hardware.spu().trouble.overflows = 7;
  const Error error = bench.run();
  EXPECT_EQ(error.code, ErrorCode::overflow);
  EXPECT_EQ(error.subject, static_cast<std::uint32_t>(UnitKind::spu));
  EXPECT_EQ(error.have, 7u);
}

TEST(NetworkExecutor, DeadRegistersAreABusError) {
  // At init, while a job is programmed, and in the interrupt handler.
  for (const std::uint32_t address : {0x40010100u, 0x40012044u, 0x40011140u}) {
    Bench bench;
    bench.network.set_timeout_us(5000);
    bench.hardware.dead_address = address;
    const Error error = bench.run();
    EXPECT_EQ(error.code, ErrorCode::bus_error);
    EXPECT_EQ(error.address, address);
  }
}

TEST(NetworkExecutor, AnImageOutsideTheMemoryIsABusError) {
  Bench bench;
  ASSERT_TRUE(bench.network.init(&bench.hardware.table()).ok());
  const Status status = bench.network.load({0x10, 4096}, {arena_address, arena_size}, Superposition::sequential);
  EXPECT_EQ(status.error().code, ErrorCode::bus_error);
  EXPECT_EQ(status.error().address, 0x10u);
}

TEST(NetworkExecutor, UnusableArgumentsAreRefused) {
  Bench bench;
  ASSERT_TRUE(bench.network.init(&bench.hardware.table()).ok());
  const MemoryRange arena{arena_address, arena_size};
  EXPECT_EQ(bench.network.load({image_address + 2, 4096}, arena, Superposition::sequential).error().code,
            ErrorCode::arguments);
  EXPECT_EQ(bench.network.load({image_address, 4096}, arena, static_cast<Superposition>(7)).error().code,
            ErrorCode::arguments);
}

TEST(NetworkExecutor, WorksAgainAfterAnError) {
  Bench bench;
  bench.hardware.tmac().trouble.fail_job = 1;
  ASSERT_EQ(bench.run().code, ErrorCode::unit_error);
  ASSERT_TRUE(bench.network.dispatch_wait(input_address, output_address, 1).ok());
  bench.expect_output(2);
}

}  // namespace
}  // namespace terse::test
