#include "platform/sweep/sweep.hpp"

#include <fmt/format.h>

#include <boost/uuid/name_generator_sha1.hpp>
#include <boost/uuid/uuid_io.hpp>
#include <fstream>
#include <sstream>

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

std::string hash_of_text(const std::string& text) {
  const boost::uuids::name_generator_sha1 generator(boost::uuids::ns::oid());
  return boost::uuids::to_string(generator(text));
}

std::string hash_of_file(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return hash_of_text(text.str());
}

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
  program_ = hash_of_text(hash_of_file("/proc/self/exe") + hash_of_file(run::firmware_of(base)));
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

const std::string& Sweep::content_hash(const std::filesystem::path& file) {
  const auto [at, fresh] = content_hashes_.emplace(file, "");
  if (fresh) at->second = hash_of_file(file);
  return at->second;
}

std::string Sweep::hash_of(run::Scenario& scenario) {
  Json key = scenario.effective();
  if (!scenario.shapes) key["network"] = content_hash(scenario.network);
  if (!scenario.run.firmware.empty()) key["firmware"] = content_hash(scenario.run.firmware);
  key["technology"] = content_hash(scenario.platform.table->file());
  for (const auto& library : netlist::loaded_variant_libraries()) {
    const auto& named = scenario.platform.libraries;
    const bool used = std::any_of(named.begin(), named.end(), [&](const std::string& name) {
      return std::filesystem::path(name).filename() == library.filename();
    });
    if (used) key["libraries"].push_back(content_hash(library));
  }
  key["expect"] = expectations_of(scenario);
  key["program"] = program_;
  return hash_of_text(key.dump());
}

std::shared_ptr<const compiler::QuantizedNetwork> Sweep::shared_network(run::Scenario& scenario) {
  Json key = scenario.effective();
  const Json dataset = key["dataset"];
  for (const char* other : {"run", "mapping", "platform", "faults", "dataset"}) key.erase(other);
  if (scenario.shapes) key["density"] = dataset["density"];  // scales are calibrated on such inputs
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
