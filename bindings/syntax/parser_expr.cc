#include "bindings/syntax/parser.h"

namespace moonbase::syntax {

namespace {

constexpr int kUnaryPriority = 12;

struct Priority {
  int left, right;
};

// Lua's own numbers; a right one below the left one makes an operator right-associative. Zero for
// what is no binary operator.
Priority priority_of(Kind op) {
  switch (op) {
    case Kind::kOr:
      return {1, 1};
    case Kind::kAnd:
      return {2, 2};
    case Kind::kEqual:
    case Kind::kNotEqual:
    case Kind::kLess:
    case Kind::kLessEqual:
    case Kind::kGreater:
    case Kind::kGreaterEqual:
      return {3, 3};
    case Kind::kPipe:
      return {4, 4};
    case Kind::kTilde:
      return {5, 5};
    case Kind::kAmpersand:
      return {6, 6};
    case Kind::kShiftLeft:
    case Kind::kShiftRight:
      return {7, 7};
    case Kind::kConcat:
      return {9, 8};
    case Kind::kPlus:
    case Kind::kMinus:
      return {10, 10};
    case Kind::kStar:
    case Kind::kSlash:
    case Kind::kFloorDivide:
    case Kind::kPercent:
      return {11, 11};
    case Kind::kCaret:
      return {14, 13};
    default:
      return {0, 0};
  }
}

bool is_unary(Kind kind) {
  return kind == Kind::kNot || kind == Kind::kMinus || kind == Kind::kTilde || kind == Kind::kHash;
}

bool is_comparison(Kind kind) { return kind >= Kind::kEqual && kind <= Kind::kGreaterEqual; }

// What follows a value to reach into it or to call it.
bool is_suffix(Kind kind) {
  switch (kind) {
    case Kind::kDot:
    case Kind::kLeftBracket:
    case Kind::kColon:
    case Kind::kLeftParen:
    case Kind::kLeftBrace:
    case Kind::kString:
      return true;
    default:
      return false;
  }
}

}  // namespace

void Parser::expression_list() {
  do {
    expression();
  } while (accept(Kind::kComma));
}

// `marks` says what the expression is given to; it holds for its first operand.
Parser::Expr Parser::subexpression(int limit, Marks marks) {
  const Level level(*this);
  const size_t start = at_;
  Expr expr = is_unary(kind()) ? unary() : simple(marks);
  for (;;) {
    const Priority priority = priority_of(kind());
    if (priority.left <= limit) {
      return expr;
    }
    const bool joins = kind() == Kind::kAnd || kind() == Kind::kOr;
    expr = joins ? chain(start, expr, priority.right) : binary(start, expr, priority.right);
  }
}

Parser::Expr Parser::unary() {
  const size_t op = at_;
  advance();
  const Expr operand = subexpression(kUnaryPriority, 0);
  check_name(operand);
  if (piece(op).kind != Kind::kNot) {
    return {.never_nil = operand.never_nil};
  }
  if (function_.context && !failed_) {
    not_edit(op);
  }
  return {.form = operator_form(), .never_nil = true};
}

Parser::Expr Parser::binary(size_t start, Expr left, int priority) {
  check_name(left);
  const size_t op = at_;
  advance();
  const Expr right = subexpression(priority, 0);
  check_name(right);
  if (!is_comparison(piece(op).kind)) {
    return {.never_nil = left.never_nil && right.never_nil};
  }
  if (function_.context && !failed_) {
    comparison_edit(start, op);
  }
  return {.form = operator_form(), .never_nil = true};
}

// All operands of one `and` or `or` after the other.
Parser::Expr Parser::chain(size_t start, Expr left, int priority) {
  const Kind op = kind();
  const size_t begin = parts_.size();
  check_name(left);
  parts_.push_back({.first = start, .last = at_ - 1});
  while (kind() == op) {
    advance();
    const size_t first = at_;
    const bool outer = std::exchange(function_.uses_varargs, false);
    check_name(subexpression(priority, 0));
    parts_.push_back({.first = first, .last = at_ - 1, .varargs = function_.uses_varargs});
    function_.uses_varargs = function_.uses_varargs || outer;
  }
  if (function_.context && !failed_) {
    chain_edit(op, begin, parts_.size());
  }
  parts_.resize(begin);
  return {.form = operator_form()};
}

Parser::Expr Parser::simple(Marks marks) {
  switch (kind()) {
    case Kind::kNumber:
    case Kind::kString:
    case Kind::kTrue:
    case Kind::kFalse:
      advance();
      return {.never_nil = true};
    case Kind::kNil:
      advance();
      return {};
    case Kind::kEllipsis:
      if (!function_.is_vararg) {
        fail();
      }
      function_.uses_varargs = true;
      advance();
      return {};
    case Kind::kLeftBrace:
      table(marks);
      return {.never_nil = true};
    case Kind::kFunction:
      advance();
      body(false, (marks & kBodies) != 0);
      return {.never_nil = true};
    default:
      return suffixed();
  }
}

// A name or parentheses, with what is indexed and called behind them.
Parser::Expr Parser::suffixed() {
  // The callee's last name, and whether a dotted chain of names has `func` before it.
  Marks last = kind() == Kind::kName ? here().marks : 0;
  bool dotted = kind() == Kind::kName;
  bool behind_func = false;
  Expr expr = primary();
  for (;;) {
    switch (kind()) {
      case Kind::kDot:
        advance();
        behind_func = behind_func || (dotted && (last & kFunc) != 0);
        last = piece(expect_name()).marks;
        expr = {.form = Expr::Form::kIndex};
        continue;
      case Kind::kLeftBracket:
        index();
        expr = {.form = Expr::Form::kIndex};
        break;
      case Kind::kColon:
        advance();
        last = piece(expect_name()).marks;
        arguments(last);
        expr = {.form = Expr::Form::kCall};
        break;
      case Kind::kLeftParen:
      case Kind::kLeftBrace:
      case Kind::kString:
        arguments(behind_func && dotted ? last | kContext : last);
        expr = {.form = Expr::Form::kCall};
        break;
      default:
        return expr;
    }
    last = 0;
    dotted = behind_func = false;
  }
}

Parser::Expr Parser::primary() {
  if (kind() == Kind::kName) {
    refer(at_);
    advance();
    return {.form = Expr::Form::kName};
  }
  if (!accept(Kind::kLeftParen)) {
    fail();
    return {};
  }
  const Expr inner = expression();
  // What a name in parentheses is indexed or called for says itself that the name is nil.
  if (!is_suffix(next_kind())) {
    check_name(inner);
  }
  expect(Kind::kRightParen);
  return {.never_nil = inner.never_nil};
}

void Parser::index() {
  advance();
  check_name(expression());
  expect(Kind::kRightBracket);
}

void Parser::arguments(Marks marks) {
  const bool outer = function_.context;
  function_.context = outer || (marks & kContext) != 0;
  const Marks given = marks & (kBodies | kKeys | kListKeys | kSetKeys);
  if (kind() == Kind::kLeftBrace) {
    table(given | kBraces);
  } else if (!accept(Kind::kString)) {
    expect(Kind::kLeftParen);
    if (kind() != Kind::kRightParen) {
      do {
        check_name(expression(given));
      } while (accept(Kind::kComma));
    }
    expect(Kind::kRightParen);
  }
  function_.context = outer;
}

void Parser::table(Marks marks) {
  const size_t open = at_;
  const size_t first_key = keys_.size();
  advance();
  while (kind() != Kind::kRightBrace) {
    field(marks);
    if (!accept(Kind::kComma) && !accept(Kind::kSemicolon)) {
      break;
    }
  }
  expect(Kind::kRightBrace);
  if (keys_.size() > first_key && !failed_) {
    keys_edit(open, first_key, (marks & kBraces) != 0);
  }
  keys_.resize(first_key);
}

void Parser::field(Marks marks) {
  const size_t key = at_;
  if (kind() == Kind::kName && next_kind() == Kind::kAssign) {
    at_ += 2;
    const bool is_join = (piece(key).marks & kJoinField) != 0;
    const std::string_view name = text_of(key);
    const bool is_set = (marks & kSetKeys) != 0 && (name == "set_" || name == "set");
    field_value(key, true, marks, function_marks(is_join ? kBodies : marks) | (is_set ? kKeys : 0));
  } else if (accept(Kind::kLeftBracket)) {
    const bool is_constant = kind() == Kind::kString && next_kind() == Kind::kRightBracket;
    check_name(expression());
    expect(Kind::kRightBracket);
    expect(Kind::kAssign);
    field_value(key + 1, is_constant, marks, function_marks(marks));
  } else {
    check_name(expression(function_marks(marks) | ((marks & kListKeys) != 0 ? kKeys : 0)));
  }
}

// `key` is the name or the constant string; `is_constant` is false for any other key.
void Parser::field_value(size_t key, bool is_constant, Marks table_marks, Marks value_marks) {
  const Expr value = expression(value_marks);
  const bool remembered = (table_marks & kKeys) != 0;
  if (value.form == Expr::Form::kName && (remembered || function_.context)) {
    name_edit();
  }
  // A key over several lines would add lines.
  if (remembered && is_constant && !value.never_nil &&
      text_of(key).find_first_of("\r\n") == std::string_view::npos) {
    keys_.push_back(key);
  }
}

}  // namespace moonbase::syntax
