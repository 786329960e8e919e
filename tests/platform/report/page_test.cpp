// The page with data in it.
#include "platform/report/page.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace terse::report {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// What stands in the page's data element.
nlohmann::json data_in(const std::string& html) {
  const std::string opening = "<script id=\"report-data\" type=\"application/json\">";
  const std::size_t begin = html.find(opening) + opening.size();
  return nlohmann::json::parse(html.substr(begin, html.find("</script>", begin) - begin));
}

TEST(Page, HoldsTheData) {
  const nlohmann::ordered_json data = {{"kind", "run"}, {"result", {{"name", "a"}, {"list", {1, 2, 3}}}}};
  EXPECT_EQ(data_in(page(data)), nlohmann::json(data));
}

TEST(Page, DataCannotEndItsElement) {
  const nlohmann::ordered_json data = {{"kind", "run"}, {"name", "</script><script>alert(1)</script>"}};
  const std::string html = page(data);
  EXPECT_EQ(data_in(html).at("name"), data.at("name"));
  EXPECT_THAT(html, Not(HasSubstr("<script>alert")));
}

TEST(Page, NeedsNoOtherFile) {
  const std::string html = page({{"kind", "run"}});
  EXPECT_THAT(html, Not(HasSubstr("@TERSE_REPORT_DATA@")));
  const std::string head = html.substr(0, html.find("<style>"));
  for (const char* reference : {"<link", "<img", "<iframe", " src="}) EXPECT_THAT(head, Not(HasSubstr(reference)));
  EXPECT_THAT(html, Not(HasSubstr("<script src")));
  EXPECT_THAT(html, Not(HasSubstr("@import")));
}

}  // namespace
}  // namespace terse::report
