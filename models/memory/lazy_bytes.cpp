#include "models/memory/lazy_bytes.hpp"

#include <fmt/format.h>
#include <sys/mman.h>

#include <cerrno>
#include <system_error>

namespace terse {

LazyBytes::LazyBytes(std::uint64_t size) : bytes_(nullptr), size_(size) {
  void* pages = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (pages == MAP_FAILED) {
    throw std::system_error(errno, std::generic_category(), fmt::format("no {} bytes of memory for a model", size));
  }
  bytes_ = static_cast<std::uint8_t*>(pages);
}

LazyBytes::~LazyBytes() {
  ::munmap(bytes_, size_);
}

}  // namespace terse
