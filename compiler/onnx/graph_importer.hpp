#pragma once
// Walks an ONNX graph in order and turns it into a QuantizedNetwork. Every value of the graph is one of a few things
// (Value); operators that the merge unit does on the fly are folded into a PendingLayer until the file quantizes it.
//
//   graph_importer.cpp         the walk, operands, shapes, Relu and Clip
//   quantization_operators.cpp QuantizeLinear, DequantizeLinear
//   linear_operators.cpp       Conv, Gemm, MatMul, BatchNormalization, Add
//   pooling_operators.cpp      MaxPool, AveragePool, GlobalAveragePool
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <variant>

#include "compiler/compiler.hpp"
#include "compiler/onnx/model.hpp"
#include "compiler/onnx/pending_layer.hpp"
#include "compiler/onnx/weight_tensor.hpp"

namespace terse::compiler::onnx_import {

/// The network's input before the file quantizes it (or integers, when the file takes integers).
struct RawInput {
  bool flattened = false;
};
/// A tensor of the quantized network; `is_real` once DequantizeLinear gave it back its scale.
struct Activation {
  std::size_t tensor = 0;
  bool flattened = false;
  bool is_real = true;
};
using Value = std::variant<WeightSum, RawInput, Activation, PendingLayer>;

class GraphImporter {
 public:
  GraphImporter(std::string file, Model model, const CompileOptions& options);
  QuantizedNetwork import();

 private:
  // -- the walk ----------------------------------------------------------------------------------------------------
  void read_input();
  void read_output();
  Value evaluate(const Node& node);
  const Value& value(const Node& node, std::size_t index) const;
  [[noreturn]] void refuse(const Node& node, std::string_view problem, std::string_view accepted) const;
  [[noreturn]] void refuse_unquantized(const Node& node, std::size_t index) const;

  // -- quantization ------------------------------------------------------------------------------------------------
  Value quantize_linear(const Node& node);
  Value dequantize_linear(const Node& node);
  Value dequantize_constant(const Node& node, const WeightPart& part) const;
  Value quantize_constant(const Node& node, const WeightSum& sum) const;
  /// Scale, zero point and type of a Q or DQ node on activations; refuses what is not symmetric 8 bit.
  Tensor activation_format(const Node& node) const;
  std::vector<double> scales(const Node& node) const;
  Activation quantize_input(const Node& node, const RawInput& raw);
  Activation finish_layer(const PendingLayer& pending, const Tensor& format);

  // -- operands ----------------------------------------------------------------------------------------------------
  /// A quantized activation; a pending layer that keeps its input's grid is finished.
  Activation activation(const Node& node, std::size_t index);
  const WeightSum& constant(const Node& node, std::size_t index) const;
  std::vector<double> real_constant(const Node& node, std::size_t index) const;
  std::vector<double> per_channel(const Node& node, std::size_t index, std::uint32_t channels) const;
  /// A layer that copies an activation, so that Relu, Clip or another scale can be folded into it.
  PendingLayer copy_of(const Node& node, const Activation& source) const;

  // -- operators ---------------------------------------------------------------------------------------------------
  Value convolution(const Node& node);
  Value fully_connected(const Node& node);
  Value batch_normalization(const Node& node);
  Value add(const Node& node);
  Value add_constant(const Node& node, std::size_t variable, std::size_t constant_index);
  Value add_activations(const Node& node);
  Value max_pool(const Node& node);
  Value average_pool(const Node& node);
  Value clip(const Node& node);
  Value reshape(const Node& node);
  PendingLayer pooling_layer(const Node& node, LayerKind kind);
  Window window(const Node& node, std::vector<std::int64_t> kernel, const Tensor& input) const;
  void pad_automatically(const Node& node, const Tensor& input, Window& window) const;
  void apply_weights(const Node& node, const WeightSum& weights, const WeightOrder& order, PendingLayer& pending);
  void apply_bias(const Node& node, double factor, PendingLayer& pending) const;

  /// Names of layers are unique: traces and reports refer to them.
  std::string unique_name(const std::string& name);

  std::string file_;
  Model model_;
  CompileOptions options_;
  QuantizedNetwork network_;
  std::map<std::string, Value> values_;
  std::set<std::string> layer_names_;
  std::size_t weighted_layers_ = 0;  ///< In the whole file.
  std::size_t weighted_layers_seen_ = 0;
};

}  // namespace terse::compiler::onnx_import
