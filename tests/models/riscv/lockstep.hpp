#pragma once
// One random stream on two variants of the core: everything that software or a debugger can see must be the same, at
// every write to the device and every few hundred cycles.
#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/models/riscv/core_bench.hpp"
#include "tests/models/riscv/random_stream.hpp"

namespace terse::test {

/// A way to simulate the core that changes its speed, never its results.
struct Variant {
  const char* name;
  const char* engine = "interpreter";
  bool traced = false;  ///< observed, instruction by instruction
};

constexpr Variant variants[] = {
    {.name = "traced", .traced = true},
    {.name = "interpreter"},
    {.name = "translator", .engine = "translator"},
};

/// The registers of machine mode that a checkpoint holds.
struct NamedCsr {
  const char* name;
  std::uint32_t number;
  bool of_blocks = false;  ///< counts events
};
constexpr NamedCsr observed_csrs[] = {
    {"mstatus", riscv::csr::mstatus},
    {"misa", riscv::csr::misa},
    {"mie", riscv::csr::mie},
    {"mip", riscv::csr::mip},
    {"mtvec", riscv::csr::mtvec},
    {"mscratch", riscv::csr::mscratch},
    {"mepc", riscv::csr::mepc},
    {"mcause", riscv::csr::mcause},
    {"mtval", riscv::csr::mtval},
    {"mcounteren", riscv::csr::mcounteren},
    {"mcountinhibit", riscv::csr::mcountinhibit},
    {"mcycle", riscv::csr::mcycle},
    {"mcycleh", riscv::csr::mcycleh},
    {"minstret", riscv::csr::minstret},
    {"minstreth", riscv::csr::minstreth},
    {"mhpmcounter3", riscv::csr::mhpmcounter3, true},
    {"mhpmcounter4", riscv::csr::mhpmcounter3 + 1, true},
    {"mhpmcounter5", riscv::csr::mhpmcounter3 + 2, true},
    {"mhpmcounter6", riscv::csr::mhpmcounter3 + 3, true},
    {"cycle", riscv::csr::cycle},  // user mode may see these
    {"instret", riscv::csr::instret},
    {"time", riscv::csr::time},
};

/// The machine at one moment. A CSR that the current privilege may not read is not compared.
struct Checkpoint {
  const char* when = "";  ///< device write | time
  std::uint64_t time = 0;
  std::uint32_t pc = 0;
  std::uint32_t privilege = 0;
  std::array<std::uint32_t, 32> registers{};
  std::array<std::optional<std::uint32_t>, std::size(observed_csrs)> csrs{};
  std::uint64_t instructions = 0;
  std::uint64_t traps = 0;
  std::uint64_t memory = 0;              ///< hash
  std::array<std::uint16_t, 16> code{};  ///< the halfwords from 8 before the pc on; not compared, `memory` holds them

  /// Within an instruction the core does not keep its monitors of events up to date: they count whole blocks.
  void forget_what_blocks_keep_back() {
    for (std::size_t i = 0; i < csrs.size(); ++i) {
      if (observed_csrs[i].of_blocks) csrs[i].reset();
    }
  }

  bool operator==(const Checkpoint& other) const {
    return time == other.time && pc == other.pc && privilege == other.privilege && registers == other.registers &&
           csrs == other.csrs && instructions == other.instructions && traps == other.traps && memory == other.memory;
  }
};

struct Outcome {
  std::vector<Checkpoint> checkpoints;
  std::optional<std::string> lockup;
  bool asleep = false;             ///< at the last look
  std::vector<std::string> trace;  ///< of a traced run asked to stop at a checkpoint: what came before it
};

class LockstepBench : public sc_core::sc_module {
 public:
  static constexpr std::uint32_t look_interval = 400;  ///< cycles
  static constexpr std::uint32_t look_count = 75;
  static constexpr std::size_t trace_length = 24;

  LockstepBench(const RandomStream& stream, const Variant& variant, double quantum)
      : sc_module(sc_core::sc_module_name("lockstep")),
        stream_(stream),
        bench_(parameters(stream, variant), CoreBench::cycles(quantum)) {
    SC_HAS_PROCESS(LockstepBench);
    SC_METHOD(drive_lines);
    sensitive << lines_changed_;
    dont_initialize();

    BenchTarget& target = bench_.target;
    target.ram = stream.memory;
    target.direct = stream.direct;
    target.read_latency = CoreBench::cycles(stream.read_latency);
    target.write_latency = CoreBench::cycles(stream.write_latency);
    target.on_device_read = [this] { return value_at(bench_.target.last_device_access); };
    target.on_device_write = [this](std::uint32_t word) { device_write(word); };
    for (unsigned i = 1; i < 32; ++i) bench_.core.set_reg(i, stream.registers[i]);
    for (const auto& [number, value] : stream.csrs) bench_.core.set_csr(number, value);
    if (variant.traced) bench_.core.set_trace([this](const auto& executed) { record(executed); });
    plan();
  }

  RiscvCore& core() { return bench_.core; }

