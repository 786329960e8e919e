#include "tests/compiler/import/agreement.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "compiler/graph/evaluate.hpp"
#include "compiler/graph/lowering.hpp"
#include "compiler/reference/reference.hpp"
#include "tests/compiler/import/stored_order.hpp"

namespace terse::testing {

using compiler::Tensor;
using compiler::graph::ConstantTensor;
using compiler::graph::Shape;

std::vector<std::size_t> stored_order(const Shape& shape, bool channels_last, std::size_t elements) {
  std::vector<std::size_t> order(elements);
  const bool image = shape.size() == 4 && !channels_last;
  const std::size_t channels = image ? static_cast<std::size_t>(shape[1]) : 1, pixels = elements / channels;
  for (std::size_t i = 0; i < elements; ++i) order[i] = image ? i % pixels * channels + i / pixels : i;
  return order;
}

int stored_value(const Tensor& tensor, std::uint8_t byte) {
  return tensor.is_signed ? static_cast<std::int8_t>(byte) : byte;
}

Agreement agreement(const compiler::graph::Model& model, const compiler::QuantizedNetwork& network,
                    std::mt19937& random) {
  const Tensor &input = network.tensors[network.input], &output = network.tensors[network.output];
  std::vector<std::uint8_t> bytes(input.elements());
  const int levels = 1 << input.bits, least = input.is_signed ? -levels / 2 : 0;
  for (std::uint8_t& byte : bytes) {
    byte = static_cast<std::uint8_t>(std::uniform_int_distribution<int>(least, least + levels - 1)(random));
  }
  const auto& port = model.inputs.at(0);
  ConstantTensor value{port.type, port.dimensions, std::vector<double>(bytes.size())};
  value.dimensions[0] = 1;
  const bool takes_integers = compiler::graph::is_integer(port.type);
  const auto input_order = stored_order(value.dimensions, model.channels_last, bytes.size());
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const int integer = stored_value(input, bytes[input_order[i]]);
    value.values[i] = takes_integers ? integer : input.scale * (integer - input.zero_point);
  }
  compiler::graph::Model lowered = model;
  compiler::graph::lower(lowered);
  const ConstantTensor expected = compiler::graph::evaluate_graph(lowered, value).at(lowered.outputs.at(0).name);
  const std::vector<std::int32_t> made = reference::evaluate(network, bytes)[network.output];
  Agreement result;
  result.elements = made.size();
  const auto output_order = stored_order(expected.dimensions, model.channels_last, made.size());
  const bool gives_integers = compiler::graph::is_integer(expected.type);
  for (std::size_t i = 0; i < expected.values.size(); ++i) {
    const double integer = gives_integers ? expected.values[i] : expected.values[i] / output.scale + output.zero_point;
    const double distance = std::abs(made.at(output_order[i]) - integer);
    result.greatest_steps = std::max(result.greatest_steps, distance);
    if (distance > 0.5) ++result.differing;
  }
  result.distinct = static_cast<double>(std::set<std::int32_t>(made.begin(), made.end()).size());
  return result;
}

}  // namespace terse::testing
