#include "registers/description.hpp"

#include <algorithm>
#include <cctype>

namespace terse::registers::generator {

std::uint32_t RegisterEntry::writable() const {
  if (access == Access::read_only) return 0;
  if (fields.empty()) return 0xFFFFFFFF;
  std::uint32_t mask = 0;
  for (const FieldEntry& field : fields) mask |= field.bits().mask();
  return mask;
}

std::uint32_t RegisterEntry::self_clearing() const {
  std::uint32_t mask = 0;
  for (const FieldEntry& field : fields) {
    if (field.self_clearing) mask |= field.bits().mask();
  }
  return mask;
}

std::string lower(const std::string& name) {
  std::string result = name;
  std::transform(result.begin(), result.end(), result.begin(),
                 [](char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); });
  return result;
}

std::string pascal(const std::string& name) {
  std::string result;
  bool start = true;
  for (const char c : name) {
    if (c == '_') {
      start = true;
      continue;
    }
    result += static_cast<char>(start ? std::toupper(static_cast<unsigned char>(c))
                                      : std::tolower(static_cast<unsigned char>(c)));
    start = false;
  }
  return result;
}

}  // namespace terse::registers::generator
