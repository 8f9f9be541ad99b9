// Lua 5.4's grammar over the tokens of a text, by recursive descent, with the edits of the rule of
// query-building calls as they are recognised. It builds no tree: an expression is known by its
// first and last token. Belongs to one call; the Source, Edits and Options must outlive it. What
// the grammar refuses ends the walk: failed() and failed_at() say so; only std::bad_alloc is
// thrown.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "bindings/syntax/edits.h"
#include "bindings/syntax/scope.h"
#include "bindings/syntax/source.h"
#include "bindings/syntax/syntax.h"

namespace moonbase::syntax {

class Parser {
 public:
  Parser(const Source& source, const Options& options, Edits& edits);

  // Both walk over the whole text, and are called once.
  void chunk();
  void expressions();

  bool failed() const { return failed_; }
  // The text ends where something must follow.
  bool failed_at_end() const { return failed_ && failed_at_ + 1 == source_.pieces.size(); }

  // The token that something else should stand in place of.
  const Piece& failed_piece() const { return piece(failed_at_); }

  // By the index in Options::known_locals: whether the text refers to it.
  const std::vector<bool>& used() const { return used_; }
  // With Options::keep_locals.
  std::vector<TopLevelLocal>& new_locals() { return new_locals_; }

 private:
  // What is known of an expression that ends before the current token.
  struct Expr {
    // kHelper: it became the call of a helper.
    enum class Form : uint8_t { kOther, kName, kIndex, kCall, kHelper } form = Form::kOther;
    bool never_nil = false;
  };
  // An operand of an and/or chain, by its tokens. Its operator is the token before.
  struct Part {
    size_t first = 0, last = 0;
    bool varargs = false;
  };
  Expr::Form operator_form() const {
    return function_.context ? Expr::Form::kHelper : Expr::Form::kOther;
  }
  static bool is_variable(Expr expr) {
    return expr.form == Expr::Form::kName || expr.form == Expr::Form::kIndex;
  }
  // A variable of a `local` statement.
  struct Variable {
    size_t name = 0;
    TopLevelLocal::Attrib attrib = TopLevelLocal::Attrib::kNone;
  };
  // What belongs to the function being read.
  struct Function {
    bool context = false;   // expressions build SQL
    bool is_vararg = true;  // has `...`
    bool uses_varargs = false;
    int loops = 0;
    size_t locals = 0;  // where they begin in scope_
  };
  // A level of nesting. Levels count like Lua's own, at the same places: what Lua takes has room.
  class Level {
   public:
    explicit Level(Parser& parser);
    ~Level() { --parser_.depth_; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;

   private:
    Parser& parser_;
  };

  // --- parser.cc: tokens and statements ---
  const Piece& piece(size_t index) const { return source_.pieces[index]; }
  const Piece& here() const { return source_.pieces[at_]; }
  Kind kind() const { return here().kind; }
  Kind next_kind() const;
  std::string_view text_of(size_t index) const { return source_.text_of(piece(index)); }
  // Goes to the end of the text, where every loop stops.
  void fail();
  void advance();
  bool accept(Kind kind);
  void expect(Kind kind);
  size_t expect_name();

  void statements();
  bool at_block_end() const;
  void block();
  void loop_block();
  void statement();
  void if_statement();
  void while_statement();
  void repeat_statement();
  void for_statement();
  void function_statement();
  void local_statement();
  void local_function();
  void local_variables();
  TopLevelLocal::Attrib attribute();
  void return_statement();
  void break_statement();
  void expression_statement();
  void declare(std::string_view name);
  // The body of a function, from its parameters on.
  void body(bool is_method, bool context);
  void parameters();
  void export_locals(size_t first_variable);

  // --- parser_expr.cc: expressions ---
  Expr expression(Marks marks = 0) { return subexpression(0, marks); }
  void expression_list();
  Expr subexpression(int limit, Marks marks);
  Expr unary();
  Expr binary(size_t start, Expr left, int priority);
  Expr chain(size_t start, Expr left, int priority);
  Expr simple(Marks marks);
  Expr suffixed();
  Expr primary();
  void index();
  void arguments(Marks marks);
  void table(Marks marks);
  void field(Marks marks);
  // Of a function that stands here: as a field of a table inside a field it would not be given
  // directly.
  Marks function_marks(Marks table_marks) const {
    return kind() == Kind::kFunction ? table_marks & kBodies : Marks{0};
  }
  void field_value(size_t key, bool is_constant, Marks table_marks, Marks value_marks);

  // --- rules.cc: the edits ---
  void refer(size_t name);
  bool is_global(std::string_view name) const;
  // A bare global name that ends before the current token.
  void check_name(Expr expr) {
    if (expr.form == Expr::Form::kName && function_.context) {
      name_edit();
    }
  }
  void name_edit();
  void comparison_edit(size_t start, size_t op);
  void not_edit(size_t op);
  void return_edit(size_t start);
  void chain_edit(Kind op, size_t begin, size_t end);
  void thunk_edit(size_t begin, size_t end);
  bool any_varargs(size_t begin, size_t end) const;
  void keys_edit(size_t open, size_t first_key, bool is_whole_argument);

  const Source& source_;
  const Options& options_;
  Edits& edits_;
  size_t at_ = 0;
  size_t failed_at_ = 0;
  bool failed_ = false;
  int depth_ = 0;
  int blocks_ = 0;
  Function function_;
  Scope scope_;
  // Stacks: an inner construct leaves them as it found them.
  std::vector<Part> parts_;
  std::vector<size_t> keys_;
  std::vector<Variable> variables_;
  std::unordered_map<std::string_view, size_t> known_;
  std::vector<bool> used_;
  std::vector<TopLevelLocal> new_locals_;
};

}  // namespace moonbase::syntax
