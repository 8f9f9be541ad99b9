// INSERT, UPDATE and DELETE in Lua. A statement object is immutable: each method of a chain gives a
// new one.
#include <algorithm>
#include <iterator>

#include "bindings/dml_support.h"
#include "bindings/guard.h"
#include "bindings/insert_values.h"
#include "bindings/lua_options.h"
#include "orm/base/error.h"
#include "orm/base/text.h"

namespace moonbase::bindings {

template <>
const ClassDef& class_of<StatementBox>() {
  return kStatementClass;
}

extern const ClassDef kInsertClass;
extern const ClassDef kUpdateClass;
extern const ClassDef kDeleteClass;

namespace {

using base::Error;
using base::ErrorKind;
using expr::ElementPtr;
using expr::StatementKind;

// What a method of the class of `Statement` works on.
template <class Statement>
struct Traits;
template <>
struct Traits<expr::Insert> {
  static const ClassDef& cls() { return kInsertClass; }
};
template <>
struct Traits<expr::Update> {
  static const ClassDef& cls() { return kUpdateClass; }
};
template <>
struct Traits<expr::Delete> {
  static const ClassDef& cls() { return kDeleteClass; }
};

// The statement at 1, to be changed and pushed as a new object.
template <class Statement>
class Draft {
 public:
  explicit Draft(lua_State* L)
      : L_(L), box_(check(L)), draft_(static_cast<const Statement&>(*box_.statement)) {}

  Statement* operator->() { return &draft_; }
  Statement& operator*() { return draft_; }
  StatementBox& box() { return box_; }
  TableSourceResult target() const { return {draft_.table, box_.mapper}; }

  int push() {
    box_.statement = expr::finish(std::move(draft_));
    return push_statement_box(L_, std::move(box_), Traits<Statement>::cls());
  }

 private:
  static StatementBox check(lua_State* L) {
    const ClassDef& cls = Traits<Statement>::cls();
    void* payload = test_payload(L, 1, cls);
    if (payload == nullptr) throw_box_mismatch(L, 1, cls);
    return *static_cast<StatementBox*>(payload);
  }

