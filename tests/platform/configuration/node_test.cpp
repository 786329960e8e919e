#include "platform/configuration/node.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <functional>

#include "platform/configuration/assignment.hpp"

namespace terse::configuration {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const ConfigurationError& error) {
    return error.what();
  }
  return "no error";
}

std::string parse_error(const std::string& text) {
  return error_of([&] { parse_yaml(text, "file.yaml"); });
}

/// A folder of this test's own, removed with the object.
class Folder {
 public:
  Folder()
      : path_(std::filesystem::temp_directory_path() /
              fmt::format("terse-node-{}-{}", getpid(),
                          ::testing::UnitTest::GetInstance()->current_test_info()->name())) {
    std::filesystem::create_directories(path_);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  [[nodiscard]] std::filesystem::path write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name) << text;
    return path_ / name;
  }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

TEST(Place, TextHasLineAndColumnOnlyWhereThereIsALine) {
  EXPECT_EQ((Place{"a.yaml", 3, 7}.text()), "a.yaml:3:7");
  EXPECT_EQ((Place{"--set a=1", 0, 0}.text()), "--set a=1");
}

TEST(ParseYaml, EveryKindOfNodeHasItsPlace) {
  const Node root = parse_yaml(
      "name: fashion\n"
      "run:\n"
      "  timing: functional\n"
      "list:\n"
      "  - one\n"
      "  - {a: 5}\n"
      "empty:\n",
      "s.yaml");
  ASSERT_EQ(root.kind, Node::Kind::map);
  ASSERT_EQ(root.map.size(), 4u);
  EXPECT_EQ(root.map[0].key, "name");
  EXPECT_EQ(root.map[0].place.text(), "s.yaml:1:1");
  EXPECT_EQ(root.find("name")->place.text(), "s.yaml:1:7");
  EXPECT_EQ(root.find("name")->scalar, "fashion");
  EXPECT_EQ(root.find("run")->find("timing")->place.text(), "s.yaml:3:11");
  const Node& list = *root.find("list");
  ASSERT_EQ(list.kind, Node::Kind::sequence);
  ASSERT_EQ(list.sequence.size(), 2u);
  EXPECT_EQ(list.sequence[0].place.text(), "s.yaml:5:5");
  EXPECT_EQ(list.sequence[1].find("a")->place.text(), "s.yaml:6:9");
  EXPECT_EQ(root.find("empty")->kind, Node::Kind::null);
  EXPECT_EQ(root.find("absent"), nullptr);
}

TEST(ParseYaml, KindNamesAreWordsForPeople) {
  const Node root = parse_yaml("{s: 1, l: [], m: {}, n: }", "s.yaml");
  EXPECT_STREQ(root.find("s")->kind_name(), "a single value");
  EXPECT_STREQ(root.find("l")->kind_name(), "a list");
  EXPECT_STREQ(root.find("m")->kind_name(), "a map of keys");
  EXPECT_STREQ(root.find("n")->kind_name(), "nothing");
}

TEST(ParseYaml, SyntaxErrorSaysWhere) {
  const std::string error = parse_error("a: 1\nb: [1, 2\nc: 3\n");
  EXPECT_THAT(error, StartsWith("file.yaml:3:"));
  EXPECT_THAT(error, HasSubstr("not valid YAML: "));
}

TEST(ParseYaml, KeyGivenTwiceNamesBothPlaces) {
  const std::string error = parse_error("run:\n  timing: functional\n  quantum_ns: 5\n  timing: approximate\n");
  EXPECT_THAT(error, StartsWith("file.yaml:4:3: key 'timing' is given twice; the first is at file.yaml:2:"));
}

TEST(ParseYaml, SameKeyInTwoMapsIsNoDuplicate) {
  EXPECT_EQ(parse_error("a: {x: 1}\nb: {x: 2}\n"), "no error");
}

TEST(ParseYaml, KeyMustBeAWord) {
  EXPECT_THAT(parse_error("? [a, b]\n: 1\n"), HasSubstr("a key must be a plain word"));
}

TEST(ParseYaml, EmptyTextIsNothing) {
  const Node root = parse_yaml("", "s.yaml");
  EXPECT_EQ(root.kind, Node::Kind::null);
  EXPECT_EQ(root.place.text(), "s.yaml:1:1");
}

TEST(ParseYaml, AliasRepeatsItsAnchorButMustNotHoldItself) {
  EXPECT_EQ(parse_yaml("a: &x {b: 1}\nc: *x\n", "s.yaml").find("c")->find("b")->scalar, "1");
  EXPECT_THAT(parse_error("a: &x [*x]\n"), HasSubstr("nested deeper than 64 levels; does an alias (*) hold itself?"));
}

TEST(ParseYaml, SecondDocumentWouldBeIgnoredAndIsRefused) {
  EXPECT_THAT(parse_error("a: 1\n---\nb: 2\n"), StartsWith("file.yaml:3:1: a second document starts here"));
  EXPECT_EQ(parse_error("---\na: 1\n"), "no error");
}

TEST(ReadYaml, PlacesCarryTheFile) {
  const Folder folder;
  const auto file = folder.write("s.yaml", "a: 1\n");
  EXPECT_EQ(read_yaml(file).find("a")->place.text(), file.string() + ":1:4");
}

