#include "explore/experiment.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <optional>

#include "explore/topology.hpp"
#include "platform/configuration/problems.hpp"
#include "platform/configuration/section.hpp"

namespace terse::explore {

namespace {

using configuration::ConfigurationError;
using configuration::Section;
using Options = compiler::DecompositionOptions;
using PatternKind = compiler::Pattern::Kind;

constexpr std::uint32_t largest_group = 255;

std::optional<std::uint32_t> whole_number(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value == 0) return std::nullopt;
  return value;
}

/// "A?B" as two whole numbers.
std::optional<std::pair<std::uint32_t, std::uint32_t>> pair_of(std::string_view text, char between) {
  const std::size_t at = text.find(between);
  if (at == std::string_view::npos) return std::nullopt;
  const auto first = whole_number(text.substr(0, at)), second = whole_number(text.substr(at + 1));
  if (!first || !second) return std::nullopt;
  return std::pair{*first, *second};
}

/// N:M with both numbers, from "N:M", or from "N:m" and the density; nothing for other patterns.
std::optional<std::pair<std::uint32_t, std::uint32_t>> group_of(const WeightSettings& weights) {
  if (const auto both = pair_of(weights.pattern, ':')) return both;
  if (!weights.pattern.ends_with(":m")) return std::nullopt;
  const auto n = whole_number(std::string_view(weights.pattern).substr(0, weights.pattern.size() - 2));
  if (!n) return std::nullopt;
  return std::pair{*n, static_cast<std::uint32_t>(std::lround(*n / weights.density))};
}

std::optional<std::pair<std::uint32_t, std::uint32_t>> block_of(const std::string& pattern) {
  constexpr std::string_view prefix = "block_";
  if (!pattern.starts_with(prefix)) return std::nullopt;
  return pair_of(std::string_view(pattern).substr(prefix.size()), 'x');
}

bool known_placement(const std::string& pattern) {
  for (const char* name : {"unstructured", "random", "row_balanced", "kernel_tap", "input_channel", "whole_filter"}) {
    if (pattern == name) return true;
  }
  return false;
}

std::string problem_of(const WeightSettings& weights) {
  if (weights.density == 0 || weights.density == 1 || known_placement(weights.pattern)) return "";
  if (block_of(weights.pattern)) return "";
  const auto group = group_of(weights);
  if (!group) {
    return fmt::format(
        "weights.pattern is '{}'; expected unstructured, random, row_balanced, kernel_tap, input_channel, "
        "whole_filter, block_RxC (for example block_4x4), N:M (for example 1:16), or N:m for an M that follows from "
        "weights.density",
        weights.pattern);
  }
  const auto [n, m] = *group;
  if (n > m || m > largest_group) {
    return fmt::format("weights.pattern {} is {}:{} here; N:M needs N <= M <= {}", weights.pattern, n, m,
                       largest_group);
  }
  if (weights.pattern.ends_with(":m") && std::abs(weights.density * m - n) > 1e-9) {
    return fmt::format("weights.pattern {} has no whole M for weights.density {}", weights.pattern, weights.density);
  }
  return "";
}

/// Experiments that differ in nothing that matters become equal.
WeightSettings normalised(WeightSettings weights) {
  const WeightSettings defaults;
  if (weights.density == 0 || weights.density == 1) {
    weights.pattern = weights.density == 0 ? "ternary" : "dense";
    weights.criterion = defaults.criterion;
    weights.composition = defaults.composition;
    if (weights.density == 0) weights.value_bits = defaults.value_bits;
    if (weights.density == 1) weights.ternary_scale = defaults.ternary_scale;
  } else if (const auto group = group_of(weights)) {
    weights.pattern = fmt::format("{}:{}", group->first, group->second);
    weights.density = static_cast<double>(group->first) / group->second;
  }
  if (weights.pattern == "random") weights.criterion = "random";
  return weights;
}

}  // namespace

ParameterList DataSettings::parameters() {
  return {
      {{.name = "set",
        .choices = {"fashion-mnist", "cifar10", "idx"},
        .sentence = "fashion-mnist: Debian's package dataset-fashion-mnist. cifar10: the binary version. idx: files "
                    "named as MNIST's."},
       &set},
      {{.name = "path", .sentence = "Folder of the files; empty: where Debian's package puts Fashion-MNIST."}, &path},
      {{.name = "validation",
        .unit = "images",
        .maximum = 1e6,
        .sentence = "The last of the training images, held out: never trained on, so that choices between recipes need "
                    "no test images."},
       &validation},
      {{.name = "augmentation",
        .choices = {"standard", "none"},
        .sentence = "standard: random shift (by 4 pixels for CIFAR-10, else by 2) and mirroring."},
       &augmentation},
  };
}

