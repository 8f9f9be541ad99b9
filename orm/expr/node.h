// SQL expressions and FROM clauses as immutable trees. Every node is built once, knows its
// structural hash, and is shared by `shared_ptr<const …>`: a query derived from another shares
// everything it did not change, any thread may read. The hash covers whatever changes the SQL and
// no value, so it is the key of the compiled-statement cache; tables enter it by uid, never by
// address.
//
// One uniform node (kind, operator, payload, children) instead of a class per construct: walking,
// hashing, collecting binds and replacing FROM clauses are then one function each.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "orm/base/value.h"
#include "orm/expr/operator.h"
#include "orm/schema/table.h"
#include "orm/types/type.h"

namespace moonbase::expr {

struct Hash128 {
  uint64_t lo = 0, hi = 0;
  bool operator==(const Hash128&) const = default;
  void mix(uint64_t v);
  void mix(std::string_view s);
  void mix(const Hash128& h) {
    mix(h.lo);
    mix(h.hi);
  }
};

struct Element;
struct From;
struct Select;
using ElementPtr = std::shared_ptr<const Element>;
using FromPtr = std::shared_ptr<const From>;
using SelectPtr = std::shared_ptr<const Select>;

enum class Kind : uint8_t {
  kColumn,  // from + (column | name)
  kBind,    // value, or name = a parameter given at execution
  kNull,    // NULL
  kTrue,    // dialect's true
  kFalse,
  kLiteralColumn,  // text as is
  kText,           // text with `:name` binds as children, in order of appearance (see text_parts)
  kUnary,          // op args[0]
  kBinary,         // args[0] op args[1]; args[2] = ESCAPE for the LIKE family
  kClauses,        // op = and/or/comma/concat over all args, flat
  kTuple,          // (a, b)
  kBetween,        // args[0] [not] between args[1] and args[2]; op says which
  kFunction,       // name(args…); distinct flag
  kOver,  // args[0] function; then partition_count partition elements, then order by; name = frame
  kFilter,          // args[0] FILTER (WHERE args[1])
  kWithinGroup,     // args[0] WITHIN GROUP (ORDER BY args[1…])
  kCase,            // [value] (when, then)… [else]: flags below
  kCast,            // CAST(args[0] AS type)
  kTypeCoerce,      // args[0] seen as type; no SQL
  kLabel,           // args[0] AS name
  kLabelRef,        // a label named in ORDER BY or GROUP BY
  kExists,          // EXISTS (select)
  kScalarSubquery,  // (select) as a value or on the right of IN
  kCollate,         // args[0] COLLATE name
  kExtract,         // EXTRACT(name FROM args[0])
  kStar,            // * or from.*
  kOrdering,        // args[0] with op kAsc/kDesc/kNullsFirst/kNullsLast
  kGrouping,        // (args[0]), written by the user
  kJsonPath,        // args[0] at path args[1…] (text and integer binds)
};

// Flags of an element; which apply depends on the kind.
enum ElementFlags : uint16_t {
  kDistinctArgs = 1 << 0,  // count(DISTINCT x)
  kCaseHasValue = 1 << 1,
  kCaseHasElse = 1 << 2,
  kCallableName = 1 << 3,   // bind: the value must be given at execution
  kExpandingList = 1 << 4,  // kTuple made from an IN list: empty is legal
  kJsonAsText = 1 << 5,
  kAnonymous =
      1 << 6,  // kLabel: the name is made by column_names (statement.h) from what is labelled
  kHasCtes = 1 << 7,  // a CTE is used somewhere below, subqueries included; set by the constructors
  kSymmetric = 1 << 8,  // kBetween: the bounds may be given in either order
  kForeign = 1 << 9,    // kColumn in a relationship's condition: foreign(…), remote(…)
  kRemote = 1 << 10,
};

struct Element {
  explicit Element(Kind k) : kind(k) {}
  Element(const Element&) = default;
  Element& operator=(const Element&) = delete;
  // Takes a long left spine apart in a loop: a sum of 100,000 terms must not overflow the stack.
  ~Element();

  Kind kind;
  Op op = Op::kNone;
  uint16_t flags = 0;
  uint16_t partition_count = 0;
  uint32_t bind_count =
      0;  // binds below and including this one, as collect_binds (statement.h) counts them
  types::TypePtr type;  // never null
  std::string name;     // column, bind, function, label, collation, custom operator's text
  base::Value value;    // bind
  std::vector<ElementPtr> args;
  std::vector<std::string> text_parts;     // kText: parts around the binds, one more than args
  FromPtr from;                            // kColumn, kStar
  const schema::Column* column = nullptr;  // kColumn of a table (kept alive by from)
  SelectPtr select;                        // kExists, kScalarSubquery
  Hash128 hash;

