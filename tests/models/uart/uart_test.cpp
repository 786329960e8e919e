#include "models/uart/uart.hpp"

#include <string>

#include "registers/generated/uart.hpp"
#include "tests/models/bus/test_initiator.hpp"
#include "tests/support/systemc_fixture.hpp"

namespace terse {
namespace {

namespace offsets = registers::uart;
using sc_core::SC_NS;
using sc_core::sc_time;
using sc_core::sc_time_stamp;
using test::simulate;

class UartTest : public test::SystemcTest {
 protected:
  test::TestInitiator core{"core"};
  Uart uart{"uart", {.receive_fifo = 4}};
  sc_core::sc_signal<bool> interrupt{"interrupt"};
  std::string sent;

  UartTest() {
    core.socket.bind(uart.socket);
    uart.interrupt(interrupt);
    uart.sink = [this](char byte) { sent += byte; };
  }
  bool push(char byte) {
    const bool taken = uart.push(byte);
    sc_core::wait(1, SC_NS);
    return taken;
  }
};

TEST_F(UartTest, SendsAtOnceWordsAndBytes) {
  simulate([this] {
    EXPECT_EQ(core.write32(offsets::rbr_thr, 'O'), tlm::TLM_OK_RESPONSE);
    EXPECT_EQ(core.write(offsets::rbr_thr, {'k'}), tlm::TLM_OK_RESPONSE);
    EXPECT_EQ(sent, "Ok");
    EXPECT_EQ(core.took, sc_core::SC_ZERO_TIME);
    EXPECT_EQ(core.read32(offsets::lsr), 0x60u);  // Empty again, nothing received.
  });
}

TEST_F(UartTest, ResetValues) {
  simulate([this] {
    EXPECT_EQ(core.read32(offsets::ier), 0u);
    EXPECT_EQ(core.read32(offsets::iir_fcr), 0x01u);
    EXPECT_EQ(core.read32(offsets::lcr), 0u);
    EXPECT_EQ(core.read32(offsets::mcr), 0u);
    EXPECT_EQ(core.read32(offsets::lsr), 0x60u);
    EXPECT_EQ(core.read32(offsets::msr), 0u);
    EXPECT_EQ(core.read32(offsets::scr), 0u);
    EXPECT_FALSE(interrupt.read());
  });
}

TEST_F(UartTest, ReceivesInOrderAndRefusesWhenFull) {
  simulate([this] {
    core.write32(offsets::iir_fcr, 0x01);
    EXPECT_EQ(core.read32(offsets::iir_fcr), 0xC1u);
    for (const char byte : {'a', 'b', 'c', '\xFF'}) EXPECT_TRUE(push(byte));
    EXPECT_FALSE(push('e'));
    EXPECT_EQ(core.read32(offsets::lsr), 0x61u);
    EXPECT_EQ(core.read32(offsets::rbr_thr), std::uint32_t{'a'});
    EXPECT_EQ(core.read(offsets::rbr_thr, 1).at(0), 'b');
    EXPECT_EQ(core.read32(offsets::rbr_thr), std::uint32_t{'c'});
    EXPECT_EQ(core.read32(offsets::rbr_thr), 0xFFu);
    EXPECT_EQ(core.read32(offsets::lsr), 0x60u);
    EXPECT_EQ(core.read32(offsets::rbr_thr), 0u);
  });
}

TEST_F(UartTest, WithoutFifoOneByteFitsAndFifoControlClears) {
  simulate([this] {
    EXPECT_TRUE(push('a'));
    EXPECT_FALSE(push('b'));
    core.write32(offsets::iir_fcr, 0x01);  // Changing the mode empties it,
    EXPECT_EQ(core.read32(offsets::lsr), 0x60u);
    push('c');
    core.write32(offsets::iir_fcr, 0x03);  // as does FCR bit 1.
    EXPECT_EQ(core.read32(offsets::lsr), 0x60u);
  });
}

TEST_F(UartTest, ReceivedDataInterruptsUntilItIsRead) {
  simulate([this] {
    core.write32(offsets::iir_fcr, 0x01);
    push('a');
    EXPECT_FALSE(interrupt.read());  // Not enabled.
    core.write32(offsets::ier, 0x01);
    EXPECT_TRUE(interrupt.read());
    EXPECT_EQ(core.read32(offsets::iir_fcr), 0xC4u);
    push('b');
    core.read32(offsets::rbr_thr);
    EXPECT_TRUE(interrupt.read());
    core.read32(offsets::rbr_thr);
    EXPECT_FALSE(interrupt.read());
    EXPECT_EQ(core.read32(offsets::iir_fcr), 0xC1u);
    push('c');
    EXPECT_TRUE(interrupt.read());
  });
}

TEST_F(UartTest, TransmitterEmptyIsClearedByItsIdentification) {
  simulate([this] {
    core.write32(offsets::ier, 0x02);
    EXPECT_TRUE(interrupt.read());
    EXPECT_EQ(core.read32(offsets::iir_fcr), 0x02u);
    EXPECT_FALSE(interrupt.read());
    EXPECT_EQ(core.read32(offsets::iir_fcr), 0x01u);
    core.write32(offsets::rbr_thr, 'x');
    EXPECT_TRUE(interrupt.read());
    // Received data goes first, and reading its identification leaves the other one pending.
    core.write32(offsets::ier, 0x03);
    push('y');
    EXPECT_EQ(core.read32(offsets::iir_fcr), 0x04u);
    core.read32(offsets::rbr_thr);
    EXPECT_EQ(core.read32(offsets::iir_fcr), 0x02u);
    EXPECT_FALSE(interrupt.read());
  });
}

TEST_F(UartTest, AnInterruptChangesAtTheInitiatorsLocalTime) {
  simulate([this] {
    core.delay = sc_time(70, SC_NS);
    core.write32(offsets::scr, 1);  // Changes no line: no waiting.
    EXPECT_EQ(sc_time_stamp(), sc_core::SC_ZERO_TIME);
    core.write32(offsets::ier, 0x02);
    EXPECT_EQ(sc_time_stamp(), sc_time(70, SC_NS));
    EXPECT_TRUE(interrupt.read());
    EXPECT_EQ(core.delay, sc_core::SC_ZERO_TIME);
  });
}

TEST_F(UartTest, TheDivisorHidesDataAndInterruptEnable) {
  simulate([this] {
    core.write32(offsets::ier, 0xFD);
    EXPECT_EQ(core.read32(offsets::ier), 0x01u);  // Bits 7:2 do not exist.
    core.write32(offsets::lcr, 0x83);
    core.write32(offsets::rbr_thr, 0x34);
    core.write32(offsets::ier, 0x12);
    EXPECT_EQ(core.read32(offsets::rbr_thr), 0x34u);
    EXPECT_EQ(core.read32(offsets::ier), 0x12u);
    EXPECT_EQ(sent, "");
    core.write32(offsets::lcr, 0x03);
    EXPECT_EQ(core.read32(offsets::ier), 0x01u);
    EXPECT_EQ(core.read32(offsets::rbr_thr), 0u);
    EXPECT_EQ(core.read32(offsets::lcr), 0x03u);
    core.write32(offsets::scr, 0x5A);
    EXPECT_EQ(core.read32(offsets::scr), 0x5Au);
    core.write32(offsets::mcr, 0xFF);
    EXPECT_EQ(core.read32(offsets::mcr), 0x0Fu);
  });
}

TEST_F(UartTest, RefusesWhatIsNoRegister) {
  simulate([this] {
    EXPECT_EQ(core.write32(offsets::lsr, 0), tlm::TLM_COMMAND_ERROR_RESPONSE);
    EXPECT_EQ(core.write(offsets::msr, {0}), tlm::TLM_COMMAND_ERROR_RESPONSE);
    EXPECT_EQ(core.write32(0x20, 0), tlm::TLM_ADDRESS_ERROR_RESPONSE);
    EXPECT_EQ(core.write(0x01, {0}), tlm::TLM_ADDRESS_ERROR_RESPONSE);
    core.read(offsets::lsr, 2);
    EXPECT_EQ(core.status, tlm::TLM_BURST_ERROR_RESPONSE);
  });
}

TEST_F(UartTest, ADebuggerDoesNotTakeTheByte) {
  simulate([this] {
    push('a');
    std::uint32_t value = 0;
    EXPECT_EQ(core.debug(tlm::TLM_READ_COMMAND, offsets::rbr_thr, &value, 4), 4u);
    EXPECT_EQ(value, std::uint32_t{'a'});
    EXPECT_EQ(core.read32(offsets::rbr_thr), std::uint32_t{'a'});
  });
}

TEST_F(UartTest, InputMayBeThereBeforeTheSimulationStarts) {
  EXPECT_TRUE(uart.push('a'));
  uart.sink = nullptr;
  simulate([this] {
    EXPECT_EQ(core.write32(offsets::rbr_thr, 'x'), tlm::TLM_OK_RESPONSE);
    core.write32(offsets::ier, 0x01);
    EXPECT_TRUE(interrupt.read());
    EXPECT_EQ(core.read32(offsets::rbr_thr), std::uint32_t{'a'});
  });
}

}  // namespace
}  // namespace terse
