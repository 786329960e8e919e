#pragma once
// Writes the operators of one TFLite subgraph into a graph.
#include <tflite_generated.h>

#include <set>
#include <string>
#include <vector>

#include "compiler/graph/model.hpp"

namespace terse::compiler::tflite_reader {

/// One operator of the file with what is needed to translate it.
struct FileOperator {
  std::string name;  ///< For layers and messages: conv_2d_3, the operator's kind and place.
  std::string kind;  ///< CONV_2D
  std::vector<std::int32_t> inputs, outputs;
  const tflite::Options* options = nullptr;  ///< nullptr: all options have their defaults.
};

class GraphBuilder {
 public:
  GraphBuilder(const tflite::Model& file, const tflite::SubGraph& subgraph, flatbuffers::Verifier& verifier,
               graph::Model& model);

  // -- tensors -----------------------------------------------------------------------------------------------------
  /// The real value of input `index` of an operator; "" when it is left out.
  std::string real(const FileOperator& op, std::size_t index);
  [[nodiscard]] bool is_constant(const FileOperator& op, std::size_t index) const;
  [[nodiscard]] graph::Shape shape(const FileOperator& op, std::size_t index) const;
  [[nodiscard]] graph::Shape output_shape(const FileOperator& op, std::size_t index = 0) const;
  /// Values of a constant integer input, such as axes.
  [[nodiscard]] graph::Shape integers(const FileOperator& op, std::size_t index) const;
  /// A constant whose elements are [d0][d1][d2][d3] in the file, in another order of the axes; real.
  std::string transposed_constant(const FileOperator& op, std::size_t index, const std::vector<std::size_t>& order);

  // -- nodes -------------------------------------------------------------------------------------------------------
  /// Adds a node that makes one value; returns its name.
  std::string node(const FileOperator& op, const std::string& operation, const std::vector<std::string>& inputs,
                   const std::map<std::string, graph::Attribute>& attributes = {});
  std::string constant(const FileOperator& op, const graph::Shape& values);
  std::string to_channels_first(const FileOperator& op, const std::string& value);
  std::string to_channels_last(const FileOperator& op, const std::string& value);
  std::string activated(const FileOperator& op, const std::string& value, tflite::FusedActivation activation);
  /// The operator's output `index` has this real value, which its tensor's quantization rounds.
  void finish(const FileOperator& op, const std::string& value, std::size_t index = 0);
  /// The graph's input tensor.
  void add_input(std::int32_t tensor);
  void add_output(std::int32_t tensor);

  /// The operator's options, verified; defaults where it has none.
  template <typename Table>
  const Table& options(const FileOperator& op) {
    const auto* table = reinterpret_cast<const Table*>(op.options);
    if (table == nullptr) return default_options<Table>();
    if (!table->Verify(verifier_)) damaged(op.name);
    return *table;
  }

 private:
  template <typename Table>
  static const Table& default_options() {
    static const auto buffer = [] {
      flatbuffers::FlatBufferBuilder builder;
      const auto start = builder.StartTable();
      builder.Finish(flatbuffers::Offset<Table>(builder.EndTable(start)));
      return builder.Release();
    }();
    return *flatbuffers::GetRoot<Table>(buffer.data());
  }
  [[noreturn]] void damaged(const std::string& where) const;
  [[nodiscard]] const tflite::Tensor& tensor(std::int32_t index) const;
  [[nodiscard]] const tflite::Tensor& input_tensor(const FileOperator& op, std::size_t index) const;
  [[nodiscard]] std::string name(std::int32_t index) const;
  [[nodiscard]] const flatbuffers::Vector<std::uint8_t>* data(const tflite::Tensor& tensor) const;
  [[nodiscard]] graph::ConstantTensor values(std::int32_t index) const;
  /// Scale and zero point of a tensor as initializers; false when it is not quantized.
  bool add_quantization(std::int32_t index, std::vector<std::string>& inputs);
  std::string dequantized(const std::string& integers, std::int32_t index, std::size_t axis);
  std::string add_node(graph::Node node, const std::string& wanted);

  const tflite::Model& file_;
  const tflite::SubGraph& subgraph_;
  flatbuffers::Verifier& verifier_;
  graph::Model& model_;
  std::map<std::int32_t, std::string> real_;  ///< Tensors that have been made, by name of their real value.
  std::set<std::string> names_;
};

/// Translates one operator; false when its kind is not accepted.
bool translate(const FileOperator& op, GraphBuilder& builder);
/// Names of the operators that are accepted, separated by commas.
std::string accepted_operators();
/// "CONV_2D" for code 3; "operator 99" for a code without a name here.
std::string operator_name(std::int32_t code);

}  // namespace terse::compiler::tflite_reader
