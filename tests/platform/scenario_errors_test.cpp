// Bad input: each kind is refused before anything is simulated, with its place, what was expected and the mend.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "models/riscv/elf.hpp"
#include "platform/netlist/module_type.hpp"
#include "platform/run/dataset.hpp"
#include "platform/run/memory_plan.hpp"
#include "platform/run/scenario.hpp"
#include "tests/platform/program.hpp"

namespace terse::run {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

const std::string scenarios = TERSE_SOURCE_DIR "/scenarios";

class ScenarioErrors : public ::testing::Test {
 protected:
  ScenarioErrors() { netlist::register_types(); }

  /// A scenario with the reference platform and network, `platform` as further lines below `platform:`, `rest` at the
  /// root.
  [[nodiscard]] std::filesystem::path scenario(const std::string& platform, const std::string& rest = "") const {
    return folder_.write("s.yaml", fmt::format("network: {0}/networks/fashion.onnx\n"
                                               "platform:\n"
                                               "  include: {0}/platforms/reference.yaml\n"
                                               "{1}{2}",
                                               scenarios, platform, rest));
  }

  static std::string error_of(const std::function<void()>& action) {
    try {
      action();
    } catch (const std::exception& error) {
      return error.what();
    }
    return "no error";
  }

  /// What reading says, with the folder of the scenario removed.
  [[nodiscard]] std::string read_error(const std::filesystem::path& file,
                                       const std::vector<std::string>& settings = {}) const {
    std::string text = error_of([&] { read_scenario(file, settings); });
    const std::string prefix = folder_.path().string() + "/";
    for (auto at = text.find(prefix); at != std::string::npos; at = text.find(prefix)) text.erase(at, prefix.size());
    return text;
  }

  static compiler::CompiledNetwork compile(const Scenario& scenario) {
    return compiler::compile(compiler::import_onnx(scenario.network, {}), netlist::limits_of(scenario.platform));
  }

  [[nodiscard]] std::string compile_error(const std::string& platform) const {
    const Scenario read = read_scenario(scenario(platform), {});
    return error_of([&] { compile(read); });
  }

