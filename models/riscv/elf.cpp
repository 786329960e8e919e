#include "models/riscv/elf.hpp"

#include <elf.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>
#include <span>
#include <utility>

namespace terse {
namespace {

constexpr const char* what_is_right = "need a 32-bit little-endian RISC-V executable";

std::string machine_name(unsigned machine) {
  switch (machine) {
    case EM_386:
      return "x86";
    case EM_X86_64:
      return "x86-64";
    case EM_ARM:
      return "32-bit Arm";
    case EM_AARCH64:
      return "64-bit Arm";
    case EM_MIPS:
      return "MIPS";
    case EM_PPC:
    case EM_PPC64:
      return "PowerPC";
    case EM_RISCV:
      return "RISC-V";
    default:
      return fmt::format("machine number {}", machine);
  }
}

/// The bytes of the file, and every check that looks at them. Structures are copied out, since nothing in a file is
/// aligned for certain.
class Reader {
 public:
  explicit Reader(std::filesystem::path path) : path_(std::move(path)) {
    std::error_code error;
    if (!std::filesystem::exists(path_, error)) fail("no such file; build the firmware first, or mend the path");
    if (!std::filesystem::is_regular_file(path_, error)) fail("not a regular file; {}", what_is_right);
    std::ifstream stream(path_, std::ios::binary);
    if (!stream) fail("cannot be opened for reading; check its permissions");
    bytes_.assign(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
  }

  template <class... Arguments>
  [[noreturn]] void fail(fmt::format_string<Arguments...> format, Arguments&&... arguments) const {
    throw ElfError(fmt::format("{}: {}", path_.string(), fmt::format(format, std::forward<Arguments>(arguments)...)));
  }

  std::span<const std::uint8_t> bytes() const { return bytes_; }

  std::span<const std::uint8_t> part(std::uint64_t offset, std::uint64_t size, std::string_view what) const {
    if (offset + size > bytes_.size()) {
      fail("truncated: the {} ends at byte {}, but the file has {}; build or copy it again", what, offset + size,
           bytes_.size());
    }
    return bytes().subspan(offset, size);
  }

  template <class T>
  std::vector<T> table(std::uint64_t offset, std::uint64_t count, std::string_view what) const {
    const auto raw = part(offset, count * sizeof(T), what);
    std::vector<T> entries(count);
    if (count != 0) std::memcpy(entries.data(), raw.data(), raw.size());
    return entries;
  }

  template <class T>
  T structure(std::uint64_t offset, std::string_view what) const {
    return table<T>(offset, 1, what).front();
  }

 private:
  std::filesystem::path path_;
  std::vector<std::uint8_t> bytes_;
};

bool starts_with(std::span<const std::uint8_t> bytes, std::string_view magic) {
  return bytes.size() >= magic.size() && std::memcmp(bytes.data(), magic.data(), magic.size()) == 0;
}

void check_is_elf(const Reader& reader) {
  const auto bytes = reader.bytes();
  if (starts_with(bytes, {ELFMAG, SELFMAG})) return;
  if (bytes.empty()) reader.fail("the file is empty; {}", what_is_right);
  using namespace std::string_view_literals;
  if (starts_with(bytes, "\x1f\x8b"sv) ||
      starts_with(bytes,
                  "\xfd"
                  "7zXZ"sv) ||
      starts_with(bytes, "BZh"sv) || starts_with(bytes, "\x28\xb5\x2f\xfd"sv)) {
    reader.fail("a compressed file, not an ELF; decompress it first");
  }
  if (starts_with(bytes, "!<arch>\n"sv)) reader.fail("a static library, not an ELF executable; link it into one");
  reader.fail("not an ELF file; {}", what_is_right);
}

Elf32_Ehdr read_header(const Reader& reader) {
  check_is_elf(reader);
  const auto identification = reader.part(0, EI_NIDENT, "ELF identification");
  const bool little_endian = identification[EI_DATA] == ELFDATA2LSB;
  // e_machine lies at the same place in 32-bit and 64-bit files.
  const auto raw = reader.part(offsetof(Elf32_Ehdr, e_machine), 2, "ELF header");
  const unsigned machine = little_endian ? raw[0] | raw[1] << 8 : raw[1] | raw[0] << 8;
  if (machine != EM_RISCV) reader.fail("ELF for {}; need 32-bit RISC-V", machine_name(machine));
  if (identification[EI_CLASS] != ELFCLASS32) {
    reader.fail("64-bit RISC-V ELF; need 32-bit: build with -march=rv32imac -mabi=ilp32");
  }
  if (!little_endian) reader.fail("big-endian RISC-V ELF; need little-endian: build with -mlittle-endian");

  const auto header = reader.structure<Elf32_Ehdr>(0, "ELF header");
  if (header.e_type == ET_REL) reader.fail("an object file (.o); need a linked executable");
  if (header.e_type == ET_DYN) {
    reader.fail("position-independent or shared; need a fixed-address executable: link with -static -no-pie");
  }
  if (header.e_type != ET_EXEC) reader.fail("ELF type {}; need an executable (type 2)", header.e_type);
  if ((header.e_flags & EF_RISCV_FLOAT_ABI) != EF_RISCV_FLOAT_ABI_SOFT) {
    reader.fail("built for hardware floating point, which the core lacks; build with -march=rv32imac -mabi=ilp32");
  }
  if (header.e_phentsize != sizeof(Elf32_Phdr)) {
    reader.fail("program headers of {} bytes; need {}: the file is damaged", header.e_phentsize, sizeof(Elf32_Phdr));
  }
  return header;
}

std::vector<ElfSegment> read_segments(const Reader& reader, const Elf32_Ehdr& header) {
  std::vector<ElfSegment> segments;
  for (const auto& entry : reader.table<Elf32_Phdr>(header.e_phoff, header.e_phnum, "program header table")) {
    if (entry.p_type != PT_LOAD || entry.p_memsz == 0) continue;
    if (entry.p_filesz > entry.p_memsz) {
      reader.fail("the segment at {:#010x} has more bytes in the file ({}) than in memory ({}): the file is damaged",
                  entry.p_paddr, entry.p_filesz, entry.p_memsz);
    }
    if (std::uint64_t{entry.p_paddr} + entry.p_memsz > std::uint64_t{1} << 32) {
      reader.fail("the segment at {:#010x} of {} bytes passes the end of the address space", entry.p_paddr,
                  entry.p_memsz);
    }
    const auto bytes = reader.part(entry.p_offset, entry.p_filesz, fmt::format("segment at {:#010x}", entry.p_paddr));
    segments.push_back({.address = entry.p_paddr,
                        .virtual_address = entry.p_vaddr,
                        .bytes = {bytes.begin(), bytes.end()},
                        .memory_size = entry.p_memsz});
  }
  if (segments.empty()) reader.fail("nothing to load: no PT_LOAD segment; check the linker script");
  std::ranges::sort(segments, {}, &ElfSegment::address);
  for (std::size_t i = 1; i < segments.size(); ++i) {
    const std::uint64_t previous_end = std::uint64_t{segments[i - 1].address} + segments[i - 1].memory_size;
    if (segments[i].address < previous_end) {
      reader.fail("segments overlap at {:#010x}; check the load addresses in the linker script", segments[i].address);
    }
  }
  return segments;
}

// Symbols whose name begins with '$' mark code and data for disassemblers, those with ".L" are the compiler's own.
bool worth_keeping(const Elf32_Sym& symbol, std::string_view name) {
  const unsigned type = ELF32_ST_TYPE(symbol.st_info);
  const bool named = !name.empty() && name.front() != '$' && !name.starts_with(".L");
  return named && symbol.st_shndx != SHN_UNDEF && (type == STT_NOTYPE || type == STT_OBJECT || type == STT_FUNC);
}

std::vector<ElfSymbol> read_symbols(const Reader& reader, const Elf32_Ehdr& header) {
  std::vector<ElfSymbol> symbols;
  if (header.e_shoff == 0) return symbols;
  const auto sections = reader.table<Elf32_Shdr>(header.e_shoff, header.e_shnum, "section header table");
  for (const auto& section : sections) {
    if (section.sh_type != SHT_SYMTAB) continue;
    if (section.sh_link >= sections.size()) reader.fail("the symbol table names no string table: the file is damaged");
    const auto& strings = sections[section.sh_link];
    const auto text = reader.part(strings.sh_offset, strings.sh_size, "string table");
    const std::string_view names(reinterpret_cast<const char*>(text.data()), text.size());
    for (const auto& symbol :
         reader.table<Elf32_Sym>(section.sh_offset, section.sh_size / sizeof(Elf32_Sym), "symbol table")) {
      if (symbol.st_name >= names.size()) continue;
      const auto tail = names.substr(symbol.st_name);
      const auto name = tail.substr(0, tail.find('\0'));
      if (!worth_keeping(symbol, name)) continue;
      symbols.push_back({.name = std::string(name),
                         .address = symbol.st_value,
                         .size = symbol.st_size,
                         .function = ELF32_ST_TYPE(symbol.st_info) == STT_FUNC});
    }
  }
  std::ranges::stable_sort(symbols, {}, &ElfSymbol::address);
  return symbols;
}

const ElfSegment* segment_of(const std::vector<ElfSegment>& segments, std::uint32_t address) {
  const auto found = std::ranges::find_if(
      segments, [&](const ElfSegment& segment) { return address - segment.virtual_address < segment.memory_size; });
  return found == segments.end() ? nullptr : &*found;
}

}  // namespace

std::string ElfLocation::text() const {
  return offset == 0 ? symbol : fmt::format("{}+{:#x}", symbol, offset);
}

std::optional<std::uint32_t> ElfFile::find(std::string_view name) const {
  const auto found = std::ranges::find(symbols, name, &ElfSymbol::name);
  return found == symbols.end() ? std::nullopt : std::optional(found->address);
}

std::optional<ElfLocation> ElfFile::nearest(std::uint32_t address) const {
  const ElfSegment* segment = segment_of(segments, address);
  if (segment == nullptr) return std::nullopt;
  const ElfSymbol* best = nullptr;
  for (auto candidate = std::ranges::upper_bound(symbols, address, {}, &ElfSymbol::address);
       candidate != symbols.begin();) {
    --candidate;
    if (candidate->address < segment->virtual_address) break;
    if (candidate->size != 0 && address - candidate->address >= candidate->size) continue;
    if (best == nullptr) best = &*candidate;
    if (candidate->function) {
      best = &*candidate;
      break;
    }
  }
  if (best == nullptr) return std::nullopt;
  return ElfLocation{.symbol = best->name, .offset = address - best->address};
}

ElfFile load_elf(const std::filesystem::path& path) {
  const Reader reader(path);
  const Elf32_Ehdr header = read_header(reader);
  ElfFile file{.path = path,
               .entry = header.e_entry,
               .segments = read_segments(reader, header),
               .symbols = read_symbols(reader, header)};
  const ElfSegment* start = segment_of(file.segments, file.entry);
  if (start == nullptr || file.entry % 2 != 0) {
    reader.fail("the entry point {:#010x} is not an even address in a loaded segment; check ENTRY in the linker script",
                file.entry);
  }
  return file;
}

}  // namespace terse
