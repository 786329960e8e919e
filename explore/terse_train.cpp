// terse_train: trains the network `fashion` in its variants and writes them as ONNX with their accuracy.
#include <fmt/format.h>
#include <malloc.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "explore/dataset.hpp"
#include "explore/onnx_export.hpp"
#include "explore/training.hpp"

namespace terse::explore {
namespace {

constexpr std::string_view help = R"(usage: terse_train [options]

Trains `fashion`, a narrow ResNet-8, on Fashion-MNIST and writes ONNX files and their accuracy.
The float network is trained first; the quantized variants are fine-tuned from it, all with the same recipe.

  --variant V       float | int8 | ternary | mixed | all          [all]
  --epochs N        epochs of the float network                   [20]
  --qat-epochs N    epochs of each quantized variant              [15]
  --seed N          seed of weights, order and augmentation       [1]
  --width N         channels after the first layer                [8]
  --criterion C     magnitude | residual: which weight of a group
                    of 32 a mixed layer keeps in int8             [magnitude]
  --validation N    training images held out for validation       [5000]
  --rate R          learning rate of the float network            [0.1]
  --qat-rate R      learning rate of the quantized variants       [0.05]
  --float FILE      start from this float network instead of training one (DIR/fashion_float.json of an earlier run)
  --dataset DIR     idx files, plain or .gz                       [/usr/share/datasets/fashion-mnist]
  --out DIR         where the results go                          [fashion-training]
  --help

It writes, for each variant V: DIR/fashion_V.onnx, fashion_V.json (parameters), fashion_V.predictions (class of every
test image, one a line), and the table of all variants in DIR/accuracy.json and on stdout.

examples:
  terse_train --out /tmp/fashion
      everything, with the defaults
  terse_train --variant float --epochs 2 --out /tmp/quick
      a first float network in a minute
  terse_train --variant mixed --float /tmp/quick/fashion_float.json --qat-epochs 1 --out /tmp/quick
      fine-tune the mixed network from it
)";

/// A mistake on the command line.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct CommandLine {
  std::vector<Variant> variants{Variant::float32, Variant::int8, Variant::ternary, Variant::mixed};
  int float_epochs = 20;
  int quantized_epochs = 15;
  double float_rate = 0.1;
  double quantized_rate = 0.05;
  TrainingOptions common;
  std::optional<std::filesystem::path> float_network;
  std::filesystem::path dataset = default_dataset_directory;
  std::filesystem::path out = "fashion-training";
  std::string record = "terse_train";  ///< as typed, without --out, which does not change the result
};

template <typename Number>
Number number(const std::string& option, const std::string& value, Number low, Number high) {
  Number result{};
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), result);
  if (error != std::errc{} || end != value.data() + value.size() || result < low || result > high) {
    throw UsageError(fmt::format("{} {}: expected a number from {} to {}", option, value, low, high));
  }
  return result;
}

void apply(CommandLine& line, const std::string& option, const std::string& value) {
  if (option == "--variant") {
    if (value == "all") return;
    const auto variant = variant_named(value);
    if (!variant) throw UsageError(fmt::format("--variant {}: expected float, int8, ternary, mixed or all", value));
    line.variants = {*variant};
  } else if (option == "--criterion") {
    if (value != "residual" && value != "magnitude") {
      throw UsageError(fmt::format("--criterion {}: expected residual or magnitude", value));
    }
    line.common.criterion = value == "residual" ? Criterion::residual : Criterion::magnitude;
  } else if (option == "--epochs") {
    line.float_epochs = number(option, value, 1, 1000);
  } else if (option == "--qat-epochs") {
    line.quantized_epochs = number(option, value, 1, 1000);
  } else if (option == "--seed") {
    line.common.seed = number<std::uint64_t>(option, value, 0, UINT32_MAX);
  } else if (option == "--width") {
    line.common.width = number(option, value, 1, 64);
  } else if (option == "--validation") {
    line.common.validation_images = number<std::size_t>(option, value, 1, 50000);
  } else if (option == "--rate") {
    line.float_rate = number(option, value, 1e-6, 10.0);
  } else if (option == "--qat-rate") {
    line.quantized_rate = number(option, value, 1e-6, 10.0);
  } else if (option == "--float") {
    line.float_network = value;
  } else if (option == "--dataset") {
    line.dataset = value;
  } else if (option == "--out") {
    line.out = value;
  } else {
    throw UsageError(fmt::format("unknown option {}", option));
  }
}

CommandLine parse(const std::vector<std::string>& arguments) {
  CommandLine line;
  for (std::size_t i = 0; i < arguments.size(); i += 2) {
    if (i + 1 == arguments.size()) {
      throw UsageError(arguments[i].starts_with("--") ? arguments[i] + " needs a value"
                                                      : "unexpected argument " + arguments[i]);
    }
    apply(line, arguments[i], arguments[i + 1]);
    if (arguments[i] != "--out") line.record += " " + arguments[i] + " " + arguments[i + 1];
  }
  const bool trains_float = std::erase(line.variants, Variant::float32) > 0;
  if (trains_float && !line.float_network) line.variants.insert(line.variants.begin(), Variant::float32);
  if (line.variants.empty()) throw UsageError("--variant float trains a float network, --float FILE brings one");
  if (!trains_float && !line.float_network) {
    throw UsageError("a quantized variant alone starts from a float network: name its file with --float FILE");
  }
  return line;
}

