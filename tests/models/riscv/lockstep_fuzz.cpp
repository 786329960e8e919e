// Lockstep fuzzing for as long as one likes: lockstep_fuzz --seconds 600. A mismatch ends it with exit code 1 and a
// report; lockstep_fuzz --seed N --count 1 repeats it.
#include <boost/program_options.hpp>
#include <chrono>
#include <iostream>
#include <limits>
#include <random>

#include "tests/models/riscv/lockstep.hpp"

namespace terse::test {
namespace {

namespace options = boost::program_options;
using Clock = std::chrono::steady_clock;

struct Settings {
  std::uint64_t seed = 0;
  std::uint64_t count = 0;
  double seconds = 0;
  bool all = false;
};

/// Nothing if the program is to end at once, after help or an error.
std::optional<Settings> settings_from(int argc, char** argv) {
  Settings settings;
  options::options_description known("lockstep_fuzz: random programs on every variant of the core");
  known.add_options()("help,h", "this text")(
      "seed", options::value(&settings.seed)->default_value(std::random_device{}()), "the first stream's seed")(
      "count", options::value(&settings.count)->default_value(std::numeric_limits<std::uint64_t>::max()),
      "at most so many streams")("seconds", options::value(&settings.seconds)->default_value(60), "at most so long")(
      "all", options::bool_switch(&settings.all), "go on after a mismatch");
  options::variables_map given;
  options::store(options::parse_command_line(argc, argv, known), given);
  options::notify(given);
  if (given.contains("help")) {
    std::cout << known;
    return std::nullopt;
  }
  return settings;
}

int fuzz(const Settings& settings) {
  const Clock::time_point start = Clock::now();
  const auto seconds = [&] { return std::chrono::duration<double>(Clock::now() - start).count(); };
  std::uint64_t done = 0;
  std::uint64_t mismatches = 0;
  double reported = 0;
  fmt::print("seeds from {} on\n", settings.seed);
  for (; done < settings.count && seconds() < settings.seconds; ++done) {
    if (const auto report = mismatch_of_any_variant(random_stream(settings.seed + done))) {
      fmt::print("{}", *report);
      std::fflush(stdout);
      ++mismatches;
      if (!settings.all) break;
    }
    if (seconds() - reported > 30) {
      reported = seconds();
      fmt::print("{:.0f} s: {} streams\n", reported, done + 1);
      std::fflush(stdout);
    }
  }
  fmt::print("{} streams, {} mismatches, {:.0f} s\n", done, mismatches, seconds());
  return mismatches == 0 ? 0 : 1;
}

}  // namespace
}  // namespace terse::test

int sc_main(int argc, char** argv) {
  try {
    const auto settings = terse::test::settings_from(argc, argv);
    return settings ? terse::test::fuzz(*settings) : 0;
  } catch (const boost::program_options::error& error) {
    std::cerr << "lockstep_fuzz: " << error.what() << "; see --help\n";
    return 2;
  }
}