  lua_State* L_;
  StatementBox box_;
  Statement draft_;
};

TableSourceResult check_target(lua_State* L, const char* function) {
  TableSourceResult target = test_table_target(L, 1);
  if (target.table) return target;
  throw Error(ErrorKind::kArgumentError,
              std::string(function) + " takes a model class or a table, got " + type_name_of(L, 1))
      .with_hint(std::string("write db.") + function + "(User) or db." + function +
                 "(User.__table__)");
}

template <class Statement>
int start(lua_State* L, const char* function) {
  TableSourceResult target = check_target(L, function);
  Statement draft;
  draft.table = target.table;
  return push_statement_box(L, {expr::finish(std::move(draft)), target.mapper, {}, {}},
                            Traits<Statement>::cls());
}

int moonbase_insert(lua_State* L) { return start<expr::Insert>(L, "insert"); }
int moonbase_update(lua_State* L) { return start<expr::Update>(L, "update"); }
int moonbase_delete(lua_State* L) { return start<expr::Delete>(L, "delete"); }

int moonbase_excluded(lua_State* L) {
  push_columns(L, expr::excluded(check_target(L, "excluded").table));
  return 1;
}

// --- all of them ---

const ClassDef* class_of_statement(const expr::Statement& statement) {
  switch (statement.kind) {
    case StatementKind::kInsert:
      return &kInsertClass;
    case StatementKind::kUpdate:
      return &kUpdateClass;
    case StatementKind::kDelete:
      return &kDeleteClass;
    case StatementKind::kText:
      return &kTextClass;
    case StatementKind::kSelect:
      break;
  }
  return &kStatementClass;
}

const StatementBox& self(lua_State* L) { return check_box<StatementBox>(L, 1); }

int statement_tostring(lua_State* L) {
  push_string(L, statement_sql(*written_statement(self(L))));
  return 1;
}

int statement_compile(lua_State* L) {
  push_compiled(L, *written_statement(self(L)), 2);
  return 1;
}

int statement_execution_options(lua_State* L) {
  StatementBox box = self(L);
  Kwargs args(L, 2, "execution_options");
  args.expect_positional(0, 0);
  if (args.take("synchronize_session")) {
    box.options.synchronize = check_synchronize(L, lua_gettop(L));
    lua_pop(L, 1);
  }
  box.options.autoflush = args.take_boolean("autoflush", box.options.autoflush);
  box.options.populate_existing =
      args.take_boolean("populate_existing", box.options.populate_existing);
  args.finish();
  return push_statement_box(L, std::move(box), *class_of_statement(*self(L).statement));
}

// --- where and returning ---

template <class Statement>
int add_where(lua_State* L) {
  Draft<Statement> draft(L);
  std::vector<ElementPtr> conditions = check_conditions(L, 2, "where");
  // Braces hide a nil, and the statement would write every row.
  if (conditions.empty() && lua_istable(L, 2))
    throw Error(ErrorKind::kArgumentError, "where{} names no condition")
        .with_hint("without a condition, for all rows, leave where out");
  for (ElementPtr& condition : conditions) draft->where.push_back(std::move(condition));
  return draft.push();
}

template <class Statement>
int add_options(lua_State* L) {
  StatementBox box = Draft<Statement>(L).box();
  box.criteria = check_options(L, 2, std::move(box.criteria));
  const auto is_other = [](const query::Option& o) {
    return o.kind != query::Option::Kind::kCriteria;
  };
  if (box.criteria && std::ranges::any_of(*box.criteria, is_other))
    throw Error(ErrorKind::kArgumentError,
                "options: an UPDATE or DELETE loads no objects, so of the loader options it takes "
                "with_loader_criteria alone");
  return push_statement_box(L, std::move(box), Traits<Statement>::cls());
}

// All columns of a class or a table, the class's in the order of its attributes' columns.
std::vector<ElementPtr> columns_of_target(const TableSourceResult& target) {
  std::vector<ElementPtr> out;
  if (target.mapper != nullptr) {
    for (int slot : target.mapper->column_slots()) out.push_back(target.mapper->element(slot));
    return out;
  }
  expr::FromPtr from = expr::table(target.table);
  for (const schema::Column& column : target.table->columns())
    out.push_back(expr::column(from, column));
  return out;
}

[[noreturn]] void refuse_returning(const TableSourceResult& target, const std::string& what) {
  const std::string& name = target.mapper != nullptr ? target.mapper->name() : target.table->name();
  throw Error(ErrorKind::kArgumentError,
              "returning: " + what + " is not what this statement writes, which is " + name)
      .with_hint("write returning(" + name + (target.mapper != nullptr ? "" : ".c.id") + ")");
}

// RETURNING speaks of the rows that are written.
void check_returned(const ElementPtr& element, const TableSourceResult& target) {
  std::vector<expr::FromPtr> froms;
  expr::collect_froms(element, froms);
  for (const expr::FromPtr& from : froms) {
    const bool is_own = from->kind == expr::FromKind::kTable && from->table &&
                        from->table->uid() == target.table->uid();
    if (is_own) continue;
    const bool is_alias = from->kind == expr::FromKind::kAlias;
    refuse_returning(target, is_alias ? "a column of an alias" : operand_name(ElementBox{element}));
  }
}

template <class Statement>
int set_returning(lua_State* L) {
  Draft<Statement> draft(L);
  Kwargs args(L, 2, "returning");
  args.finish();
  std::vector<const mapper::Mapper*>& cells = draft.box().returning;
  for (int i = 1; i <= args.count(); ++i) {
    args.push(i);
    int index = lua_gettop(L);
    if (TableSourceResult item = test_table_target(L, index); item.table) {
      if (item.table->uid() != draft->table->uid())
        refuse_returning(draft.target(),
                         item.mapper != nullptr ? item.mapper->name() : item.table->name());
      std::vector<ElementPtr> columns = columns_of_target(item);
      cells.insert(cells.end(), item.mapper != nullptr ? 1 : columns.size(), item.mapper);
      std::ranges::move(columns, std::back_inserter(draft->returning));
    } else if (ElementPtr element = test_element(L, index)) {
      check_returned(element, draft.target());
      cells.push_back(nullptr);
      draft->returning.push_back(std::move(element));
    } else {
      throw Error(ErrorKind::kArgumentError,
                  "returning: expected a column, an expression or a model class, got " +
                      type_name_of(L, index))
          .with_hint("write returning(User.id, User.name)");
    }
    lua_pop(L, 1);
  }
  if (args.count() == 0)
    throw Error(ErrorKind::kArgumentError, "returning() names nothing to return")
        .with_hint("write returning(User), or returning(User.id)");
  return draft.push();
}

// --- INSERT ---

int insert_values(lua_State* L) {
  Draft<expr::Insert> draft(L);
  add_insert_rows(L, 2, draft.target(), *draft);
  return draft.push();
}

int insert_from_select(lua_State* L) {
  Draft<expr::Insert> draft(L);
  if (!draft->rows.empty()) {
    throw Error(ErrorKind::kInvalidRequestError, "from_select: this INSERT has values already");
  }
  draft->columns.clear();
  for (int i = 1, count = check_list(L, 2, "from_select"); i <= count; ++i) {
    lua_rawgeti(L, 2, i);
    draft->columns.push_back(&check_target_column(L, lua_gettop(L), draft.target(), "from_select"));
    lua_pop(L, 1);
  }
  draft->from_select = test_select(L, 3);
  if (!draft->from_select) {
    throw Error(ErrorKind::kArgumentError,
                "from_select: expected a query, got " + type_name_of(L, 3))
        .with_hint("write from_select({'name'}, db.select(Other.name))");
  }
  return draft.push();
}

int insert_prefix_with(lua_State* L) {
  Draft<expr::Insert> draft(L);
  Kwargs args(L, 2, "prefix_with");
  args.finish();
  for (int i = 1; i <= args.count(); ++i) {
    args.push(i);
    draft->prefixes.emplace_back(check_string(L, -1));
    lua_pop(L, 1);
  }
  return draft.push();
}

int insert_excluded(lua_State* L) {
  Draft<expr::Insert> draft(L);
  push_columns(L, expr::excluded(draft->table));
  return 1;
}

// index_elements = {'email'}, constraint = 'uq_email', index_where = condition.
void take_conflict_target(lua_State* L, Kwargs& args, const TableSourceResult& target,
                          const char* function, expr::OnConflict& conflict) {
  if (args.take("index_elements")) {
    int list = lua_gettop(L);
    for (int i = 1, count = check_list(L, list, std::string(function) + ": index_elements");
         i <= count; ++i) {
      lua_rawgeti(L, list, i);
      conflict.columns.push_back(check_target_column(L, lua_gettop(L), target, function).name);
      lua_pop(L, 1);
    }
    lua_pop(L, 1);
  }
  conflict.constraint = args.take_string("constraint").value_or("");
  if (args.take("index_where")) {
    conflict.target_where = check_condition(L, lua_gettop(L), function);
    lua_pop(L, 1);
  }
  if (!conflict.columns.empty() && !conflict.constraint.empty()) {
    throw Error(ErrorKind::kArgumentError,
                std::string(function) + " takes index_elements or constraint, not both");
  }
}

int insert_do_nothing(lua_State* L) {
  constexpr const char* kName = "on_conflict_do_nothing";
  Draft<expr::Insert> draft(L);
  expr::OnConflict conflict;
  Kwargs args(L, 2, kName);
  args.expect_positional(0, 0);
  take_conflict_target(L, args, draft.target(), kName, conflict);
  args.finish();
  draft->on_conflict = std::move(conflict);
  return draft.push();
}

int insert_do_update(lua_State* L) {
  constexpr const char* kName = "on_conflict_do_update";
  Draft<expr::Insert> draft(L);
  expr::OnConflict conflict;
  conflict.do_nothing = false;
  Kwargs args(L, 2, kName);
  args.expect_positional(0, 0);
  take_conflict_target(L, args, draft.target(), kName, conflict);
  for (const char* word : {"set_", "set"}) {
    if (!args.take(word)) continue;
    if (!conflict.set.empty())
      throw Error(ErrorKind::kArgumentError, std::string(kName) + ": set_ and set are the same");
    conflict.set = check_assignments(L, lua_gettop(L), draft.target(), word);
    lua_pop(L, 1);
  }
  if (args.take("where")) {
    conflict.where = check_condition(L, lua_gettop(L), kName);
    lua_pop(L, 1);
  }
  args.finish();
  if (conflict.columns.empty() && conflict.constraint.empty()) {
    throw Error(ErrorKind::kArgumentError,
                std::string(kName) + " needs index_elements: which columns must collide")
        .with_hint("write on_conflict_do_update{index_elements = {'email'}, set_ = {name = 'x'}}");
  }
  if (conflict.set.empty())
    throw Error(ErrorKind::kArgumentError, std::string(kName) + " needs set_ = {column = value}");
  draft->on_conflict = std::move(conflict);
  return draft.push();
}

// --- UPDATE ---

int update_values(lua_State* L) {
  Draft<expr::Update> draft(L);
  for (auto& [column, value] : check_assignments(L, 2, draft.target(), "values")) {
    auto same = [at = column](const auto& assignment) { return assignment.first == at; };
    if (auto known = std::ranges::find_if(draft->set, same); known != draft->set.end()) {
      known->second = std::move(value);
    } else {
      draft->set.emplace_back(column, std::move(value));
    }
  }
  return draft.push();
}

constexpr const char kReturningDoc[] =
    "returning(column, …)  the rows that were written come back; returning(User) all columns";

constexpr const char kOptionsDoc[] =
    "options(db.with_loader_criteria(User, condition))  only rows of the class that meet the "
    "condition, in subqueries too";

constexpr MethodDef kStatementMethods[] = {
    {"compile", guarded<statement_compile>,
     "compile{dialect =, literal_binds =}  the SQL for a dialect: tostring is the text, params the "
     "values"},
    {"execution_options", guarded<statement_execution_options>,
     "execution_options{synchronize_session = 'auto' | 'evaluate' | 'fetch' | false, autoflush =, "
     "populate_existing =}  how a session runs it and loaded objects follow"},
};

constexpr MethodDef kStatementMetamethods[] = {
    {"__tostring", guarded<statement_tostring>, "tostring(statement)  its SQL"},
};

constexpr MethodDef kInsertMethods[] = {
    {"values", guarded<insert_values>,
     "values{column = value, …}  a row; values{ {…}, {…} } several rows"},
    {"from_select", guarded<insert_from_select>,
     "from_select({'a', 'b'}, query)  the rows of a query"},
    {"returning", guarded<set_returning<expr::Insert>>, kReturningDoc},
    {"on_conflict_do_nothing", guarded<insert_do_nothing>,
     "on_conflict_do_nothing{index_elements = {'email'}}  rows that collide are left out; without "
     "arguments, any"},
    {"on_conflict_do_update", guarded<insert_do_update>,
     "on_conflict_do_update{index_elements = {'email'}, set_ = {…}, where = c}  rows that collide "
     "change the old one"},
    {"prefix_with", guarded<insert_prefix_with>,
     "prefix_with(sql, …)  text after INSERT: prefix_with 'OR IGNORE'"},
};

constexpr MethodDef kInsertGetters[] = {
    {"excluded", guarded<insert_excluded>,
     "excluded  the columns of the row that collided, for set_"},
};

constexpr MethodDef kUpdateMethods[] = {
    {"where", guarded<add_where<expr::Update>>,
     "where(condition, …)  only the rows that meet all of them"},
    {"values", guarded<update_values>,
     "values{column = value, …}  what the columns become; values may be expressions"},
    {"returning", guarded<set_returning<expr::Update>>, kReturningDoc},
    {"options", guarded<add_options<expr::Update>>, kOptionsDoc},
};

constexpr MethodDef kDeleteMethods[] = {
    {"where", guarded<add_where<expr::Delete>>,
     "where(condition, …)  only the rows that meet all of them"},
    {"returning", guarded<set_returning<expr::Delete>>, kReturningDoc},
    {"options", guarded<add_options<expr::Delete>>, kOptionsDoc},
};

constexpr MethodDef kFunctions[] = {
    {"insert", guarded<moonbase_insert>,
     "insert(User or table)  an INSERT: :values{…}, :returning(…)"},
    {"update", guarded<moonbase_update>, "update(User or table)  an UPDATE: :where(…):values{…}"},
    {"delete", guarded<moonbase_delete>, "delete(User or table)  a DELETE: :where(…)"},
    {"excluded", guarded<moonbase_excluded>,
     "excluded(User or table)  in on_conflict_do_update, the columns of the row that collided"},
};

ElementPtr onupdate_value(const schema::Column& column, const schema::RowValues& row) {
  const types::TypePtr type = column.type ? column.type : types::null();
  const schema::Default& onupdate = *column.onupdate;
  switch (onupdate.kind) {
    case schema::Default::Kind::kConstant:
      return expr::bind(onupdate.constant, type);
    case schema::Default::Kind::kSql:
      return expr::literal_column(onupdate.sql.text, type);
    case schema::Default::Kind::kFunction:
      break;
  }
  try {
    return expr::bind(type->cast(onupdate.function->make(row)), type);
  } catch (Error& error) {
    error.add_context("onupdate of " + column.full_name());
    throw;
  }
}

// The parameters that are no binds of the statement are columns to set.
void add_parameter_columns(expr::Update& draft, const std::vector<std::string>& parameters) {
  if (parameters.empty()) return;
  std::vector<const expr::Element*> binds;
  expr::collect_binds(*expr::finish(expr::Update(draft)), binds);
  for (const std::string& name : parameters) {
    if (std::ranges::any_of(binds, [&](const auto* bind) { return bind->name == name; })) continue;
    const schema::Column* column = find_column(*draft.table, name);
    if (column == nullptr) refuse_column_name(*draft.table, name);
    ElementPtr value = expr::bind_name(name, parameter_type(*column));
    auto same = [&](const auto& assignment) { return assignment.first == column; };
    if (auto known = std::ranges::find_if(draft.set, same); known != draft.set.end()) {
      known->second = std::move(value);
    } else {
      draft.set.emplace_back(column, std::move(value));
    }
  }
  std::ranges::sort(draft.set, {}, [](const auto& a) { return a.first->position; });
}

}  // namespace

session::Synchronize check_synchronize(lua_State* L, int index) {
  using session::Synchronize;
  if (is_null(L, index)) return Synchronize::kNone;
  if (lua_isboolean(L, index))
    return lua_toboolean(L, index) != 0 ? Synchronize::kAuto : Synchronize::kNone;
  constexpr std::pair<std::string_view, Synchronize> kWords[] = {
      {"auto", Synchronize::kAuto},
      {"evaluate", Synchronize::kEvaluate},
      {"fetch", Synchronize::kFetch}};
  if (lua_type(L, index) != LUA_TSTRING)
    throw Error(ErrorKind::kArgumentError,
                "synchronize_session takes 'auto', 'evaluate', 'fetch' or false, got " +
                    type_name_of(L, index));
  const std::string_view word = check_string(L, index);
  std::vector<std::string> known;
  for (const auto& [name, how] : kWords) {
    if (name == word) return how;
    known.emplace_back(name);
  }
  throw Error(ErrorKind::kArgumentError, "synchronize_session has no '" + std::string(word) + "'" +
                                             base::did_you_mean(word, known))
      .with_hint("there are: 'auto', 'evaluate', 'fetch', false");
}

void add_onupdate_values(const schema::Table& table, Assignments& set) {
  const auto find = [&set](const schema::Column& column) {
    return std::ranges::find_if(
        set, [&](const auto& a) { return a.first->position == column.position; });
  };
  const schema::RowLookup seen(table, [&](const schema::Column& column) -> const base::Value* {
    const auto there = find(column);
    return there != set.end() && there->second->kind == expr::Kind::kBind ? &there->second->value
                                                                          : nullptr;
  });
  for (const schema::Column& column : table.columns()) {
    if (column.onupdate && find(column) == set.end())
      set.emplace_back(&column, onupdate_value(column, seen));
  }
}

const ClassDef kStatementClass{
    .name = "Statement",
    .doc = "an SQL statement for execute(); print shows its SQL",
    .methods = kStatementMethods,
    .metamethods = kStatementMetamethods,
    .usage = "statement",
    .destroy = kDestroy<StatementBox>,
};

const ClassDef kInsertClass{
    .name = "Insert",
    .doc = "an INSERT: db.insert(User):values{name = 'x'}:returning(User.id)",
    .parent = &kStatementClass,
    .methods = kInsertMethods,
    .getters = kInsertGetters,
    .usage = "insert",
    .destroy = kDestroy<StatementBox>,
};

const ClassDef kUpdateClass{
    .name = "Update",
    .doc = "an UPDATE: db.update(User):where(User.id:eq(1)):values{name = 'x'}",
    .parent = &kStatementClass,
    .methods = kUpdateMethods,
    .usage = "update",
    .destroy = kDestroy<StatementBox>,
};

const ClassDef kDeleteClass{
    .name = "Delete",
    .doc = "a DELETE: db.delete(User):where(User.id:eq(1))",
    .parent = &kStatementClass,
    .methods = kDeleteMethods,
    .usage = "delete",
    .destroy = kDestroy<StatementBox>,
};

int push_statement_box(lua_State* L, StatementBox statement, const ClassDef& cls) {
  Box* box = new_box(L, cls, sizeof(StatementBox));
  new (box->payload()) StatementBox(std::move(statement));
  box->dead = 0;
  return 1;
}

void push_statement(lua_State* L, expr::StatementPtr statement) {
  const ClassDef* cls = class_of_statement(*statement);
  push_statement_box(L, {std::move(statement), nullptr, {}, {}}, *cls);
}

expr::StatementPtr written_statement(const StatementBox& box) {
  if (!query::has_criteria(box.criteria)) return box.statement;
  if (box.statement->kind == StatementKind::kUpdate)
    return query::with_criteria(static_cast<const expr::Update&>(*box.statement), box.criteria);
  return query::with_criteria(static_cast<const expr::Delete&>(*box.statement), box.criteria);
}

expr::StatementPtr executable_statement(const StatementBox& box,
                                        const std::vector<std::string>& parameters) {
  const expr::StatementPtr statement = written_statement(box);
  if (statement->kind != StatementKind::kUpdate) return statement;
  const auto& update = static_cast<const expr::Update&>(*statement);
  expr::Update draft = update;
  add_parameter_columns(draft, parameters);
  if (draft.set.empty()) {
    throw Error(ErrorKind::kArgumentError,
                "this UPDATE of " + update.table->full_name() + " sets nothing")
        .with_hint("write db.update(…):values{name = value}");
  }
  add_onupdate_values(*update.table, draft.set);
  if (draft.set.size() == update.set.size()) return statement;
  return expr::finish(std::move(draft));
}

void open_dml(lua_State* L, int module) {
  register_class(L, kStatementClass);
  for (const ClassDef* cls : {&kInsertClass, &kUpdateClass, &kDeleteClass, &kTextClass})
    register_class(L, *cls);
  add_functions(L, module, kFunctions);
}

}  // namespace moonbase::bindings
