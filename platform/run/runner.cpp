#include "platform/run/runner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <functional>

#include "compiler/compiler.hpp"
#include "formats/network_image.hpp"
#include "models/dma/dma.hpp"
#include "models/merge/merge.hpp"
#include "models/riscv/riscv_core.hpp"
#include "models/scratchpad/scratchpad.hpp"
#include "models/spu/spu.hpp"
#include "models/testdev/testdev.hpp"
#include "models/tmac/tmac.hpp"
#include "platform/netlist/boot_rom.hpp"
#include "platform/report/result_json.hpp"
#include "platform/run/attribution.hpp"
#include "platform/run/baselines.hpp"
#include "platform/run/checker.hpp"
#include "platform/run/dataset.hpp"
#include "platform/run/energy.hpp"
#include "platform/run/faults.hpp"
#include "platform/run/guest_run.hpp"
#include "platform/run/loader.hpp"
#include "platform/run/memory_plan.hpp"
#include "platform/run/native_driver.hpp"
#include "platform/run/network_source.hpp"
#include "platform/run/peaks.hpp"
#include "platform/run/recorder.hpp"
#include "platform/run/timeline_recorder.hpp"
#include "platform/run/unit_states.hpp"

namespace terse::run {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// One run from elaboration to the guest's exit.
class Execution {
 public:
  Execution(Scenario& scenario, const compiler::CompiledNetwork& compiled, const Dataset& dataset,
            const ElfFile& firmware, const Progress& progress, const Recording& recording)
      : scenario_(scenario),
        compiled_(compiled),
        dataset_(dataset),
        firmware_(firmware),
        progress_(progress),
        arguments_(plan_memory(scenario, compiled)),
        platform_(scenario.platform, scenario.run.timing_level()),
        checker_(compiled, dataset.pixels, inspection()),
        guest_(platform_, scenario.platform, firmware, scenario.run, recording.trace, progress.guest_output),
        native_lines_(progress.guest_output ? progress.guest_output : [](const std::string&) {}) {
    if (recording.timeline) timeline_.emplace(platform_, firmware, *recording.timeline);
    guest_.attach(progress.debugger);
    if (scenario.run.is_native()) drive_natively();
    platform_.host().on_start = [this] {
      load_firmware(platform_, scenario_.run_place, firmware_);
      const std::optional<std::uint32_t> entry = native_ ? std::nullopt : std::optional<std::uint32_t>(firmware_.entry);
      load_boot_rom(platform_, scenario_.platform, entry, arguments_);
      load_network(platform_, arguments_, damaged_image(scenario_, compiled_), dataset_.pixels);
    };
    arm_unit_faults(platform_, scenario, compiled);
    observe();
  }

  void run() { guest_.run(); }

  void fill(RunResult& result) {
    const RiscvStatistics core = platform_.get<RiscvCore>().statistics();
    result.cycles = static_cast<std::uint64_t>(std::llround(guest_.end_time() / platform_.clock_period()));
    result.instructions = core.instructions;
    result.core_active_cycles = core.active_cycles;
    result.images = finished_;
    result.predictions = predictions_;
    if (!dataset_.labels.empty()) {
      result.accuracy = Accuracy{correct_, finished_ == 0 ? 0 : static_cast<double>(correct_) / finished_};
    }
    result.layers = recorder_.layers(compiled_, scenario_.platform, finished_);
    if (finished_ > 0) result.cycles_per_inference = inference_time_ / platform_.clock_period() / finished_;
    add_energy(scenario_.platform, recorder_.activities(result.layers.size()), inference_instructions_, result);
    result.guest_failure = failure();
    if (!result.guest_failure) attribute(result);
    if (timeline_) result.timeline = timeline_->finish(unit_names(), recorder_, sleeps_, result.cycles);
    if (platform_.clock_domain() != nullptr) result.scratchpad = scratchpad_use();
    result.first_mismatch = checker_.first_mismatch();
    result.mismatches = checker_.mismatches();
    result.checked_outputs = checker_.checked_outputs();
    const std::uint64_t layers = std::uint64_t{arguments_.inferences} * compiled_.network.layers.size();
    result.verified = !result.guest_failure && result.mismatches == 0 && checker_.checked_layers() == layers &&
                      finished_ == arguments_.inferences;
  }

