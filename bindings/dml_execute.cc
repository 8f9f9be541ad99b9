#include "bindings/dml_execute.h"

#include <algorithm>

#include "bindings/execute.h"
#include "bindings/rows.h"
#include "bindings/stack.h"
#include "orm/base/error.h"

namespace moonbase::bindings {

namespace {

using base::Error;
using base::ErrorKind;
using expr::StatementKind;
using mapper::Mapper;
using session::Session;
using session::Synchronize;

const std::vector<expr::ElementPtr>& returning_of(const expr::Statement& statement) {
  switch (statement.kind) {
    case StatementKind::kUpdate:
      return static_cast<const expr::Update&>(statement).returning;
    case StatementKind::kDelete:
      return static_cast<const expr::Delete&>(statement).returning;
    default:
      return static_cast<const expr::Insert&>(statement).returning;
  }
}

// RETURNING gives the columns of one table.
void check_one_table(const Mapper& m) {
  if (m.parts().size() == 1) return;
  std::string tables;
  for (const mapper::TablePart& part : m.parts())
    tables += (tables.empty() ? "" : ", ") + part.table->full_name();
  throw Error(ErrorKind::kNotSupportedError, "returning(" + m.name() +
                                                 "): a statement writes one table, and rows of " +
                                                 m.name() + " are in " + tables)
      .with_hint("return columns of the table that is written, and read the objects with a query");
}

// What the rows of the statement's RETURNING hold.
query::QueryPlan returning_plan(const StatementBox& box) {
  query::QueryPlan plan;
  const std::vector<expr::ElementPtr>& columns = returning_of(*box.statement);
  std::vector<expr::ElementPtr> values;  // the columns that are cells by themselves
  size_t at = 0;
  for (const Mapper* m : box.returning) {
    query::EntityPlan entity;
    entity.first_column = static_cast<int>(at);
    if (m == nullptr) {
      values.push_back(columns[at++]);
    } else {
      check_one_table(*m);
      entity.mapper = m;
      entity.list = m->load_list_of(m->column_slots());
      for (size_t position : entity.list->key_positions)
        entity.key_columns.push_back(static_cast<int>(at + position));
      at += entity.list->slots.size();
    }
    plan.entities.push_back(std::move(entity));
  }
  const std::vector<std::string> names = expr::column_names(values);
  auto name = names.begin();
  for (const Mapper* m : box.returning) plan.names.push_back(m != nullptr ? m->name() : *name++);
  return plan;
}

// Runs writes one after the other and keeps the rows of all: a list on the stack.
class Runs {
 public:
  Runs(lua_State* L, Session& session, const StatementBox& box)
      : L_(L), session_(session), plan_(returning_plan(box)) {
    write_.mapper = written_class(box);
    write_.synchronize = box.options.synchronize;
    write_.autoflush = box.options.autoflush;
    write_.populate_existing = box.options.populate_existing;
    push_row_metatable(L, plan_.names);
    metatable_ = lua_gettop(L);
    lua_newtable(L);
  }

  void run(expr::StatementPtr statement, NamedValues parameters) {
    write_.statement = std::move(statement);
    write_.parameters = std::move(parameters);
    write_.returning = plan_;
    rowcount_ += session_.write_rows(write_, [this](const query::RowStream& rows) {
      push_row(L_, rows, metatable_);
      lua_rawseti(L_, metatable_ + 1, ++count_);
    });
  }

  // Leaves the Result in place of what it has pushed.
  void push_result() {
    if (plan_.entities.empty()) {
      lua_settop(L_, metatable_ - 1);
      return push_write_result(L_, rowcount_, 0);
    }
    lua_remove(L_, metatable_);
    push_result_of_list(L_, plan_.names, rowcount_, 0);
  }