  Outcome run(std::size_t trace_until = ~std::size_t{0}) {
    trace_until_ = trace_until;
    bench_.run(CoreBench::cycles((look_count + 1) * look_interval));
    return std::move(outcome_);
  }

 private:
  static RiscvParameters parameters(const RandomStream& stream, const Variant& variant) {
    RiscvParameters parameters;
    parameters.misaligned = stream.misaligned_traps ? "trap" : "support";
    parameters.timing = stream.timing;
    parameters.engine = variant.engine;
    return parameters;
  }

  // Actions fall between clock edges, so that none coincides with something the core does. A core that one of them has
  // woken keeps its distance from the edges, so each action has a distance of its own.
  static sc_core::sc_time moment(std::uint32_t cycle, std::size_t action) {
    return CoreBench::cycles(cycle + 0.005 * (1 + static_cast<double>(action % 199)));
  }

  void plan() {
    std::vector<std::pair<std::uint32_t, std::function<void()>>> actions;
    for (std::uint32_t i = 1; i <= look_count; ++i) actions.emplace_back(i * look_interval, [this] { look(); });
    for (const std::uint32_t cycle : stream_.withdrawals) {
      actions.emplace_back(cycle, [this] { bench_.target.withdraw_direct_access(); });
    }
    for (const auto& [cycle, lines] : stream_.timed_interrupts) {
      actions.emplace_back(cycle, [this, raised = lines] { set_lines(lines_ | raised); });
    }
    std::ranges::stable_sort(actions, {}, [](const auto& action) { return action.first; });
    for (std::size_t i = 0; i < actions.size(); ++i) {
      bench_.at(moment(actions[i].first, i), std::move(actions[i].second));
    }
  }

  /// Wakes a core that sleeps and leads one that runs out of endless loops.
  void look() {
    checkpoint("time");
    ++looks_;
    const bool asleep = bench_.core.waiting_for_interrupt();
    outcome_.asleep = asleep;
    outcome_.lockup = bench_.core.lockup();
    over_ = looks_ == look_count;
    if (asleep || looks_ % 3 == 0) set_lines(lines_ | (1 + (looks_ / 3) % 7) | (asleep ? 7 : 0));
  }

  void device_write(std::uint32_t word) {
    checkpoint("device write");
    const std::uint32_t command = word >> 16;
    if (command == raise_lines) {
      set_lines(lines_ | (word & 7));
    } else if (command == patch_code) {
      bench_.target.set_word(patch_routine + 4 * (word >> 8 & 7), stream_.patches[word & 0xff]);
    } else {
      set_lines(0);
    }
  }

  void set_lines(std::uint32_t lines) {
    lines_ = lines;
    lines_changed_.notify();
  }

  // A signal has one writer, and both the bench and the core's own process (through the device) change the lines.
  void drive_lines() {
    bench_.software.write((lines_ & 1) != 0);
    bench_.timer.write((lines_ & 2) != 0);
    bench_.external.write((lines_ & 4) != 0);
  }

  /// What the device reads as: something else each time.
  static std::uint32_t value_at(const sc_core::sc_time& time) {
    return static_cast<std::uint32_t>(time.value() * 0x9e3779b97f4a7c15 >> 32);
  }

  void checkpoint(const char* when) {
    if (over_) return;  // how far the core runs ahead of the last look depends on the quantum
    const RiscvCore& core = bench_.core;
    Checkpoint now{.when = when,
                   .time = core.local_time().value(),
                   .pc = core.pc(),
                   .privilege = static_cast<std::uint32_t>(core.privilege())};
    for (unsigned i = 0; i < 32; ++i) now.registers[i] = core.reg(i);
    for (std::size_t i = 0; i < now.csrs.size(); ++i) now.csrs[i] = core.csr(observed_csrs[i].number);
    now.instructions = core.statistics().instructions;
    now.traps = core.statistics().traps;
    now.memory = hash_of(bench_.target.ram);
    for (std::uint32_t i = 0; i < now.code.size(); ++i) {
      const std::uint32_t offset = (now.pc & ~1u) - 16 + 2 * i - ram_base;
      if (offset < ram_size) std::memcpy(&now.code[i], &bench_.target.ram[offset], 2);
    }
    if (std::string_view(when) == "device write") now.forget_what_blocks_keep_back();
    if (outcome_.checkpoints.size() == trace_until_) outcome_.trace.assign(recent_.begin(), recent_.end());
    outcome_.checkpoints.push_back(now);
  }

  static std::uint64_t hash_of(const std::vector<std::uint8_t>& bytes) {
    std::uint64_t hash = 0;
    for (std::size_t i = 0; i < bytes.size(); i += 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, &bytes[i], sizeof word);
      hash = std::rotl(hash ^ word, 23) * 0x9e3779b97f4a7c15;
    }
    return hash;
  }