void write_predictions(const std::vector<int>& predictions, const std::filesystem::path& path) {
  std::ofstream file(path);
  for (const int prediction : predictions) file << prediction << '\n';
  if (!file.flush()) throw OnnxExportError(fmt::format("{}: cannot write the file", path.string()));
}

/// What the ONNX file says about its own making.
void annotate(NetworkParameters& parameters, const CommandLine& line, const TrainingOptions& options,
              const TrainingResult& result, const std::optional<NetworkParameters>& start) {
  parameters.metadata = {
      {"command", line.record},
      {"dataset", "Fashion-MNIST, 60,000 training images of which the last " +
                      std::to_string(options.validation_images) + " were held out; 10,000 test images"},
      {"epochs", std::to_string(options.epochs)},
      {"seed", std::to_string(options.seed)},
      {"test_accuracy_percent", fmt::format("{:.2f}", result.test_accuracy)},
      {"validation_accuracy_percent", fmt::format("{:.2f}", result.validation_accuracy)},
  };
  if (parameters.variant == Variant::mixed) {
    parameters.metadata["pattern"] =
        fmt::format("1 int8 weight in every {} of an output channel, chosen by {}", precise_group,
                    options.criterion == Criterion::magnitude ? "magnitude" : "residual");
  }
  if (start && start->metadata.contains("command")) {
    parameters.metadata["command_of_float_network"] = start->metadata.at("command");
  }
}

/// Trains one variant and writes its files; returns what training made.
TrainingResult train_variant(const CommandLine& line, const FashionMnist& data, Variant variant,
                             const std::optional<NetworkParameters>& float_network) {
  TrainingOptions options = line.common;
  const bool quantized = variant != Variant::float32;
  options.variant = variant;
  options.epochs = quantized ? line.quantized_epochs : line.float_epochs;
  options.learning_rate = quantized ? line.quantized_rate : line.float_rate;
  const std::optional<NetworkParameters> start = quantized ? float_network : std::nullopt;
  TrainingResult result = train(data, options, start);
  annotate(result.parameters, line, options, result, start);
  const std::string stem = fmt::format("fashion_{}", name_of(variant));
  save(result.parameters, line.out / (stem + ".json"));
  write_onnx(result.parameters, line.out / (stem + ".onnx"));
  write_predictions(result.test_predictions, line.out / (stem + ".predictions"));
  return result;
}

/// Adds the results to DIR/accuracy.json, which keeps those of earlier runs of other variants, and prints all of them.
void report(const CommandLine& line, const std::map<std::string, nlohmann::json>& results) {
  const std::filesystem::path path = line.out / "accuracy.json";
  nlohmann::json all = nlohmann::json::object();
  if (std::ifstream file(path); file) all = nlohmann::json::parse(file);
  for (const auto& [name, result] : results) all[name] = result;
  std::ofstream(path) << all.dump(2) << '\n';
  fmt::print("{:8} {:>8} {:>12} {:>8} {:>7}\n", "variant", "test %", "validation %", "epochs", "CPU s");
  for (const char* name : {"float", "int8", "mixed", "ternary"}) {
    if (!all.contains(name)) continue;
    const nlohmann::json& row = all[name];
    fmt::print("{:8} {:8.2f} {:12.2f} {:8} {:7.0f}\n", name, row["test"].get<double>(), row["validation"].get<double>(),
               row["epochs"].get<int>(), row["cpu_seconds"].get<double>());
  }
}

void run(const CommandLine& line) {
  const FashionMnist data = read_fashion_mnist(line.dataset);
  std::filesystem::create_directories(line.out);
  std::optional<NetworkParameters> float_network;
  if (line.float_network) float_network = load(*line.float_network);
  std::map<std::string, nlohmann::json> results;
  for (const Variant variant : line.variants) {
    const bool quantized = variant != Variant::float32;
    const TrainingResult result = train_variant(line, data, variant, float_network);
    results[std::string(name_of(variant))] = {{"test", result.test_accuracy},
                                              {"validation", result.validation_accuracy},
                                              {"epochs", quantized ? line.quantized_epochs : line.float_epochs},
                                              {"seed", line.common.seed},
                                              {"cpu_seconds", result.cpu_seconds},
                                              {"command", line.record}};
    if (!quantized) float_network = result.parameters;
  }
  report(line, results);
}

/// Training allocates and frees the same large tensors in every step; without this glibc returns them to the kernel and
/// faults them in again each time, which costs more than the arithmetic.
void keep_memory() {
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, 2'000'000'000);
  mallopt(M_TOP_PAD, 268'435'456);
}

}  // namespace
}  // namespace terse::explore

int main(int argc, char** argv) {
  using namespace terse::explore;
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  for (const std::string& argument : arguments) {
    if (argument == "--help" || argument == "-h") {
      fmt::print("{}", help);
      return 0;
    }
  }
  try {
    keep_memory();
    run(parse(arguments));
    return 0;
  } catch (const UsageError& error) {
    fmt::print(stderr, "terse_train: {}\nterse_train --help shows the options.\n", error.what());
  } catch (const std::exception& error) {
    fmt::print(stderr, "terse_train: {}\n", error.what());
  }
  return 2;
}
