#include "bindings/syntax/parser.h"

namespace moonbase::syntax {

namespace {

constexpr int kMaxDepth = 200;

}  // namespace

Parser::Parser(const Source& source, const Options& options, Edits& edits)
    : source_(source), options_(options), edits_(edits), used_(options.known_locals.size()) {
  for (size_t i = 0; i < options.known_locals.size(); ++i) {
    const TopLevelLocal& local = options.known_locals[i];
    if (local.attrib != TopLevelLocal::Attrib::kClose) {
      known_.insert_or_assign(local.name, i);
    }
  }
}

Parser::Level::Level(Parser& parser) : parser_(parser) {
  if (++parser_.depth_ > kMaxDepth) {
    parser_.fail();
  }
}

void Parser::chunk() {
  statements();
  expect(Kind::kEof);
}

void Parser::expressions() {
  expression_list();
  accept(Kind::kSemicolon);
  expect(Kind::kEof);
}

// --- Tokens
// ---------------------------------------------------------------------------------------

void Parser::fail() {
  if (!failed_) {
    failed_ = true;
    failed_at_ = at_;
  }
  at_ = source_.pieces.size() - 1;
}

Kind Parser::next_kind() const {
  return at_ + 1 < source_.pieces.size() ? piece(at_ + 1).kind : Kind::kEof;
}

void Parser::advance() {
  if (kind() != Kind::kEof) {
    ++at_;
  }
}

bool Parser::accept(Kind wanted) {
  if (kind() != wanted) {
    return false;
  }
  advance();
  return true;
}

void Parser::expect(Kind wanted) {
  if (!accept(wanted)) {
    fail();
  }
}

// The index of the name.
size_t Parser::expect_name() {
  const size_t name = at_;
  expect(Kind::kName);
  return name;
}

// --- Blocks
// ---------------------------------------------------------------------------------------

bool Parser::at_block_end() const {
  switch (kind()) {
    case Kind::kEof:
    case Kind::kEnd:
    case Kind::kElse:
    case Kind::kElseif:
    case Kind::kUntil:
      return true;
    default:
      return false;
  }
}

void Parser::statements() {
  while (!at_block_end()) {
    if (kind() == Kind::kReturn) {
      return_statement();
      return;
    }
    statement();
  }
}

void Parser::block() {
  const size_t mark = scope_.mark();
  ++blocks_;
  statements();
  --blocks_;
  scope_.close_to(mark);
}

void Parser::loop_block() {
  ++function_.loops;
  block();
  --function_.loops;
}

void Parser::return_statement() {
  const Level level(*this);
  advance();
  if (!at_block_end() && kind() != Kind::kSemicolon) {
    const size_t start = at_;
    const Expr first = expression();
    if (accept(Kind::kComma)) {
      expression_list();
    } else if (first.form == Expr::Form::kHelper && !failed_) {
      return_edit(start);
    }
  }
  accept(Kind::kSemicolon);
}

// --- Statements
// -----------------------------------------------------------------------------------

void Parser::statement() {
  const Level level(*this);
  switch (kind()) {
    case Kind::kSemicolon:
      return advance();
    case Kind::kIf:
      return if_statement();
    case Kind::kWhile:
      return while_statement();
    case Kind::kDo:
      advance();
      block();
      return expect(Kind::kEnd);
    case Kind::kFor:
      return for_statement();
    case Kind::kRepeat:
      return repeat_statement();
    case Kind::kFunction:
      return function_statement();
    case Kind::kLocal:
      return local_statement();
    case Kind::kDoubleColon:
      advance();
      expect(Kind::kName);
      return expect(Kind::kDoubleColon);
    case Kind::kBreak:
      return break_statement();
    case Kind::kGoto:
      advance();
      return expect(Kind::kName);
    default:
      return expression_statement();
  }
}

void Parser::if_statement() {
  do {
    advance();
    expression();
    expect(Kind::kThen);
    block();
  } while (kind() == Kind::kElseif);
  if (accept(Kind::kElse)) {
    block();
  }
  expect(Kind::kEnd);
}

void Parser::while_statement() {
  advance();
  expression();
  expect(Kind::kDo);
  loop_block();
  expect(Kind::kEnd);
}

// The condition sees the locals of the block.
void Parser::repeat_statement() {
  const size_t mark = scope_.mark();
  advance();
  ++blocks_;
  ++function_.loops;
  statements();
  --function_.loops;
  --blocks_;
  expect(Kind::kUntil);
  expression();
  scope_.close_to(mark);
}

void Parser::for_statement() {
  advance();
  const size_t mark = scope_.mark();
  const size_t first = variables_.size();
  variables_.push_back({.name = expect_name()});
  if (accept(Kind::kAssign)) {
    expression();
    expect(Kind::kComma);
    expression();
    if (accept(Kind::kComma)) {
      expression();
    }
  } else {
    while (accept(Kind::kComma)) {
      variables_.push_back({.name = expect_name()});
    }
    expect(Kind::kIn);
    expression_list();
  }
  expect(Kind::kDo);
  for (size_t i = first; i < variables_.size(); ++i) {
    declare(text_of(variables_[i].name));
  }
  variables_.resize(first);
  loop_block();
  scope_.close_to(mark);
  expect(Kind::kEnd);
}

void Parser::function_statement() {
  advance();
  refer(expect_name());
  bool is_method = false;
  while (!is_method && (kind() == Kind::kDot || kind() == Kind::kColon)) {
    is_method = kind() == Kind::kColon;
    advance();
    expect(Kind::kName);
  }
  body(is_method, false);
}

void Parser::break_statement() {
  if (function_.loops == 0) {
    return fail();
  }
  advance();
}

void Parser::expression_statement() {
  const Expr first = suffixed();
  if (kind() != Kind::kAssign && kind() != Kind::kComma) {
    if (first.form != Expr::Form::kCall) {
      fail();
    }
    return;
  }
  bool assignable = is_variable(first);
  while (assignable && accept(Kind::kComma)) {
    assignable = is_variable(suffixed());
  }
  if (!assignable) {
    return fail();
  }
  expect(Kind::kAssign);
  expression_list();
}

// --- Locals and functions
// -------------------------------------------------------------------------

void Parser::declare(std::string_view name) {
  if (!scope_.declare(name, function_.locals)) {
    fail();
  }
}

void Parser::local_statement() {
  advance();
  const size_t first = variables_.size();
  if (kind() == Kind::kFunction) {
    local_function();
  } else {
    local_variables();
  }
  if (options_.keep_locals && blocks_ == 0 && !failed_) {
    export_locals(first);
  }
  variables_.resize(first);
}

void Parser::local_function() {
  advance();
  variables_.push_back({.name = expect_name()});
  declare(text_of(variables_.back().name));
  body(false, false);
}

void Parser::local_variables() {
  const size_t first = variables_.size();
  do {
    const size_t name = expect_name();
    variables_.push_back({.name = name, .attrib = attribute()});
  } while (accept(Kind::kComma));
  const size_t last = variables_.size();
  if (accept(Kind::kAssign)) {
    expression_list();
  }
  for (size_t i = first; i < last; ++i) {
    declare(text_of(variables_[i].name));
  }
}

TopLevelLocal::Attrib Parser::attribute() {
  if (!accept(Kind::kLess)) {
    return TopLevelLocal::Attrib::kNone;
  }
  const std::string_view name = text_of(at_);
  if (kind() != Kind::kEof && name != "const" && name != "close") {
    fail();
  }
  expect(Kind::kName);
  expect(Kind::kGreater);
  return name == "const" ? TopLevelLocal::Attrib::kConst : TopLevelLocal::Attrib::kClose;
}

void Parser::body(bool is_method, bool context) {
  const size_t mark = scope_.mark();
  const Function outer =
      std::exchange(function_, {.context = context, .is_vararg = false, .locals = scope_.mark()});
  if (is_method) {
    declare("self");
  }
  expect(Kind::kLeftParen);
  parameters();
  expect(Kind::kRightParen);
  block();
  expect(Kind::kEnd);
  function_ = outer;
  scope_.close_to(mark);
}

void Parser::parameters() {
  if (kind() == Kind::kRightParen) {
    return;
  }
  do {
    if (accept(Kind::kEllipsis)) {
      function_.is_vararg = true;
      return;
    }
    declare(text_of(expect_name()));
  } while (accept(Kind::kComma));
}

}  // namespace moonbase::syntax
