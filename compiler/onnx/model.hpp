#pragma once
// An ONNX file as plain C++ types: the importer sees no protobuf.
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace terse::compiler::onnx_import {

enum class ElementType { float32, float64, int8, uint8, int32, int64, other };
std::string to_string(ElementType type);

/// An initializer or the value of a Constant node. Integers up to 2^53 are exact in double.
struct ConstantTensor {
  ElementType type = ElementType::float32;
  std::vector<std::int64_t> dimensions;
  std::vector<double> values;
};

using Attribute = std::variant<std::int64_t, double, std::string, std::vector<std::int64_t>, ConstantTensor>;

struct Node {
  std::string name;  ///< The node's name, else "OPERATOR making OUTPUT".
  std::string operation;
  std::string domain;
  std::vector<std::string> inputs;  ///< "" for an optional input that is left out.
  std::vector<std::string> outputs;
  std::map<std::string, Attribute> attributes;

  [[nodiscard]] std::int64_t integer(const std::string& attribute, std::int64_t otherwise) const;
  [[nodiscard]] double real(const std::string& attribute, double otherwise) const;
  [[nodiscard]] std::string text(const std::string& attribute, const std::string& otherwise) const;
  [[nodiscard]] std::vector<std::int64_t> integers(const std::string& attribute,
                                                   const std::vector<std::int64_t>& otherwise) const;
  /// Name of input `index`, "" when it is left out.
  [[nodiscard]] std::string input(std::size_t index) const;
};

/// An input or output of the graph; a dimension that is not a number is -1.
struct Port {
  std::string name;
  ElementType type = ElementType::other;
  std::vector<std::int64_t> dimensions;
};

struct Model {
  std::string name;  ///< The graph's name, else the file's.
  std::int64_t opset = 0;
  std::vector<Port> inputs;  ///< Without initializers, which old files list too.
  std::vector<Port> outputs;
  std::vector<Node> nodes;
  std::map<std::string, ConstantTensor> initializers;
};

/// Throws CompileError for a file that cannot be opened, is not ONNX, is truncated, keeps data in other files or uses
/// an operator set outside 10 to 20.
Model read_model(const std::filesystem::path& file);

}  // namespace terse::compiler::onnx_import
