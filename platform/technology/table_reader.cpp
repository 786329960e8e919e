// Reads technology/*.yaml into a Table.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "platform/configuration/section.hpp"
#include "platform/technology/scaling.hpp"
#include "platform/technology/table.hpp"

namespace terse::technology {

using configuration::ConfigurationError;
using configuration::Node;
using configuration::Place;
using configuration::Section;

namespace {

const std::filesystem::path folder = TERSE_TECHNOLOGY_FOLDER;

double number(const Node& node, const std::string& what) {
  std::size_t used = 0;
  double value = 0;
  try {
    value = std::stod(node.scalar, &used);
  } catch (const std::exception&) {
    used = 0;
  }
  if (node.kind != Node::Kind::scalar || used == 0 || used != node.scalar.size() || !(value > 0)) {
    throw ConfigurationError(node.place, fmt::format("{}: a number above 0 is expected", what));
  }
  return value;
}

/// A list of [x, y], x ascending.
EntryValue::Points points(const Node& node, const std::string& what) {
  EntryValue::Points result;
  for (const Node& item : node.sequence) {
    if (item.sequence.size() != 2) {
      throw ConfigurationError(item.place, fmt::format("{}: a pair is expected, for example [8, 5.29]", what));
    }
    const double x = number(item.sequence[0], what), y = number(item.sequence[1], what);
    if (!result.empty() && x <= result.back().first) {
      throw ConfigurationError(item.place, fmt::format("{}: {} follows {}; the first numbers of the pairs must ascend",
                                                       what, x, result.back().first));
    }
    result.emplace_back(x, y);
  }
  if (result.empty()) throw ConfigurationError(node.place, fmt::format("{}: a list of pairs is expected", what));
  return result;
}

std::filesystem::path file_of(const std::string& name, const Place& place) {
  const std::filesystem::path built_in = folder / (name + ".yaml");
  if (std::filesystem::exists(built_in)) return built_in;
  std::filesystem::path path(name);
  if (path.is_relative() && !place.file.starts_with("--set") && !place.file.empty())
    path = std::filesystem::path(place.file).parent_path() / path;
  if (std::filesystem::is_regular_file(path)) return path;
  const auto names = Table::built_in();
  const std::string near = configuration::nearest(name, names);
  throw ConfigurationError(
      place, fmt::format("technology '{}' is neither a built-in table nor a file; built in: {}{}", name,
                         fmt::join(names, ", "), near.empty() ? "" : fmt::format("; did you mean '{}'?", near)));
}

}  // namespace

class TableReader {
 public:
  static Table read(const std::string& name, const std::filesystem::path& file) {
    const Node root = configuration::read_yaml(file);
    TableReader reader;
    Table& table = reader.table_;
    table.name_ = name;
    table.file_ = file.string();
    Section section(root, "");
    section.read({{{.name = "description", .sentence = "What it is."}, &table.description_},
                  {{.name = "node_nm",
                    .unit = "nm",
                    .minimum = smallest_node_nm,
                    .maximum = greatest_node_nm,
                    .sentence = "Feature size."},
                   &table.node_nm_},
                  {{.name = "voltage",
                    .unit = "V",
                    .minimum = lowest_voltage,
                    .maximum = highest_voltage,
                    .sentence = "Supply at which the entries hold."},
                   &table.voltage_},
                  {{.name = "temperature_c", .unit = "C", .minimum = -40, .maximum = 125, .sentence = "Junction."},
                   &table.temperature_c_},
                  {{.name = "scale_from", .sentence = "Table whose entries are scaled."}, &table.scale_from_}});
    for (const char* key : {"node_nm", "voltage"}) {
      if (!section.has(key)) throw ConfigurationError(root.place, fmt::format("the key '{}' is missing", key));
    }
    if (!table.scale_from_.empty()) reader.scale(section);
    reader.read_uncertainty(section, "voltage_scaling", table.voltage_uncertainty_);
    reader.include(section);
    if (const Node* entries = section.node("entries")) reader.read_entries(*entries);
    section.finish();
    return table;
  }

