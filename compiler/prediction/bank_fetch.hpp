#pragma once
// How many cycles the words of one operand fetch take, each bank giving one word per cycle.
#include <algorithm>
#include <cstdint>
#include <vector>

#include "compiler/prediction/hardware_timing.hpp"

namespace terse::compiler {

class BankFetch {
 public:
  /// Without banks every fetch takes a cycle.
  explicit BankFetch(const MemoryTiming& memory) : memory_(memory), words_in_(memory.banks) {}

  void begin() {
    std::ranges::fill(words_in_, 0u);
    words_.clear();
  }
  /// Words of `bytes` bytes from `address` on; a word that the fetch has already is shared.
  void add(std::uint64_t address, std::uint64_t bytes) {
    if (memory_.banks == 0) return;
    for (std::uint64_t word = address / memory_.bank_width; word <= (address + bytes - 1) / memory_.bank_width;
         ++word) {
      if (std::ranges::find(words_, word) != words_.end()) continue;
      words_.push_back(word);
      ++words_in_[memory_.bank_of(word)];
    }
  }
  /// `ports`: words per cycle at most; 0: one of each bank.
  [[nodiscard]] std::uint64_t cycles(std::uint32_t ports = 0) const {
    std::uint64_t cycles = 1;
    for (const std::uint32_t words : words_in_) cycles = std::max<std::uint64_t>(cycles, words);
    if (ports != 0) cycles = std::max(cycles, (words_.size() + ports - 1) / ports);
    return cycles;
  }

 private:
  const MemoryTiming& memory_;
  std::vector<std::uint32_t> words_in_;
  std::vector<std::uint64_t> words_;
};

}  // namespace terse::compiler
