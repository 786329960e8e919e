#include "compiler/graph/model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>

namespace terse::compiler::graph {

namespace {

template <typename Value>
const Value* find(const Node& node, const std::string& name) {
  const auto found = node.attributes.find(name);
  return found == node.attributes.end() ? nullptr : std::get_if<Value>(&found->second);
}

bool is_used(const Model& model, const std::string& name) {
  const auto is_port = [&](const Port& port) { return port.name == name; };
  return model.initializers.contains(name) || std::any_of(model.inputs.begin(), model.inputs.end(), is_port) ||
         std::any_of(model.nodes.begin(), model.nodes.end(), [&](const Node& node) {
           return std::find(node.outputs.begin(), node.outputs.end(), name) != node.outputs.end();
         });
}

}  // namespace

std::string to_string(ElementType type) {
  switch (type) {
    case ElementType::float32:
      return "float";
    case ElementType::float64:
      return "double";
    case ElementType::int8:
      return "int8";
    case ElementType::uint8:
      return "uint8";
    case ElementType::int16:
      return "int16";
    case ElementType::uint16:
      return "uint16";
    case ElementType::int32:
      return "int32";
    case ElementType::int64:
      return "int64";
    case ElementType::boolean:
      return "bool";
    case ElementType::other:
      return "another type";
  }
  return "another type";
}

bool is_integer(ElementType type) {
  return type != ElementType::float32 && type != ElementType::float64 && type != ElementType::other;
}

double element_count(const Shape& shape) {
  double count = 1;
  for (const std::int64_t dimension : shape) count *= static_cast<double>(dimension);
  return count;
}

std::int64_t Node::integer(const std::string& attribute, std::int64_t otherwise) const {
  const auto* value = find<std::int64_t>(*this, attribute);
  return value == nullptr ? otherwise : *value;
}

double Node::real(const std::string& attribute, double otherwise) const {
  const auto* value = find<double>(*this, attribute);
  return value == nullptr ? otherwise : *value;
}

std::string Node::text(const std::string& attribute, const std::string& otherwise) const {
  const auto* value = find<std::string>(*this, attribute);
  return value == nullptr ? otherwise : *value;
}

Shape Node::integers(const std::string& attribute, const Shape& otherwise) const {
  const auto* value = find<Shape>(*this, attribute);
  return value == nullptr ? otherwise : *value;
}

std::string Node::input(std::size_t index) const {
  return index < inputs.size() ? inputs[index] : std::string();
}

std::string unused_name(const Model& model, const std::string& wanted) {
  std::string candidate = wanted;
  for (int i = 2; is_used(model, candidate); ++i) candidate = fmt::format("{}.{}", wanted, i);
  return candidate;
}

std::map<std::string, std::size_t> readers(const Model& model) {
  std::map<std::string, std::size_t> count;
  for (const Node& node : model.nodes) {
    for (const std::string& input : node.inputs) ++count[input];
  }
  for (const Port& output : model.outputs) ++count[output.name];
  return count;
}

void remove_unread(Model& model) {
  std::set<std::string> read;
  for (const Port& output : model.outputs) read.insert(output.name);
  std::vector<Node> kept;
  for (std::size_t i = model.nodes.size(); i-- > 0;) {
    Node& node = model.nodes[i];
    const bool is_read = std::any_of(node.outputs.begin(), node.outputs.end(),
                                     [&](const std::string& output) { return read.contains(output); });
    if (!is_read) continue;
    read.insert(node.inputs.begin(), node.inputs.end());
    kept.push_back(std::move(node));
  }
  model.nodes.assign(std::make_move_iterator(kept.rbegin()), std::make_move_iterator(kept.rend()));
  std::erase_if(model.initializers, [&](const auto& entry) { return !read.contains(entry.first); });
}

}  // namespace terse::compiler::graph
