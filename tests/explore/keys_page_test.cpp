#include "explore/keys_page.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace terse::explore {
namespace {

TEST(KeysPage, TheCommittedPageIsFresh) {
  std::ifstream file(TERSE_SOURCE_DIR "/docs/explore_keys.md");
  std::ostringstream text;
  text << file.rdbuf();
  EXPECT_EQ(text.str(), keys_page()) << "terse explore keys > docs/explore_keys.md";
}

}  // namespace
}  // namespace terse::explore
