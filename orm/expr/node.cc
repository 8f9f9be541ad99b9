#include "orm/expr/node.h"

#include <atomic>

#include "orm/base/error.h"
#include "orm/base/text.h"
#include "orm/expr/seal.h"
#include "orm/expr/statement.h"

namespace moonbase::expr {

namespace {

using base::Error;
using base::ErrorKind;

std::shared_ptr<Element> make(Kind kind, types::TypePtr type) {
  auto e = std::make_shared<Element>(kind);
  e->type = type ? std::move(type) : types::null();
  return e;
}

std::shared_ptr<Element> make(Kind kind, types::TypePtr type, std::vector<ElementPtr> args) {
  auto e = make(kind, std::move(type));
  e->args = std::move(args);
  return e;
}

// A vector of exactly this capacity; an initializer list would copy the pointers.
std::vector<ElementPtr> list(ElementPtr a) {
  std::vector<ElementPtr> out;
  out.push_back(std::move(a));
  return out;
}

std::vector<ElementPtr> list(ElementPtr a, ElementPtr b) {
  std::vector<ElementPtr> out;
  out.reserve(2);
  out.push_back(std::move(a));
  out.push_back(std::move(b));
  return out;
}

void append(std::vector<ElementPtr>& to, std::vector<ElementPtr> items) {
  for (ElementPtr& item : items) to.push_back(std::move(item));
}

bool is_text(types::TypeKind kind) {
  using types::TypeKind;
  return kind == TypeKind::kString || kind == TypeKind::kText || kind == TypeKind::kUnicode ||
         kind == TypeKind::kUnicodeText || kind == TypeKind::kEnum;
}

bool is_concatenation(const Element& l, const Element& r) {
  const types::TypeKind left = l.type->base_kind(), right = r.type->base_kind();
  return (is_text(left) && (is_text(right) || right == types::TypeKind::kNull)) ||
         (is_text(right) && left == types::TypeKind::kNull);
}

}  // namespace

Element::~Element() {
  if (args.empty() || !args.front() || args.front()->args.empty()) return;
  ElementPtr left = std::move(args.front());
  while (left && left.use_count() == 1) {
    // The last owner may empty it: the acquire fence orders what former owners read before that.
    std::atomic_thread_fence(std::memory_order_acquire);
    auto& inner = const_cast<Element&>(*left).args;
    ElementPtr next = inner.empty() ? nullptr : std::move(inner.front());
    left = std::move(next);
  }
}

bool Element::is_condition() const {
  switch (kind) {
    case Kind::kTrue:
    case Kind::kFalse:
    case Kind::kText:
    case Kind::kExists:
    case Kind::kBetween:
      return true;
    case Kind::kLabel:
    case Kind::kGrouping:
      return args[0]->is_condition();
    case Kind::kClauses:
      return op == Op::kAnd || op == Op::kOr;
    case Kind::kLiteralColumn:
    case Kind::kFunction:
      return type->base_kind() == types::TypeKind::kBoolean ||
             type->base_kind() == types::TypeKind::kNull;
    case Kind::kBind:
      return !name.empty() && type->base_kind() == types::TypeKind::kBoolean;
    default:
      return type->base_kind() == types::TypeKind::kBoolean;
  }
}

ElementPtr column(FromPtr from, const schema::Column& c) {
  auto e = make(Kind::kColumn, c.type);
  e->from = std::move(from);
  e->column = &c;
  return seal(std::move(e));
}

ElementPtr column(FromPtr from, std::string name, types::TypePtr type) {
  auto e = make(Kind::kColumn, std::move(type));
  e->from = std::move(from);
  e->name = std::move(name);
  return seal(std::move(e));
}

ElementPtr bind(base::Value value, types::TypePtr type) {
  auto e = make(Kind::kBind, std::move(type));
  e->value = std::move(value);
  return seal(std::move(e));
}

ElementPtr bind_name(std::string name, types::TypePtr type) {
  auto e = make(Kind::kBind, std::move(type));
  e->name = std::move(name);
  e->flags |= kCallableName;
  return seal(std::move(e));
}

ElementPtr null() {
  static const ElementPtr kElement = seal(make(Kind::kNull, nullptr));
  return kElement;
}

ElementPtr boolean(bool value) {
  static const ElementPtr kTrueElement = seal(make(Kind::kTrue, types::boolean()));
  static const ElementPtr kFalseElement = seal(make(Kind::kFalse, types::boolean()));
  return value ? kTrueElement : kFalseElement;
}

ElementPtr literal_column(std::string text, types::TypePtr type) {
  auto e = make(Kind::kLiteralColumn, std::move(type));
  e->name = std::move(text);
  return seal(std::move(e));
}

ElementPtr unary(Op op, ElementPtr x, types::TypePtr type) {
  if (!type) type = op_info(op).result == ResultRule::kBoolean ? types::boolean() : x->type;
  // One item of the array is what is compared.
  const bool is_quantifier = op == Op::kAny || op == Op::kAll;
  if (is_quantifier && type->base_kind() == types::TypeKind::kArray) type = type->impl().item();
  auto e = make(Kind::kUnary, std::move(type), list(std::move(x)));
  e->op = op;
  return seal(std::move(e));
}

ElementPtr binary(Op op, ElementPtr l, ElementPtr r, types::TypePtr type) {
  if (op == Op::kAdd && is_concatenation(*l, *r)) op = Op::kConcat;
  if (!type) type = result_type(op, l->type, r->type);
  auto e = make(Kind::kBinary, std::move(type), list(std::move(l), std::move(r)));
  e->op = op;
  return seal(std::move(e));
}

ElementPtr custom_op(std::string op, ElementPtr l, ElementPtr r, types::TypePtr type,
                     bool is_comparison) {
  if (is_comparison) {
    type = types::boolean();
  } else if (!type) {
    type = l->type;
  }
  auto e = make(Kind::kBinary, std::move(type), list(std::move(l), std::move(r)));
  e->op = Op::kCustom;
  e->name = std::move(op);
  return seal(std::move(e));
}

ElementPtr clauses(Op op, std::vector<ElementPtr> items, types::TypePtr type) {
  if (!type) type = op_info(op).result == ResultRule::kText ? types::text() : types::null();
  auto e = make(Kind::kClauses, std::move(type), std::move(items));
  e->op = op;
  return seal(std::move(e));
}

ElementPtr tuple(std::vector<ElementPtr> items, bool expanding_list) {
  auto e = make(Kind::kTuple, nullptr, std::move(items));
  if (expanding_list) e->flags |= kExpandingList;
  return seal(std::move(e));
}

ElementPtr between(ElementPtr x, ElementPtr low, ElementPtr high, bool negated, bool symmetric) {
  std::vector<ElementPtr> args;
  args.reserve(3);
  args.push_back(std::move(x));
  args.push_back(std::move(low));
  args.push_back(std::move(high));
  auto e = make(Kind::kBetween, types::boolean(), std::move(args));
  e->op = negated ? Op::kNotBetween : Op::kBetween;
  if (symmetric) e->flags |= kSymmetric;
  return seal(std::move(e));
}

ElementPtr function(std::string name, std::vector<ElementPtr> args, types::TypePtr type,
                    bool distinct) {
  if (name.empty()) throw Error(ErrorKind::kArgumentError, "A function needs a name");
  if (args.empty() && base::equal_ignoring_case(name, "count")) args.push_back(star());
  if (!type) type = function_type(name, args);
  auto e = make(Kind::kFunction, std::move(type), std::move(args));
  e->name = std::move(name);
  if (distinct) e->flags |= kDistinctArgs;
  return seal(std::move(e));
}

ElementPtr over(ElementPtr function, std::vector<ElementPtr> partition_by,
                std::vector<ElementPtr> order_by, std::string frame) {
  auto type = function->type;
  auto e = make(Kind::kOver, std::move(type), list(std::move(function)));
  e->partition_count = static_cast<uint16_t>(partition_by.size());
  append(e->args, std::move(partition_by));
  append(e->args, std::move(order_by));
  e->name = std::move(frame);
  return seal(std::move(e));
}

ElementPtr filter(ElementPtr function, ElementPtr condition) {
  auto type = function->type;
  return seal(
      make(Kind::kFilter, std::move(type), list(std::move(function), std::move(condition))));
}

ElementPtr within_group(ElementPtr function, std::vector<ElementPtr> order_by) {
  auto type = within_group_type(*function, order_by);
  auto e = make(Kind::kWithinGroup, std::move(type), list(std::move(function)));
  append(e->args, std::move(order_by));
  return seal(std::move(e));
}

ElementPtr case_(ElementPtr value, std::vector<std::pair<ElementPtr, ElementPtr>> whens,
                 ElementPtr otherwise) {
  if (whens.empty())
    throw Error(ErrorKind::kArgumentError, "A CASE needs at least one condition and its result");
  auto e = make(Kind::kCase, nullptr);
  auto note_type = [&e](const ElementPtr& result) { e->type = common_type(e->type, result->type); };
  if (value) {
    e->flags |= kCaseHasValue;
    e->args.push_back(std::move(value));
  }
  for (auto& [when, then] : whens) {
    note_type(then);
    e->args.push_back(std::move(when));
    e->args.push_back(std::move(then));
  }
  if (otherwise) {
    note_type(otherwise);
    e->flags |= kCaseHasElse;
    e->args.push_back(std::move(otherwise));
  }
  return seal(std::move(e));
}

ElementPtr cast(ElementPtr x, types::TypePtr type) {
  return seal(make(Kind::kCast, std::move(type), list(std::move(x))));
}

ElementPtr type_coerce(ElementPtr x, types::TypePtr type) {
  return seal(make(Kind::kTypeCoerce, std::move(type), list(std::move(x))));
}

ElementPtr label(ElementPtr x, std::string name) {
  while (x->kind == Kind::kLabel) x = x->args[0];
  auto type = x->type;
  auto e = make(Kind::kLabel, std::move(type), list(std::move(x)));
  if (name.empty()) e->flags |= kAnonymous;
  e->name = std::move(name);
  return seal(std::move(e));
}

ElementPtr label_ref(std::string name, types::TypePtr type) {
  auto e = make(Kind::kLabelRef, std::move(type));
  e->name = std::move(name);
  return seal(std::move(e));
}

ElementPtr exists(SelectPtr select) {
  auto e = make(Kind::kExists, types::boolean());
  e->select = std::move(select);
  return seal(std::move(e));
}

ElementPtr scalar_subquery(SelectPtr select) {
  const Select* first = select.get();
  while (!first->parts.empty()) first = first->parts.front().get();
  auto e =
      make(Kind::kScalarSubquery, first->columns.empty() ? nullptr : first->columns.front()->type);
  e->select = std::move(select);
  return seal(std::move(e));
}

ElementPtr collate(ElementPtr x, std::string collation) {
  auto type = x->type;
  auto e = make(Kind::kCollate, std::move(type), list(std::move(x)));
  e->name = std::move(collation);
  return seal(std::move(e));
}

ElementPtr extract(std::string field, ElementPtr x) {
  auto e = make(Kind::kExtract, types::integer(), list(std::move(x)));
  e->name = std::move(field);
  return seal(std::move(e));
}

ElementPtr star(FromPtr from) {
  auto e = make(Kind::kStar, nullptr);
  e->from = std::move(from);
  return seal(std::move(e));
}

ElementPtr ordering(Op op, ElementPtr x) {
  auto type = x->type;
  auto e = make(Kind::kOrdering, std::move(type), list(std::move(x)));
  e->op = op;
  return seal(std::move(e));
}

ElementPtr grouping(ElementPtr x) {
  auto type = x->type;
  return seal(make(Kind::kGrouping, std::move(type), list(std::move(x))));
}

ElementPtr json_path(ElementPtr x, std::vector<ElementPtr> path, bool as_text,
                     types::TypePtr type) {
  if (!type) type = as_text ? types::text() : x->type;
  auto e = make(Kind::kJsonPath, std::move(type), list(std::move(x)));
  append(e->args, std::move(path));
  if (as_text) e->flags |= kJsonAsText;
  return seal(std::move(e));
}

}  // namespace moonbase::expr
