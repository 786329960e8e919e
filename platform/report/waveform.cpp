#include "platform/report/waveform.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <optional>
#include <vector>

namespace terse::report {
namespace {

/// A variable of the dump and its changes.
class Dump {
 public:
  explicit Dump(double clock_mhz) : picoseconds_(1e6 / clock_mhz) {}

  /// `width` 0: a text. Variables of one scope are made one after another.
  std::size_t add(const std::string& scope, const std::string& name, unsigned width) {
    variables_.push_back({.scope = scope, .name = name, .width = width, .code = code(variables_.size()), .last = {}});
    return variables_.size() - 1;
  }
  /// `value`: as the format writes it, before the variable's code.
  void change(std::uint64_t cycle, std::size_t variable, std::string value) {
    changes_.push_back({cycle, changes_.size(), variable, std::move(value)});
  }
  std::string text(std::uint64_t end);

 private:
  struct Variable {
    std::string scope, name;
    unsigned width = 1;
    std::string code;
    std::string last;  ///< Value written last.
  };
  struct Change {
    std::uint64_t cycle;
    std::size_t order;  ///< Of changes in one cycle, the last counts.
    std::size_t variable;
    std::string value;
  };

  /// Printable characters from '!' to '~', least significant first.
  static std::string code(std::size_t number) {
    std::string text;
    for (;; number = number / 94 - 1) {
      text += static_cast<char>('!' + number % 94);
      if (number < 94) return text;
    }
  }
  static std::string unknown(unsigned width) { return width == 0 ? "s" : width == 1 ? "x" : "bx"; }
  void header(fmt::memory_buffer& out) const;
  /// Writes the values that the changes from `first` on leave behind in their cycle.
  void write(fmt::memory_buffer& out, std::size_t first, std::size_t last);

