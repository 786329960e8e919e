#include "platform/debug/csr_names.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace terse::debug {
namespace {

using Names = std::vector<std::pair<std::uint32_t, std::string>>;

void add_numbered(Names& names, std::uint32_t first, std::string_view format, unsigned from, unsigned to) {
  for (unsigned i = from; i <= to; ++i) names.emplace_back(first + (i - from), fmt::format(fmt::runtime(format), i));
}

Names all() {
  Names names{
      {0x300, "mstatus"}, {0x301, "misa"},      {0x304, "mie"},       {0x305, "mtvec"},         {0x306, "mcounteren"},
      {0x30a, "menvcfg"}, {0x310, "mstatush"},  {0x31a, "menvcfgh"},  {0x320, "mcountinhibit"}, {0x340, "mscratch"},
      {0x341, "mepc"},    {0x342, "mcause"},    {0x343, "mtval"},     {0x344, "mip"},           {0x7a0, "tselect"},
      {0x7a1, "tdata1"},  {0x7a2, "tdata2"},    {0x7a3, "tdata3"},    {0xb00, "mcycle"},        {0xb02, "minstret"},
      {0xb80, "mcycleh"}, {0xb82, "minstreth"}, {0xc00, "cycle"},     {0xc01, "time"},          {0xc02, "instret"},
      {0xc80, "cycleh"},  {0xc81, "timeh"},     {0xc82, "instreth"},  {0xf11, "mvendorid"},     {0xf12, "marchid"},
      {0xf13, "mimpid"},  {0xf14, "mhartid"},   {0xf15, "mconfigptr"}};
  add_numbered(names, 0x323, "mhpmevent{}", 3, 31);
  add_numbered(names, 0x3a0, "pmpcfg{}", 0, 15);
  add_numbered(names, 0x3b0, "pmpaddr{}", 0, 63);
  add_numbered(names, 0xb03, "mhpmcounter{}", 3, 31);
  add_numbered(names, 0xb83, "mhpmcounter{}h", 3, 31);
  add_numbered(names, 0xc03, "hpmcounter{}", 3, 31);
  add_numbered(names, 0xc83, "hpmcounter{}h", 3, 31);
  std::ranges::sort(names);
  return names;
}

}  // namespace

const Names& csr_names() {
  static const Names names = all();
  return names;
}

}  // namespace terse::debug
