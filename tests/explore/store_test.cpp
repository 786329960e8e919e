#include "explore/store.hpp"

#include <gtest/gtest.h>

#include "tests/support/temporary_path.hpp"

namespace terse::explore {
namespace {

TEST(Store, KeepsNetworksByHashAndGridsTheyBelongTo) {
  const test::TemporaryPath file("explore.sqlite");
  const nlohmann::ordered_json result{{"accuracy", 80.5}, {"bits_per_weight", 2.5}};
  {
    Store store(file.path());
    EXPECT_FALSE(store.has("h"));
    store.add_failure("one", "h", Experiment(), "killed");
    store.add("one", "h", Experiment(), false, "f", result);
    store.add_member("two", "h");
  }
  Store store(file.path());
  EXPECT_TRUE(store.has("h"));
  results::Statement statement(store.sqlite(), "SELECT grid, accuracy, pattern, float_hash FROM points ORDER BY grid");
  for (const char* grid : {"one", "two"}) {
    ASSERT_TRUE(statement.step());
    EXPECT_EQ(statement.value(0), grid);
    EXPECT_EQ(statement.value(1), 80.5);
    EXPECT_EQ(statement.value(2), "unstructured");
    EXPECT_EQ(statement.value(3), "f");
  }
  EXPECT_FALSE(statement.step());
  results::Statement failures(store.sqlite(), "SELECT count(*) FROM failures");
  failures.step();
  EXPECT_EQ(failures.value(0), 0) << "a network that was trained after all did not fail";
}

}  // namespace
}  // namespace terse::explore