  double picoseconds_;
  std::vector<Variable> variables_;
  std::vector<Change> changes_;
};

void Dump::header(fmt::memory_buffer& out) const {
  fmt::format_to(std::back_inserter(out), "$version terse $end\n$timescale 1 ps $end\n$scope module terse $end\n");
  std::string scope;
  for (const Variable& variable : variables_) {
    if (variable.scope != scope) {
      if (!scope.empty()) fmt::format_to(std::back_inserter(out), "$upscope $end\n");
      scope = variable.scope;
      fmt::format_to(std::back_inserter(out), "$scope module {} $end\n", scope);
    }
    fmt::format_to(std::back_inserter(out), "$var {} {} {} {} $end\n", variable.width == 0 ? "string" : "wire",
                   std::max(variable.width, 1u), variable.code, variable.name);
  }
  fmt::format_to(std::back_inserter(out), "$upscope $end\n$upscope $end\n$enddefinitions $end\n");
}

void Dump::write(fmt::memory_buffer& out, std::size_t first, std::size_t last) {
  std::vector<std::pair<std::size_t, const std::string*>> values;  // the last of each variable
  for (std::size_t at = first; at < last; ++at) {
    const auto known = std::ranges::find(values, changes_[at].variable, [](const auto& value) { return value.first; });
    if (known == values.end()) {
      values.emplace_back(changes_[at].variable, &changes_[at].value);
    } else {
      known->second = &changes_[at].value;
    }
  }
  bool timed = false;
  for (const auto& [number, value] : values) {
    Variable& variable = variables_[number];
    if (variable.last == *value) continue;
    variable.last = *value;
    if (!timed)
      fmt::format_to(std::back_inserter(out), "#{}\n",
                     std::llround(static_cast<double>(changes_[first].cycle) * picoseconds_));
    timed = true;
    fmt::format_to(std::back_inserter(out), "{}{}{}\n", *value, variable.width == 1 ? "" : " ", variable.code);
  }
}

std::string Dump::text(std::uint64_t end) {
  std::ranges::sort(changes_, [](const Change& a, const Change& b) {
    return std::pair(a.cycle, a.order) < std::pair(b.cycle, b.order);
  });
  fmt::memory_buffer out;
  header(out);
  fmt::format_to(std::back_inserter(out), "#0\n$dumpvars\n");
  for (Variable& variable : variables_) {
    variable.last = unknown(variable.width);
    fmt::format_to(std::back_inserter(out), "{}{}{}\n", variable.last, variable.width == 1 ? "" : " ", variable.code);
  }
  fmt::format_to(std::back_inserter(out), "$end\n");
  for (std::size_t first = 0; first < changes_.size();) {
    std::size_t last = first;
    while (last < changes_.size() && changes_[last].cycle == changes_[first].cycle) ++last;
    if (changes_[first].cycle <= end) write(out, first, last);
    first = last;
  }
  fmt::format_to(std::back_inserter(out), "#{}\n", std::llround(static_cast<double>(end) * picoseconds_));
  return fmt::to_string(out);
}

std::string binary(std::uint64_t value) {
  return fmt::format("b{:b}", value);
}

/// A value of a text variable; blanks would end it.
std::string text(std::string value) {
  std::ranges::replace(value, ' ', '_');
  return "s" + value;
}

/// "dma[0]" as an identifier that every viewer takes.
std::string identifier(std::string name) {
  std::erase(name, ']');
  std::ranges::replace(name, '[', '_');
  return name;
}

template <class List, class Time>
void add_level(Dump& dump, std::size_t variable, const List& list, Time time) {
  dump.change(0, variable, "0");
  for (const auto& item : list) {
    const run::Interval interval = time(item);
    dump.change(interval.begin, variable, "1");
    dump.change(interval.end, variable, "0");
  }
}

constexpr auto itself = [](const run::Interval& interval) { return interval; };

void add_core(Dump& dump, const run::Timeline& timeline) {
  add_level(dump, dump.add("core", "asleep", 1), timeline.sleeps, itself);
  const std::size_t function = dump.add("core", "function", 0);
  std::vector<const run::FunctionCall*> open;
  const auto leave = [&](std::uint64_t cycle) {
    while (!open.empty() && open.back()->time.end <= cycle) {
      const std::uint64_t end = open.back()->time.end;
      open.pop_back();
      dump.change(end, function, text(open.empty() ? "" : timeline.functions[open.back()->function]));
    }
  };
  for (const run::FunctionCall& call : timeline.calls) {  // in order of begin, callers first
    leave(call.time.begin);
    dump.change(call.time.begin, function, text(timeline.functions[call.function]));
    open.push_back(&call);
  }
  leave(timeline.cycles);
}

void add_network(Dump& dump, const run::Timeline& timeline) {
  const std::size_t inference = dump.add("network", "inference", 32), layer = dump.add("network", "layer", 16);
  std::uint64_t number = 0;
  for (const run::Interval& time : timeline.inferences) {
    dump.change(time.begin, inference, binary(number++));
    dump.change(time.end, inference, "bx");
  }
  for (const run::LayerInterval& interval : timeline.layers) {
    dump.change(interval.time.begin, layer, binary(interval.layer));
    dump.change(interval.time.end, layer, "bx");
  }
}

void add_unit(Dump& dump, const run::UnitRow& row) {
  const std::string scope = identifier(row.unit);
  const std::size_t busy = dump.add(scope, "busy", 1), layer = dump.add(scope, "layer", 16),
                    tile = dump.add(scope, "tile", 16);
  add_level(dump, busy, row.jobs, [](const run::TimelineJob& job) { return job.time; });
  for (const run::TimelineJob& job : row.jobs) {
    dump.change(job.time.begin, layer, binary(job.layer));
    dump.change(job.time.begin, tile, binary(job.tile));
    dump.change(job.time.end, layer, "bx");
    dump.change(job.time.end, tile, "bx");
  }
}

}  // namespace

std::string waveform(const run::RunResult& result) {
  const run::Timeline& timeline = *result.timeline;
  Dump dump(result.clock_mhz);
  add_core(dump, timeline);
  add_network(dump, timeline);
  for (const run::UnitRow& row : timeline.units) add_unit(dump, row);
  for (const run::InterruptRow& row : timeline.interrupts)
    add_level(dump, dump.add("interrupts", row.line, 1), row.high, itself);
  return dump.text(timeline.shown);
}

}  // namespace terse::report
