#pragma once
#include <cstdint>
#include <span>

namespace terse {

/// Zero-initialised bytes whose pages the host allocates when they are first touched, so that a large and mostly unused
/// DRAM costs nothing. Throws std::system_error when there is no address space left.
class LazyBytes {
 public:
  explicit LazyBytes(std::uint64_t size);
  ~LazyBytes();
  LazyBytes(const LazyBytes&) = delete;
  LazyBytes& operator=(const LazyBytes&) = delete;

  [[nodiscard]] std::span<std::uint8_t> span() const { return {bytes_, size_}; }

 private:
  std::uint8_t* bytes_;
  std::uint64_t size_;
};

}  // namespace terse
