#include "sw_driver/error_text.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "formats/device_table.hpp"
#include "registers/generated/hwpe.hpp"
#include "sw_driver/device_map.hpp"

namespace terse::test {
namespace {

using namespace driver;

std::string text_of(const Error& error) {
  std::array<char, 200> buffer;
  TextWriter text(buffer.data(), buffer.size());
  describe(error, text);
  return std::string(text.view());
}

TEST(ErrorText, NamesUnitCausePlaceAndJob) {
  const Error error = fail(ErrorCode::unit_error, {.subject = static_cast<std::uint32_t>(registers::hwpe::Unit::spu),
                                                   .unit_code = 3,
                                                   .address = 0x10000,
                                                   .tag = 0x00020005});
  EXPECT_EQ(text_of(error), "spu stopped: outside the memory at address 0x00010000 (layer 2, tile 5)");
}

TEST(ErrorText, SaysWhatIsNeededAndWhatIsThere) {
  const Error error = fail(ErrorCode::hardware_too_small,
                           {.subject = static_cast<std::uint32_t>(Resource::accumulators), .need = 4096, .have = 1024});
  EXPECT_EQ(text_of(error), "the hardware is too small for the network: it has 1024 accumulators of 4096 needed");
}

TEST(ErrorText, MissingDevice) {
  const Error error =
      fail(ErrorCode::missing_device, {.subject = static_cast<std::uint32_t>(device_table::DeviceType::plic)});
  EXPECT_EQ(text_of(error), "the network needs a device that the platform does not have: plic");
}

TEST(ErrorText, UnexpectedTrap) {
  const Error error = fail(ErrorCode::unexpected_trap, {.subject = 2, .address = 0xFFFF, .have = 0x20000010});
  EXPECT_EQ(text_of(error), "unexpected trap 2 (illegal instruction), pc 0x20000010, value 0x0000ffff");
}

TEST(ErrorText, EveryCodeHasANameAndASentence) {
  for (const std::uint32_t code : {0, 1, 2, 3, 4, 16, 17, 18, 19, 20, 32, 48, 49, 50, 51, 52, 53, 54, 64}) {
    EXPECT_NE(name_of(static_cast<ErrorCode>(code)), "unknown") << code;
    EXPECT_EQ(text_of({.code = static_cast<ErrorCode>(code)}).find("unknown error"), std::string::npos) << code;
  }
  EXPECT_EQ(text_of({.code = static_cast<ErrorCode>(99)}), "unknown error 99");
}

TEST(ErrorText, IsCutOffAtTheEndOfTheBuffer) {
  std::array<char, 8> buffer;
  buffer.fill('#');
  TextWriter text(buffer.data(), buffer.size() - 1);
  text << "longer than that";
  EXPECT_STREQ(text.c_str(), "longer");
  EXPECT_EQ(buffer[7], '#');
}

TEST(Error, CarriesThePlaceOfItsCaller) {
  const Error error = fail(ErrorCode::busy);
  EXPECT_EQ(error.line, static_cast<std::uint32_t>(__LINE__ - 1));
  EXPECT_NE(std::string(error.file).find("error_text_test.cpp"), std::string::npos);
}

TEST(DeviceMap, RefusesUnusableTables) {
  EXPECT_EQ(DeviceMap::open(nullptr).error().code, ErrorCode::device_table);
  DeviceTable table{};
  table.magic = device_table::magic;
  table.version = device_table::version;
  table.timebase_hz = 1000;
  ASSERT_TRUE(DeviceMap::open(&table).ok());
  const auto refuse = [&table](std::uint32_t DeviceTable::*member, std::uint32_t value) {
    DeviceTable broken = table;
    broken.*member = value;
    return DeviceMap::open(&broken).error().code == ErrorCode::device_table;
  };
  EXPECT_TRUE(refuse(&DeviceTable::magic, 0));
  EXPECT_TRUE(refuse(&DeviceTable::version, 3));
  EXPECT_TRUE(refuse(&DeviceTable::count, 33));
  EXPECT_TRUE(refuse(&DeviceTable::timebase_hz, 0));
}

}  // namespace
}  // namespace terse::test
