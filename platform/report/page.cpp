#include "platform/report/page.hpp"

#include <stdexcept>
#include <string_view>

// The bundled page, from page.S.
extern "C" const char terse_report_page_begin[], terse_report_page_end[];

namespace terse::report {
namespace {

/// Stands in the page where the data goes.
constexpr std::string_view placeholder = "@TERSE_REPORT_DATA@";

std::string_view bundled() {
  return {terse_report_page_begin, static_cast<std::size_t>(terse_report_page_end - terse_report_page_begin)};
}

/// JSON that no browser takes for the end of its script element.
std::string text_of(const nlohmann::ordered_json& data) {
  std::string text = data.dump();
  for (std::size_t at = text.find('<'); at != std::string::npos; at = text.find('<', at))
    text.replace(at, 1, "\\u003c");
  return text;
}

}  // namespace

bool has_page() {
  return !bundled().empty();
}

std::string page(const nlohmann::ordered_json& data) {
  const std::size_t place = bundled().find(placeholder);
  if (place == std::string_view::npos) throw std::logic_error("the bundled page has no place for data");
  std::string text(bundled().substr(0, place));
  text += text_of(data);
  text += bundled().substr(place + placeholder.size());
  return text;
}

}  // namespace terse::report
