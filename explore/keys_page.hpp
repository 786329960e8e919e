// The reference page of a grid's keys, docs/explore_keys.md.
#pragma once

#include <string>

namespace terse::explore {

/// Markdown.
std::string keys_page();

}  // namespace terse::explore
