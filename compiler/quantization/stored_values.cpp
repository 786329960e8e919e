#include "compiler/quantization/stored_values.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "compiler/graph/element_functions.hpp"

namespace terse::compiler {

namespace {

using graph::Node;

/// What a value is before it is stored: the importer folds Relu, bias and residual into a linear result, and functions
/// of one element into one table.
enum class Kind { stored, linear, bounded, product, function };

struct State {
  Kind kind = Kind::stored;
  std::string root;  ///< Of a function: the stored value that it is a function of.
  bool has_residual = false;
};

const std::set<std::string> moving{"Reshape",  "Flatten", "Squeeze", "Unsqueeze", "Transpose",
                                   "Identity", "Dropout", "Slice",   "Split",     "Gather",
                                   "MaxPool",  "Pad",     "Resize",  "Upsample",  "Cast"};
const std::set<std::string> arithmetic{"Add", "Sub", "Mul", "Div", "Pow", "Min", "Max"};

class StoredValues {
 public:
  explicit StoredValues(const graph::Model& model) : model_(model), reader_count_(graph::readers(model)) {
    for (const auto& [name, tensor] : model.initializers) constants_.insert(name);
    for (const Node& node : model.nodes) {
      for (const std::string& input : node.inputs) readers_[input].push_back(&node);
    }
  }

  std::vector<std::string> find() {
    store(model_.inputs.at(0).name);
    for (const Node& node : model_.nodes) visit(node);
    return result_;
  }

 private:
  bool is_constant(const std::string& name) const { return name.empty() || constants_.contains(name); }

  void store(const std::string& name) {
    result_.push_back(name);
    states_[name] = {Kind::stored, name, false};
  }

  void visit(const Node& node) {
    const bool constant = std::all_of(node.inputs.begin(), node.inputs.end(),
                                      [&](const std::string& input) { return is_constant(input); });
    if (constant || node.operation == "Shape") {
      constants_.insert(node.outputs.begin(), node.outputs.end());
      return;
    }
    if (moving.contains(node.operation)) {
      for (const std::string& output : node.outputs) states_[output] = {Kind::stored, output, false};
      return;
    }
    const State state = result_of(node);
    const std::string& output = node.outputs[0];
    if (stays_open(output, state)) {
      states_[output] = state;
    } else {
      store(output);
    }
  }

  std::vector<const State*> operands(const Node& node) const {
    std::vector<const State*> result;
    for (const std::string& input : node.inputs) {
      if (const auto found = states_.find(input); found != states_.end()) result.push_back(&found->second);
    }
    return result;
  }

  State result_of(const Node& node) const {
    const std::string& op = node.operation;
    const std::vector<const State*> inputs = operands(node);
    const State& first = *inputs.at(0);
    if (op == "Conv" || op == "Gemm" || op == "AveragePool" || op == "GlobalAveragePool" || op == "ReduceMean") {
      return {Kind::linear, "", false};
    }
    if (op == "MatMul") return {inputs.size() > 1 ? Kind::product : Kind::linear, "", false};
    if (op == "BatchNormalization") return {Kind::linear, "", first.has_residual};
    if (op == "Relu" || op == "Clip") {
      return first.kind == Kind::function ? first : State{Kind::bounded, first.root, first.has_residual};
    }
    if (graph::element_function(node) || op == "Pow" || op == "PRelu") return {Kind::function, first.root, false};
    if (!arithmetic.contains(op)) return {Kind::bounded, "", false};  // Softmax, Concat, ...: nothing folds into them
    if (inputs.size() > 1) {
      const bool same = inputs[0]->root == inputs[1]->root && !inputs[0]->root.empty();
      if (same && op != "Add" && op != "Sub") return {Kind::function, first.root, false};
      if (same && (inputs[0]->kind == Kind::function || inputs[1]->kind == Kind::function)) {
        return {Kind::function, first.root, false};
      }
      return op == "Add" || op == "Sub" ? State{Kind::linear, "", true} : State{Kind::bounded, "", false};
    }
    if (first.kind == Kind::function || first.kind == Kind::product) return first;
    return {Kind::linear, first.root, first.has_residual};
  }

  /// Whether the only reader takes the value before it is stored.
  bool stays_open(const std::string& name, const State& state) const {
    const auto found = readers_.find(name);
    if (found == readers_.end()) return state.kind == Kind::linear;  // the graph's output, real
    if (reader_count_.at(name) != 1) return false;
    const Node& reader = *found->second[0];
    const std::string& op = reader.operation;
    const bool alone = operands(reader).size() + unknown_operands(reader, name) == 0;
    if (!state.root.empty() && is_step_of_function(reader, state, alone)) return true;
    switch (state.kind) {
      case Kind::linear:
        if (op == "Relu" || op == "Clip") return true;
        if (op == "BatchNormalization") return !state.has_residual;
        if (arithmetic.contains(op) && op != "Pow" && alone) return true;
        return (op == "Add" || op == "Sub") && !state.has_residual && all_stored(reader, name);
      case Kind::product:
        return (op == "Mul" || op == "Div") && alone;
      case Kind::function:
      case Kind::bounded:
      case Kind::stored:
        return false;
    }
    return false;
  }

  /// The reader goes on with a function of the stored value that this one is a function of.
  bool is_step_of_function(const Node& reader, const State& state, bool alone) const {
    if (graph::element_function(reader) || reader.operation == "Clip") return true;
    return arithmetic.contains(reader.operation) && (alone || shares_root(reader, state.root));
  }

  /// Operands of `reader` but `name` that are activations made later.
  std::size_t unknown_operands(const Node& reader, const std::string& name) const {
    return static_cast<std::size_t>(std::count_if(
        reader.inputs.begin(), reader.inputs.end(),
        [&](const std::string& input) { return input != name && !is_constant(input) && !states_.contains(input); }));
  }

  /// The other operand is stored already, so that this one may take it as its residual.
  bool all_stored(const Node& reader, const std::string& name) const {
    return std::all_of(reader.inputs.begin(), reader.inputs.end(), [&](const std::string& input) {
      const auto state = states_.find(input);
      return input == name || is_constant(input) || (state != states_.end() && state->second.kind == Kind::stored);
    });
  }

  bool shares_root(const Node& reader, const std::string& root) const {
    const std::vector<const State*> others = operands(reader);
    return std::all_of(others.begin(), others.end(), [&](const State* other) { return other->root == root; });
  }

  const graph::Model& model_;
  std::map<std::string, std::size_t> reader_count_;
  std::set<std::string> constants_;
  std::map<std::string, std::vector<const Node*>> readers_;
  std::map<std::string, State> states_;
  std::vector<std::string> result_;
};

}  // namespace

std::vector<std::string> stored_values(const graph::Model& model) {
  return StoredValues(model).find();
}

}  // namespace terse::compiler