  terse::testing::Workspace folder_;
};

TEST_F(ScenarioErrors, GoodOneIsRead) {
  const Scenario read = read_scenario(scenario("", "dataset: {images: 3}\nrun: {superposition: sequential}\n"),
                                      {"run.timing=functional"});
  EXPECT_EQ(read.name, "s");
  EXPECT_EQ(read.dataset.images, 3u);
  EXPECT_EQ(read.run.superposition, "sequential");
  EXPECT_EQ(read.run.timing, "functional");
  EXPECT_FALSE(read.decompose);
}

TEST_F(ScenarioErrors, UnknownKey) {
  EXPECT_EQ(read_error(scenario("", "datset: {images: 3}\n")),
            "s.yaml:4:1: unknown key 'datset' here; did you mean 'dataset'?");
  EXPECT_EQ(read_error(scenario("", "run:\n  timeing: functional\n")),
            "s.yaml:5:3: unknown key 'timeing' in 'run'; did you mean 'timing'?");
  EXPECT_EQ(read_error(scenario("  tmac: {pixel: 2}\n")),
            "s.yaml:4:10: unknown key 'pixel' in 'platform.tmac'; did you mean 'pixels'?");
  EXPECT_EQ(read_error(scenario("", "faults: [{layr: stem}]\n")),
            "s.yaml:4:11: unknown key 'layr' in 'faults'; did you mean 'layer'?");
  EXPECT_EQ(read_error(scenario("", "expect: [{metrc: cycles, at_most: 1}]\n")),
            "s.yaml:4:11: unknown key 'metrc' in 'expect'; did you mean 'metric'?");
  EXPECT_EQ(read_error(scenario(""), {"platform.spu.lane=4"}),
            "--set platform.spu.lane=4: unknown key 'lane' in 'platform.spu'; did you mean 'lanes'?");
}

TEST_F(ScenarioErrors, FusedNeedsLanes) {
  EXPECT_EQ(
      read_error(scenario("  tmac: {fused_lanes: 0}\n", "run:\n  superposition: fused\n")),
      "s.yaml:6:18: run.superposition: fused needs sparse lanes in the array, but platform.tmac.fused_lanes is 0; set "
      "it to 1 or more, or use sequential or concurrent");
  EXPECT_EQ(read_error(scenario("  tmac: {fused_lanes: 1}\n", "run:\n  superposition: fused\n")), "no error");
}

TEST_F(ScenarioErrors, UnknownModuleType) {
  EXPECT_THAT(read_error(scenario("  extra: {type: tmc}\n")),
              StartsWith("s.yaml:4:17: platform.extra: there is no module type 'tmc'"));
}

TEST_F(ScenarioErrors, WrongType) {
  EXPECT_THAT(read_error(scenario("", "dataset: {images: many}\n")),
              StartsWith("s.yaml:4:19: dataset.images is 'many'; expected whole number (1 to 10000 images): "));
  EXPECT_THAT(read_error(scenario("", "dataset: [1]\n")),
              StartsWith("s.yaml:4:10: 'dataset' is a list; a map of keys is expected"));
  EXPECT_THAT(read_error(scenario("", "expect: {metric: cycles}\n")),
              StartsWith("s.yaml:4:9: 'expect' is a map of keys; a list is expected"));
  EXPECT_THAT(read_error(scenario("  dma: {channels: two}\n")),
              StartsWith("s.yaml:4:19: platform.dma.channels is 'two'; expected whole number"));
  EXPECT_THAT(read_error(scenario("  dma: fast\n")),
              StartsWith("s.yaml:4:8: 'platform.dma' is a single value; a map of keys is expected"));
  EXPECT_THAT(read_error(folder_.write("list.yaml", "- 1\n")),
              HasSubstr("list.yaml:1:1: a platform or scenario is a map of keys"));
}

TEST_F(ScenarioErrors, OutOfRange) {
  EXPECT_THAT(
      read_error(scenario("", "dataset:\n  images: 0\n")),
      StartsWith("s.yaml:5:11: dataset.images = 0 is out of range; expected whole number (1 to 10000 images): "));
  EXPECT_THAT(read_error(scenario("  tmac: {output_channels: 0}\n")),
              StartsWith("s.yaml:4:27: platform.tmac.output_channels = 0 is out of range"));
  EXPECT_THAT(read_error(scenario("", "decomposition: {pattern: n_of_m, n: 5, m: 4}\n")),
              StartsWith("s.yaml:4:37: decomposition.n: 5 of 4 is impossible; n must not exceed m"));
  EXPECT_THAT(read_error(scenario("", "run: {superposition: concurent}\n")),
              StartsWith("s.yaml:4:22: run.superposition is 'concurent', did you mean 'concurrent'?"));
}

TEST_F(ScenarioErrors, MissingKeys) {
  EXPECT_EQ(
      read_error(folder_.write("s.yaml", "platform: p.yaml\n"),
                 {"platform=" + scenarios + "/platforms/reference.yaml"}),
      "s.yaml:1:1: the key 'network' is missing: the ONNX or TFLite file to run, for example networks/fashion.onnx");
  EXPECT_EQ(
      read_error(folder_.write("s.yaml", "network: " + scenarios + "/networks/fashion.onnx\n")),
      "s.yaml:1:1: the key 'platform' is missing: a platform file or a map, for example platforms/reference.yaml");
  EXPECT_THAT(read_error(scenario("", "expect: [{at_most: 1}]\n")),
              StartsWith("s.yaml:4:10: expect: an entry needs a 'metric'"));
  EXPECT_THAT(read_error(scenario("", "expect: [{metric: cycles}]\n")),
              StartsWith("s.yaml:4:10: expect: an entry needs 'at_least', 'at_most' or both, or 'value'"));
}

TEST_F(ScenarioErrors, MissingFiles) {
  EXPECT_EQ(read_error(folder_.path() / "absent.yaml"), "absent.yaml: there is no such file");
  EXPECT_EQ(read_error(folder_.write("s.yaml", "network: networks/none.onnx\nplatform: p.yaml\n"),
                       {"platform=" + scenarios + "/platforms/reference.yaml"}),
            "s.yaml:1:10: network: there is no file 'networks/none.onnx'");
  EXPECT_THAT(read_error(folder_.write("s.yaml", "network: n.onnx\nplatform: none.yaml\n")),
              HasSubstr("none.yaml: there is no such file"));
  EXPECT_THAT(error_of([&] { load_elf(folder_.path() / "none.elf"); }), HasSubstr("none.elf: no such file"));
}

TEST_F(ScenarioErrors, NotYaml) {
  EXPECT_THAT(read_error(folder_.write("s.yaml", "network: [\n")),
              AllOf(StartsWith("s.yaml:"), HasSubstr(": not valid YAML: ")));
}

TEST_F(ScenarioErrors, OverlappingAddressMap) {
  EXPECT_EQ(read_error(scenario("  spu: {base: 0x40010200}\n")),
            "s.yaml:4:15: platform.spu (0x40010200..0x400105ff) overlaps platform.tmac (0x40010000..0x400103ff); move "
            "one of their bases");
  EXPECT_THAT(read_error(scenario("  dram: {base: 0xFFFFF000}\n")),
              HasSubstr("platform.dram ends at 0x103fff000, beyond the 32-bit address space"));
}

TEST_F(ScenarioErrors, SharedInterrupt) {
  EXPECT_THAT(read_error(scenario("  spu: {interrupt: 2}\n")),
              HasSubstr("s.yaml:4:20: platform.spu and platform.tmac share PLIC source 2; give one another interrupt"));
  // The DMA has one line per channel: 8 and 9.
  EXPECT_THAT(read_error(scenario("  spu: {interrupt: 9}\n")), HasSubstr("share PLIC source 9"));
}

TEST_F(ScenarioErrors, InterruptThatThePlicDoesNotHave) {
  EXPECT_THAT(
      read_error(scenario("  plic: {sources: 7}\n")),
      HasSubstr(
          "platform.dma needs PLIC source 9, but platform.plic has 7; raise plic.sources or lower dma.interrupt"));
}

TEST_F(ScenarioErrors, ScratchpadTooNarrowForTheArray) {
  EXPECT_THAT(read_error(scenario("  tmac: {pixels: 8}\n")),
              AllOf(StartsWith("s.yaml:4:18: platform.tmac: "),
                    EndsWith("the array reads 256 bytes of activations per cycle (8 pixels x 32 input channels), but "
                             "platform.scratchpad "
                             "delivers 128 (banks x bank_width); raise scratchpad.banks or lower tmac.input_channels "
                             "or tmac.pixels")));
}

TEST_F(ScenarioErrors, ClocksOfTimeDiffer) {
  EXPECT_THAT(read_error(scenario("  clint: {timebase_mhz: 5}\n")),
              HasSubstr("are the same clock; give both the same value"));
}

TEST_F(ScenarioErrors, JoinedToNothing) {
  EXPECT_THAT(read_error(scenario("  spu: {memory: scratchpda}\n")),
              HasSubstr("platform.spu.memory is joined to 'scratchpda', but the platform has no such module; did you "
                        "mean 'scratchpad'?"));
  EXPECT_THAT(read_error(scenario("  spu: {memory: cpu}\n")),
              HasSubstr("platform.spu.memory is joined to 'cpu', which has no such port to join"));
}

TEST_F(ScenarioErrors, ModuleMissingOrTwice) {
  EXPECT_THAT(read_error(scenario("  second: {type: tmac, base: 0x50000000}\n")),
              HasSubstr("the platform needs exactly one module of type 'tmac', this one has 2"));
  EXPECT_THAT(read_error(folder_.write(
                  "s.yaml", "network: " + scenarios + "/networks/fashion.onnx\nplatform: {cpu: {type: riscv}}\n")),
              AllOf(StartsWith("s.yaml:2:11: "),
                    HasSubstr("the platform needs exactly one module of type 'bus', this one has 0")));
}

TEST_F(ScenarioErrors, PlatformIncludeAndOverride) {
  static_cast<void>(folder_.write(
      "half.yaml",
      "include: " + scenarios + "/platforms/reference.yaml\ntmac: {output_channels: 16}\nspu: {lanes: 8}\n"));
  const auto file = folder_.write(
      "s.yaml", "network: " + scenarios + "/networks/fashion.onnx\nplatform: {include: half.yaml, spu: {lanes: 4}}\n");
  const Scenario read = read_scenario(file, {"platform.merge.accumulators=1024"});
  EXPECT_EQ(read.platform.value("tmac", "output_channels"), 16u);  // from half.yaml
  EXPECT_EQ(read.platform.value("spu", "lanes"), 4u);              // from the scenario
  EXPECT_EQ(read.platform.value("merge", "accumulators"), 1024u);  // from the command line
  EXPECT_EQ(read.platform.value("tmac", "input_channels"), 32u);   // from reference.yaml
}

TEST_F(ScenarioErrors, ErrorInAnIncludedFileNamesThatFile) {
  static_cast<void>(
      folder_.write("half.yaml", "include: " + scenarios + "/platforms/reference.yaml\ntmac:\n  output_chanels: 16\n"));
  EXPECT_EQ(
      read_error(folder_.write("s.yaml", "network: " + scenarios + "/networks/fashion.onnx\nplatform: half.yaml\n")),
      "half.yaml:3:3: unknown key 'output_chanels' in 'platform.tmac'; did you mean 'output_channels'?");
}

TEST_F(ScenarioErrors, FileThatIncludesItself) {
  static_cast<void>(folder_.write("loop.yaml", "include: loop.yaml\n"));
  EXPECT_THAT(
      read_error(folder_.write("s.yaml", "network: " + scenarios + "/networks/fashion.onnx\nplatform: loop.yaml\n")),
      HasSubstr("is a file including itself?"));
}

TEST_F(ScenarioErrors, ReplacedPlatformFile) {
  const auto file = folder_.write("s.yaml", "network: " + scenarios + "/networks/fashion.onnx\nplatform: none.yaml\n");
  EXPECT_EQ(error_of([&] {
              read_scenario(file, {"platform=" + scenarios + "/platforms/reference.yaml", "platform.spu.lanes=2"});
            }),
            "no error");
}

TEST_F(ScenarioErrors, NetworkTooLargeForTheScratchpad) {
  EXPECT_THAT(compile_error("  scratchpad: {size: 1 KiB}\n"),
              AllOf(HasSubstr("layer 'block3.conv2': its smallest tile, one output pixel of one channel, needs "),
                    HasSubstr(" bytes of scratchpad"), EndsWith("there are 1024; enlarge scratchpad.size")));
}

TEST_F(ScenarioErrors, NetworkTooLargeForTheMemory) {
  EXPECT_THAT(compile_error("  dram: {size: 12 KiB}\n"),
              AllOf(HasSubstr("network 'fashion' needs "), HasSubstr("there are 12288; enlarge the memory")));
}

TEST_F(ScenarioErrors, ImagesTooManyForTheMemory) {
  const Scenario read = read_scenario(scenario("  dram: {size: 64 KiB}\n", "dataset: {images: 1000}\n"), {});
  const auto compiled = compile(read);
  EXPECT_THAT(error_of([&] { plan_memory(read, compiled); }),
              AllOf(HasSubstr("s.yaml:4:16: platform.dram.size: network, activations and 1000 images need "),
                    EndsWith("the memory has 65536; raise platform.dram.size or lower dataset.images")));
}

TEST_F(ScenarioErrors, ForeignAndTruncatedNetwork) {
  const std::string whole = terse::testing::contents_of(scenarios + "/networks/fashion.onnx");
  ASSERT_GT(whole.size(), 1000u);
  const auto import_error = [&](const std::string& bytes) {
    const auto file = folder_.write("n.onnx", bytes);
    return error_of([&] { compiler::import_onnx(file, {}); });
  };
  EXPECT_THAT(import_error("no network at all\n"),
              HasSubstr("n.onnx: not an ONNX model, or a truncated one (18 bytes)"));
  EXPECT_THAT(import_error(""), HasSubstr("n.onnx: the file is empty"));
  EXPECT_THAT(import_error(whole.substr(0, whole.size() / 2)),
              HasSubstr("n.onnx: not an ONNX model, or a truncated one"));
  EXPECT_THAT(import_error(whole.substr(0, whole.size() - 1)), HasSubstr("n.onnx: "));
  EXPECT_EQ(import_error(whole), "no error");
}

TEST_F(ScenarioErrors, ForeignFirmware) {
  // The 64-byte header of a 64-bit x86 executable, as /bin/true has it.
  std::string header(
      "\x7f"
      "ELF\x02\x01\x01",
      7);
  header.resize(64);
  header[16] = 2;   // ET_EXEC
  header[18] = 62;  // EM_X86_64
  header[20] = 1;
  EXPECT_THAT(error_of([&] { load_elf(folder_.write("true", header)); }),
              HasSubstr("true: ELF for x86-64; need 32-bit RISC-V"));
  EXPECT_THAT(error_of([&] { load_elf(folder_.write("text", "#!/bin/sh\n")); }), HasSubstr("text: "));
  const std::string whole = terse::testing::contents_of(TERSE_BINARY_DIR "/firmware/infer.elf");
  ASSERT_GT(whole.size(), 1000u);
  EXPECT_THAT(error_of([&] { load_elf(folder_.write("half.elf", whole.substr(0, 1000))); }), HasSubstr("half.elf: "));
}

TEST_F(ScenarioErrors, NoDataset) {
  const auto error = [&](std::uint32_t first, std::uint32_t count) {
    return error_of([&] { load_fashion_mnist_test(folder_.path(), first, count); });
  };
  EXPECT_THAT(error(0, 1), AllOf(HasSubstr("there is neither t10k-images-idx3-ubyte.gz nor t10k-images-idx3-ubyte in "),
                                 HasSubstr("apt-get install dataset-fashion-mnist")));
  static_cast<void>(folder_.write("t10k-images-idx3-ubyte", "a text file"));
  EXPECT_THAT(
      error(0, 1),
      HasSubstr(
          "t10k-images-idx3-ubyte is no idx file of the expected kind: it starts with 0x61207465, not 0x00000803"));
  // Two images of 1 x 2 pixels, of which only three pixels are there.
  static_cast<void>(folder_.write("t10k-images-idx3-ubyte", std::string("\0\0\x08\x03\0\0\0\x02\0\0\0\x01\0\0\0\x02"
                                                                        "abc",
                                                                        19)));
  EXPECT_THAT(error(0, 2), HasSubstr("t10k-images-idx3-ubyte is truncated or damaged: 4 more bytes were expected"));
  EXPECT_THAT(
      error(1, 2),
      HasSubstr(
          "images 1..2 were asked for, but t10k-images-idx3-ubyte holds 2; lower dataset.first or dataset.images"));
}

TEST_F(ScenarioErrors, PlainDatasetIsRead) {
  static_cast<void>(folder_.write("t10k-images-idx3-ubyte", std::string("\0\0\x08\x03\0\0\0\x02\0\0\0\x01\0\0\0\x02"
                                                                        "abcd",
                                                                        20)));
  static_cast<void>(folder_.write("t10k-labels-idx1-ubyte", std::string("\0\0\x08\x01\0\0\0\x02\x07\x09", 10)));
  const Dataset dataset = load_fashion_mnist_test(folder_.path(), 1, 1);
  EXPECT_THAT(dataset.pixels, ::testing::ElementsAre('c', 'd'));
  EXPECT_THAT(dataset.labels, ::testing::ElementsAre(9));
}

TEST_F(ScenarioErrors, ConfigurationHashFollowsTheValuesAlone) {
  const auto hash = [&](const std::filesystem::path& file, const std::vector<std::string>& settings) {
    Scenario read = read_scenario(file, settings);
    return configuration_hash(read.effective());
  };
  const std::string plain = hash(scenario(""), {});
  EXPECT_EQ(plain.size(), 36u);
  EXPECT_EQ(hash(scenario("  spu: {lanes: 0x10}\n", "description: the same\n"), {}),
            plain);  // 16 is what the reference has
  EXPECT_NE(hash(scenario(""), {"platform.spu.lanes=8"}), plain);
}

}  // namespace
}  // namespace terse::run
