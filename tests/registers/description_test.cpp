// Reading of register descriptions: what they mean, and that every mistake is named with its place and its mend.
#include "tests/registers/description_fixture.hpp"

namespace terse::registers::generator {
namespace {

using ::testing::HasSubstr;

const std::string head = "name: example\ndescription: An example.\n";

/// A file with one mistake: the text after `head`, where the mistake is, and parts of its message.
struct Mistake {
  const char* name;
  std::string text;
  int line;
  int column;
  std::vector<std::string> message;
};

void PrintTo(const Mistake& mistake, std::ostream* stream) {
  *stream << mistake.name;
}

class MistakeTest : public DescriptionTest, public ::testing::WithParamInterface<Mistake> {};

TEST_P(MistakeTest, IsReportedOnceWithPlaceAndMend) {
  Problems problems;
  read(GetParam().text, problems);
  ASSERT_EQ(problems.size(), 1u) << (problems.empty() ? "nothing found" : problems[1].message);
  EXPECT_THAT(problems[0].place.file, HasSubstr("unit.yaml"));
  EXPECT_EQ(problems[0].place.line, GetParam().line);
  EXPECT_EQ(problems[0].place.column, GetParam().column);
  for (const std::string& part : GetParam().message) EXPECT_THAT(problems[0].message, HasSubstr(part));
}

std::string with_register(const std::string& text) {
  return head + "registers:\n  - {" + text + "}\n";
}
std::string with_fields(const std::string& fields) {
  return head + "registers:\n  - name: A\n    offset: 0\n    access: rw\n    description: x.\n    fields:\n" + fields;
}

INSTANTIATE_TEST_SUITE_P(
    All, MistakeTest,
    ::testing::Values(
        Mistake{"EmptyFile", "", 1, 1, {"empty", "name, description"}},
        Mistake{"NoMap", "- a\n", 1, 1, {"expected a unit"}},
        Mistake{"NotYaml", head + "registers: [", 3, 1, {"not YAML"}},
        Mistake{"UnknownKey", head + "regsters: []\n", 3, 1, {"unknown key 'regsters'", "did you mean 'registers'"}},
        Mistake{"RepeatedKey", head + "window: 0x400\nwindow: 0x800\n", 4, 1, {"'window' appears twice"}},
        Mistake{"CommaWithoutQuotes",
                with_register("name: A, offset: 0, access: rw, description: one, and two"),
                4,
                56,
                {"'and two'", "quotes"}},
        Mistake{"MissingDescription", "name: example\n", 1, 1, {"'description' is missing"}},
        Mistake{"UnknownAccess",
                with_register("name: A, offset: 0, access: rx, description: x."),
                4,
                34,
                {"unknown access 'rx'", "ro", "w1c"}},
        Mistake{"BadNumber",
                with_register("name: A, offset: 12z, access: rw, description: x."),
                4,
                23,
                {"'offset' must be a number", "'12z'"}},
        Mistake{"NegativeNumber",
                with_register("name: A, offset: -4, access: rw, description: x."),
                4,
                23,
                {"'offset' must be a number"}},
        Mistake{"NumberTooLarge",
                with_register("name: A, offset: 0x100000000, access: rw, description: x."),
                4,
                23,
                {"0xFFFFFFFF"}},
        Mistake{"MisalignedOffset",
                with_register("name: A, offset: 2, access: rw, description: x."),
                4,
                5,
                {"A has offset 0x002", "multiples of 4"}},
        Mistake{"OutsideTheWindow",
                with_register("name: A, offset: 0x400, access: rw, description: x."),
                4,
                5,
                {"window of 0x400", "enlarge"}},
        Mistake{"ArrayOutsideTheWindow",
                with_register("name: A, offset: 0x3F8, access: rw, count: 3, description: x."),
                4,
                5,
                {"beyond the unit's window"}},
        Mistake{"LowerCaseName",
                with_register("name: a, offset: 0, access: rw, description: x."),
                4,
                5,
                {"'a'", "upper-case"}},
        Mistake{
            "WordOfCpp", with_register("name: SWITCH, offset: 0, access: rw, description: x."), 4, 5, {"word of C++"}},
        Mistake{"BadFlag",
                with_register("name: A, offset: 0, access: rw, read_effect: 1, description: x."),
                4,
                51,
                {"true or false"}},
        Mistake{"RepeatedName",
                with_register("name: A, offset: 0, access: rw, description: x.") +
                    "  - {name: A, offset: 4, access: rw, description: x.}\n",
                5,
                5,
                {"second register 'A'", "unit.yaml:4"}},
        Mistake{"RepeatedOffset",
                with_register("name: A, offset: 0, access: rw, description: x.") +
                    "  - {name: B, offset: 0, access: rw, description: x.}\n",
                5,
                5,
                {"B at offset 0x000 collides with A"}},
        Mistake{"CollisionWithinAnArray",
                with_register("name: A, offset: 0, access: rw, count: 4, description: x.") +
                    "  - {name: B, offset: 8, access: rw, description: x.}\n",
                5,
                5,
                {"B at offset 0x008 collides with A"}},
        Mistake{"UnknownEnum",
                with_register("name: A, offset: 0, access: rw, enum: colour, description: x."),
                4,
                5,
                {"no enum 'colour'"}},
        Mistake{
            "OverlappingFields",
            with_fields(
                "      - {name: X, bits: [7, 0], description: x.}\n      - {name: Y, bits: [9, 7], description: y.}\n"),
            10,
            9,
            {"field Y of A overlaps field X", "0x00000080"}},
        Mistake{
            "RepeatedField",
            with_fields(
                "      - {name: X, bits: [7, 0], description: x.}\n      - {name: X, bits: [9, 8], description: y.}\n"),
            10,
            9,
            {"second field 'X'", "line 9"}},
        Mistake{"BitsOutOfRange",
                with_fields("      - {name: X, bits: [32, 0], description: x.}\n"),
                9,
                25,
                {"[32, 0]", "31 to 0"}},
        Mistake{"BitsTheWrongWayRound",
                with_fields("      - {name: X, bits: [0, 7], description: x.}\n"),
                9,
                25,
                {"wrong way round", "[7, 0]"}},
        Mistake{"OneBit", with_fields("      - {name: X, bits: 3, description: x.}\n"), 9, 25, {"[high, low]"}},
        Mistake{"NoBits", with_fields("      - {name: X, description: x.}\n"), 9, 9, {"'bits' is missing"}},
        Mistake{"JobRegistersWithoutControl",
                head + "job_registers:\n  - {name: A, description: x.}\n",
                4,
                3,
                {"needs a control block", "control: block"}},
        Mistake{"UnknownControl", head + "control: hwpf\n", 3, 10, {"unknown control block 'hwpf'", "block"}},
        Mistake{"JobRegisterWithOffset",
                head + "control: block\njob_registers:\n  - {name: A, offset: 4, description: x.}\n",
                5,
                15,
                {"unknown key 'offset'", "place in the list"}},
        Mistake{"TooManyJobRegisters",
                head + "control: block\njob_registers:\n" +
                    [] {
                      std::string list;
                      for (const char c : std::string("ABCDEFGHI"))
                        list += std::string("  - {name: ") + c + ", description: x.}\n";
                      return list;
                    }(),
                13,
                5,
                {"I at offset 0x030 collides with COUNTER_ELAPSED_LOW", "block.yaml"}},
        Mistake{"UnitWithoutItsEnumValue",
                "name: other\ndescription: x.\ncontrol: block\n",
                1,
                7,
                {"enum 'unit' has no value for 'other'", "block.yaml"}},
        Mistake{"RepeatedEnumValue",
                head + "enums:\n  - name: e\n    description: x.\n    values:\n"
                       "      - {name: a, value: 1, description: x.}\n      - {name: b, value: 1, description: x.}\n",
                8,
                9,
                {"'b' has the value 1 of 'a'"}},
        Mistake{"EmptyEnum", head + "enums:\n  - {name: e, description: x.}\n", 4, 5, {"'e' has no values"}},
        Mistake{"NoList", head + "registers: 3\n", 3, 12, {"'registers' must be a list"}}),
    [](const ::testing::TestParamInfo<Mistake>& parameter) { return parameter.param.name; });

TEST_F(DescriptionTest, AllMistakesOfAFileAreReported) {
  Problems problems;
  read(head +
           "registers:\n  - {name: A, offset: 1, access: rw, description: x.}\n  - {name: B, offset: 4, access: r, "
           "description: x.}\n",
       problems);
  EXPECT_EQ(problems.size(), 2u);
}

TEST_F(DescriptionTest, UnreadableFile) {
  Problems problems;
  read_unit((directory / "missing.yaml").string(), &control(), problems);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_THAT(problems[0].message, HasSubstr("cannot be read"));
}

TEST_F(DescriptionTest, RegistersAreSortedAndHaveTheirRights) {
  const UnitEntry unit = read(head +
                              "registers:\n"
                              "  - {name: B, offset: 0x8, access: w1c, reset: 0x10, description: b.}\n"
                              "  - name: A\n"
                              "    offset: 0x0\n"
                              "    access: rw\n"
                              "    description: a.\n"
                              "    fields:\n"
                              "      - {name: HIGH, bits: [31, 24], description: x.}\n"
                              "      - {name: GO, bits: [0, 0], self_clearing: true, description: x.}\n"
                              "  - {name: C, offset: 0xC, access: ro, description: c.}\n");
  ASSERT_EQ(unit.registers.size(), 3u);
  EXPECT_EQ(unit.registers[0].name, "A");
  EXPECT_EQ(unit.registers[0].writable(), 0xFF000001u);
  EXPECT_EQ(unit.registers[0].self_clearing(), 1u);
  EXPECT_EQ(unit.registers[1].name, "B");
  EXPECT_EQ(unit.registers[1].access, Access::write_one_to_clear);
  EXPECT_EQ(unit.registers[1].reset, 0x10u);
  EXPECT_EQ(unit.registers[1].writable(), 0xFFFFFFFFu);
  EXPECT_EQ(unit.registers[2].writable(), 0u);
  EXPECT_EQ(unit.window, 0x400u);
}

TEST_F(DescriptionTest, UnitWithControlBlock) {
  const UnitEntry unit = read(head +
                              "control: block\n"
                              "job_registers:\n"
                              "  - {name: TAG, description: x.}\n"
                              "  - {name: SIZE, description: x.}\n"
                              "capabilities:\n"
                              "  - {name: CAP, description: x.}\n");
  std::vector<std::string> names;
  for (const RegisterEntry& entry : unit.registers) names.push_back(entry.name);
  EXPECT_THAT(names, ::testing::ElementsAre("START", "KIND", "TAG", "SIZE", "CAP", "COUNTER_ELAPSED_LOW",
                                            "COUNTER_ELAPSED_HIGH", "COUNTER_IDLE_LOW", "COUNTER_IDLE_HIGH"));
  EXPECT_EQ(unit.registers[1].reset, 7u) << "the value of its name in enum unit";
  EXPECT_EQ(unit.registers[3].offset, 0x14u);
  EXPECT_EQ(unit.registers[3].part, Part::job);
  EXPECT_EQ(unit.registers[4].offset, 0x20u);
  EXPECT_EQ(unit.registers[4].access, Access::read_only);
  EXPECT_EQ(unit.registers[8].offset, 0x3Cu);
}

TEST_F(DescriptionTest, Names) {
  EXPECT_EQ(lower("INPUT_SIZE_2"), "input_size_2");
  EXPECT_EQ(pascal("error_code"), "ErrorCode");
  EXPECT_EQ(pascal("ELAPSED"), "Elapsed");
}

}  // namespace
}  // namespace terse::registers::generator
