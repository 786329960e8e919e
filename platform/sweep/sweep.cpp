#include "platform/sweep/sweep.hpp"

#include <fmt/format.h>

#include "platform/configuration/problems.hpp"
#include "platform/netlist/variant_libraries.hpp"
#include "platform/run/loader.hpp"
#include "platform/run/network_source.hpp"
#include "platform/run/scenario_tree.hpp"

namespace terse::sweep {
namespace {

using configuration::ConfigurationError;
using configuration::Node;
using Json = nlohmann::ordered_json;

Json expectations_of(const run::Scenario& scenario) {
  Json list = Json::array();
  for (const auto& e : scenario.expectations) {
    list.push_back(
        {e.metric, e.at_least ? Json(*e.at_least) : Json(nullptr), e.at_most ? Json(*e.at_most) : Json(nullptr)});
  }
  for (const auto& v : scenario.validation) list.push_back({v.metric, v.scale, v.reference, v.bound});
  return list;
}

/// Enough for a sweep over networks; each takes about as much memory as its weights.
constexpr std::size_t most_networks = 32;

}  // namespace

Sweep::Sweep(const std::filesystem::path& file, const std::vector<std::string>& settings) : file_(file) {
  tree_ = run::read_scenario_tree(file, settings);
  const Node* section = tree_.find("sweep");
  if (section == nullptr) {
    throw ConfigurationError({file.string(), 0, 0},
                             "there is no 'sweep:'; see docs/sweeps.md, or use 'terse run' for a single point");
  }
  description_ = read_description(*section);
  run::Scenario base = run::interpret_scenario(tree_, file);
  name_ = base.name;
  program_ = hash_of_text(contents_.of("/proc/self/exe") + contents_.of(run::firmware_of(base)));
  const Json effective = base.effective();
  check_parameters();
  points_ = expand(description_, effective);
  std::string text = effective.dump();
  for (const Point& point : points_) text += point.parameters().dump();
  identity_ = hash_of_text(text);
}

/// An unknown key is wrong in every point: better said once, before anything runs.
void Sweep::check_parameters() const {
  configuration::Problems problems;
  const auto check = [&](const configuration::Assignment& assignment) {
    try {
      Node tree = tree_;
      run::assign_all(tree, {assignment});
      (void)run::interpret_scenario(tree, file_);
    } catch (const ConfigurationError& error) {
      if (error.unknown_key()) problems.add(error);
    }
  };
  for (const Axis& axis : description_.axes) {
    for (const auto& parameter : axis.parameters) {
      for (const auto& row : axis.rows) {
        const auto at = std::find_if(row.begin(), row.end(), [&](const auto& a) { return a.path == parameter; });
        if (at == row.end()) continue;
        check(*at);
        break;
      }
    }
  }
  for (const auto& derived : description_.derived)
    check({derived.parameter, configuration::scalar("1", derived.expression.place())});
  problems.raise();
}

results::SweepRecord Sweep::record() const {
  results::SweepRecord record{identity_, name_, file_.string(), program_, points_.size(), {}};
  for (const auto& [name, kind] : description_.parameters()) record.parameters.push_back({name, kind});
  return record;
}

run::Scenario Sweep::scenario_of(const Point& point) const {
  Node tree = tree_;
  run::assign_all(tree, point.assignments);
  return run::interpret_scenario(tree, file_);
}

std::string Sweep::hash_of(run::Scenario& scenario) {
  Json key = scenario.effective();
  if (!scenario.shapes) key["network"] = contents_.of_network(scenario.network);
  if (!scenario.run.firmware.empty()) key["firmware"] = contents_.of(scenario.run.firmware);
  for (const std::string& inputs : {scenario.dataset.inputs, scenario.dataset.labels, scenario.calibration.inputs}) {
    if (!inputs.empty()) key["inputs"].push_back(contents_.of(inputs));
  }
  key["technology"] = contents_.of(scenario.platform.table->file());
  for (const auto& library : netlist::loaded_variant_libraries()) {
    const auto& named = scenario.platform.libraries;
    const bool used = std::any_of(named.begin(), named.end(), [&](const std::string& name) {
      return std::filesystem::path(name).filename() == library.filename();
    });
    if (used) key["libraries"].push_back(contents_.of(library));
  }
  key["expect"] = expectations_of(scenario);
  key["program"] = program_;
  return hash_of_text(key.dump());
}

std::shared_ptr<const compiler::QuantizedNetwork> Sweep::shared_network(run::Scenario& scenario) {
  Json key = scenario.effective();
  for (const char* other : {"run", "mapping", "platform", "faults"}) key.erase(other);
  // The data set stays: a float network may be calibrated on it, and shapes are on inputs of its density.
  const std::string text = key.dump();
  if (++network_uses_[text] < 2) return nullptr;
  auto& network = networks_[text];
  if (network == nullptr) {
    network = std::make_shared<const compiler::QuantizedNetwork>(run::network_of(scenario));
    if (networks_.size() > most_networks)
      networks_.erase(networks_.begin()->first == text ? std::next(networks_.begin()) : networks_.begin());
  }
  return networks_[text];
}

}  // namespace terse::sweep
