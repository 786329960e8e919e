// What the page of a sweep gets from a database.
#include "platform/report/sweep_data.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include "platform/results/sqlite.hpp"
#include "tests/support/temporary_path.hpp"

namespace terse::report {
namespace {

using Json = nlohmann::ordered_json;
using ::testing::HasSubstr;

/// The tables and the view of results.sqlite as far as they are read.
constexpr const char* schema = R"sql(
  CREATE TABLE sweeps(id INTEGER PRIMARY KEY, name TEXT, file TEXT, updated_at TEXT, points INTEGER);
  CREATE TABLE parameters(sweep_id INTEGER, position INTEGER, name TEXT, kind TEXT, influence TEXT);
  CREATE TABLE failures(sweep_id INTEGER, position INTEGER, kind TEXT, parameters TEXT, reason TEXT);
  CREATE TABLE sweep_results(sweep_id INTEGER, position INTEGER, verified INTEGER, cycles_per_inference REAL,
                             "platform.spu.lanes" INTEGER, result TEXT);
)sql";

std::string inflated(const std::string& base64) {
  const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  std::uint32_t group = 0;
  int bits = 0;
  for (const char character : base64) {
    if (character == '=') break;
    group = group << 6 | static_cast<std::uint32_t>(digits.find(character));
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes += static_cast<char>(group >> bits & 0xFF);
  }
  std::string text(1 << 20, '\0');
  uLongf size = text.size();
  EXPECT_EQ(uncompress(reinterpret_cast<Bytef*>(text.data()), &size, reinterpret_cast<const Bytef*>(bytes.data()),
                       static_cast<uLong>(bytes.size())),
            Z_OK);
  return text.substr(0, size);
}

class SweepData : public ::testing::Test {
 protected:
  SweepData() {
    results::Sqlite database(file_, results::Sqlite::Access::write);
    database.execute(schema);
    database.execute(R"sql(
      INSERT INTO sweeps VALUES (1, 'old', 'a.yaml', '2026-01-01', 1), (2, 'lanes', 'b.yaml', '2026-01-02', 3);
      INSERT INTO parameters VALUES (2, 0, 'platform.spu.lanes', 'grid', 'yes');
      INSERT INTO failures VALUES (2, 2, 'guest', '{"platform.spu.lanes": 3}', 'it hangs');
      INSERT INTO sweep_results VALUES (1, 0, 1, 5, 1, '{"a": 1}'),
        (2, 1, 1, 100.125, 8, '{"a": 2, "timeline": {"b": 1}, "c": {"d/e": [7]}}'), (2, 0, 0, 200, 4, '{"a": 1.00000000001}');
    )sql");
  }

  const test::TemporaryPath database_{"results.sqlite"};
  const std::filesystem::path file_ = database_.path();
};

TEST_F(SweepData, TakesTheSweepWorkedOnLastInOrderOfPosition) {
  const Json data = sweep_data(file_, "");
  EXPECT_EQ(data.at("name"), "lanes");
  EXPECT_EQ(data.at("points"), 3);
  EXPECT_EQ(data.at("columns").at("position"), Json({0, 1}));
  EXPECT_EQ(data.at("columns").at("platform.spu.lanes"), Json({4, 8}));
  EXPECT_EQ(data.at("columns").at("cycles_per_inference"), Json({200.0, 100.125}));
  EXPECT_EQ(data.at("parameters")[0].at("name"), "platform.spu.lanes");
  EXPECT_EQ(data.at("failures")[0].at("parameters").at("platform.spu.lanes"), 3);
  EXPECT_FALSE(data.at("columns").contains("result"));
}

TEST_F(SweepData, PacksResultsWithoutTimelineAndRounded) {
  const Json data = sweep_data(file_, "lanes");
  ASSERT_EQ(data.at("details").at("chunks").size(), 1);
  const Json chunk = Json::parse(inflated(data.at("details").at("chunks")[0]));
  EXPECT_EQ(chunk.at("paths"), Json({"/a", "/c/d~1e/0"}));
  EXPECT_EQ(chunk.at("values"), Json({{1.0, 2}, {nullptr, 7}}));
}

TEST_F(SweepData, ChoosesByName) {
  EXPECT_EQ(sweep_data(file_, "old").at("columns").at("position").size(), 1);
  try {
    sweep_data(file_, "nothing");
    FAIL() << "there is no such sweep";
  } catch (const SweepDataError& error) {
    EXPECT_THAT(error.what(), HasSubstr("no sweep 'nothing'; it has: lanes, old"));
  }
}

}  // namespace
}  // namespace terse::report
