#include "platform/debug/target_description.hpp"

#include <fmt/format.h>

#include <array>
#include <string_view>

#include "platform/debug/target.hpp"

namespace terse::debug {
namespace {

constexpr std::array<std::string_view, 32> abi_names{
    "zero", "ra", "sp", "gp", "tp", "t0", "t1", "t2", "fp", "s1", "a0",  "a1",  "a2", "a3", "a4", "a5",
    "a6",   "a7", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6"};

std::string_view type_of(unsigned index) {
  constexpr unsigned return_address = 1, stack = 2, global = 3, thread = 4, frame = 8;
  if (index == return_address) return "code_ptr";
  if (index == stack || index == global || index == thread || index == frame) return "data_ptr";
  return "int";
}

}  // namespace

std::string target_description(const std::vector<NamedCsr>& csrs) {
  std::string text =
      "<?xml version=\"1.0\"?>\n<!DOCTYPE target SYSTEM \"gdb-target.dtd\">\n<target version=\"1.0\">\n"
      "<architecture>riscv:rv32</architecture>\n<feature name=\"org.gnu.gdb.riscv.cpu\">\n";
  for (unsigned i = 0; i < abi_names.size(); ++i) {
    text += fmt::format("<reg name=\"{}\" bitsize=\"32\" type=\"{}\" regnum=\"{}\"/>\n", abi_names[i], type_of(i), i);
  }
  text += fmt::format("<reg name=\"pc\" bitsize=\"32\" type=\"code_ptr\" regnum=\"{}\"/>\n</feature>\n", register_pc);
  text += "<feature name=\"org.gnu.gdb.riscv.csr\">\n";
  for (const auto& [number, name] : csrs) {
    text += fmt::format("<reg name=\"{}\" bitsize=\"32\" regnum=\"{}\" group=\"csr\"/>\n", name,
                        register_first_csr + number);
  }
  return text + "</feature>\n</target>\n";
}

std::string memory_map(const std::vector<MemoryRegion>& regions) {
  std::string text =
      "<?xml version=\"1.0\"?>\n<!DOCTYPE memory-map PUBLIC \"+//IDN gnu.org//DTD GDB Memory Map V1.0//EN\"\n"
      "  \"http://sourceware.org/gdb/gdb-memory-map.dtd\">\n<memory-map>\n";
  for (const auto& region : regions) {
    text += fmt::format("<memory type=\"{}\" start=\"{:#x}\" length=\"{:#x}\"/>\n", region.read_only ? "rom" : "ram",
                        region.base, region.size);
  }
  return text + "</memory-map>\n";
}

}  // namespace terse::debug
