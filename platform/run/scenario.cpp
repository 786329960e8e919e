#include "platform/run/scenario.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/uuid/name_generator_sha1.hpp>
#include <boost/uuid/uuid_io.hpp>
#include <cmath>

#include "platform/configuration/problems.hpp"
#include "platform/run/scenario_tree.hpp"

namespace terse::run {
namespace {

using configuration::ConfigurationError;
using configuration::Node;
using configuration::Place;
using configuration::Problems;
using configuration::Section;

const Node& required(Section& section, const std::string& key, const char* what) {
  const Node* node = section.node(key);
  if (node == nullptr) {
    Place place = section.raw().place;
    throw ConfigurationError(place, fmt::format("the key '{}' is missing: {}", key, what));
  }
  return *node;
}

std::vector<const Node*> items(Section& section, const std::string& key) {
  const Node* node = section.node(key);
  if (node == nullptr || node->kind == Node::Kind::null) return {};
  if (node->kind != Node::Kind::sequence) {
    throw ConfigurationError(
        node->place, fmt::format("'{}' is {}; a list is expected, each entry after a '-'", key, node->kind_name()));
  }
  std::vector<const Node*> result;
  for (const auto& item : node->sequence) result.push_back(&item);
  return result;
}

Expectation read_expectation(const Node& node) {
  Section section(node, "expect");
  Expectation expectation;
  expectation.place = node.place;
  double at_least = 0, at_most = 0, value = 0, tolerance = 0;
  constexpr double huge = 1e18;
  section.read({{{.name = "metric", .sentence = "Path of a number in result.json, for example accuracy.top1."},
                 &expectation.metric},
                {{.name = "at_least", .minimum = -huge, .maximum = huge, .sentence = "Lower bound."}, &at_least},
                {{.name = "at_most", .minimum = -huge, .maximum = huge, .sentence = "Upper bound."}, &at_most},
                {{.name = "value", .minimum = -huge, .maximum = huge, .sentence = "What is expected."}, &value},
                {{.name = "tolerance",
                  .maximum = 1000,
                  .sentence = "Greatest deviation from value, relative, either way: 0.02 for 2 %."},
                 &tolerance},
                {{.name = "reason", .sentence = "Why this bound."}, &expectation.reason}});
  if (section.has("at_least")) expectation.at_least = at_least;
  if (section.has("at_most")) expectation.at_most = at_most;
  section.finish();
  if (expectation.metric.empty())
    throw ConfigurationError(node.place, "expect: an entry needs a 'metric', for example accuracy.top1");
  if (section.has("tolerance") && !section.has("value")) {
    throw ConfigurationError(section.place("tolerance"), "expect: 'tolerance' is around a 'value', which is missing");
  }
  if (section.has("value")) {
    if (expectation.at_least || expectation.at_most) {
      throw ConfigurationError(section.place("value"),
                               "expect: 'value' with 'tolerance' is a bound of its own; drop 'at_least' and 'at_most'");
    }
    expectation.at_least = value - std::abs(value) * tolerance;
    expectation.at_most = value + std::abs(value) * tolerance;
  }
  if (!expectation.at_least && !expectation.at_most) {
    throw ConfigurationError(node.place, "expect: an entry needs 'at_least', 'at_most' or both, or 'value'");
  }
  return expectation;
}

void read_run(Section& section, RunSettings& run) {
  section.read(run.parameters());
  if (section.has("firmware") && !run.is_native())
    run.firmware = resolve(run.firmware, section.place("firmware")).string();
  if (!run.semihosting_directory.empty()) {
    const Place place = section.place("semihosting_directory");
    run.semihosting_directory = resolve(run.semihosting_directory, place).string();
    if (!std::filesystem::is_directory(run.semihosting_directory)) {
      throw ConfigurationError(place, fmt::format("run.semihosting_directory: there is no folder '{}'; create it",
                                                  run.semihosting_directory));
    }
  }
  section.finish();
}

void read_network_file(const Node& file, Scenario& scenario) {
  if (file.kind != Node::Kind::scalar) {
    throw ConfigurationError(file.place,
                             "'network' must name one ONNX or TFLite file, or be a map with 'file' and 'calibration', "
                             "or with 'input' and 'layers' (shapes)");
  }
  scenario.network = resolve(file.scalar, file.place);
  if (!std::filesystem::exists(scenario.network)) {
    throw ConfigurationError(file.place, fmt::format("network: there is no file '{}'", scenario.network.string()));
  }
}

/// `network` is a map with layers, not one with a file and its calibration.
bool states_shapes(const Node& network) {
  return network.kind == Node::Kind::map && network.find("file") == nullptr && network.find("calibration") == nullptr;
}

/// `network: {file, calibration}`.
void read_calibrated_network(Section network, Scenario& scenario) {
  read_network_file(required(network, "file", "the ONNX or TFLite file to run"), scenario);
  scenario.states_calibration = network.has("calibration");
  Section calibration = network.section("calibration");
  CalibrationSettings& settings = scenario.calibration;
  calibration.read(settings.parameters());
  if (!settings.inputs.empty()) settings.inputs = resolve(settings.inputs, calibration.place("inputs")).string();
  calibration.finish();
  network.finish();
}

void read_network(Section& section, Scenario& scenario) {
  const Node& network =
      required(section, "network", "the ONNX or TFLite file to run, for example networks/fashion.onnx");
  scenario.network_place = network.place;
  if (states_shapes(network)) {
    scenario.shapes = read_network_shapes(network);
  } else if (network.kind == Node::Kind::map) {
    read_calibrated_network(section.section("network"), scenario);
  } else {
    read_network_file(network, scenario);
  }
}

void read_dataset(Section& section, Scenario& scenario) {
  Section dataset = section.section("dataset");
  DatasetSettings& settings = scenario.dataset;
  scenario.dataset_place = dataset.raw().place.file.empty() ? Place{scenario.file.string(), 0, 0} : dataset.raw().place;
  if (scenario.shapes) settings.type = "random";
  dataset.read(settings.parameters());
  if (settings.type == "random" && !dataset.has("images")) settings.images = 1;
  for (auto [key, path] :
       {std::pair{"folder", &settings.folder}, {"inputs", &settings.inputs}, {"labels", &settings.labels}}) {
    if (dataset.has(key) && !path->empty()) *path = resolve(*path, dataset.place(key)).string();
  }
  if (settings.type == "files" && settings.inputs.empty()) {
    throw ConfigurationError(scenario.dataset_place,
                             "dataset: type files needs 'inputs', a file or folder of inputs for the network");
  }
  for (const std::string& key : settings.foreign_keys()) {
    if (dataset.has(key)) {
      throw ConfigurationError(dataset.place(key),
                               fmt::format("dataset.{}: means nothing for type {}; drop it", key, settings.type));
    }
  }
  dataset.finish();
}

}  // namespace

Timing RunSettings::timing_level() const {
  return timing == "functional" ? Timing::functional : timing == "cycle" ? Timing::cycle : Timing::approximate;
}

ParameterList RunSettings::parameters() {
  return {
      {{.name = "timing",
        .choices = {"functional", "approximate", "cycle"},
        .sentence =
            "Fidelity of time: functional has formulas without contention, approximate adds bandwidth and contention, "
            "cycle steps the units and arbitrates the scratchpad's banks cycle by cycle."},
       &timing},
      {{.name = "superposition",
        .choices = {"sequential", "concurrent", "fused"},
        .sentence = "How the dense and the sparse pass of a tile are executed."},
       &superposition},
      {{.name = "firmware",
        .sentence =
            "ELF for the core, relative to the scenario; by default the infer.elf built with Terse. native: the driver "
            "runs on the host against the same models, for sanitizers and a debugger; its cycles are not "
            "modelled then."},
       &firmware},
      {{.name = "profile",
        .sentence = "The firmware prints cycles per layer, and how many of them each unit computed, as it sees them."},
       &profile},
      {{.name = "quantum_ns",
        .unit = "ns",
        .minimum = 1,
        .maximum = 1e9,
        .sentence = "How far the core may run ahead of the other models."},
       &quantum_ns},
      {{.name = "time_limit_ms",
        .unit = "ms",
        .minimum = 0.001,
        .maximum = 1e9,
        .sentence = "Simulated time after which a guest that has not ended counts as hung."},
       &time_limit_ms},
      {{.name = "watchdog_cycles",
        .unit = "cycles",
        .maximum = 1e18,
        .sentence = "Clock cycles from reset after which a guest that has not ended counts as hung, in addition to "
                    "time_limit_ms; 0 for no such limit."},
       &watchdog_cycles},
      {{.name = "baselines",
        .choices = {"auto", "equal_area", "all", "none"},
        .sentence = "Where layers are mixed, one inference of the same network on other machines is run beside, for "
                    "comparison. auto: all int8 with as many multipliers, and all ternary; equal_area: also all int8 "
                    "with an array of equal area; all: also both with int4."},
       &baselines},
      {{.name = "semihosting",
        .sentence = "Carry out semihosting calls of the guest (console, files, exit). Cycles are the same with and "
                    "without."},
       &semihosting},
      {{.name = "semihosting_directory",
        .sentence =
            "Folder, relative to the scenario, whose files semihosting may read and write; empty for no files."},
       &semihosting_directory},
  };
}

ParameterList CalibrationSettings::parameters() {
  return {
      {{.name = "inputs",
        .sentence =
            "Inputs that show a float network's ranges: a file (.npy, idx or raw) or a folder of files; without "
            "it those of the data set."},
       &inputs},
      {{.name = "element", .choices = {"int8", "uint8", "float32"}, .sentence = "Elements of raw files."}, &element},
      {{.name = "factor", .minimum = 1e-9, .maximum = 1e9, .sentence = "Their values are multiplied by this first."},
       &factor},
      {{.name = "layout",
        .choices = {"hwc", "chw"},
        .sentence = "Order of an input's elements: channels innermost or outermost."},
       &layout},
      {{.name = "count", .minimum = 1, .maximum = 10000, .sentence = "How many of them are used."}, &count},
      {{.name = "percentile",
        .unit = "%",
        .minimum = 50,
        .maximum = 100,
        .sentence = "Share of an activation's values that its range holds; 100 takes the extremes."},
       &percentile},
  };
}

std::vector<std::string> DatasetSettings::foreign_keys() const {
  const std::vector<std::string> of_files{"inputs", "labels", "element", "values", "factor", "layout"};
  std::vector<std::string> keys;
  if (type != "files") keys = of_files;
  if (type != "fashion-mnist") keys.push_back("folder");
  if (type == "random") {
    keys.push_back("first");
  } else {
    keys.insert(keys.end(), {"seed", "density"});
  }
  return keys;
}

ParameterList DatasetSettings::parameters() {
  return {
      {{.name = "type",
        .choices = {"fashion-mnist", "random", "files"},
        .sentence =
            "Official name of the data set; files for inputs of your own; random for seeded inputs without labels (the "
            "default for a network of shapes)."},
       &type},
      {{.name = "folder", .sentence = "Folder of the official files (train-images-idx3-ubyte.gz ...)."}, &folder},
      {{.name = "inputs",
        .sentence = "files: a file with all inputs (.npy, idx or raw), or a folder with one file for each; relative to "
                    "the scenario."},
       &inputs},
      {{.name = "labels",
        .sentence =
            "files: the classes, as CSV (file name first where the inputs are a folder, class last), .npy or idx."},
       &labels},
      {{.name = "element",
        .choices = {"int8", "uint8", "float32"},
        .sentence = "files: elements of raw files; .npy and idx files say it themselves."},
       &element},
      {{.name = "values",
        .choices = {"integers", "real"},
        .sentence = "files: integers are the network's input as it is stored; real ones are quantized as the network "
                    "says."},
       &values},
      {{.name = "factor",
        .minimum = 1e-9,
        .maximum = 1e9,
        .sentence = "files: real values are multiplied by this first."},
       &factor},
      {{.name = "layout",
        .choices = {"hwc", "chw"},
        .sentence = "files: order of an input's elements; channels innermost (TFLite) or outermost (ONNX)."},
       &layout},
      {{.name = "first", .maximum = 9999, .sentence = "Index of the first test image."}, &first},
      {{.name = "images",
        .unit = "images",
        .minimum = 1,
        .maximum = 10000,
        .sentence = "Number of images to run; 1 by default for random."},
       &images},
      {{.name = "seed", .maximum = 0x1p53, .sentence = "random: seed of the inputs."}, &seed},
      {{.name = "density", .maximum = 1, .sentence = "random: share of inputs that are not zero."}, &density},
  };
}

ParameterList DecompositionSettings::parameters() {
  return {
      {{.name = "density",
        .maximum = 1,
        .sentence = "Fraction of high-precision weights (patterns unstructured; n_of_m has n/m)."},
       &density},
      {{.name = "pattern",
        .choices = {"none", "unstructured", "n_of_m", "row_balanced", "block", "kernel_tap", "input_channel",
                    "whole_filter", "dense"},
        .sentence = "Where high-precision weights may be; none is all ternary, dense is all high precision. "
                    "row_balanced: as many in each output channel; the others choose blocks, kernel positions, input "
                    "channels or filters as a whole."},
       &pattern},
      {{.name = "n", .minimum = 1, .maximum = 255, .sentence = "n_of_m: high-precision weights per group."}, &n},
      {{.name = "m", .minimum = 1, .maximum = 255, .sentence = "n_of_m: length of a group of consecutive weights."},
       &m},
      {{.name = "value_bits",
        .unit = "bits",
        .minimum = 4,
        .maximum = 16,
        .power_of_two = true,
        .sentence = "Width of a high-precision value."},
       &value_bits},
      {{.name = "criterion",
        .choices = {"residual_error", "magnitude", "activation_weighted", "random"},
        .sentence =
            "What makes a weight worth high precision: the ternary part's error, its size, the error weighed with "
            "the mean square of its activation in the calibration inputs, or chance."},
       &criterion},
      {{.name = "composition",
        .choices = {"replace", "residual"},
        .sentence =
            "High-precision weights take the place of their ternary ones, or are added to them as a correction."},
       &composition},
      {{.name = "block_rows", .minimum = 1, .maximum = 65535, .sentence = "block: output channels of a block."},
       &block_rows},
      {{.name = "block_columns", .minimum = 1, .maximum = 65535, .sentence = "block: consecutive weights of a block."},
       &block_columns},
      {{.name = "seed", .maximum = 0x1p53, .sentence = "Of criterion random."}, &seed},
      {{.name = "first_and_last", .sentence = "Also split the first and the last layer, which otherwise stay int8."},
       &first_and_last},
  };
}

ParameterProblems DecompositionSettings::problems() const {
  if (pattern == "n_of_m" && n > m) return {{"n", fmt::format("{} of {} is impossible; n must not exceed m", n, m)}};
  return {};
}

compiler::DecompositionOptions DecompositionSettings::options() const {
  compiler::DecompositionOptions options;
  options.decompose = true;
  options.density = density;
  using Options = compiler::DecompositionOptions;
  using Kind = compiler::Pattern::Kind;
  using Placement = Options::Placement;
  static const std::map<std::string, std::pair<Kind, Placement>> patterns{
      {"none", {Kind::none, Placement::free}},
      {"unstructured", {Kind::unstructured, Placement::free}},
      {"n_of_m", {Kind::n_of_m, Placement::free}},
      {"row_balanced", {Kind::unstructured, Placement::row_balanced}},
      {"block", {Kind::unstructured, Placement::block}},
      {"kernel_tap", {Kind::unstructured, Placement::kernel_tap}},
      {"input_channel", {Kind::unstructured, Placement::input_channel}},
      {"whole_filter", {Kind::unstructured, Placement::whole_filter}},
      {"dense", {Kind::dense, Placement::free}}};
  static const std::map<std::string, Options::Criterion> criteria{
      {"residual_error", Options::Criterion::residual_error},
      {"magnitude", Options::Criterion::magnitude},
      {"activation_weighted", Options::Criterion::activation_weighted},
      {"random", Options::Criterion::random}};
  std::tie(options.pattern, options.placement) = patterns.at(pattern);
  options.criterion = criteria.at(criterion);
  options.composition = composition == "residual" ? Options::Composition::residual : Options::Composition::replace;
  options.block_rows = block_rows;
  options.block_columns = block_columns;
  options.seed = seed;
  options.n = n;
  options.m = m;
  options.value_bits = value_bits;
  options.first_and_last = first_and_last;
  return options;
}

ParameterList LayerDecompositionSettings::own_parameters() {
  return {
      {{.name = "match", .sentence = "Names of layers; * and ? stand for any text and any character."}, &match},
      {{.name = "split", .sentence = "false: these layers keep the weights of the file."}, &split},
  };
}

ParameterList FaultSettings::parameters() {
  return {
      {{.name = "in",
        .choices = {"weight", "image", "tmac", "spu", "merge"},
        .sentence =
            "weight: a weight in memory, flipped after the driver has checked the image; image: any byte of the "
            "image, flipped before; else a unit's result."},
       &in},
      {{.name = "layer", .sentence = "Name of the layer."}, &layer},
      {{.name = "pass", .choices = {"dense", "sparse"}, .sentence = "weight: of which pass."}, &pass},
      {{.name = "tile", .sentence = "tmac, spu, merge: tile of the layer."}, &tile},
      {{.name = "channel", .sentence = "Output channel; within the tile for units."}, &channel},
      {{.name = "position", .sentence = "weight: index of the stored weight within the channel; image: byte offset."},
       &position},
      {{.name = "bit", .maximum = 31, .sentence = "Which bit of the weight, byte or result."}, &bit},
  };
}

bool Scenario::weighs_activations() const {
  const std::string weighted = "activation_weighted";
  return (decompose && decomposition.criterion == weighted) ||
         std::any_of(layer_decompositions.begin(), layer_decompositions.end(),
                     [&](const auto& layer) { return layer.settings.criterion == weighted; });
}

compiler::HardwareLimits Scenario::limits() const {
  compiler::HardwareLimits limits = netlist::limits_of(platform);
  limits.fused = run.superposition == "fused";
  using Mode = compiler::SuperpositionMode;
  limits.timing.superposition = limits.fused                        ? Mode::fused
                                : run.superposition == "sequential" ? Mode::sequential
                                                                    : Mode::concurrent;
  return limits;
}

nlohmann::ordered_json Scenario::effective() {
  nlohmann::ordered_json json;
  // Relative to the scenario, so that the hash does not depend on where it was started.
  if (shapes) {
    json["network"] = shapes->effective();
  } else {
    json["network"] =
        std::filesystem::proximate(network, file.has_parent_path() ? file.parent_path() : ".").generic_string();
  }
  if (states_calibration) json["calibration"] = configuration::values_of(calibration.parameters());
  json["decompose"] = decompose;
  if (decompose) json["decomposition"] = configuration::values_of(decomposition.parameters());
  for (auto& layer : layer_decompositions) {
    nlohmann::ordered_json entry = configuration::values_of(layer.own_parameters());
    entry.update(configuration::values_of(layer.settings.parameters()));
    json["decomposition"]["layers"].push_back(entry);
  }
  json["dataset"] = configuration::values_of(dataset.parameters());
  json["mapping"] = mapping.effective();
  json["run"] = configuration::values_of(run.parameters());
  json["platform"] = platform.effective();
  json["faults"] = nlohmann::ordered_json::array();
  for (auto& fault : faults) json["faults"].push_back(configuration::values_of(fault.parameters()));
  return json;
}

namespace {

void check_fused(const Scenario& scenario, const Place& place) {
  if (scenario.run.superposition != "fused") return;
  const netlist::Instance& tmac = *scenario.platform.find_type("tmac");
  if (scenario.platform.value(tmac.name, "fused_lanes") != 0) return;
  throw ConfigurationError(place, fmt::format("run.superposition: fused needs sparse lanes in the array, but "
                                              "platform.{}.fused_lanes is 0; set it to 1 or more, or use sequential or "
                                              "concurrent",
                                              tmac.name));
}

}  // namespace

namespace {

void read_name(Section& section, Scenario& scenario) {
  section.read({{{.name = "name", .sentence = "Name of the scenario; by default the file's."}, &scenario.name},
                {{.name = "description", .sentence = "What it is for."}, &scenario.description},
                {{.name = "baseline", .sentence = "What a run is compared with."}, &scenario.baseline}});
  if (section.has("baseline")) scenario.baseline_place = section.place("baseline");
}

void read_decomposition(Section& section, Scenario& scenario) {
  scenario.decompose = section.has("decomposition");
  const bool shapes = section.has("network") && states_shapes(*section.raw().find("network"));
  Section decomposition = section.section("decomposition");
  if (scenario.decompose && shapes) {
    throw ConfigurationError(section.place("decomposition"),
                             "decomposition: is for an ONNX file; shapes state weights and pattern themselves, for all "
                             "layers in network.defaults");
  }
  decomposition.read(scenario.decomposition.parameters());
  decomposition.require(scenario.decomposition.problems());
  for (const Node* item : items(decomposition, "layers")) {
    LayerDecompositionSettings layer;
    layer.settings = scenario.decomposition;
    Section entry(*item, "decomposition.layers");
    ParameterList parameters = layer.settings.parameters();
    for (auto& parameter : layer.own_parameters()) parameters.push_back(parameter);
    entry.read(parameters);
    entry.require(layer.settings.problems());
    entry.finish();
    scenario.layer_decompositions.push_back(layer);
  }
  decomposition.finish();
}

FaultSettings read_fault(const Node& item) {
  Section entry(item, "faults");
  FaultSettings fault;
  fault.place = item.place;
  entry.read(fault.parameters());
  entry.finish();
  return fault;
}

/// Every entry of a list, read by itself.
template <class Entry, class Read>
void read_list(Section& section, const std::string& key, std::vector<Entry>& list, Problems& problems, Read read) {
  problems.attempt([&] {
    for (const Node* item : items(section, key)) problems.attempt([&] { list.push_back(read(*item)); });
  });
}

}  // namespace

Scenario interpret_scenario(const Node& root, const std::filesystem::path& file) {
  Section section(root, "");
  Scenario scenario;
  scenario.file = file;
  scenario.name = file.stem().string();
  Problems problems;
  problems.attempt([&] { read_name(section, scenario); });
  section.declare("sweep");  // read by platform/sweep
  problems.attempt([&] { read_network(section, scenario); });
  problems.attempt([&] { read_decomposition(section, scenario); });
  problems.attempt([&] { read_dataset(section, scenario); });

  Section run = section.section("run");
  scenario.run_place = run.raw().place.file.empty() ? Place{file.string(), 0, 0} : run.raw().place;
  const bool run_good = problems.attempt([&] { read_run(run, scenario.run); });

  const bool platform_good = problems.attempt([&] {
    required(section, "platform", "a platform file or a map, for example platforms/reference.yaml");
    scenario.platform = netlist::read_platform(section.section("platform"));
  });

  section.declare("mapping");  // what it may say depends on the platform
  if (run_good && platform_good) {
    problems.attempt([&] { scenario.mapping = read_mapping(section.section("mapping"), scenario.platform); });
    problems.attempt(
        [&] { check_fused(scenario, run.has("superposition") ? run.place("superposition") : scenario.run_place); });
  }
  read_list(section, "faults", scenario.faults, problems, read_fault);
  read_list(section, "expect", scenario.expectations, problems, read_expectation);
  read_list(section, "validation", scenario.validation, problems, read_validation);
  problems.attempt([&] { section.finish(); });
  problems.raise();
  return scenario;
}

Scenario read_scenario(const std::filesystem::path& file, const std::vector<std::string>& settings) {
  return interpret_scenario(read_scenario_tree(file, settings), file);
}

namespace {

/// `platform:`, and `with_run` also `run:`, of a scenario or of a platform file alone, with the settings laid over them.
Node platform_part(const std::filesystem::path& file, const std::vector<std::string>& settings, bool with_run) {
  const Node root = read_scenario_tree(file);
  Node wrapped;
  wrapped.kind = Node::Kind::map;
  wrapped.place = root.place;
  const Node* inside = root.find("platform");
  wrapped.map.push_back({"platform", root.place, inside != nullptr ? *inside : root});
  const Node* run = inside != nullptr ? root.find("run") : nullptr;
  if (with_run && run != nullptr) wrapped.map.push_back({"run", run->place, *run});
  assign_all(wrapped, parse_settings(settings));
  return wrapped;
}

}  // namespace

netlist::PlatformSettings read_platform_file(const std::filesystem::path& file,
                                             const std::vector<std::string>& settings) {
  const Node root = platform_part(file, settings, false);
  Section section(root, "");
  auto platform = netlist::read_platform(section.section("platform"));
  section.finish();
  return platform;
}

FirmwareSetup read_firmware_setup(const std::filesystem::path& file, const std::vector<std::string>& settings) {
  for (const auto& setting : settings) {
    if (setting.starts_with("run.firmware=") || setting.starts_with("run.superposition=")) {
      throw ConfigurationError({"--set " + setting, 0, 0},
                               "an ELF is run as it is, without a network; this setting is for scenarios");
    }
  }
  const Node root = platform_part(file, settings, true);
  Section section(root, "");
  FirmwareSetup setup;
  Section run = section.section("run");
  read_run(run, setup.run);
  setup.platform = netlist::read_platform(section.section("platform"));
  section.finish();
  return setup;
}

std::string configuration_hash(const nlohmann::ordered_json& effective) {
  const boost::uuids::name_generator_sha1 generator(boost::uuids::ns::oid());
  return boost::uuids::to_string(generator(effective.dump()));
}

}  // namespace terse::run
