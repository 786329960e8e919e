#pragma once
// Turns blocks into host code.
#include <cstdint>
#include <memory>

#include "models/riscv/block.hpp"

namespace terse::riscv {

class Hart;

class Translator {
 public:
  /// The translator for this host; nullptr if there is none, or if the system gives no executable memory.
  static std::unique_ptr<Translator> create(Hart& hart);
  virtual ~Translator() = default;

  /// Makes host code of the block, whose address hints are filled in, and sets Block::translation; from then on the
  /// interpreter no longer enters it. A block that holds nothing to translate stays as it is. False: memory is used up,
  /// and all blocks have to be forgotten.
  virtual bool translate(Block& block) = 0;
  /// Runs from this translated block on, until one is left for the run loop.
  virtual void run(const Block& block) = 0;
  /// Lets the jump at `site`, which a run left behind in HartState::translated_link, lead to the block. `taken`: it is a
  /// control transfer, not the way on.
  virtual void link(std::uint8_t* site, const Block& block, bool taken) = 0;
  /// Where a jump cache entry without a translation leads: back to the run loop.
  virtual const void* way_back() const = 0;
  /// Forgets all translations.
  virtual void clear() = 0;
};

}  // namespace terse::riscv
