// EXPLAIN (FORMAT JSON) as the steps that EXPLAIN's own text shows.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "orm/base/error.h"
#include "orm/base/text.h"
#include "orm/dialect/postgresql/postgresql_dialect.h"

namespace moonbase::dialect::postgresql {

namespace {

using Json = nlohmann::json;

std::string text_of(const Json& node, const char* key) {
  auto it = node.find(key);
  return it != node.end() && it->is_string() ? it->get<std::string>() : std::string();
}

double number_of(const Json& node, const char* key) {
  auto it = node.find(key);
  return it != node.end() && it->is_number() ? it->get<double>() : 0;
}

// "Index Scan using ix_user_email on user u"
std::string heading(const Json& node) {
  std::string out = text_of(node, "Node Type");
  std::string join = text_of(node, "Join Type");
  if (!join.empty() && join != "Inner") {
    size_t space = out.rfind(' ');
    bool has_word = space != out.npos && out.substr(space) == " Join";
    out = has_word ? fmt::format("{} {} Join", out.substr(0, space), join)
                   : fmt::format("{} {} Join", out, join);
  }
  std::string index = text_of(node, "Index Name"), relation = text_of(node, "Relation Name");
  std::string alias = text_of(node, "Alias");
  if (!index.empty()) out += (relation.empty() ? " on " : " using ") + index;
  if (!relation.empty()) out += " on " + relation;
  if (!alias.empty() && alias != relation) out += " " + alias;
  return out;
}

std::string costs(const Json& node) {
  std::string out = fmt::format("  (cost={:.2f}..{:.2f} rows={:.0f} width={:.0f})",
                                number_of(node, "Startup Cost"), number_of(node, "Total Cost"),
                                number_of(node, "Plan Rows"), number_of(node, "Plan Width"));
  if (!node.contains("Actual Loops")) return out;
  return out + fmt::format(" (actual time={:.3f}..{:.3f} rows={:.0f} loops={:.0f})",
                           number_of(node, "Actual Startup Time"),
                           number_of(node, "Actual Total Time"), number_of(node, "Actual Rows"),
                           number_of(node, "Actual Loops"));
}

std::string conditions(const Json& node) {
  std::string out;
  for (const char* key : {"Index Cond", "Recheck Cond", "Hash Cond", "Merge Cond", "Join Filter",
                          "Filter", "TID Cond"}) {
    std::string condition = text_of(node, key);
    if (!condition.empty()) out += fmt::format("; {}: {}", key, condition);
  }
  for (const char* key : {"Sort Key", "Group Key"}) {
    auto it = node.find(key);
    if (it == node.end() || !it->is_array()) continue;
    std::vector<std::string> parts;
    for (const Json& part : *it) {
      if (part.is_string()) parts.push_back(part.get<std::string>());
    }
    out += fmt::format("; {}: {}", key, base::join(parts, ", "));
  }
  return out;
}

void add_steps(const Json& node, int64_t parent, std::vector<PlanStep>& steps) {
  auto id = static_cast<int64_t>(steps.size()) + 1;
  steps.push_back({id, parent, heading(node) + conditions(node) + costs(node)});
  auto children = node.find("Plans");
  if (children == node.end() || !children->is_array()) return;
  for (const Json& child : *children) add_steps(child, id, steps);
}

}  // namespace

std::vector<PlanStep> read_plan(std::string_view json) {
  Json answer = Json::parse(json.begin(), json.end(), nullptr, /*allow_exceptions=*/false);
  bool has_plan =
      answer.is_array() && !answer.empty() && answer[0].is_object() && answer[0].contains("Plan");
  if (!has_plan) {
    throw base::Error(
        base::ErrorKind::kInternalError,
        "EXPLAIN answered with something else than a plan: " + base::quote_for_message(json));
  }
  std::vector<PlanStep> steps;
  add_steps(answer[0]["Plan"], 0, steps);
  return steps;
}

}  // namespace moonbase::dialect::postgresql
