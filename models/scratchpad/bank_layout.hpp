#pragma once
#include <cstdint>

namespace terse {

/// Which bank holds which address. A word is what one bank delivers per cycle.
class BankLayout {
 public:
  enum class Interleaving : std::uint8_t {
    word,   ///< Consecutive words in consecutive banks: streams use all banks.
    block,  ///< Each bank holds one consecutive piece: a buffer can have a bank for itself.
  };

  BankLayout(std::uint64_t size, std::uint32_t banks, std::uint32_t bank_width, Interleaving interleaving)
      : banks_(banks), bank_width_(bank_width), depth_(size / banks / bank_width), interleaving_(interleaving) {}

  [[nodiscard]] std::uint32_t banks() const { return banks_; }
  /// Bytes of a word.
  [[nodiscard]] std::uint32_t bank_width() const { return bank_width_; }
  /// Words per bank.
  [[nodiscard]] std::uint64_t depth() const { return depth_; }
  [[nodiscard]] std::uint64_t word_of(std::uint64_t address) const { return address / bank_width_; }
  [[nodiscard]] std::uint32_t bank_of_word(std::uint64_t word) const {
    return static_cast<std::uint32_t>(interleaving_ == Interleaving::word ? word % banks_ : word / depth_);
  }

  /// Calls visit(bank, words) for each bank that holds some of the bytes [address, address + length), length > 0.
  template <class Visit>
  void for_each_bank(std::uint64_t address, std::uint64_t length, Visit visit) const {
    const std::uint64_t first = word_of(address);
    const std::uint64_t end = word_of(address + length - 1) + 1;
    if (interleaving_ == Interleaving::word) {
      const std::uint64_t words = end - first;
      const std::uint64_t touched = words < banks_ ? words : banks_;
      for (std::uint64_t index = 0; index < touched; ++index) {
        visit(bank_of_word(first + index), (words - index + banks_ - 1) / banks_);
      }
    } else {
      for (std::uint64_t word = first; word < end;) {
        const std::uint64_t bank_end = (word / depth_ + 1) * depth_;
        const std::uint64_t next = bank_end < end ? bank_end : end;
        visit(bank_of_word(word), next - word);
        word = next;
      }
    }
  }

 private:
  std::uint32_t banks_;
  std::uint32_t bank_width_;
  std::uint64_t depth_;
  Interleaving interleaving_;
};

}  // namespace terse
