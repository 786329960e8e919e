#include "registers/description_checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <set>
#include <string_view>

namespace terse::registers::generator {
namespace {

// Names become C++ identifiers in lower case, so these cannot be used.
const std::set<std::string_view> cpp_words{
    "alignas",  "alignof",  "and",     "asm",      "auto",      "bool",     "break",    "case",      "catch",
    "char",     "class",    "concept", "const",    "constexpr", "continue", "default",  "delete",    "do",
    "double",   "else",     "enum",    "explicit", "export",    "extern",   "false",    "float",     "for",
    "friend",   "goto",     "if",      "inline",   "int",       "long",     "mutable",  "namespace", "new",
    "not",      "operator", "or",      "private",  "protected", "public",   "register", "requires",  "return",
    "short",    "signed",   "sizeof",  "static",   "struct",    "switch",   "template", "this",      "throw",
    "true",     "try",      "typedef", "typename", "union",     "unsigned", "using",    "virtual",   "void",
    "volatile", "while",    "xor"};

class Checks {
 public:
  Checks(const UnitEntry& unit, const UnitEntry* control, std::vector<Problem>& problems)
      : unit_(unit), control_(control), problems_(problems) {}

  void run() {
    check_name(unit_.name, unit_.place, "unit", false);
    for (const RegisterEntry& entry : unit_.registers) check_register(entry);
    check_unique_registers();
    for (const EnumEntry& entry : unit_.enums) check_enum(entry);
    check_unique(unit_.enums, "enum");
    check_unique(unit_.counters, "counter");
    for (const CounterEntry& counter : unit_.counters) check_name(counter.name, counter.place, "counter", true);
  }

 private:
  void report(const Place& place, std::string message) { problems_.push_back({place, std::move(message)}); }

  void check_name(const std::string& name, const Place& place, std::string_view what, bool upper) {
    if (name.empty()) return;  // reported as missing
    const auto letter = [upper](char c) { return upper ? c >= 'A' && c <= 'Z' : c >= 'a' && c <= 'z'; };
    const bool legal = letter(name[0]) && std::all_of(name.begin(), name.end(), [&](char c) {
                         return letter(c) || (c >= '0' && c <= '9') || c == '_';
                       });
    if (!legal) {
      report(place, fmt::format("'{}' is no name of a {}; use {} letters, digits and '_'", name, what,
                                upper ? "upper-case" : "lower-case"));
    } else if (cpp_words.contains(lower(name))) {
      report(place, fmt::format("'{}' cannot name a {}: '{}' is a word of C++", name, what, lower(name)));
    }
  }

  template <typename Entry>
  void check_unique(const std::vector<Entry>& entries, std::string_view what) {
    std::map<std::string, int> lines;
    for (const Entry& entry : entries) {
      const auto [first, inserted] = lines.emplace(entry.name, entry.place.line);
      if (!inserted)
        report(entry.place, fmt::format("a second {} '{}'; the first is in line {}", what, entry.name, first->second));
    }
  }

  void check_register(const RegisterEntry& entry) {
    const bool checked_before = control_ != nullptr && (entry.part == Part::control || entry.part == Part::counter);
    if (checked_before) return;
    check_name(entry.name, entry.place, "register", true);
    check_enum_reference(entry.enumeration, entry.place);
    if (entry.offset % 4 != 0) {
      report(entry.place, fmt::format("{} has offset 0x{:03X}; offsets are multiples of 4", entry.name, entry.offset));
    }
    if (entry.count == 0 || entry.stride < 4 || entry.stride % 4 != 0) {
      report(entry.place, fmt::format("{}: count must be at least 1 and stride a multiple of 4", entry.name));
    } else if (std::uint64_t{entry.offset} + std::uint64_t{entry.count - 1} * entry.stride + 4 > unit_.window) {
      report(entry.place, fmt::format("{} ends beyond the unit's window of 0x{:X} bytes; move it or enlarge 'window'",
                                      entry.name, unit_.window));
    }
    check_unique(entry.fields, "field");
    std::uint32_t used = 0;
    for (const FieldEntry& field : entry.fields) {
      check_name(field.name, field.place, "field", true);
      check_enum_reference(field.enumeration, field.place);
      if ((used & field.bits().mask()) != 0) report_overlap(entry, field);
      used |= field.bits().mask();
    }
  }

  void report_overlap(const RegisterEntry& entry, const FieldEntry& field) {
    for (const FieldEntry& other : entry.fields) {
      if (&other != &field && (other.bits().mask() & field.bits().mask()) != 0) {
        return report(field.place, fmt::format("field {} of {} overlaps field {} in bits 0x{:08X}", field.name,
                                               entry.name, other.name, other.bits().mask() & field.bits().mask()));
      }
    }
  }

  void check_unique_registers() {
    std::map<std::string, const RegisterEntry*> names;
    std::map<std::uint32_t, const RegisterEntry*> offsets;
    for (const RegisterEntry& entry : unit_.registers) {
      const auto [name, new_name] = names.emplace(entry.name, &entry);
      if (!new_name) {
        report(entry.place, fmt::format("a second register '{}'; the first is {}", entry.name, where(*name->second)));
      }
      if (entry.count > unit_.window / 4) continue;  // reported as too large
      for (std::uint32_t index = 0; index < entry.count; ++index) {
        const auto [offset, new_offset] = offsets.emplace(entry.offset + index * entry.stride, &entry);
        if (new_offset) continue;
        report(entry.place, fmt::format("{} at offset 0x{:03X} collides with {}, {}", entry.name, offset->first,
                                        offset->second->name, where(*offset->second)));
        break;
      }
    }
  }

  static std::string where(const RegisterEntry& entry) {
    return fmt::format("{}:{}", entry.place.file, entry.place.line);
  }

  void check_enum(const EnumEntry& entry) {
    check_name(entry.name, entry.place, "enum", false);
    check_unique(entry.values, "enum value");
    std::map<std::uint32_t, std::string> values;
    for (const EnumValue& value : entry.values) {
      check_name(value.name, value.place, "enum value", false);
      const auto [first, inserted] = values.emplace(value.value, value.name);
      if (!inserted) {
        report(value.place, fmt::format("'{}' has the value {} of '{}'; each needs its own", value.name, value.value,
                                        first->second));
      }
    }
  }

  void check_enum_reference(const std::string& name, const Place& place) {
    const auto known = [&name](const UnitEntry* unit) {
      return unit != nullptr && std::any_of(unit->enums.begin(), unit->enums.end(),
                                            [&](const EnumEntry& entry) { return entry.name == name; });
    };
    if (!name.empty() && !known(&unit_) && !known(control_)) {
      report(place, fmt::format("there is no enum '{}'; add it to 'enums'", name));
    }
  }

  const UnitEntry& unit_;
  const UnitEntry* control_;
  std::vector<Problem>& problems_;
};

}  // namespace

void check_unit(const UnitEntry& unit, const UnitEntry* control, std::vector<Problem>& problems) {
  Checks(unit, control, problems).run();
}

}  // namespace terse::registers::generator
