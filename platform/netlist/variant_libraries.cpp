#include "platform/netlist/variant_libraries.hpp"

#include <fmt/format.h>

#define BOOST_DLL_USE_STD_FS  // not Boost.Filesystem, which would have to be linked
#include <boost/dll/shared_library.hpp>
#include <map>

#include "models/variant_library.hpp"
#include "parameters/variants.hpp"

namespace terse::netlist {
namespace {

using configuration::ConfigurationError;
using configuration::Place;

boost::dll::shared_library open(const std::filesystem::path& file, const Place& place) {
  if (!std::filesystem::exists(file)) {
    throw ConfigurationError(place, fmt::format("libraries: there is no file '{}'; docs/variants.md shows how to build "
                                                "one",
                                                file.string()));
  }
  boost::dll::fs::error_code error;
  boost::dll::shared_library library(file.string(), boost::dll::load_mode::rtld_now, error);
  if (error)
    throw ConfigurationError(place,
                             fmt::format("libraries: '{}' cannot be loaded: {}", file.string(), error.message()));
  for (const char* symbol : {"terse_variant_interface", "terse_register_variants"}) {
    if (library.has(symbol)) continue;
    throw ConfigurationError(place,
                             fmt::format("libraries: '{}' has no function {}; it needs TERSE_VARIANT_LIBRARY() of "
                                         "models/variant_library.hpp",
                                         file.string(), symbol));
  }
  return library;
}

/// Libraries stay loaded to the end: variants they made may live as long.
std::map<std::filesystem::path, boost::dll::shared_library>& libraries() {
  static std::map<std::filesystem::path, boost::dll::shared_library> loaded;
  return loaded;
}

}  // namespace

std::vector<std::filesystem::path> loaded_variant_libraries() {
  std::vector<std::filesystem::path> files;
  for (const auto& [file, library] : libraries()) files.push_back(file);
  return files;
}

void load_variant_library(const std::filesystem::path& file, const Place& place) {
  auto& loaded = libraries();
  const std::filesystem::path key = std::filesystem::weakly_canonical(file);
  if (loaded.contains(key)) return;
  boost::dll::shared_library library = open(key, place);
  const std::uint32_t built_for = library.get<std::uint32_t()>("terse_variant_interface")();
  if (built_for != variant_interface) {
    throw ConfigurationError(place,
                             fmt::format("libraries: '{}' was built for variant interface {}, this Terse has {}; "
                                         "build it again",
                                         file.string(), built_for, variant_interface));
  }
  try {
    library.get<void()>("terse_register_variants")();
  } catch (const VariantError& error) {
    throw ConfigurationError(place,
                             fmt::format("libraries: '{}': {}; give yours another name", file.string(), error.what()));
  }
  loaded.emplace(key, std::move(library));
}

}  // namespace terse::netlist
