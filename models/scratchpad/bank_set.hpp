#pragma once
#include <array>
#include <bit>
#include <cstdint>

namespace terse {

/// A set of banks of the scratchpad, for what is asked and granted in one cycle.
class BankSet {
 public:
  static constexpr std::uint32_t most_banks = 256;

  void insert(std::uint32_t bank) { words_[bank / 64] |= std::uint64_t{1} << bank % 64; }
  void erase(std::uint32_t bank) { words_[bank / 64] &= ~(std::uint64_t{1} << bank % 64); }
  [[nodiscard]] bool contains(std::uint32_t bank) const { return (words_[bank / 64] >> bank % 64 & 1u) != 0; }
  [[nodiscard]] bool empty() const { return (words_[0] | words_[1] | words_[2] | words_[3]) == 0; }
  [[nodiscard]] std::uint32_t size() const {
    int bits = 0;
    for (const std::uint64_t word : words_) bits += std::popcount(word);
    return static_cast<std::uint32_t>(bits);
  }
  void clear() { words_ = {}; }

  BankSet& operator|=(const BankSet& other) {
    for (std::size_t i = 0; i < words_.size(); ++i) words_[i] |= other.words_[i];
    return *this;
  }
  BankSet& operator&=(const BankSet& other) {
    for (std::size_t i = 0; i < words_.size(); ++i) words_[i] &= other.words_[i];
    return *this;
  }
  /// Without the banks of `other`.
  BankSet& operator-=(const BankSet& other) {
    for (std::size_t i = 0; i < words_.size(); ++i) words_[i] &= ~other.words_[i];
    return *this;
  }
  friend BankSet operator|(BankSet a, const BankSet& b) { return a |= b; }
  friend BankSet operator&(BankSet a, const BankSet& b) { return a &= b; }
  friend BankSet operator-(BankSet a, const BankSet& b) { return a -= b; }
  bool operator==(const BankSet&) const = default;

  /// Calls visit(bank) for each bank, in ascending order.
  template <class Visit>
  void for_each(Visit visit) const {
    for (std::uint32_t i = 0; i < words_.size(); ++i) {
      for (std::uint64_t rest = words_[i]; rest != 0; rest &= rest - 1) {
        visit(64 * i + static_cast<std::uint32_t>(std::countr_zero(rest)));
      }
    }
  }

 private:
  std::array<std::uint64_t, most_banks / 64> words_{};
};

}  // namespace terse
