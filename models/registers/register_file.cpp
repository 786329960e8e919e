#include "models/registers/register_file.hpp"

#include <algorithm>
#include <cassert>

namespace terse {

using registers::Access;
using registers::RegisterDescription;

namespace {
constexpr std::uint16_t absent = 0xFFFF;
}

RegisterFile::RegisterFile(std::span<const RegisterDescription> table) : table_(table), values_(table.size()) {
  std::uint32_t last = 0;
  for (const RegisterDescription& description : table) last = std::max(last, description.offset);
  index_by_word_.assign(last / 4 + 1, absent);
  for (std::size_t i = 0; i < table.size(); ++i) {
    index_by_word_[table[i].offset / 4] = static_cast<std::uint16_t>(i);
    values_[i] = table[i].reset;
  }
}

const RegisterDescription* RegisterFile::find(std::uint32_t offset) const {
  if (offset % 4 != 0 || offset / 4 >= index_by_word_.size()) return nullptr;
  const std::uint16_t found = index_by_word_[offset / 4];
  return found == absent ? nullptr : &table_[found];
}

std::size_t RegisterFile::index(std::uint32_t offset) const {
  assert(find(offset) != nullptr);
  return index_by_word_[offset / 4];
}

std::uint32_t RegisterFile::get(std::uint32_t offset) const {
  return values_[index(offset)];
}

void RegisterFile::set(std::uint32_t offset, std::uint32_t value) {
  values_[index(offset)] = value;
}

void RegisterFile::write(std::uint32_t offset, std::uint32_t value) {
  const std::size_t i = index(offset);
  const RegisterDescription& description = table_[i];
  switch (description.access) {
    case Access::read_only:
      break;
    case Access::write_one_to_clear:
      values_[i] &= ~(value & description.writable);
      break;
    case Access::read_write:
    case Access::write_only:
      values_[i] = ((values_[i] & ~description.writable) | (value & description.writable)) & ~description.self_clearing;
      break;
  }
}

}  // namespace terse
