#pragma once
// Walks a graph in order and turns it into a QuantizedNetwork. Every value of the graph is one of a few things (Value);
// operators that the merge unit does on the fly are folded into a PendingLayer until the file quantizes it.
//
//   graph_importer.cpp         the walk, input and output
//   operands.cpp               what an operator asks of its operands: constants, layouts
//   finish_layer.cpp           pending layers become layers
//   quantization_operators.cpp QuantizeLinear, DequantizeLinear
//   linear_operators.cpp       Conv, Gemm, MatMul by a constant, BatchNormalization
//   arithmetic_operators.cpp   Add, Sub, Mul, Div, Pow, Min, Max
//   function_operators.cpp     Relu, Clip and other functions of one element
//   pooling_operators.cpp      MaxPool, AveragePool, GlobalAveragePool, ReduceMean
//   layout_operators.cpp       Reshape, Transpose, Slice, Split, Gather, Concat, Pad, Resize
//   constant_operand.cpp       constant tensors as operands of an addition
//   attention_operators.cpp    MatMul of two activations, Softmax, LayerNormalization
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <variant>

#include "compiler/compiler.hpp"
#include "compiler/graph/shape_arguments.hpp"
#include "compiler/graph/window_arguments.hpp"
#include "compiler/import/import.hpp"
#include "compiler/import/pending_layer.hpp"

namespace terse::compiler::importer {

using graph::Node;

/// The network's input before the file quantizes it.
struct RawInput {
  View view;
};
/// A tensor of the quantized network; `is_real` once DequantizeLinear gave it back its scale.
struct Activation {
  std::size_t tensor = 0;
  View view;
  bool is_real = true;
};
using Value = std::variant<WeightSum, RawInput, Activation, PendingLayer>;

/// Throws CompileError that names every node whose operator the importer does not know.
void refuse_unknown_operators(const graph::Model& model);

class GraphImporter {
 public:
  /// `mean_squares`: of the elements of the values that weighted layers read, where calibration inputs show them.
  GraphImporter(graph::Model model, const CompileOptions& options,
                std::map<std::string, graph::ConstantTensor> mean_squares = {});
  QuantizedNetwork import();
  /// After import(): the graph that was read, and the weights of its layers in order of execution.
  [[nodiscard]] graph::Model take_model() { return std::move(model_); }
  [[nodiscard]] std::vector<ImportedWeights> take_weights() { return std::move(imported_weights_); }

  using Operator = Value (GraphImporter::*)(const Node&);
  static const std::map<std::string, Operator>& operators();

 private:
  // -- the walk ----------------------------------------------------------------------------------------------------
  void read_input();
  void read_output();
  Activation output_activation(const std::string& name);
  /// The value of a node whose inputs are all constants, where the evaluator knows it.
  bool fold_constant(const Node& node);
  const Value& value(const Node& node, std::size_t index) const;
  /// What is wrong with the node that is being read; import() adds file and node.
  [[noreturn]] void refuse(std::string_view problem, std::string_view accepted) const;
  [[noreturn]] void refuse_unquantized(const Node& node, std::size_t index) const;
  // -- operands ----------------------------------------------------------------------------------------------------
  /// A quantized activation; a pending layer that keeps its input's grid is finished.
  Activation activation(const Node& node, std::size_t index);
  [[nodiscard]] bool is_constant(const Node& node, std::size_t index) const;
  const WeightSum& constant(const Node& node, std::size_t index) const;
  graph::ConstantTensor real_constant(const Node& node, std::size_t index) const;
  std::vector<double> per_channel(const Node& node, std::size_t index, std::uint32_t channels) const;
  /// Constant inputs for the readers of arguments; nullptr where computed.
  graph::Constants argument_inputs(const Node& node, std::map<std::size_t, graph::ConstantTensor>& storage) const;
  /// The view of an input, whatever it is but a constant.
  const View& view_of(const Node& node, std::size_t index) const;
  /// A layer that copies an activation, so that bounds, factors or another scale can be folded into it.
  PendingLayer copy_of(const Node& node, const Activation& source);
  /// Tensor of an image [N, C, H, W] stored [row][column][channel]; [N, C, L] has one row.
  Activation image(const Node& node, Activation source);
  /// `axis` of the value is the channel of the stored tensor, the others enumerate its pixels.
  Activation channelwise(const Node& node, const Activation& source, std::size_t axis);
  Activation arranged(const Node& node, const Activation& source, const std::vector<std::size_t>& order);
  /// Gives a tensor that nothing has read yet other sizes for the same bytes, where its maker allows that.
  void restate(std::size_t tensor, const Tensor& sizes);
  [[nodiscard]] bool is_channelwise(const Activation& source, std::size_t axis) const;
  Activation rescaled(const Node& node, const Activation& source, const ActivationFormat& format);

  // -- layers ------------------------------------------------------------------------------------------------------
  Activation finish_layer(PendingLayer pending, const ActivationFormat& format);
  /// What rounding to multipliers makes of the scales of a layer's weights.
  void record_rounding(const PendingLayer& pending, const ActivationFormat& format, const Layer& layer);
  void take_off_function(PendingLayer& pending, const ActivationFormat& format);
  void rescale_operands(PendingLayer& pending, const ActivationFormat& format);
  ActivationFormat format_of_real_output(const PendingLayer& pending) const;
  /// Names of layers are unique: traces and reports refer to them.
  std::string unique_name(const std::string& name);
  PendingLayer core_layer(const Node& node, const Activation& input, CoreOperation operation) const;

