// From packet to answer, without a platform; and any packet at all, without a crash.
#include "platform/debug/gdb_protocol.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <random>

#include "platform/debug/packet.hpp"

namespace terse::debug {
namespace {

using Then = Answer::Then;

/// Registers, 256 bytes of memory at 0x1000, and a list of points.
class FakeTarget : public Target {
 public:
  std::map<unsigned, std::uint32_t> registers;
  std::array<std::uint8_t, 256> memory{};
  std::vector<Point> points;

  std::optional<std::uint32_t> read_register(unsigned number) override {
    if (number > register_pc && number != register_first_csr + 0x300) return std::nullopt;
    return registers[number];
  }
  bool write_register(unsigned number, std::uint32_t value) override {
    if (number > register_pc && number != register_first_csr + 0x300) return false;
    registers[number] = value;
    return true;
  }
  std::vector<std::uint8_t> read_memory(std::uint32_t address, std::uint32_t length) override {
    if (address < base || address >= base + memory.size()) return {};
    const std::size_t count = std::min<std::size_t>(length, base + memory.size() - address);
    return {memory.begin() + (address - base), memory.begin() + static_cast<std::ptrdiff_t>(address - base + count)};
  }
  bool write_memory(std::uint32_t address, std::span<const std::uint8_t> bytes) override {
    if (address < base || bytes.size() > memory.size() || address - base > memory.size() - bytes.size()) return false;
    std::ranges::copy(bytes, memory.begin() + (address - base));
    return true;
  }
  void add(const Point& point) override { points.push_back(point); }
  void remove(const Point& point) override { std::erase(points, point); }
  std::string description() override { return std::string(20000, 'x'); }
  std::string memory_map() override { return "<memory-map/>"; }
  std::string monitor(const std::string& command) override { return "answer to " + command; }

 private:
  static constexpr std::uint32_t base = 0x1000;
};

class GdbProtocolTest : public ::testing::Test {
 protected:
  FakeTarget target;
  GdbProtocol protocol{target};

  std::string ask(std::string_view payload) { return protocol.handle(payload).text.value_or("nothing"); }
};

TEST_F(GdbProtocolTest, Registers) {
  EXPECT_EQ(ask("P5=78563412"), "OK");
  EXPECT_EQ(target.registers[5], 0x12345678u);
  EXPECT_EQ(ask("p5"), "78563412");
  EXPECT_EQ(ask("g").size(), 33 * 8u);
  EXPECT_EQ(ask("g").substr(5 * 8, 8), "78563412");
  EXPECT_EQ(ask("P341=01000000"), "OK") << "mstatus, 65 + 0x300";
  EXPECT_EQ(ask("p342"), "xxxxxxxx") << "not there";
  EXPECT_EQ(ask("P342=01000000"), "E0a");
  EXPECT_EQ(ask("pzz"), "E01");
  EXPECT_EQ(ask("G" + std::string(33 * 8, '1')), "OK");
  EXPECT_EQ(target.registers[32], 0x11111111u);
  EXPECT_EQ(ask("G11"), "E01");
}

TEST_F(GdbProtocolTest, Memory) {
  EXPECT_EQ(ask("M1010,4:deadbeef"), "OK");
  EXPECT_EQ(ask("m1010,4"), "deadbeef");
  EXPECT_EQ(ask(std::string_view("X1020,3:\0}a", 11)), "OK");
  EXPECT_EQ(target.memory[0x22], 'a');
  EXPECT_EQ(ask("m0,4"), "E14");
  EXPECT_EQ(ask("M0,1:00"), "E14");
  EXPECT_EQ(ask("M1010,4:dead"), "E01") << "fewer bytes than announced";
  EXPECT_EQ(ask("m10ff,8"), "00") << "what can be read";
}

TEST_F(GdbProtocolTest, PointsOfEveryKind) {
  for (unsigned kind = 0; kind < 5; ++kind) {
    const std::string packet = std::to_string(kind) + ",2000,4";
    EXPECT_EQ(ask("Z" + packet), "OK");
    ASSERT_EQ(target.points.size(), 1u);
    EXPECT_EQ(target.points[0], (Point{.kind = static_cast<Point::Kind>(kind), .address = 0x2000, .size = 4}));
    EXPECT_EQ(ask("z" + packet), "OK");
    EXPECT_TRUE(target.points.empty());
  }
  EXPECT_EQ(ask("Z5,2000,4"), "");
  EXPECT_EQ(ask("Z2,2000,0"), "E01");
  EXPECT_EQ(ask("Z2,ffffffff,2"), "E01") << "over the end of the address space";
}

TEST_F(GdbProtocolTest, Resuming) {
  EXPECT_EQ(protocol.handle("c").then, Then::go_on);
  EXPECT_EQ(protocol.handle("s").then, Then::step);
  EXPECT_EQ(protocol.handle("vCont;c").then, Then::go_on);
  EXPECT_EQ(protocol.handle("vCont;s:1;c").then, Then::step);
  const Answer range = protocol.handle("vCont;r2000,2010:1");
  EXPECT_EQ(range.then, Then::step);
  EXPECT_EQ(range.step_from, 0x2000u);
  EXPECT_EQ(range.step_to, 0x2010u);
  EXPECT_EQ(protocol.handle("c3000").then, Then::go_on);
  EXPECT_EQ(target.registers[register_pc], 0x3000u);
  EXPECT_EQ(protocol.handle("D;1").then, Then::detach);
  EXPECT_EQ(protocol.handle("k").then, Then::kill);
  EXPECT_EQ(protocol.handle("vKill;1").then, Then::kill);
}

TEST_F(GdbProtocolTest, DocumentsInPieces) {
  std::string document;
  while (true) {
    char request[64];
    std::snprintf(request, sizeof request, "qXfer:features:read:target.xml:%zx,1000", document.size());
    const std::string piece = ask(request);
    document += piece.substr(1);
    if (piece[0] == 'l') break;
    ASSERT_EQ(piece[0], 'm');
  }
  EXPECT_EQ(document, target.description());
  EXPECT_EQ(ask("qXfer:features:read:other.xml:0,100"), "E00");
  EXPECT_EQ(ask("qXfer:threads:read::0,100"), "");
}

TEST_F(GdbProtocolTest, MonitorCommandsArePrinted) {
  const Answer answer = protocol.handle("qRcmd," + to_hex(std::string_view("units")));
  EXPECT_EQ(answer.console, "answer to units");
  EXPECT_EQ(answer.text, "OK");
  EXPECT_EQ(ask("qRcmd,zz"), "E01");
}

TEST_F(GdbProtocolTest, WhatIsNotSupportedGetsTheEmptyAnswer) {
  for (const char* packet : {"vMustReplyEmpty", "vCtrlC", "qTStatus", "!", "b", "QProgramSignals", ""}) {
    EXPECT_EQ(ask(packet), "") << packet;
  }
}

TEST_F(GdbProtocolTest, SurvivesAnyPacket) {
  std::mt19937 random(3);
  constexpr std::string_view letters = "qQcCsSvDk?gGpPmMXZzHT,;:=#$0123456789abcdefx\0\xff";
  for (unsigned round = 0; round < 100000; ++round) {
    std::string packet(random() % 24, '\0');
    for (char& letter : packet) letter = letters[random() % letters.size()];
    protocol.handle(packet);
  }
  EXPECT_EQ(ask("?"), "S05");
}

}  // namespace
}  // namespace terse::debug
