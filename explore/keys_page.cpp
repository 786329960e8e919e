#include "explore/keys_page.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "explore/experiment.hpp"
#include "platform/configuration/section.hpp"

namespace terse::explore {

namespace {

/// `|` separates cells.
std::string cell(std::string text) {
  for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2) text.insert(at, "\\");
  return text;
}

std::string row(const std::string& section, const BoundParameter& parameter) {
  const std::string range = configuration::range_text(parameter);
  const std::string value = configuration::value_text(parameter);
  return fmt::format("| `{}.{}` | {}{} | {} | {} | {} |\n", section, parameter.description.name,
                     configuration::type_text(parameter), range.empty() ? "" : ": " + cell(range),
                     value.empty() ? "" : "`" + value + "`", parameter.description.unit,
                     cell(parameter.description.sentence));
}

}  // namespace

std::string keys_page() {
  Experiment experiment;
  std::string page =
      "# Keys of a grid\n\n"
      "Made by `terse explore keys`. What they are for: [explore.md](explore.md). Beside them a grid has `name`, "
      "`description`, `seed` (of weights,\norder of images, augmentation and chance; the same seed, the same bits) and "
      "`sweep` ([sweeps.md](sweeps.md)).\n";
  for (auto& [section, parameters] : experiment_sections(experiment)) {
    page += fmt::format("\n## {}\n\n| key | value | default | unit | |\n|---|---|---|---|---|\n", section);
    for (const BoundParameter& parameter : parameters) page += row(section, parameter);
  }
  return page;
}

}  // namespace terse::explore
