// The writer behind compile(): one object per statement, thrown away afterwards. Inside orm/compile
// only.
//
// Every function that writes a part takes `at`, the number of the part's first bind in canonical
// order (expr/parts.h), and counts on from there: what a placeholder stands for is known by its
// place in the tree, never by a node's address, because trees of one shape share the compiled text.
// In the text a placeholder is a marker with the number of its slot until the whole is put
// together; dialects may move and repeat the parts that contain it.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "orm/compile/compiler.h"
#include "orm/expr/parts.h"
#include "orm/expr/statement.h"

namespace moonbase::compile {

// What tells a compiled statement from all others.
uint64_t next_uid();

class Writer {
 public:
  Writer(const DialectTraits& traits, const CompileOptions& options)
      : traits_(traits), options_(options) {}

  CompiledPtr statement(const expr::Statement& s);
  std::string element(const expr::ElementPtr& e);

 private:
  // The FROM clauses of a SELECT (or the table of an UPDATE or DELETE): what the subqueries inside
  // may correlate to.
  struct Scope {
    const Scope* outer = nullptr;
    std::vector<uint64_t> froms;
  };
  // The columns whose labels ORDER BY and GROUP BY may name.
  struct Labels {
    const std::vector<expr::ElementPtr>* columns = nullptr;
    std::vector<std::string> names;
    uint32_t at = 0;
    bool only_names = false;  // of a compound: nothing but its columns' names can be ordered by
  };
  enum class Place : uint8_t { kTop, kExpression, kFrom, kLateral, kCte };
  // A CTE and the number of its first bind.
  struct PlacedCte {
    expr::FromPtr cte;
    uint32_t at;
  };

  // ---- compiler.cc: the statement as a whole ----
  // WITH …, the CTEs being known from here on; "" for none.
  std::string with_clause(const std::vector<PlacedCte>& ctes);
  std::string write_cte(const PlacedCte& placed);
  // Replaces the markers by placeholders and lists what stands at each.
  std::string resolve_markers(std::string_view text, std::vector<BindSlot>& binds) const;
  void result_columns(const std::vector<expr::ElementPtr>& columns,
                      std::vector<ResultColumn>& out) const;
  [[noreturn]] void unsupported(std::string_view what) const;
  // Text of the user's, with what could be taken for a marker made harmless.
  static std::string user_text(std::string_view text);
  std::string identifier(std::string_view name) const {
    return user_text(quote_identifier(traits_, name));
  }

  // ---- compiler_expressions.cc ----
  std::string write(const expr::Element& e, uint32_t at);
  std::string write(const expr::ElementPtr& e, uint32_t at) { return write(*e, at); }
  // As a truth value: a Boolean column becomes a comparison where the dialect wants one.
  std::string condition(const expr::Element& e, uint32_t at);
  // As an operand of `outer`, in parentheses where they are needed.
  std::string operand(const expr::Element& e, uint32_t at, expr::Op outer, bool is_right = false);
  std::string conjunction(const std::vector<expr::ElementPtr>& conditions, uint32_t at);
  std::string list(const std::vector<expr::ElementPtr>& items, uint32_t at,
                   std::string_view separator = ", ");
  // The arguments of `e` from `first` on, before `last`.
  std::string arguments(const expr::Element& e, uint32_t at, size_t first, size_t last);
  std::string write_column(const expr::Element& e);
  std::string write_bind(const expr::Element& e, uint32_t at);
  std::string write_text(const expr::Element& e, uint32_t at);
  std::string write_literal(const base::Value& value, const types::Type& type) const;
  std::string write_boolean(bool value) const {
    if (traits_.boolean_literals) return value ? "true" : "false";
    return value ? "1" : "0";
  }
  std::string write_star(const expr::Element& e);
  std::string write_case(const expr::Element& e, uint32_t at);
  std::string write_cast(const expr::Element& e, uint32_t at);
  // The type's name inside CAST.
  std::string cast_type(const types::Type& type) const;
  std::string write_clauses(const expr::Element& e, uint32_t at);
  std::string write_between(const expr::Element& e, uint32_t at);
  std::string write_subquery(const expr::Element& e, uint32_t at);
  std::string write_nulls_order(const expr::Element& e, std::string text);
  bool is_flag(const expr::Element& e) const;
  int precedence(const expr::Element& e) const;
  // The dialect's own form, or "".
  std::string special(const expr::Element& e, const std::vector<std::string>& args) const;

