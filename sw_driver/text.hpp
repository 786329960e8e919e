#pragma once
// Text without heap or locale: a bounded buffer for messages. What does not fit is cut off, never written past the end.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace terse::driver {

class TextWriter {
 public:
  /// `size` includes the terminating zero and is at least 1.
  constexpr TextWriter(char* buffer, std::size_t size) : buffer_(buffer), size_(size) { buffer_[0] = '\0'; }

  constexpr TextWriter& operator<<(std::string_view text) {
    for (const char character : text) put(character);
    return *this;
  }
  constexpr TextWriter& decimal(std::uint32_t value) {
    std::array<char, 10> digits{};
    std::size_t count = 0;
    do {
      digits[count++] = static_cast<char>('0' + value % 10);
      value /= 10;
    } while (value != 0);
    while (count != 0) put(digits[--count]);
    return *this;
  }
  constexpr TextWriter& hexadecimal(std::uint32_t value) {
    *this << "0x";
    for (int shift = 28; shift >= 0; shift -= 4) put("0123456789abcdef"[value >> shift & 0xF]);
    return *this;
  }

  [[nodiscard]] constexpr std::string_view view() const { return {buffer_, length_}; }
  /// Zero-terminated.
  [[nodiscard]] constexpr const char* c_str() const { return buffer_; }

 private:
  constexpr void put(char character) {
    if (length_ + 1 >= size_) return;
    buffer_[length_++] = character;
    buffer_[length_] = '\0';
  }

  char* buffer_;
  std::size_t size_;
  std::size_t length_ = 0;
};

}  // namespace terse::driver
