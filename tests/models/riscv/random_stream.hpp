#pragma once
// Random programs that leave no corner of the core alone, for running the same one on two variants of it (lockstep.hpp).
//
// A stream holds valid and invalid encodings of every extension, compressed ones among them; accesses that are aligned
// or not, to memory, to code, to the device and to nowhere; branches, jumps, loops and calls; CSR accesses; traps in
// machine and user mode; code that overwrites itself; interrupts. Everything follows from the seed.
//
// It ends: the trap handler counts, and sleeps for good after `traps_to_end`. Streams that never trap run into the
// cycle limit of whoever runs them.
#include <array>
#include <cstdint>
#include <iterator>
#include <random>
#include <utility>
#include <vector>

#include "models/riscv/csr.hpp"
#include "tests/models/riscv/core_bench.hpp"

namespace terse::test {

// The device of a stream: what it does depends on the upper half of the word written. Any other word lowers all lines.
constexpr std::uint32_t raise_lines = 0x1e5;  ///< bits 2:0 are the lines to raise: software, timer, external
constexpr std::uint32_t patch_code = 0xda7a;  ///< bits 7:0 choose a word of `patches`, bits 10:8 where it goes

constexpr std::uint32_t patch_routine = ram_base + 0x4800;  ///< eight words and a return
constexpr std::uint32_t code_limit = 0x3e00;                ///< bytes of the random part, from ram_base on

struct RandomStream {
  std::uint64_t seed = 0;
  std::vector<std::uint8_t> memory = std::vector<std::uint8_t>(ram_size);
  std::array<std::uint32_t, 32> registers{};
  std::vector<std::pair<std::uint32_t, std::uint32_t>> csrs;  ///< to be set before the start
  std::array<std::uint32_t, 256> patches{};
  /// Lines that rise by themselves: (cycle, lines).
  std::vector<std::pair<std::uint32_t, std::uint32_t>> timed_interrupts;
  std::vector<std::uint32_t> withdrawals;  ///< cycles at which the target takes its DMI back
  std::array<double, 2> quanta{};          ///< cycles
  double read_latency = 0;                 ///< cycles
  double write_latency = 0;                ///< cycles
  const char* timing = "";
  bool direct = true;
  bool misaligned_traps = false;
};

class StreamGenerator {
 public:
  explicit StreamGenerator(std::uint64_t seed) : random_(seed) { stream_.seed = seed; }

  RandomStream generate() {
    wild_ = draw(16) == 0;
    choose_environment();
    const std::uint32_t size = 256 + draw(code_limit - 256 - 512);
    while (code_.size() < size) {
      starts_.push_back(ram_base + code_.size());
      element();
    }
    for (unsigned i = 0; i < 16; ++i) code_ << rv::ecall;
    place(code_, ram_base);
    place_handler();
    place_patch_routine();
    place_patcher();
    place_resume_table();
    fill_data();
    return std::move(stream_);
  }

 private:
  // Not std::uniform_int_distribution: a seed is to mean the same stream with every library.
  std::uint32_t draw(std::uint32_t below) { return static_cast<std::uint32_t>(random_() % below); }
  std::uint32_t word() { return static_cast<std::uint32_t>(random_()); }
  std::uint32_t any_register() { return draw(32); }
  std::uint32_t upper_register() { return 8 + draw(8); }
  template <std::size_t count>
  std::uint32_t one_of(const std::uint32_t (&values)[count]) {
    return values[draw(count)];
  }

  void choose_environment() {
    for (double& quantum : stream_.quanta) quantum = one_of({0, 1, 7, 100, 1000, 20000});
    stream_.timing = std::array{"nominal", "nominal", "ibex", "cv32e40p"}[draw(4)];
    stream_.read_latency = one_of({0, 0, 1, 3});
    stream_.write_latency = one_of({0, 0, 1, 2});
    stream_.direct = draw(8) != 0;
    stream_.misaligned_traps = draw(3) == 0;
    for (std::uint32_t cycle = draw(2000); draw(8) != 0; cycle += 1 + draw(3000)) {
      stream_.timed_interrupts.emplace_back(cycle, 1 + draw(7));
    }
    for (std::uint32_t cycle = draw(4000); draw(3) == 0; cycle += 1 + draw(4000)) stream_.withdrawals.push_back(cycle);
    for (unsigned i = 1; i < 32; ++i) stream_.registers[i] = draw(2) == 0 ? data_address() & ~3u : value();
    for (std::uint32_t& patch : stream_.patches) patch = draw(4) == 0 ? word() : computation();
    constexpr std::uint32_t pmpcfg0 = 0x3a0, pmpaddr0 = 0x3b0, all_addresses_all_rights = 0x1f;
    const std::uint32_t vectored = draw(2);
    stream_.csrs = {{pmpaddr0, ~0u},
                    {pmpcfg0, all_addresses_all_rights},
                    {riscv::csr::mtvec, handler_base | vectored},
                    {riscv::csr::mie, 0x888},
                    {riscv::csr::mcounteren, word()},
                    {riscv::csr::mhpmevent3, draw(5)},
                    {riscv::csr::mhpmevent3 + 1, draw(5)},
                    {riscv::csr::mstatus, riscv::mstatus::mpp | (draw(4) != 0 ? riscv::mstatus::mie : 0)}};
  }

