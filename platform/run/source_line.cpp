#include "platform/run/source_line.hpp"

#include <elfutils/libdw.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace terse::run {
namespace {

class DebugInformation {
 public:
  explicit DebugInformation(const std::filesystem::path& elf)
      : file_(open(elf.c_str(), O_RDONLY | O_CLOEXEC)),
        dwarf_(file_ < 0 ? nullptr : dwarf_begin(file_, DWARF_C_READ)) {}
  ~DebugInformation() {
    dwarf_end(dwarf_);
    if (file_ >= 0) close(file_);
  }
  DebugInformation(const DebugInformation&) = delete;
  DebugInformation& operator=(const DebugInformation&) = delete;

  [[nodiscard]] Dwarf* get() const { return dwarf_; }

 private:
  int file_;
  Dwarf* dwarf_;
};

std::string text_of(Dwarf_Line* line) {
  int number = 0;
  const char* file = dwarf_linesrc(line, nullptr, nullptr);
  if (file == nullptr || dwarf_lineno(line, &number) != 0 || number == 0) return "";
  return fmt::format("{}:{}", file, number);
}

/// The row of this unit's line table that covers `pc`; rows are sorted by address.
Dwarf_Line* covering_line(Dwarf_Die& unit, Dwarf_Addr pc) {
  Dwarf_Lines* lines = nullptr;
  std::size_t count = 0;
  if (dwarf_getsrclines(&unit, &lines, &count) != 0) return nullptr;
  Dwarf_Line* before = nullptr;
  for (std::size_t index = 0; index < count; ++index) {
    Dwarf_Line* line = dwarf_onesrcline(lines, index);
    Dwarf_Addr address = 0;
    bool ends = false;
    if (dwarf_lineaddr(line, &address) != 0 || dwarf_lineendsequence(line, &ends) != 0) continue;
    if (before != nullptr && address > pc) return before;
    before = address <= pc && !ends ? line : nullptr;
  }
  return nullptr;
}

}  // namespace

std::string source_line(const std::filesystem::path& elf, std::uint32_t pc) {
  const DebugInformation information(elf);
  Dwarf_Off offset = 0, next = 0;
  std::size_t header = 0;
  while (dwarf_nextcu(information.get(), offset, &next, &header, nullptr, nullptr, nullptr) == 0) {
    Dwarf_Die unit;
    if (dwarf_offdie(information.get(), offset + header, &unit) != nullptr) {
      if (Dwarf_Line* line = covering_line(unit, pc)) return text_of(line);
    }
    offset = next;
  }
  return "";
}

}  // namespace terse::run
