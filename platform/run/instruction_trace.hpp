#pragma once
// Writes what the core executes to a file, one line per instruction:
//
//        cycle  pc        bits      instruction                     what it did
//         1043  8000011c  00a12623  sw a0, 12(sp)                   [200079bc] <- 0000002a
//         1046  80000120  4501      addi a0, zero, 0                a0 <- 00000000
//
// `cycle`: clock cycles since reset at the instruction's end. Memory: -> loaded, <- stored, as many digits as bytes accessed.
// Lines that begin with '#' say that an interrupt was taken before the next instruction, or that the instruction above
// trapped and so did not happen. The core runs instruction by instruction while it is traced, and so does the whole run
// take longer on the host; its cycles and results are the same.
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "models/riscv/elf.hpp"
#include "models/riscv/riscv_core.hpp"

namespace terse::run {

/// What to trace, as the command line says it. No functions and no ranges: everything.
struct TraceRequest {
  std::optional<std::filesystem::path> file;
  std::vector<std::string> functions;  ///< Names of the ELF's symbols, demangled or not; without parameters is enough.
  std::vector<std::string> ranges;     ///< "FIRST:LAST", addresses as numbers or symbols, both included.
};

struct AddressRange {
  std::uint32_t first = 0, last = 0;
};

/// Addresses of the request in this ELF. Throws ConfigurationError naming the nearest function, or what is wrong with a range.
std::vector<AddressRange> traced_ranges(const TraceRequest& request, const ElfFile& elf);

class InstructionTrace {
 public:
  /// Opens the file and begins. Throws ConfigurationError.
  InstructionTrace(const TraceRequest& request, const ElfFile& elf, RiscvCore& core);

  /// Ends tracing. Throws ConfigurationError if the file could not be written, as on a full disk.
  void close();

 private:
  void write(const riscv::ExecutedInstruction& executed);

  std::filesystem::path path_;
  std::vector<AddressRange> ranges_;
  RiscvCore& core_;
  std::ofstream file_;
};

}  // namespace terse::run