ParameterList NetworkSettings::parameters() {
  return {
      {{.name = "name", .choices = topology_names(), .sentence = "Family of networks."}, &name},
      {{.name = "width",
        .unit = "channels",
        .maximum = 1024,
        .sentence = "Channels of the first stage; 0 for the family's own."},
       &width},
      {{.name = "depth",
        .maximum = 64,
        .sentence = "Blocks a stage (residual networks, vgg), or pairs of layers (ds_cnn); 0 for the family's own."},
       &depth},
      {{.name = "first_and_last",
        .sentence = "Also splits the first and the last layer, which otherwise keep all weights in 8 bits."},
       &first_and_last},
  };
}

ParameterList ScheduleSettings::parameters() {
  return {
      {{.name = "epochs",
        .minimum = 0,
        .maximum = 10000,
        .sentence = "Passes over the training images; may be a fraction."},
       &epochs},
      {{.name = "batch", .unit = "images", .minimum = 1, .maximum = 4096, .sentence = "Images of a step."}, &batch},
      {{.name = "learning_rate",
        .minimum = 1e-8,
        .maximum = 10,
        .sentence = "Greatest; it rises linearly over the first twentieth of the steps and falls along a cosine."},
       &learning_rate},
      {{.name = "weight_decay", .maximum = 1, .sentence = "Of convolution and matrix weights."}, &weight_decay},
  };
}

ParameterList TrainingSettings::parameters() {
  ParameterList list = ScheduleSettings::parameters();
  const ParameterList own = {
      {{.name = "schedule",
        .choices = {"one_shot", "dynamic", "incremental", "random_relaxation"},
        .sentence =
            "one_shot: high-precision positions are chosen from the float network. dynamic: chosen anew every "
            "refresh_steps during the first half. incremental: positions as one_shot; the largest of the other "
            "weights turn ternary first and stand still (INQ). random_relaxation: as one_shot; a random part of the "
            "other weights, smaller and smaller, is not yet ternary (RPR); with pattern random it stops at the "
            "density."},
       &schedule},
      {{.name = "refresh_steps",
        .unit = "steps",
        .minimum = 1,
        .maximum = 1e6,
        .sentence = "Between two choices of positions (dynamic) or of relaxed weights (random_relaxation)."},
       &refresh_steps},
      {{.name = "distillation",
        .maximum = 1,
        .sentence = "Weight of the float network's softened outputs in the loss, beside the labels."},
       &distillation},
      {{.name = "temperature", .minimum = 0.1, .maximum = 100, .sentence = "That softens them."}, &temperature},
  };
  list.insert(list.end(), own.begin(), own.end());
  return list;
}

ParameterList WeightSettings::parameters() {
  return {
      {{.name = "pattern",
        .sentence = "How the high-precision weights lie: unstructured, random (the control: unstructured, chosen by "
                    "chance), row_balanced, N:M (1:16), N:m (M follows from the density), block_RxC (R output channels "
                    "x C consecutive weights), kernel_tap, input_channel, whole_filter."},
       &pattern},
      {{.name = "density",
        .maximum = 1,
        .sentence = "Fraction of high-precision weights in a layer: 0 is all ternary, 1 has no ternary part."},
       &density},
      {{.name = "value_bits",
        .unit = "bits",
        .minimum = 4,
        .maximum = 16,
        .power_of_two = true,
        .sentence = "Width of high-precision weights."},
       &value_bits},
      {{.name = "criterion",
        .choices = {"magnitude", "residual_error", "fisher", "random"},
        .sentence = "Which weights are worth high precision: the largest; those that ternary approximates worst; the "
                    "same, weighted with the mean square of the loss's gradient; any."},
       &criterion},
      {{.name = "composition",
        .choices = {"replace", "residual"},
        .sentence = "Whether a high-precision weight takes the place of its ternary one or corrects it."},
       &composition},
      {{.name = "ternary_scale",
        .choices = {"mean", "learned"},
        .sentence = "Of an output channel's ternary weights: mean of the magnitudes above the threshold (TWN), or "
                    "trained from there."},
       &ternary_scale},
  };
}

