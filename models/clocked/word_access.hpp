#pragma once
#include <array>
#include <cstdint>

#include "models/scratchpad/bank_layout.hpp"
#include "models/scratchpad/bank_set.hpp"

namespace terse {

/// The words of some bytes of the scratchpad that are still to be read or written: each bank gives one per cycle, so
/// words of one bank follow each other. Which address a bank serves first makes no difference to time.
class WordAccess {
 public:
  /// Adds the words that hold [address, address + bytes). Every call counts words anew, but for a first word with which
  /// the call before has ended: runs that meet in a word share it.
  void add(const BankLayout& layout, std::uint64_t address, std::uint64_t bytes) {
    if (bytes == 0) return;
    const std::uint64_t end = layout.word_of(address + bytes - 1);
    std::uint64_t first = layout.word_of(address);
    if (words_ != 0 && first == last_word_) ++first;
    last_word_ = end;
    for (std::uint64_t word = first; word <= end; ++word) {
      const std::uint32_t bank = layout.bank_of_word(word);
      ++left_[bank];
      banks_.insert(bank);
      ++words_;
    }
  }
  [[nodiscard]] bool done() const { return words_ == 0; }
  [[nodiscard]] std::uint64_t words() const { return words_; }
  /// Banks that have words left.
  [[nodiscard]] const BankSet& banks() const { return banks_; }
  /// One word of each bank of `granted` has been served.
  void take(const BankSet& granted) {
    granted.for_each([this](std::uint32_t bank) {
      --words_;
      if (--left_[bank] == 0) banks_.erase(bank);
    });
  }
  void clear() {
    banks_.for_each([this](std::uint32_t bank) { left_[bank] = 0; });
    banks_.clear();
    words_ = 0;
  }

 private:
  std::array<std::uint32_t, BankSet::most_banks> left_{};
  BankSet banks_;
  std::uint64_t words_ = 0;
  std::uint64_t last_word_ = 0;  ///< Added last.
};

}  // namespace terse