 private:
  void drive_natively() {
    native_ = std::make_unique<NativeDriver>("native_driver", platform_,
                                             netlist::make_device_table(scenario_.platform, arguments_));
    native_->on_sleep = [this](sc_core::sc_time begin, sc_core::sc_time end) { sleeps_.push_back({begin, end}); };
    native_->console = std::ref(native_lines_);
    guest_.set_core_parked();
  }

  void attribute(RunResult& result) const {
    const Attribution attribution(unit_names(), recorder_.jobs(), sleeps_, platform_.clock_period(), result.cycles);
    result.stalls = attribution.total();
    for (std::uint32_t layer = 0; layer < result.layers.size(); ++layer) {
      result.layers[layer].stalls = attribution.between(recorder_.spans_of(layer), std::max(finished_, 1u));
    }
  }

  [[nodiscard]] std::vector<std::string> unit_names() const {
    std::vector<std::string> units;
    for (const ControlBlock& block : control_blocks(scenario_.platform)) units.push_back(block.name);
    return units;
  }

  [[nodiscard]] ScratchpadUse scratchpad_use() const {
    const BankArbiter& arbiter = platform_.get<Scratchpad>().arbiter();
    const std::vector<std::string>& names = platform_.scratchpad_ports();
    ScratchpadUse use;
    use.banks.resize(arbiter.geometry().banks);
    for (unsigned port = 0; port < names.size(); ++port) {
      ScratchpadUse::Port& entry = use.ports.emplace_back();
      entry.name = names[port];
      for (std::uint32_t bank = 0; bank < use.banks.size(); ++bank) {
        const BankUse& of_bank = arbiter.use(port, bank);
        use.banks[bank].requests += of_bank.requests;
        use.banks[bank].grants += of_bank.grants;
        entry.requests += of_bank.requests;
        entry.grants += of_bank.grants;
      }
      for (unsigned winner = 0; winner < names.size(); ++winner) {
        if (winner != port) entry.lost_to.emplace_back(names[winner], arbiter.losses(port, winner));
      }
    }
    return use;
  }

  Inspection inspection() {
    Inspection inspection;
    inspection.scratchpad = platform_.get<Scratchpad>().contents();
    inspection.accumulator = [this](unsigned plane, std::uint32_t index) {
      return platform_.get<Merge>().peek(plane == 0 ? AccumulatorPlane::dense : AccumulatorPlane::sparse, index);
    };
    using Place = compiler::LayerPlan::OutputPlace;
    inspection.memory = [this](Place place, std::uint32_t inference, std::uint32_t offset, std::size_t length) {
      if (place == Place::scratchpad) {
        const auto bytes = platform_.get<Scratchpad>().contents().subspan(offset, length);
        return std::vector<std::uint8_t>(bytes.begin(), bytes.end());
      }
      const bool in_arena = place == Place::arena;
      const std::uint64_t output = arguments_.output_address + std::uint64_t{inference} * header().output_size;
      std::vector<std::uint8_t> bytes(length);
      if (!platform_.host().read((in_arena ? arguments_.arena_address : output) + offset, bytes))
        bytes.assign(length, 0xEE);
      return bytes;
    };
    return inspection;
  }

  [[nodiscard]] image::Header header() const {
    image::Header header{};
    std::memcpy(&header, compiled_.image.data(), sizeof(header));
    return header;
  }

  void observe() {
    platform_.get<Tmac>().set_observer([this](const JobRecord& record) { recorder_.job(Pass::dense, record); });
    platform_.get<Spu>().set_observer([this](const JobRecord& record) { recorder_.job(Pass::sparse, record); });
    platform_.get<Dma>().set_observer([this](const JobRecord& record) { recorder_.job(Pass::dma, record); });
    platform_.get<Merge>().set_observer([this](const JobRecord& record) {
      recorder_.job(Pass::merge, record);
      if (record.error == ErrorCode::none) checker_.merge_done(record.tag);
    });
    platform_.get<RiscvCore>().set_sleep_observer([this](sc_core::sc_time begin, sc_core::sc_time end) {
      sleeps_.push_back({begin, end});
      if (timeline_) timeline_->woke(end);
    });
    auto& testdev = platform_.get<Testdev>();
    testdev.on_event = [this](Testdev::Event kind, std::uint32_t index, sc_core::sc_time time) {
      event(kind, index, time);
    };
  }