  // -- quantization ------------------------------------------------------------------------------------------------
  Value quantize_linear(const Node& node);
  Value dequantize_linear(const Node& node);
  Value dequantize_constant(const Node& node, const WeightPart& part) const;
  ActivationFormat activation_format(const Node& node) const;
  graph::ConstantTensor scales(const Node& node) const;
  Activation quantize_input(const Node& node, const RawInput& raw);

  // -- operators ---------------------------------------------------------------------------------------------------
  Value convolution(const Node& node);
  Value gemm(const Node& node);
  Value matrix_product(const Node& node);
  Value fully_connected(const Node& node, std::size_t data, std::size_t weight, std::size_t axis);
  Value product_of_activations(const Node& node);
  std::vector<std::size_t> order_for_reader(const Node& node, std::size_t rank) const;
  Value batch_normalization(const Node& node);
  Value add(const Node& node);
  Value subtract(const Node& node);
  Value multiply(const Node& node);
  Value divide(const Node& node);
  Value power(const Node& node);
  Value bound_by_constant(const Node& node);
  Value add_constants(const Node& node);
  [[nodiscard]] bool varies_along_several_axes(const Node& node, std::size_t data, std::size_t index) const;
  Activation constant_activation(const Node& node, std::size_t data, std::size_t index);
  Value add_constant_tensor(const Node& node, std::size_t data, std::size_t index, double sign);
  Value add_activations(const Node& node, double sign);
  Value combine_element_wise(const Node& node, const Activation& a, const Activation& b, double sign);
  bool combine_superposition(const Node& node, Value& result) const;
  Value scale_constant(const Node& node, bool divides) const;
  /// Both operands are functions of the same elements, so the result is one too.
  bool combine_functions(const Node& node, Value& result);
  /// Input `data` times factors plus terms, one of each along `axis` or for all.
  Value affine(const Node& node, std::size_t data, std::size_t axis, const std::vector<double>& factors,
               const std::vector<double>& terms);
  PendingLayer open_layer(const Node& node, std::size_t index);
  /// A constant that varies along at most one axis of input `data`.
  struct AxisConstant {
    std::size_t axis = 0;
    std::vector<double> values;
  };
  AxisConstant axis_constant(const Node& node, std::size_t data, std::size_t index) const;
  bool can_take_residual(const Node& node, std::size_t index) const;
  Activation in_order_of(const Node& node, const Activation& source, const View& view);
  Value function_of(const Node& node, std::size_t data, const graph::ElementFunction& function);
  Value element_function(const Node& node);
  Value clip(const Node& node);
  Value clip_between(const Node& node, double low, double high);
  Value prelu(const Node& node);
  Value max_pool(const Node& node);
  Value average_pool(const Node& node);
  Value padded_average(const Node& node, const PendingLayer& pool);
  Value average_by_region(const Node& node, const PendingLayer& pool);
  Value reduce_mean(const Node& node);
  PendingLayer pooling_layer(const Node& node, LayerKind kind);
  PendingLayer pooling_over_all(const Node& node, const Activation& source, View view);
  Value softmax(const Node& node);
  Value layer_normalization(const Node& node);
  Value reshape(const Node& node);
  Value transpose(const Node& node);
  Value slice(const Node& node);
  Value split(const Node& node);
  Value gather(const Node& node);
  Value taken(const Node& node, const std::vector<graph::AxisRange>& ranges);
  Value concatenation(const Node& node);
  Value pad(const Node& node);
  Value resize(const Node& node);
  Value shape(const Node& node);
  Value identity(const Node& node) { return value(node, 0); }
  /// The value seen another way; a constant is moved.
  Value moved_constant(const Node& node, const WeightSum& sum) const;
  template <typename Change>
  Value with_view(const Node& node, Change change);
  PendingLayer rearrangement(const Node& node, const std::vector<Activation>& operands, const graph::Shape& shape,
                             const std::vector<std::size_t>& order);

  void apply_weights(const Node& node, const WeightSum& weights, const WeightOrder& order, PendingLayer& pending);
  /// Mean of the mean squares along every axis but `axis` of a value; empty where they are not known.
  [[nodiscard]] std::vector<double> activation_power(const std::string& value, std::size_t axis) const;
  void apply_bias(const Node& node, double factor, PendingLayer& pending) const;

  graph::Model model_;
  CompileOptions options_;
  std::map<std::string, graph::ConstantTensor> mean_squares_;
  QuantizedNetwork network_;
  std::map<std::string, Value> values_;
  std::set<std::string> layer_names_;
  std::vector<ImportedWeights> imported_weights_;
  /// Copies that were made of a tensor in another order: both parts of a superposition read the same one.
  struct ArrangedCopy {
    std::size_t tensor = 0;
    View view;
    std::vector<std::size_t> order;
    Activation copy;
  };
  std::vector<ArrangedCopy> arranged_;
  std::size_t weighted_layers_ = 0;  ///< In the whole file.
  std::size_t weighted_layers_seen_ = 0;
};

Window window_of(const graph::WindowArguments& w);

/// Sizes of a stored tensor whose elements lie in this order of the dimensions: the last is the channel.
Tensor stored_shape(const graph::Shape& dimensions, const std::vector<std::size_t>& order);

}  // namespace terse::compiler::importer