  // Near the edges, where carries and signs go wrong, or anywhere.
  std::uint32_t value() {
    return draw(2) == 0 ? one_of({0, 1, 2, 31, 0x7fffffff, 0x80000000, 0x80000001, 0xfffffffe, 0xffffffff}) : word();
  }

  // --- addresses ---

  std::uint32_t data_address() { return data_base + draw(ram_size / 2 - 8); }
  std::uint32_t code_address() { return ram_base + draw(code_limit); }
  /// Where an access of `size` bytes goes: mostly to data, aligned.
  std::uint32_t access_address(unsigned size) {
    switch (draw(16)) {
      case 0:
        return data_address();  // at any alignment
      case 1:
        return data_base + 0x1000 * (1 + draw(7)) - 1 - draw(3);  // across pages
      case 2:
        return ram_base + ram_size - 4 + draw(6);  // across the end
      case 3:
        return one_of({0, 0x10000000, 0x3ffffffe, device_base + 4, device_base + 1, 0xfffffffc, 0xffffffff});
      case 4:
        return code_address();
      case 5:
      case 6:
        return device_base;
      default:
        return data_address() / size * size;
    }
  }

  // --- single instructions ---

  std::uint32_t r_type_word() {
    static constexpr std::uint32_t words[] = {
        rv::add(0, 0, 0),    rv::sub(0, 0, 0),  rv::sll(0, 0, 0),    rv::slt(0, 0, 0),    rv::sltu(0, 0, 0),
        rv::xor_(0, 0, 0),   rv::srl(0, 0, 0),  rv::sra(0, 0, 0),    rv::or_(0, 0, 0),    rv::and_(0, 0, 0),
        rv::mul(0, 0, 0),    rv::mulh(0, 0, 0), rv::mulhsu(0, 0, 0), rv::mulhu(0, 0, 0),  rv::div(0, 0, 0),
        rv::divu(0, 0, 0),   rv::rem(0, 0, 0),  rv::remu(0, 0, 0),   rv::sh1add(0, 0, 0), rv::sh2add(0, 0, 0),
        rv::sh3add(0, 0, 0), rv::andn(0, 0, 0), rv::orn(0, 0, 0),    rv::xnor(0, 0, 0),   rv::max(0, 0, 0),
        rv::maxu(0, 0, 0),   rv::min(0, 0, 0),  rv::minu(0, 0, 0),   rv::rol(0, 0, 0),    rv::ror(0, 0, 0),
        rv::bclr(0, 0, 0),   rv::bext(0, 0, 0), rv::binv(0, 0, 0),   rv::bset(0, 0, 0),   rv::slli(0, 0, 0),
        rv::srli(0, 0, 0),   rv::srai(0, 0, 0), rv::rori(0, 0, 0),   rv::bclri(0, 0, 0),  rv::bexti(0, 0, 0),
        rv::binvi(0, 0, 0),  rv::bseti(0, 0, 0)};
    return one_of(words) | any_register() << 20;
  }
  std::uint32_t unary_word() {
    return one_of({rv::clz(0, 0), rv::ctz(0, 0), rv::cpop(0, 0), rv::sext_b(0, 0), rv::sext_h(0, 0), rv::zext_h(0, 0),
                   rv::orc_b(0, 0), rv::rev8(0, 0)});
  }
  std::uint32_t immediate_word() {
    return one_of({rv::addi(0, 0, 0), rv::slti(0, 0, 0), rv::sltiu(0, 0, 0), rv::xori(0, 0, 0), rv::ori(0, 0, 0),
                   rv::andi(0, 0, 0)}) |
           word() << 20;
  }
  std::uint32_t computation() {
    const std::uint32_t rd = any_register() << 7;
    const std::uint32_t rs1 = any_register() << 15;
    switch (draw(8)) {
      case 0:
        return unary_word() | rs1 | rd;
      case 1:
        return (word() & 0xfffff000) | rd | (draw(2) == 0 ? rv::lui(0, 0) : rv::auipc(0, 0));
      case 2:
      case 3:
      case 4:
        return immediate_word() | rs1 | rd;
      default:
        return r_type_word() | rs1 | rd;
    }
  }
  std::uint16_t compressed_computation() {
    // c.addi4spn; c.addi, c.li, c.lui and c.addi16sp, arithmetic; c.slli, c.mv and c.add (and their reserved codes).
    static constexpr std::uint32_t words[] = {0x0000, 0x0001, 0x4001, 0x6001, 0x8001, 0x8001, 0x0002, 0x8002, 0x9002};
    const std::uint32_t base = one_of(words);
    const bool of_registers = base == 0x8002 || base == 0x9002;  // jumps and ebreak have register 0 as the second
    return static_cast<std::uint16_t>(base | (of_registers ? (word() & 0x0ffc) | 4u : word() & 0x1ffc));
  }
  std::uint16_t any_compressed() {
    const std::uint32_t half = word() & 0xffff;
    return static_cast<std::uint16_t>((half & 3) == 3 ? half & ~2u : half);
  }
  std::uint32_t branch_word(int offset) {
    const std::uint32_t funct3 = one_of({0, 1, 4, 5, 6, 7});
    return rv::b_type(offset, any_register(), any_register(), funct3);
  }
  int forward() { return static_cast<int>(draw(40) * 2 + 4); }
  int backward() { return -static_cast<int>(draw(60) * 2); }
  std::uint32_t csr_number() {
    namespace csr = riscv::csr;
    if (wild_ && draw(4) == 0) return one_of({csr::mtvec, 0x3a0, 0x3a1, 0x3b0, 0x3b1, 0x3b2, 0x3bf});
    if (draw(16) == 0) return draw(0x100) + one_of({0, 0x100, 0x700, 0xb00, 0xc00, 0xf00});
    return one_of(
        {csr::mstatus,     csr::mscratch, csr::mepc,          csr::mcause,     csr::mtval,        csr::mcycle,
         csr::mcycleh,     csr::minstret, csr::minstreth,     csr::cycle,      csr::instret,      csr::time,
         csr::mcounteren,  csr::misa,     csr::mcountinhibit, csr::mhpmevent3, csr::mhpmcounter3, csr::mhpmcounter3 + 1,
         csr::hpmcounter3, csr::mip,      csr::mie,           csr::cycleh,     csr::timeh,        csr::instreth});
  }
  std::uint32_t csr_word() {
    const std::uint32_t number = csr_number();
    const bool disturbing = number == riscv::csr::mie || number == riscv::csr::misa;
    const std::uint32_t funct3 = disturbing && draw(8) != 0 ? 2 : one_of({1, 2, 3, 5, 6, 7});
    const std::uint32_t source = funct3 == 2 && draw(2) == 0 ? 0 : any_register();
    return number << 20 | source << 15 | funct3 << 12 | any_register() << 7 | 0x73;
  }
  std::uint32_t system_word() {
    return one_of({rv::ecall, rv::ebreak, rv::mret, rv::wfi, rv::fence, rv::fence_i, 0, ~0u, 0x10200073, 0x12000073});
  }