  // A comparison, AND/OR/NOT, EXISTS, text, a Boolean column or an expression whose type says
  // Boolean or nothing (an unknown function): what filter() accepts.
  bool is_condition() const;
  // The name of a kColumn in the database.
  const std::string& column_name() const { return column ? column->name : name; }
};

enum class FromKind : uint8_t { kTable, kAlias, kJoin, kSubquery, kCte, kValues, kText, kFunction };
enum class JoinKind : uint8_t { kInner, kLeft, kFull, kCross };

struct From {
  explicit From(FromKind k) : kind(k) {}

  FromKind kind;
  JoinKind join_kind = JoinKind::kInner;
  bool lateral = false, recursive = false;
  bool nesting = false;  // CTE: defined in the SELECT that selects from it, not at the head
  bool anonymous =
      false;              // alias, subquery, CTE: the compiler makes the name from `name` as a stem
  bool has_ctes = false;  // is a CTE or contains one
  uint32_t bind_count =
      0;  // binds inside; those of a CTE count where it is defined (see collect_ctes, Select)
  uint64_t id =
      0;  // identity: the table's uid, or a number of its own; equal ids are the same FROM
  std::string name;                           // alias / CTE name, text
  schema::TablePtr table;                     // kTable; for an alias of a table: that table
  FromPtr left, right;                        // kJoin; kAlias: left = what is aliased
  ElementPtr on;                              // kJoin
  SelectPtr select;                           // kSubquery, kCte
  ElementPtr function;                        // kFunction
  std::vector<std::string> column_names;      // kValues, kFunction; kText: the SQL alone
  std::vector<types::TypePtr> column_types;   // kValues, kFunction
  std::vector<std::vector<ElementPtr>> rows;  // kValues
  Hash128 hash;
};

// ---- constructors: the only way nodes are made ----
ElementPtr column(FromPtr from, const schema::Column& c);
ElementPtr column(FromPtr from, std::string name, types::TypePtr type);
ElementPtr bind(base::Value value, types::TypePtr type);
ElementPtr bind_name(std::string name, types::TypePtr type);
ElementPtr null();
ElementPtr boolean(bool value);
ElementPtr literal_column(std::string text, types::TypePtr type);
// Splits ":name" out of SQL text (not inside strings, comments, or "::"; "\:" is a colon).
ElementPtr text(std::string_view sql);
ElementPtr unary(Op op, ElementPtr x, types::TypePtr type);
// The type of `l op r` by the operator's rule: Boolean of a comparison, Interval of a difference of
// date-times, the wider of two numbers, …; the untyped side follows the typed one.
types::TypePtr result_type(Op op, const types::TypePtr& l, const types::TypePtr& r);
// The result's type follows from the operator unless given; `+` of texts becomes concatenation.
ElementPtr binary(Op op, ElementPtr l, ElementPtr r, types::TypePtr type = nullptr);
ElementPtr custom_op(std::string op, ElementPtr l, ElementPtr r, types::TypePtr type,
                     bool is_comparison);
// A comparison as a user means it: with NULL it is IS or IS NOT, and ANY and ALL come to stand on
// the right. Throws kArgumentError for another operator with NULL.
ElementPtr compare(Op op, ElementPtr l, ElementPtr r);
// A plain value beside an expression of type `like`: a bind of that type, with the value cast by
// it. A value that keeps its own type beside such a column (1.5 beside an Integer, an interval
// beside a date-time) gets that. NULL gives null(). Throws what Type::cast throws.
ElementPtr coerce(base::Value value, const types::TypePtr& like);
// The type of a plain value by its tag: Integer of an integer, …
types::TypePtr literal_type(const base::Value& value);
ElementPtr like(Op op, ElementPtr l, ElementPtr r, std::optional<std::string> escape);
struct MatchOptions {
  bool negated = false;
  bool ignore_case = false;  // istartswith, …
  bool autoescape =
      false;  // % and _ of a plain text stand for themselves; implies the escape character '/'
  std::optional<std::string> escape = std::nullopt;
};
// (x LIKE y || '%') and its kin. `y` is an expression, or a bind holding text when it is to be
// autoescaped (else kArgumentError).
ElementPtr startswith(ElementPtr x, ElementPtr y, const MatchOptions& options = {});
ElementPtr endswith(ElementPtr x, ElementPtr y, const MatchOptions& options = {});
ElementPtr contains(ElementPtr x, ElementPtr y, const MatchOptions& options = {});
// Flattens nested clauses of the same operator and drops what does not matter (TRUE in AND); one
// element is returned as it is, none gives TRUE (and_) or FALSE (or_).
ElementPtr and_(std::vector<ElementPtr> conditions);
ElementPtr or_(std::vector<ElementPtr> conditions);
ElementPtr clauses(Op op, std::vector<ElementPtr> items, types::TypePtr type);
// NOT x, or the negated operator where there is one (a = b -> a != b).
ElementPtr not_(ElementPtr x);
ElementPtr tuple(std::vector<ElementPtr> items, bool expanding_list = false);
ElementPtr in(ElementPtr x, std::vector<ElementPtr> items, bool negated);
ElementPtr in(ElementPtr x, SelectPtr select, bool negated);
ElementPtr between(ElementPtr x, ElementPtr low, ElementPtr high, bool negated,
                   bool symmetric = false);
// The type of known functions is known (count: Integer, sum: its argument's, ...); others are
// untyped.
ElementPtr function(std::string name, std::vector<ElementPtr> args, types::TypePtr type = nullptr,
                    bool distinct = false);
ElementPtr over(ElementPtr function, std::vector<ElementPtr> partition_by,
                std::vector<ElementPtr> order_by, std::string frame);
ElementPtr filter(ElementPtr function, ElementPtr condition);
ElementPtr within_group(ElementPtr function, std::vector<ElementPtr> order_by);
ElementPtr case_(ElementPtr value, std::vector<std::pair<ElementPtr, ElementPtr>> whens,
                 ElementPtr otherwise);
ElementPtr cast(ElementPtr x, types::TypePtr type);
ElementPtr type_coerce(ElementPtr x, types::TypePtr type);
ElementPtr label(ElementPtr x, std::string name);
ElementPtr label_ref(std::string name, types::TypePtr type);
ElementPtr exists(SelectPtr select);
ElementPtr scalar_subquery(SelectPtr select);
ElementPtr collate(ElementPtr x, std::string collation);
ElementPtr extract(std::string field, ElementPtr x);
ElementPtr star(FromPtr from = nullptr);
ElementPtr ordering(Op op, ElementPtr x);
ElementPtr grouping(ElementPtr x);
ElementPtr json_path(ElementPtr x, std::vector<ElementPtr> path, bool as_text, types::TypePtr type);

// A number for the identity of an alias, subquery or CTE that is derived again and again; never
// given out twice, and never a table's uid.
uint64_t new_identity();
FromPtr table(schema::TablePtr t);
// An alias of a table or subquery. An empty name is made by the compiler ("user_1"). `identity` 0
// makes a new one; a caller that derives the same alias again and again (a loader) passes its own
// so that statements hit the cache.
FromPtr alias(FromPtr of, std::string name, uint64_t identity = 0);
// `identity`: of a join that is one thing, like the tables of one class; 0: none.
FromPtr join(FromPtr left, FromPtr right, ElementPtr on, JoinKind kind, uint64_t identity = 0);
FromPtr subquery(SelectPtr select, std::string name, uint64_t identity = 0);
// A subquery that sees the FROM items to its left.
FromPtr lateral(SelectPtr select, std::string name, uint64_t identity = 0);
// A recursive CTE is made twice with one identity: from its first part, to be named in the second,
// then from the UNION.
struct CteOptions {
  bool recursive = false;
  // WITH is written in the SELECT that selects from it, inside a subquery if that is one.
  bool nesting = false;
};
FromPtr cte(SelectPtr select, std::string name, CteOptions options = {}, uint64_t identity = 0);
// SQL as it is; columns are qualified by `name`, which is written only if it is not part of the
// SQL.
FromPtr text_from(std::string sql, std::string name);
// Rows given in the statement. Throws kArgumentError for none, or for one of the wrong length.
FromPtr values(std::vector<std::string> column_names, std::vector<types::TypePtr> column_types,
               std::vector<std::vector<ElementPtr>> rows, std::string name, uint64_t identity = 0);
// A function that returns rows: FROM json_each(?) AS name. The columns are those that a program may
// name; with none, every name is taken.
FromPtr table_function(ElementPtr function, std::string name, uint64_t identity = 0,
                       std::vector<std::string> column_names = {},
                       std::vector<types::TypePtr> column_types = {});

// ---- walking ----
// Every element below (and including) e, parents first, not into subqueries.
void visit(const ElementPtr& e, const std::function<void(const Element&)>& f);
// e with `map` applied bottom-up to each element; shares what did not change. `map` returns null to
// keep an element.
ElementPtr transform(const ElementPtr& e, const std::function<ElementPtr(const ElementPtr&)>& map);
// Columns and stars of `from` become those of `to` (an alias), also in subqueries that refer to the
// enclosing row; a subquery that selects from `from` itself is left as it is.
ElementPtr replace_from(const ElementPtr& e, const From& from, const FromPtr& to);
// Columns of `from` become what `of` makes of them, as replace_from does it. `of` gets elements
// with a column and none of a subquery's.
ElementPtr replace_columns(const ElementPtr& e, const From& from,
                           const std::function<ElementPtr(const Element&)>& of);
// Every column in e with the flag (kForeign, kRemote) set.
ElementPtr mark_columns(const ElementPtr& e, ElementFlags flag);
// The FROM clauses that an element's columns name, in order of appearance, each once; subqueries
// are not entered.
void collect_froms(const ElementPtr& e, std::vector<FromPtr>& out);

}  // namespace moonbase::expr