 private:
  lua_State* L_;
  Session& session_;
  query::QueryPlan plan_;
  Session::Write write_;
  int metatable_ = 0;
  lua_Integer count_ = 0;
  int64_t rowcount_ = 0;
};

void push_insert_rows(lua_State* L, Session& session, const StatementBox& box, int parameters) {
  const auto& insert = static_cast<const expr::Insert&>(*box.statement);
  const std::string dialect = session.engine(insert.table.get())->traits().name;
  Runs runs(L, session, box);
  for_each_parameters(L, parameters, [&](int set) {
    NamedValues named = check_values(L, set, insert);
    InsertValues values(insert, named, dialect);
    values.add_defaults(named);
    runs.run(values.statement(), std::move(named));
  });
  runs.push_result();
}

// A write of a class that shares its table with others is of its rows alone.
template <class Statement>
expr::StatementPtr of_class_alone(const expr::StatementPtr& statement, const Mapper* m) {
  expr::ElementPtr criterion = m != nullptr ? query::class_criterion(*m, m->from()) : nullptr;
  if (!criterion) return statement;
  Statement draft = static_cast<const Statement&>(*statement);
  draft.where.push_back(std::move(criterion));
  return expr::finish(std::move(draft));
}

// New rows of a class in a tree say so, unless the program says what they are.
expr::StatementPtr saying_class(const expr::StatementPtr& statement, const Mapper* m) {
  if (m == nullptr || m->discriminator() < 0 || m->polymorphic_identity().is_absent())
    return statement;
  const auto& insert = static_cast<const expr::Insert&>(*statement);
  const schema::Column& wanted = *m->column(m->discriminator());
  if (insert.from_select || wanted.table->uid() != insert.table->uid()) return statement;
  const auto is_it = [&](const schema::Column* c) { return c->position == wanted.position; };
  if (std::ranges::any_of(insert.columns, is_it)) return statement;
  expr::Insert draft = insert;
  draft.columns.push_back(&insert.table->columns()[static_cast<size_t>(wanted.position)]);
  if (draft.rows.empty()) draft.rows.emplace_back();
  for (std::vector<expr::ElementPtr>& row : draft.rows)
    row.push_back(expr::bind(m->polymorphic_identity(), m->type(m->discriminator())));
  return expr::finish(std::move(draft));
}

// One table that names a row's key would set the key of all rows.
void refuse_lone_key(lua_State* L, const expr::Update& update, const Mapper& m, int parameters) {
  if (!update.set.empty() || !update.where.empty()) return;
  for (int slot : m.primary_key()) {
    const bool is_given = lua_getfield(L, parameters, m.column(slot)->key.c_str()) != LUA_TNIL;
    lua_pop(L, 1);
    if (!is_given) return;
  }
  throw Error(ErrorKind::kInvalidRequestError,
              "this UPDATE of " + m.name() + " would set the primary key of every row")
      .with_hint("rows by their keys are a list: execute(db.update(" + m.name() +
                 "), { {id = 1, …} })");
}

void push_update(lua_State* L, Session& session, const StatementBox& box, int parameters) {
  const auto& update = static_cast<const expr::Update&>(*box.statement);
  const Mapper& m = *written_class(box);
  const bool is_many = is_list_of_tables(L, parameters);
  if (is_many && update.set.empty() && update.where.empty()) {
    if (!update.returning.empty())
      throw Error(ErrorKind::kInvalidRequestError,
                  "an UPDATE of a list of rows by primary key cannot have returning()");
    const bool synchronize = box.options.synchronize != Synchronize::kNone;
    return push_write_result(L, update_by_keys(L, session, m, parameters, synchronize, "execute"),
                             0);
  }
  if (!is_many && parameters != 0 && lua_istable(L, parameters))
    refuse_lone_key(L, update, m, parameters);
  Runs runs(L, session, box);
  for_each_parameters(L, parameters, [&](int set) {
    NamedValues named = check_values(L, set, *written_statement(box));
    expr::StatementPtr statement =
        of_class_alone<expr::Update>(executable_statement(box, names_of(named)), box.mapper);
    runs.run(std::move(statement), std::move(named));
  });
  runs.push_result();
}

void push_delete(lua_State* L, Session& session, const StatementBox& box, int parameters) {
  Runs runs(L, session, box);
  const expr::StatementPtr statement =
      of_class_alone<expr::Delete>(written_statement(box), box.mapper);
  for_each_parameters(L, parameters,
                      [&](int set) { runs.run(statement, check_values(L, set, *statement)); });
  runs.push_result();
}

}  // namespace

const Mapper* written_class(const StatementBox& box) {
  if (box.mapper != nullptr) return box.mapper;
  const auto named = std::ranges::find_if(box.returning, [](const Mapper* m) { return m; });
  return named != box.returning.end() ? *named : nullptr;
}

void push_class_execution(lua_State* L, Session& session, const StatementBox& box, int parameters) {
  session.registry().configure_what_can_be();
  switch (box.statement->kind) {
    case StatementKind::kUpdate:
      return push_update(L, session, box, parameters);
    case StatementKind::kDelete:
      return push_delete(L, session, box, parameters);
    default:
      break;
  }
  StatementBox written = box;
  written.statement = saying_class(box.statement, box.mapper);
  const auto& insert = static_cast<const expr::Insert&>(*written.statement);
  if (!insert.returning.empty()) return push_insert_rows(L, session, written, parameters);
  session.before_execute(box.options.autoflush);
  push_execution(L, session.connection(insert.table.get()), written.statement, parameters,
                 Uneven::kAllowed);
}

}  // namespace moonbase::bindings
