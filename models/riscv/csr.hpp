#pragma once
// Control and status registers of machine mode, and the part of trap entry and return that lives in them.
// Source: RISC-V ISA manual volume II, privileged architecture 1.12.
#include <cstdint>
#include <optional>

#include "models/riscv/counters.hpp"
#include "models/riscv/pmp.hpp"
#include "models/riscv/trap.hpp"

namespace terse::riscv {

namespace csr {
constexpr std::uint32_t cycle = 0xc00, time = 0xc01, instret = 0xc02;
constexpr std::uint32_t cycleh = 0xc80, timeh = 0xc81, instreth = 0xc82;
constexpr std::uint32_t mvendorid = 0xf11, marchid = 0xf12, mimpid = 0xf13, mhartid = 0xf14, mconfigptr = 0xf15;
constexpr std::uint32_t mstatus = 0x300, misa = 0x301, mie = 0x304, mtvec = 0x305, mcounteren = 0x306;
constexpr std::uint32_t menvcfg = 0x30a, mstatush = 0x310, menvcfgh = 0x31a, mcountinhibit = 0x320;
constexpr std::uint32_t mscratch = 0x340, mepc = 0x341, mcause = 0x342, mtval = 0x343, mip = 0x344;
// Debug triggers: none exist, which software learns by reading zero.
constexpr std::uint32_t tselect = 0x7a0, tdata1 = 0x7a1, tdata2 = 0x7a2, tdata3 = 0x7a3;
constexpr std::uint32_t mcycle = 0xb00, minstret = 0xb02, mcycleh = 0xb80, minstreth = 0xb82;
// First of the 29 hardware performance monitors; four count, the others read zero.
constexpr std::uint32_t mhpmevent3 = 0x323, mhpmcounter3 = 0xb03, mhpmcounter3h = 0xb83;
constexpr std::uint32_t hpmcounter3 = 0xc03, hpmcounter3h = 0xc83;
}  // namespace csr

namespace mstatus {
constexpr std::uint32_t mie = 1u << 3, mpie = 1u << 7, mpp = 3u << 11, mprv = 1u << 17, tw = 1u << 21;
}

namespace misa {
constexpr std::uint32_t c = 1u << ('C' - 'A');
// B says that Zba, Zbb and Zbs are all there (extension B, ratified in 2024).
constexpr std::uint32_t rv32imabcu =
    1u << 30 | 1u << ('I' - 'A') | 1u << ('M' - 'A') | 1u << ('A' - 'A') | 1u << ('B' - 'A') | c | 1u << ('U' - 'A');
}  // namespace misa

class CsrFile {
 public:
  /// `pmp_regions`: entries of physical memory protection, 0 to 16.
  CsrFile(std::uint32_t hart_id, const Counters& counters, unsigned pmp_regions)
      : counters_(counters), pmp_(pmp_regions), hart_id_(hart_id) {}

  /// As seen from the current privilege; nothing if the access is illegal.
  std::optional<std::uint32_t> read(std::uint32_t number) const;
  /// As read, whatever the privilege: for debuggers.
  std::optional<std::uint32_t> inspect(std::uint32_t number) const;
  /// False if the access is illegal. Values are made legal as the register's WARL rules say. `next_pc`: clearing misa.C
  /// is ignored if the next instruction would be misaligned by it.
  bool write(std::uint32_t number, std::uint32_t value, std::uint32_t next_pc);

  Counters& counters() { return counters_; }
  /// Whether the hart has to keep EventCounts' taken branches, loads and stores; changed by CSR writes only.
  bool counts_events() const { return counts_events_; }

  const Pmp& pmp() const { return pmp_; }

  /// Saves the state, enters machine mode, and returns the address of the handler.
  std::uint32_t enter_trap(std::uint32_t cause, std::uint32_t value, std::uint32_t pc);
  /// mret: restores the state and returns the address to go on at.
  std::uint32_t leave_trap();

  /// Levels of the three interrupt lines, as bits of mip.
  void set_interrupt_lines(std::uint32_t bits) { mip_ = bits; }
  /// The interrupt to take now (its number), by the specification's priority: external, software, timer.
  std::optional<std::uint32_t> interrupt_to_take() const;
  /// What ends a wfi: pending and individually enabled, whatever mstatus.MIE says.
  bool interrupt_wakes() const { return (mip_ & mie_) != 0; }

  Privilege privilege() const { return privilege_; }
  /// What loads and stores are made with: mstatus.MPRV lets machine mode use the previous privilege for them.
  Privilege data_privilege() const {
    const bool modified = (mstatus_ & mstatus::mprv) != 0 && (mstatus_ & mstatus::mpp) == 0;
    return modified ? Privilege::user : privilege_;
  }
  bool interrupts_disabled() const { return privilege_ == Privilege::machine && (mstatus_ & mstatus::mie) == 0; }
  bool wait_is_illegal() const { return privilege_ != Privilege::machine && (mstatus_ & mstatus::tw) != 0; }
  bool compressed_enabled() const { return (misa_ & misa::c) != 0; }
  /// Address bits that must be zero in a jump target: IALIGN is 16 with compressed instructions, else 32.
  std::uint32_t misaligned_jump_bits() const { return jump_bits_; }

 private:
  bool permitted(std::uint32_t number) const;
  std::optional<std::uint32_t> read_machine(std::uint32_t number) const;
  std::optional<std::uint32_t> read_counter(std::uint32_t number) const;
  std::optional<std::uint32_t> read_monitor(std::uint32_t number) const;
  bool write_counter(std::uint32_t number, std::uint32_t value);
  bool write_monitor(std::uint32_t number, std::uint32_t value);
  void write_status(std::uint32_t value);
  void write_misa(std::uint32_t value, std::uint32_t next_pc);

  Counters counters_;
  Pmp pmp_;
  std::uint32_t hart_id_;
  Privilege privilege_ = Privilege::machine;
  std::uint32_t mstatus_ = mstatus::mpp;
  std::uint32_t misa_ = misa::rv32imabcu;
  std::uint32_t jump_bits_ = 1;
  bool counts_events_ = false;
  std::uint32_t mie_ = 0;
  std::uint32_t mip_ = 0;
  std::uint32_t mtvec_ = 0;
  std::uint32_t mscratch_ = 0;
  std::uint32_t mepc_ = 0;
  std::uint32_t mcause_ = 0;
  std::uint32_t mtval_ = 0;
  std::uint32_t mcounteren_ = 0;
  std::uint32_t menvcfg_ = 0;
};

}  // namespace terse::riscv
