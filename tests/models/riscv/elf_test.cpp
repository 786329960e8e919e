// Reading executables: what is found in a good file, and one message for each way a file can be wrong.
#include "models/riscv/elf.hpp"

#include <elf.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <functional>

namespace terse {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

/// An executable as a linker would write it: two segments, a symbol table, a string table; tests then damage it.
struct Image {
  Elf32_Ehdr header{};
  Elf32_Phdr segments[2]{};
  Elf32_Shdr sections[3]{};  // none, symbols, strings
  Elf32_Sym symbols[6]{};
  char strings[40] = "\0main\0helper\0.Llocal\0table\0alias";
  std::uint8_t code[64]{};
  std::uint8_t data[8] = {1, 2, 3, 4, 5, 6, 7, 8};

  Image() {
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS32;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_ident[EI_VERSION] = EV_CURRENT;
    header.e_type = ET_EXEC;
    header.e_machine = EM_RISCV;
    header.e_version = EV_CURRENT;
    header.e_entry = 0x80000004;
    header.e_phoff = offset_of(segments);
    header.e_shoff = offset_of(sections);
    header.e_flags = EF_RISCV_RVC | EF_RISCV_FLOAT_ABI_SOFT;
    header.e_ehsize = sizeof(Elf32_Ehdr);
    header.e_phentsize = sizeof(Elf32_Phdr);
    header.e_phnum = 2;
    header.e_shentsize = sizeof(Elf32_Shdr);
    header.e_shnum = 3;

    // The data segment comes first in the file; it is loaded behind the code and runs elsewhere, with zeroed memory.
    segments[0] = {.p_type = PT_LOAD,
                   .p_offset = offset_of(data),
                   .p_vaddr = 0x90000000,
                   .p_paddr = 0x80001000,
                   .p_filesz = sizeof data,
                   .p_memsz = 32,
                   .p_flags = PF_R | PF_W,
                   .p_align = 4};
    segments[1] = {.p_type = PT_LOAD,
                   .p_offset = offset_of(code),
                   .p_vaddr = 0x80000000,
                   .p_paddr = 0x80000000,
                   .p_filesz = sizeof code,
                   .p_memsz = sizeof code,
                   .p_flags = PF_R | PF_X,
                   .p_align = 4};

    symbols[1] = symbol(1, 0x80000004, 0x10, STT_FUNC);  // main
    symbols[2] = symbol(6, 0x80000020, 0, STT_FUNC);     // helper, no size
    symbols[3] = symbol(13, 0x80000028, 0, STT_NOTYPE);  // .Llocal
    symbols[4] = symbol(21, 0x90000008, 8, STT_OBJECT);  // table
    symbols[5] = symbol(27, 0x80000004, 0, STT_NOTYPE);  // alias
    sections[1] = {.sh_name = 0,
                   .sh_type = SHT_SYMTAB,
                   .sh_flags = 0,
                   .sh_addr = 0,
                   .sh_offset = offset_of(symbols),
                   .sh_size = sizeof symbols,
                   .sh_link = 2,
                   .sh_info = 1,
                   .sh_addralign = 4,
                   .sh_entsize = sizeof(Elf32_Sym)};
    sections[2] = {.sh_name = 0,
                   .sh_type = SHT_STRTAB,
                   .sh_flags = 0,
                   .sh_addr = 0,
                   .sh_offset = offset_of(strings),
                   .sh_size = sizeof strings,
                   .sh_link = 0,
                   .sh_info = 0,
                   .sh_addralign = 1,
                   .sh_entsize = 0};
  }

  std::uint32_t offset_of(const auto& member) const {
    return static_cast<std::uint32_t>(reinterpret_cast<const char*>(&member) - reinterpret_cast<const char*>(this));
  }

  static Elf32_Sym symbol(std::uint32_t name, std::uint32_t value, std::uint32_t size, unsigned char type) {
    return {.st_name = name, .st_value = value, .st_size = size, .st_info = type, .st_other = 0, .st_shndx = 1};
  }

  std::string bytes() const { return {reinterpret_cast<const char*>(this), sizeof *this}; }
};
static_assert(std::is_trivially_copyable_v<Image>);

class ElfTest : public ::testing::Test {
 protected:
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("elf_test_" + std::to_string(getpid()) + ".elf");

  ~ElfTest() override { std::filesystem::remove_all(path); }

