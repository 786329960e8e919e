#pragma once
// For a shared library that adds variants (a dataflow, an arbitration policy ...) or module types to Terse from outside
// the tree; docs/variants.md is a worked example. A platform file names it:  libraries: [libmine.so]
//
//   TERSE_VARIANT_LIBRARY() {
//     terse::arbitration_variants().add({.name = "lottery", .sentence = "...", .make = ...});
//   }
#include <cstdint>

namespace terse {

/// Changes whenever an interface changes that such a library implements or calls; a library built for another number is
/// refused.
inline constexpr std::uint32_t variant_interface = 2;

}  // namespace terse

/// Defines what Terse looks for in the library; followed by the body of the function that adds the variants. It is
/// called once, before the platform's parameters are read.
#define TERSE_VARIANT_LIBRARY()                                                      \
  extern "C" [[gnu::visibility("default")]] std::uint32_t terse_variant_interface(); \
  extern "C" [[gnu::visibility("default")]] void terse_register_variants();          \
  extern "C" std::uint32_t terse_variant_interface() {                               \
    return ::terse::variant_interface;                                               \
  }                                                                                  \
  extern "C" void terse_register_variants()
