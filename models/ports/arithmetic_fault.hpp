#pragma once
// A fault in a unit's arithmetic, put in on purpose: it shows that the checks notice, and serves fault studies.
#include <cstddef>
#include <cstdint>
#include <vector>

namespace terse {

/// In jobs whose register TAG is `tag`, bit `bit` of every result of output channel `channel` (counted within the job)
/// is flipped. Channels and bits that a job does not have have no effect.
struct ArithmeticFault {
  std::uint32_t tag = 0;
  std::uint32_t channel = 0;
  std::uint32_t bit = 0;
};

/// The faults armed in a unit.
class ArithmeticFaults {
 public:
  void add(const ArithmeticFault& fault) { faults_.push_back(fault); }
  /// Flips the bits of `results`, layout [pixel][channel]. A result outside 32 bits stays as it is.
  template <typename Result>
  void apply(std::uint32_t tag, std::size_t channels, std::vector<Result>& results) const {
    for (const ArithmeticFault& fault : faults_) {
      if (fault.tag != tag || fault.bit >= 32 || fault.channel >= channels) continue;
      for (std::size_t i = fault.channel; i < results.size(); i += channels) {
        const auto word = static_cast<std::int32_t>(static_cast<std::uint32_t>(results[i]));
        if (word == results[i]) results[i] = word ^ static_cast<std::int32_t>(std::uint32_t{1} << fault.bit);
      }
    }
  }

 private:
  std::vector<ArithmeticFault> faults_;
};

}  // namespace terse
