#pragma once
// Which target answers which address. Regions never overlap; each starts at relative address 0 of its target.
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace terse {

/// A piece of the address space. `target` is the index of the target in the order of binding.
struct AddressRegion {
  std::string name;
  std::uint64_t base = 0;
  std::uint64_t size = 0;  ///< Bytes, at least 1.
  unsigned target = 0;

  [[nodiscard]] std::uint64_t last() const { return base + (size - 1); }
  [[nodiscard]] bool contains(std::uint64_t address) const { return address >= base && address <= last(); }
};

/// The map cannot be built: two regions overlap, or one is empty, leaves the 64-bit address space or has no target.
/// what() is a sentence that names the regions and their addresses.
class AddressMapError : public std::runtime_error {
 public:
  AddressMapError(const std::string& message, AddressRegion region, std::optional<AddressRegion> other = {});
  [[nodiscard]] const AddressRegion& region() const { return region_; }
  /// The region that was there before, for an overlap.
  [[nodiscard]] const std::optional<AddressRegion>& other() const { return other_; }

 private:
  AddressRegion region_;
  std::optional<AddressRegion> other_;
};

class AddressMap {
 public:
  /// Throws AddressMapError; the map is then unchanged.
  void add(const AddressRegion& region);
  /// The region that holds `address`, or nullptr.
  [[nodiscard]] const AddressRegion* find(std::uint64_t address) const;
  /// First and last address of the unmapped range around `address`, which must not be mapped.
  struct Hole {
    std::uint64_t first;
    std::uint64_t last;
  };
  [[nodiscard]] Hole hole(std::uint64_t address) const;
  /// By address.
  [[nodiscard]] const std::vector<AddressRegion>& regions() const { return regions_; }

 private:
  std::vector<AddressRegion> regions_;
};

}  // namespace terse
