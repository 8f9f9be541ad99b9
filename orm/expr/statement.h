// Statements: SELECT (and compounds of it), INSERT, UPDATE, DELETE and plain text, as immutable
// trees over node.h. A statement is built by filling a draft and calling `finish`, which computes
// the hash and makes it const.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "orm/expr/node.h"

namespace moonbase::expr {

enum class StatementKind : uint8_t { kSelect, kInsert, kUpdate, kDelete, kText };

struct Statement {
  explicit Statement(StatementKind k) : kind(k) {}
  StatementKind kind;
  bool has_ctes = false;
  uint32_t bind_count = 0;  // CTEs not counted
  Hash128 hash;
};
using StatementPtr = std::shared_ptr<const Statement>;

struct ForUpdate {
  bool read = false, nowait = false, skip_locked = false, key_share = false;
  std::vector<FromPtr> of;
};

enum class SetOp : uint8_t {
  kNone,
  kUnion,
  kUnionAll,
  kIntersect,
  kIntersectAll,
  kExcept,
  kExceptAll
};

struct Select : Statement {
  Select() : Statement(StatementKind::kSelect) {}
  std::vector<ElementPtr> columns;
  // Explicit FROM items; those that the columns and conditions name besides are added by the
  // compiler, in order of appearance, less what `correlate` or an enclosing statement provides.
  std::vector<FromPtr> froms;
  std::vector<ElementPtr> where;  // joined by AND
  std::vector<ElementPtr> group_by, having, order_by;
  ElementPtr limit, offset;
  bool distinct = false;
  std::vector<ElementPtr> distinct_on;
  std::optional<ForUpdate> for_update;
  std::vector<FromPtr> ctes;       // beyond those found in the FROM clause
  std::vector<FromPtr> nest_here;  // CTEs to be defined in this SELECT, whether they are `nesting`
  std::vector<FromPtr> correlate;  // empty: automatic
  bool correlate_except = false;   // `correlate` lists what is not the enclosing statement's
  bool correlate_none = false;     // correlate(nil)
  std::vector<std::string> prefixes, suffixes;
  // What effective_froms returns; filled by finish.
  std::vector<FromPtr> all_froms;
  // The CTEs that are defined in this SELECT unless an enclosing one defines them: `nest_here` and
  // the nesting ones selected from here or in a part; filled by finish. Their binds are its own.
  std::vector<FromPtr> nested_ctes;
  // A SELECT written by the user, a kText; `columns` say what it returns, the rest is empty.
  ElementPtr text;
  // A compound: columns etc. are empty, order_by/limit/offset apply to the whole.
  SetOp set_op = SetOp::kNone;
  std::vector<SelectPtr> parts;
};

struct OnConflict {
  bool do_nothing = true;
  std::vector<std::string> columns;  // conflict target
  std::string constraint;
  ElementPtr target_where, where;
  std::vector<std::pair<const schema::Column*, ElementPtr>>
      set;  // `excluded` columns: column(excluded(), c)
};

struct Insert : Statement {
  Insert() : Statement(StatementKind::kInsert) {}
  schema::TablePtr table;
  std::vector<const schema::Column*> columns;
  std::vector<std::vector<ElementPtr>> rows;  // one or more; empty: DEFAULT VALUES
  SelectPtr from_select;
  std::optional<OnConflict> on_conflict;
  std::vector<ElementPtr> returning;
  std::vector<std::string> prefixes;
};

struct Update : Statement {
  Update() : Statement(StatementKind::kUpdate) {}
  schema::TablePtr table;
  std::vector<std::pair<const schema::Column*, ElementPtr>> set;
  std::vector<FromPtr> from;  // finish adds those that `set` and `where` name besides
  std::vector<ElementPtr> where;
  std::vector<ElementPtr> returning;
};

struct Delete : Statement {
  Delete() : Statement(StatementKind::kDelete) {}
  schema::TablePtr table;
  std::vector<FromPtr> using_;  // finish adds those that `where` names besides
  std::vector<ElementPtr> where;
  std::vector<ElementPtr> returning;
};

struct TextStatement : Statement {
  TextStatement() : Statement(StatementKind::kText) {}
  ElementPtr text;                  // Kind::kText
  std::vector<ElementPtr> columns;  // typed result columns; may be empty
  bool columns_by_name = false;     // they are in another order than those of the result
};

// Throw kArgumentError for rows that do not match the columns.
SelectPtr finish(Select&& draft);
std::shared_ptr<const Insert> finish(Insert&& draft);
std::shared_ptr<const Update> finish(Update&& draft);
std::shared_ptr<const Delete> finish(Delete&& draft);
std::shared_ptr<const TextStatement> finish(TextStatement&& draft);

// The pseudo table of an upsert's proposed row.
FromPtr excluded(const schema::TablePtr& table);

// All binds of a statement in canonical order: the order in which `compile` numbers them, whatever
// order it writes them in: the CTEs' (see collect_ctes), then the rest. A cached compiled statement
// is run with the binds of a new tree of the same shape by this order. A bind that stands at two
// places of the tree is counted twice.
void collect_binds(const Statement& s, std::vector<const Element*>& out);

// The FROM clauses of a SELECT: the explicit ones, then those its columns and conditions name, each
// once; a join stands for its sides.
const std::vector<FromPtr>& effective_froms(const Select& s);

// The CTEs at the head of a statement, each identity once, those that others use before those: all
// in it but the nesting ones that a SELECT inside it defines.
std::vector<FromPtr> collect_ctes(const Statement& s);

// The SQL names of a SELECT list's columns: a label, else the column's name, else the function's
// ("count_1") or "anon_1". A name that is taken already gets a number: "id", "id_1". Numbers count
// within this list, so the columns of a subquery can be named before anything is compiled.
std::vector<std::string> column_names(const std::vector<ElementPtr>& columns);
// Those of a SELECT; of a compound, those of its first part.
std::vector<std::string> column_names(const Select& s);

}  // namespace moonbase::expr
