// What scripts/prelude/syntax.lua is made of: comparisons, `and`, `or` and `not` where SQL takes
// part in them. The functions return nothing where it does not: Lua's own operator does the rest.
#include <optional>

#include "bindings/context.h"
#include "bindings/descriptor.h"
#include "bindings/expr_support.h"
#include "bindings/guard.h"
#include "bindings/lua_association.h"
#include "bindings/lua_model.h"
#include "bindings/lua_syntax.h"
#include "orm/base/error.h"
#include "orm/base/text.h"

namespace moonbase::bindings {
namespace {

using base::Error;
using base::ErrorKind;
using expr::Element;
using expr::ElementPtr;
using expr::Kind;
using expr::Op;

// --- what is SQL ---

// An expression that operators are for: unlike a query, which stands for its value only beside one.
ElementPtr test_operand(lua_State* L, int index) {
  if (const auto* box = test_box<ElementBox>(L, index)) return box->element;
  if (to_box(L, index) == nullptr || test_select(L, index)) return nullptr;
  return test_element(L, index);
}

// A comparison, and/or/not, EXISTS, BETWEEN: what has a truth of its own, unlike a Boolean column.
bool is_comparison(const Element& e) {
  switch (e.kind) {
    case Kind::kBinary:
      return op_info(e.op).result == expr::ResultRule::kBoolean ||
             (e.op == Op::kCustom && e.is_condition());
    case Kind::kUnary:
      return e.op == Op::kNot;
    case Kind::kClauses:
      return e.op == Op::kAnd || e.op == Op::kOr;
    case Kind::kExists:
    case Kind::kBetween:
      return true;
    case Kind::kGrouping:
      return is_comparison(*e.args[0]);
    default:
      return false;
  }
}

// A function nobody knows, which may be a condition or a value.
bool is_untyped(const Element& e) {
  return (e.kind == Kind::kFunction || e.kind == Kind::kLiteralColumn) &&
         e.type->base_kind() == types::TypeKind::kNull;
}

// --- how messages call things ---

// "User.age" for a column of a mapped class's table.
std::optional<std::string> attribute_name(lua_State* L, const Element& e) {
  if (e.kind != Kind::kColumn || e.column == nullptr || e.from->kind != expr::FromKind::kTable)
    return std::nullopt;
  for (const auto& weak : orm_area(L).databases) {
    auto database = weak.lock();
    if (!database) continue;
    for (const auto& mapper : database->registry->mappers()) {
      if (mapper->table()->uid() != e.from->table->uid()) continue;
      int slot = mapper->slot_of(*e.column);
      if (slot < 0) continue;
      return mapper->name() + "." + mapper->attribute_at(slot).name;
    }
  }
  return std::nullopt;
}

std::string shown(lua_State* L, const ElementPtr& e) {
  constexpr size_t kShownBytes = 40;
  if (e->kind == Kind::kBind && e->name.empty()) return e->value.repr(kShownBytes);
  if (e->kind == Kind::kNull) return "nil";
  if (auto name = attribute_name(L, *e)) return *name;
  std::string name = operand_name(ElementBox{e});
  return name == "the expression" ? "x" : name;
}

// A value of the program, as it would write it.
std::string shown(lua_State* L, int index) {
  if (const auto* box = test_box<ElementBox>(L, index))
    return box->mapper != nullptr && box->slot >= 0 ? operand_name(*box) : shown(L, box->element);
  switch (lua_type(L, index)) {
    case LUA_TNONE:
    case LUA_TNIL:
      return "nil";
    case LUA_TBOOLEAN:
      return lua_toboolean(L, index) != 0 ? "true" : "false";
    case LUA_TSTRING:
      return base::quote_for_message(check_string(L, index), 40);
    case LUA_TNUMBER: {
      lua_pushvalue(L, index);
      std::string text(lua_tostring(L, -1));
      lua_pop(L, 1);
      return text;
    }
    default:
      return "a " + type_name_of(L, index);
  }
}

std::string_view lua_symbol(Op op) {
  switch (op) {
    case Op::kEq:
    case Op::kIs:
      return "==";
    case Op::kNe:
    case Op::kIsNot:
      return "~=";
    default:
      return expr::op_info(op).symbol;
  }
}

// "User.age >= 18", for a comparison of an expression with a value.
std::string shown_comparison(lua_State* L, const Element& e) {
  return shown(L, e.args[0]) + " " + std::string(lua_symbol(e.op)) + " " + shown(L, e.args[1]);
}

bool is_order(Op op) { return op >= Op::kLt && op <= Op::kGe; }
bool is_upward(Op op) { return op == Op::kGt || op == Op::kGe; }

// --- comparisons ---

// For (x >= 18) <= 30.
std::string hint_for_chain(lua_State* L, Op op, const Element& inner, const std::string& value) {
  std::string x = shown(L, inner.args[0]);
  std::string both =
      shown_comparison(L, inner) + " and " + x + " " + std::string(lua_symbol(op)) + " " + value;
  if (is_upward(inner.op) == is_upward(op)) return "write " + both;
  std::string low = shown(L, inner.args[1]);
  std::string high = value;
  if (is_upward(op)) low.swap(high);
  return "write " + x + ":between(" + low + ", " + high + "), or " + both;
}

// A condition beside a plain value: somebody wrote a chain, or forgot parentheses.
[[noreturn]] void refuse_plain_value(lua_State* L, Op op, const Element& condition, int index) {
  std::string value = shown(L, index);
  std::string hint =
      "conditions are joined by and and or; beside | and & each needs parentheses: "
      "(User.a == 1) | (User.b == 2)";
  if (condition.kind == Kind::kBinary && is_order(condition.op) && is_order(op))
    hint = hint_for_chain(L, op, condition, value);
  else if (lua_isboolean(L, index))
    hint = "a condition is true or false by itself: write it alone, or not (…)";
  throw Error(ErrorKind::kArgumentError,
              "a condition is compared with " + value + " by '" + std::string(lua_symbol(op)) + "'")
      .with_hint(std::move(hint));
}

int compare_relationship(lua_State* L, Op op, int index) {
  const RelationshipBox box = check_box<RelationshipBox>(L, index);
  if (op != Op::kEq && op != Op::kNe) {
    throw Error(ErrorKind::kArgumentError, box.relationship->full_name() +
                                               " is a relationship, and has no order for '" +
                                               std::string(lua_symbol(op)) + "'")
        .with_hint("compare a column of the other class: " + box.relationship->full_name() +
                   ":has(…)");
  }
  int other = 3 - index;
  return push_result(L, op == Op::kEq
                            ? check_relationship_operand(L, other, *box.relationship, box.owner)
                            : check_other_relationship(L, other, *box.relationship, box.owner));
}

int compare_composite(lua_State* L, Op op, int index) {
  const auto& box = check_box<CompositeAttributeBox>(L, index);
  if (op != Op::kEq && op != Op::kNe)
    throw Error(ErrorKind::kArgumentError, box.mapper->name() + "." + box.name +
                                               " is a composite, and has no order for '" +
                                               std::string(lua_symbol(op)) + "'")
        .with_hint("compare one of its columns");
  ElementPtr equal = composite_equals(L, box, 3 - index);
  return push_result(L, op == Op::kEq ? equal : expr::not_(std::move(equal)));
}

int compare_association(lua_State* L, Op op, int index) {
  static constexpr std::pair<Op, const char*> kMethods[] = {{Op::kEq, "eq"}, {Op::kNe, "ne"},
                                                            {Op::kLt, "lt"}, {Op::kLe, "le"},
                                                            {Op::kGt, "gt"}, {Op::kGe, "ge"}};
  const Op wanted = index == 1 ? op : expr::mirrored(op);
  for (const auto& [each, method] : kMethods)
    if (each == wanted) push_association_condition(L, index, method, 3 - index);
  return 1;
}

// Both sides; nothing for a value where only the other one is an expression.
template <Op op>
int compare(lua_State* L) {
  lua_settop(L, 2);
  if (test_box<RelationshipBox>(L, 1) != nullptr) return compare_relationship(L, op, 1);
  if (test_box<RelationshipBox>(L, 2) != nullptr) return compare_relationship(L, op, 2);
  if (test_box<CompositeAttributeBox>(L, 1) != nullptr) return compare_composite(L, op, 1);
  if (test_box<CompositeAttributeBox>(L, 2) != nullptr) return compare_composite(L, op, 2);
  for (int side : {1, 2})
    if (is_association_attribute(L, side)) return compare_association(L, op, side);
  ElementPtr left = test_operand(L, 1);
  ElementPtr right = test_operand(L, 2);
  if (left && right) return push_result(L, expr::compare(op, std::move(left), std::move(right)));
  if (!left && !right) return 0;
  const int value = left ? 2 : 1;
  const Op way = left ? op : expr::mirrored(op);
  const ElementPtr& expression = left ? left : right;
  if (is_comparison(*expression) && !test_element(L, value))
    refuse_plain_value(L, way, *expression, value);
  const auto* box = test_box<ElementBox>(L, 3 - value);
  ElementPtr operand =
      box != nullptr ? check_operand(L, value, *box) : check_operand(L, value, {expression});
  return push_result(L, expr::compare(way, expression, std::move(operand)));
}

// --- and, or, not ---

// What takes part in and, or and not: "condition", "column" for another expression, nothing for a
// value of Lua.
int kind_of(lua_State* L) {
  if (ElementPtr element = test_operand(L, 1)) {
    lua_pushstring(L, element->is_condition() ? "condition" : "column");
    return 1;
  }
  if (test_box<RelationshipBox>(L, 1) == nullptr) return 0;
  lua_pushliteral(L, "column");
  return 1;
}

std::string shown_part(lua_State* L, int index) {
  if (const auto* box = test_box<RelationshipBox>(L, index)) return box->relationship->full_name();
  return shown(L, index);
}

// "User.name, which is no condition but a value of type String(64)"
std::string no_condition(lua_State* L, int index) {
  std::string name = shown_part(L, index);
  if (ElementPtr element = test_element(L, index))
    return name + ", which is no condition but a value of type " + element->type->repr();
  return name;
}

std::string hint_for_part(lua_State* L, Op op, const Element& condition, int index) {
  std::string word(op == Op::kAnd ? "and" : "or");
  if (test_box<RelationshipBox>(L, index) != nullptr)
    return "write " + shown_part(L, index) + " ~= nil";
  if (test_element(L, index)) return "compare it: " + shown_part(L, index) + " == …";
  switch (lua_type(L, index)) {
    case LUA_TNONE:
    case LUA_TNIL:
      return "a name that is not defined is nil; a comparison with NULL is written User.email == "
             "nil";
    case LUA_TBOOLEAN:
      return "what decides without SQL comes first: flag " + word +
             " User.age > 18; SQL's own truth values are db.true_() and db.false_()";
    default:
      break;
  }
  if (condition.kind == Kind::kBinary && condition.op == Op::kEq && op == Op::kOr) {
    std::string x = shown(L, condition.args[0]);
    std::string value = shown(L, index);
    return "write " + shown_comparison(L, condition) + " or " + x + " == " + value + ", or " + x +
           ":in_{" + shown(L, condition.args[1]) + ", " + value + "}";
  }
  return "write a comparison on each side: User.age > 18 " + word + " User.age < 30";
}

// `and` between the column at 1 and the value at 2: a choice, unless that is a condition.
int check_choice(lua_State* L) {
  ElementPtr chosen = test_operand(L, 2);
  if (!chosen || !chosen->is_condition() || is_untyped(*chosen)) return 0;
  throw Error(ErrorKind::kArgumentError, "'and' has a condition after " + no_condition(L, 1))
      .with_hint("compare it: " + shown_part(L, 1) +
                 (test_box<RelationshipBox>(L, 1) != nullptr ? " ~= nil" : " == …"));
}

template <Op op>
int choose(lua_State* L) {
  if (op == Op::kAnd) check_choice(L);
  lua_settop(L, op == Op::kAnd ? 2 : 1);
  return 1;
}

// What the chain has come to, at 1, and the value of its next part, at 2.
template <Op op>
int join(lua_State* L) {
  lua_settop(L, 2);
  ElementPtr left = test_operand(L, 1);
  if (!left || !left->is_condition()) return choose<op>(L);
  ElementPtr right = test_element(L, 2);
  if (right && right->is_condition()) {
    std::vector<ElementPtr> parts = {std::move(left), std::move(right)};
    return push_result(L,
                       op == Op::kAnd ? expr::and_(std::move(parts)) : expr::or_(std::move(parts)));
  }
  // A function of unknown type beside a column is one of two columns to choose from.
  if (right && is_untyped(*left)) return choose<op>(L);
  throw Error(ErrorKind::kArgumentError, std::string("a condition is combined by '") +
                                             (op == Op::kAnd ? "and" : "or") + "' with " +
                                             no_condition(L, 2))
      .with_hint(hint_for_part(L, op, *left, 2));
}

int negate(lua_State* L) {
  lua_settop(L, 1);
  ElementPtr element = test_operand(L, 1);
  if (element && element->is_condition()) return push_result(L, expr::not_(std::move(element)));
  bool is_relationship = test_box<RelationshipBox>(L, 1) != nullptr;
  if (!element && !is_relationship) return 0;
  std::string name = shown_part(L, 1);
  throw Error(ErrorKind::kArgumentError, "'not' has " + no_condition(L, 1))
      .with_hint(is_relationship ? "write " + name + " == nil"
                                 : "not comes before the comparison in Lua: did you mean not (" +
                                       name + " == …)?");
}

}  // namespace

void push_comparison_functions(lua_State* L) {
  static constexpr luaL_Reg kFunctions[] = {
      {"eq", guarded<compare<Op::kEq>>},
      {"ne", guarded<compare<Op::kNe>>},
      {"lt", guarded<compare<Op::kLt>>},
      {"le", guarded<compare<Op::kLe>>},
      {"gt", guarded<compare<Op::kGt>>},
      {"ge", guarded<compare<Op::kGe>>},
      {"kind_of", guarded<kind_of>},
      {"join_and", guarded<join<Op::kAnd>>},
      {"join_or", guarded<join<Op::kOr>>},
      {"check_choice", guarded<check_choice>},
      {"negate", guarded<negate>},
      {"name", defined_name},
      {"keys", remember_keys},
      {nullptr, nullptr},
  };
  luaL_newlib(L, kFunctions);
}

}  // namespace moonbase::bindings
