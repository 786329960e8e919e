#include "platform/compare/difference.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "platform/configuration/values_by_path.hpp"
#include "platform/report/flat_row.hpp"

namespace terse::compare {
namespace {

using Json = nlohmann::ordered_json;

std::vector<Change> changes(const Json& before, const Json& after) {
  const Json old = configuration::values_by_path(before), now = configuration::values_by_path(after);
  std::vector<Change> list;
  for (const auto& [path, value] : old.items()) {
    const Json other = now.value(path, Json(nullptr));
    if (other != value) list.push_back({path, value, other});
  }
  for (const auto& [path, value] : now.items()) {
    if (!old.contains(path)) list.push_back({path, nullptr, value});
  }
  return list;
}

/// Unit of a column of flat_row(), for those that are compared.
const std::map<std::string, std::string>& compared() {
  static const std::map<std::string, std::string> units = {{"cycles_per_inference", "cycles"},
                                                           {"time_us", "us"},
                                                           {"energy_pj", "pJ"},
                                                           {"area_um2", "um2"},
                                                           {"accuracy", ""},
                                                           {"dense_utilisation", ""},
                                                           {"sparse_utilisation", ""},
                                                           {"image_bytes", "bytes"},
                                                           {"instructions", ""}};
  return units;
}

std::vector<Figure> headline(const Json& before, const Json& after) {
  const auto old = report::flat_row(before), now = report::flat_row(after);
  std::vector<Figure> figures;
  for (std::size_t i = 0; i < old.size(); ++i) {
    const auto unit = compared().find(old[i].first);
    if (unit == compared().end() || !old[i].second.is_number() || !now[i].second.is_number()) continue;
    figures.push_back({old[i].first, unit->second, old[i].second.get<double>(), now[i].second.get<double>()});
  }
  return figures;
}

bool waits(const std::string& cause) {
  return cause == "idle" || cause == "driver" || cause == "dma_wait";
}

double work_of(const Json& causes) {
  double work = 0;
  for (const auto& [cause, cycles] : causes.items()) work += waits(cause) ? 0 : cycles.get<double>();
  return work;
}

/// The unit that works most in both.
std::string followed(const Json& before, const Json& after) {
  std::string best;
  double most = -1;
  for (const auto& [unit, causes] : before.items()) {
    if (unit == "cpu" || !after.contains(unit)) continue;
    const double work = work_of(causes) + work_of(after[unit]);
    if (work > most) {
      most = work;
      best = unit;
    }
  }
  return best;
}

LayerDifference layer_difference(const Json& before, const Json& after) {
  LayerDifference layer;
  layer.name = before["name"];
  layer.before = before["cycles"];
  layer.after = after["cycles"];
  layer.unit = followed(before["stalls"], after["stalls"]);
  if (layer.unit.empty()) return layer;
  const Json& old = before["stalls"][layer.unit];
  const Json& now = after["stalls"][layer.unit];
  for (const auto& [cause, cycles] : old.items()) {
    const Cause entry{layer.unit, cause, cycles.get<double>(), now.value(cause, 0.0)};
    if (std::abs(entry.difference()) > 1e-6) layer.causes.push_back(entry);
  }
  return layer;
}

bool same_layers(const Json& before, const Json& after) {
  return before.size() == after.size() &&
         std::equal(before.begin(), before.end(), after.begin(),
                    [](const Json& a, const Json& b) { return a["name"] == b["name"]; });
}

/// Sums by unit and cause; what the layers do not explain lies between them.
std::vector<Cause> summed(const std::vector<LayerDifference>& layers, const Json& before, const Json& after) {
  std::map<std::pair<std::string, std::string>, Cause> sums;
  double old = before["cycles_per_inference"], now = after["cycles_per_inference"];
  for (const auto& layer : layers) {
    old -= layer.before;
    now -= layer.after;
    for (const auto& cause : layer.causes) {
      Cause& sum = sums[{cause.unit, cause.cause}];
      sum.unit = cause.unit;
      sum.cause = cause.cause;
      sum.before += cause.before;
      sum.after += cause.after;
    }
  }
  std::vector<Cause> list;
  for (const auto& [key, cause] : sums) list.push_back(cause);
  if (std::abs(now - old) > 1e-3) list.push_back({"driver", "between layers", old, now});
  std::sort(list.begin(), list.end(),
            [](const Cause& a, const Cause& b) { return std::abs(a.difference()) > std::abs(b.difference()); });
  return list;
}

std::vector<Figure> energy_by_unit(const Json& before, const Json& after) {
  std::vector<Figure> list;
  if (!before["energy_pj"].is_object() || !after["energy_pj"].is_object()) return list;
  const Json& old = before["energy_pj"]["by_unit"];
  const Json& now = after["energy_pj"]["by_unit"];
  for (const auto& [unit, energy] : old.items())
    list.push_back({unit, "pJ", energy.get<double>(), now.value(unit, 0.0)});
  for (const auto& [unit, energy] : now.items()) {
    if (!old.contains(unit)) list.push_back({unit, "pJ", 0, energy.get<double>()});
  }
  return list;
}

}  // namespace

Difference difference(const Json& before, const Json& after) {
  Difference result;
  result.name_before = before["scenario"];
  result.name_after = after["scenario"];
  result.configuration = changes(before["configuration"], after["configuration"]);
  result.figures = headline(before, after);
  result.energy = energy_by_unit(before, after);
  const bool ran = before["guest_failure"].is_null() && after["guest_failure"].is_null();
  if (!ran || !same_layers(before["layers"], after["layers"])) return result;
  for (std::size_t i = 0; i < before["layers"].size(); ++i)
    result.layers.push_back(layer_difference(before["layers"][i], after["layers"][i]));
  result.causes = summed(result.layers, before, after);
  return result;
}

}  // namespace terse::compare
