#include "platform/results/database.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/temporary_path.hpp"

namespace terse::results {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Json = nlohmann::ordered_json;

SweepRecord sweep(const std::string& identity, const std::vector<SweptParameter>& parameters) {
  return {identity, "lanes", "lanes.yaml", "program-1", 4, parameters};
}

/// As a run would give it, with what the views need.
Json result(int lanes, double cycles) {
  return {
      {"scenario", "s"},
      {"configuration", {{"platform", {{"spu", {{"lanes", lanes}}}, {"dma", {{"channels", 2}}}}}}},
      {"configuration_hash", "c"},
      {"verified", true},
      {"clock_mhz", 500.0},
      {"inferences", 1},
      {"instructions", 10},
      {"cycles", 2 * cycles},
      {"cycles_per_inference", cycles},
      {"accuracy", nullptr},
      {"stalls", {{"spu", {{"compute", cycles}, {"idle", cycles}}}}},
      {"energy_pj",
       {{"total", 7.0}, {"total_uncertainty_pj", 1.0}, {"by_unit", {{"spu", 7.0}}}, {"by_pass", {{"sparse", 7.0}}}}},
      {"area_um2", {{"total", 50.0}, {"uncertainty", 5.0}, {"by_unit", {{"spu", 50.0}}}}},
      {"layers", Json::array({{{"name", "conv"}, {"cycles", cycles}, {"stalls", {{"spu", {{"compute", cycles}}}}}}})},
      {"host", {{"total_s", 0.1}}}};
}

PointRecord point(std::size_t position, int lanes, double cycles) {
  return {position, "hash" + std::to_string(lanes), {{"platform.spu.lanes", lanes}}, 0, result(lanes, cycles)};
}

Json one(Sqlite& database, const std::string& sql) {
  Statement statement(database, sql);
  EXPECT_TRUE(statement.step()) << sql;
  return statement.value(0);
}

TEST(Database, KeepsPointsInColumnsAndWhole) {
  const test::TemporaryPath file("results.sqlite");
  Database database(file.path());
  const auto id = database.begin_sweep(sweep("a", {{"platform.spu.lanes", "grid"}}));
  EXPECT_FALSE(database.has_point("hash8"));
  database.add_point(id, point(0, 8, 1000), "program-1");
  EXPECT_TRUE(database.has_point("hash8"));
  Sqlite& sqlite = database.sqlite();
  EXPECT_EQ(one(sqlite, "PRAGMA user_version"), 1);
  EXPECT_EQ(one(sqlite, "SELECT \"platform.spu.lanes\" FROM points"), 8);
  EXPECT_EQ(one(sqlite, "SELECT time_us FROM points"), 2);  // 1000 cycles at 500 MHz
  EXPECT_EQ(one(sqlite, "SELECT typeof(accuracy) FROM points"), "null");
  EXPECT_EQ(one(sqlite, "SELECT json_extract(result, '$.layers[0].name') FROM points"), "conv");
  EXPECT_EQ(stored_result(file.path(), "1"), result(8, 1000));
  EXPECT_EQ(stored_result(file.path(), "hash"), result(8, 1000));
  EXPECT_THROW(stored_result(file.path(), "2"), SqliteError);
}

TEST(Database, ViewsGiveStallsLayersAndEnergy) {
  const test::TemporaryPath file("views.sqlite");
  Database database(file.path());
  const auto id = database.begin_sweep(sweep("a", {{"platform.spu.lanes", "grid"}}));
  database.add_point(id, point(0, 8, 1000), "program-1");
  Sqlite& sqlite = database.sqlite();
  EXPECT_EQ(one(sqlite, "SELECT share FROM stalls WHERE unit = 'spu' AND cause = 'compute'"), 0.5);
  EXPECT_EQ(one(sqlite, "SELECT cycles FROM layer_stalls WHERE layer = 'conv' AND cause = 'compute'"), 1000);
  EXPECT_EQ(one(sqlite, "SELECT cycles FROM layers WHERE layer = 'conv'"), 1000);
  EXPECT_EQ(one(sqlite, "SELECT energy_pj FROM energy_by_unit WHERE unit = 'spu'"), 7);
  EXPECT_EQ(one(sqlite, "SELECT energy_pj FROM energy_by_pass WHERE pass = 'sparse'"), 7);
  EXPECT_EQ(one(sqlite, "SELECT area_um2 FROM area_by_unit"), 50);
  EXPECT_EQ(one(sqlite, "SELECT \"area [mm2]\" FROM headlines"), 50e-6);
  EXPECT_EQ(one(sqlite, "SELECT finished FROM progress"), 1);
}

TEST(Database, AnotherSweepsParameterIsFilledInFromTheConfiguration) {
  const test::TemporaryPath file("columns.sqlite");
  Database database(file.path());
  const auto first = database.begin_sweep(sweep("a", {{"platform.spu.lanes", "grid"}}));
  database.add_point(first, point(0, 8, 1000), "program-1");
  const auto second = database.begin_sweep(sweep("b", {{"platform.dma.channels", "grid"}}));
  EXPECT_NE(first, second);
  EXPECT_EQ(one(database.sqlite(), "SELECT \"platform.dma.channels\" FROM points"), 2);
  database.add_point(second, {0, "other", {{"platform.dma.channels", 2}}, 0, result(4, 500)}, "program-1");
  EXPECT_EQ(one(database.sqlite(), "SELECT \"platform.spu.lanes\" FROM points WHERE hash = 'other'"), 4);
}

TEST(Database, TheSameSweepGoesOnUnderItsNumberAndAMendedFailureGoesAway) {
  const test::TemporaryPath file("again.sqlite");
  std::int64_t id = 0;
  {
    Database database(file.path());
    id = database.begin_sweep(sweep("a", {{"platform.spu.lanes", "grid"}}));
    database.add_failure(id, {0, "hash8", {{"platform.spu.lanes", 8}}, "crash", "signal 11", "last words"});
    database.add_failure(id, {0, "hash8", {{"platform.spu.lanes", 8}}, "timeout", "too long", ""});
    EXPECT_EQ(one(database.sqlite(), "SELECT kind || attempts FROM failures"), "timeout2");
  }
  Database database(file.path());
  EXPECT_EQ(database.begin_sweep(sweep("a", {{"platform.spu.lanes", "grid"}})), id);
  database.add_point(id, point(0, 8, 1000), "program-1");
  EXPECT_EQ(one(database.sqlite(), "SELECT count(*) FROM failures"), 0);
}

TEST(Database, TwoProgramsWriteAtATime) {
  const test::TemporaryPath file("two.sqlite");
  constexpr int each = 200;
  std::vector<pid_t> children;
  for (int writer = 0; writer < 2; ++writer) {
    const pid_t child = fork();
    if (child == 0) {
      try {
        Database database(file.path());
        const auto id = database.begin_sweep(sweep(std::to_string(writer), {{"platform.spu.lanes", "grid"}}));
        for (int i = 0; i < each; ++i) database.add_point(id, point(i, 1 + writer * each + i, 10), "program-1");
        _exit(0);
      } catch (const std::exception&) {
        _exit(1);
      }
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = -1;
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
  Database database(file.path());
  EXPECT_EQ(one(database.sqlite(), "SELECT count(*) FROM points"), 2 * each);
  EXPECT_EQ(one(database.sqlite(), "PRAGMA integrity_check"), "ok");
}

TEST(Database, AFullDiskIsSaidAndWhatIsStoredStays) {
  const test::TemporaryPath file("full.sqlite");
  Database database(file.path());
  const auto id = database.begin_sweep(sweep("a", {{"platform.spu.lanes", "grid"}}));
  const Json pages = one(database.sqlite(), "PRAGMA page_count");
  one(database.sqlite(), "PRAGMA max_page_count = " + std::to_string(pages.get<int>() + 8));
  int stored = 0;
  try {
    for (;; ++stored) database.add_point(id, point(stored, stored, 10), "program-1");
  } catch (const SqliteError& error) {
    EXPECT_TRUE(error.disk_full());
    EXPECT_THAT(error.what(), HasSubstr("full"));
  }
  EXPECT_GT(stored, 0);
  EXPECT_EQ(one(database.sqlite(), "SELECT count(*) FROM points"), stored);
  EXPECT_EQ(one(database.sqlite(), "SELECT count(*) FROM sweep_points"), stored);
  one(database.sqlite(), "PRAGMA max_page_count = 100000");
  database.add_point(id, point(stored, stored, 10), "program-1");
  EXPECT_EQ(one(database.sqlite(), "SELECT count(*) FROM points"), stored + 1);
}

TEST(Database, AnotherVersionOfTheSchemaIsRefused) {
  const test::TemporaryPath file("version.sqlite");
  Sqlite(file.path(), Sqlite::Access::write).execute("PRAGMA user_version = 99");
  try {
    const Database database(file.path());
    FAIL();
  } catch (const SqliteError& error) {
    EXPECT_THAT(error.what(), HasSubstr("its schema has version 99, this program writes version 1"));
  }
}

TEST(OutcomeHash, IsThatOfTheFiguresAlone) {
  Json slower = result(8, 1001), renamed = result(4, 1000);
  renamed["scenario"] = "t";
  renamed["host"]["total_s"] = 5;
  EXPECT_EQ(outcome_hash(result(8, 1000)), outcome_hash(renamed));
  EXPECT_NE(outcome_hash(result(8, 1000)), outcome_hash(slower));
}

}  // namespace
}  // namespace terse::results