  void record(const riscv::ExecutedInstruction& executed) {
    if (trace_until_ == ~std::size_t{0} || outcome_.checkpoints.size() > trace_until_) return;
    const riscv::Instruction& instruction = *executed.instruction;
    recent_.push_back(fmt::format("{:8} {:#010x}: {:0{}x}{}{}", executed.cycle, executed.pc, instruction.bits,
                                  2 * instruction.length, executed.trapped ? " trap" : "",
                                  executed.interrupt_before ? " after an interrupt" : ""));
    if (executed.wrote_register) recent_.back() += fmt::format(" x{}={:#x}", instruction.rd, executed.result);
    for (const auto& access : executed.accesses) {
      recent_.back() += fmt::format(" [{:#x}]{}{:#x}", access.address, access.write ? "<-" : "->", access.value);
    }
    if (recent_.size() > trace_length) recent_.pop_front();
  }

  const RandomStream& stream_;
  CoreBench bench_;
  sc_core::sc_event lines_changed_;
  std::uint32_t lines_ = 0;
  std::uint32_t looks_ = 0;
  bool over_ = false;
  std::size_t trace_until_ = ~std::size_t{0};
  std::deque<std::string> recent_;
  Outcome outcome_;
};

inline Outcome run_stream(const RandomStream& stream, const Variant& variant, double quantum,
                          std::size_t trace_until = ~std::size_t{0}) {
  auto context = std::make_unique<FreshContext>();
  Outcome outcome = LockstepBench(stream, variant, quantum).run(trace_until);
#ifdef __SANITIZE_ADDRESS__
  // See systemc_fixture.hpp: the stacks of processes that never end must not be given back.
  static auto* const kept = new std::vector<std::unique_ptr<FreshContext>>;
  kept->push_back(std::move(context));
#endif
  return outcome;
}

/// What differs between two checkpoints, one line each.
inline std::string differences(const Checkpoint& first, const Checkpoint& second) {
  std::string text;
  const auto compare = [&](const std::string& name, std::uint64_t a, std::uint64_t b) {
    if (a != b) text += fmt::format("  {:14} {:#x} / {:#x}\n", name, a, b);
  };
  compare("time", first.time, second.time);
  compare("pc", first.pc, second.pc);
  compare("privilege", first.privilege, second.privilege);
  for (unsigned i = 0; i < 32; ++i) compare(fmt::format("x{}", i), first.registers[i], second.registers[i]);
  for (std::size_t i = 0; i < first.csrs.size(); ++i) {
    constexpr std::uint64_t unreadable = ~std::uint64_t{0};
    compare(observed_csrs[i].name, first.csrs[i] ? *first.csrs[i] : unreadable,
            second.csrs[i] ? *second.csrs[i] : unreadable);
  }
  compare("instructions", first.instructions, second.instructions);
  compare("traps", first.traps, second.traps);
  compare("memory (hash)", first.memory, second.memory);
  return text;
}

/// How one stream is run on two variants.
struct Comparison {
  const Variant& first;
  const Variant& second;
  double first_quantum = 0;
  double second_quantum = 0;
};

inline std::string code_around(const Checkpoint& checkpoint) {
  std::string text = fmt::format("  halfwords from {:#010x} on (pc at the ninth):", checkpoint.pc - 16);
  for (const std::uint16_t half : checkpoint.code) text += fmt::format(" {:04x}", half);
  return text + "\n";
}

/// Nothing if the runs agree; else a report to repeat and to understand the difference by.
inline std::optional<std::string> mismatch(const RandomStream& stream, const Comparison& how) {
  const Outcome first = run_stream(stream, how.first, how.first_quantum);
  const Outcome second = run_stream(stream, how.second, how.second_quantum);
  const auto head = [&](const std::string& what) {
    return fmt::format("seed {}: {} (quantum {}) / {} (quantum {}): {}\n", stream.seed, how.first.name,
                       how.first_quantum, how.second.name, how.second_quantum, what);
  };
  const std::size_t count = std::min(first.checkpoints.size(), second.checkpoints.size());
  for (std::size_t i = 0; i < count; ++i) {
    const Checkpoint& a = first.checkpoints[i];
    const Checkpoint& b = second.checkpoints[i];
    if (a == b) continue;
    std::string report = head(fmt::format("checkpoint {} ({} / {}) differs", i, a.when, b.when));
    report += differences(a, b) + code_around(a) + code_around(b);
    const Variant traced{.name = "traced", .traced = true};
    report += "  a traced run up to there, with the first quantum:\n";
    for (const std::string& line : run_stream(stream, traced, how.first_quantum, i).trace) {
      report += "    " + line + "\n";
    }
    return report;
  }
  if (first.checkpoints.size() != second.checkpoints.size()) {
    return head(fmt::format("{} / {} checkpoints", first.checkpoints.size(), second.checkpoints.size()));
  }
  if (first.lockup != second.lockup) {
    return head(fmt::format("locked up: {} / {}", first.lockup.value_or("no"), second.lockup.value_or("no")));
  }
  return std::nullopt;
}

/// Every variant against the first one, with quanta of their own.
inline std::optional<std::string> mismatch_of_any_variant(const RandomStream& stream) {
  for (std::size_t i = 1; i < std::size(variants); ++i) {
    if (auto report = mismatch(stream, {variants[0], variants[i], stream.quanta[0], stream.quanta[i % 2]})) {
      return report;
    }
  }
  return std::nullopt;
}

}  // namespace terse::test
