// FROM clauses: tables, aliases, joins, subqueries; anonymous names; correlation.
#include <algorithm>

#include "orm/base/error.h"
#include "orm/compile/compiler_impl.h"

namespace moonbase::compile {

namespace {

using base::Error;
using base::ErrorKind;
using expr::From;
using expr::FromKind;
using expr::FromPtr;
using expr::JoinKind;

}  // namespace

std::string Writer::from_name(const From& f) {
  if (!f.anonymous) return identifier(f.name);
  auto [it, is_new] = names_.try_emplace(f.id);
  if (is_new) {
    int& counter = counters_[f.name];
    do {
      it->second = f.name + "_" + std::to_string(++counter);
    } while (taken_.contains(it->second));
  }
  return identifier(it->second);
}

std::string Writer::qualifier(const From& f) {
  if (f.kind == FromKind::kTable) return user_text(quote_table(traits_, *f.table));
  if (f.kind == FromKind::kText && f.name.empty()) return user_text(f.column_names.front());
  return from_name(f);
}

// Finds the names that the statement gives itself, so that no anonymous one is the same.
void Writer::note_names(const expr::Statement& s) {
  if (!noted_.insert(&s).second) return;
  auto note = [this](const auto& self, const auto& part) -> void {
    using Part = std::decay_t<decltype(*part)>;
    if constexpr (std::is_same_v<Part, expr::Select>) {
      note_names(*part);
    } else if constexpr (std::is_same_v<Part, From>) {
      if (!noted_.insert(part.get()).second) return;
      note_name(*part);
      expr::for_each_part(*part, [&](const auto& inner) { self(self, inner); });
    } else {
      expr::visit(part, [this](const expr::Element& e) {
        if (e.select) note_names(*e.select);
      });
    }
  };
  expr::for_each_part(s, [&](const auto& part) { note(note, part); });
}

void Writer::note_name(const From& f) {
  if (!f.anonymous && !f.name.empty()) taken_.insert(f.name);
}

std::string Writer::write_from(const From& f, uint32_t at) {
  std::string text = f.lateral ? "LATERAL " : "";
  if (f.lateral && !traits_.has_lateral) unsupported("LATERAL subqueries");
  switch (f.kind) {
    case FromKind::kTable:
    case FromKind::kCte:
      return qualifier(f);
    case FromKind::kJoin:
      return write_join(f, at);
    case FromKind::kAlias:
      if (f.left->kind == FromKind::kSubquery) {
        text += "(" +
                write_select(*f.left->select, at, f.lateral ? Place::kLateral : Place::kFrom) + ")";
      } else {
        text += qualifier(*f.left);
      }
      break;
    case FromKind::kSubquery:
      text += "(" + write_select(*f.select, at, f.lateral ? Place::kLateral : Place::kFrom) + ")";
      break;
    case FromKind::kValues:
      text += write_values(f, at);
      break;
    case FromKind::kText:
      text += user_text(f.column_names.front());
      if (f.name.empty()) return text;
      break;
    case FromKind::kFunction:
      text += write(f.function, at);
      break;
  }
  return text + " AS " + from_name(f);
}

std::string Writer::write_join(const From& f, uint32_t at) {
  // A chain of joins leans to the left.
  std::vector<const From*> spine;
  const From* leftmost = &f;
  for (; leftmost->kind == FromKind::kJoin; leftmost = leftmost->left.get())
    spine.push_back(leftmost);
  std::string text = write_from(*leftmost, at);
  at += leftmost->bind_count;
  for (auto it = spine.rbegin(); it != spine.rend(); ++it) {
    const From& join = **it;
    switch (join.join_kind) {
      case JoinKind::kInner:
        text += " JOIN ";
        break;
      case JoinKind::kLeft:
        text += " LEFT OUTER JOIN ";
        break;
      case JoinKind::kFull:
        if (!traits_.has_full_join) unsupported("FULL OUTER JOIN");
        text += " FULL OUTER JOIN ";
        break;
      case JoinKind::kCross:
        text += " CROSS JOIN ";
        break;
    }
    const std::string right = write_from(*join.right, at);
    text += join.right->kind == FromKind::kJoin ? "(" + right + ")" : right;
    at += join.right->bind_count;
    if (!join.on) continue;
    text += join.join_kind == JoinKind::kCross ? "" : " ON " + condition(*join.on, at);
    at += join.on->bind_count;
  }
  return text;
}

// SQLite takes no column list behind an alias, so the columns get their names inside; `column1` is
// what both SQLite and PostgreSQL call the first column of VALUES.
std::string Writer::write_values(const From& f, uint32_t at) {
  std::string columns, rows;
  for (size_t i = 0; i < f.column_names.size(); ++i) {
    columns += (i == 0 ? "" : ", ") +
               ("column" + std::to_string(i + 1) + " AS " + identifier(f.column_names[i]));
  }
  for (const auto& row : f.rows) {
    rows += (rows.empty() ? "(" : ", (") + list(row, at) + ")";
    for (const expr::ElementPtr& item : row) at += item->bind_count;
  }
  return "(SELECT " + columns + " FROM (VALUES " + rows + ") AS rows)";
}

std::string Writer::from_list(const std::vector<FromPtr>& froms, uint32_t at,
                              const std::vector<bool>& skipped) {
  std::string text;
  for (size_t i = 0; i < froms.size(); ++i) {
    if (!skipped[i]) {
      if (!text.empty()) text += ", ";
      text += write_from(*froms[i], at);
    }
    at += froms[i]->bind_count;
  }
  return text;
}

void Writer::add_scope(const From& f, Scope& scope) {
  const From* side = &f;
  for (; side->kind == FromKind::kJoin; side = side->left.get()) add_scope(*side->right, scope);
  scope.froms.push_back(side->id);
}

std::vector<bool> Writer::correlated(const expr::Select& s, const Scope* enclosing,
                                     Place place) const {
  const std::vector<FromPtr>& froms = s.all_froms;
  std::vector<bool> skipped(froms.size(), false);
  if (enclosing == nullptr || s.correlate_none) return skipped;
  if (!s.correlate.empty() || s.correlate_except) {
    // What was asked for, wherever an enclosing statement provides it.
    for (size_t i = 0; i < froms.size(); ++i) {
      const auto is_it = [&](const FromPtr& f) { return f->id == froms[i]->id; };
      if (std::ranges::any_of(s.correlate, is_it) == s.correlate_except) continue;
      for (const Scope* scope = enclosing; scope != nullptr; scope = scope->outer) {
        if (std::ranges::count(scope->froms, froms[i]->id) > 0) skipped[i] = true;
      }
    }
    return skipped;
  }
  if (place == Place::kFrom || place == Place::kCte || froms.size() < 2) return skipped;
  for (size_t i = 0; i < froms.size(); ++i) {
    skipped[i] = std::ranges::count(enclosing->froms, froms[i]->id) > 0;
  }
  if (std::ranges::count(skipped, false) > 0) return skipped;
  throw Error(ErrorKind::kInvalidRequestError,
              "The subquery names no table but those of the enclosing statement, so nothing is "
              "left to select from")
      .with_hint(
          "alias one of its tables (db.aliased), or say with correlate(…) which ones are the outer "
          "query's");
}

}  // namespace moonbase::compile
