#include "platform/netlist/platform_settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>

#include "platform/configuration/problems.hpp"
#include "platform/netlist/variant_libraries.hpp"
#include "platform/technology/scaling.hpp"

namespace terse::netlist {
namespace {

using configuration::ConfigurationError;
using configuration::Place;
using configuration::Section;

constexpr double address_space = 4294967295.0;

void read_placement(Section& section, Instance& instance) {
  std::uint64_t base = 0;
  std::uint32_t interrupt = 0;
  const bool can_sit_on_bus = !instance.type->bus_port.empty();
  if (can_sit_on_bus) {
    section.read(
        {{{.name = "base", .unit = "", .minimum = 0, .maximum = address_space, .sentence = "Bus address."}, &base}});
    instance.on_bus = section.has("base");
    instance.base = base;
  }
  if (instance.settings->interrupt_lines() > 0) {
    section.read({{{.name = "interrupt",
                    .unit = "",
                    .minimum = 1,
                    .maximum = 127,
                    .sentence = "PLIC source of its first interrupt line."},
                   &interrupt}});
    instance.interrupt = interrupt;
  }
}

void read_peers(Section& section, Instance& instance) {
  for (const auto& port : instance.type->ports) {
    if (port.kind != PortDescription::Kind::initiator && port.kind != PortDescription::Kind::wire_output) continue;
    std::string peer = port.peer;
    section.read(
        {{{.name = port.name, .sentence = port.sentence + " Joined to this instance or instance.port."}, &peer}});
    instance.peers[port.name] = peer;
  }
}

Instance read_instance(const std::string& name, const configuration::Node& node) {
  Section section(node, "platform." + name);
  Instance instance;
  instance.name = name;
  instance.place = node.place;
  for (const auto& entry : node.map) instance.key_places[entry.key] = entry.value.place;
  std::string type_name = name;
  section.read({{{.name = "type", .sentence = "Type of module; by default the instance's name."}, &type_name}});
  instance.type = TypeRegistry::instance().find(type_name);
  if (instance.type == nullptr) {
    const auto names = TypeRegistry::instance().names();
    const std::string near = configuration::nearest(type_name, names);
    throw ConfigurationError(section.has("type") ? section.place("type") : node.place,
                             fmt::format("platform.{}: there is no module type '{}'{}", name, type_name,
                                         near.empty() ? fmt::format("; known: {}", fmt::join(names, ", "))
                                                      : fmt::format("; did you mean '{}'?", near)));
  }
  instance.settings = instance.type->make();
  configuration::Problems problems;
  problems.attempt([&] {
    section.read(instance.settings->parameters());
    section.require(instance.settings->problems());
  });
  problems.attempt([&] { read_placement(section, instance); });
  problems.attempt([&] { read_peers(section, instance); });
  problems.attempt([&] { section.finish(); });
  problems.raise();
  return instance;
}

void check_address_map(const PlatformSettings& platform) {
  std::vector<const Instance*> mapped;
  for (const auto& instance : platform.instances) {
    if (instance.on_bus) mapped.push_back(&instance);
  }
  std::sort(mapped.begin(), mapped.end(), [](const auto* a, const auto* b) { return a->base < b->base; });
  for (std::size_t i = 0; i < mapped.size(); ++i) {
    const auto& here = *mapped[i];
    const std::uint64_t end = here.base + here.settings->address_size();
    if (end > std::uint64_t{1} << 32) {
      throw ConfigurationError(
          here.place_of("base"),
          fmt::format("platform.{} ends at 0x{:x}, beyond the 32-bit address space; lower its base or size", here.name,
                      end));
    }
    if (i + 1 < mapped.size() && end > mapped[i + 1]->base) {
      throw ConfigurationError(
          mapped[i + 1]->place_of("base"),
          fmt::format(
              "platform.{} (0x{:08x}..0x{:08x}) overlaps platform.{} (0x{:08x}..0x{:08x}); move one of their bases",
              mapped[i + 1]->name, mapped[i + 1]->base,
              mapped[i + 1]->base + mapped[i + 1]->settings->address_size() - 1, here.name, here.base, end - 1));
    }
  }
}

void check_interrupts(const PlatformSettings& platform) {
  const Instance& plic = *platform.find_type("plic");
  const std::uint64_t sources = platform.value(plic.name, "sources");
  std::map<std::uint32_t, const Instance*> owner;
  for (const auto& instance : platform.instances) {
    const std::uint32_t lines = instance.settings->interrupt_lines();
    if (instance.interrupt == 0 || lines == 0) continue;
    const std::uint32_t last = instance.interrupt + lines - 1;
    if (last > sources) {
      throw ConfigurationError(
          instance.place_of("interrupt"),
          fmt::format("platform.{} needs PLIC source {}, but platform.{} has {}; raise {}.sources or "
                      "lower {}.interrupt",
                      instance.name, last, plic.name, sources, plic.name, instance.name));
    }
    for (std::uint32_t line = 0; line < lines; ++line) {
      const auto [at, fresh] = owner.emplace(instance.interrupt + line, &instance);
      if (!fresh) {
        throw ConfigurationError(
            instance.place_of("interrupt"),
            fmt::format("platform.{} and platform.{} share PLIC source {}; give one another interrupt", instance.name,
                        at->second->name, instance.interrupt + line));
      }
    }
  }
}

void check_peer(const PlatformSettings& platform, const Instance& instance, const PortDescription& port,
                std::string& peer) {
  const auto dot = peer.find('.');
  const std::string peer_name = peer.substr(0, dot);
  const Instance* other = platform.find(peer_name);
  const auto wanted =
      port.kind == PortDescription::Kind::initiator ? PortDescription::Kind::target : PortDescription::Kind::wire_input;
  if (other == nullptr) {
    std::vector<std::string> names;
    for (const auto& candidate : platform.instances) names.push_back(candidate.name);
    const std::string near = configuration::nearest(peer_name, names);
    throw ConfigurationError(
        instance.place_of(port.name),
        fmt::format("platform.{}.{} is joined to '{}', but the platform has no such module{}", instance.name, port.name,
                    peer, near.empty() ? "" : fmt::format("; did you mean '{}'?", near)));
  }
  for (const auto& candidate : other->type->ports) {
    if (candidate.kind != wanted) continue;
    if (dot == std::string::npos || candidate.name == peer.substr(dot + 1)) {
      peer = peer_name + "." + candidate.name;
      return;
    }
  }
  throw ConfigurationError(
      instance.place_of(port.name),
      fmt::format("platform.{}.{} is joined to '{}', which has no such port to join", instance.name, port.name, peer));
}

/// The core's `time` and the CLINT's mtime are one clock.
void check_timebase(const PlatformSettings& platform) {
  const Instance& core = *platform.find_type("riscv");
  const Instance& clint = *platform.find_type("clint");
  const double core_mhz = platform.number(core.name, "timebase_mhz"),
               clint_mhz = platform.number(clint.name, "timebase_mhz");
  if (core_mhz == clint_mhz) return;
  throw ConfigurationError(
      core.place,
      fmt::format("platform.{}.timebase_mhz = {} and platform.{}.timebase_mhz = {} are the same clock; give both "
                  "the same value",
                  core.name, core_mhz, clint.name, clint_mhz));
}

/// Activations must arrive as fast as the array can use them.
void check_scratchpad_feeds_array(const PlatformSettings& platform) {
  const Instance* tmac = platform.find_type("tmac");  // read_platform checked that there is one of each
  const Instance* scratchpad = platform.find_type("scratchpad");
  const std::uint64_t supply =
      platform.value(scratchpad->name, "banks") * platform.value(scratchpad->name, "bank_width");
  const std::uint64_t pixels = platform.value(tmac->name, "pixels");
  const std::uint64_t channels = platform.value(tmac->name, "input_channels");
  const std::uint64_t demand = (pixels * channels * platform.value(tmac->name, "activation_bits") + 7) / 8;
  if (demand > supply) {
    throw ConfigurationError(
        tmac->place_of("pixels"),
        fmt::format(
            "platform.{0}: the array reads {1} bytes of activations per cycle ({2} pixels x {3} input channels), but "
            "platform.{4} delivers {5} (banks x bank_width); raise {4}.banks or lower {0}.input_channels or {0}.pixels",
            tmac->name, demand, pixels, channels, scratchpad->name, supply));
  }
}

/// The technology table at the platform's voltage.
technology::Table read_technology(const Section& section, const PlatformSettings& platform) {
  const technology::Table table = technology::Table::load(platform.technology, section.place("technology"));
  if (platform.voltage == 0) return table;
  if (platform.voltage < technology::lowest_voltage) {
    throw ConfigurationError(section.place("voltage"),
                             fmt::format("platform.voltage = {} V; the scaling of energies holds from {} V to {} V (0 "
                                         "for the {} V of {})",
                                         platform.voltage, technology::lowest_voltage, technology::highest_voltage,
                                         table.voltage(), table.name()));
  }
  return table.at_voltage(platform.voltage);
}

void require_type(const PlatformSettings& platform, const char* type, const Place& place) {
  std::size_t count = 0;
  for (const auto& instance : platform.instances) count += instance.type->name == type ? 1 : 0;
  if (count != 1) {
    throw ConfigurationError(
        place, fmt::format("the platform needs exactly one module of type '{}', this one has {}", type, count));
  }
}

}  // namespace

const Place& Instance::place_of(const std::string& key) const {
  const auto at = key_places.find(key);
  return at == key_places.end() ? place : at->second;
}

ParameterList PlatformSettings::parameters() {
  return {{{.name = "clock_mhz",
            .unit = "MHz",
            .minimum = 1,
            .maximum = 10000,
            .sentence = "Clock of core, bus, scratchpad and accelerator units."},
           &clock_mhz},
          {{.name = "technology",
            .sentence =
                "Table of energies and areas: a built-in one (65nm to 7nm, see docs/energy.md) or a file, relative to "
                "this one."},
           &technology},
          {{.name = "voltage",
            .unit = "V",
            .minimum = 0,
            .maximum = technology::highest_voltage,
            .sentence = "Supply of the chip; 0 for that of the technology table."},
           &voltage}};
}

const Instance* PlatformSettings::find(const std::string& name) const {
  const auto at = std::find_if(instances.begin(), instances.end(), [&](const Instance& i) { return i.name == name; });
  return at == instances.end() ? nullptr : &*at;
}

const Instance* PlatformSettings::find_type(const std::string& type) const {
  const auto at =
      std::find_if(instances.begin(), instances.end(), [&](const Instance& i) { return i.type->name == type; });
  return at == instances.end() ? nullptr : &*at;
}

double PlatformSettings::number(const std::string& instance, const std::string& parameter) const {
  const Instance* found = find(instance);
  assert(found != nullptr);
  for (const auto& bound : found->settings->parameters()) {
    if (bound.description.name != parameter) continue;
    if (const auto* const* small = std::get_if<std::uint32_t*>(&bound.value)) return **small;
    if (const auto* const* large = std::get_if<std::uint64_t*>(&bound.value)) return static_cast<double>(**large);
    if (const auto* const* real = std::get_if<double*>(&bound.value)) return **real;
  }
  assert(false && "no such numeric parameter");
  return 0;
}

std::uint64_t PlatformSettings::value(const std::string& instance, const std::string& parameter) const {
  return static_cast<std::uint64_t>(number(instance, parameter));  // exact up to 2^53, far above any size here
}

const std::string& PlatformSettings::text(const std::string& instance, const std::string& parameter) const {
  const Instance* found = find(instance);
  assert(found != nullptr);
  for (const auto& bound : found->settings->parameters()) {
    if (bound.description.name != parameter) continue;
    if (const auto* const* text = std::get_if<std::string*>(&bound.value)) return **text;
  }
  assert(false && "no such text parameter");
  static const std::string none;
  return none;
}

bool PlatformSettings::flag(const std::string& instance, const std::string& parameter) const {
  const Instance* found = find(instance);
  assert(found != nullptr);
  for (const auto& bound : found->settings->parameters()) {
    if (bound.description.name != parameter) continue;
    if (const auto* const* flag = std::get_if<bool*>(&bound.value)) return **flag;
  }
  assert(false && "no such flag");
  return false;
}

nlohmann::ordered_json PlatformSettings::effective() const {
  nlohmann::ordered_json json;
  json["clock_mhz"] = clock_mhz;
  json["technology"] = technology;
  json["voltage"] = voltage;
  if (!libraries.empty()) json["libraries"] = libraries;
  for (const auto& instance : instances) {
    nlohmann::ordered_json entry;
    entry["type"] = instance.type->name;
    if (instance.on_bus) entry["base"] = instance.base;
    if (instance.interrupt != 0) entry["interrupt"] = instance.interrupt;
    for (const auto& [port, peer] : instance.peers) entry[port] = peer;
    entry.update(configuration::values_of(instance.settings->parameters()));
    json[instance.name] = entry;
  }
  return json;
}

namespace {

/// Loads what `libraries:` names, before any parameter is read: the libraries add choices and module types. Files are
/// relative to the one that names them, those of --set to the working folder.
std::vector<std::string> load_libraries(const configuration::Node* list) {
  std::vector<std::string> names;
  if (list == nullptr || list->kind == configuration::Node::Kind::null) return names;
  if (list->kind != configuration::Node::Kind::sequence) {
    throw ConfigurationError(
        list->place, fmt::format("'libraries' is {}; a list of files is expected: [libmine.so]", list->kind_name()));
  }
  for (const auto& item : list->sequence) {
    if (item.kind != configuration::Node::Kind::scalar) {
      throw ConfigurationError(item.place, "libraries: an entry is a file name, for example libmine.so");
    }
    const std::filesystem::path named(item.scalar);
    const bool from_command = item.place.file.starts_with("--set");
    const auto file =
        named.is_absolute() || from_command ? named : std::filesystem::path(item.place.file).parent_path() / named;
    load_variant_library(file, item.place);
    names.push_back(item.scalar);
  }
  return names;
}

}  // namespace

PlatformSettings read_platform(Section section) {
  PlatformSettings platform;
  platform.libraries = load_libraries(section.node("libraries"));
  configuration::Problems problems;
  problems.attempt([&] { section.read(platform.parameters()); });
  problems.attempt([&] { platform.table = read_technology(section, platform); });
  for (const auto& entry : section.raw().map) {
    if (entry.key == "clock_mhz" || entry.key == "technology" || entry.key == "voltage" || entry.key == "libraries") {
      continue;
    }
    problems.attempt([&] { platform.instances.push_back(read_instance(entry.key, entry.value)); });
  }
  problems.raise();
  for (const char* type :
       {"riscv", "bus", "rom", "dram", "clint", "plic", "testdev", "dma", "scratchpad", "tmac", "spu", "merge"}) {
    require_type(platform, type, section.raw().place);
  }
  for (auto& instance : platform.instances) {
    for (const auto& port : instance.type->ports) {
      const auto at = instance.peers.find(port.name);
      if (at != instance.peers.end()) check_peer(platform, instance, port, at->second);
    }
  }
  check_address_map(platform);
  check_interrupts(platform);
  check_timebase(platform);
  check_scratchpad_feeds_array(platform);
  return platform;
}

namespace {

/// Numbers and texts of the one module of a type.
class OfType {
 public:
  OfType(const PlatformSettings& platform, const char* type)
      : platform_(platform), name_(platform.find_type(type)->name) {}
  std::uint32_t operator[](const char* parameter) const {
    return static_cast<std::uint32_t>(platform_.value(name_, parameter));
  }
  [[nodiscard]] const std::string& text(const char* parameter) const { return platform_.text(name_, parameter); }
  [[nodiscard]] bool flag(const char* parameter) const { return platform_.flag(name_, parameter); }

