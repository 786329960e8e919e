#include "models/bus/address_map.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace terse {

namespace {

std::string describe(const AddressRegion& region) {
  return fmt::format("'{}' [{:#010x}, {:#010x}]", region.name, region.base, region.last());
}

constexpr auto starts_after = [](std::uint64_t address, const AddressRegion& region) { return address < region.base; };

}  // namespace

AddressMapError::AddressMapError(const std::string& message, AddressRegion region, std::optional<AddressRegion> other)
    : std::runtime_error(message), region_(std::move(region)), other_(std::move(other)) {}

void AddressMap::add(const AddressRegion& region) {
  if (region.size == 0) {
    throw AddressMapError(fmt::format("region '{}' at {:#010x} is empty", region.name, region.base), region);
  }
  if (region.base > std::numeric_limits<std::uint64_t>::max() - (region.size - 1)) {
    throw AddressMapError(fmt::format("region '{}' of {:#x} bytes at {:#010x} leaves the 64-bit address space",
                                      region.name, region.size, region.base),
                          region);
  }
  const auto after = std::ranges::upper_bound(regions_, region.base, {}, &AddressRegion::base);
  const AddressRegion* overlapped = nullptr;
  if (after != regions_.end() && after->base <= region.last()) overlapped = &*after;
  if (after != regions_.begin() && std::prev(after)->last() >= region.base) overlapped = &*std::prev(after);
  if (overlapped != nullptr) {
    throw AddressMapError(fmt::format("region {} overlaps region {}", describe(region), describe(*overlapped)), region,
                          *overlapped);
  }
  regions_.insert(after, region);
}

const AddressRegion* AddressMap::find(std::uint64_t address) const {
  const auto after = std::upper_bound(regions_.begin(), regions_.end(), address, starts_after);
  if (after == regions_.begin()) return nullptr;
  const AddressRegion& candidate = *std::prev(after);
  return candidate.contains(address) ? &candidate : nullptr;
}

AddressMap::Hole AddressMap::hole(std::uint64_t address) const {
  const auto after = std::upper_bound(regions_.begin(), regions_.end(), address, starts_after);
  return {.first = after == regions_.begin() ? 0 : std::prev(after)->last() + 1,
          .last = after == regions_.end() ? std::numeric_limits<std::uint64_t>::max() : after->base - 1};
}

}  // namespace terse
