#include "platform/debug/packet.hpp"

#include <fmt/format.h>

#include <charconv>
#include <numeric>

namespace terse::debug {
namespace {

constexpr char interrupt_byte = '\x03';
constexpr char escape = '}';
constexpr char escape_flip = 0x20;

std::uint8_t checksum(std::string_view body) {
  return std::accumulate(body.begin(), body.end(), std::uint8_t{0},
                         [](std::uint8_t sum, char c) { return static_cast<std::uint8_t>(sum + c); });
}

std::string without_escapes(std::string_view body) {
  std::string payload;
  for (std::size_t i = 0; i < body.size(); ++i) {
    if (body[i] != escape) {
      payload += body[i];
    } else if (++i < body.size()) {
      payload += static_cast<char>(body[i] ^ escape_flip);
    }
  }
  return payload;
}

}  // namespace

std::optional<Input> PacketReader::next() {
  while (!bytes_.empty()) {
    const char first = bytes_.front();
    if (first == '$') return packet();
    bytes_.erase(0, 1);
    if (first == '+') return Input{.kind = Input::Kind::acknowledged, .payload = {}};
    if (first == '-') return Input{.kind = Input::Kind::refused, .payload = {}};
    if (first == interrupt_byte) return Input{.kind = Input::Kind::interrupt, .payload = {}};
  }
  return std::nullopt;
}

std::optional<Input> PacketReader::packet() {
  // An escape doubles a byte.
  constexpr std::size_t longest = 2 * packet_size;
  const std::size_t end = bytes_.find('#');
  if (end == std::string::npos && bytes_.size() > longest) {
    bytes_.clear();
    return Input{.kind = Input::Kind::damaged, .payload = {}};
  }
  if (end == std::string::npos || bytes_.size() < end + 3) return std::nullopt;
  // A '$' is always escaped within a packet: one that stands there begins the packet anew, after a lost end.
  const std::size_t begin = bytes_.rfind('$', end) + 1;
  const std::string body = bytes_.substr(begin, end - begin);
  const auto sum = number(std::string_view(bytes_).substr(end + 1, 2));
  bytes_.erase(0, end + 3);
  if (sum != checksum(body) || body.size() > longest) return Input{.kind = Input::Kind::damaged, .payload = {}};
  return Input{.kind = Input::Kind::packet, .payload = without_escapes(body)};
}

std::string frame(std::string_view payload) {
  std::string body;
  for (const char c : payload) {
    if (c == '$' || c == '#' || c == escape || c == '*') {
      body += escape;
      body += static_cast<char>(c ^ escape_flip);
    } else {
      body += c;
    }
  }
  return fmt::format("${}#{:02x}", body, checksum(body));
}

std::string to_hex(std::span<const std::uint8_t> bytes) {
  std::string digits;
  digits.reserve(2 * bytes.size());
  for (const std::uint8_t byte : bytes) fmt::format_to(std::back_inserter(digits), "{:02x}", byte);
  return digits;
}

std::string to_hex(std::string_view text) {
  return to_hex({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

std::string word_to_hex(std::uint32_t value) {
  return fmt::format("{:08x}", __builtin_bswap32(value));
}

std::optional<std::vector<std::uint8_t>> from_hex(std::string_view digits) {
  if (digits.size() % 2 != 0) return std::nullopt;
  std::vector<std::uint8_t> bytes;
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    const auto byte = number(digits.substr(i, 2));
    if (!byte) return std::nullopt;
    bytes.push_back(static_cast<std::uint8_t>(*byte));
  }
  return bytes;
}

std::optional<std::uint32_t> word_from_hex(std::string_view digits) {
  const auto value = digits.size() == 8 ? number(digits) : std::nullopt;
  if (!value) return std::nullopt;
  return __builtin_bswap32(static_cast<std::uint32_t>(*value));
}

std::optional<std::uint64_t> number(std::string_view digits) {
  std::uint64_t value = 0;
  const char* const end = digits.data() + digits.size();
  const auto result = std::from_chars(digits.data(), end, value, 16);
  if (digits.empty() || result.ec != std::errc{} || result.ptr != end) return std::nullopt;
  return value;
}

}  // namespace terse::debug
