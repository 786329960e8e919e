#include "platform/run/signature.hpp"

#include <fmt/format.h>

#include <bit>
#include <fstream>
#include <vector>

#include "platform/configuration/node.hpp"

namespace terse::run {
namespace {

configuration::Place place_of(const SignatureRequest& request) {
  return {"--signature " + request.file.string(), 0, 0};
}

}  // namespace

void check_signature(const SignatureRequest& request, const ElfFile& elf) {
  if (!std::has_single_bit(request.granularity) || request.granularity > 16) {
    throw configuration::ConfigurationError(
        {fmt::format("--signature-granularity {}", request.granularity), 0, 0},
        "bytes per line of the signature; expected 1, 2, 4, 8 or 16 (riscof expects 4)");
  }
  const auto begin = elf.find("begin_signature"), end = elf.find("end_signature");
  if (!begin || !end) {
    throw ElfError(fmt::format(
        "{}: --signature needs the symbol '{}', which is missing; put begin_signature and end_signature around the "
        "results (as riscv-arch-test's RVMODEL_DATA_BEGIN and RVMODEL_DATA_END do) and do not strip the file",
        elf.path.string(), begin ? "end_signature" : "begin_signature"));
  }
  if (*end <= *begin || (*end - *begin) % request.granularity != 0) {
    throw ElfError(fmt::format(
        "{}: the signature 0x{:08x}..0x{:08x} is no whole number of {}-byte lines; align end_signature, or choose "
        "another --signature-granularity",
        elf.path.string(), *begin, *end, request.granularity));
  }
  if (!std::ofstream(request.file, std::ios::app)) {
    throw configuration::ConfigurationError(place_of(request), "cannot be written; choose another file");
  }
}

void write_signature(const SignatureRequest& request, const ElfFile& elf, netlist::Platform& platform) {
  const std::uint32_t begin = elf.find("begin_signature").value();
  std::vector<std::uint8_t> bytes(elf.find("end_signature").value() - begin);
  if (!platform.host().read(begin, bytes)) {
    throw configuration::ConfigurationError(
        place_of(request), fmt::format("no memory is behind all of begin_signature 0x{:08x} to end_signature; see the "
                                       "address map with: terse describe PLATFORM.yaml",
                                       begin));
  }
  std::ofstream file(request.file);
  for (std::size_t line = 0; line < bytes.size(); line += request.granularity) {
    for (std::size_t byte = request.granularity; byte-- > 0;) file << fmt::format("{:02x}", bytes[line + byte]);
    file << "\n";
  }
  if (!file.flush()) {
    throw configuration::ConfigurationError(place_of(request), "could not be written in full; is the disk full?");
  }
}

}  // namespace terse::run