  // --- elements: one or several instructions that belong together ---

  void element() {
    const std::uint32_t choice = draw(100);
    if (choice < 28) {
      code_ << computation();
    } else if (choice < 46) {
      code_.half(compressed_computation());
    } else if (choice < 60) {
      access();
    } else if (choice < 64) {
      access_through_any_register();
    } else if (choice < 74) {
      branch_or_jump();
    } else if (choice < 79) {
      code_ << csr_word();
    } else if (choice < 84) {
      atomic();
    } else if (choice < 87) {
      overwrite_code();
    } else if (choice < 92) {
      loop();
    } else {
      rarity(choice);
    }
  }

  void rarity(std::uint32_t choice) {
    switch (choice) {
      case 92:
        return void(code_ << one_of({rv::ecall, rv::ebreak}));
      case 93:
        return draw(2) == 0 ? jump_without_compressed() : void(code_ << system_word());
      case 94:
        return patch_and_call();
      case 95:
        return write_device(draw(3) == 0 ? word() & 0xffff : raise_lines << 16 | (word() & 0xffff));
      case 96:
        return enter_user_mode();
      case 97:
        return void(code_.half(any_compressed()));
      case 98:
        return void(code_ << (draw(3) == 0 ? word() : one_of({rv::fence, rv::fence_i})));
      default:
        write_device(raise_lines << 16 | (1 + draw(7)));
        return void(code_ << rv::wfi);
    }
  }

