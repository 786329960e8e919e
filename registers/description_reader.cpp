#include "registers/description_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "registers/description_checks.hpp"
#include "registers/yaml_source.hpp"

namespace terse::registers::generator {
namespace {

class UnitReader {
 public:
  UnitReader(const std::string& file, const UnitEntry* control, Problems& problems)
      : source_(file, problems), problems_(problems), control_(control) {}

  UnitEntry read();

 private:
  bool check_top_level();
  void read_registers(const char* key, Part part);
  RegisterEntry read_register(const YAML::Node& node, Part part);
  void read_access(const YAML::Node& node, RegisterEntry& entry);
  FieldEntry read_field(const YAML::Node& node);
  void read_bits(const YAML::Node& node, FieldEntry& field);
  void read_enums();
  void read_counters();
  void adopt_control_block();

  YamlSource source_;
  Problems& problems_;
  const UnitEntry* control_;
  UnitEntry unit_;
};

bool UnitReader::check_top_level() {
  const YAML::Node& root = source_.root();
  if (root.IsNull()) {
    if (problems_.empty())
      source_.report(root, "the file is empty; expected a unit with name, description and registers");
    return false;
  }
  if (!root.IsMap()) {
    source_.report(root, "expected a unit with name, description and registers");
    return false;
  }
  if (control_ == nullptr) {
    source_.check_map(root, "a control block",
                      {"name", "description", "job_offset", "capability_offset", "registers", "counters", "enums"});
  } else {
    source_.check_map(
        root, "a unit",
        {"name", "description", "control", "window", "registers", "job_registers", "capabilities", "enums"});
  }
  return true;
}

UnitEntry UnitReader::read() {
  if (!check_top_level()) return unit_;
  const YAML::Node& root = source_.root();
  unit_.place = source_.place(root);
  unit_.name = source_.text(root, "name");
  unit_.description = source_.text(root, "description");
  unit_.window = source_.number(root, "window", 0x400);
  if (control_ == nullptr) {
    unit_.job_offset = source_.required_number(root, "job_offset");
    unit_.capability_offset = source_.required_number(root, "capability_offset");
    read_registers("registers", Part::control);
    read_counters();
  } else {
    const std::string control = source_.text(root, "control", false);
    unit_.has_control_block = !control.empty();
    if (unit_.has_control_block && control != control_->name) {
      source_.report(root["control"], fmt::format("unknown control block '{}'; known: {}", control, control_->name));
    }
    for (const char* key : {"job_registers", "capabilities"}) {
      if (root[key] && !unit_.has_control_block) {
        source_.report(root[key], fmt::format("'{}' needs a control block; add 'control: {}'", key, control_->name));
      }
    }
    if (unit_.has_control_block) {
      adopt_control_block();
    }
    read_registers("job_registers", Part::job);
    read_registers("capabilities", Part::capability);
    read_registers("registers", Part::own);
  }
  read_enums();
  check_unit(unit_, control_, problems_);
  std::stable_sort(unit_.registers.begin(), unit_.registers.end(),
                   [](const RegisterEntry& a, const RegisterEntry& b) { return a.offset < b.offset; });
  return unit_;
}

/// The block's registers become the unit's; the one whose values are the enum of units reads as this unit.
void UnitReader::adopt_control_block() {
  unit_.registers = control_->registers;
  unit_.job_offset = control_->job_offset;
  unit_.capability_offset = control_->capability_offset;
  for (const EnumEntry& entry : control_->enums) {
    if (entry.name != "unit") continue;
    const auto own = std::find_if(entry.values.begin(), entry.values.end(),
                                  [this](const EnumValue& value) { return value.name == unit_.name; });
    if (own == entry.values.end()) {
      source_.report(source_.root()["name"], fmt::format("enum 'unit' has no value for '{}'; add one at {}:{}",
                                                         unit_.name, entry.place.file, entry.place.line));
      return;
    }
    for (RegisterEntry& identity : unit_.registers) {
      if (identity.enumeration == entry.name) identity.reset = own->value;
    }
  }
}

void UnitReader::read_registers(const char* key, Part part) {
  std::uint32_t next = part == Part::job ? unit_.job_offset : unit_.capability_offset;
  for (const YAML::Node& node : source_.list(source_.root(), key)) {
    RegisterEntry entry = read_register(node, part);
    if (part == Part::job || part == Part::capability) {
      entry.offset = next;
      next += 4;
    }
    unit_.registers.push_back(std::move(entry));
  }
}

RegisterEntry UnitReader::read_register(const YAML::Node& node, Part part) {
  RegisterEntry entry;
  entry.part = part;
  entry.place = source_.place(node);
  const bool positioned = part == Part::own || part == Part::control;
  const bool known =
      positioned ? source_.check_map(node, "a register",
                                     {"name", "offset", "access", "reset", "read_effect", "count", "stride", "enum",
                                      "fields", "description"})
                 : source_.check_map(node, "a job or capability register (its place in the list gives its offset)",
                                     {"name", "reset", "enum", "fields", "description"});
  if (!known && !node.IsMap()) return entry;
  entry.name = source_.text(node, "name");
  entry.description = source_.text(node, "description");
  entry.enumeration = source_.text(node, "enum", false);
  entry.reset = source_.number(node, "reset", 0);
  entry.access = part == Part::capability ? Access::read_only : Access::read_write;
  if (positioned) {
    entry.offset = source_.required_number(node, "offset");
    entry.read_effect = source_.flag(node, "read_effect");
    entry.count = source_.number(node, "count", 1);
    entry.stride = source_.number(node, "stride", 4);
    read_access(node, entry);
  }
  for (const YAML::Node& field : source_.list(node, "fields")) entry.fields.push_back(read_field(field));
  return entry;
}

void UnitReader::read_access(const YAML::Node& node, RegisterEntry& entry) {
  static const std::map<std::string, Access> accesses{{"ro", Access::read_only},
                                                      {"rw", Access::read_write},
                                                      {"wo", Access::write_only},
                                                      {"w1c", Access::write_one_to_clear}};
  const std::string text = source_.text(node, "access");
  const auto found = accesses.find(text);
  if (found != accesses.end()) {
    entry.access = found->second;
  } else if (!text.empty()) {
    source_.report(node["access"], fmt::format("unknown access '{}'; known: ro (read only), rw, wo (write only), "
                                               "w1c (a written 1 clears the bit)",
                                               text));
  }
}

FieldEntry UnitReader::read_field(const YAML::Node& node) {
  FieldEntry field;
  field.place = source_.place(node);
  if (!source_.check_map(node, "a field", {"name", "bits", "description", "self_clearing", "enum"}) && !node.IsMap()) {
    return field;
  }
  field.name = source_.text(node, "name");
  field.description = source_.text(node, "description");
  field.enumeration = source_.text(node, "enum", false);
  field.self_clearing = source_.flag(node, "self_clearing");
  read_bits(node, field);
  return field;
}

void UnitReader::read_bits(const YAML::Node& node, FieldEntry& field) {
  const YAML::Node bits = node["bits"];
  if (!bits) {
    source_.report(node, "key 'bits' is missing here; write bits: [high, low]");
    return;
  }
  if (!bits.IsSequence() || bits.size() != 2) {
    source_.report(bits, "'bits' must be [high, low], e.g. [15, 0]");
    return;
  }
  const std::uint32_t high = source_.number(bits[0], "bits");
  const std::uint32_t low = source_.number(bits[1], "bits");
  if (high > 31 || low > 31) {
    source_.report(bits, fmt::format("bits [{}, {}] are outside the register; bits are numbered 31 to 0", high, low));
  } else if (high < low) {
    source_.report(bits, fmt::format("bits [{0}, {1}] are the wrong way round; write [{1}, {0}]", high, low));
  } else {
    field.lowest_bit = low;
    field.width = high - low + 1;
  }
}

void UnitReader::read_enums() {
  for (const YAML::Node& node : source_.list(source_.root(), "enums")) {
    EnumEntry entry;
    entry.place = source_.place(node);
    if (!source_.check_map(node, "an enum", {"name", "description", "values"}) && !node.IsMap()) continue;
    entry.name = source_.text(node, "name");
    entry.description = source_.text(node, "description");
    for (const YAML::Node& item : source_.list(node, "values")) {
      EnumValue value;
      value.place = source_.place(item);
      if (!source_.check_map(item, "an enum value", {"name", "value", "description"}) && !item.IsMap()) continue;
      value.name = source_.text(item, "name");
      value.value = source_.required_number(item, "value");
      value.description = source_.text(item, "description");
      entry.values.push_back(std::move(value));
    }
    if (entry.values.empty()) source_.report(node, fmt::format("enum '{}' has no values", entry.name));
    unit_.enums.push_back(std::move(entry));
  }
}

void UnitReader::read_counters() {
  const YAML::Node node = source_.root()["counters"];
  if (!node || !source_.check_map(node, "counters", {"offset", "names"})) return;
  std::uint32_t offset = source_.required_number(node, "offset");
  unit_.counters_offset = offset;
  for (const YAML::Node& item : source_.list(node, "names")) {
    if (!source_.check_map(item, "a counter", {"name", "description"})) continue;
    CounterEntry counter{source_.text(item, "name"), source_.text(item, "description"), source_.place(item)};
    for (const char* half : {"LOW", "HIGH"}) {
      RegisterEntry entry;
      entry.name = fmt::format("COUNTER_{}_{}", counter.name, half);
      entry.offset = offset;
      entry.access = Access::read_only;
      entry.description = fmt::format("{} ({} word.)", counter.description, half[0] == 'L' ? "Low" : "High");
      entry.part = Part::counter;
      entry.place = counter.place;
      unit_.registers.push_back(std::move(entry));
      offset += 4;
    }
    unit_.counters.push_back(std::move(counter));
  }
}

}  // namespace

UnitEntry read_unit(const std::string& file, const UnitEntry* control, Problems& problems) {
  // Each file starts with an empty list of its own: a mistake in one must not hide mistakes in the next.
  Problems own;
  UnitEntry unit = UnitReader(file, control, own).read();
  problems.insert(problems.end(), own.begin(), own.end());
  return unit;
}

std::vector<Peripheral> read_peripherals(const std::string& file, Problems& problems) {
  YamlSource source(file, problems);
  std::vector<Peripheral> peripherals;
  if (!source.root().IsMap()) {
    if (!source.root().IsNull()) source.report(source.root(), "expected a map with the key peripherals");
    return peripherals;
  }
  source.check_map(source.root(), "the reference platform", {"peripherals"});
  for (const YAML::Node& node : source.list(source.root(), "peripherals")) {
    if (!source.check_map(node, "a peripheral", {"unit", "base", "instances"}) && !node.IsMap()) continue;
    peripherals.push_back(
        {source.text(node, "unit"), source.required_number(node, "base"), source.number(node, "instances", 1)});
  }
  return peripherals;
}

}  // namespace terse::registers::generator