 private:
  void scale(Section& section) {
    const Table from = Table::load(table_.scale_from_, section.place("scale_from"));
    if (!from.scale_from_.empty()) {
      throw ConfigurationError(section.place("scale_from"),
                               fmt::format("'{}' is scaled itself (from {}); scale from a table with its own entries",
                                           from.name_, from.scale_from_));
    }
    table_.entries_ = from.entries_;
    for (auto& entry : table_.entries_) {
      if (entry) entry->own = false;
    }
    table_.scale(from.node_nm_, from.voltage_, table_.node_nm_, table_.voltage_);
    read_uncertainty(section, "scaling", table_.scaling_uncertainty_);
  }

  void read_uncertainty(Section& section, const std::string& key, double& uncertainty) {
    Section inner = section.section(key);
    std::string source;
    inner.read({{{.name = "uncertainty", .maximum = 10, .sentence = "Relative."}, &uncertainty},
                {{.name = "source", .sentence = "Where it is from."}, &source}});
    if (!inner.has("uncertainty") || source.empty()) {
      throw ConfigurationError(section.place(key),
                               fmt::format("'{}' needs 'uncertainty' (relative) and 'source'", key));
    }
    if (key == "scaling") table_.scaling_source_ = source;
    inner.finish();
  }

  void include(Section& section) {
    const Node* node = section.node("include");
    if (node == nullptr) return;
    const auto file = std::filesystem::path(table_.file_).parent_path() / node->scalar;
    const Node root = configuration::read_yaml(file);
    Section inner(root, "");
    if (const Node* entries = inner.node("entries")) read_entries(*entries);
    inner.finish();
  }

  void read_entries(const Node& entries) {
    for (const auto& item : entries.map) {
      const auto entry = find_entry(item.key);
      if (!entry) {
        std::vector<std::string> names;
        for (std::size_t i = 0; i + 1 < entry_count; ++i) names.emplace_back(description(static_cast<Entry>(i)).name);
        const std::string near = configuration::nearest(item.key, names);
        throw ConfigurationError(item.place,
                                 fmt::format("nothing uses an entry '{}'{}", item.key,
                                             near.empty() ? fmt::format("; known: {}", fmt::join(names, ", "))
                                                          : fmt::format("; did you mean '{}'?", near)));
      }
      table_.entries_[static_cast<std::size_t>(*entry)] = read_entry(*entry, item.value);
    }
  }

  static EntryValue read_entry(Entry entry, const Node& node) {
    const EntryDescription& what = description(entry);
    const std::string name(what.name);
    Section section(node, name);
    EntryValue value;
    std::string unit;
    section.read({{{.name = "unit", .sentence = "Unit."}, &unit},
                  {{.name = "uncertainty", .maximum = 10, .sentence = "Relative."}, &value.uncertainty},
                  {{.name = "factor", .maximum = 100, .sentence = "All values are multiplied by it."}, &value.factor},
                  {{.name = "source", .sentence = "Where it is from."}, &value.source}});
    if (unit != what.unit) {
      throw ConfigurationError(section.place("unit"),
                               fmt::format("{}: the unit is '{}'; '{}' is expected", name, unit, what.unit));
    }
    if (value.source.empty() || !section.has("uncertainty")) {
      throw ConfigurationError(node.place, fmt::format("{}: 'source' and 'uncertainty' (relative) are needed", name));
    }
    const char* key = what.by_size ? "size_kib" : "value";
    const Node* given = section.node(key);
    if (given == nullptr) throw ConfigurationError(node.place, fmt::format("{}: the key '{}' is missing", name, key));
    if (what.by_size) {
      value.size_kib = points(*given, name + ".size_kib");
      if (const Node* width = section.node("width_bits")) value.width_bits = points(*width, name + ".width_bits");
    } else {
      value.value = number(*given, name);
    }
    section.finish();
    return value;
  }

  Table table_;
};

Table Table::load(const std::string& name, const Place& place) {
  return TableReader::read(name, file_of(name, place));
}

std::vector<std::string> Table::built_in() {
  std::vector<std::string> names;
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    const std::string name = file.path().stem().string();
    if (file.path().extension() == ".yaml" && name.ends_with("nm")) names.push_back(name);
  }
  std::sort(names.begin(), names.end(), [](const auto& a, const auto& b) { return std::stoi(a) > std::stoi(b); });
  return names;
}

}  // namespace terse::technology
