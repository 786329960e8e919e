#include "platform/report/result_table.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "platform/report/energy_report.hpp"

namespace terse::report {
namespace {

std::string pass_cells(const run::PassResult& pass) {
  if (pass.cycles == 0) return fmt::format("{:>9} {:>5}", "-", "");
  return fmt::format("{:>9.0f} {:>4.0f}%", pass.cycles, pass.utilisation * 100);
}

std::string row(const run::LayerResult& layer) {
  return fmt::format("{:<18} {:>9.0f} {:>9.0f}  {}  {}  {}  {}  {:>9.0f} {:>10.0f} {:>9.0f}\n", layer.name,
                     layer.cycles, layer.predicted_cycles, pass_cells(layer.dense), pass_cells(layer.sparse),
                     pass_cells(layer.merge), pass_cells(layer.dma), layer.driver_cycles,
                     layer.dense.operations + layer.sparse.operations, layer.dma.operations);
}

/// Unit x cause in per cent of the run; causes that nobody had are left out.
std::string stalls_table(const run::Stalls& stalls) {
  std::vector<std::string> causes;
  for (const auto& unit : stalls) {
    for (const auto& [cause, cycles] : unit.causes) {
      if (cycles != 0 && std::ranges::find(causes, cause) == causes.end()) causes.push_back(cause);
    }
  }
  std::string text = fmt::format("\nPer cent of all cycles  {}\n", fmt::join(causes, "  "));
  for (const auto& unit : stalls) {
    double all = 0;
    for (const auto& [cause, cycles] : unit.causes) all += cycles;
    text += fmt::format("{:<22}", unit.unit);
    for (const std::string& cause : causes) {
      const auto entry = std::ranges::find(unit.causes, cause, [](const auto& pair) { return pair.first; });
      const bool has = entry != unit.causes.end() && entry->second != 0;
      text += fmt::format("  {:>{}}", has ? fmt::format("{:.1f}", 100 * entry->second / all) : "-", cause.size());
    }
    text += "\n";
  }
  return text;
}

std::string conflicts_text(const run::ScratchpadUse& use) {
  std::string text;
  for (const auto& port : use.ports) {
    for (const auto& [winner, losses] : port.lost_to) {
      if (losses == 0) continue;
      text += fmt::format("  {} lost to {} {} times ({:.2f} % of its requests)\n", port.name, winner, losses,
                          100.0 * static_cast<double>(losses) / static_cast<double>(port.requests));
    }
  }
  return "\nBank conflicts at the scratchpad\n" + (text.empty() ? "  none\n" : text);
}

std::string verdict(const run::RunResult& result) {
  std::string text;
  if (result.guest_failure) text += to_text(*result.guest_failure);
  if (result.first_mismatch) {
    const auto& m = *result.first_mismatch;
    text += fmt::format(
        "WRONG RESULT: {} outputs differ from the golden reference; first: inference {}, layer {}, tile {}, row {}, "
        "column {}, "
        "channel {}, {} pass: expected {}, found {}\n",
        result.mismatches, m.inference, m.layer, m.tile, m.row, m.column, m.channel, m.pass, m.expected, m.found);
  } else if (!result.verified && !result.guest_failure) {
    text += "WRONG RESULT: the guest ended well but did not run every layer of every inference\n";
  }
  for (const auto& outcome : result.expectations) {
    text += fmt::format("expect {} {}: {:g} {}{}\n", outcome.metric, outcome.bound, outcome.value,
                        outcome.held ? "held" : "MISSED", outcome.reason.empty() ? "" : " (" + outcome.reason + ")");
  }
  if (result.verified) {
    text += fmt::format("verified: all {} outputs of {} layers x {} inferences equal the golden reference\n",
                        result.checked_outputs, result.layers.size(), result.images);
  }
  return text;
}

/// What the compiler expected of timing level cycle.
std::string predicted_text(const run::RunResult& result) {
  std::string text = fmt::format("predicted    {:.0f} cycles", result.predicted_cycles);
  if (result.native_driver) return text + " with the driver on the core, in timing level cycle\n";
  if (result.timing != "cycle") return text + " in timing level cycle\n";
  return text + fmt::format(", {:+.1f} %\n", 100 * (result.predicted_cycles / result.cycles_per_inference - 1));
}

/// Ours beside what was published.
std::string validation_table(const std::vector<run::ValidationResult>& figures) {
  if (figures.empty()) return "";
  std::string text = fmt::format("\n{:<28} {:>14} {:>14} {:<10} {:>8} {:>8}  {:<6} {}\n", "validation", "ours",
                                 "published", "unit", "error", "bound", "", "evidence, source");
  for (const auto& figure : figures) {
    text += fmt::format("{:<28} {:>14.6g} {:>14.6g} {:<10} {:>+7.2f}% {:>7.2f}%  {:<6} {}, {}\n", figure.metric,
                        figure.value, figure.reference, figure.unit, figure.error * 100, figure.bound * 100,
                        figure.held ? "held" : "MISSED", figure.evidence, figure.source);
    text += fmt::format("  bound: {}\n", figure.reason);
  }
  return text;
}

std::string state_text(const run::UnitState& unit) {
  std::string text = unit.running ? "runs a job" : unit.waiting_jobs > 0 ? "stands" : "idle";
  if (unit.tag)
    text += fmt::format(" of layer {}, tile {} (tag 0x{:08x})", *unit.tag >> 16, *unit.tag & 0xFFFF, *unit.tag);
  if (unit.waiting_jobs > 0) text += fmt::format(", {} more in its queue", unit.waiting_jobs);
  if (unit.being_programmed) text += ", a job is being programmed";
  if (unit.error != 0) text += fmt::format(", stopped by error {} (ERR_CODE, docs/registers/hwpe.md)", unit.error);
  return text;
}

/// The run over the same network on other machines.
std::string baselines_text(const std::vector<run::BaselineResult>& baselines) {
  std::string text;
  for (const auto& baseline : baselines) {
    const std::string name = "over " + baseline.name;
    if (!baseline.error.empty()) {
      text += fmt::format("{:<12} no figures: {}\n", name, baseline.error);
      continue;
    }
    text += fmt::format("{:<12} {:.3f} in cycles, {:.3f} in energy (all {}: {:.0f} cycles, {:.3g} uJ per inference)\n",
                        name, baseline.ratio_cycles, baseline.ratio_energy, baseline.name, baseline.cycles,
                        baseline.energy_pj / 1e6);
    if (!baseline.array.empty()) text += fmt::format("{:<12} {}\n", "", baseline.array);
  }
  return text;
}

}  // namespace

std::string to_text(const run::GuestFailure& failure) {
  std::string text = fmt::format("GUEST FAILED: {}\n", failure.text);
  if (!failure.file.empty()) text += fmt::format("  reported at {}:{}\n", failure.file, failure.line);
  if (failure.layer) text += fmt::format("  layer {}, tile {}\n", *failure.layer, failure.tile);
  if (failure.address != 0) text += fmt::format("  address or value 0x{:08x}\n", failure.address);
  if (!failure.function.empty()) {
    text += fmt::format("  the core is in {}{}\n", failure.function,
                        failure.source.empty() ? "" : fmt::format(" at {}", failure.source));
  }
  for (const auto& unit : failure.units) text += fmt::format("  {:<10} {}\n", unit.unit, state_text(unit));
  return text;
}

std::string to_table(const run::RunResult& result) {
  std::string text = fmt::format("{}: timing {}, superposition {}, {:g} MHz, configuration {}\n\n", result.scenario,
                                 result.timing, result.superposition, result.clock_mhz, result.configuration_hash);
  if (!result.layers.empty() && result.images > 0) {
    text +=
        "Per inference: cycles of each unit's jobs and how far its datapath was used meanwhile; driver: cycles in "
        "which no unit had a job\n\n";
    text += fmt::format("{:<18} {:>9} {:>9}  {:>15}  {:>15}  {:>15}  {:>15}  {:>9} {:>10} {:>9}\n", "layer", "cycles",
                        "predicted", "dense (tmac)", "sparse (spu)", "merge", "dma", "driver", "MACs", "DMA bytes");
    for (const auto& layer : result.layers) text += row(layer);
    text += row(total_of(result.layers));
    const double us = result.cycles_per_inference / result.clock_mhz;
    text += fmt::format("\ninference    {:.0f} cycles = {:.1f} us at {:g} MHz\n", result.cycles_per_inference, us,
                        result.clock_mhz);
    text += predicted_text(result);
  }
  if (!result.stalls.empty()) text += stalls_table(result.stalls);
  if (result.scratchpad) text += conflicts_text(*result.scratchpad);
  text += "\n";
  if (result.accuracy) {
    text += fmt::format("accuracy     top-1 {:.2f} % ({} of {} images)\n", result.accuracy->top1 * 100,
                        result.accuracy->correct, result.images);
  } else {
    text += fmt::format("accuracy     none: the {} inputs have no labels\n", result.images);
  }
  text += energy_text(result) + baselines_text(result.baselines);
  text += fmt::format("network      {} bytes\n", result.image_bytes);
  if (result.native_driver) {
    text +=
        "driver       native on the host: its accesses take the bus's and the devices' time, its instructions none\n";
  }
  text += fmt::format("core         {} instructions, {} active of {} cycles\n", result.instructions,
                      result.core_active_cycles, result.cycles);
  text += fmt::format("host         {:.2f} s simulating, {:.1f} million instructions/s, {:.2f} s in all\n\n",
                      result.host_wall_s, result.host_mips, result.host_total_s);
  return text + verdict(result) + validation_table(result.validation);
}

}  // namespace terse::report
