#pragma once
// A network as a file states it: operators of ONNX on named values. Every front end (ONNX in its dialects, TFLite)
// makes this; rewriting, calibration and the importer read it and know no file format.
#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

namespace terse::compiler::graph {

using Shape = std::vector<std::int64_t>;

enum class ElementType { float32, float64, int8, uint8, int16, uint16, int32, int64, boolean, other };
std::string to_string(ElementType type);
bool is_integer(ElementType type);

/// Product of the dimensions, as a real number: that of a hostile shape must not wrap.
double element_count(const Shape& shape);

/// An initializer, the value of a Constant node or a tensor of an evaluation. Integers up to 2^53 are exact in double.
struct ConstantTensor {
  ElementType type = ElementType::float32;
  Shape dimensions;
  std::vector<double> values;
};

using Attribute =
    std::variant<std::int64_t, double, std::string, std::vector<std::int64_t>, std::vector<double>, ConstantTensor>;

struct Node {
  std::string name{};  ///< The node's name, else "OPERATOR making OUTPUT".
  std::string operation{};
  std::string domain{};               ///< "" for the standard domain.
  std::vector<std::string> inputs{};  ///< "" for an optional input that is left out.
  std::vector<std::string> outputs{};
  std::map<std::string, Attribute> attributes{};

  [[nodiscard]] std::int64_t integer(const std::string& attribute, std::int64_t otherwise) const;
  [[nodiscard]] double real(const std::string& attribute, double otherwise) const;
  [[nodiscard]] std::string text(const std::string& attribute, const std::string& otherwise) const;
  [[nodiscard]] Shape integers(const std::string& attribute, const Shape& otherwise) const;
  /// Name of input `index`, "" when it is left out.
  [[nodiscard]] std::string input(std::size_t index) const;
};

/// An input or output of the graph; a dimension that is not a number is -1.
struct Port {
  std::string name;
  ElementType type = ElementType::other;
  Shape dimensions;
};

struct Model {
  std::string file;  ///< For messages.
  std::string name;  ///< The graph's name, else the file's.
  std::int64_t opset = 0;
  bool channels_last = false;  ///< Images of the graph's input are [N, H, W, C].
  std::vector<Port> inputs;    ///< Without initializers, which old files list too.
  std::vector<Port> outputs;
  std::vector<Node> nodes;  ///< In order of execution.
  std::map<std::string, ConstantTensor> initializers;
};

/// A name that no value of the model has: `wanted`, or with a number after it.
std::string unused_name(const Model& model, const std::string& wanted);
/// The nodes that read a value; a value that the graph gives as its output counts one reader more.
std::map<std::string, std::size_t> readers(const Model& model);
/// Removes the nodes and initializers that no output depends on.
void remove_unread(Model& model);

}  // namespace terse::compiler::graph
