// A difference for people and for programs.
#include <fmt/format.h>

#include <cmath>

#include "platform/compare/difference.hpp"
#include "platform/report/rows.hpp"

namespace terse::compare {
namespace {

using Json = nlohmann::ordered_json;

constexpr double least_share = 0.001;  // of the cycles before: smaller causes are summed up

std::string value_text(const Json& value) {
  return value.is_null() ? "-" : value.is_string() ? value.get<std::string>() : value.dump();
}

std::string figures_text(const std::vector<Figure>& figures) {
  report::Rows rows{{"figure", "before", "after", "difference", "unit"}, {}};
  for (const auto& figure : figures) {
    const bool same = figure.before == figure.after;
    rows.rows.push_back({figure.name, figure.before, figure.after,
                         same ? "" : fmt::format("{:+.1f} %", 100 * figure.relative()), figure.unit});
  }
  return report::to_text(rows, report::Format::table);
}

std::string causes_text(const Difference& difference) {
  double before = 0, after = 0;
  for (const auto& figure : difference.figures) {
    if (figure.name == "cycles_per_inference") {
      before = figure.before;
      after = figure.after;
    }
  }
  if (before == 0) return "";
  std::string text =
      fmt::format("\ncycles per inference {:.0f} -> {:.0f}, {:+.1f} %", before, after, 100 * (after / before - 1));
  if (difference.layers.empty()) return text + "; the results have different layers, or no times: no causes\n";
  text += difference.causes.empty() ? "\n" : ", of which\n";
  double small = 0;
  for (const auto& cause : difference.causes) {
    const double share = cause.difference() / before;
    if (std::abs(share) < least_share) {
      small += share;
      continue;
    }
    text +=
        fmt::format("  {:+6.1f} %  {} {} ({:+.0f} cycles)\n", 100 * share, cause.unit, cause.cause, cause.difference());
  }
  if (std::abs(small) >= least_share / 10) text += fmt::format("  {:+6.2f} %  all others\n", 100 * small);
  return text;
}

std::string layers_text(const std::vector<LayerDifference>& layers) {
  report::Rows rows{{"layer", "before", "after", "difference", "unit followed", "greatest cause"}, {}};
  for (const auto& layer : layers) {
    if (layer.before == layer.after) continue;
    const Cause* most = nullptr;
    for (const auto& cause : layer.causes) {
      if (most == nullptr || std::abs(cause.difference()) > std::abs(most->difference())) most = &cause;
    }
    rows.rows.push_back({layer.name, layer.before, layer.after, layer.after - layer.before, layer.unit,
                         most == nullptr ? "" : fmt::format("{} {:+.0f}", most->cause, most->difference())});
  }
  return rows.rows.empty()
             ? ""
             : "\ncycles of the layers that differ, per inference\n" + report::to_text(rows, report::Format::table);
}

Json figure_json(const Figure& figure) {
  return {{"name", figure.name},
          {"unit", figure.unit},
          {"before", figure.before},
          {"after", figure.after},
          {"relative", figure.relative()}};
}

Json cause_json(const Cause& cause) {
  return {{"unit", cause.unit},
          {"cause", cause.cause},
          {"before", cause.before},
          {"after", cause.after},
          {"difference", cause.difference()}};
}

template <class List, class Make>
Json list_json(const List& list, Make make) {
  Json json = Json::array();
  for (const auto& entry : list) json.push_back(make(entry));
  return json;
}

}  // namespace

std::string to_text(const Difference& difference) {
  std::string text = fmt::format("before  {}\nafter   {}\n\n", difference.name_before, difference.name_after);
  if (difference.configuration.empty()) text += "the configurations are equal\n";
  for (const auto& change : difference.configuration)
    text += fmt::format("{}: {} -> {}\n", change.path, value_text(change.before), value_text(change.after));
  text += "\n" + figures_text(difference.figures) + causes_text(difference) + layers_text(difference.layers);
  if (!difference.energy.empty()) text += "\nenergy per inference by unit\n" + figures_text(difference.energy);
  return text;
}

Json to_json(const Difference& difference) {
  Json json;
  json["schema"] = "terse.comparison/1.0";
  json["before"] = difference.name_before;
  json["after"] = difference.name_after;
  json["configuration"] = list_json(difference.configuration, [](const Change& change) {
    return Json{{"path", change.path}, {"before", change.before}, {"after", change.after}};
  });
  json["figures"] = list_json(difference.figures, figure_json);
  json["causes"] = list_json(difference.causes, cause_json);
  json["layers"] = list_json(difference.layers, [](const LayerDifference& layer) {
    return Json{{"name", layer.name},
                {"unit", layer.unit},
                {"before", layer.before},
                {"after", layer.after},
                {"causes", list_json(layer.causes, cause_json)}};
  });
  json["energy"] = list_json(difference.energy, figure_json);
  return json;
}

std::string to_csv(const Difference& difference) {
  report::Rows rows{{"part", "name", "before", "after", "difference", "relative"}, {}};
  const auto add = [&](const char* part, const std::string& name, double before, double after) {
    rows.rows.push_back(
        {part, name, before, after, after - before, before == 0 ? Json(nullptr) : Json(after / before - 1)});
  };
  for (const auto& change : difference.configuration)
    rows.rows.push_back(
        {"configuration", change.path, value_text(change.before), value_text(change.after), nullptr, nullptr});
  for (const auto& figure : difference.figures) add("figure", figure.name, figure.before, figure.after);
  for (const auto& cause : difference.causes) add("cause", cause.unit + " " + cause.cause, cause.before, cause.after);
  for (const auto& layer : difference.layers) add("layer", layer.name, layer.before, layer.after);
  for (const auto& figure : difference.energy) add("energy", figure.name, figure.before, figure.after);
  return report::to_text(rows, report::Format::csv);
}

}  // namespace terse::compare
