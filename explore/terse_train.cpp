// terse_train FOLDER: one experiment, as FOLDER/experiment.json says, to FOLDER/result.json. `terse explore` starts it,
// several at a time; libtorch is in this program alone.
#include <fmt/format.h>
#include <malloc.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <string_view>

#include "compiler/import/import.hpp"
#include "compiler/pattern.hpp"
#include "explore/dataset.hpp"
#include "explore/integer_evaluation.hpp"
#include "explore/onnx_export.hpp"
#include "explore/training.hpp"
#include "platform/configuration/node.hpp"

namespace terse::explore {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view help = R"(usage: terse_train FOLDER

Trains the network of one experiment. `terse explore run GRID.yaml` starts it for every point of a grid.

  FOLDER/experiment.json   what to train: the sections of a grid file, and float_network, the network.pt to start
                           from; without it a float network is trained
  FOLDER/result.json       accuracies, written at the end
  FOLDER/network.onnx      the network; of a quantized one also network.predictions, the class of each test image
  FOLDER/network.pt        its state, for quantized networks to start from
  FOLDER/training.pt       after each epoch: a run that was killed goes on from here
  FOLDER/progress          how far it is
)";

std::string read_text(const std::filesystem::path& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error(fmt::format("{}: cannot open the file", path.string()));
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// Whole or not at all.
void write_text(const std::filesystem::path& path, const std::string& text) {
  const std::filesystem::path partial = path.string() + ".partial";
  std::ofstream file(partial);
  file << text;
  if (!file.flush()) throw std::runtime_error(fmt::format("{}: cannot write the file", partial.string()));
  file.close();
  std::filesystem::rename(partial, path);
}

/// How far training is, for who started it.
class Progress {
 public:
  explicit Progress(std::filesystem::path file) : file_(std::move(file)) {}

  void operator()(double done, const std::string& note) {
    const auto now = std::chrono::steady_clock::now();
    if (now - written_ < std::chrono::seconds(1)) return;
    written_ = now;
    write_text(file_, fmt::format("{:.4f} {}\n", done, note));
  }

 private:
  std::filesystem::path file_;
  std::chrono::steady_clock::time_point written_{};
};

double percent_right(const std::vector<int>& predictions, const LabelledImages& images) {
  std::size_t right = 0;
  for (std::size_t i = 0; i < predictions.size(); ++i) right += predictions[i] == images.labels[i] ? 1 : 0;
  return 100.0 * static_cast<double>(right) / static_cast<double>(predictions.size());
}

/// Of all weights: 2 bits each of a ternary part, and values with their positions as the compiler stores them.
void add_storage(const compiler::QuantizedNetwork& network, Json& result) {
  std::uint64_t bits = 0, weights = 0, precise = 0;
  for (const compiler::Layer& layer : network.layers) {
    const std::size_t count = std::max(layer.ternary.size(), layer.high_precision.size());
    if (count == 0) continue;
    weights += count;
    bits += 2 * layer.ternary.size();
    if (layer.high_precision.empty()) continue;
    bits += compiler::storage_bits(layer.high_precision, count / layer.requantization.size(), layer.value_bits,
                                   layer.pattern);
    for (const std::int16_t value : layer.high_precision) precise += value != 0 ? 1 : 0;
  }
  result["weights"] = weights;
  result["bits_per_weight"] = static_cast<double>(bits) / static_cast<double>(weights);
  result["high_precision_weights"] = precise;
}

/// The network in integers, as the compiler reads it from the file, on all test images.
void evaluate_in_integers(const std::filesystem::path& folder, const Dataset& data, const TrainingOutcome& outcome,
                          Json& result) {
  const compiler::QuantizedNetwork network = compiler::import_network(folder / "network.onnx", {});
  const std::vector<int> predictions = integer_predictions(network, data.test);
  std::size_t different = 0;
  std::string lines;
  for (std::size_t i = 0; i < predictions.size(); ++i) {
    different += predictions[i] != outcome.predictions[i] ? 1 : 0;
    lines += fmt::format("{}\n", predictions[i]);
  }
  write_text(folder / "network.predictions", lines);
  result["accuracy"] = percent_right(predictions, data.test);
  result["accuracy_before_integers"] = outcome.test;
  result["predictions_changed_by_integers"] = different;
  result["recalibrated_accuracy"] = outcome.recalibrated_test;
  result["recalibrated_validation"] = outcome.recalibrated_validation;
  result["weight_error"] = outcome.error;
  result["start_weight_error"] = outcome.start_error;
  add_storage(network, result);
}

void run(const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / "experiment.json";
  configuration::Node tree = configuration::parse_yaml(read_text(file), file.string());
  std::filesystem::path float_network;
  if (const configuration::Node* named = tree.find("float_network")) float_network = named->scalar;
  std::erase_if(tree.map, [](const auto& entry) { return entry.key == "float_network"; });
  Experiment experiment = read_experiment(tree);
  const Dataset data = read_dataset(experiment.data.set, experiment.data.path);
  Progress progress(folder / "progress");
  const auto report = [&](double done, const std::string& note) { progress(done, note); };
  TrainingOutcome outcome = float_network.empty() ? train_float(data, experiment, folder, report)
                                                  : train_quantized(data, experiment, float_network, folder, report);
  const Json effective = experiment.effective();
  for (const auto& [section, values] : effective.items()) {
    if (section == "data" || section == "seed") continue;
    for (const auto& [key, value] : values.items()) {
      outcome.network.metadata[section + "." + key] = value.is_string() ? value.get<std::string>() : value.dump();
    }
  }
  outcome.network.metadata["data.set"] = experiment.data.set;
  outcome.network.metadata["seed"] = std::to_string(experiment.seed);
  write_onnx(outcome.network, folder / "network.onnx");
  Json result;
  result["macs"] = outcome.network.topology.macs();
  result["validation"] = outcome.validation;
  if (float_network.empty()) {
    result["accuracy"] = outcome.test;
  } else {
    evaluate_in_integers(folder, data, outcome, result);
  }
  result["loss"] = outcome.loss;
  result["cpu_seconds"] = outcome.cpu_seconds;
  write_text(folder / "result.json", result.dump(2) + "\n");
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
  const std::string_view argument = argc == 2 ? argv[1] : "";
  if (argument.empty() || argument.starts_with("-")) {
    const bool asked = argument == "--help" || argument == "-h";
    fmt::print(asked ? stdout : stderr, "{}", terse::explore::help);
    return asked ? 0 : 2;
  }
  try {
    terse::explore::keep_memory();
    terse::explore::run(std::filesystem::path(argument));
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "terse_train: {}\n", error.what());
  }
  return 2;
}
