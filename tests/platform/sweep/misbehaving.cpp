// Arbitrations that take their process with them: what a sweep must survive.
#include <unistd.h>

#include <csignal>
#include <iostream>

#include "models/scratchpad/arbitration.hpp"
#include "models/variant_library.hpp"

namespace {

std::unique_ptr<terse::Arbitration> crash(const terse::ArbitrationGeometry&) {
  std::cerr << "about to crash" << std::endl;
  std::raise(SIGSEGV);
  return nullptr;
}

std::unique_ptr<terse::Arbitration> never_return(const terse::ArbitrationGeometry&) {
  for (;;) pause();
}

}  // namespace

TERSE_VARIANT_LIBRARY() {
  terse::arbitration_variants().add({.name = "crashes", .sentence = "crashes", .make = crash});
  terse::arbitration_variants().add({.name = "hangs", .sentence = "never returns", .make = never_return});
}
