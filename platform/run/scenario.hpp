#pragma once
// A scenario as read from YAML: everything a run needs, typed and checked.
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "compiler/compiler.hpp"
#include "models/timing/timing.hpp"
#include "platform/configuration/section.hpp"
#include "platform/netlist/platform_settings.hpp"
#include "platform/run/mapping_settings.hpp"
#include "platform/run/network_shapes.hpp"
#include "platform/run/validation.hpp"

namespace terse::run {

/// `run:` of a scenario.
struct RunSettings {
  std::string timing = "approximate";
  std::string superposition = "concurrent";
  std::string firmware;  ///< Empty: the infer.elf built with Terse. "native": see is_native.
  double quantum_ns = 1e6;
  double time_limit_ms = 10000;       ///< Simulated time after which the guest counts as hung.
  std::uint64_t watchdog_cycles = 0;  ///< The same in clock cycles of the platform; 0: no such limit.
  std::string baselines = "auto";
  bool profile = false;
  bool semihosting = false;
  std::string semihosting_directory;  ///< Empty: no files.

  [[nodiscard]] Timing timing_level() const;
  /// The driver runs natively on the host, in the simulator (native_driver.hpp).
  [[nodiscard]] bool is_native() const { return firmware == "native"; }
  ParameterList parameters();
};

/// `dataset:` of a scenario.
struct DatasetSettings {
  std::string type = "fashion-mnist";
  std::string folder = "/usr/share/datasets/fashion-mnist";
  std::uint32_t first = 0;
  std::uint32_t images = 64;
  std::uint64_t seed = 1;
  double density = 1;
  std::string inputs, labels;  ///< files: paths.
  std::string element = "uint8";
  std::string values = "integers";
  double factor = 1;
  std::string layout = "hwc";

  ParameterList parameters();
  /// The keys that have a meaning for `type` alone.
  [[nodiscard]] std::vector<std::string> foreign_keys() const;
};

/// `network:` of a scenario, where it is a map with a file.
struct CalibrationSettings {
  std::string inputs;  ///< Empty: those of the data set.
  std::string element = "float32";
  double factor = 1;
  std::string layout = "hwc";
  std::uint32_t count = 32;
  double percentile = 100;

  ParameterList parameters();
};

/// `decomposition:` of a scenario.
struct DecompositionSettings {
  double density = 1.0 / 32;
  std::string pattern = "n_of_m";
  std::uint32_t n = 1;
  std::uint32_t m = 32;
  std::uint32_t value_bits = 8;
  bool first_and_last = false;
  std::string criterion = "residual_error";
  std::string composition = "replace";
  std::uint32_t block_rows = 4, block_columns = 4;
  std::uint64_t seed = 1;

  ParameterList parameters();
  [[nodiscard]] ParameterProblems problems() const;
  [[nodiscard]] compiler::DecompositionOptions options() const;
};

/// One entry of `decomposition.layers`.
struct LayerDecompositionSettings {
  std::string match = "*";
  bool split = true;
  DecompositionSettings settings;

  ParameterList own_parameters();
};

/// One entry of `faults:`: a single bit flipped on purpose, to see that it is caught.
struct FaultSettings {
  std::string in = "weight";  ///< weight | image: in memory; tmac | spu | merge: a unit's arithmetic.
  std::string layer;
  std::string pass = "dense";  ///< weight only: dense | sparse.
  std::uint32_t tile = 0;      ///< Units only.
  std::uint32_t channel = 0;
  std::uint32_t position = 0;  ///< weight: which stored weight of the channel; image: byte offset.
  std::uint32_t bit = 0;
  configuration::Place place;

  ParameterList parameters();
};

/// One entry of `expect:`: a bound on a number of result.json.
struct Expectation {
  std::string metric;  ///< Path in result.json, for example accuracy.top1.
  std::optional<double> at_least, at_most;
  std::string reason;
  configuration::Place place;
};

struct Scenario {
  std::string name;
  std::string description;
  std::filesystem::path file;
  std::filesystem::path network;  ///< ONNX or TFLite file; empty when `shapes` state the network.
  std::optional<ShapedNetwork> shapes;
  CalibrationSettings calibration;  ///< Of a float network.
  bool states_calibration = false;
  configuration::Place network_place;
  bool decompose = false;
  DecompositionSettings decomposition;
  std::vector<LayerDecompositionSettings> layer_decompositions;
  MappingSettings mapping;
  DatasetSettings dataset;
  configuration::Place dataset_place;
  RunSettings run;
  configuration::Place run_place;
  netlist::PlatformSettings platform;
  std::vector<FaultSettings> faults;
  std::vector<Expectation> expectations;
  std::vector<ValidationSettings> validation;
  std::string baseline;  ///< What a run is compared with, as written; empty for nothing.
  configuration::Place baseline_place;

  /// A decomposition asks how strong activations are, which calibration inputs show.
  [[nodiscard]] bool weighs_activations() const;
  /// What the compiler may assume of the platform in this run.
  [[nodiscard]] compiler::HardwareLimits limits() const;
  /// Every value in force, defaults included.
  [[nodiscard]] nlohmann::ordered_json effective();
};

/// Reads `file`, lays the settings ("a.b=c") over it and checks everything. Throws ConfigurationError.
Scenario read_scenario(const std::filesystem::path& file, const std::vector<std::string>& settings);
/// Checks a tree and makes a scenario of it; `file` is what paths and messages refer to. Throws ConfigurationError with all
/// that is wrong.
Scenario interpret_scenario(const configuration::Node& root, const std::filesystem::path& file);
/// Reads a platform file alone, or the platform of a scenario file.
netlist::PlatformSettings read_platform_file(const std::filesystem::path& file,
                                             const std::vector<std::string>& settings);

/// What an ELF alone is run with.
struct FirmwareSetup {
  netlist::PlatformSettings platform;
  RunSettings run;
};

/// As read_platform_file, with `run:` of the scenario, if it is one, and of the settings. Refuses settings that mean nothing
/// without a network.
FirmwareSetup read_firmware_setup(const std::filesystem::path& file, const std::vector<std::string>& settings);

/// Name-based UUID (RFC 4122, version 5) of the effective configuration's text: equal configurations have equal hashes.
std::string configuration_hash(const nlohmann::ordered_json& effective);

}  // namespace terse::run
