// INSERT, UPDATE and DELETE.
#include <algorithm>

#include "orm/compile/compiler_impl.h"

namespace moonbase::compile {

namespace {

using expr::BindCursor;
using expr::Element;
using expr::Kind;

// An operator expression in SET is written in parentheses, to be told apart from the `=` before it.
bool is_operator(const Element& e) {
  return e.kind == Kind::kBinary || e.kind == Kind::kClauses || e.kind == Kind::kBetween;
}

}  // namespace

std::string Writer::write_insert(const expr::Insert& s, uint32_t at) {
  BindCursor binds(at);
  std::string text = "INSERT ";
  for (const std::string& prefix : s.prefixes) text += user_text(prefix) + " ";
  text += "INTO " + user_text(quote_table(traits_, *s.table));
  const bool has_columns = !s.columns.empty();
  if (has_columns) {
    text += " (";
    for (const schema::Column* c : s.columns)
      text += (c == s.columns.front() ? "" : ", ") + identifier(c->name);
    text += ")";
  }
  if (s.from_select) {
    select_needs_where_ = s.on_conflict.has_value();
    text += " " + write_select(*s.from_select, binds.take(s.from_select), Place::kTop);
    select_needs_where_ = false;
  } else if (has_columns) {
    text += insert_rows(s, binds);
  } else {
    text += " DEFAULT VALUES";
  }
  if (s.on_conflict) text += on_conflict_clause(*s.on_conflict, *s.table, binds);
  if (std::string key = returning_key(s); !key.empty()) return text + key;
  return text + returning_clause(s.returning, binds.take(s.returning), s.table->uid());
}

std::string Writer::returning_key(const expr::Insert& s) {
  const schema::Column* key = s.table->autoincrement_column();
  const bool is_wanted = !traits_.has_last_insert_id && s.returning.empty() && !s.from_select &&
                         s.rows.size() <= 1 && key != nullptr;
  if (!is_wanted || std::find(s.columns.begin(), s.columns.end(), key) != s.columns.end())
    return "";
  returns_key_ = true;
  return " RETURNING " + identifier(key->name);
}

std::string Writer::insert_rows(const expr::Insert& s, BindCursor& binds) {
  std::string text = " VALUES ";
  for (const auto& row : s.rows) {
    if (&row != &s.rows.front()) text += ", ";
    text += "(" + list(row, binds.take(row)) + ")";
  }
  return text;
}

std::string Writer::on_conflict_clause(const expr::OnConflict& c, const schema::Table& table,
                                       BindCursor& binds) {
  if (!traits_.has_on_conflict) unsupported("ON CONFLICT");
  std::string text = " ON CONFLICT";
  if (!c.constraint.empty()) {
    text += " ON CONSTRAINT " + identifier(c.constraint);
  } else if (!c.columns.empty()) {
    text += " (";
    for (const std::string& name : c.columns) {
      const schema::Column* column = table.find_column(name);
      text += (&name == &c.columns.front() ? "" : ", ") + identifier(column ? column->name : name);
    }
    text += ")";
    if (c.target_where) {
      bare_table_ = table.uid();
      text += " WHERE " + condition(*c.target_where, binds.next());
      bare_table_ = 0;
    }
  }
  binds.take(c.target_where);
  if (c.do_nothing) return text + " DO NOTHING";
  text += " DO UPDATE SET " + set_list(c.set, binds, " = ");
  if (c.where) text += " WHERE " + condition(*c.where, binds.next());
  binds.take(c.where);
  return text;
}

std::string Writer::set_list(
    const std::vector<std::pair<const schema::Column*, expr::ElementPtr>>& set, BindCursor& binds,
    std::string_view equals) {
  std::string text;
  for (const auto& [column, value] : set) {
    if (!text.empty()) text += ", ";
    text += identifier(column->name);
    text += equals;
    const std::string written = write(value, binds.take(value));
    text += is_operator(*value) ? "(" + written + ")" : written;
  }
  return text;
}

std::string Writer::write_update(const expr::Update& s, uint32_t at) {
  BindCursor binds(at);
  Scope scope{nullptr, {s.table->uid()}};
  for (const expr::FromPtr& f : s.from) add_scope(*f, scope);
  scope_ = &scope;
  std::string text =
      "UPDATE " + user_text(quote_table(traits_, *s.table)) + " SET " + set_list(s.set, binds, "=");
  const uint32_t from_at = binds.take(s.from), where_at = binds.take(s.where);
  if (!s.from.empty())
    text += " FROM " + from_list(s.from, from_at, std::vector<bool>(s.from.size(), false));
  if (!s.where.empty()) text += " WHERE " + conjunction(s.where, where_at);
  text +=
      returning_clause(s.returning, binds.take(s.returning), s.from.empty() ? s.table->uid() : 0);
  scope_ = nullptr;
  return text;
}

std::string Writer::write_delete(const expr::Delete& s, uint32_t at) {
  BindCursor binds(at);
  Scope scope{nullptr, {s.table->uid()}};
  for (const expr::FromPtr& f : s.using_) add_scope(*f, scope);
  scope_ = &scope;
  std::string text = "DELETE FROM " + user_text(quote_table(traits_, *s.table));
  const uint32_t using_at = binds.take(s.using_), where_at = binds.take(s.where);
  if (!s.using_.empty()) {
    // The same as DELETE … USING, which not every database has.
    text += " WHERE EXISTS (SELECT 1 \nFROM " +
            from_list(s.using_, using_at, std::vector<bool>(s.using_.size(), false));
    if (!s.where.empty()) text += " \nWHERE " + conjunction(s.where, where_at);
    text += ")";
  } else if (!s.where.empty()) {
    text += " WHERE " + conjunction(s.where, where_at);
  }
  text += returning_clause(s.returning, binds.take(s.returning), s.table->uid());
  scope_ = nullptr;
  return text;
}

std::string Writer::returning_clause(const std::vector<expr::ElementPtr>& columns, uint32_t at,
                                     uint64_t own_table) {
  if (columns.empty()) return "";
  if (!traits_.has_returning) unsupported("RETURNING");
  const std::vector<std::string> names = expr::column_names(columns);
  std::string text = " RETURNING ";
  bare_table_ = own_table;
  for (size_t i = 0; i < columns.size(); ++i) {
    if (i > 0) text += ", ";
    text += select_column(*columns[i], at, names[i]);
    at += columns[i]->bind_count;
  }
  bare_table_ = 0;
  return text;
}

}  // namespace moonbase::compile