  [[nodiscard]] std::uint64_t instructions() const { return platform_.get<RiscvCore>().statistics().instructions; }

  void event(Testdev::Event kind, std::uint32_t index, sc_core::sc_time time) {
    using Event = Testdev::Event;
    switch (kind) {
      case Event::inference_begin:
        if (index == 0) flip_weight_bits(platform_, scenario_, compiled_, arguments_);
        checker_.inference_begin(index);
        inference_begin_ = time;
        instructions_begin_ = instructions();
        break;
      case Event::inference_end:
        inference_time_ += time - inference_begin_;
        if (timeline_) timeline_->inference(inference_begin_, time);
        inference_instructions_ += instructions() - instructions_begin_;
        count_prediction(index);
        progress_.inferences(finished_, arguments_.inferences);
        break;
      case Event::layer_begin:
        recorder_.layer_begin(index, time, instructions());
        break;
      case Event::layer_end:
        recorder_.layer_end(index, time, instructions());
        checker_.layer_done(index);
        break;
    }
  }

  /// Top-1 from the guest's output in memory.
  void count_prediction(std::uint32_t inference) {
    const auto& tensor = compiled_.network.tensors[compiled_.network.output];
    std::vector<std::uint8_t> bytes(tensor.bytes());
    if (inference >= arguments_.inferences ||
        !platform_.host().read(arguments_.output_address + std::uint64_t{inference} * header().output_size, bytes)) {
      return;
    }
    ++finished_;
    std::int64_t best = std::numeric_limits<std::int64_t>::min();
    std::size_t best_class = 0;
    for (std::size_t i = 0; i < tensor.elements(); ++i) {
      std::int64_t value = tensor.is_signed ? static_cast<std::int8_t>(bytes[i]) : static_cast<std::int64_t>(bytes[i]);
      if (tensor.bits == 32) {
        std::int32_t word = 0;
        std::memcpy(&word, &bytes[i * 4], sizeof(word));
        value = word;
      }
      if (value > best) {
        best = value;
        best_class = i;
      }
    }
    predictions_.push_back(static_cast<std::uint32_t>(best_class));
    if (!dataset_.labels.empty() && best_class == dataset_.labels[inference]) ++correct_;
  }

  /// Which layer the guest's error speaks of, by the TAG of the job.
  std::optional<GuestFailure> failure() {
    auto failure = guest_.failure();
    if (failure && native_ && native_->failure()) failure = native_->failure();
    if (!failure || failure->tag == GuestFailure::no_tag) return failure;
    const std::uint32_t layer = failure->tag >> 16;
    if (layer < compiled_.network.layers.size()) {
      failure->layer = compiled_.network.layers[layer].name;
      failure->tile = failure->tag & 0xFFFF;
    }
    return failure;
  }

