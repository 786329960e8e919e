#pragma once
// Activity times table: what jobs cost, by unit and pass.
//
// A = activation bits, W = weight bits, V = value bits; select, adder, ... are table entries.
//   dense MAC       ternary A*select + (A+2)*adder (its share of the tree); intW: A*W*multiplier + (A+W+2)*adder;
//                   gated ones gated_mac of that
//   sparse MAC      A*V*multiplier + (A+V)*register; sum: 32*(adder + register)
//   operands        activation bit: register + wire across the array; weight buffers: register to write, a path of
//                   log2(depth) multiplexers to read; lanes' own memories: an SRAM's 64-bit word shared by its bits
//   index decode    16-bit addition and register; gather: one scratchpad word, multiplexers over the banks, wire across the
//                   scratchpad; fused selection: multiplexers over the input channels
//   scratchpad      a word of bank_width bytes in a bank of its size; a piece shorter than a word costs a word
//   accumulators    a 32-bit word in a bank of its size
//   requantize      two 32 x 16 multiplications, three 64-bit additions, six stages of 64-bit shift
//   dma beat        two registers of the data path and wire across the chip; memory: dram_bit (networks lie in DRAM)
//   instruction     core_instruction
// Static power is area times leakage (platform/energy/area.hpp) times time.
#include <array>

#include "models/activity/activity.hpp"
#include "platform/energy/area.hpp"

namespace terse::energy {

/// What energy is spent for: the four passes, external memory, the core, and static power.
enum class Purpose : std::uint8_t { dense, sparse, merge, dma, memory, driver, leakage };
inline constexpr std::size_t purpose_count = 7;
[[nodiscard]] const char* purpose_name(Purpose purpose);

/// Energy by purpose and unit, in pJ.
class Bill {
 public:
  Amount& at(Purpose purpose, Unit unit) {
    return amounts_[static_cast<std::size_t>(purpose)][static_cast<std::size_t>(unit)];
  }
  [[nodiscard]] Amount of(Purpose purpose) const;
  [[nodiscard]] Amount of(Unit unit) const;
  [[nodiscard]] Amount total() const;
  /// Without external memory.
  [[nodiscard]] Amount on_chip() const;
  Bill& operator+=(const Bill& other);
  friend Bill operator*(Bill bill, double factor);

 private:
  std::array<std::array<Amount, unit_count>, purpose_count> amounts_{};
};

class Pricing {
 public:
  /// `area` gives the lengths of wires and static power; must outlive this. Throws technology::MissingEntry.
  Pricing(const Hardware& hardware, const AreaModel& area);

  /// Dynamic energy of what `unit` (tmac, spu, merge or dma) did.
  [[nodiscard]] Bill jobs(Unit unit, const Activity& activity) const;
  [[nodiscard]] Bill instructions(double count) const;
  /// Static energy of all units over a time.
  [[nodiscard]] Bill leakage(double seconds) const;
  /// Energy of one action, without unit or purpose; of a sparse action in spu.
  [[nodiscard]] Amount action(Action action) const { return actions_[static_cast<std::size_t>(action)]; }
  /// Of a sparse action in tmac's fused lanes.
  [[nodiscard]] Amount fused_action(Action action) const { return fused_[static_cast<std::size_t>(action)]; }

 private:
  using Actions = std::array<Amount, action_count>;
  /// What the lanes of spu and of tmac differ in.
  struct Lanes {
    const char* user;  ///< Who needs the table's entries.
    double activation_bits, value_bits, buffered_values;
  };

  void price_dense(const Hardware& hardware);
  void price_lanes(Actions& to, const Lanes& lanes);
  void price_sparse(const Hardware& hardware);
  void price_fused(const Hardware& hardware);
  void price_merge(const Hardware& hardware);
  void price_dma(const Hardware& hardware);
  [[nodiscard]] Amount words(const Activity& activity, Action bytes, Action pieces, const Amount& word) const;
  void add_scratchpad(const Activity& activity, Bill& bill) const;

  Amount& set(Action action) { return actions_[static_cast<std::size_t>(action)]; }

  const AreaModel& area_;
  double bank_width_;
  Actions actions_{};  ///< Without what add_scratchpad() counts in words.
  Actions fused_{};    ///< Sparse ones of tmac.
  Amount scratchpad_read_, scratchpad_write_, accumulator_read_, accumulator_write_, instruction_;
};

}  // namespace terse::energy