  /// Puts an address into `base`, less what is returned: the offset to use with it.
  int set_base(std::uint32_t base, std::uint32_t address) {
    const std::uint32_t upper = (address + 0x800) >> 12 & 0xfffff;
    code_ << rv::lui(base, upper);
    return static_cast<int>(address - (upper << 12));
  }

  void access() {
    const std::uint32_t size = 1u << draw(3);
    const std::uint32_t base = 1 + draw(31);
    const int offset = set_base(base, access_address(size));
    const std::uint32_t kind = size == 1 ? 0 : size == 2 ? 1 : 2;
    if (draw(2) == 0) {
      code_ << rv::s_type(offset, any_register(), base, kind);
    } else {
      const std::uint32_t unsigned_bit = size < 4 && draw(2) == 0 ? 4 : 0;
      code_ << rv::i_type(offset, base, kind | unsigned_bit, any_register(), 0x03);
    }
  }

  void access_through_any_register() {
    if (draw(2) == 0) {  // c.lw, c.sw, c.lwsp, c.swsp
      code_.half(static_cast<std::uint16_t>(one_of({0x4000, 0xc000, 0x4002, 0xc002}) | (word() & 0x1ffc)));
      return;
    }
    const int offset = static_cast<int>(draw(64)) - 32;
    if (draw(2) == 0) {
      code_ << rv::s_type(offset, any_register(), any_register(), draw(3));
    } else {
      code_ << rv::i_type(offset, any_register(), one_of({0, 1, 2, 4, 5}), any_register(), 0x03);
    }
  }

  void branch_or_jump() {
    const std::uint32_t scratch = 1 + draw(31);
    switch (draw(10)) {
      case 0:
        if (draw(4) != 0) break;
        return void(code_ << branch_word(backward()));
      case 1:
        return void(code_ << rv::jal(any_register(), forward()));
      case 2:
        return void(code_ << rv::auipc(scratch, 0) << rv::jalr(any_register(), scratch, forward() | int(draw(2))));
      case 3:  // c.beqz, c.bnez, c.jal, c.j: short offsets forward
        return void(code_.half(static_cast<std::uint16_t>(one_of({0xc001, 0xe001}) | (word() & 0x0f98) | 8u)));
      case 4:
        return void(code_.half(static_cast<std::uint16_t>(one_of({0x2001, 0xa001}) | (word() & 0x0038) | 8u)));
      case 5:
        if (draw(8) != 0) break;
        return void(code_.li(scratch, starts_[draw(static_cast<std::uint32_t>(starts_.size()))])
                    << rv::jalr(any_register(), scratch, 0));
      case 6:
        if (draw(8) != 0) break;
        return void(code_.li(scratch, one_of({0, device_base, ram_base + ram_size - 2, 0xfffffffe, data_base}))
                    << rv::jalr(ra, scratch, 0));
      default:
        break;
    }
    code_ << branch_word(forward());
  }

  void atomic() {
    const std::uint32_t base = 1 + draw(31);
    code_.li(base, access_address(4));
    if (draw(3) == 0) {
      code_ << rv::lr_w(any_register(), base);
      if (draw(2) == 0) code_ << computation();
      code_ << rv::sc_w(any_register(), any_register(), base);
      return;
    }
    code_ << rv::atomic(one_of({0, 1, 4, 8, 12, 16, 20, 24, 28, 2, 3}), any_register(), any_register(), base);
  }

  /// A store into code, often into what comes right behind it. The core sees its own stores without fence.i.
  void overwrite_code() {
    const std::uint32_t base = 1 + draw(31);
    const std::uint32_t source = 1 + (base + draw(30)) % 31;
    const std::uint32_t here = ram_base + code_.size();
    const bool near = draw(3) != 0;
    const std::uint32_t target = near ? here + 4 * draw(12) + 2 * draw(2) : code_address() & ~1u;
    const std::uint32_t new_word = draw(8) == 0 ? system_word() : computation();
    code_.li(source, new_word);
    const int offset = set_base(base, target);
    code_ << rv::s_type(offset, source, base, one_of({2, 2, 2, 1, 0}));
    if (draw(3) == 0) code_ << rv::fence_i;
  }

