// Expressions: leaves, conditions, CASE, CAST, subqueries; operators and functions are in
// compiler_operators.cc.
#include <cctype>

#include "orm/compile/compiler_impl.h"

namespace moonbase::compile {

namespace {

using expr::Element;
using expr::Kind;
using expr::Op;

// True for SQL text that can be an operand as it stands: a name, a number, a string, a call.
bool is_self_contained(std::string_view text) {
  int depth = 0;
  char quote = '\0';
  for (char c : text) {
    if (quote != '\0') {
      if (c == quote) quote = '\0';
    } else if (c == '\'' || c == '"' || c == '`') {
      quote = c;
    } else if (c == '(') {
      ++depth;
    } else if (c == ')') {
      --depth;
    } else if (depth == 0 && !std::isalnum(static_cast<unsigned char>(c)) && c != '_' && c != '.' &&
               c != '$' && static_cast<unsigned char>(c) < 0x80) {
      return false;
    }
  }
  return true;
}

}  // namespace

bool Writer::is_flag(const Element& e) const {
  return traits_.boolean_needs_comparison && e.kind == Kind::kColumn &&
         e.type->base_kind() == types::TypeKind::kBoolean;
}

int Writer::precedence(const Element& e) const {
  switch (e.kind) {
    case Kind::kUnary:
      if (e.op == Op::kNot && is_flag(*e.args[0])) return expr::kPrecedenceComparison;
      return expr::op_info(e.op).precedence;
    case Kind::kBinary:
      // Those write their own parentheses.
      if (e.op == Op::kNotIn ||
          (e.op == Op::kIn && e.args[1]->kind == Kind::kTuple && e.args[1]->args.empty())) {
        return expr::kPrecedenceAtom;
      }
      return expr::op_info(e.op).precedence;
    case Kind::kClauses:
      return e.args.size() == 1 ? precedence(*e.args[0]) : expr::op_info(e.op).precedence;
    case Kind::kBetween:
      return expr::kPrecedenceComparison;
    case Kind::kLabel:
    case Kind::kTypeCoerce:
      return precedence(*e.args[0]);
    case Kind::kText:
      return expr::kPrecedenceNone;
    case Kind::kLiteralColumn:
      return is_self_contained(e.name) ? expr::kPrecedenceAtom : expr::kPrecedenceNone;
    case Kind::kOrdering:
      return expr::kPrecedenceNone;
    default:
      return expr::kPrecedenceAtom;
  }
}

std::string Writer::special(const Element& e, const std::vector<std::string>& args) const {
  return traits_.special_form ? traits_.special_form(e, args) : std::string();
}

std::string Writer::write(const Element& e, uint32_t at) {
  switch (e.kind) {
    case Kind::kColumn:
      return write_column(e);
    case Kind::kBind:
      return write_bind(e, at);
    case Kind::kNull:
      return "NULL";
    case Kind::kTrue:
      return write_boolean(true);
    case Kind::kFalse:
      return write_boolean(false);
    case Kind::kLiteralColumn:
      return user_text(e.name);
    case Kind::kText:
      return write_text(e, at);
    case Kind::kUnary:
      return write_unary(e, at);
    case Kind::kBinary:
      return write_binary(e, at);
    case Kind::kClauses:
      return write_clauses(e, at);
    case Kind::kTuple:
      return "(" + list(e.args, at) + ")";
    case Kind::kBetween:
      return write_between(e, at);
    case Kind::kFunction:
      return write_function(e, at);
    case Kind::kOver:
      return write_over(e, at);
    case Kind::kFilter:
      return write_filter(e, at);
    case Kind::kWithinGroup:
      return write_within_group(e, at);
    case Kind::kCase:
      return write_case(e, at);
    case Kind::kCast:
      return write_cast(e, at);
    case Kind::kTypeCoerce:
    case Kind::kLabel:
      return write(e.args[0], at);
    case Kind::kLabelRef:
      return identifier(e.name);
    case Kind::kExists:
    case Kind::kScalarSubquery:
      return write_subquery(e, at);
    case Kind::kCollate:
      return operand(*e.args[0], at, Op::kBitNot) + " COLLATE " + identifier(e.name);
    case Kind::kExtract:
      return write_extract(e, at);
    case Kind::kStar:
      return write_star(e);
    case Kind::kOrdering:
      return order_item(e, at, false);
    case Kind::kGrouping:
      return "(" + write(e.args[0], at) + ")";
    case Kind::kJsonPath:
      return write_json_path(e, at);
  }
  return "";
}

std::string Writer::condition(const Element& e, uint32_t at) {
  if (e.kind == Kind::kTrue) return traits_.boolean_literals ? "true" : "1 = 1";
  if (e.kind == Kind::kFalse) return traits_.boolean_literals ? "false" : "0 = 1";
  if (e.kind == Kind::kLabel) return condition(*e.args[0], at);
  if (is_flag(e)) return write(e, at) + " = " + write_boolean(true);
  return write(e, at);
}

std::string Writer::operand(const Element& e, uint32_t at, Op outer, bool is_right) {
  const bool is_logical = outer == Op::kAnd || outer == Op::kOr || outer == Op::kNot;
  std::string text = is_logical ? condition(e, at) : write(e, at);
  const Op inner = e.kind == Kind::kBinary || e.kind == Kind::kUnary || e.kind == Kind::kClauses
                       ? e.op
                       : Op::kNone;
  return needs_parentheses(outer, inner, precedence(e), is_right) ? "(" + text + ")" : text;
}

std::string Writer::conjunction(const std::vector<expr::ElementPtr>& conditions, uint32_t at) {
  if (conditions.size() == 1) return condition(*conditions.front(), at);
  std::string text;
  for (const expr::ElementPtr& c : conditions) {
    if (!text.empty()) text += " AND ";
    text += operand(*c, at, Op::kAnd);
    at += c->bind_count;
  }
  return text;
}

std::string Writer::list(const std::vector<expr::ElementPtr>& items, uint32_t at,
                         std::string_view separator) {
  std::string text;
  for (const expr::ElementPtr& item : items) {
    if (&item != &items.front()) text += separator;
    text += write(item, at);
    at += item->bind_count;
  }
  return text;
}

std::string Writer::arguments(const Element& e, uint32_t at, size_t first, size_t last) {
  std::string text;
  for (size_t i = 0; i < last; ++i) {
    if (i >= first) {
      if (i > first) text += ", ";
      text += write(e.args[i], at);
    }
    at += e.args[i]->bind_count;
  }
  return text;
}

std::string Writer::write_column(const Element& e) {
  std::string name = identifier(e.column_name());
  if (!e.from || e.from->id == bare_table_) return name;
  return qualifier(*e.from) + "." + name;
}

std::string Writer::write_star(const Element& e) {
  return e.from ? qualifier(*e.from) + ".*" : "*";
}

std::string Writer::write_literal(const base::Value& value, const types::Type& type) const {
  if (value.is_null()) return "NULL";
  return user_text(traits_.literal ? traits_.literal(value, type) : type.literal(value));
}

std::string Writer::write_text(const Element& e, uint32_t at) {
  std::string text = user_text(e.text_parts.front());
  for (size_t i = 0; i < e.args.size(); ++i) {
    text += write(e.args[i], at) + user_text(e.text_parts[i + 1]);
    at += e.args[i]->bind_count;
  }
  return text;
}

std::string Writer::write_clauses(const Element& e, uint32_t at) {
  if (e.op == Op::kComma) return list(e.args, at);
  const std::string separator = " " + std::string(expr::op_info(e.op).symbol) + " ";
  if (e.args.size() == 1) return write(e.args[0], at);
  std::string text;
  for (const expr::ElementPtr& arg : e.args) {
    if (&arg != &e.args.front()) text += separator;
    text += operand(*arg, at, e.op);
    at += arg->bind_count;
  }
  return text;
}

std::string Writer::write_between(const Element& e, uint32_t at) {
  std::vector<std::string> args;
  args.reserve(e.args.size());
  for (const expr::ElementPtr& arg : e.args) {
    args.push_back(operand(*arg, at, e.op));
    at += arg->bind_count;
  }
  const bool is_symmetric = (e.flags & expr::kSymmetric) != 0;
  if (is_symmetric) {
    if (std::string text = special(e, args); !text.empty()) return text;
  }
  return args[0] + " " + std::string(expr::op_info(e.op).symbol) +
         (is_symmetric ? " SYMMETRIC " : " ") + args[1] + " AND " + args[2];
}

std::string Writer::write_case(const Element& e, uint32_t at) {
  const bool has_value = (e.flags & expr::kCaseHasValue) != 0;
  const bool has_else = (e.flags & expr::kCaseHasElse) != 0;
  std::string text = "CASE";
  size_t i = 0;
  auto next = [&](std::string_view word, bool is_condition) {
    const Element& arg = *e.args[i++];
    text += word;
    text += is_condition ? condition(arg, at) : write(arg, at);
    at += arg.bind_count;
  };
  if (has_value) next(" ", false);
  const size_t end = e.args.size() - (has_else ? 1 : 0);
  while (i < end) {
    next(" WHEN ", !has_value);
    next(" THEN ", false);
  }
  if (has_else) next(" ELSE ", false);
  return text + " END";
}

std::string Writer::write_cast(const Element& e, uint32_t at) {
  std::vector<std::string> args;
  args.push_back(write(e.args[0], at));
  if (std::string text = special(e, args); !text.empty()) return text;
  return "CAST(" + args[0] + " AS " + cast_type(*e.type) + ")";
}

std::string Writer::cast_type(const types::Type& type) const {
  const types::Type& own = type.variant_for(traits_.name);
  return traits_.cast_type_name ? traits_.cast_type_name(own) : traits_.type_name(own);
}

std::string Writer::write_subquery(const Element& e, uint32_t at) {
  const std::string text = "(" + write_select(*e.select, at, Place::kExpression) + ")";
  return e.kind == Kind::kExists ? "EXISTS " + text : text;
}

}  // namespace moonbase::compile
