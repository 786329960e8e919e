#include "models/riscv/block_cache.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

namespace terse::riscv {
namespace {

constexpr std::size_t line_count = (std::uint64_t{1} << 32) / BlockCache::line_size;

std::uint32_t last_line(const Block& block) {
  return static_cast<std::uint32_t>((block.end - 1) / BlockCache::line_size);
}

void forbid_entry(Block& block) {
  block.bound = block.real_bound = Block::never;
  for (std::uint8_t* bound : block.translated_bounds) {
    const auto never = static_cast<std::int32_t>(Block::never);
    if (bound != nullptr) std::memcpy(bound, &never, sizeof never);
  }
}

}  // namespace

void BlockCache::Free::operator()(void* memory) const {
  std::free(memory);
}

BlockCache::BlockCache()
    : code_lines_(static_cast<std::uint8_t*>(std::calloc(line_count, 1))),
      jump_caches_(std::make_unique<std::array<JumpCache, mode_count>>()) {
  if (code_lines_ == nullptr) throw std::bad_alloc();
}

Block* BlockCache::find(std::uint32_t pc, Mode mode, bool single) {
  const std::uint64_t key = key_of(pc, mode, single);
  Recent& recent = recent_[pc / 2 % recent_.size()];
  if (recent.key == key) return recent.block;
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return nullptr;
  recent = {key, found->second};
  return found->second;
}

Block& BlockCache::insert(std::unique_ptr<Block> block) {
  Block& inserted = *block;
  by_key_[key_of(inserted.pc, inserted.mode, inserted.single)] = &inserted;
  for (std::uint32_t line = inserted.pc / line_size; line <= last_line(inserted); ++line) {
    by_line_[line].push_back(&inserted);
    code_lines_[line] = 1;
  }
  blocks_.push_back(std::move(block));
  return inserted;
}

bool BlockCache::written(std::uint32_t address, std::uint32_t size) {
  bool any = false;
  const std::uint32_t last = address + (size - 1);
  for (std::uint32_t line = address / line_size; line <= last / line_size; ++line) {
    const auto found = by_line_.find(line);
    if (found == by_line_.end()) continue;
    for (Block* block : std::vector<Block*>(found->second)) {
      if (block->pc > last || block->end <= address) continue;
      drop(*block);
      any = true;
    }
  }
  return any;
}

void BlockCache::verify() {
  for (const std::unique_ptr<Block>& block : blocks_) {
    if (block->valid && std::memcmp(block->source, block->bytes.data(), block->bytes.size()) != 0) drop(*block);
  }
}

void BlockCache::drop(Block& block) {
  block.valid = false;
  forbid_entry(block);
  by_key_.erase(key_of(block.pc, block.mode, block.single));
  recent_[block.pc / 2 % recent_.size()] = {};
  for (std::uint32_t line = block.pc / line_size; line <= last_line(block); ++line) {
    const auto found = by_line_.find(line);
    std::erase(found->second, &block);
    if (!found->second.empty()) continue;
    by_line_.erase(found);
    code_lines_[line] = 0;
  }
  JumpCacheEntry& entry = jump_cache(block.mode).at(block.pc);
  if (entry.block == &block) entry = JumpCacheEntry{};
}

void BlockCache::clear() {
  for (const auto& [line, blocks] : by_line_) code_lines_[line] = 0;
  by_line_.clear();
  by_key_.clear();
  recent_.fill({});
  blocks_.clear();
  for (JumpCache& cache : *jump_caches_) cache.entries.fill(JumpCacheEntry{});
}

}  // namespace terse::riscv
