// The texts made from a description. That the headers compile and mean what they should: generated_headers_test.
#include "registers/writers.hpp"

#include "tests/registers/description_fixture.hpp"

namespace terse::registers::generator {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class WritersTest : public DescriptionTest {
 protected:
  UnitEntry unit = read(
      "name: example\n"
      "description: Uses <tags> & pipes |.\n"
      "control: block\n"
      "job_registers:\n"
      "  - {name: TAG, description: Free.}\n"
      "registers:\n"
      "  - {name: LIST, offset: 0x100, access: rw, count: 3, stride: 8, description: Three.}\n"
      "  - name: MODE\n"
      "    offset: 0x200\n"
      "    access: w1c\n"
      "    read_effect: true\n"
      "    description: a | b.\n"
      "    fields:\n"
      "      - {name: COLOUR, bits: [5, 4], enum: colour, description: Which.}\n"
      "enums:\n"
      "  - name: colour\n"
      "    description: Colours.\n"
      "    values:\n"
      "      - {name: red, value: 2, description: Red.}\n");
};

TEST_F(WritersTest, Table) {
  const std::string table = write_table(unit);
  EXPECT_THAT(table, HasSubstr("{\"LIST[2]\", 0x110, Access::read_write, 0x00000000, 0xFFFFFFFF, 0x00000000, false}"));
  EXPECT_THAT(table,
              HasSubstr("{\"MODE\", 0x200, Access::write_one_to_clear, 0x00000000, 0x00000030, 0x00000000, false}"));
  EXPECT_THAT(table, HasSubstr("{\"TAG\", 0x010, Access::read_write, 0x00000000, 0xFFFFFFFF, 0x00000000, true}"));
  EXPECT_THAT(table, HasSubstr("{\"KIND\", 0x004, Access::read_only, 0x00000007"));
}

TEST_F(WritersTest, PageLinksFieldsEnumsAndControlBlock) {
  const std::string page = write_page(unit, &control());
  EXPECT_THAT(page, HasSubstr("| 0x200 | [MODE](#mode) | w1c | 0x00000000 | a \\| b. Reading has an effect. |"));
  EXPECT_THAT(page, HasSubstr("| 0x100 + 8 i, i < 3 | LIST | rw |"));
  EXPECT_THAT(page, HasSubstr("| 5:4 | COLOUR | Which. Values: [colour](#enum-colour). |"));
  EXPECT_THAT(
      page,
      HasSubstr("| 0x004 | [KIND](block.md) | ro | 0x00000007 | Which unit. Values: [unit](block.md#enum-unit). |"));
  EXPECT_THAT(page, HasSubstr("| 0x010 | TAG | rw, per job |"));
  EXPECT_THAT(page, HasSubstr("## enum colour"));
  EXPECT_FALSE(page.ends_with("\n\n"));
}

TEST_F(WritersTest, SvdEscapesAndDerivesFurtherInstances) {
  const std::string svd = write_svd(control(), {unit}, {{"example", 0x40000000, 2}, {"absent", 0x50000000, 1}});
  EXPECT_THAT(svd, HasSubstr("Uses &lt;tags&gt; &amp; pipes |."));
  EXPECT_THAT(svd, HasSubstr("<name>EXAMPLE0</name>"));
  EXPECT_THAT(svd, HasSubstr("<peripheral derivedFrom=\"EXAMPLE0\">"));
  EXPECT_THAT(svd, HasSubstr("<baseAddress>0x40000400</baseAddress>"));
  EXPECT_THAT(svd, HasSubstr("<dim>3</dim>"));
  EXPECT_THAT(svd, HasSubstr("<modifiedWriteValues>oneToClear</modifiedWriteValues>"));
  EXPECT_THAT(svd, HasSubstr("<bitRange>[5:4]</bitRange>"));
  EXPECT_THAT(svd, Not(HasSubstr("0x50000000"))) << "a peripheral without description is left out";
}

}  // namespace
}  // namespace terse::registers::generator
