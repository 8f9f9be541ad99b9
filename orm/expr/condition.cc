// Conditions: AND, OR, NOT, comparisons with plain values, IN and the LIKE family.
#include "orm/base/error.h"
#include "orm/expr/node.h"
#include "orm/expr/seal.h"
#include "orm/expr/statement.h"

namespace moonbase::expr {

namespace {

using base::Error;
using base::ErrorKind;
using base::Tag;
using types::TypeKind;

ElementPtr combine(Op op, std::vector<ElementPtr> conditions) {
  const Kind neutral = op == Op::kAnd ? Kind::kTrue : Kind::kFalse;
  const Kind deciding = op == Op::kAnd ? Kind::kFalse : Kind::kTrue;
  std::vector<ElementPtr> flat;
  flat.reserve(conditions.size());
  for (ElementPtr& c : conditions) {
    if (c->kind == neutral) continue;
    if (c->kind == deciding) return std::move(c);
    if (c->kind == Kind::kClauses && c->op == op) {
      flat.insert(flat.end(), c->args.begin(), c->args.end());
    } else {
      flat.push_back(std::move(c));
    }
  }
  if (flat.empty()) return boolean(op == Op::kAnd);
  if (flat.size() == 1) return std::move(flat.front());
  return clauses(op, std::move(flat), types::boolean());
}

bool is_null_value(const Element& e) {
  return e.kind == Kind::kNull || (e.kind == Kind::kBind && e.name.empty() && e.value.is_null());
}

// The same element with the operator that negates it.
ElementPtr negated_operator(const Element& e, Op op) {
  if (e.kind == Kind::kBetween)
    return between(e.args[0], e.args[1], e.args[2], op == Op::kNotBetween,
                   (e.flags & kSymmetric) != 0);
  if (e.args.size() == 3) return like(op, e.args[0], e.args[1], e.args[2]->name);
  return binary(op, e.args[0], e.args[1], e.type);
}

// ANY (…) or ALL (…): what a value is compared with, item by item.
bool is_quantified(const Element& e) {
  return e.kind == Kind::kUnary && (e.op == Op::kAny || e.op == Op::kAll);
}

// `x = ANY (…)` is not negated by `x != ANY (…)`.
bool has_negation(const Element& e) {
  return (e.kind == Kind::kBinary || e.kind == Kind::kBetween) &&
         op_info(e.op).negation != Op::kNone && !is_quantified(*e.args[1]);
}

bool is_integer(TypeKind kind) {
  return kind == TypeKind::kInteger || kind == TypeKind::kBigInteger ||
         kind == TypeKind::kSmallInteger;
}

bool is_number(Tag tag) { return tag == Tag::kInt || tag == Tag::kDouble || tag == Tag::kDecimal; }

// True when a value beside a column of that kind is of a type of its own: the two can be compared
// or added, but the column could not hold it.
bool keeps_own_type(TypeKind column, const base::Value& v) {
  const Tag tag = v.tag();
  if (is_integer(column)) {
    if (tag == Tag::kDouble)
      return v.as_double() != static_cast<double>(static_cast<int64_t>(v.as_double()));
    return tag == Tag::kDecimal;
  }
  switch (column) {
    case TypeKind::kDate:
      return tag == Tag::kInterval || tag == Tag::kDateTime || tag == Tag::kInt;
    case TypeKind::kDateTime:
    case TypeKind::kTime:
      return tag == Tag::kInterval;
    case TypeKind::kInterval:
      return is_number(tag) || tag == Tag::kDate || tag == Tag::kDateTime || tag == Tag::kTime;
    default:
      return false;
  }
}

ElementPtr percent() {
  static const ElementPtr kElement = literal_column("'%'", types::text());
  return kElement;
}

// `text` with every wildcard and the escape character itself escaped.
std::string escape_wildcards(std::string_view text, std::string_view escape) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' || text[i] == '_' || text.substr(i).starts_with(escape)) out += escape;
    out += text[i];
  }
  return out;
}

ElementPtr match(ElementPtr x, ElementPtr y, MatchOptions options, bool open_left,
                 bool open_right) {
  if (options.autoescape) {
    if (y->kind != Kind::kBind || y->value.tag() != Tag::kText) {
      throw Error(ErrorKind::kArgumentError, "autoescape needs a plain text to escape");
    }
    if (!options.escape) options.escape = "/";
    y = bind(base::Value::text(escape_wildcards(y->value.as_bytes(), *options.escape)), y->type);
  }
  if (options.ignore_case) {
    x = function("lower", {std::move(x)});
    y = function("lower", {std::move(y)});
  }
  std::vector<ElementPtr> pattern;
  if (open_left) pattern.push_back(percent());
  pattern.push_back(std::move(y));
  if (open_right) pattern.push_back(percent());
  const Op op = options.negated ? Op::kNotLike : Op::kLike;
  return grouping(like(op, std::move(x), clauses(Op::kConcat, std::move(pattern), types::text()),
                       options.escape));
}

}  // namespace