  /// A counted loop around a few elements that leave its counter alone, unless they trap or jump.
  void loop() {
    const std::uint32_t counter = 1 + draw(31);
    code_ << rv::addi(counter, zero, static_cast<int>(1 + draw(draw(4) == 0 ? 300 : 20)));
    const std::uint32_t start = code_.size();
    for (std::uint32_t count = 1 + draw(8); count > 0; --count) loop_body_element(counter);
    code_ << rv::addi(counter, counter, -1);
    code_ << rv::bne(counter, zero, static_cast<int>(start) - static_cast<int>(code_.size()));
  }

  void loop_body_element(std::uint32_t counter) {
    switch (draw(8)) {
      case 0:
        return access();
      case 1:
        if (draw(4) == 0) return overwrite_code();
        return void(code_ << branch_word(static_cast<int>(4 + 2 * draw(3))));
      case 2:
        return void(code_.half(compressed_computation()));
      default:
        break;
    }
    std::uint32_t instruction = computation();
    while ((instruction >> 7 & 31) == counter) instruction = computation();
    code_ << instruction;
  }

  void write_device(std::uint32_t word_written) {
    const std::uint32_t base = 1 + draw(31);
    const std::uint32_t source = 1 + (base + draw(30)) % 31;
    code_.li(source, word_written) << rv::lui(base, device_base >> 12) << rv::sw(source, base, 0);
  }

  void patch_and_call() {
    const std::uint32_t base = 1 + draw(31);
    code_.li(base, patcher) << rv::addi(a0, zero, static_cast<int>(draw(0x800))) << rv::jalr(ra, base, 0);
    code_.li(base, patch_routine) << rv::jalr(ra, base, 0);
  }

  void enter_user_mode() {
    const std::uint32_t scratch = 1 + draw(31);
    code_ << rv::auipc(scratch, 0) << rv::addi(scratch, scratch, 28) << rv::csrw(riscv::csr::mepc, scratch)
          << rv::lui(scratch, 2) << rv::addi(scratch, scratch, -0x800) << rv::csrrc(zero, riscv::csr::mstatus, scratch)
          << rv::mret;
  }

  /// Without compressed instructions a jump to an odd halfword traps. The handler brings them back.
  void jump_without_compressed() {
    constexpr std::uint16_t compressed_nop = 0x0001;
    if (code_.size() % 4 != 0) code_.half(compressed_nop);  // else the bit would stay
    code_ << rv::csrrci(zero, riscv::csr::misa, riscv::misa::c);
    for (unsigned i = draw(4); i > 0; --i) code_ << computation();
    code_ << (draw(2) == 0 ? rv::jal(any_register(), 6) : branch_word(6));
  }

  // --- what is around the random part ---

  void place(const Program& program, std::uint32_t address) {
    std::ranges::copy(program.bytes(), stream_.memory.begin() + (address - ram_base));
  }

  void place_patch_routine() {
    Program routine;
    for (unsigned i = 0; i < 8; ++i) routine << computation();
    place(routine << rv::jalr(zero, ra, 0), patch_routine);
  }

  /// The device writes code behind the core's back; fence.i makes it visible. What the core does without it is nobody's
  /// business, so this lies out of reach of code that overwrites itself, and leaves no command in a register.
  void place_patcher() {
    Program program;
    program << rv::andi(a0, a0, 0x7ff) << rv::lui(t0, patch_code << 4) << rv::or_(a0, a0, t0)
            << rv::lui(t0, device_base >> 12) << rv::sw(a0, t0, 0) << rv::fence_i << rv::addi(a0, zero, 0)
            << rv::jalr(zero, ra, 0);
    place(program, patcher);
  }

  static constexpr std::uint32_t patcher = ram_base + 0x4a00;
  static constexpr std::uint32_t handler_body = handler_base + 0x100;
  static constexpr std::uint32_t resume_table = ram_base + 0x5000;
  static constexpr std::uint32_t resume_rows = 64;
  static constexpr std::uint32_t save_area = ram_base + 0x6000;
  static constexpr int traps_to_end = 80;
  // Flags of a row of the resume table, which says where the handler goes on and in which mode.
  static constexpr int in_machine_mode = 1, exception_elsewhere = 2, interrupt_elsewhere = 4, interruptible = 8;

