#pragma once
// Physical memory protection: which addresses each privilege may read, write and execute.
// Source: RISC-V ISA manual volume II, section "Physical Memory Protection" (PMP), for RV32 with a granularity of four
// bytes. Smepmp is not implemented.
#include <array>
#include <cstdint>
#include <optional>

#include "models/riscv/trap.hpp"

namespace terse::riscv {

namespace csr {
constexpr std::uint32_t pmpcfg0 = 0x3a0;   // to pmpcfg3: four entries each
constexpr std::uint32_t pmpaddr0 = 0x3b0;  // to pmpaddr15
}  // namespace csr

namespace pmp_configuration {
constexpr std::uint8_t read = 1, write = 2, execute = 4, locked = 0x80;
constexpr std::uint8_t mode = 3 << 3;
constexpr std::uint8_t off = 0, tor = 1 << 3, na4 = 2 << 3, napot = 3 << 3;
}  // namespace pmp_configuration

enum class PmpAccess : std::uint8_t { read, write, execute };

/// The entries, lowest number first. An access is decided by the first entry that contains any of its bytes: it must
/// contain all of them and, unless it is machine mode's access and the entry is not locked, grant the permission. Where
/// no entry decides, machine mode may do everything and user mode nothing.
class Pmp {
 public:
  /// The specification allows 0 or 16 registers here: with entries, 16 exist, those behind `regions` fixed at zero.
  static constexpr unsigned register_count = 16;

  /// `regions`: entries, 0 to 16. Without any there are no registers, and everything is permitted in every mode.
  explicit Pmp(unsigned regions);

  /// Value of a pmpcfg or pmpaddr register; nothing if there is no such register.
  std::optional<std::uint32_t> read(std::uint32_t csr_number) const;
  /// False if there is no such register. Locked entries stay as they are, as does the address below a locked TOR entry;
  /// the reserved W without R becomes neither.
  bool write(std::uint32_t csr_number, std::uint32_t value);

  /// May an access to the bytes `first` to `last` (inclusive) be made?
  bool permits(std::uint32_t first, std::uint32_t last, PmpAccess access, Privilege privilege) const;

  /// Addresses that one entry (or none) decides, inclusive, and what may be done there. Accesses within get these
  /// answers, and accesses over an end of it are refused.
  struct Range {
    std::uint32_t first = 0;
    std::uint32_t last = ~std::uint32_t{0};
    bool read = true;
    bool write = true;
    bool execute = true;
  };
  /// The whole such range around an address.
  Range uniform_range(std::uint32_t address, Privilege privilege) const;

  /// Whether anything within an aligned word may be refused to that privilege: if not, there is nothing to ask, as the
  /// core makes no access over the end of a word.
  bool active(Privilege privilege) const { return privilege == Privilege::machine ? binds_machine_ : binds_user_; }

  /// Grows with each change of registers, after which answers may differ.
  std::uint64_t epoch() const { return epoch_; }

 private:
  struct Entry {
    std::uint8_t configuration = 0;
    std::uint32_t address = 0;  // bits 33 to 2
    // What it contains; empty if last < first. 34 bits and more.
    std::uint64_t first = 1;
    std::uint64_t last = 0;
  };

  bool locked(unsigned index) const;
  bool address_locked(unsigned index) const;
  bool grants(const Entry& entry, PmpAccess access, Privilege privilege) const;
  void update();

  unsigned regions_;
  std::array<Entry, register_count> entries_{};
  bool binds_user_ = false;
  bool binds_machine_ = false;
  std::uint64_t epoch_ = 0;
};

}  // namespace terse::riscv