ElementPtr and_(std::vector<ElementPtr> conditions) {
  return combine(Op::kAnd, std::move(conditions));
}

ElementPtr or_(std::vector<ElementPtr> conditions) {
  return combine(Op::kOr, std::move(conditions));
}

ElementPtr not_(ElementPtr x) {
  switch (x->kind) {
    case Kind::kTrue:
      return boolean(false);
    case Kind::kFalse:
      return boolean(true);
    case Kind::kLabel:
      return not_(x->args[0]);
    case Kind::kUnary:
      if (x->op == Op::kNot) return x->args[0];
      break;
    case Kind::kGrouping:
      if (has_negation(*x->args[0])) return grouping(not_(x->args[0]));
      break;
    default:
      if (has_negation(*x)) return negated_operator(*x, op_info(x->op).negation);
      break;
  }
  return unary(Op::kNot, std::move(x), types::boolean());
}

ElementPtr compare(Op op, ElementPtr l, ElementPtr r) {
  if (is_quantified(*l) && !is_quantified(*r)) {
    std::swap(l, r);
    op = mirrored(op);
  }
  if (is_null_value(*l) && !is_null_value(*r)) {
    if (op == Op::kEq || op == Op::kNe) std::swap(l, r);
  }
  if (!is_null_value(*r) && !is_null_value(*l)) return binary(op, std::move(l), std::move(r));
  switch (op) {
    case Op::kEq:
    case Op::kIs:
      return binary(Op::kIs, std::move(l), null());
    case Op::kNe:
    case Op::kIsNot:
      return binary(Op::kIsNot, std::move(l), null());
    case Op::kIsDistinctFrom:
    case Op::kIsNotDistinctFrom:
      return binary(op, std::move(l), std::move(r));
    default:
      throw Error(ErrorKind::kArgumentError,
                  "'" + std::string(op_info(op).symbol) +
                      "' with NULL is never true; nothing can be compared so")
          .with_hint("compare with nil by == and ~= only: they become IS NULL and IS NOT NULL");
  }
}

types::TypePtr literal_type(const base::Value& value) {
  switch (value.tag()) {
    case Tag::kBool:
      return types::boolean();
    case Tag::kInt: {
      // A number that no INTEGER of a server holds makes a wide result.
      const int64_t number = value.as_int();
      return number == static_cast<int32_t>(number) ? types::integer() : types::big_integer();
    }
    case Tag::kDouble:
      return types::float_();
    case Tag::kText:
      return types::string();
    case Tag::kBlob:
      return types::large_binary();
    case Tag::kDecimal:
      return types::numeric();
    case Tag::kDate:
      return types::date();
    case Tag::kTime:
      return types::time();
    case Tag::kDateTime:
      return types::datetime(value.utc_offset() != base::kNaive);
    case Tag::kInterval:
      return types::interval();
    case Tag::kUuid:
      return types::uuid();
    case Tag::kJson:
      return types::json();
    default:
      return types::null();
  }
}

ElementPtr coerce(base::Value value, const types::TypePtr& like) {
  if (value.is_null()) return null();
  if (!like || like->base_kind() == TypeKind::kNull || keeps_own_type(like->base_kind(), value)) {
    auto own = literal_type(value);
    return bind(std::move(value), std::move(own));
  }
  return bind(like->cast(std::move(value)), like);
}

ElementPtr like(Op op, ElementPtr l, ElementPtr r, std::optional<std::string> escape) {
  if (!escape) return binary(op, std::move(l), std::move(r), types::boolean());
  const ElementPtr plain = binary(op, std::move(l), std::move(r), types::boolean());
  std::vector<ElementPtr> args = plain->args;
  args.push_back(literal_column(std::move(*escape), types::text()));
  return with_args(*plain, std::move(args));
}

ElementPtr startswith(ElementPtr x, ElementPtr y, const MatchOptions& options) {
  return match(std::move(x), std::move(y), options, false, true);
}

ElementPtr endswith(ElementPtr x, ElementPtr y, const MatchOptions& options) {
  return match(std::move(x), std::move(y), options, true, false);
}

ElementPtr contains(ElementPtr x, ElementPtr y, const MatchOptions& options) {
  return match(std::move(x), std::move(y), options, true, true);
}

ElementPtr in(ElementPtr x, std::vector<ElementPtr> items, bool negated) {
  return binary(negated ? Op::kNotIn : Op::kIn, std::move(x), tuple(std::move(items), true),
                types::boolean());
}

ElementPtr in(ElementPtr x, SelectPtr select, bool negated) {
  return binary(negated ? Op::kNotIn : Op::kIn, std::move(x), scalar_subquery(std::move(select)),
                types::boolean());
}

}  // namespace moonbase::expr
