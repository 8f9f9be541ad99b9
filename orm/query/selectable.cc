#include "orm/query/selectable.h"

#include <algorithm>

namespace moonbase::query {

using expr::Element;
using expr::ElementPtr;
using expr::From;
using expr::FromKind;
using expr::FromPtr;
using expr::Kind;
using expr::Select;

namespace {

// What an alias of a subquery names.
const From& source_of(const From& from) {
  return from.kind == FromKind::kAlias ? *from.left : from;
}

const Select& first_part(const Select& select) {
  const Select* first = &select;
  while (!first->parts.empty()) first = first->parts.front().get();
  return *first;
}

// The column inside a SELECT's item that still goes by its own name: `user.name`, or `user.name AS
// user_name`, the label that queries of a class make. Null for other expressions and for labels of
// the user's.
const schema::Column* plain_column(const Element& item) {
  const Element* e = &item;
  if (e->kind == Kind::kLabel) e = e->args[0].get();
  if (e->kind != Kind::kColumn || e->column == nullptr) return nullptr;
  const bool keeps_name =
      e == &item || (e->from && item.name == e->from->name + "_" + e->column->name);
  return keeps_name ? e->column : nullptr;
}

// Of two columns with one key the second goes by the name it has in the SQL.
void add_column(std::vector<NamedColumn>& columns, std::string key, const std::string& name,
                ElementPtr element) {
  const auto same = [&](const NamedColumn& column) { return column.key == key; };
  if (std::ranges::any_of(columns, same)) key = name;
  columns.push_back({std::move(key), std::move(element)});
}

// Calls `add(key, name, item)` for each column of the SELECT; `item` is null for those of a star.
template <class Add>
void each_column(const Select& select, Add add) {
  const Select& first = first_part(select);
  const std::vector<std::string> names = expr::column_names(first.columns);
  for (size_t i = 0; i < names.size(); ++i) {
    const ElementPtr& item = first.columns[i];
    if (item->kind == Kind::kStar && item->from && item->from->table) {
      for (const schema::Column& c : item->from->table->columns())
        add(c.key, c.name, expr::column(item->from, c));
    } else if (!names[i].empty()) {
      const schema::Column* column = plain_column(*item);
      add(column != nullptr ? column->key : names[i], names[i], item);
    }
  }
}

const Element& unlabelled(const Element& e) {
  return e.kind == Kind::kLabel ? unlabelled(*e.args[0]) : e;
}

bool is_same_column(const Element& a, const Element& b) {
  return a.from && b.from && a.from->id == b.from->id && a.column_name() == b.column_name();
}

bool stands_for(const Element& item, const Element& inner);

// Whether the column `name` of the FROM clause is `inner` at bottom.
bool column_stands_for(const From& from, const std::string& name, const Element& inner) {
  const From& source = source_of(from);
  if (!source.select) return false;
  std::vector<const Select*> work = {source.select.get()};
  // In a compound any part may bring it, at the position that the first part names.
  std::vector<const Select*> parts;
  while (!work.empty()) {
    const Select* s = work.back();
    work.pop_back();
    if (s->parts.empty()) parts.push_back(s);
    for (auto part = s->parts.rbegin(); part != s->parts.rend(); ++part)
      work.push_back(part->get());
  }
  const std::vector<std::string> names = expr::column_names(*source.select);
  const auto at = std::ranges::find(names, name) - names.begin();
  return std::ranges::any_of(parts, [&](const Select* part) {
    const size_t i = static_cast<size_t>(at);
    return i < part->columns.size() && stands_for(*part->columns[i], inner);
  });
}

bool stands_for(const Element& item, const Element& inner) {
  const Element& e = unlabelled(item);
  if (e.kind != Kind::kColumn) return false;
  return is_same_column(e, inner) || (e.from && column_stands_for(*e.from, e.column_name(), inner));
}

}  // namespace

std::vector<NamedColumn> columns_of(const FromPtr& from) {
  std::vector<NamedColumn> out;
  if (from->table) {
    for (const schema::Column& c : from->table->columns())
      out.push_back({c.key, expr::column(from, c)});
    return out;
  }
  const From& source = source_of(*from);
  if (source.select) {
    each_column(*source.select,
                [&](std::string key, const std::string& name, const ElementPtr& item) {
                  add_column(out, std::move(key), name, expr::column(from, name, item->type));
                });
  } else if (source.kind == FromKind::kValues || source.kind == FromKind::kFunction) {
    for (size_t i = 0; i < source.column_names.size(); ++i) {
      const std::string& name = source.column_names[i];
      out.push_back({name, expr::column(from, name, source.column_types[i])});
    }
  }
  return out;
}

std::vector<NamedColumn> selected_columns(const Select& select) {
  std::vector<NamedColumn> out;
  each_column(select, [&](std::string key, const std::string& name, const ElementPtr& item) {
    add_column(out, std::move(key), name, item);
  });
  return out;
}

bool has_unknown_columns(const From& from) {
  const From& source = source_of(from);
  return source.kind == FromKind::kText ||
         (source.kind == FromKind::kFunction && source.column_names.empty());
}

ElementPtr find_column(const FromPtr& from, std::string_view name) {
  if (from->table) {
    const schema::Column* column = from->table->find_column(name);
    return column != nullptr ? expr::column(from, *column) : nullptr;
  }
  if (has_unknown_columns(*from)) return expr::column(from, std::string(name), types::null());
  const std::vector<NamedColumn> columns = columns_of(from);
  for (const NamedColumn& column : columns) {
    if (column.key == name) return column.element;
  }
  for (const NamedColumn& column : columns) {
    if (column.element->name == name) return column.element;
  }
  return nullptr;
}

ElementPtr corresponding_column(const FromPtr& from, const Element& inner) {
  for (const FromPtr& side : sides_of(from)) {
    if (!source_of(*side).select) continue;
    for (NamedColumn& column : columns_of(side)) {
      if (column_stands_for(*side, column.element->name, inner)) return std::move(column.element);
    }
  }
  return nullptr;
}

const schema::Column* base_column(const Element& e) {
  const Element& item = unlabelled(e);
  if (item.kind != Kind::kColumn || !item.from) return nullptr;
  if (item.column != nullptr) return item.column;
  const From& source = source_of(*item.from);
  if (!source.select) return nullptr;
  const Select& first = first_part(*source.select);
  const std::vector<std::string> names = expr::column_names(first.columns);
  const auto at = std::ranges::find(names, item.name);
  if (at == names.end()) return nullptr;
  return base_column(*first.columns[static_cast<size_t>(at - names.begin())]);
}

bool from_contains(const FromPtr& tree, uint64_t id) {
  if (!tree) return false;
  if (tree->id == id) return true;
  if (tree->kind == FromKind::kJoin)
    return from_contains(tree->left, id) || from_contains(tree->right, id);
  return false;
}

std::vector<FromPtr> sides_of(const FromPtr& tree) {
  if (tree->kind != FromKind::kJoin) return {tree};
  std::vector<FromPtr> out = sides_of(tree->left);
  for (FromPtr& side : sides_of(tree->right)) out.push_back(std::move(side));
  return out;
}

ElementPtr seen_through(ElementPtr e, const FromPtr& table, const FromPtr& from) {
  if (table->id == from->id) return e;
  const std::vector<FromPtr> sides = sides_of(table), others = sides_of(from);
  if (sides.size() != others.size()) return expr::replace_from(e, *table, from);
  for (size_t i = 0; i < sides.size(); ++i) e = expr::replace_from(e, *sides[i], others[i]);
  return e;
}

FromPtr alias_of(const FromPtr& from, const std::string& name, uint64_t identity) {
  if (from->kind != FromKind::kJoin) return expr::alias(from, name, identity);
  const auto side = [&](const FromPtr& of, uint64_t number) {
    const std::string its =
        name.empty() || of->kind == FromKind::kJoin ? name : name + "_" + of->name;
    return alias_of(of, its, identity == 0 ? 0 : identity * 31 + number);
  };
  const FromPtr left = side(from->left, 1), right = side(from->right, 2);
  ElementPtr on = seen_through(seen_through(from->on, from->left, left), from->right, right);
  return expr::join(left, right, std::move(on), from->join_kind,
                    identity == 0 ? expr::new_identity() : identity);
}

bool overlap(const FromPtr& one, const FromPtr& other) {
  return std::ranges::any_of(
      sides_of(one), [&other](const FromPtr& side) { return from_contains(other, side->id); });
}

std::string from_title(const From& from) {
  if (from.kind == FromKind::kTable) return from.table->name();
  if (!from.anonymous && !from.name.empty()) return from.name;
  if (from.table) return "an alias of " + from.table->name();
  return from.kind == FromKind::kCte ? "the CTE" : "the subquery";
}

}  // namespace moonbase::query
