#pragma once
// Two results side by side: what is configured differently, and what that did to cycles and energy, by cause.
//
// Cycles are explained without a remainder. In every layer one unit is followed: the one that works most in both
// results together (tmac, spu, merge or a DMA channel; all its causes but idle, driver and dma_wait are work). Its
// causes sum to the layer's cycles in either result, so the differences of the causes sum to the difference of the
// layer. A cause may go down while another goes up: where spu was the limit and no longer is, its compute goes down and
// its idle up.
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace terse::compare {

/// A value of the configuration that differs; null where one result does not have it.
struct Change {
  std::string path;
  nlohmann::ordered_json before, after;
};

struct Figure {
  std::string name, unit;
  double before = 0, after = 0;

  /// Relative to before; 0 when that is 0.
  [[nodiscard]] double relative() const { return before == 0 ? 0 : after / before - 1; }
};

/// Cycles per inference of one cause.
struct Cause {
  std::string unit, cause;
  double before = 0, after = 0;

  [[nodiscard]] double difference() const { return after - before; }
};

struct LayerDifference {
  std::string name;
  std::string unit;  ///< The one followed.
  double before = 0, after = 0;
  std::vector<Cause> causes;  ///< Those that differ.
};

struct Difference {
  std::string name_before, name_after;
  std::vector<Change> configuration;
  std::vector<Figure> figures;
  std::vector<LayerDifference> layers;  ///< Empty when the results have different layers.
  /// Summed over the layers, the greatest first; their differences sum to that of the cycles per inference.
  std::vector<Cause> causes;
  std::vector<Figure> energy;  ///< By unit.
};

/// Both are a result.json.
Difference difference(const nlohmann::ordered_json& before, const nlohmann::ordered_json& after);

/// For people.
std::string to_text(const Difference& difference);
nlohmann::ordered_json to_json(const Difference& difference);
/// One line per number: part, name, before, after, difference, relative.
std::string to_csv(const Difference& difference);

}  // namespace terse::compare
