// Framing of the remote protocol: what is sent arrives, however it is cut; what is damaged is said to be; nothing crashes.
#include "platform/debug/packet.hpp"

#include <gtest/gtest.h>

#include <random>

namespace terse::debug {
namespace {

using Kind = Input::Kind;

std::string random_payload(std::mt19937& random, std::size_t length) {
  std::string text(length, '\0');
  for (char& letter : text) letter = static_cast<char>(random());
  return text;
}

TEST(Packet, FramesWithItsChecksum) {
  EXPECT_EQ(frame("OK"), "$OK#9a");
  EXPECT_EQ(frame(""), "$#00");
  EXPECT_EQ(frame("$#}*"), std::string("$}\x04}\x03}]}\x0a#") + "62");
}

TEST(Packet, ArrivesAsSentHoweverItIsCut) {
  std::mt19937 random(1);
  for (unsigned round = 0; round < 200; ++round) {
    const std::string payload = random_payload(random, random() % 300);
    const std::string wire = frame(payload);
    PacketReader reader;
    std::optional<Input> input;
    for (const char letter : wire) {
      EXPECT_FALSE(input);
      reader.feed({&letter, 1});
      input = reader.next();
    }
    ASSERT_TRUE(input);
    EXPECT_EQ(input->kind, Kind::packet);
    EXPECT_EQ(input->payload, payload);
    EXPECT_FALSE(reader.next());
  }
}

TEST(Packet, TellsAcknowledgementsControlCAndDamageApart) {
  PacketReader reader;
  reader.feed("+-\x03$g#67$g#68");
  EXPECT_EQ(reader.next()->kind, Kind::acknowledged);
  EXPECT_EQ(reader.next()->kind, Kind::refused);
  EXPECT_EQ(reader.next()->kind, Kind::interrupt);
  EXPECT_EQ(reader.next()->payload, "g");
  EXPECT_EQ(reader.next()->kind, Kind::damaged);
  EXPECT_FALSE(reader.next());
}

TEST(Packet, SurvivesAnyBytes) {
  std::mt19937 random(2);
  PacketReader reader;
  for (unsigned round = 0; round < 20000; ++round) {
    std::string bytes = random_payload(random, random() % 40);
    if (random() % 2 == 0) bytes = "$" + bytes + "#";
    reader.feed(bytes);
    while (reader.next()) {
    }
  }
  reader.feed(frame("?") + frame("?"));
  std::optional<Input> last;
  while (auto input = reader.next()) last = input;
  ASSERT_TRUE(last);
  EXPECT_EQ(last->payload, "?");
}

TEST(Packet, NumbersAndBytesInHexadecimal) {
  EXPECT_EQ(word_to_hex(0x12345678), "78563412");
  EXPECT_EQ(word_from_hex("78563412"), 0x12345678u);
  EXPECT_FALSE(word_from_hex("7856341"));
  EXPECT_EQ(number("3f"), 0x3fu);
  EXPECT_FALSE(number("xyz"));
  EXPECT_FALSE(number(""));
  EXPECT_FALSE(from_hex("abc"));
}

}  // namespace
}  // namespace terse::debug