ParameterList ActivationSettings::parameters() {
  return {
      {{.name = "bits",
        .unit = "bits",
        .minimum = 2,
        .maximum = 8,
        .power_of_two = true,
        .sentence = "Width of activations after a ReLU; those before a residual sum have 8."},
       &bits},
      {{.name = "scale",
        .choices = {"moving_maximum", "learned"},
        .sentence = "Of quantized activations: follows the largest value during the first half of training, or is "
                    "trained (LSQ), and with it where they are clipped."},
       &scale},
  };
}

std::vector<std::pair<std::string, ParameterList>> experiment_sections(Experiment& experiment) {
  return {{"data", experiment.data.parameters()},
          {"network", experiment.network.parameters()},
          {"float_training", experiment.float_training.parameters()},
          {"training", experiment.training.parameters()},
          {"weights", experiment.weights.parameters()},
          {"activations", experiment.activations.parameters()}};
}

nlohmann::ordered_json Experiment::effective_float() {
  const Topology topology =
      topology_of(network.name, static_cast<int>(network.width), static_cast<int>(network.depth), {}, 1);
  nlohmann::ordered_json json;
  json["data"] = configuration::values_of(data.parameters());
  json["network"] = configuration::values_of(network.parameters());
  json["network"]["width"] = topology.width;
  json["network"]["depth"] = topology.depth;
  json["network"].erase("first_and_last");
  json["float_training"] = configuration::values_of(float_training.parameters());
  json["seed"] = seed;
  return json;
}

nlohmann::ordered_json Experiment::effective() {
  nlohmann::ordered_json json = effective_float();
  json["network"]["first_and_last"] = network.first_and_last;
  json["training"] = configuration::values_of(training.parameters());
  if (training.schedule != "dynamic" && training.schedule != "random_relaxation")
    json["training"].erase("refresh_steps");
  if (training.distillation == 0) json["training"].erase("temperature");
  WeightSettings canonical = normalised(weights);
  json["weights"] = configuration::values_of(canonical.parameters());
  json["activations"] = configuration::values_of(activations.parameters());
  return json;
}

Options Experiment::decomposition() const {
  const WeightSettings canonical = normalised(weights);
  Options options;
  options.decompose = true;
  options.density = canonical.density;
  options.value_bits = canonical.value_bits;
  options.seed = seed;
  options.criterion = canonical.criterion == "magnitude" ? Options::Criterion::magnitude
                      : canonical.criterion == "random"  ? Options::Criterion::random
                                                         : Options::Criterion::residual_error;
  options.composition =
      canonical.composition == "residual" ? Options::Composition::residual : Options::Composition::replace;
  options.pattern = PatternKind::unstructured;
  if (canonical.pattern == "ternary") options.pattern = PatternKind::none;
  if (canonical.pattern == "dense") options.pattern = PatternKind::dense;
  if (const auto group = pair_of(canonical.pattern, ':')) {
    options.pattern = PatternKind::n_of_m;
    std::tie(options.n, options.m) = *group;
  }
  if (const auto block = block_of(canonical.pattern)) {
    options.placement = Options::Placement::block;
    std::tie(options.block_rows, options.block_columns) = *block;
  }
  if (canonical.pattern == "row_balanced") options.placement = Options::Placement::row_balanced;
  if (canonical.pattern == "kernel_tap") options.placement = Options::Placement::kernel_tap;
  if (canonical.pattern == "input_channel") options.placement = Options::Placement::input_channel;
  if (canonical.pattern == "whole_filter") options.placement = Options::Placement::whole_filter;
  return options;
}

Experiment read_experiment(const configuration::Node& tree) {
  Experiment experiment;
  Section root(tree, "");
  for (const char* key : {"name", "description", "sweep"}) root.declare(key);
  configuration::Problems problems;
  for (auto& [name, parameters] : experiment_sections(experiment)) {
    problems.attempt([&, &name = name, &parameters = parameters] {
      Section section = root.section(name);
      section.read(parameters);
      section.finish();
    });
  }
  problems.attempt([&] {
    root.read({{{.name = "seed",
                 .sentence = "Of weights, order of images, augmentation and chance; the same seed, the same bits."},
                &experiment.seed}});
    root.finish();
  });
  problems.raise();
  if (const std::string problem = problem_of(experiment.weights); !problem.empty()) {
    throw ConfigurationError(root.section("weights").place("pattern"), problem);
  }
  if (experiment.data.set != "fashion-mnist" && experiment.data.path.empty()) {
    throw ConfigurationError(
        root.section("data").place("path"),
        fmt::format("data.path is missing: the folder of the files of set '{}'", experiment.data.set));
  }
  return experiment;
}

}  // namespace terse::explore
