#include "models/riscv/code_cache.hpp"

namespace terse::riscv {

CodePage& CodeCache::page(std::uint32_t address) {
  const std::uint32_t base = address / CodePage::size * CodePage::size;
  std::unique_ptr<CodePage>& page = pages_[index_of(address)];
  if (page == nullptr) {
    page = std::make_unique<CodePage>();
    clear(*page);
  } else if (page->base != base && page->filled) {
    clear(*page);
  }
  page->base = base;
  return *page;
}

bool CodeCache::holds(std::uint32_t address) const {
  const std::unique_ptr<CodePage>& page = pages_[index_of(address)];
  return page != nullptr && page->filled && page->base == address / CodePage::size * CodePage::size;
}

void CodeCache::invalidate(std::uint32_t address, std::uint32_t size) {
  if (!holds(address)) return;
  CodePage& page = *pages_[index_of(address)];
  const std::uint32_t begin = (address - page.base) / 2;
  const std::uint32_t end = (address - page.base + size + 1) / 2;
  // An instruction of four bytes may begin one halfword earlier.
  for (std::uint32_t slot = begin == 0 ? 0 : begin - 1; slot < end && slot < CodePage::slot_count; ++slot) {
    page.slots[slot].execute = undecoded_;
    page.slots[slot].ticks = 0;
  }
}

void CodeCache::invalidate_pages(std::uint64_t first, std::uint64_t last) {
  for (const std::unique_ptr<CodePage>& page : pages_) {
    if (page == nullptr || !page->filled) continue;
    if (page->base <= last && first <= std::uint64_t{page->base} + CodePage::size - 1) clear(*page);
  }
}

void CodeCache::clear(CodePage& page) const {
  for (Instruction& slot : page.slots) {
    slot.execute = undecoded_;
    slot.ticks = 0;
  }
  page.filled = false;
}

}  // namespace terse::riscv