  void place_resume_table() {
    Program table;
    for (std::uint32_t row = 0; row < resume_rows; ++row) {
      table << starts_[draw(static_cast<std::uint32_t>(starts_.size()))]
            << (draw(8) | (draw(4) != 0 ? interruptible : 0));
    }
    place(table, resume_table);
  }

  /// Needs no register to hold anything: mscratch keeps the one it needs to save the others. Traps are counted at
  /// save_area + 8 and told to the device; it lowers the lines.
  void place_handler() {
    namespace csr = riscv::csr;
    Program vectors;
    for (int i = 0; i < 16; ++i) vectors << rv::jal(zero, static_cast<int>(handler_body - handler_base) - 4 * i);
    place(vectors, handler_base);

    Program end;
    end << rv::csrw(csr::mie, zero) << rv::wfi << rv::jal(zero, -4);
    Program handler;
    handler << rv::csrrw(t6, csr::mscratch, t6) << rv::lui(t6, save_area >> 12) << rv::sw(t4, t6, 0)
            << rv::sw(t5, t6, 4) << rv::lw(t4, t6, 8) << rv::addi(t4, t4, 1) << rv::sw(t4, t6, 8)
            << rv::lui(t5, device_base >> 12) << rv::sw(t4, t5, 0) << rv::slti(t5, t4, traps_to_end)
            << rv::bne(t5, zero, static_cast<int>(4 + end.size()));
    for (const std::uint8_t* byte = end.bytes().data(); byte != end.bytes().data() + end.size(); byte += 2) {
      handler.half(static_cast<std::uint16_t>(byte[0] | byte[1] << 8));
    }
    handler << rv::lui(t5, 1) << rv::addi(t5, t5, -0x778) << rv::csrrs(zero, csr::mie, t5);  // 0x888
    handler << rv::csrrsi(zero, csr::misa, riscv::misa::c);
    // t6 becomes the row; mstatus.MPIE and MPP become what it says.
    handler << rv::andi(t4, t4, resume_rows - 1) << rv::slli(t4, t4, 3) << rv::lui(t6, resume_table >> 12)
            << rv::add(t6, t6, t4) << rv::lw(t4, t6, 4) << rv::lui(t5, 2) << rv::addi(t5, t5, -0x780)
            << rv::csrrc(zero, csr::mstatus, t5)  // 0x1880
            << rv::andi(t5, t4, interruptible) << rv::slli(t5, t5, 4) << rv::csrrs(zero, csr::mstatus, t5)
            << rv::andi(t5, t4, in_machine_mode) << rv::beq(t5, zero, 16) << rv::lui(t5, 2) << rv::addi(t5, t5, -0x800)
            << rv::csrrs(zero, csr::mstatus, t5);
    handler << rv::csrr(t5, csr::mcause) << rv::blt(t5, zero, 40);
    // Exceptions: behind the instruction, unless it lies outside of the random code or the row says otherwise.
    handler << rv::andi(t4, t4, exception_elsewhere) << rv::bne(t4, zero, 40) << rv::csrr(t4, csr::mepc)
            << rv::addi(t5, t4, 4) << rv::lui(t4, ram_base >> 12) << rv::sub(t4, t5, t4) << rv::srli(t4, t4, 14)
            << rv::beq(t4, zero, 20) << rv::jal(zero, 12);
    handler << rv::andi(t4, t4, interrupt_elsewhere) << rv::beq(t4, zero, 12);
    handler << rv::lw(t5, t6, 0) << rv::csrw(csr::mepc, t5);
    handler << rv::lui(t6, save_area >> 12) << rv::lw(t4, t6, 0) << rv::lw(t5, t6, 4) << rv::csrr(t6, csr::mscratch)
            << rv::mret;
    place(handler, handler_body);
  }

  void fill_data() {
    for (std::uint32_t address = data_base; address < ram_base + ram_size; address += 4) {
      Program data;
      place(data << (draw(4) == 0 ? computation() : value()), address);  // runs, now and then, as code
    }
  }

  std::mt19937_64 random_;
  RandomStream stream_;
  Program code_;
  std::vector<std::uint32_t> starts_;  ///< of elements
  bool wild_ = false;                  ///< may destroy its trap handler and its access rights
};

inline RandomStream random_stream(std::uint64_t seed) {
  return StreamGenerator(seed).generate();
}

}  // namespace terse::test
