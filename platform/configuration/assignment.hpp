#pragma once
// Values given to keys by path: what --set, a sweep's point and a what-if do to a configuration.
#include <string>
#include <vector>

#include "platform/configuration/node.hpp"

namespace terse::configuration {

/// One value for one key. value.place is where the assignment was written.
struct Assignment {
  std::string path;  ///< "platform.spu.lanes"; entries of a list by number from 0, or by their `name`.
  Node value;
};

/// Reads "a.b.c=value" of the command line; the value is YAML. Throws ConfigurationError.
Assignment parse_setting(const std::string& setting);
/// Sets the value in the tree; creates maps on the way. Throws ConfigurationError.
void assign(Node& root, const Assignment& assignment);
/// parse_setting() and assign().
void apply_setting(Node& root, const std::string& setting);

/// A node with this text as its value.
Node scalar(const std::string& text, const Place& place);
/// The value in YAML's notation, on one line.
std::string to_text(const Node& node);

}  // namespace terse::configuration
