#include "orm/query/query.h"

#include <algorithm>

#include "orm/base/error.h"
#include "orm/base/text.h"
#include "orm/query/selectable.h"

namespace moonbase::query {

using base::Error;
using base::ErrorKind;
using expr::ElementPtr;
using expr::FromPtr;
using mapper::Direction;
using mapper::Mapper;
using mapper::Relationship;

Entity entity(const Mapper& mapper) { return {&mapper, mapper.from(), nullptr, mapper.name()}; }

Entity entity(const Mapper& mapper, FromPtr alias, std::string name) {
  return {&mapper, std::move(alias), nullptr, std::move(name)};
}

Entity entity(ElementPtr element) {
  std::string name;
  if (element->kind == expr::Kind::kLabel)
    name = element->name;
  else if (element->kind == expr::Kind::kColumn)
    name = element->column != nullptr ? element->column->key : element->name;
  else if (element->kind == expr::Kind::kFunction)
    name = element->name;
  return {nullptr, nullptr, std::move(element), std::move(name)};
}

Entity from_entity(FromPtr from) {
  std::string name = from->anonymous ? "" : from->name;
  return {nullptr, std::move(from), nullptr, std::move(name)};
}

namespace {

// The column of a table in a FROM clause: the table, an alias of it, a join or subquery that has
// it. Null for none.
ElementPtr find_table_column(const FromPtr& from, const schema::Column& c) {
  if (from->table) return expr::column(from, c);
  for (const FromPtr& side : sides_of(from)) {
    for (NamedColumn& column : columns_of(side)) {
      const schema::Column* base = base_column(*column.element);
      if (base == &c || (base != nullptr && base->table != nullptr && c.table != nullptr &&
                         base->name == c.name && base->table->uid() == c.table->uid()))
        return std::move(column.element);
    }
  }
  return find_column(from, c.key);
}

}  // namespace

ElementPtr table_column(const FromPtr& from, const schema::Column& c) {
  if (ElementPtr e = find_table_column(from, c)) return e;
  throw Error(ErrorKind::kInvalidRequestError,
              from_title(*from) + " has no column for " + c.full_name())
      .with_hint("select it inside");
}

// A query of a class may read columns of the classes below it, which it has no names for.
static std::string slot_name(const Mapper& mapper, int slot) {
  return mapper.has_slot(slot) ? mapper.attribute_at(slot).name : mapper.column(slot)->name;
}

ElementPtr find_attribute_element(const Mapper& mapper, const FromPtr& from, int slot) {
  if (from->id == mapper.from()->id) return mapper.element(slot);
  const schema::Column* c = mapper.column(slot);
  if (c != nullptr && from->table) {
    const mapper::TablePart* part =
        mapper.parts().size() > 1 && c->table->uid() != from->table->uid()
            ? mapper.part_in(from->table->full_name())
            : nullptr;
    if (part != nullptr) c = part->column(slot);
    return c != nullptr ? expr::column(from, *c) : nullptr;
  }
  if (c == nullptr) {
    // A class read from a subquery has its expressions there as columns.
    if (ElementPtr e = from->table ? nullptr : find_column(from, slot_name(mapper, slot))) return e;
    return seen_through(mapper.element(slot), mapper.from(), from);
  }
  const expr::Element& own = *mapper.element(slot);
  if (ElementPtr e = corresponding_column(from, own)) return e;
  if (own.column != nullptr && own.column != c)
    if (ElementPtr e = find_table_column(from, *own.column)) return e;
  if (ElementPtr e = find_table_column(from, *c)) return e;
  return find_column(from, slot_name(mapper, slot));
}

ElementPtr attribute_element(const Mapper& mapper, const FromPtr& from, int slot) {
  if (ElementPtr e = find_attribute_element(mapper, from, slot)) return e;
  throw Error(ErrorKind::kInvalidRequestError, from_title(*from) + " has no column for " +
                                                   mapper.name() + "." + slot_name(mapper, slot))
      .with_hint("select it inside");
}

ElementPtr class_criterion(const Mapper& mapper, const FromPtr& from) {
  if (mapper.base() == nullptr) return nullptr;
  const std::optional<std::vector<base::Value>> identities = mapper.class_identities();
  if (!identities) return nullptr;
  const ElementPtr column = find_attribute_element(mapper, from, mapper.discriminator());
  if (!column) return nullptr;
  std::vector<ElementPtr> items;
  for (const base::Value& identity : *identities)
    items.push_back(expr::bind(identity, mapper.type(mapper.discriminator())));
  return expr::in(column, std::move(items), false);
}

Extras& Query::change_extras() {
  auto made = extras ? std::make_shared<Extras>(*extras) : std::make_shared<Extras>();
  Extras& changed = *made;
  extras = std::move(made);
  return changed;
}

void Query::check_open(const char* method) const {
  const std::string call = std::string(method) + "()";
  if (extras && extras->statement)
    throw Error(ErrorKind::kInvalidRequestError,
                call + " cannot change a query that has its statement from from_statement()")
        .with_hint("write the condition into the statement, or select from it as a subquery");
  if (set)
    throw Error(ErrorKind::kInvalidRequestError,
                call + ": a union and the like take order_by, limit and offset alone")
        .with_hint("select from it: sub = union:subquery(); db.select(sub):where(sub.c.id:gt(1))");
  if (style == Style::kLegacy && (limit || offset))
    throw Error(ErrorKind::kInvalidRequestError,
                call + " after limit() or offset() would come before the cut")
        .with_hint("call " + std::string(method) +
                   " before limit, or go on from the cut rows: u = db.aliased(User, "
                   "query:subquery()); db.session:query(u):" +
                   method + "(…)");
}

void Query::add_where(ElementPtr condition, const char* method) {
  check_open(method);
  where.push_back(adapted(std::move(condition)));
}

Entity Query::adapted(Entity e) const {
  if (!extras || !extras->adapter) return e;
  if (e.mapper != nullptr) {
    e.from = extras->adapter->of(e.from);
  } else if (e.element) {
    e.element = extras->adapter->of(e.element);
  }
  return e;
}

const Entity& Query::primary_entity() const {
  if (join_point.mapper != nullptr) return join_point;
  for (const Entity& e : entities)
    if (e.mapper != nullptr) return e;
  throw Error(ErrorKind::kInvalidRequestError,
              "this query has no class that a bare name could belong to")
      .with_hint("use filter with a full name: filter(User.name:eq(x))");
}

ElementPtr Query::attribute(std::string_view name) const {
  if (join_point.mapper == nullptr && join_point.from) {
    if (ElementPtr e = find_column(join_point.from, name)) return e;
    std::vector<std::string> keys;
    for (NamedColumn& c : columns_of(join_point.from)) keys.push_back(std::move(c.key));
    throw Error(ErrorKind::kInvalidRequestError, from_title(*join_point.from) + " has no column " +
                                                     base::quote_for_message(name) +
                                                     base::did_you_mean(name, keys));
  }
  // A query of columns speaks of the class that its first column belongs to.
  const Entity* e = nullptr;
  if (join_point.mapper != nullptr) e = &join_point;
  for (const Entity& each : entities)
    if (e == nullptr && each.mapper != nullptr) e = &each;
  if (e == nullptr) {
    for (const Entity& each : entities) {
      if (each.element->kind != expr::Kind::kColumn || !each.element->from->table) continue;
      if (const schema::Column* c = each.element->from->table->find_column(name))
        return expr::column(each.element->from, *c);
    }
    primary_entity();
  }
  const mapper::Attribute& a = e->mapper->attribute(name);
  if (a.kind == mapper::Attribute::Kind::kRelationship)
    throw Error(ErrorKind::kInvalidRequestError,
                e->mapper->name() + "." + a.name + " is a relationship, not a column");
  return attribute_element(*e->mapper, e->from, a.slot);
}

}  // namespace moonbase::query
