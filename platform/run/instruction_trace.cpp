#include "platform/run/instruction_trace.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/core/demangle.hpp>
#include <charconv>
#include <iterator>

#include "models/riscv/disassemble.hpp"
#include "platform/configuration/node.hpp"

namespace terse::run {
namespace {

using configuration::ConfigurationError;

/// "terse::driver::crc32" of "terse::driver::crc32(unsigned long)".
std::string without_parameters(const std::string& name) {
  return name.substr(0, name.find('('));
}

bool is_called(const ElfSymbol& symbol, const std::string& name) {
  const std::string readable = boost::core::demangle(symbol.name.c_str());
  return symbol.name == name || readable == name || without_parameters(readable) == name;
}

/// Up to the next symbol where the assembler has left no size.
std::uint32_t last_address(const ElfFile& elf, const ElfSymbol& symbol) {
  if (symbol.size != 0) return symbol.address + symbol.size - 1;
  const auto next = std::ranges::upper_bound(elf.symbols, symbol.address, {}, &ElfSymbol::address);
  return next == elf.symbols.end() ? 0xFFFF'FFFF : next->address - 1;
}

std::vector<std::string> nearest_names(const ElfFile& elf, const std::string& wanted) {
  std::vector<std::string> names;
  for (const auto& symbol : elf.symbols) {
    const std::string name = without_parameters(boost::core::demangle(symbol.name.c_str()));
    if (name.ends_with("::" + wanted) && std::ranges::find(names, name) == names.end()) names.push_back(name);
  }
  if (!names.empty()) return names;
  std::vector<std::string> all;
  for (const auto& symbol : elf.symbols) all.push_back(without_parameters(boost::core::demangle(symbol.name.c_str())));
  const std::string near = configuration::nearest(wanted, all);
  return near.empty() ? std::vector<std::string>{} : std::vector<std::string>{near};
}

void add_function(const ElfFile& elf, const std::string& name, std::vector<AddressRange>& ranges) {
  const std::size_t before = ranges.size();
  for (const auto& symbol : elf.symbols) {  // overloads and clones all count
    if (is_called(symbol, name)) ranges.push_back({symbol.address, last_address(elf, symbol)});
  }
  if (ranges.size() != before) return;
  const auto near = nearest_names(elf, name);
  throw ConfigurationError({"--trace-function " + name, 0, 0},
                           fmt::format("{} has no such function{}", elf.path.string(),
                                       near.empty() ? "; list them with: riscv64-unknown-elf-nm -C " + elf.path.string()
                                                    : fmt::format("; did you mean '{}'?", fmt::join(near, "' or '"))));
}

std::uint32_t address_of(const ElfFile& elf, const std::string& text, const std::string& range) {
  if (const auto symbol = elf.find(text)) return *symbol;
  const bool hexadecimal = text.starts_with("0x") || text.starts_with("0X");
  const char* begin = text.data() + (hexadecimal ? 2 : 0);
  const char* end = text.data() + text.size();
  std::uint32_t value = 0;
  const auto [stop, error] = std::from_chars(begin, end, value, hexadecimal ? 16 : 10);
  if (error == std::errc{} && stop == end && begin != end) return value;
  throw ConfigurationError({"--trace-range " + range, 0, 0},
                           fmt::format("'{}' is neither a 32-bit number nor a symbol of {}; expected FIRST:LAST, for "
                                       "example 0x80000000:0x800000ff",
                                       text, elf.path.string()));
}

AddressRange parse_range(const ElfFile& elf, const std::string& text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos) {
    throw ConfigurationError({"--trace-range " + text, 0, 0}, "expected FIRST:LAST, for example 0x80000000:0x800000ff");
  }
  const AddressRange range{address_of(elf, text.substr(0, colon), text), address_of(elf, text.substr(colon + 1), text)};
  if (range.first > range.last) {
    throw ConfigurationError({"--trace-range " + text, 0, 0}, "the first address lies after the last; exchange them");
  }
  return range;
}

std::string interrupt_name(std::uint32_t cause) {
  switch (cause & ~riscv::interrupt_flag) {
    case riscv::machine_software_interrupt:
      return "machine software interrupt";
    case riscv::machine_timer_interrupt:
      return "machine timer interrupt";
    case riscv::machine_external_interrupt:
      return "machine external interrupt";
    default:
      return fmt::format("interrupt {}", cause & ~riscv::interrupt_flag);
  }
}

}  // namespace

std::vector<AddressRange> traced_ranges(const TraceRequest& request, const ElfFile& elf) {
  std::vector<AddressRange> ranges;
  for (const auto& name : request.functions) add_function(elf, name, ranges);
  for (const auto& text : request.ranges) ranges.push_back(parse_range(elf, text));
  return ranges;
}

InstructionTrace::InstructionTrace(const TraceRequest& request, const ElfFile& elf, RiscvCore& core)
    : path_(request.file.value()), ranges_(traced_ranges(request, elf)), core_(core), file_(path_) {
  if (!file_) {
    throw ConfigurationError({"--trace " + path_.string(), 0, 0}, "cannot be written; choose another file");
  }
  file_ << fmt::format("{:>12}  {:<8}  {:<8}  {:<30}  {}\n", "# cycle", "pc", "bits", "instruction", "what it did");
  core.set_trace([this](const riscv::ExecutedInstruction& executed) { write(executed); });
}

void InstructionTrace::close() {
  core_.set_trace({});
  file_.close();
  if (!file_) {
    throw ConfigurationError({"--trace " + path_.string(), 0, 0},
                             "could not be written in full; is the disk full? Filter with --trace-function");
  }
}

void InstructionTrace::write(const riscv::ExecutedInstruction& executed) {
  const auto holds = [&](const AddressRange& range) { return range.first <= executed.pc && executed.pc <= range.last; };
  if (!ranges_.empty() && std::ranges::none_of(ranges_, holds)) return;
  const auto csr = [&](std::uint32_t number) { return core_.csr(number).value_or(0); };
  const riscv::Instruction& instruction = *executed.instruction;

  fmt::memory_buffer line;
  const auto out = std::back_inserter(line);
  if (executed.interrupt_before) fmt::format_to(out, "# {}\n", interrupt_name(csr(riscv::csr::mcause)));
  fmt::format_to(out, "{:>12}  {:08x}  {:<8}  {:<30}", executed.cycle, executed.pc,
                 fmt::format("{:0{}x}", instruction.bits, 2 * instruction.length),
                 riscv::disassemble(instruction, executed.pc));
  if (executed.wrote_register) {
    fmt::format_to(out, "  {} <- {:08x}", riscv::register_name(instruction.rd), executed.result);
  }
  for (const riscv::DataAccess& access : executed.accesses) {
    fmt::format_to(out, "  [{:08x}] {} {:0{}x}", access.address, access.write ? "<-" : "->", access.value,
                   2 * access.size);
  }
  fmt::format_to(out, "\n");
  if (executed.trapped) {
    fmt::format_to(out, "# trap {}, mtval {:08x}, to {:08x}\n", csr(riscv::csr::mcause), csr(riscv::csr::mtval),
                   executed.next_pc);
  }
  file_.write(line.data(), static_cast<std::streamsize>(line.size()));
}

}  // namespace terse::run