  Scenario& scenario_;
  const compiler::CompiledNetwork& compiled_;
  const Dataset& dataset_;
  const ElfFile& firmware_;
  const Progress& progress_;
  device_table::Arguments arguments_;
  netlist::Platform platform_;
  Recorder recorder_;
  std::vector<Sleep> sleeps_;
  std::optional<TimelineRecorder> timeline_;
  Checker checker_;
  GuestRun guest_;
  GuestLines native_lines_;
  std::unique_ptr<NativeDriver> native_;  ///< Instead of firmware on the core.
  sc_core::sc_time inference_begin_, inference_time_;
  std::uint64_t instructions_begin_ = 0, inference_instructions_ = 0;
  std::uint32_t finished_ = 0;
  std::uint32_t correct_ = 0;
  std::vector<std::uint32_t> predictions_;
};

std::vector<ExpectationResult> judge(const Scenario& scenario, const RunResult& result) {
  std::vector<ExpectationResult> outcomes;
  const nlohmann::ordered_json json = report::to_json(result);
  for (const auto& expectation : scenario.expectations) {
    ExpectationResult outcome;
    outcome.metric = expectation.metric;
    outcome.value = number_of_result(json, expectation.metric, "expect", expectation.place);
    outcome.reason = expectation.reason;
    outcome.held = outcome.value >= expectation.at_least.value_or(outcome.value) &&
                   outcome.value <= expectation.at_most.value_or(outcome.value);
    if (expectation.at_least) outcome.bound += fmt::format(">= {:g} ", *expectation.at_least);
    if (expectation.at_most) outcome.bound += fmt::format("<= {:g} ", *expectation.at_most);
    outcome.bound.pop_back();
    outcomes.push_back(outcome);
  }
  return outcomes;
}

/// What needs a program on the core.
void check_native(const Scenario& scenario, const Progress& progress, const TraceRequest& trace) {
  const char* refused = progress.debugger != nullptr ? "debugging with gdb on the core"
                        : trace.file                 ? "--trace"
                        : scenario.run.semihosting   ? "run.semihosting"
                                                     : nullptr;
  if (refused == nullptr) return;
  throw configuration::ConfigurationError(
      scenario.run_place,
      fmt::format("run.firmware: native leaves the core without a program, so there is no {}; debug "
                  "the driver with the host's gdb: gdb --args terse run SCENARIO.yaml --firmware native",
                  refused));
}

/// `network` is that of the scenario, or one made of it.
RunResult run(Scenario& scenario, compiler::QuantizedNetwork network, const Progress& progress,
              const Recording& recording) {
  const auto start = Clock::now();
  RunResult result;
  result.scenario = scenario.name;
  result.configuration = scenario.effective();
  result.configuration_hash = configuration_hash(result.configuration);
  result.timing = scenario.run.timing;
  result.superposition = scenario.run.superposition;
  result.clock_mhz = scenario.platform.clock_mhz;

  result.native_driver = scenario.run.is_native();
  if (result.native_driver) check_native(scenario, progress, recording.trace);
  const ElfFile firmware = result.native_driver ? ElfFile{} : load_elf(firmware_of(scenario));
  Baselines baselines(scenario, network);
  const compiler::CompiledNetwork compiled = compile_for(scenario, std::move(network));
  result.image_bytes = compiled.image.size();
  result.predicted_cycles = static_cast<double>(compiled.predicted_cycles);
  const Dataset dataset = inputs_of(scenario, compiled.network);

  result.technology = fmt::format("{} at {:g} V", scenario.platform.table->name(), scenario.platform.table->voltage());
  result.area = area_of(scenario.platform);
  result.peaks = peaks_of(scenario.platform);
  check_energy(scenario.platform);

  Execution execution(scenario, compiled, dataset, firmware, progress, recording);
  const auto simulation = Clock::now();
  execution.run();
  result.host_wall_s = seconds_since(simulation);
  execution.fill(result);
  result.host_mips = static_cast<double>(result.instructions) / result.host_wall_s / 1e6;
  result.baselines = baselines.collect(result.cycles_per_inference, result.energy ? result.energy->total.value : 0);
  result.host_total_s = seconds_since(start);
  result.expectations = judge(scenario, result);
  if (!scenario.validation.empty()) {
    const nlohmann::ordered_json json = report::to_json(result);
    for (const auto& figure : scenario.validation) result.validation.push_back(compare(figure, json));
  }
  return result;
}

}  // namespace

RunResult run_scenario(Scenario& scenario, const Progress& progress, const Recording& recording) {
  if (progress.debugger != nullptr) scenario.run.baselines = "none";  // nobody waits for them while a core stands still
  return run(scenario, network_of(scenario), progress, recording);
}

RunResult run_network(Scenario& scenario, compiler::QuantizedNetwork network, const Progress& progress) {
  return run(scenario, std::move(network), progress, {});
}

int exit_code(const RunResult& result) {
  if (result.guest_failure) return 3;
  if (!result.verified) return 1;
  const bool held =
      std::all_of(result.expectations.begin(), result.expectations.end(), [](const auto& e) { return e.held; });
  const bool valid =
      std::all_of(result.validation.begin(), result.validation.end(), [](const auto& v) { return v.held; });
  return held && valid ? 0 : 1;
}

}  // namespace terse::run