  // ---- compiler_operators.cc ----
  std::string write_unary(const expr::Element& e, uint32_t at);
  // Takes a long left spine in a loop.
  std::string write_binary(const expr::Element& e, uint32_t at);
  std::string infix(const expr::Element& e, std::string left, std::string right);
  std::string write_in(const expr::Element& e, std::string left, uint32_t at);
  std::string write_in_rows(const expr::Element& e, std::string left, uint32_t at);
  std::string write_like(const expr::Element& e, std::string left, std::string right);
  std::string write_escape(const expr::Element& e) const;
  std::string write_division(const expr::Element& e, std::string left, std::string right);
  std::string write_function(const expr::Element& e, uint32_t at);
  std::string write_over(const expr::Element& e, uint32_t at);
  std::string write_filter(const expr::Element& e, uint32_t at);
  std::string write_within_group(const expr::Element& e, uint32_t at);
  std::string write_json_path(const expr::Element& e, uint32_t at);
  std::string write_extract(const expr::Element& e, uint32_t at);

  // ---- compiler_froms.cc ----
  std::string write_from(const expr::From& f, uint32_t at);
  std::string write_join(const expr::From& f, uint32_t at);
  std::string write_values(const expr::From& f, uint32_t at);
  std::string from_list(const std::vector<expr::FromPtr>& froms, uint32_t at,
                        const std::vector<bool>& skipped);
  // The quoted name by which columns are qualified.
  std::string qualifier(const expr::From& f);
  std::string from_name(const expr::From& f);
  void note_name(const expr::From& f);
  void note_names(const expr::Statement& s);
  // The identities of a FROM clause's tables, those inside joins included.
  static void add_scope(const expr::From& f, Scope& scope);
  // Which FROM clauses the enclosing statements provide.
  std::vector<bool> correlated(const expr::Select& s, const Scope* enclosing, Place place) const;

  // ---- compiler_select.cc ----
  std::string write_select(const expr::Select& s, uint32_t at, Place place);
  // The nested CTEs that no enclosing SELECT has defined.
  std::vector<PlacedCte> new_nested_ctes(const expr::Select& s, uint32_t at) const;
  std::string simple_select(const expr::Select& s, uint32_t at, const Scope* enclosing,
                            Place place);
  std::string compound(const expr::Select& s, uint32_t at, Place place);
  std::string compound_part(const expr::Select& s, uint32_t at, Place place, bool is_first);
  std::string select_list(const expr::Select& s, uint32_t at, const std::vector<std::string>& names,
                          Place place);
  std::string select_column(const expr::Element& e, uint32_t at, const std::string& name);
  std::string order_list(const std::vector<expr::ElementPtr>& items, uint32_t at,
                         bool labels_by_name);
  std::string order_item(const expr::Element& e, uint32_t at, bool labels_by_name);
  std::string label_reference(const expr::Element& e);
  // The position of the one column that is `e`, or -1.
  int labelled_column(const expr::Element& e) const;
  std::string limit_clause(const expr::Select& s, uint32_t limit_at, uint32_t offset_at);
  std::string for_update_clause(const expr::ForUpdate& lock);

  // ---- compiler_dml.cc ----
  std::string write_insert(const expr::Insert& s, uint32_t at);
  std::string insert_rows(const expr::Insert& s, expr::BindCursor& binds);
  // RETURNING the key that the database makes for one row, where the driver would not know it; "".
  std::string returning_key(const expr::Insert& s);
  std::string on_conflict_clause(const expr::OnConflict& c, const schema::Table& table,
                                 expr::BindCursor& binds);
  std::string write_update(const expr::Update& s, uint32_t at);
  std::string write_delete(const expr::Delete& s, uint32_t at);
  std::string set_list(const std::vector<std::pair<const schema::Column*, expr::ElementPtr>>& set,
                       expr::BindCursor& binds, std::string_view equals);
  std::string returning_clause(const std::vector<expr::ElementPtr>& columns, uint32_t at,
                               uint64_t own_table);

  const DialectTraits& traits_;
  CompileOptions options_;
  std::vector<BindSlot> slots_;  // by marker number

  const Scope* scope_ = nullptr;
  const Labels* labels_ = nullptr;
  uint64_t bare_table_ = 0;          // columns of this FROM are written without a prefix
  bool returns_key_ = false;         // see Compiled
  bool select_needs_where_ = false;  // an ON that follows must not be taken for a join's

  std::set<uint64_t> defined_ctes_;                  // those that a WITH around this place defines
  std::unordered_map<uint64_t, std::string> names_;  // of anonymous FROM clauses, by identity
  std::map<std::string, int, std::less<>> counters_;
  std::set<std::string, std::less<>> taken_;  // names that the statement uses itself
  std::set<const void*> noted_;
};

}  // namespace moonbase::compile
