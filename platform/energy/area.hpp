#pragma once
// Area from parameters: gate equivalents of each unit's parts at the table's um2 per gate, and SRAM by size.
//
// tmac      multipliers with their adder trees (a tree over n operands of b bits has about b + 2 bits of adders per
//           operand), sums, operand registers and FIFO, weight buffer (output_channels * input_channels weights a word),
//           base-3 decoders at the weight port, fused lanes (multiplier, selection among input_channels activations,
//           adder, a value for each word of the weight buffer)
// spu       per lane: multiplier, 32-bit sum, value buffer or memory of its own (SRAM), index decoder (16-bit address),
//           queue; operand FIFO; per gather port a multiplexer over the scratchpad's banks
// merge     per channel: two 32 x 16 multipliers, one 16 x 8, three 64-bit adders, 64-bit shifter, records; operand and
//           output FIFO; SRAM of both planes
// scratchpad  banks and a multiplexer of a word per port and bank
// dma       burst buffers; every unit and channel: job registers of each context, counters with snapshot, control
// cpu, l2   core; SRAM and ROM on the bus (a ROM counts as SRAM of its size)
// Bus, interrupt controllers and UART are not counted.
#include <string>
#include <vector>

#include "platform/energy/amount.hpp"
#include "platform/energy/hardware.hpp"

namespace terse::energy {

enum class Unit : std::uint8_t { tmac, spu, merge, scratchpad, dma, cpu, l2, dram };
inline constexpr std::size_t unit_count = 8;
[[nodiscard]] const char* unit_name(Unit unit);

struct AreaItem {
  Unit unit;
  std::string part;
  Amount um2;
  bool memory = false;  ///< SRAM, not logic.
};

class AreaModel {
 public:
  /// Throws technology::MissingEntry.
  AreaModel(const Hardware& hardware, const technology::Table& table);

  [[nodiscard]] const std::vector<AreaItem>& items() const { return items_; }
  [[nodiscard]] Amount total() const;
  [[nodiscard]] Amount of(Unit unit) const;
  /// um2 / um2 of a gate.
  [[nodiscard]] double gate_equivalents(const Amount& um2) const { return um2.value / gate_area_; }
  /// Static power of a unit, mW.
  [[nodiscard]] Amount leakage_mw(Unit unit) const;
  [[nodiscard]] const technology::Table& table() const { return *table_; }

 private:
  using Gates = std::vector<std::pair<double, technology::Entry>>;

  void add_logic(Unit unit, const char* part, const Gates& gates);
  void add_fifo(Unit unit, const char* part, double bits);
  void add_memory(Unit unit, const char* part, double count, double kib, double bits);
  void add_control(Unit unit, double blocks, double contexts, double job_bytes);
  void add_tmac(const Hardware& hardware);
  void add_fused(const Hardware& hardware);
  void add_spu(const Hardware& hardware);
  void add_merge(const Hardware& hardware);
  void add_system(const Hardware& hardware);

  const technology::Table* table_;
  double gate_area_;
  std::vector<AreaItem> items_;
};

}  // namespace terse::energy