  void write(const std::string& bytes) const { std::ofstream(path, std::ios::binary) << bytes; }

  ElfFile load(const Image& image) const {
    write(image.bytes());
    return load_elf(path);
  }

  std::string error_of(const std::string& bytes) const {
    write(bytes);
    return error();
  }
  std::string error_of(const Image& image) const { return error_of(image.bytes()); }

  std::string error() const {
    try {
      load_elf(path);
    } catch (const ElfError& error) {
      EXPECT_THAT(error.what(), StartsWith(path.string() + ": "));
      return std::string(error.what()).substr(path.string().size() + 2);
    }
    return "accepted";
  }
};

TEST_F(ElfTest, GoodFile) {
  const ElfFile file = load({});
  EXPECT_EQ(file.path, path);
  EXPECT_EQ(file.entry, 0x80000004u);
  ASSERT_EQ(file.segments.size(), 2u);
  EXPECT_EQ(file.segments[0].address, 0x80000000u);
  EXPECT_EQ(file.segments[0].bytes.size(), 64u);
  EXPECT_EQ(file.segments[1].address, 0x80001000u);
  EXPECT_EQ(file.segments[1].virtual_address, 0x90000000u);
  EXPECT_EQ(file.segments[1].bytes, (std::vector<std::uint8_t>{1, 2, 3, 4, 5, 6, 7, 8}));
  EXPECT_EQ(file.segments[1].memory_size, 32u);
}

TEST_F(ElfTest, SymbolsByName) {
  const ElfFile file = load({});
  EXPECT_EQ(file.find("main"), 0x80000004u);
  EXPECT_EQ(file.find("table"), 0x90000008u);
  EXPECT_EQ(file.find("absent"), std::nullopt);
  EXPECT_EQ(file.find(".Llocal"), std::nullopt);
}

TEST_F(ElfTest, AddressesAsPeopleReadThem) {
  const ElfFile file = load({});
  const auto text = [&](std::uint32_t address) {
    const auto location = file.nearest(address);
    return location ? location->text() : std::string("nothing");
  };
  EXPECT_EQ(text(0x80000004), "main") << "a function goes before a label at the same address";
  EXPECT_EQ(text(0x80000012), "main+0xe");
  EXPECT_EQ(text(0x80000000), "nothing") << "before the first symbol";
  EXPECT_EQ(text(0x80000018), "alias+0x14") << "past the end of main, which has a size, but not of the label";
  EXPECT_EQ(text(0x8000003e), "helper+0x1e");
  EXPECT_EQ(text(0x9000000f), "table+0x7");
  EXPECT_EQ(text(0x90000010), "nothing") << "past the end of the table";
  EXPECT_EQ(text(0x20000000), "nothing") << "in no segment";
}

TEST_F(ElfTest, AFileWithoutSymbolsLoads) {
  Image image;
  image.header.e_shoff = 0;
  image.header.e_shnum = 0;
  EXPECT_TRUE(load(image).symbols.empty());
}

TEST_F(ElfTest, NoSuchFile) {
  EXPECT_EQ(error(), "no such file; build the firmware first, or mend the path");
}

TEST_F(ElfTest, Directory) {
  std::filesystem::create_directory(path);
  EXPECT_EQ(error(), "not a regular file; need a 32-bit little-endian RISC-V executable");
}

TEST_F(ElfTest, Empty) {
  EXPECT_THAT(error_of(""), StartsWith("the file is empty"));
}

TEST_F(ElfTest, SomethingElse) {
  EXPECT_THAT(error_of("#!/bin/sh\n"), StartsWith("not an ELF file"));
}

TEST_F(ElfTest, Compressed) {
  EXPECT_EQ(error_of("\x1f\x8b\x08 packed"), "a compressed file, not an ELF; decompress it first");
}

TEST_F(ElfTest, StaticLibrary) {
  EXPECT_THAT(error_of("!<arch>\nmain.o/"), StartsWith("a static library"));
}

TEST_F(ElfTest, OtherMachine) {
  Image image;
  image.header.e_machine = EM_X86_64;
  image.header.e_ident[EI_CLASS] = ELFCLASS64;
  EXPECT_EQ(error_of(image), "ELF for x86-64; need 32-bit RISC-V");
  image.header.e_machine = 0x1234;
  EXPECT_EQ(error_of(image), "ELF for machine number 4660; need 32-bit RISC-V");
}

TEST_F(ElfTest, OtherMachineInBigEndian) {
  Image image;
  image.header.e_ident[EI_DATA] = ELFDATA2MSB;
  image.header.e_machine = EM_MIPS << 8;
  EXPECT_EQ(error_of(image), "ELF for MIPS; need 32-bit RISC-V");
}

TEST_F(ElfTest, SixtyFourBit) {
  Image image;
  image.header.e_ident[EI_CLASS] = ELFCLASS64;
  EXPECT_EQ(error_of(image), "64-bit RISC-V ELF; need 32-bit: build with -march=rv32imac -mabi=ilp32");
}

TEST_F(ElfTest, BigEndian) {
  Image image;
  image.header.e_ident[EI_DATA] = ELFDATA2MSB;
  image.header.e_machine = static_cast<Elf32_Half>(EM_RISCV << 8);
  EXPECT_EQ(error_of(image), "big-endian RISC-V ELF; need little-endian: build with -mlittle-endian");
}

TEST_F(ElfTest, NotAnExecutable) {
  Image image;
  image.header.e_type = ET_REL;
  EXPECT_EQ(error_of(image), "an object file (.o); need a linked executable");
  image.header.e_type = ET_DYN;
  EXPECT_THAT(error_of(image), EndsWith("link with -static -no-pie"));
  image.header.e_type = ET_CORE;
  EXPECT_EQ(error_of(image), "ELF type 4; need an executable (type 2)");
}

TEST_F(ElfTest, HardwareFloatingPoint) {
  Image image;
  image.header.e_flags = EF_RISCV_FLOAT_ABI_DOUBLE;
  EXPECT_THAT(error_of(image), StartsWith("built for hardware floating point, which the core lacks"));
}

TEST_F(ElfTest, TruncatedAnywhereBeforeItsEnd) {
  const std::string whole = Image().bytes();
  const std::size_t needed = whole.size();
  for (const std::size_t size :
       {std::size_t{8}, sizeof(Elf32_Ehdr) - 1, sizeof(Elf32_Ehdr) + 10, needed - 70, needed - 1}) {
    EXPECT_THAT(error_of(whole.substr(0, size)), StartsWith("truncated: the ")) << size << " bytes";
  }
  EXPECT_EQ(error_of(whole.substr(0, needed - 1)), "truncated: the segment at 0x80001000 ends at byte " +
                                                       std::to_string(needed) + ", but the file has " +
                                                       std::to_string(needed - 1) + "; build or copy it again");
}

TEST_F(ElfTest, EveryTruncationIsAnErrorAndNothingWorse) {
  const std::string whole = Image().bytes();
  for (std::size_t size = 0; size < whole.size(); size += 5)
    EXPECT_NE(error_of(whole.substr(0, size)), "accepted") << size;
}

TEST_F(ElfTest, DamagedSegments) {
  Image image;
  image.segments[1].p_filesz = 65;
  EXPECT_THAT(error_of(image), HasSubstr("more bytes in the file (65) than in memory (64)"));
  image = {};
  image.segments[0].p_paddr = 0xfffffff0;
  EXPECT_EQ(error_of(image), "the segment at 0xfffffff0 of 32 bytes passes the end of the address space");
  image = {};
  image.segments[0].p_paddr = 0x8000003f;
  EXPECT_THAT(error_of(image), StartsWith("segments overlap at 0x8000003f"));
  image = {};
  image.segments[0].p_type = image.segments[1].p_type = PT_NOTE;
  EXPECT_THAT(error_of(image), StartsWith("nothing to load"));
  image = {};
  image.header.e_phentsize = 8;
  EXPECT_THAT(error_of(image), StartsWith("program headers of 8 bytes"));
}

TEST_F(ElfTest, EntryOutsideOfTheProgram) {
  for (const std::uint32_t entry : {0x20000000u, 0x80000040u, 0x80000005u}) {
    Image image;
    image.header.e_entry = entry;
    EXPECT_THAT(error_of(image), StartsWith("the entry point 0x")) << entry;
  }
}

TEST_F(ElfTest, DamagedSymbolTable) {
  Image image;
  image.sections[1].sh_link = 9;
  EXPECT_THAT(error_of(image), StartsWith("the symbol table names no string table"));
}

}  // namespace
}  // namespace terse
