#include "platform/debug/gdb_protocol.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "platform/debug/packet.hpp"

namespace terse::debug {
namespace {

constexpr const char* good = "OK";
constexpr const char* malformed = "E01";
constexpr const char* no_register = "E0a";
constexpr const char* no_memory = "E14";
constexpr const char* unsupported = "";

using Then = Answer::Then;

Answer say(std::string text) {
  return {.text = std::move(text)};
}

/// Removes `prefix` from the front of `text` if it is there.
bool consume(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

/// The part before `separator`; `text` keeps the part behind it, or nothing.
std::string_view cut(std::string_view& text, char separator) {
  const std::size_t place = text.find(separator);
  const std::string_view front = text.substr(0, place);
  text = place == std::string_view::npos ? std::string_view{} : text.substr(place + 1);
  return front;
}

std::optional<std::uint32_t> word(std::string_view digits) {
  const auto value = number(digits);
  if (!value || *value > 0xFFFFFFFF) return std::nullopt;
  return static_cast<std::uint32_t>(*value);
}

}  // namespace

Answer GdbProtocol::handle(std::string_view payload) {
  if (payload.empty()) return say(unsupported);
  switch (payload.front()) {
    case 'q':
    case 'Q':
      return query(payload);
    case 'c':
    case 'C':
    case 's':
    case 'S':
      return resume(payload);
    case 'v':
      if (consume(payload, "vCont;")) return resume_continue(payload);
      if (payload == "vCont?") return say("vCont;c;C;s;S;r");
      if (payload.starts_with("vKill")) return {.text = good, .then = Then::kill};
      return say(unsupported);
    case 'D':
      return {.text = good, .then = Then::detach};
    case 'k':
      return {.text = std::nullopt, .then = Then::kill};
    default:
      return general(payload);
  }
}

/// What inspects or changes the stopped machine.
Answer GdbProtocol::general(std::string_view payload) {
  const char command = payload.front();
  const std::string_view rest = payload.substr(1);
  switch (command) {
    case '?':
      return say(stop_reply_);
    case 'g':
      return say(read_registers());
    case 'G':
      return say(write_registers(rest));
    case 'p':
      return say(read_register(rest));
    case 'P':
      return say(write_register(rest));
    case 'm':
      return say(read_memory(rest));
    case 'M':
    case 'X':
      return say(write_memory(rest, command == 'X'));
    case 'Z':
    case 'z':
      return say(change_point(payload));
    case 'H':  // one thread: whichever gdb chooses
    case 'T':
      return say(good);
    default:
      return say(unsupported);
  }
}

// c [address], s [address], C signal[;address], S signal[;address]. Signals mean nothing to bare metal.
Answer GdbProtocol::resume(std::string_view payload) {
  const char command = payload.front();
  std::string_view address = payload.substr(1);
  if (command == 'C' || command == 'S') cut(address, ';');
  if (!address.empty()) {
    const auto pc = word(address);
    if (!pc) return say(malformed);
    target_.write_register(register_pc, *pc);
  }
  const bool step = command == 's' || command == 'S';
  return {.text = std::nullopt, .then = step ? Then::step : Then::go_on};
}

// action[:thread][;action[:thread]]...; there is one thread, so the first action is its action.
Answer GdbProtocol::resume_continue(std::string_view payload) {
  std::string_view action = cut(payload, ';');
  action = cut(action, ':');
  if (action.empty()) return say(malformed);
  switch (action.front()) {
    case 'c':
    case 'C':
      return {.text = std::nullopt, .then = Then::go_on};
    case 's':
    case 'S':
      return {.text = std::nullopt, .then = Then::step};
    case 'r': {
      std::string_view range = action.substr(1);
      const auto from = word(cut(range, ','));
      const auto to = word(range);
      if (!from || !to) return say(malformed);
      return {.text = std::nullopt, .then = Then::step, .step_from = *from, .step_to = *to};
    }
    default:
      return say(malformed);
  }
}

Answer GdbProtocol::query(std::string_view payload) {
  if (consume(payload, "qSupported")) return say(supported(payload));
  if (payload == "QStartNoAckMode") {
    acknowledges_ = false;
    return say(good);
  }
  if (consume(payload, "qXfer:")) return say(transfer(payload));
  if (consume(payload, "qRcmd,")) return monitor(payload);
  if (payload == "qC") return say("QC1");
  if (payload == "qfThreadInfo") return say("m1");
  if (payload == "qsThreadInfo") return say("l");
  if (payload.starts_with("qAttached")) return say("1");  // gdb's `quit` detaches instead of killing
  return say(unsupported);
}

std::string GdbProtocol::supported(std::string_view features) {
  names_breakpoints_ = features.find("swbreak+") != std::string_view::npos;
  return fmt::format(
      "PacketSize={:x};QStartNoAckMode+;vContSupported+;swbreak+;hwbreak+;qXfer:features:read+;qXfer:memory-map:read+",
      packet_size);
}

/// features:read:target.xml:OFFSET,LENGTH or memory-map:read::OFFSET,LENGTH
std::string GdbProtocol::transfer(std::string_view request) {
  std::string document;
  if (consume(request, "features:read:target.xml:")) {
    document = target_.description();
  } else if (consume(request, "memory-map:read::")) {
    document = target_.memory_map();
  } else {
    return request.starts_with("features:read:") ? "E00" : unsupported;
  }
  const auto offset = number(cut(request, ','));
  const auto length = number(request);
  if (!offset || !length) return malformed;
  if (*offset >= document.size()) return "l";
  // Room for the first letter, and for escapes to double the rest.
  const std::string part = document.substr(*offset, std::min<std::uint64_t>(*length, packet_size / 2 - 1));
  return (*offset + part.size() < document.size() ? "m" : "l") + part;
}

std::string GdbProtocol::read_registers() {
  std::string text;
  for (unsigned i = 0; i <= register_pc; ++i) text += word_to_hex(target_.read_register(i).value_or(0));
  return text;
}

std::string GdbProtocol::write_registers(std::string_view digits) {
  if (digits.size() != 8 * (register_pc + 1) || !from_hex(digits)) return malformed;
  for (unsigned i = 0; i <= register_pc; ++i) {
    target_.write_register(i, word_from_hex(digits.substr(std::size_t{8} * i, 8)).value_or(0));
  }
  return good;
}

std::string GdbProtocol::read_register(std::string_view digits) {
  const auto index = word(digits);
  if (!index) return malformed;
  if (*index >= register_first_csr + csr_count) return no_register;
  const auto value = target_.read_register(*index);
  return value ? word_to_hex(*value) : "xxxxxxxx";  // "unavailable"
}

std::string GdbProtocol::write_register(std::string_view assignment) {
  const auto index = word(cut(assignment, '='));
  const auto value = word_from_hex(assignment);
  if (!index || !value) return malformed;
  return target_.write_register(*index, *value) ? good : no_register;
}

std::string GdbProtocol::read_memory(std::string_view range) {
  const auto address = word(cut(range, ','));
  const auto length = word(range);
  if (!address || !length) return malformed;
  if (*length == 0) return good;
  const auto bytes = target_.read_memory(*address, std::min<std::uint32_t>(*length, packet_size / 2));
  return bytes.empty() ? no_memory : to_hex(bytes);
}

/// ADDRESS,LENGTH:BYTES
std::string GdbProtocol::write_memory(std::string_view request, bool binary) {
  std::string_view range = cut(request, ':');
  const auto address = word(cut(range, ','));
  const auto length = word(range);
  const auto bytes = binary ? std::vector<std::uint8_t>(request.begin(), request.end()) : from_hex(request);
  if (!address || !length || !bytes || bytes->size() != *length) return malformed;
  if (bytes->empty()) return good;  // gdb's question whether X is supported
  return target_.write_memory(*address, *bytes) ? good : no_memory;
}

/// Zkind,ADDRESS,SIZE with kind 0 to 4, or z likewise. Conditions and commands that may follow are gdb's to evaluate.
std::string GdbProtocol::change_point(std::string_view payload) {
  std::string_view rest = payload.substr(1);
  const auto kind = word(cut(rest, ','));
  const auto address = word(cut(rest, ','));
  const auto size = word(cut(rest, ';'));
  if (!kind || !address || !size) return malformed;
  if (*kind > static_cast<std::uint32_t>(Point::Kind::access)) return unsupported;
  const bool watches = *kind >= static_cast<std::uint32_t>(Point::Kind::write);
  if (watches && (*size == 0 || *size - 1 > 0xFFFFFFFF - *address)) return malformed;
  const Point point{.kind = static_cast<Point::Kind>(*kind), .address = *address, .size = *size};
  payload.front() == 'Z' ? target_.add(point) : target_.remove(point);
  return good;
}

Answer GdbProtocol::monitor(std::string_view digits) {
  const auto command = from_hex(digits);
  if (!command) return say(malformed);
  Answer answer = say(good);
  answer.console = target_.monitor(std::string(command->begin(), command->end()));
  return answer;
}

}  // namespace terse::debug
