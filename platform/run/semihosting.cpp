#include "platform/run/semihosting.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <vector>

namespace terse::run {
namespace {

enum Operation : std::uint32_t {
  sys_open = 0x01,
  sys_close = 0x02,
  sys_writec = 0x03,
  sys_write0 = 0x04,
  sys_write = 0x05,
  sys_read = 0x06,
  sys_readc = 0x07,
  sys_iserror = 0x08,
  sys_istty = 0x09,
  sys_seek = 0x0A,
  sys_flen = 0x0C,
  sys_tmpnam = 0x0D,
  sys_remove = 0x0E,
  sys_rename = 0x0F,
  sys_clock = 0x10,
  sys_time = 0x11,
  sys_errno = 0x13,
  sys_get_cmdline = 0x15,
  sys_heapinfo = 0x16,
  sys_exit = 0x18,
  sys_exit_extended = 0x20,
  sys_elapsed = 0x30,
  sys_tickfreq = 0x31,
};

constexpr std::uint32_t application_exit = 0x20026;  // ADP_Stopped_ApplicationExit
constexpr std::uint32_t console_input = 1, console_output = 2, console_errors = 3;
constexpr std::uint32_t longest_name = 4096;
constexpr std::uint32_t chunk = 1 << 16;
constexpr unsigned a0 = 10, a1 = 11;

}  // namespace

Semihosting::Semihosting(RiscvCore& core, netlist::HostPort& memory, SemihostingOptions options)
    : core_(core), memory_(memory), options_(std::move(options)), files_(options_.folder) {}

bool Semihosting::at_call() const {
  constexpr std::array<std::uint32_t, 3> sequence = {0x01F0'1013, 0x0010'0073, 0x4070'5013};
  std::array<std::uint32_t, 3> found{};
  std::array<std::uint8_t, sizeof found> bytes{};
  if (!memory_.read(std::uint64_t{core_.pc()} - 4, bytes)) return false;
  std::memcpy(found.data(), bytes.data(), sizeof found);
  return found == sequence;
}

bool Semihosting::handle(const riscv::Stop& stop) {
  if (stop.cause != riscv::Stop::Cause::ebreak || !at_call()) return false;
  const std::uint32_t after = core_.pc() + 4;
  core_.set_reg(a0, call(core_.reg(a0), core_.reg(a1)));
  core_.set_pc(after);
  return true;
}

std::uint32_t Semihosting::call(std::uint32_t operation, std::uint32_t argument) {
  std::array<std::uint32_t, 2> block{};
  switch (operation) {
    case sys_writec: {
      std::uint8_t character = 0;
      if (!memory_.read(argument, {&character, 1})) return result_of(EFAULT);
      console(static_cast<char>(character));
      return 0;
    }
    case sys_write0:
      return write_text(argument);
    case sys_readc:
      return static_cast<std::uint32_t>(std::getchar());
    case sys_iserror:
      if (!words(argument, {block.data(), 1})) return result_of(EFAULT);
      return block[0] >> 31;
    case sys_errno:
      return errno_;
    case sys_get_cmdline:
      if (!words(argument, block)) return result_of(EFAULT);
      return command_line(argument, block[0], block[1]);
    case sys_heapinfo:
      if (!words(argument, {block.data(), 1}) || !put(block[0], std::array<std::uint8_t, 16>{}))
        return result_of(EFAULT);
      return 0;
    case sys_exit:
      return exit(argument, argument == application_exit ? 0 : 1);
    case sys_exit_extended:
      if (!words(argument, block)) return result_of(EFAULT);
      return exit(block[0], block[1]);
    case sys_clock:
    case sys_time:
    case sys_elapsed:
    case sys_tickfreq:
      return time_call(operation, argument);
    default:
      return file_call(operation, argument);
  }
}

std::uint32_t Semihosting::time_call(std::uint32_t operation, std::uint32_t argument) {
  const double seconds = core_.local_time().to_seconds();
  switch (operation) {
    case sys_clock:
      return static_cast<std::uint32_t>(seconds * 100);
    case sys_time:
      return static_cast<std::uint32_t>(seconds);
    case sys_elapsed: {
      const auto nanoseconds =
          static_cast<std::uint64_t>(std::llround(core_.local_time() / sc_core::sc_time(1, sc_core::SC_NS)));
      std::array<std::uint8_t, 8> bytes{};
      std::memcpy(bytes.data(), &nanoseconds, sizeof nanoseconds);
      return put(argument, bytes) ? 0 : result_of(EFAULT);
    }
    default:
      return 1'000'000'000;  // ticks of SYS_ELAPSED per second
  }
}

std::uint32_t Semihosting::file_call(std::uint32_t operation, std::uint32_t argument) {
  struct Arguments {
    std::uint32_t operation;
    std::size_t words;
  };
  constexpr std::array<Arguments, 10> known = {{{sys_open, 3},
                                                {sys_close, 1},
                                                {sys_write, 3},
                                                {sys_read, 3},
                                                {sys_istty, 1},
                                                {sys_seek, 2},
                                                {sys_flen, 1},
                                                {sys_tmpnam, 3},
                                                {sys_remove, 2},
                                                {sys_rename, 4}}};
  const auto* found = std::ranges::find(known, operation, &Arguments::operation);
  if (found == known.end()) return result_of(ENOSYS);
  std::array<std::uint32_t, 4> block{};
  if (!words(argument, {block.data(), found->words})) return result_of(EFAULT);
  switch (operation) {
    case sys_open:
      return open(block[0], block[1], block[2]);
    case sys_close:
      return close(block[0]);
    case sys_write:
      return write(block[0], block[1], block[2]);
    case sys_read:
      return read(block[0], block[1], block[2]);
    case sys_istty:
      return is_terminal(block[0]);
    case sys_seek:
      return result_of(files_.seek(block[0], block[1]));
    case sys_flen:
      return file_length(block[0]);
    case sys_tmpnam:
      return temporary_name(block[0], block[1], block[2]);
    case sys_remove: {
      const auto name = text(block[0], block[1]);
      return name ? result_of(files_.remove(*name)) : failure;
    }
    default:
      return rename(block);
  }
}

std::uint32_t Semihosting::open(std::uint32_t name, std::uint32_t mode, std::uint32_t length) {
  // r, r+, w, w+, a, a+, each also as binary: the index is mode / 2.
  constexpr std::array<int, 6> flags = {O_RDONLY,
                                        O_RDWR,
                                        O_WRONLY | O_CREAT | O_TRUNC,
                                        O_RDWR | O_CREAT | O_TRUNC,
                                        O_WRONLY | O_CREAT | O_APPEND,
                                        O_RDWR | O_CREAT | O_APPEND};
  const auto path = text(name, length);
  if (!path) return failure;
  if (mode / 2 >= flags.size()) return result_of(EINVAL);
  if (*path == ":tt") {
    const std::uint32_t handle = console_input + mode / 4;
    console_open_[handle] = true;
    return handle;
  }
  std::uint32_t handle = 0;
  const int error = files_.open(*path, flags[mode / 2], handle);
  return result_of(error, handle);
}

std::uint32_t Semihosting::close(std::uint32_t handle) {
  if (handle < console_open_.size() && console_open_[handle]) {
    console_open_[handle] = false;
    return 0;
  }
  return result_of(files_.close(handle));
}

/// The answer of SYS_WRITE and SYS_READ is the number of bytes that were *not* transferred.
std::uint32_t Semihosting::write(std::uint32_t handle, std::uint32_t address, std::uint32_t length) {
  const bool to_console = (handle == console_output || handle == console_errors) && console_open_[handle];
  std::vector<std::uint8_t> bytes;
  while (length > 0) {
    bytes.resize(std::min(length, chunk));
    int error = memory_.read(address, bytes) ? 0 : EFAULT;
    std::size_t done = 0;
    if (error == 0 && to_console) {
      for (const std::uint8_t byte : bytes) console(static_cast<char>(byte));
      done = bytes.size();
    } else if (error == 0) {
      error = files_.write(handle, bytes, done);
    }
    length -= static_cast<std::uint32_t>(done);
    address += static_cast<std::uint32_t>(done);
    if (error != 0) {
      errno_ = static_cast<std::uint32_t>(error);
      break;
    }
  }
  return length;
}

std::uint32_t Semihosting::read(std::uint32_t handle, std::uint32_t address, std::uint32_t length) {
  const bool from_console = handle == console_input && console_open_[handle];
  std::vector<std::uint8_t> bytes;
  while (length > 0) {
    bytes.resize(std::min(length, chunk));
    std::size_t done = 0;
    int error = 0;
    if (from_console) {  // a line at a time, as a terminal gives it
      for (int character = 0; done < bytes.size() && character != '\n';) {
        character = std::getchar();
        if (character == EOF) break;
        bytes[done++] = static_cast<std::uint8_t>(character);
      }
    } else {
      error = files_.read(handle, bytes, done);
    }
    if (error == 0 && !put(address, {bytes.data(), done})) error = EFAULT;
    if (error != 0) {
      errno_ = static_cast<std::uint32_t>(error);
      break;
    }
    length -= static_cast<std::uint32_t>(done);
    address += static_cast<std::uint32_t>(done);
    if (from_console || done < bytes.size()) break;
  }
  return length;
}

std::uint32_t Semihosting::file_length(std::uint32_t handle) {
  if (handle < console_open_.size() && console_open_[handle]) return 0;
  std::uint32_t bytes = 0;
  const int error = files_.length(handle, bytes);
  return result_of(error, bytes);
}

std::uint32_t Semihosting::is_terminal(std::uint32_t handle) {
  if (handle < console_open_.size() && console_open_[handle]) return 1;
  return files_.is_open(handle) ? 0 : result_of(EBADF);
}

std::uint32_t Semihosting::rename(std::span<const std::uint32_t> words) {
  const auto from = text(words[0], words[1]), to = text(words[2], words[3]);
  return from && to ? result_of(files_.rename(*from, *to)) : failure;
}

std::uint32_t Semihosting::write_text(std::uint32_t address) {
  std::uint8_t character = 0;
  for (std::uint64_t at = address; memory_.read(at, {&character, 1}); ++at) {
    if (character == 0) return 0;
    console(static_cast<char>(character));
  }
  return result_of(EFAULT);
}

std::uint32_t Semihosting::temporary_name(std::uint32_t address, std::uint32_t number, std::uint32_t length) {
  const std::string name = fmt::format("semihosting-{:02x}.tmp", number & 0xFF);
  if (length <= name.size()) return result_of(ENAMETOOLONG);
  std::vector<std::uint8_t> bytes(name.begin(), name.end());
  bytes.push_back(0);
  return put(address, bytes) ? 0 : result_of(EFAULT);
}

std::uint32_t Semihosting::command_line(std::uint32_t block, std::uint32_t address, std::uint32_t length) {
  std::vector<std::uint8_t> bytes(options_.command_line.begin(), options_.command_line.end());
  if (bytes.size() >= length) return result_of(E2BIG);
  const auto size = static_cast<std::uint32_t>(bytes.size());
  bytes.push_back(0);
  return put(address, bytes) && put_word(block + 4, size) ? 0 : result_of(EFAULT);
}

std::uint32_t Semihosting::exit(std::uint32_t reason, std::uint32_t code) {
  // Every other reason is an error of the guest, also with code 0.
  on_exit(reason == application_exit ? code : std::max(code, 1u));
  return 0;
}

std::uint32_t Semihosting::result_of(int error, std::uint32_t good) {
  if (error == 0) return good;
  errno_ = static_cast<std::uint32_t>(error);
  return failure;
}

std::optional<std::string> Semihosting::text(std::uint32_t address, std::uint32_t length) {
  if (length > longest_name) {
    errno_ = ENAMETOOLONG;
    return std::nullopt;
  }
  std::vector<std::uint8_t> bytes(length);
  if (length > 0 && !memory_.read(address, bytes)) {
    errno_ = EFAULT;
    return std::nullopt;
  }
  return std::string(bytes.begin(), bytes.end());
}

bool Semihosting::put(std::uint32_t address, std::span<const std::uint8_t> bytes) {
  return bytes.empty() || memory_.write(address, bytes);
}

bool Semihosting::words(std::uint32_t address, std::span<std::uint32_t> values) {
  std::vector<std::uint8_t> bytes(values.size_bytes());
  if (!memory_.read(address, bytes)) return false;
  std::memcpy(values.data(), bytes.data(), bytes.size());
  return true;
}

bool Semihosting::put_word(std::uint32_t address, std::uint32_t value) {
  std::array<std::uint8_t, 4> bytes{};
  std::memcpy(bytes.data(), &value, sizeof value);
  return put(address, bytes);
}

}  // namespace terse::run
