#pragma once
// Rewrites what dialects and exporters write into the standard operators that the importer reads.
#include <map>
#include <string>

#include "compiler/graph/model.hpp"

namespace terse::compiler::graph {

/// All of the below, in the order in which they build on one another.
void lower(Model& model);

/// QLinearConv, QLinearMatMul, QGemm, QLinearAdd, ConvInteger, ...: DequantizeLinear, the real operator, QuantizeLinear.
void lower_integer_operators(Model& model);
/// Quant, IntQuant, BipolarQuant and Trunc of QONNX: QuantizeLinear and DequantizeLinear with the integers in use.
void lower_quant_operators(Model& model);
/// QuantizeLinear, Clip, DequantizeLinear: the Clip says which integers are in use.
void fold_integer_clips(Model& model);
/// ReduceMean, Sub, Pow, ReduceMean, Add, Sqrt, Div, Mul, Add: LayerNormalization.
void recognize_layer_normalization(Model& model);

/// Constants of a model by name: initializers and values of Constant nodes.
std::map<std::string, ConstantTensor> constants_of(const Model& model);

/// Collects the nodes that replace another one.
class NodeSequence {
 public:
  NodeSequence(Model& model, const Node& replaced) : model_(model), replaced_(replaced) {}

  /// Adds a node named as the replaced one; returns its output, which is a new name, or `output`.
  std::string add(const std::string& operation, const std::vector<std::string>& inputs,
                  const std::map<std::string, Attribute>& attributes = {}, const std::string& output = "");
  /// An initializer of one number.
  std::string number(double value, ElementType type = ElementType::float32);
  [[nodiscard]] std::vector<Node> take() { return std::move(nodes_); }

 private:
  Model& model_;
  const Node& replaced_;
  std::vector<Node> nodes_;
};

/// Replaces each node for which `replacement` gives nodes.
template <typename Replacement>
void replace_nodes(Model& model, Replacement replacement) {
  std::vector<Node> old = std::move(model.nodes), result;
  model.nodes.clear();
  for (Node& node : old) {
    std::vector<Node> others = replacement(node);
    if (others.empty()) {
      result.push_back(std::move(node));
    } else {
      for (Node& other : others) result.push_back(std::move(other));
    }
  }
  model.nodes = std::move(result);
}

}  // namespace terse::compiler::graph
