// Hosts without a translator: everything is interpreted.
#include "models/riscv/translator.hpp"

namespace terse::riscv {

std::unique_ptr<Translator> Translator::create(Hart& /*hart*/) {
  return nullptr;
}

}  // namespace terse::riscv
