#include "platform/report/result_json.hpp"

#include "platform/report/energy_report.hpp"
#include "platform/report/timeline_json.hpp"

namespace terse::report {
namespace {

using Json = nlohmann::ordered_json;

Json pass_json(const run::PassResult& pass) {
  return {{"cycles", pass.cycles},
          {"operations", pass.operations},
          {"utilisation", pass.utilisation},
          {"bytes_read", pass.bytes_read},
          {"bytes_written", pass.bytes_written}};
}

Json passes_json(const run::LayerResult& layer) {
  return {{"dense", pass_json(layer.dense)},
          {"sparse", pass_json(layer.sparse)},
          {"merge", pass_json(layer.merge)},
          {"dma", pass_json(layer.dma)}};
}

/// Null without labels, with the reason beside it: a made-up accuracy would be worse than none.
void add_accuracy(Json& json, const run::RunResult& result) {
  if (!result.accuracy) {
    json["accuracy"] = nullptr;
    json["accuracy_missing"] = "the inputs have no labels";
    return;
  }
  json["accuracy"] = {{"top1", result.accuracy->top1},
                      {"correct", result.accuracy->correct},
                      {"images", result.images},
                      {"predictions", result.predictions}};
}

Json stalls_json(const run::Stalls& stalls) {
  Json json = Json::object();
  for (const auto& unit : stalls) {
    for (const auto& [cause, cycles] : unit.causes) json[unit.unit][cause] = cycles;
  }
  return json;
}

Json scratchpad_json(const run::ScratchpadUse& use) {
  Json json;
  json["banks"] = Json::array();
  for (const auto& bank : use.banks) {
    json["banks"].push_back(
        {{"requests", bank.requests}, {"grants", bank.grants}, {"losses", bank.requests - bank.grants}});
  }
  for (const auto& port : use.ports) {
    Json lost_to = Json::object();
    for (const auto& [winner, losses] : port.lost_to) lost_to[winner] = losses;
    json["ports"][port.name] = {{"requests", port.requests}, {"grants", port.grants}, {"lost_to", lost_to}};
  }
  return json;
}

Json layer_json(const run::LayerResult& layer) {
  Json json;
  json["name"] = layer.name;
  json["kind"] = layer.kind;
  json["cycles"] = layer.cycles;
  json["predicted_cycles"] = layer.predicted_cycles;
  json["bound"] = layer.bound;
  json["tiles"] = layer.tiles;
  json["passes"] = passes_json(layer);
  json["driver_cycles"] = layer.driver_cycles;
  json["fused_extra_cycles"] = layer.fused_extra_cycles;
  json["stalls"] = stalls_json(layer.stalls);
  json["macs"] = layer.dense.operations + layer.sparse.operations;
  json["bytes"] = layer.dma.operations;
  json["energy_pj"] = energy_json(layer.energy);
  return json;
}

Json baselines_json(const std::vector<run::BaselineResult>& baselines) {
  Json json = Json::object();
  for (const auto& baseline : baselines) {
    if (!baseline.error.empty()) {
      json[baseline.name] = {{"error", baseline.error}};
      continue;
    }
    Json& entry = json[baseline.name];
    if (!baseline.array.empty()) entry["array"] = baseline.array;
    entry.update({{"cycles", baseline.cycles},
                  {"energy_pj", baseline.energy_pj},
                  {"energy_uncertainty_pj", baseline.energy_uncertainty_pj},
                  {"on_chip_pj", baseline.on_chip_pj},
                  {"ratio_cycles", baseline.ratio_cycles},
                  {"ratio_energy", baseline.ratio_energy}});
  }
  return json;
}

Json peaks_json(const run::Peaks& peaks) {
  Json memories = Json::object();
  for (const auto& [name, bytes_per_cycle] : peaks.memories) memories[name] = bytes_per_cycle;
  return {{"dense", peaks.dense}, {"sparse", peaks.sparse},         {"merge", peaks.merge},
          {"dma", peaks.dma},     {"scratchpad", peaks.scratchpad}, {"memories", memories}};
}

Json validation_json(const run::ValidationResult& figure) {
  return {{"metric", figure.metric},    {"value", figure.value},   {"reference", figure.reference},
          {"unit", figure.unit},        {"error", figure.error},   {"bound", figure.bound},
          {"held", figure.held},        {"reason", figure.reason}, {"source", figure.source},
          {"evidence", figure.evidence}};
}

Json mismatch_json(const run::Mismatch& mismatch) {
  return {{"inference", mismatch.inference}, {"layer", mismatch.layer},
          {"tile", mismatch.tile},           {"row", mismatch.row},
          {"column", mismatch.column},       {"channel", mismatch.channel},
          {"pass", mismatch.pass},           {"expected", mismatch.expected},
          {"found", mismatch.found}};
}

Json unit_json(const run::UnitState& unit) {
  return {{"unit", unit.unit},
          {"running", unit.running},
          {"waiting_jobs", unit.waiting_jobs},
          {"tag", unit.tag ? Json(*unit.tag) : Json(nullptr)},
          {"error", unit.error}};
}

Json failure_json(const run::GuestFailure& failure) {
  Json json = {{"code", failure.code}, {"text", failure.text},       {"file", failure.file},
               {"line", failure.line}, {"address", failure.address}, {"function", failure.function}};
  if (failure.pc) {
    json["pc"] = *failure.pc;
    json["source"] = failure.source;
    json["units"] = Json::array();
    for (const auto& unit : failure.units) json["units"].push_back(unit_json(unit));
  }
  if (failure.layer) {
    json["layer"] = *failure.layer;
    json["tile"] = failure.tile;
  }
  return json;
}

}  // namespace

Json to_json(const run::FirmwareResult& result) {
  Json json;
  json["schema"] = result_schema;
  json["program"] = result.program;
  json["configuration"] = result.configuration;
  json["configuration_hash"] = result.configuration_hash;
  json["guest_failure"] = result.failure ? failure_json(*result.failure) : Json(nullptr);
  json["timing"] = result.timing;
  json["clock_mhz"] = result.clock_mhz;
  json["cycles"] = result.cycles;
  json["instructions"] = result.instructions;
  json["core_active_cycles"] = result.core_active_cycles;
  json["host"] = {{"wall_s", result.wall_s}, {"mips", result.mips()}};
  return json;
}

std::string text_of(Json result) {
  std::string timeline;
  if (result.contains("timeline")) {
    timeline = ",\n  \"timeline\": " + result["timeline"].dump();
    result.erase("timeline");
  }
  std::string text = result.dump(2);
  text.insert(text.size() - std::string("\n}").size(), timeline);
  return text + "\n";
}

Json to_json(const run::RunResult& result) {
  Json json;
  json["schema"] = result_schema;
  json["scenario"] = result.scenario;
  json["configuration"] = result.configuration;
  json["configuration_hash"] = result.configuration_hash;
  json["verified"] = result.verified;
  json["first_mismatch"] = result.first_mismatch ? mismatch_json(*result.first_mismatch) : Json(nullptr);
  json["mismatches"] = result.mismatches;
  json["checked_outputs"] = result.checked_outputs;
  json["guest_failure"] = result.guest_failure ? failure_json(*result.guest_failure) : Json(nullptr);
  json["timing"] = result.timing;
  json["superposition"] = result.superposition;
  json["driver"] = result.native_driver ? "native" : "riscv";
  json["clock_mhz"] = result.clock_mhz;
  json["cycles"] = result.cycles;
  json["cycles_per_inference"] = result.cycles_per_inference;
  json["predicted_cycles"] = result.predicted_cycles;
  json["instructions"] = result.instructions;
  json["core_active_cycles"] = result.core_active_cycles;
  json["inferences"] = result.images;
  add_accuracy(json, result);
  json["stalls"] = stalls_json(result.stalls);
  json["scratchpad"] = result.scratchpad ? scratchpad_json(*result.scratchpad) : Json(nullptr);
  json["image_bytes"] = result.image_bytes;
  json["passes"] = passes_json(total_of(result.layers));
  json["peaks_per_cycle"] = peaks_json(result.peaks);
  json["technology"] = result.technology;
  json["energy_pj"] = result.energy ? energy_json(*result.energy) : Json(nullptr);
  json["area_um2"] = area_json(result.area);
  json["sparse_over_dense"] = ratio_json(result.sparse_over_dense);
  json["baselines"] = baselines_json(result.baselines);
  json["layers"] = Json::array();
  for (const auto& layer : result.layers) json["layers"].push_back(layer_json(layer));
  json["expect"] = Json::array();
  for (const auto& outcome : result.expectations) {
    json["expect"].push_back({{"metric", outcome.metric},
                              {"bound", outcome.bound},
                              {"value", outcome.value},
                              {"held", outcome.held},
                              {"reason", outcome.reason}});
  }
  json["validation"] = Json::array();
  for (const auto& figure : result.validation) json["validation"].push_back(validation_json(figure));
  if (result.timeline) json["timeline"] = to_json(*result.timeline);
  json["host"] = {{"wall_s", result.host_wall_s}, {"total_s", result.host_total_s}, {"mips", result.host_mips}};
  return json;
}

}  // namespace terse::report
