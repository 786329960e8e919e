// memcpy and memset by words. picolibc's are made for size and go byte by byte, which costs the start of an inference
// as much as the check of its image. The compiler calls them on its own, so they keep their C names.
#include <cstddef>
#include <cstdint>

namespace {

/// May point at anything: these functions see objects of every type.
using Word [[gnu::may_alias]] = std::uint32_t;

bool is_aligned(const void* address) {
  return reinterpret_cast<std::uintptr_t>(address) % sizeof(Word) == 0;
}

}  // namespace

// Without the attribute the compiler would recognise the loops and replace them by calls of the functions themselves.
extern "C" [[gnu::optimize("no-tree-loop-distribute-patterns")]] void* memcpy(void* to, const void* from,
                                                                              std::size_t size) {
  auto* bytes = static_cast<std::uint8_t*>(to);
  const auto* source = static_cast<const std::uint8_t*>(from);
  if (is_aligned(to) && is_aligned(from)) {
    for (; size >= sizeof(Word); size -= sizeof(Word), bytes += sizeof(Word), source += sizeof(Word)) {
      *reinterpret_cast<Word*>(reinterpret_cast<std::uintptr_t>(bytes)) =
          *reinterpret_cast<const Word*>(reinterpret_cast<std::uintptr_t>(source));
    }
  }
  for (; size != 0; --size) *bytes++ = *source++;
  return to;
}

extern "C" [[gnu::optimize("no-tree-loop-distribute-patterns")]] void* memset(void* to, int value, std::size_t size) {
  auto* bytes = static_cast<std::uint8_t*>(to);
  const auto byte = static_cast<std::uint8_t>(value);
  if (is_aligned(to)) {
    for (; size >= sizeof(Word); size -= sizeof(Word), bytes += sizeof(Word)) {
      *reinterpret_cast<Word*>(reinterpret_cast<std::uintptr_t>(bytes)) = byte * 0x01010101u;
    }
  }
  for (; size != 0; --size) *bytes++ = byte;
  return to;
}
