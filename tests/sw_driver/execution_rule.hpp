#pragma once
// Watches the units and checks the execution rule of formats/network_image.hpp: every job is committed only when all
// jobs that it depends on are finished.
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tests/sw_driver/fake_hardware.hpp"

namespace terse::test {

class ExecutionRule {
 public:
  /// Attaches to all units. `concurrent`: the passes of a tile may run at the same time.
  ExecutionRule(FakeHardware& hardware, bool concurrent, std::uint32_t loads_per_tile, bool dense, bool sparse);

  [[nodiscard]] const std::vector<std::string>& violations() const { return violations_; }
  /// How many times a load was committed while another tile's pass ran: the overlap that double buffering is for.
  [[nodiscard]] std::uint32_t overlapped_loads() const { return overlapped_loads_; }
  /// How many sparse passes started while the dense pass of the same tile ran.
  [[nodiscard]] std::uint32_t concurrent_passes() const { return concurrent_passes_; }
  /// From the second layer on, the first so many loads of the first tile may run when the layer before loads no more.
  void allow_early_loads(std::uint32_t count, std::vector<std::uint32_t> tiles_per_layer) {
    early_loads_ = count;
    tiles_per_layer_ = std::move(tiles_per_layer);
  }
  /// Tiles other than a layer's first have no loads.
  void only_first_tiles_load() { only_first_tiles_load_ = true; }
  /// How many ran before the layer before had ended.
  [[nodiscard]] std::uint32_t early_loads_seen() const { return early_loads_seen_; }
  [[nodiscard]] std::uint32_t finished_stores() const { return finished_stores_; }

 private:
  enum class Kind { load, dense, sparse, merge, store };
  /// Finished jobs of a tile.
  struct Progress {
    std::uint32_t loads = 0, committed_loads = 0;
    bool dense = false, sparse = false, merged = false, stored = false;
  };

  static Kind kind_of(const FakeUnit& unit, const FakeJob& job);
  void committed(const FakeUnit& unit, const FakeJob& job);
  void finished(const FakeUnit& unit, const FakeJob& job);
  void require(bool condition, const FakeJob& job, const std::string& rule);
  [[nodiscard]] bool passes_done(const Progress& tile) const {
    return (tile.dense || !dense_) && (tile.sparse || !sparse_);
  }

  void early_load_committed(const FakeJob& job);
  /// Loads of this tile and of all earlier ones of its layer.
  [[nodiscard]] bool loads_done(std::uint32_t tag);

  bool only_first_tiles_load_ = false;

  std::uint32_t early_loads_ = 0, early_loads_seen_ = 0;
  std::vector<std::uint32_t> tiles_per_layer_;
  bool concurrent_;
  std::uint32_t loads_per_tile_;
  bool dense_, sparse_;
  std::map<std::uint32_t, Progress> tiles_;  ///< By tag.
  std::uint32_t running_passes_ = 0;
  std::uint32_t overlapped_loads_ = 0;
  std::uint32_t concurrent_passes_ = 0;
  std::uint32_t finished_stores_ = 0;
  std::vector<std::string> violations_;
};

}  // namespace terse::test
