// SELECT and compounds of it.
#include <utility>

#include "orm/base/error.h"
#include "orm/compile/compiler_impl.h"

namespace moonbase::compile {

namespace {

using base::Error;
using base::ErrorKind;
using expr::Element;
using expr::ElementPtr;
using expr::Kind;
using expr::Op;
using expr::Select;
using expr::SetOp;

std::string_view set_operator(SetOp op) {
  switch (op) {
    case SetOp::kNone:
      break;
    case SetOp::kUnion:
      return " UNION ";
    case SetOp::kUnionAll:
      return " UNION ALL ";
    case SetOp::kIntersect:
      return " INTERSECT ";
    case SetOp::kIntersectAll:
      return " INTERSECT ALL ";
    case SetOp::kExcept:
      return " EXCEPT ";
    case SetOp::kExceptAll:
      return " EXCEPT ALL ";
  }
  return " ";
}

const Select& first_part(const Select& s) {
  const Select* first = &s;
  while (!first->parts.empty()) first = first->parts.front().get();
  return *first;
}

// Columns that SQL names without AS.
bool names_itself(const Element& e) {
  return e.kind == Kind::kColumn || e.kind == Kind::kLiteralColumn || e.kind == Kind::kText ||
         e.kind == Kind::kStar;
}

}  // namespace

std::string Writer::write_select(const Select& s, uint32_t at, Place place) {
  const Scope* enclosing = place == Place::kTop ? nullptr : scope_;
  // A subquery in FROM sees what encloses the whole statement; a lateral one, or one in an
  // expression, its neighbours. For a CTE that is what encloses the SELECT that defines it.
  if (place == Place::kFrom && enclosing != nullptr) enclosing = enclosing->outer;
  const Scope* saved_scope = scope_;
  const Labels* saved_labels = labels_;
  // Inside, another FROM may have a column of the same name.
  const uint64_t saved_bare_table = std::exchange(bare_table_, 0);
  scope_ = enclosing;
  labels_ = nullptr;
  const std::vector<PlacedCte> nested = new_nested_ctes(s, at);
  std::string text = with_clause(nested);
  text += s.parts.empty() ? simple_select(s, at, enclosing, place) : compound(s, at, place);
  for (const PlacedCte& placed : nested) defined_ctes_.erase(placed.cte->id);
  bare_table_ = saved_bare_table;
  scope_ = saved_scope;
  labels_ = saved_labels;
  return text;
}

std::vector<Writer::PlacedCte> Writer::new_nested_ctes(const Select& s, uint32_t at) const {
  std::vector<PlacedCte> out;
  if (s.nested_ctes.empty()) return out;
  uint32_t count = 0;
  for (const expr::FromPtr& cte : s.nested_ctes) count += cte->select->bind_count;
  // They are the last of its parts.
  expr::BindCursor binds(at + s.bind_count - count);
  for (const expr::FromPtr& cte : s.nested_ctes) {
    const uint32_t first = binds.take(cte->select);
    if (!defined_ctes_.contains(cte->id)) out.push_back({cte, first});
  }
  return out;
}

std::string Writer::simple_select(const Select& s, uint32_t at, const Scope* enclosing,
                                  Place place) {
  if (s.text) return write(s.text, at);
  const std::vector<bool> skipped = correlated(s, enclosing, place);
  Scope scope{enclosing, {}};
  for (size_t i = 0; i < skipped.size(); ++i) {
    if (!skipped[i]) add_scope(*s.all_froms[i], scope);
  }
  expr::BindCursor binds(at);
  const uint32_t columns_at = binds.take(s.columns), distinct_at = binds.take(s.distinct_on);
  const uint32_t froms_at = binds.take(s.all_froms), where_at = binds.take(s.where);
  const uint32_t group_at = binds.take(s.group_by), having_at = binds.take(s.having);
  const uint32_t order_at = binds.take(s.order_by), limit_at = binds.take(s.limit),
                 offset_at = binds.take(s.offset);

  scope_ = &scope;
  const Labels labels{&s.columns, expr::column_names(s.columns), columns_at, false};
  std::string text = "SELECT ";
  for (const std::string& prefix : s.prefixes) text += user_text(prefix) + " ";
  if (!s.distinct_on.empty()) {
    if (!traits_.has_distinct_on) unsupported("DISTINCT ON");
    text += "DISTINCT ON (" + list(s.distinct_on, distinct_at) + ") ";
  } else if (s.distinct) {
    text += "DISTINCT ";
  }
  text += select_list(s, columns_at, labels.names, place);
  if (const std::string froms = from_list(s.all_froms, froms_at, skipped); !froms.empty())
    text += " \nFROM " + froms;
  if (!s.where.empty()) {
    text += " \nWHERE " + conjunction(s.where, where_at);
  } else if (select_needs_where_ && place == Place::kTop && !s.all_froms.empty()) {
    text += " \nWHERE 1 = 1";
  }
  labels_ = &labels;
  if (!s.group_by.empty()) text += " GROUP BY " + order_list(s.group_by, group_at, false);
  if (!s.having.empty()) text += " \nHAVING " + conjunction(s.having, having_at);
  if (!s.order_by.empty()) text += " ORDER BY " + order_list(s.order_by, order_at, true);
  text += limit_clause(s, limit_at, offset_at);
  if (s.for_update) text += for_update_clause(*s.for_update);
  for (const std::string& suffix : s.suffixes) text += " " + user_text(suffix);
  return text;
}

std::string Writer::compound(const Select& s, uint32_t at, Place place) {
  if (s.set_op == SetOp::kIntersectAll || s.set_op == SetOp::kExceptAll) {
    const std::string_view spaced = set_operator(s.set_op);
    if (!traits_.has_set_all) unsupported(spaced.substr(1, spaced.size() - 2));
  }
  expr::BindCursor binds(at);
  std::string text;
  for (const expr::SelectPtr& part : s.parts) {
    if (!text.empty()) text += set_operator(s.set_op);
    text += compound_part(*part, binds.take(part), place, &part == &s.parts.front());
  }
  const Select& first = first_part(s);
  const Labels labels{&first.columns, expr::column_names(first.columns), 0, true};
  labels_ = &labels;
  const uint32_t order_at = binds.take(s.order_by), limit_at = binds.take(s.limit),
                 offset_at = binds.take(s.offset);
  if (!s.order_by.empty()) text += " ORDER BY " + order_list(s.order_by, order_at, true);
  return text + limit_clause(s, limit_at, offset_at);
}

std::string Writer::compound_part(const Select& s, uint32_t at, Place place, bool is_first) {
  const Scope* saved = scope_;
  const Labels* saved_labels = labels_;
  labels_ = nullptr;
  std::string text = s.parts.empty() ? simple_select(s, at, saved, place) : compound(s, at, place);
  scope_ = saved;
  labels_ = saved_labels;
  // Parts with an order, a limit or parts of their own would give those to the whole.
  const bool cuts = !s.order_by.empty() || s.limit || s.offset || s.for_update;
  // Without parentheses all operators are of one rank and lean to the left.
  const bool leans = is_first && !traits_.compound_parentheses;
  if (!cuts && (s.parts.empty() || leans)) return text;
  return traits_.compound_parentheses ? "(" + text + ")" : "SELECT * FROM (" + text + ")";
}

std::string Writer::select_list(const Select& s, uint32_t at, const std::vector<std::string>& names,
                                Place place) {
  if (s.columns.empty()) {
    // EXISTS asks for no column.
    if (place == Place::kExpression) return "1";
    throw Error(ErrorKind::kCompileError, "A SELECT needs at least one column");
  }
  std::string text;
  for (size_t i = 0; i < s.columns.size(); ++i) {
    if (i > 0) text += ", ";
    text += select_column(*s.columns[i], at, names[i]);
    at += s.columns[i]->bind_count;
  }
  return text;
}

std::string Writer::select_column(const Element& e, uint32_t at, const std::string& name) {
  std::string text = write(e, at);
  if (names_itself(e) && (name.empty() || e.kind != Kind::kColumn || name == e.column_name()))
    return text;
  return text + " AS " + identifier(name);
}

std::string Writer::order_list(const std::vector<ElementPtr>& items, uint32_t at,
                               bool labels_by_name) {
  std::string text;
  for (const ElementPtr& item : items) {
    if (&item != &items.front()) text += ", ";
    text += order_item(*item, at, labels_by_name);
    at += item->bind_count;
  }
  return text;
}

std::string Writer::order_item(const Element& e, uint32_t at, bool labels_by_name) {
  if (e.kind == Kind::kOrdering) {
    std::string text = order_item(*e.args[0], at, labels_by_name);
    if (e.op == Op::kNullsFirst || e.op == Op::kNullsLast)
      return write_nulls_order(e, std::move(text));
    return text + " " + std::string(expr::op_info(e.op).symbol);
  }
  if (e.kind == Kind::kLabelRef) return label_reference(e);
  if (labels_ != nullptr && labels_by_name && (e.kind == Kind::kLabel || labels_->only_names)) {
    const int i = labelled_column(e);
    if (i >= 0) return identifier(labels_->names[static_cast<size_t>(i)]);
  }
  return write(e, at);
}

std::string Writer::write_nulls_order(const Element& e, std::string text) {
  const bool first = e.op == Op::kNullsFirst;
  if (traits_.has_nulls_order) return text + (first ? " NULLS FIRST" : " NULLS LAST");
  std::string_view plain = text;
  for (std::string_view direction : {" ASC", " DESC"}) {
    if (plain.ends_with(direction)) plain.remove_suffix(direction.size());
  }
  return "CASE WHEN (" + std::string(plain) + " IS NULL) THEN " +
         (first ? "0 ELSE 1" : "1 ELSE 0") + " END, " + text;
}

int Writer::labelled_column(const Element& e) const {
  int found = -1;
  for (size_t i = 0; i < labels_->columns->size(); ++i) {
    const Element& column = *(*labels_->columns)[i];
    const bool is_it =
        column.hash == e.hash ||
        (column.kind == Kind::kLabel && column.args[0]->hash == e.hash && labels_->only_names);
    if (!is_it) continue;
    // Two of one shape may differ in their values: the name would not say which one is meant.
    if (found >= 0) return -1;
    found = static_cast<int>(i);
  }
  return found;
}

std::string Writer::label_reference(const Element& e) {
  if (labels_ == nullptr) return identifier(e.name);
  for (size_t i = 0; i < labels_->names.size(); ++i) {
    if (labels_->names[i] == e.name && (*labels_->columns)[i]->kind != Kind::kColumn)
      return identifier(e.name);
  }
  for (size_t i = 0; i < labels_->names.size(); ++i) {
    const Element& column = *(*labels_->columns)[i];
    const Element& inner = column.kind == Kind::kLabel ? *column.args[0] : column;
    if (inner.kind != Kind::kColumn) continue;
    if (inner.column_name() != e.name && !(inner.column && inner.column->key == e.name)) continue;
    if (column.kind == Kind::kColumn && !labels_->only_names) return write_column(column);
    return identifier(labels_->names[i]);
  }
  throw Error(ErrorKind::kCompileError,
              "'" + e.name + "' is neither a label nor a column of this SELECT")
      .with_hint("order or group by the column itself, or by db.text '" + e.name + "'");
}

std::string Writer::limit_clause(const Select& s, uint32_t limit_at, uint32_t offset_at) {
  std::string text;
  if (s.limit) {
    text = "\n LIMIT " + write(s.limit, limit_at);
  } else if (s.offset && traits_.limit_needs_value_for_offset) {
    text = "\n LIMIT -1";
  }
  if (s.offset) text += (text.empty() ? "\n OFFSET " : " OFFSET ") + write(s.offset, offset_at);
  return text;
}

std::string Writer::for_update_clause(const expr::ForUpdate& lock) {
  // A dialect without row locks locks more than was asked for, by itself.
  if (!traits_.has_for_update) return "";
  std::string text = lock.key_share ? (lock.read ? " FOR KEY SHARE" : " FOR NO KEY UPDATE")
                                    : (lock.read ? " FOR SHARE" : " FOR UPDATE");
  for (const expr::FromPtr& f : lock.of)
    text += (&f == &lock.of.front() ? " OF " : ", ") + from_name(*f);
  if (lock.nowait) text += " NOWAIT";
  if (lock.skip_locked) text += " SKIP LOCKED";
  return text;
}

}  // namespace moonbase::compile
