#include "orm/query/from_statement.h"

#include <algorithm>

#include "orm/base/error.h"
#include "orm/base/text.h"

namespace moonbase::query {

using base::Error;
using base::ErrorKind;
using expr::Element;
using expr::ElementPtr;
using expr::Kind;
using mapper::Mapper;

namespace {

// What the statement says its columns are; none when it does not say.
const std::vector<ElementPtr>& said_columns(const expr::Statement& s) {
  static const std::vector<ElementPtr> kNone;
  switch (s.kind) {
    case expr::StatementKind::kSelect: {
      const auto* select = static_cast<const expr::Select*>(&s);
      while (!select->parts.empty()) select = select->parts.front().get();
      return select->columns;
    }
    case expr::StatementKind::kInsert:
      return static_cast<const expr::Insert&>(s).returning;
    case expr::StatementKind::kUpdate:
      return static_cast<const expr::Update&>(s).returning;
    case expr::StatementKind::kDelete:
      return static_cast<const expr::Delete&>(s).returning;
    case expr::StatementKind::kText:
      return static_cast<const expr::TextStatement&>(s).columns;
  }
  return kNone;
}

class ColumnFinder {
 public:
  ColumnFinder(const expr::Statement& statement, const std::vector<std::string>& names)
      : said_(said_columns(statement)), names_(names) {}

  // The position of the column, or -1.
  int find(const Element& wanted) const {
    if (said_.size() == names_.size()) {
      for (size_t i = 0; i < said_.size(); ++i)
        if (is_same(*said_[i], wanted)) return static_cast<int>(i);
    }
    if (wanted.kind != Kind::kColumn) return find(wanted.name);
    const std::string& owner = wanted.from ? wanted.from->name : wanted.name;
    const int at = find(owner + "_" + wanted.column_name());
    return at >= 0 ? at : find(wanted.column_name());
  }
  int find(const std::string& name) const {
    const auto at = std::ranges::find(names_, name);
    return name.empty() || at == names_.end() ? -1 : static_cast<int>(at - names_.begin());
  }

 private:
  static bool is_same(const Element& said, const Element& wanted) {
    const Element& e = said.kind == Kind::kLabel ? *said.args[0] : said;
    return e.kind == Kind::kColumn && wanted.kind == Kind::kColumn && e.from && wanted.from &&
           e.from->id == wanted.from->id && e.column_name() == wanted.column_name();
  }

  const std::vector<ElementPtr>& said_;
  const std::vector<std::string>& names_;
};

[[noreturn]] void refuse_missing(const std::string& what, const std::vector<std::string>& names) {
  throw Error(ErrorKind::kNoSuchColumnError, "the statement returns no column for " + what +
                                                 "; it returns " +
                                                 (names.empty() ? "none" : base::join(names, ", ")))
      .with_hint(
          "name the columns as the table does, or say what they are: "
          "db.text(…):columns(User.id, User.name)");
}

void match_entity(EntityPlan& plan, const Entity& e, const ColumnFinder& finder,
                  const std::vector<std::string>& names) {
  const Mapper& m = *e.mapper;
  auto list = std::make_shared<mapper::LoadList>();
  for (const mapper::Attribute& a : m.attributes()) {
    if (!a.is_loaded_from_row()) continue;
    const int at = finder.find(*attribute_element(m, e.from, a.slot));
    if (at >= 0) {
      list->slots.push_back(a.slot);
      plan.columns.push_back(at);
    } else if (std::ranges::count(m.primary_key(), a.slot) > 0) {
      refuse_missing(m.name() + "." + a.name, names);
    } else if (a.slot == m.discriminator()) {
      refuse_missing(m.name() + "." + a.name + ", which says the class of a row", names);
    } else if (std::ranges::count(m.load_list()->slots, a.slot) > 0) {
      list->left_out.push_back(a.slot);
    }
  }
  for (int key : m.primary_key()) {
    const auto at = std::ranges::find(list->slots, key) - list->slots.begin();
    list->key_positions.push_back(static_cast<size_t>(at));
    plan.key_columns.push_back(plan.columns[static_cast<size_t>(at)]);
  }
  const auto said = std::ranges::find(list->slots, m.discriminator());
  if (said != list->slots.end()) list->discriminator = static_cast<int>(said - list->slots.begin());
  plan.list = std::move(list);
}

}  // namespace

QueryPlan plan_of_statement(const Query& q) {
  QueryPlan plan;
  plan.statement = q.extras->statement;
  plan.wanted = q.entities;
  for (const Entity& e : q.entities) {
    EntityPlan p;
    p.mapper = e.mapper;
    plan.entities.push_back(std::move(p));
    plan.names.push_back(e.name);
  }
  return plan;
}

void match_columns(QueryPlan& plan, const std::vector<std::string>& names) {
  const ColumnFinder finder(*plan.statement, names);
  for (size_t i = 0; i < plan.entities.size(); ++i) {
    const Entity& e = plan.wanted[i];
    if (e.mapper != nullptr) {
      match_entity(plan.entities[i], e, finder, names);
      continue;
    }
    int at = finder.find(*e.element);
    if (at < 0) at = finder.find(e.name);
    if (at < 0) refuse_missing(e.name.empty() ? "an expression" : "'" + e.name + "'", names);
    plan.entities[i].first_column = at;
  }
}

}  // namespace moonbase::query