TEST(ReadYaml, MissingFileNamesTheNearestOne) {
  const Folder folder;
  const auto there = folder.write("fashion.yaml", "a: 1\n");
  const auto asked = folder.path() / "fashon.yaml";
  EXPECT_EQ(error_of([&] { read_yaml(asked); }),
            fmt::format("{}: there is no such file; did you mean '{}'?", asked.string(), there.string()));
}

TEST(ReadYaml, MissingFileWithoutANearOne) {
  const Folder folder;
  const auto asked = folder.path() / "fashion.yaml";
  EXPECT_EQ(error_of([&] { read_yaml(asked); }), asked.string() + ": there is no such file");
}

TEST(ReadYaml, FolderIsRefused) {
  const Folder folder;
  EXPECT_EQ(error_of([&] { read_yaml(folder.path()); }),
            folder.path().string() + ": this is a folder; a YAML file is needed");
}

TEST(Overlay, MapsMergeAndEverythingElseIsReplaced) {
  Node base = parse_yaml("tmac: {pixels: 1, base: 5}\nlist: [1, 2]\nkept: yes\n", "base.yaml");
  overlay(base, parse_yaml("tmac: {pixels: 4}\nlist: [3]\nmade: new\n", "over.yaml"));
  EXPECT_EQ(base.find("tmac")->find("pixels")->scalar, "4");
  EXPECT_EQ(base.find("tmac")->find("base")->scalar, "5");
  ASSERT_EQ(base.find("list")->sequence.size(), 1u);
  EXPECT_EQ(base.find("kept")->scalar, "yes");
  EXPECT_EQ(base.find("made")->scalar, "new");
}

TEST(Overlay, PlacesPointAtTheFileThatDecided) {
  Node base = parse_yaml("tmac: {pixels: 1, base: 5}\n", "base.yaml");
  overlay(base, parse_yaml("tmac:\n  pixels: 4\n", "over.yaml"));
  EXPECT_EQ(base.find("tmac")->find("pixels")->place.text(), "over.yaml:2:11");
  EXPECT_EQ(base.find("tmac")->find("base")->place.text(), "base.yaml:1:25");
}

TEST(Overlay, AMapReplacesAScalarAndTheReverse) {
  Node base = parse_yaml("a: 1\nb: {x: 1}\n", "base.yaml");
  overlay(base, parse_yaml("a: {x: 2}\nb: 7\n", "over.yaml"));
  EXPECT_EQ(base.find("a")->find("x")->scalar, "2");
  EXPECT_EQ(base.find("b")->scalar, "7");
}

TEST(Setting, ReplacesAndCreates) {
  Node root = parse_yaml("run: {timing: approximate}\nempty:\n", "s.yaml");
  apply_setting(root, "run.timing=functional");
  apply_setting(root, "platform.tmac.pixels=4");
  apply_setting(root, "empty.inner=1");
  EXPECT_EQ(root.find("run")->find("timing")->scalar, "functional");
  EXPECT_EQ(root.find("platform")->find("tmac")->find("pixels")->scalar, "4");
  EXPECT_EQ(root.find("empty")->find("inner")->scalar, "1");
}

TEST(Setting, ValueIsYaml) {
  Node root = parse_yaml("{}", "s.yaml");
  apply_setting(root, "faults=[{in: weight, bit: 1}]");
  ASSERT_EQ(root.find("faults")->kind, Node::Kind::sequence);
  EXPECT_EQ(root.find("faults")->sequence[0].find("bit")->scalar, "1");
  apply_setting(root, "name=a=b");  // only the first equals sign separates
  EXPECT_EQ(root.find("name")->scalar, "a=b");
}

TEST(Setting, ItsPlaceIsTheCommandLine) {
  Node root = parse_yaml("run: {timing: approximate}\n", "s.yaml");
  apply_setting(root, "run.timing=functional");
  EXPECT_EQ(root.find("run")->find("timing")->place.text(), "--set run.timing=functional");
}

TEST(Setting, MalformedIsRefused) {
  Node root = parse_yaml("name: fashion\n", "s.yaml");
  for (const char* setting : {"run.timing", "=5"}) {
    EXPECT_THAT(error_of([&] { apply_setting(root, setting); }), HasSubstr("a setting is KEY=VALUE, for example "));
  }
  EXPECT_THAT(error_of([&] { apply_setting(root, "run..timing=1"); }),
              HasSubstr("'run..timing' has an empty part between its dots"));
  EXPECT_THAT(error_of([&] { apply_setting(root, "run.=1"); }), HasSubstr("'run.' has an empty part between its dots"));
  EXPECT_EQ(error_of([&] { apply_setting(root, "name.inner=1"); }),
            "--set name.inner=1: 'name.inner' cannot be set: the part before 'inner' is a single value at s.yaml:1:7");
  EXPECT_THAT(error_of([&] { apply_setting(root, "a=[1"); }), HasSubstr("not valid YAML"));
}

TEST(Nearest, FindsTypingErrorsOnly) {
  const std::vector<std::string> names{"output_channels", "input_channels", "pixels", "base"};
  EXPECT_EQ(nearest("ouput_channels", names), "output_channels");
  EXPECT_EQ(nearest("input_chanels", names), "input_channels");
  EXPECT_EQ(nearest("pixel", names), "pixels");
  EXPECT_EQ(nearest("pixels", names), "pixels");
  EXPECT_EQ(nearest("frequency", names), "");
  EXPECT_EQ(nearest("x", {}), "");
}

}  // namespace
}  // namespace terse::configuration
