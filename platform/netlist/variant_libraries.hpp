#pragma once
// Shared libraries from outside the tree that add variants and module types (models/variant_library.hpp).
#include <filesystem>
#include <vector>

#include "platform/configuration/node.hpp"

namespace terse::netlist {

/// Loads a library, once per program run, and lets it register what it has. Throws ConfigurationError at `place` when it
/// cannot be loaded, was built for another version, or registers a name that is taken.
void load_variant_library(const std::filesystem::path& file, const configuration::Place& place);

/// The files of all that were loaded.
std::vector<std::filesystem::path> loaded_variant_libraries();

}  // namespace terse::netlist
