#pragma once
// The blocks that exist, how they are found, and how they go when their code changes.
//
// A block that goes is only marked and made impossible to enter: others still point to it, and it may be the one that is
// running. Memory is given back by `clear`, which the run loop calls where no block runs.
#include <array>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "models/riscv/block.hpp"

namespace terse::riscv {

/// Finds the block at the target of an indirect jump. Read by translated code: the layout is part of its interface.
struct JumpCacheEntry {
  std::uint32_t pc = 1;  ///< odd: no block
  std::uint32_t entry_latency = 0;
  Block* block = nullptr;
  const void* translation = nullptr;  ///< its translated code, or what leads back to the interpreter
  std::uint64_t unused = 0;           ///< a power of two in size, so that an index is a shift
};
static_assert(sizeof(JumpCacheEntry) == 32);

struct JumpCache {
  static constexpr std::uint32_t size = 1024;
  std::array<JumpCacheEntry, size> entries{};
  JumpCacheEntry& at(std::uint32_t pc) { return entries[pc / 2 % size]; }
};

class BlockCache {
 public:
  BlockCache();

  /// The valid block, or nullptr. `single`: the one that steps one instruction.
  Block* find(std::uint32_t pc, Mode mode, bool single);
  /// Takes the block in. Its bytes are guarded from now on.
  Block& insert(std::unique_ptr<Block> block);

  /// Whether some block may hold the byte at `address`; a store there has to be announced by `written`.
  bool may_hold(std::uint32_t address) const { return code_lines_[address / line_size] != 0; }
  /// One byte for each line of the address space: nonzero if a block may lie in it.
  const std::uint8_t* code_lines() const { return code_lines_.get(); }

  /// Bytes were written: true if a block went by it.
  bool written(std::uint32_t address, std::uint32_t size);
  /// Drops the blocks whose code is no longer what they were decoded from (fence.i).
  void verify();
  /// Drops everything. No block may be running, and all pointers to blocks become invalid.
  void clear();

  JumpCache& jump_cache(Mode mode) { return (*jump_caches_)[static_cast<std::size_t>(mode)]; }
  /// Blocks held, those included that are no longer valid.
  std::size_t size() const { return blocks_.size(); }

  static constexpr std::uint32_t line_size = 64;

 private:
  struct Free {
    void operator()(void* memory) const;
  };

  static std::uint64_t key_of(std::uint32_t pc, Mode mode, bool single) {
    return std::uint64_t{pc} << 3 | static_cast<std::uint64_t>(mode) << 1 | std::uint64_t{single};
  }
  void drop(Block& block);

  std::vector<std::unique_ptr<Block>> blocks_;
  std::unordered_map<std::uint64_t, Block*> by_key_;
  /// Found last, by address: stepping asks for the same few instructions again and again.
  struct Recent {
    std::uint64_t key = ~std::uint64_t{0};
    Block* block = nullptr;
  };
  std::array<Recent, 2048> recent_{};
  std::unordered_map<std::uint32_t, std::vector<Block*>> by_line_;
  // 64 MiB of address space, of which only the pages that are touched take memory.
  std::unique_ptr<std::uint8_t[], Free> code_lines_;
  std::unique_ptr<std::array<JumpCache, mode_count>> jump_caches_;
};

}  // namespace terse::riscv
