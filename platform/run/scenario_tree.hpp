#pragma once
// A scenario or platform file as one tree: includes expanded, settings laid over, nothing interpreted yet.
#include <filesystem>
#include <string>
#include <vector>

#include "platform/configuration/assignment.hpp"

namespace terse::run {

/// Paths in a file are relative to that file, paths of --set to the working folder.
std::filesystem::path resolve(const std::string& text, const configuration::Place& place);

/// The whole tree of a scenario file. `include:` names a scenario (or a list of them, later ones over earlier ones)
/// that this one is laid over, key by key; `name` and `description` are not taken over. A `platform:` that is a file,
/// or includes one, replaces the platform of the included scenario, any other is laid over it. `settings` of the
/// command line are laid over it all; where they name a platform, that of the file is not read. Throws
/// ConfigurationError.
configuration::Node read_scenario_tree(const std::filesystem::path& file,
                                       const std::vector<std::string>& settings = {});

/// Lays the assignments over the tree; `platform` itself, a file or a map, before what is below it.
void assign_all(configuration::Node& tree, const std::vector<configuration::Assignment>& assignments);

/// --set of the command line.
std::vector<configuration::Assignment> parse_settings(const std::vector<std::string>& settings);

}  // namespace terse::run
