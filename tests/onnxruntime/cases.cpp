// terse_onnxruntime_cases FOLDER [NETWORK...]: networks as ONNX files with random inputs and the outputs that the golden
// reference expects, for check.mjs to run in an independent runtime. Without NETWORK: the sample networks.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>

#include "compiler/graph/evaluate.hpp"
#include "compiler/import/explicit_superposition.hpp"
#include "compiler/onnx/onnx_writer.hpp"
#include "compiler/reference/reference.hpp"
#include "tests/compiler/import/sample_networks.hpp"
#include "tests/compiler/import/stored_order.hpp"

namespace terse::testing {
namespace {

using compiler::ImportedNetwork;
using compiler::Tensor;
using compiler::graph::ConstantTensor;
using compiler::graph::Model;
using compiler::graph::Node;

constexpr std::size_t inputs_per_case = 8;

/// The value that is rounded last, in steps of the output; nothing where the output stays real.
std::optional<std::string> rounded_last(const Model& model) {
  std::string name = model.outputs.at(0).name;
  for (bool moved = true; moved;) {
    moved = false;
    for (const Node& node : model.nodes) {
      if (node.outputs[0] != name) continue;
      if (node.operation == "QuantizeLinear") return node.input(0);
      moved = node.operation == "DequantizeLinear" || node.operation == "Identity";
      if (moved) name = node.input(0);
      break;
    }
  }
  return std::nullopt;
}

class CaseWriter {
 public:
  explicit CaseWriter(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// The file itself where a runtime knows all of it, and the network as Terse writes it, as it stands and split.
  void add(const std::string& name, const std::filesystem::path& file, bool only_standard) {
    const Model model = compiler::read_model(file);
    const compiler::Calibration calibration{{ramp(model)}, 100};
    const ImportedNetwork whole = compiler::import_with_source(model, {}, calibration);
    const bool was_real = whole.model.nodes.size() != model.nodes.size();
    if (only_standard && !model.channels_last && !was_real) {
      std::filesystem::copy_file(file, folder_ / (name + ".onnx"), std::filesystem::copy_options::overwrite_existing);
      write_values(name, whole, model.inputs[0]);
    }
    written(name + ".written", whole);
    compiler::CompileOptions split;
    split.decomposition.decompose = split.decomposition.first_and_last = true;
    split.decomposition.m = 16;
    written(name + ".split", compiler::import_with_source(model, split, calibration));
  }

  void finish() const { std::ofstream(folder_ / "cases.json") << cases_.dump(1) << "\n"; }

 private:
  static std::vector<float> ramp(const Model& model) {
    compiler::graph::Shape shape = model.inputs.at(0).dimensions;
    shape[0] = 1;
    std::vector<float> input(static_cast<std::size_t>(compiler::graph::element_count(shape)));
    for (std::size_t i = 0; i < input.size(); ++i) input[i] = std::sin(static_cast<float>(i));
    return input;
  }

  void written(const std::string& name, const ImportedNetwork& imported) {
    const Model model = compiler::explicit_superposition(imported);
    compiler::write_onnx(model, folder_ / (name + ".onnx"));
    // Read again, so that the exact values are those of the weights that the file has.
    const ImportedNetwork again = compiler::import_with_source(compiler::read_model(folder_ / (name + ".onnx")), {});
    write_values(name, again, model.inputs[0]);
  }

  void write_values(const std::string& name, const ImportedNetwork& imported, const compiler::graph::Port& port) {
    const compiler::QuantizedNetwork& network = imported.network;
    const Tensor &input = network.tensors[network.input], &output = network.tensors[network.output];
    ConstantTensor value{port.type, port.dimensions, std::vector<double>(input.elements())};
    value.dimensions[0] = 1;
    const bool takes_integers = compiler::graph::is_integer(port.type);
    const auto input_order = stored_order(value.dimensions, false, input.elements());
    const auto last = rounded_last(imported.model);
    std::vector<float> inputs, exact;
    std::vector<std::int32_t> expected;
    for (std::size_t i = 0; i < inputs_per_case; ++i) {
      const std::vector<std::uint8_t> bytes = random_bytes(input);
      for (std::size_t e = 0; e < bytes.size(); ++e) {
        const int integer = stored_value(input, bytes[input_order[e]]);
        value.values[e] = takes_integers
                              ? integer
                              : static_cast<double>(static_cast<float>(input.scale * (integer - input.zero_point)));
        inputs.push_back(static_cast<float>(value.values[e]));
      }
      const auto values = compiler::graph::evaluate_graph(imported.model, value);
      const ConstantTensor& real = values.at(last ? *last : imported.model.outputs.at(0).name);
      const std::vector<std::int32_t> made = reference::evaluate(network, bytes)[network.output];
      const auto order = stored_order(values.at(imported.model.outputs.at(0).name).dimensions, false, made.size());
      for (std::size_t e = 0; e < made.size(); ++e) {
        expected.push_back(made[order[e]]);
        exact.push_back(static_cast<float>(real.values.at(e) / output.scale + output.zero_point));
      }
    }
    save(name + ".inputs", inputs);
    save(name + ".expected", expected);
    save(name + ".exact", exact);
    cases_.push_back({{"name", name},
                      {"input", port.name},
                      {"type", compiler::graph::to_string(port.type)},
                      {"shape", value.dimensions},
                      {"inputs", inputs_per_case},
                      {"scale", output.scale},
                      {"zero_point", output.zero_point},
                      {"bits", output.bits},
                      {"layers", network.layers.size()}});
  }

  std::vector<std::uint8_t> random_bytes(const Tensor& tensor) {
    const int levels = 1 << tensor.bits, least = tensor.is_signed ? -levels / 2 : 0;
    std::vector<std::uint8_t> bytes(tensor.elements());
    for (std::uint8_t& byte : bytes) {
      byte = static_cast<std::uint8_t>(std::uniform_int_distribution<int>(least, least + levels - 1)(random_));
    }
    return bytes;
  }

  template <typename Value>
  void save(const std::string& name, const std::vector<Value>& values) const {
    std::ofstream(folder_ / name, std::ios::binary)
        .write(reinterpret_cast<const char*>(values.data()),
               static_cast<std::streamsize>(values.size() * sizeof(Value)));
  }

  std::filesystem::path folder_;
  std::mt19937 random_{7};
  nlohmann::ordered_json cases_ = nlohmann::ordered_json::array();
};

int write_cases(const std::vector<std::filesystem::path>& arguments) {
  CaseWriter writer(arguments.at(0));
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    writer.add(arguments[i].stem().string(), arguments[i], true);
  }
  for (const SampleNetwork& sample : arguments.size() > 1 ? std::vector<SampleNetwork>{} : sample_networks(5)) {
    const std::filesystem::path file = arguments[0] / "sample.onnx";
    std::ofstream(file, std::ios::binary) << sample.bytes;
    writer.add(sample.name, file, sample.only_standard);
  }
  writer.finish();
  return 0;
}

}  // namespace
}  // namespace terse::testing

int main(int count, char** arguments) {
  if (count < 2) {
    std::cerr << "usage: terse_onnxruntime_cases FOLDER [NETWORK...]\n";
    return 2;
  }
  try {
    return terse::testing::write_cases({arguments + 1, arguments + count});
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 2;
  }
}
