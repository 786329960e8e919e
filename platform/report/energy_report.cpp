#include "platform/report/energy_report.hpp"

#include <fmt/format.h>

#include <vector>

namespace terse::report {
namespace {

using Json = nlohmann::ordered_json;
using Named = std::vector<std::pair<std::string, run::Estimate>>;

Json estimates(const Named& list) {
  Json json = Json::object();
  for (const auto& [name, estimate] : list) json[name] = estimate.value;
  return json;
}

Json uncertainties(const Named& list) {
  Json json = Json::object();
  for (const auto& [name, estimate] : list) json[name] = estimate.uncertainty;
  return json;
}

/// "1.23 +- 0.40" of a value in pJ, in a unit that fits.
std::string energy(const run::Estimate& pj) {
  const bool large = pj.value >= 1e6;
  const double unit = large ? 1e6 : 1e3;
  return fmt::format("{:.3g} +- {:.2g} {}", pj.value / unit, pj.uncertainty / unit, large ? "uJ" : "nJ");
}

std::string percent(const Named& list, double total) {
  std::string text;
  for (const auto& [name, estimate] : list) {
    if (estimate.value > 0)
      text += fmt::format("{}{} {:.1f} %", text.empty() ? "" : ", ", name, 100 * estimate.value / total);
  }
  return text;
}

}  // namespace

Json energy_json(const run::EnergyResult& energy) {
  return {{"total", energy.total.value},          {"total_uncertainty_pj", energy.total.uncertainty},
          {"on_chip", energy.on_chip.value},      {"on_chip_uncertainty_pj", energy.on_chip.uncertainty},
          {"by_unit", estimates(energy.by_unit)}, {"by_unit_uncertainty_pj", uncertainties(energy.by_unit)},
          {"by_pass", estimates(energy.by_pass)}, {"by_pass_uncertainty_pj", uncertainties(energy.by_pass)}};
}

Json area_json(const run::AreaResult& area) {
  Json parts = Json::array();
  for (const auto& part : area.parts) {
    parts.push_back({{"unit", part.unit},
                     {"part", part.part},
                     {"um2", part.um2.value},
                     {"uncertainty", part.um2.uncertainty},
                     {"gate_equivalents", part.gate_equivalents}});
  }
  return {{"total", area.total.value},
          {"uncertainty", area.total.uncertainty},
          {"gate_equivalents", area.gate_equivalents},
          {"by_unit", estimates(area.by_unit)},
          {"by_unit_uncertainty", uncertainties(area.by_unit)},
          {"parts", parts}};
}

Json ratio_json(const run::SparseOverDense& ratios) {
  return {{"cycles", ratios.cycles ? Json(*ratios.cycles) : Json(nullptr)},
          {"cycles_reason", ratios.cycles_reason},
          {"energy", ratios.energy ? Json(ratios.energy->value) : Json(nullptr)},
          {"energy_uncertainty", ratios.energy ? Json(ratios.energy->uncertainty) : Json(nullptr)}};
}

std::string energy_text(const run::RunResult& result) {
  std::string text;
  if (result.energy) {
    text += fmt::format("energy       {} per inference, on chip {} ({})\n", energy(result.energy->total),
                        energy(result.energy->on_chip), result.technology);
    text += fmt::format("             {}\n", percent(result.energy->by_pass, result.energy->total.value));
    const auto& ratios = result.sparse_over_dense;
    text += fmt::format(
        "sparse/dense {} in cycles, {} in energy\n",
        ratios.cycles ? fmt::format("{:.3f}", *ratios.cycles) : fmt::format("no ratio ({})", ratios.cycles_reason),
        ratios.energy ? fmt::format("{:.3f} +- {:.2g}", ratios.energy->value, ratios.energy->uncertainty)
                      : "no ratio (no dense pass)");
  }
  text += fmt::format("area         {:.3g} +- {:.1g} mm2, {:.0f} kGE\n", result.area.total.value / 1e6,
                      result.area.total.uncertainty / 1e6, result.area.gate_equivalents / 1000);
  return text;
}

std::string area_table(const run::AreaResult& area, const std::string& technology) {
  std::string text = fmt::format("\nArea ({})\n\n  {:<12} {:<28} {:>12} {:>10} {:>10}\n", technology, "unit", "part",
                                 "um2", "+-", "kGE");
  for (const auto& part : area.parts) {
    text += fmt::format("  {:<12} {:<28} {:>12.0f} {:>10.0f} {:>10.1f}\n", part.unit, part.part, part.um2.value,
                        part.um2.uncertainty, part.gate_equivalents / 1000);
  }
  text += fmt::format("  {:<12} {:<28} {:>12.0f} {:>10.0f} {:>10.1f}\n", "total", "", area.total.value,
                      area.total.uncertainty, area.gate_equivalents / 1000);
  return text;
}

}  // namespace terse::report
