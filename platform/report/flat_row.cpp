#include "platform/report/flat_row.hpp"

namespace terse::report {
namespace {

using Json = nlohmann::ordered_json;

Json at(const Json& result, const char* pointer) {
  const Json::json_pointer path(pointer);
  return result.contains(path) ? result.at(path) : Json(nullptr);
}

}  // namespace

std::vector<std::pair<std::string, Json>> flat_row(const Json& result) {
  const Json cycles = at(result, "/cycles_per_inference"), clock = at(result, "/clock_mhz");
  const bool timed = cycles.is_number() && cycles.get<double>() > 0;
  return {{"scenario", at(result, "/scenario")},
          {"verified", at(result, "/verified")},
          {"clock_mhz", clock},
          {"inferences", at(result, "/inferences")},
          {"instructions", at(result, "/instructions")},
          {"cycles", at(result, "/cycles")},
          {"cycles_per_inference", timed ? cycles : Json(nullptr)},
          {"time_us", timed ? Json(cycles.get<double>() / clock.get<double>()) : Json(nullptr)},
          {"energy_pj", at(result, "/energy_pj/total")},
          {"energy_uncertainty_pj", at(result, "/energy_pj/total_uncertainty_pj")},
          {"area_um2", at(result, "/area_um2/total")},
          {"area_uncertainty_um2", at(result, "/area_um2/uncertainty")},
          {"accuracy", at(result, "/accuracy/top1")},
          {"dense_utilisation", at(result, "/passes/dense/utilisation")},
          {"sparse_utilisation", at(result, "/passes/sparse/utilisation")},
          {"sparse_over_dense_cycles", at(result, "/sparse_over_dense/cycles")},
          {"sparse_over_dense_energy", at(result, "/sparse_over_dense/energy")},
          {"int8_cycles", at(result, "/baselines/int8/cycles")},
          {"int8_energy_pj", at(result, "/baselines/int8/energy_pj")},
          {"cycles_over_int8", at(result, "/baselines/int8/ratio_cycles")},
          {"energy_over_int8", at(result, "/baselines/int8/ratio_energy")},
          {"ternary_cycles", at(result, "/baselines/ternary/cycles")},
          {"ternary_energy_pj", at(result, "/baselines/ternary/energy_pj")},
          {"cycles_over_ternary", at(result, "/baselines/ternary/ratio_cycles")},
          {"energy_over_ternary", at(result, "/baselines/ternary/ratio_energy")},
          {"image_bytes", at(result, "/image_bytes")},
          {"host_s", at(result, "/host/total_s")}};
}

}  // namespace terse::report
