// One experiment: which network is trained on which data, how, and where its high-precision weights lie.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "compiler/compiler.hpp"
#include "parameters/parameters.hpp"
#include "platform/configuration/node.hpp"

namespace terse::explore {

/// `data:`
struct DataSettings {
  std::string set = "fashion-mnist";
  std::string path;
  std::uint32_t validation = 5000;
  std::string augmentation = "standard";

  ParameterList parameters();
};

/// `network:`
struct NetworkSettings {
  std::string name = "fashion";
  std::uint32_t width = 0, depth = 0;
  bool first_and_last = false;

  ParameterList parameters();
};

/// What `float_training:` and `training:` share.
struct ScheduleSettings {
  double epochs = 10;
  std::uint32_t batch = 64;
  double learning_rate = 0.1;
  double weight_decay = 1e-4;

  ParameterList parameters();
};

/// `training:`, of the quantized network, from the float one.
struct TrainingSettings : ScheduleSettings {
  TrainingSettings() {
    epochs = 2;
    learning_rate = 0.02;
  }

  std::string schedule = "one_shot";
  std::uint32_t refresh_steps = 16;
  double distillation = 0;
  double temperature = 4;

  ParameterList parameters();
};

/// `weights:`
struct WeightSettings {
  std::string pattern = "unstructured";
  double density = 1.0 / 32;
  std::uint32_t value_bits = 8;
  std::string criterion = "magnitude";
  std::string composition = "replace";
  std::string ternary_scale = "mean";

  ParameterList parameters();
};

/// `activations:`
struct ActivationSettings {
  std::uint32_t bits = 8;
  std::string scale = "moving_maximum";

  ParameterList parameters();
};

struct Experiment {
  DataSettings data;
  NetworkSettings network;
  ScheduleSettings float_training;
  TrainingSettings training;
  WeightSettings weights;
  ActivationSettings activations;
  std::uint64_t seed = 1;

  /// Every value in force. Experiments that train the same network have the same: all ternary (density 0) knows no
  /// criterion, N:M no density of its own.
  [[nodiscard]] nlohmann::ordered_json effective();
  /// What the float network depends on.
  [[nodiscard]] nlohmann::ordered_json effective_float();
  /// Which weights are in high precision, for the compiler's decomposition. Criterion fisher counts as residual_error
  /// here: its weights come from training.
  [[nodiscard]] compiler::DecompositionOptions decomposition() const;
};

/// Reads a whole tree but the keys `name`, `description` and `sweep`. A relative data.path counts from the file it is
/// written in. Throws ConfigurationError with all that is wrong.
Experiment read_experiment(const configuration::Node& tree);

/// The parameters by section, with defaults, for documentation.
std::vector<std::pair<std::string, ParameterList>> experiment_sections(Experiment& experiment);

}  // namespace terse::explore