 private:
  const PlatformSettings& platform_;
  const std::string& name_;
};

compiler::TmacTiming tmac_timing(const OfType& tmac) {
  using Dataflow = compiler::TmacTiming::Dataflow;
  const std::string& dataflow = tmac.text("dataflow");
  return {.dataflow = dataflow == "unrolled"            ? Dataflow::unrolled
                      : dataflow == "weight_stationary" ? Dataflow::weight_stationary
                                                        : Dataflow::output_stationary,
          .unrolled_kernel = tmac["unrolled_kernel"],
          .line_buffer_pixels = tmac["line_buffer_pixels"],
          .load_bytes = tmac["weight_bits_per_cycle"] / 8,
          .weight_buffers = tmac["weight_buffers"],
          .weight_buffer_depth = tmac["weight_buffer_depth"],
          .fetch_ahead = tmac["fetch_ahead"],
          .accumulator_words = tmac["accumulator_words_per_cycle"],
          .setup = tmac["setup_cycles"],
          .pipeline = tmac["pipeline_depth"],
          .fused_lanes = tmac["fused_lanes"]};
}

compiler::SpuTiming spu_timing(const OfType& spu) {
  using Dataflow = compiler::SpuTiming::Dataflow;
  const std::string& dataflow = spu.text("dataflow");
  return {.dataflow = dataflow == "broadcast"              ? Dataflow::broadcast
                      : dataflow == "activation_broadcast" ? Dataflow::activation_broadcast
                                                           : Dataflow::gather,
          .gather_ports = spu["gather_ports"],
          .load_bytes = spu["value_bits_per_cycle"] / 8,
          .value_buffers = spu["value_buffers"],
          .index_decode = spu["index_decode_cycles"],
          .setup = spu["setup_cycles"],
          .pipeline = spu["pipeline_depth"],
          .local_weight_memory = spu.flag("local_weight_memory")};
}

compiler::HardwareTiming timing_of(const PlatformSettings& platform) {
  const OfType merge(platform, "merge"), dma(platform, "dma"), scratchpad(platform, "scratchpad"),
      dram(platform, "dram"), tmac(platform, "tmac"), spu(platform, "spu");
  compiler::HardwareTiming timing;
  timing.tmac = tmac_timing(tmac);
  timing.spu = spu_timing(spu);
  timing.merge = {.output_channels = merge["output_channels"],
                  .accumulator_banks = merge["accumulator_banks"],
                  .record_bytes = merge["record_bytes_per_cycle"],
                  .setup = merge["setup_cycles"],
                  .pipeline = merge["pipeline_depth"],
                  .write_ahead = merge["write_ahead"]};
  timing.dma = {.channels = dma["channels"],
                .bus_bytes = dma["bus_bytes"],
                .burst_bytes = dma["burst_bytes"],
                .outstanding_bursts = dma["outstanding_bursts"],
                .setup = dma["setup_cycles"]};
  timing.memory = {.bus_latency = OfType(platform, "bus")["latency_cycles"],
                   .memory_latency = dram["latency_cycles"],
                   .memory_bytes = dram["bytes_per_cycle"],
                   .banks = scratchpad["banks"],
                   .bank_width = scratchpad["bank_width"],
                   .read_latency = scratchpad["read_latency"]};
  if (scratchpad.text("interleaving") == "block") {
    timing.memory.words_per_bank = scratchpad["size"] / scratchpad["banks"] / scratchpad["bank_width"];
  }
  timing.queue_depth = std::min({dma["queue_depth"], tmac["queue_depth"], spu["queue_depth"], merge["queue_depth"]});
  return timing;
}

}  // namespace

compiler::HardwareLimits limits_of(const PlatformSettings& platform) {
  const auto value = [&](const char* type, const char* parameter) {
    const auto* instance = platform.find_type(type);
    return platform.value(instance->name, parameter);
  };
  compiler::HardwareLimits limits;
  limits.scratchpad_bytes = value("scratchpad", "size");
  limits.accumulators = static_cast<std::uint32_t>(value("merge", "accumulators"));
  limits.tmac_output_channels = static_cast<std::uint32_t>(value("tmac", "output_channels"));
  limits.tmac_input_channels = static_cast<std::uint32_t>(value("tmac", "input_channels"));
  limits.tmac_pixels = static_cast<std::uint32_t>(value("tmac", "pixels"));
  limits.spu_lanes = static_cast<std::uint32_t>(value("spu", "lanes"));
  limits.activation_bits =
      static_cast<std::uint32_t>(std::min(value("tmac", "activation_bits"), value("spu", "activation_bits")));
  limits.network_memory_bytes = value("dram", "size");
  const std::string& tmac = platform.find_type("tmac")->name;
  const std::string& weight_type = platform.text(tmac, "weight_type");
  limits.tmac_integer_bits = weight_type == "ternary" ? 0 : static_cast<std::uint32_t>(weight_type.back() - '0');
  if (platform.text(tmac, "dataflow") == "unrolled") {
    limits.unrolled_kernel = static_cast<std::uint32_t>(platform.value(tmac, "unrolled_kernel"));
  }
  limits.fused_value_bits = static_cast<std::uint32_t>(platform.value(tmac, "fused_value_bits"));
  const std::string& spu = platform.find_type("spu")->name;
  limits.activation_broadcast = platform.text(spu, "dataflow") == "activation_broadcast";
  using registers::spu::IndexFormat;
  limits.index_formats = 1u << static_cast<std::uint32_t>(IndexFormat::dense);
  for (const auto& [format, parameter] : {std::pair{IndexFormat::absolute, "absolute_indices"},
                                          {IndexFormat::n_of_m, "n_of_m_indices"},
                                          {IndexFormat::relative, "relative_indices"},
                                          {IndexFormat::bitmap, "bitmap_indices"}}) {
    if (platform.flag(spu, parameter)) limits.index_formats |= 1u << static_cast<std::uint32_t>(format);
  }
  limits.tmac_base3 = platform.text(tmac, "ternary_encoding") == "base3";
  limits.timing = timing_of(platform);
  return limits;
}

}  // namespace terse::netlist
