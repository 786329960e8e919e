#include "models/riscv/csr.hpp"

#include <array>

namespace terse::riscv {
namespace {

constexpr std::uint32_t interrupt_bits =
    1u << machine_software_interrupt | 1u << machine_timer_interrupt | 1u << machine_external_interrupt;
constexpr std::uint32_t fence_of_io_implies_memory = 1;  // menvcfg.FIOM
constexpr std::uint32_t vectored = 1;                    // mtvec.MODE

constexpr bool within(std::uint32_t number, std::uint32_t first, std::uint32_t count) {
  return number - first < count;
}

constexpr std::uint32_t all_monitors = 29;

/// Whether `number` is one of the monitors that count, in a block of registers that begins with that of monitor 3.
constexpr bool counts(std::uint32_t number, std::uint32_t first) {
  return within(number, first, Counters::monitor_count);
}

/// Software may write any event number; those that do not exist become "none".
constexpr MonitoredEvent legal_event(std::uint32_t value) {
  const bool exists = value <= static_cast<std::uint32_t>(MonitoredEvent::stall_cycle);
  return exists ? static_cast<MonitoredEvent>(value) : MonitoredEvent::none;
}

constexpr std::uint32_t low(std::uint64_t value) {
  return static_cast<std::uint32_t>(value);
}
constexpr std::uint32_t high(std::uint64_t value) {
  return static_cast<std::uint32_t>(value >> 32);
}

constexpr std::uint64_t with_low(std::uint64_t value, std::uint32_t half) {
  return value >> 32 << 32 | half;
}
constexpr std::uint64_t with_high(std::uint64_t value, std::uint32_t half) {
  return std::uint64_t{half} << 32 | low(value);
}

}  // namespace

// The number itself encodes the lowest privilege that may access it, and the unprivileged counters can be withheld.
bool CsrFile::permitted(std::uint32_t number) const {
  if (static_cast<std::uint32_t>(privilege_) < (number >> 8 & 3)) return false;
  const bool unprivileged_counter = within(number, csr::cycle, 32) || within(number, csr::cycleh, 32);
  if (!unprivileged_counter || privilege_ == Privilege::machine) return true;
  return (mcounteren_ >> (number & 31) & 1) != 0;
}

std::optional<std::uint32_t> CsrFile::read(std::uint32_t number) const {
  return permitted(number) ? inspect(number) : std::nullopt;
}

std::optional<std::uint32_t> CsrFile::inspect(std::uint32_t number) const {
  if (const auto counter = read_counter(number)) return counter;
  return read_machine(number);
}

std::optional<std::uint32_t> CsrFile::read_counter(std::uint32_t number) const {
  switch (number) {
    case csr::cycle:
    case csr::mcycle:
      return low(counters_.cycle());
    case csr::cycleh:
    case csr::mcycleh:
      return high(counters_.cycle());
    case csr::time:
      return low(counters_.time());
    case csr::timeh:
      return high(counters_.time());
    case csr::instret:
    case csr::minstret:
      return low(counters_.instret());
    case csr::instreth:
    case csr::minstreth:
      return high(counters_.instret());
    case csr::mcountinhibit:
      return counters_.inhibited();
    default:
      break;
  }
  return read_monitor(number);
}

std::optional<std::uint32_t> CsrFile::read_monitor(std::uint32_t number) const {
  for (const std::uint32_t first : {csr::mhpmcounter3, csr::hpmcounter3}) {
    if (counts(number, first)) return low(counters_.monitor(number - first));
  }
  for (const std::uint32_t first : {csr::mhpmcounter3h, csr::hpmcounter3h}) {
    if (counts(number, first)) return high(counters_.monitor(number - first));
  }
  if (counts(number, csr::mhpmevent3)) {
    return static_cast<std::uint32_t>(counters_.event(number - csr::mhpmevent3));
  }
  for (const std::uint32_t first :
       {csr::mhpmevent3, csr::mhpmcounter3, csr::mhpmcounter3h, csr::hpmcounter3, csr::hpmcounter3h}) {
    if (within(number, first, all_monitors)) return 0;
  }
  return std::nullopt;
}

std::optional<std::uint32_t> CsrFile::read_machine(std::uint32_t number) const {
  switch (number) {
    case csr::mvendorid:  // zero: not a commercial implementation
    case csr::marchid:
    case csr::mimpid:
    case csr::mconfigptr:
    case csr::mstatush:
    case csr::menvcfgh:
    case csr::tselect:
    case csr::tdata1:
    case csr::tdata2:
    case csr::tdata3:
      return 0;
    case csr::mhartid:
      return hart_id_;
    case csr::mstatus:
      return mstatus_;
    case csr::misa:
      return misa_;
    case csr::mie:
      return mie_;
    case csr::mip:
      return mip_;
    case csr::mtvec:
      return mtvec_;
    case csr::mcounteren:
      return mcounteren_;
    case csr::menvcfg:
      return menvcfg_;
    case csr::mscratch:
      return mscratch_;
    case csr::mepc:
      return mepc_ & ~jump_bits_;
    case csr::mcause:
      return mcause_;
    case csr::mtval:
      return mtval_;
    default:
      return pmp_.read(number);
  }
}

bool CsrFile::write(std::uint32_t number, std::uint32_t value, std::uint32_t next_pc) {
  const bool read_only = number >> 10 == 3;
  if (read_only || !permitted(number)) return false;
  if (write_counter(number, value)) return true;
  switch (number) {
    case csr::mstatus:
      write_status(value);
      return true;
    case csr::misa:
      write_misa(value, next_pc);
      return true;
    case csr::mie:
      mie_ = value & interrupt_bits;
      return true;
    case csr::mip:  // the lines alone decide
    case csr::mstatush:
    case csr::menvcfgh:
    case csr::tselect:
    case csr::tdata1:
    case csr::tdata2:
    case csr::tdata3:
      return true;
    case csr::mtvec:
      // Modes above 1 are reserved; writing one keeps the mode there is.
      mtvec_ = (value & ~3u) | ((value & 2) == 0 ? value & vectored : mtvec_ & vectored);
      return true;
    case csr::mcounteren:
      mcounteren_ = value & (Counters::cycle_bit | Counters::time_bit | Counters::instret_bit | Counters::monitor_bits);
      return true;
    case csr::menvcfg:
      menvcfg_ = value & fence_of_io_implies_memory;
      return true;
    case csr::mscratch:
      mscratch_ = value;
      return true;
    case csr::mepc:
      mepc_ = value & ~1u;
      return true;
    case csr::mcause:
      mcause_ = value;
      return true;
    case csr::mtval:
      mtval_ = value;
      return true;
    default:
      return pmp_.write(number, value);
  }
}

bool CsrFile::write_counter(std::uint32_t number, std::uint32_t value) {
  switch (number) {
    case csr::mcycle:
      counters_.set_cycle(with_low(counters_.cycle(), value));
      return true;
    case csr::mcycleh:
      counters_.set_cycle(with_high(counters_.cycle(), value));
      return true;
    case csr::minstret:
      counters_.set_instret(with_low(counters_.instret(), value));
      return true;
    case csr::minstreth:
      counters_.set_instret(with_high(counters_.instret(), value));
      return true;
    case csr::mcountinhibit:
      counters_.set_inhibited(value);
      counts_events_ = counters_.counts_events();
      return true;
    default:
      return write_monitor(number, value);
  }
}

bool CsrFile::write_monitor(std::uint32_t number, std::uint32_t value) {
  if (counts(number, csr::mhpmcounter3)) {
    const unsigned index = number - csr::mhpmcounter3;
    counters_.set_monitor(index, with_low(counters_.monitor(index), value));
    return true;
  }
  if (counts(number, csr::mhpmcounter3h)) {
    const unsigned index = number - csr::mhpmcounter3h;
    counters_.set_monitor(index, with_high(counters_.monitor(index), value));
    return true;
  }
  if (counts(number, csr::mhpmevent3)) {
    counters_.select_event(number - csr::mhpmevent3, legal_event(value));
    counts_events_ = counters_.counts_events();
    return true;
  }
  return within(number, csr::mhpmevent3, all_monitors) || within(number, csr::mhpmcounter3, all_monitors) ||
         within(number, csr::mhpmcounter3h, all_monitors);
}

void CsrFile::write_status(std::uint32_t value) {
  constexpr std::uint32_t plain = mstatus::mie | mstatus::mpie | mstatus::mprv | mstatus::tw;
  const std::uint32_t previous_privilege = value & mstatus::mpp;
  // Only user and machine exist; writing another level keeps the one there is.
  const bool legal = previous_privilege == 0 || previous_privilege == mstatus::mpp;
  mstatus_ = (value & plain) | (legal ? previous_privilege : mstatus_ & mstatus::mpp);
}

void CsrFile::write_misa(std::uint32_t value, std::uint32_t next_pc) {
  const bool compressed = (value & misa::c) != 0 || (next_pc & 2) != 0;
  misa_ = (misa::rv32imabcu & ~misa::c) | (compressed ? misa::c : 0);
  jump_bits_ = compressed ? 1 : 3;
}

std::uint32_t CsrFile::enter_trap(std::uint32_t cause, std::uint32_t value, std::uint32_t pc) {
  const bool enabled = (mstatus_ & mstatus::mie) != 0;
  const std::uint32_t kept = mstatus_ & ~(mstatus::mie | mstatus::mpie | mstatus::mpp);
  mstatus_ = kept | (enabled ? mstatus::mpie : 0) | static_cast<std::uint32_t>(privilege_) << 11;
  privilege_ = Privilege::machine;
  mepc_ = pc;
  mcause_ = cause;
  mtval_ = value;
  const std::uint32_t base = mtvec_ & ~3u;
  const bool to_vector = (cause & interrupt_flag) != 0 && (mtvec_ & vectored) != 0;
  return to_vector ? base + 4 * (cause & ~interrupt_flag) : base;
}

std::uint32_t CsrFile::leave_trap() {
  const bool enable = (mstatus_ & mstatus::mpie) != 0;
  privilege_ = (mstatus_ & mstatus::mpp) != 0 ? Privilege::machine : Privilege::user;
  mstatus_ &= ~(mstatus::mie | mstatus::mpp);  // MPP becomes the lowest level, user
  mstatus_ |= mstatus::mpie | (enable ? mstatus::mie : 0);
  if (privilege_ != Privilege::machine) mstatus_ &= ~mstatus::mprv;
  return mepc_ & ~jump_bits_;
}

std::optional<std::uint32_t> CsrFile::interrupt_to_take() const {
  const std::uint32_t candidates = mip_ & mie_;
  const bool enabled = privilege_ != Privilege::machine || (mstatus_ & mstatus::mie) != 0;
  if (candidates == 0 || !enabled) return std::nullopt;
  constexpr std::array by_priority{machine_external_interrupt, machine_software_interrupt, machine_timer_interrupt};
  for (const std::uint32_t number : by_priority) {
    if ((candidates >> number & 1) != 0) return number;
  }
  return std::nullopt;
}

}  // namespace terse::riscv
