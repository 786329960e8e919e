#include "models/testdev/testdev.hpp"

#include <optional>
#include <tuple>
#include <vector>

#include "tests/models/bus/test_initiator.hpp"
#include "tests/support/systemc_fixture.hpp"

namespace terse {
namespace {

namespace offsets = registers::testdev;
using sc_core::SC_NS;
using sc_core::sc_time;
using sc_core::sc_time_stamp;
using test::simulate;

class TestdevTest : public test::SystemcTest {
 protected:
  test::TestInitiator core{"core"};
  Testdev testdev{"testdev"};

  TestdevTest() { core.socket.bind(testdev.socket); }
};

TEST_F(TestdevTest, ExitStopsTheSimulationAtTheGuestsTimeAndTheGuestWithIt) {
  bool went_on = false;
  int ticks = 0;
  sc_core::sc_spawn([&] {  // Somebody else's work, which must have happened up to the guest's time and no further.
    for (;;) {
      sc_core::wait(10, SC_NS);
      ++ticks;
    }
  });
  // Outside of the process, whose stack is abandoned with the simulation.
  std::uint32_t code = 0;
  tlm::tlm_generic_payload transaction;
  test::TestInitiator::fill(transaction, tlm::TLM_WRITE_COMMAND, offsets::exit, &code, sizeof code);
  sc_core::sc_spawn([&] {
    core.delay = sc_time(35, SC_NS);
    core.transport(transaction);
    went_on = true;
  });
  sc_core::sc_start();
  EXPECT_EQ(sc_time_stamp(), sc_time(35, SC_NS));
  EXPECT_EQ(ticks, 3);
  EXPECT_FALSE(went_on);
}

TEST_F(TestdevTest, ExitReportsItsCodeAndTime) {
  std::optional<std::pair<std::uint32_t, sc_time>> exit;
  testdev.on_exit = [&](std::uint32_t code, sc_time time) { exit = {code, time}; };
  simulate([this] {
    core.delay = sc_time(35, SC_NS);
    EXPECT_EQ(core.write32(offsets::exit, 42), tlm::TLM_OK_RESPONSE);
  });
  ASSERT_TRUE(exit.has_value());
  EXPECT_EQ(exit->first, 42u);
  EXPECT_EQ(exit->second, sc_time(35, SC_NS));
}

TEST_F(TestdevTest, EventsCarryTheGuestsTimeWithoutMakingItWait) {
  std::vector<std::tuple<Testdev::Event, std::uint32_t, sc_time>> events;
  testdev.on_event = [&](Testdev::Event kind, std::uint32_t index, sc_time time) {
    events.emplace_back(kind, index, time);
  };
  simulate([this] {
    sc_core::wait(5, SC_NS);
    core.delay = sc_time(7, SC_NS);
    core.write32(offsets::event, 0x03'12'34'56);
    EXPECT_EQ(sc_time_stamp(), sc_time(5, SC_NS));
    core.write32(offsets::event, 0xEE'00'00'00);  // Of a firmware that knows more kinds.
  });
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0], std::make_tuple(Testdev::Event::layer_begin, 0x12'34'56u, sc_time(12, SC_NS)));
  EXPECT_EQ(std::get<0>(events[1]), static_cast<Testdev::Event>(0xEE));
}

TEST_F(TestdevTest, StatisticsAndTraceSwitchAtTheGuestsTime) {
  std::vector<std::pair<bool, sc_time>> statistics;
  std::vector<std::pair<bool, sc_time>> trace;
  testdev.on_statistics = [&](bool on, sc_time time) { statistics.emplace_back(on, time); };
  testdev.on_trace = [&](bool on, sc_time time) { trace.emplace_back(on, time); };
  simulate([this] {
    core.delay = sc_time(10, SC_NS);
    core.write32(offsets::statistics, 1);
    EXPECT_EQ(sc_time_stamp(), sc_time(10, SC_NS));
    core.write32(offsets::trace, 1);
    core.delay = sc_time(10, SC_NS);
    core.write32(offsets::trace, 0);
    core.write32(offsets::statistics, 0);
  });
  using Switches = std::vector<std::pair<bool, sc_time>>;
  EXPECT_EQ(statistics, (Switches{{true, sc_time(10, SC_NS)}, {false, sc_time(20, SC_NS)}}));
  EXPECT_EQ(trace, (Switches{{true, sc_time(10, SC_NS)}, {false, sc_time(20, SC_NS)}}));
}

TEST_F(TestdevTest, WorksWithoutListeners) {
  testdev.on_exit = nullptr;
  simulate([this] {
    for (const std::uint32_t offset : {offsets::exit, offsets::statistics, offsets::trace, offsets::event}) {
      EXPECT_EQ(core.write32(offset, 1), tlm::TLM_OK_RESPONSE);
    }
  });
}

TEST_F(TestdevTest, KeepsTheGuestsError) {
  EXPECT_EQ(testdev.error().code, 0u);
  EXPECT_EQ(testdev.error().tag, 0xFFFF'FFFFu);
  simulate([this] {
    const std::uint32_t registers[] = {offsets::error_code, offsets::error_address, offsets::error_file,
                                       offsets::error_line, offsets::error_tag,     offsets::error_text};
    std::uint32_t value = 0x1000;
    for (const std::uint32_t offset : registers) core.write32(offset, ++value);
    for (const std::uint32_t offset : registers) EXPECT_EQ(core.read32(offset), value - 5 + (offset - 0x10) / 4);
  });
  EXPECT_EQ(testdev.error().code, 0x1001u);
  EXPECT_EQ(testdev.error().address, 0x1002u);
  EXPECT_EQ(testdev.error().file, 0x1003u);
  EXPECT_EQ(testdev.error().line, 0x1004u);
  EXPECT_EQ(testdev.error().tag, 0x1005u);
  EXPECT_EQ(testdev.error().text, 0x1006u);
}

TEST_F(TestdevTest, RefusesWhatIsNoRegister) {
  simulate([this] {
    for (const std::uint32_t offset : {offsets::exit, offsets::statistics, offsets::trace, offsets::event}) {
      core.read(offset, 4);
      EXPECT_EQ(core.status, tlm::TLM_COMMAND_ERROR_RESPONSE);
    }
    EXPECT_EQ(core.write32(0x28, 0), tlm::TLM_ADDRESS_ERROR_RESPONSE);
    EXPECT_EQ(core.write(offsets::error_code, {1}), tlm::TLM_BURST_ERROR_RESPONSE);
  });
}

}  // namespace
}  // namespace terse
