#pragma once
// Energy and area in result.json and in tables.
#include <nlohmann/json.hpp>
#include <string>

#include "platform/run/result.hpp"

namespace terse::report {

/// `energy_pj` of a run or a layer.
nlohmann::ordered_json energy_json(const run::EnergyResult& energy);
/// `area_um2`.
nlohmann::ordered_json area_json(const run::AreaResult& area);
/// `sparse_over_dense`.
nlohmann::ordered_json ratio_json(const run::SparseOverDense& ratios);

/// Lines of the table of a run: energy per inference, area, ratios.
std::string energy_text(const run::RunResult& result);
/// Table of every part's area, for `terse describe`.
std::string area_table(const run::AreaResult& area, const std::string& technology);

}  // namespace terse::report
