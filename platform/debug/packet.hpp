#pragma once
// The framing of GDB's remote serial protocol: $payload#checksum, acknowledgements, and the byte 0x03 that stands for
// Ctrl-C. Source: GDB manual, appendix "GDB Remote Serial Protocol", Overview.
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace terse::debug {

/// Longest payload that either side sends, in bytes; told to gdb as PacketSize.
inline constexpr std::size_t packet_size = 0x4000;

/// What arrived: one of these.
struct Input {
  enum class Kind : std::uint8_t { packet, acknowledged, refused, interrupt, damaged };
  Kind kind = Kind::packet;
  std::string payload;  ///< Of a packet, without escapes.
};

/// Cuts a stream of bytes into inputs, however it is split. What is none of them is passed over; a packet with a wrong
/// checksum, or one longer than packet_size, is `damaged`.
class PacketReader {
 public:
  void feed(std::string_view bytes) { bytes_.append(bytes); }
  /// The next complete input.
  std::optional<Input> next();

 private:
  std::optional<Input> packet();

  std::string bytes_;
};

/// `payload` as it goes over the wire; everything that needs an escape gets one.
std::string frame(std::string_view payload);

std::string to_hex(std::span<const std::uint8_t> bytes);
std::string to_hex(std::string_view text);
/// A register's value: four bytes, in the target's little-endian order.
std::string word_to_hex(std::uint32_t value);
/// Nothing if `digits` are no pairs of hexadecimal digits.
std::optional<std::vector<std::uint8_t>> from_hex(std::string_view digits);
std::optional<std::uint32_t> word_from_hex(std::string_view digits);
/// A number as gdb writes it, most significant digit first; nothing if it is none or does not fit.
std::optional<std::uint64_t> number(std::string_view digits);

}  // namespace terse::debug
