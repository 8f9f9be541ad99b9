// Class Expression: its methods and operators; patterns, paths into JSON and fields are in files of
// their own.
#include "bindings/expr_support.h"
#include "bindings/guard.h"
#include "bindings/lua_schema.h"
#include "orm/base/error.h"

namespace moonbase::bindings {

template <>
const ClassDef& class_of<ElementBox>() {
  return kElementClass;
}

namespace {

using base::Error;
using base::ErrorKind;
using expr::ElementPtr;
using expr::Kind;
using expr::Op;

const ElementBox& self(lua_State* L) { return check_box<ElementBox>(L, 1); }

// --- comparisons ---

void require_argument(lua_State* L) {
  if (lua_isnone(L, 2)) throw_argument(L, 2, "a value to compare with (nil for NULL)");
}

// The right side of a comparison; true and false on the right of IS are SQL's own.
template <Op op>
int compare(lua_State* L) {
  const ElementBox& left = self(L);
  require_argument(L);
  ElementPtr right = (op == Op::kIs || op == Op::kIsNot) && lua_isboolean(L, 2)
                         ? expr::boolean(lua_toboolean(L, 2) != 0)
                         : check_operand(L, 2, left);
  return push_result(L, expr::compare(op, left.element, std::move(right)));
}

template <bool negated>
int in_list(lua_State* L) {
  const char* name = negated ? "not_in" : "in_";
  const ElementBox& left = self(L);
  if (lua_gettop(L) != 2) {
    throw Error(ErrorKind::kArgumentError, std::string(name) + " takes one list, got " +
                                               std::to_string(lua_gettop(L) - 1) + " arguments")
        .with_hint(std::string("write the values in braces: :") + name + "{1, 2, 3}");
  }
  expr::SelectPtr select = test_select(L, 2);
  if (const auto* from = test_box<FromBox>(L, 2)) select = from->from->select;
  if (select) return push_result(L, expr::in(left.element, std::move(select), negated));
  if (!lua_istable(L, 2)) {
    throw Error(ErrorKind::kArgumentError,
                std::string(name) + ": expected a list or a query, got " + type_name_of(L, 2))
        .with_hint(std::string("write the values in braces: :") + name + "{1, 2, 3}");
  }
  std::vector<ElementPtr> items;
  int count = check_list(L, 2, name);
  items.reserve(static_cast<size_t>(count));
  for (int i = 1; i <= count; ++i) {
    lua_rawgeti(L, 2, i);
    items.push_back(check_operand(L, 3, left));
    lua_settop(L, 2);
  }
  return push_result(L, expr::in(left.element, std::move(items), negated));
}

// between(low, high), between{low, high, symmetric = true}, between(low, high, {symmetric = true}).
int between(lua_State* L) {
  const ElementBox& left = self(L);
  bool is_symmetric = false;
  if (lua_gettop(L) == 4 && lua_istable(L, 4)) {
    Kwargs options(L, 4, "between");
    options.expect_positional(0, 0);
    is_symmetric = options.take_boolean("symmetric", false);
    options.finish();
    lua_settop(L, 3);
  }
  Kwargs args(L, 2, "between");
  args.expect_positional(2, 2);
  ElementPtr plain = read_between(L, args, left, 1);
  if (!is_symmetric) return push_result(L, std::move(plain));
  return push_result(L, expr::between(plain->args[0], plain->args[1], plain->args[2], false, true));
}

// --- operators ---

// The two operands of a binary operator, one of which at least is an expression.
std::pair<ElementPtr, ElementPtr> operands(lua_State* L, const types::TypePtr& type = nullptr) {
  for (int i = 1; i <= 2; ++i) {
    if (!lua_isnil(L, i)) continue;
    throw Error(ErrorKind::kTypeError, "an operand is nil")
        .with_hint("a name that is not defined is nil; NULL is db.null");
  }
  if (const auto* left = test_box<ElementBox>(L, 1))
    return {left->element, check_operand(L, 2, *left, type)};
  const ElementBox& right = check_box<ElementBox>(L, 2);
  return {check_operand(L, 1, right, type), right.element};
}

// What a plain number beside the expression is, where that is not the expression's own type. A
// factor beside an exact number, unlike what is stored or compared, is not rounded to the column's
// scale: 1.135. Beside a truth value numbers stay numbers.
types::TypePtr number_type(lua_State* L, Op op) {
  const auto* box = test_box<ElementBox>(L, 1);
  if (box == nullptr) box = &check_box<ElementBox>(L, 2);
  const bool is_factor = op == Op::kMul || op == Op::kDiv || op == Op::kFloorDiv || op == Op::kMod;
  switch (box->element->type->kind()) {
    case types::TypeKind::kNumeric:
      return is_factor ? types::numeric() : nullptr;
    case types::TypeKind::kBoolean:
      return types::integer();
    default:
      return nullptr;
  }
}

template <Op op>
int arithmetic(lua_State* L) {
  auto [left, right] = operands(L, number_type(L, op));
  return push_result(L, expr::binary(op, std::move(left), std::move(right)));
}

// Numbers become text, as Lua's own `..` does it.
int concatenate(lua_State* L) {
  for (int i = 1; i <= 2; ++i) {
    if (lua_type(L, i) == LUA_TNUMBER) lua_tolstring(L, i, nullptr);
  }
  auto [left, right] = operands(L, types::string());
  return push_result(L, expr::binary(Op::kConcat, std::move(left), std::move(right)));
}

template <Op op>
int unary(lua_State* L) {
  const ElementPtr& x = self(L).element;
  return push_result(L, expr::unary(op, x, x->type));
}

int refuse_order(lua_State* L) {
  const auto* box = test_box<ElementBox>(L, 1);
  if (box == nullptr) box = &check_box<ElementBox>(L, 2);
  std::string name = operand_name(*box);
  throw Error(ErrorKind::kArgumentError,
              "in this place < and > compare Lua values, and " + name + " is an SQL expression")
      .with_hint("write " + name + ":lt(…), :le, :gt or :ge, or keep the condition with db.expr(" +
                 name + " < …)");
}

int refuse_length(lua_State* L) {
  throw Error(ErrorKind::kTypeError,
              "'#': " + operand_name(self(L)) + " is an SQL expression and has no length")
      .with_hint("the length of a text in SQL is db.func.length(x)");
}

int refuse_call(lua_State* L) {
  throw Error(ErrorKind::kTypeError,
              operand_name(self(L)) + " is an SQL expression and cannot be called")
      .with_hint("an SQL function is db.func.name(…); a method takes a colon: User.name:like 'a%'");
}

// SQL has no operator for it.
int power(lua_State* L) {
  auto [left, right] = operands(L, types::null());
  const bool is_exact = left->type->base_kind() == types::TypeKind::kNumeric ||
                        right->type->base_kind() == types::TypeKind::kNumeric;
  std::vector<ElementPtr> args;
  args.push_back(std::move(left));
  args.push_back(std::move(right));
  return push_result(
      L, expr::function("power", std::move(args), is_exact ? types::numeric() : types::float_()));
}

int refuse_xor(lua_State*) {
  throw Error(ErrorKind::kTypeError, "'~' between two expressions is no SQL operator")
      .with_hint(
          "unequal is ~= inside filter(), or :ne(…); exclusive or of integers is :bitwise_xor(…)");
}

// --- custom operators ---

int apply_operator(lua_State* L, const ElementBox& left, std::string name, bool is_comparison,
                   int operand) {
  types::TypePtr type = lua_isnoneornil(L, operand + 1) ? nullptr : check_type(L, operand + 1);
  ElementPtr right = check_operand(L, operand, ElementBox{nullptr});
  return push_result(L, expr::custom_op(std::move(name), left.element, std::move(right),
                                        std::move(type), is_comparison));
}

// x:op('->')(y): upvalues are x, the operator and whether it compares.
int operator_closure(lua_State* L) {
  const ElementBox& left = check_box<ElementBox>(L, lua_upvalueindex(1));
  std::string name(check_string(L, lua_upvalueindex(2)));
  bool is_comparison = lua_toboolean(L, lua_upvalueindex(3)) != 0;
  lua_settop(L, 2);
  return apply_operator(L, left, std::move(name), is_comparison, 1);
}

// op{'->', y, return_type = db.Text, is_comparison = true}.
int custom_operator_with_options(lua_State* L, bool is_comparison) {
  const ElementBox& left = self(L);
  Kwargs args(L, 2, is_comparison ? "bool_op" : "op");
  args.expect_positional(2, 2);
  is_comparison = args.take_boolean("is_comparison", is_comparison);
  lua_settop(L, 2);
  args.push(2);
  if (!args.take("return_type")) lua_pushnil(L);
  args.finish();
  args.push(1);
  std::string name(check_string(L, 5));
  if (name.empty()) throw_argument(L, 2, "an SQL operator");
  return apply_operator(L, left, std::move(name), is_comparison, 3);
}

template <bool is_comparison>
int custom_operator(lua_State* L) {
  if (lua_istable(L, 2)) return custom_operator_with_options(L, is_comparison);
  const ElementBox& left = self(L);
  std::string name(check_string(L, 2));
  if (name.empty()) throw_argument(L, 2, "an SQL operator");
  if (lua_gettop(L) == 2) {
    lua_pushboolean(L, is_comparison);
    lua_pushcclosure(L, guarded<operator_closure>, 3);
    return 1;
  }
  lua_settop(L, 4);
  return apply_operator(L, left, std::move(name), is_comparison, 3);
}

int concat_method(lua_State* L) {
  require_argument(L);
  lua_settop(L, 2);
  return concatenate(L);
}

template <Op op>
int bitwise(lua_State* L) {
  require_argument(L);
  lua_settop(L, 2);
  return arithmetic<op>(L);
}

// --- labels, order, types ---

template <Op op>
int ordering(lua_State* L) {
  return push_result(L, expr::ordering(op, self(L).element));
}

int label(lua_State* L) {
  const ElementBox& box = self(L);
  // Of whose class it is decides what it is read from, whatever its name.
  push_box(L, ElementBox{expr::label(box.element, opt_string(L, 2).value_or("")), box.mapper, -1,
                         box.from});
  return 1;
}

int cast(lua_State* L) {
  const ElementBox& box = self(L);
  return push_result(L, expr::cast(box.element, check_type(L, 2)));
}

int type_coerce(lua_State* L) {
  const ElementBox& box = self(L);
  return push_result(L, expr::type_coerce(box.element, check_type(L, 2)));
}

int collate(lua_State* L) {
  const ElementBox& box = self(L);
  return push_result(L, expr::collate(box.element, std::string(check_string(L, 2))));
}

// --- showing ---

int element_tostring(lua_State* L) {
  push_string(L, element_sql(self(L).element));
  return 1;
}

int compile_method(lua_State* L) {
  push_compiled(L, self(L).element, 2);
  return 1;
}

int exists_where(lua_State* L) {
  const ElementPtr& x = self(L).element;
  if (x->kind != Kind::kExists || x->select->set_op != expr::SetOp::kNone) {
    throw Error(ErrorKind::kArgumentError,
                "where: " + operand_name(self(L)) + " takes no condition; db.exists(…) does");
  }
  std::vector<ElementPtr> conditions = check_conditions(L, 2, "where");
  expr::Select draft = *x->select;
  for (ElementPtr& condition : conditions) draft.where.push_back(std::move(condition));
  return push_result(L, expr::exists(expr::finish(std::move(draft))));
}

constexpr MethodDef kMethods[] = {
    {"eq", guarded<compare<Op::kEq>>, "eq(x)  equal to x; eq(nil) is IS NULL"},
    {"ne", guarded<compare<Op::kNe>>, "ne(x)  not equal to x; ne(nil) is IS NOT NULL"},
    {"lt", guarded<compare<Op::kLt>>, "lt(x)  less than x"},
    {"le", guarded<compare<Op::kLe>>, "le(x)  at most x"},
    {"gt", guarded<compare<Op::kGt>>, "gt(x)  greater than x"},
    {"ge", guarded<compare<Op::kGe>>, "ge(x)  at least x"},
    {"is_", guarded<compare<Op::kIs>>, "is_(x)  IS x: for nil, true and false"},
    {"is_not", guarded<compare<Op::kIsNot>>, "is_not(x)  IS NOT x"},
    {"is_distinct_from", guarded<compare<Op::kIsDistinctFrom>>,
     "is_distinct_from(x)  unequal, where NULL equals NULL and nothing else"},
    {"is_not_distinct_from", guarded<compare<Op::kIsNotDistinctFrom>>,
     "is_not_distinct_from(x)  equal, where NULL equals NULL and nothing else"},
    {"in_", guarded<in_list<false>>,
     "in_{a, b, …}  one of the values of a list or the rows of a query; a NULL in the list equals "
     "nothing"},
    {"not_in", guarded<in_list<true>>,
     "not_in{a, b, …}  none of the values; with a NULL among them never true"},
    {"between", guarded<between>,
     "between(low, high)  from low to high, both included; between{a, b, symmetric = true} takes "
     "the bounds in either order"},
    {"op", guarded<custom_operator<false>>,
     "op(operator, x [, type])  any other operator: x:op('<->', y); op{'<->', y, return_type =, "
     "is_comparison =}"},
    {"bool_op", guarded<custom_operator<true>>, "bool_op(operator, x)  any other comparison"},
    {"concat", guarded<concat_method>, "concat(x)  the texts one after the other, as .. does"},
    {"bitwise_and", guarded<bitwise<Op::kBitAnd>>, "bitwise_and(n)  the bits set in both"},
    {"bitwise_or", guarded<bitwise<Op::kBitOr>>, "bitwise_or(n)  the bits set in one of them"},
    {"bitwise_xor", guarded<bitwise<Op::kBitXor>>,
     "bitwise_xor(n)  the bits set in exactly one of them"},
    {"bitwise_not", guarded<unary<Op::kBitNot>>, "bitwise_not()  every bit turned over"},
    {"bitwise_lshift", guarded<bitwise<Op::kShiftLeft>>,
     "bitwise_lshift(n)  shifted left by n bits"},
    {"bitwise_rshift", guarded<bitwise<Op::kShiftRight>>,
     "bitwise_rshift(n)  shifted right by n bits"},
    {"asc", guarded<ordering<Op::kAsc>>, "asc()  in ascending order, for order_by"},
    {"desc", guarded<ordering<Op::kDesc>>, "desc()  in descending order, for order_by"},
    {"nulls_first", guarded<ordering<Op::kNullsFirst>>,
     "nulls_first()  NULL before all values, for order_by"},
    {"nulls_last", guarded<ordering<Op::kNullsLast>>,
     "nulls_last()  NULL after all values, for order_by"},
    {"label", guarded<label>, "label(name)  under this name in the result"},
    {"cast", guarded<cast>, "cast(type)  converted by the database: CAST(x AS type)"},
    {"type_coerce", guarded<type_coerce>,
     "type_coerce(type)  taken for this type here, without any SQL"},
    {"collate", guarded<collate>, "collate(name)  compared and ordered by this collation"},
    {"distinct", guarded<unary<Op::kDistinct>>,
     "distinct()  DISTINCT x: db.func.count(User.name:distinct())"},
    {"any_", guarded<unary<Op::kAny>>, "any_()  ANY (x): to compare with some item of an array"},
    {"all_", guarded<unary<Op::kAll>>, "all_()  ALL (x): to compare with every item of an array"},
    {"over", guarded<function_over>,
     "over{partition_by =, order_by =, rows =, range =, groups =}  a window: rows = {-1, 0}, "
     "db.null for no bound"},
    {"filter", guarded<function_filter>,
     "filter(condition, …)  an aggregate of the rows that meet it"},
    {"within_group", guarded<function_within_group>,
     "within_group(x, …)  an aggregate of an ordered set"},
    {"table_valued", guarded<function_table_valued>,
     "table_valued('key', 'value', …)  the rows a function returns, to select from; {…, name = "
     "'j'}"},
    {"alias", guarded<function_alias>,
     "alias([name])  the rows a function returns, with any column: x.c.value"},
    {"where", guarded<exists_where>, "where(condition, …)  db.exists(…) with a further condition"},
    {"compile", guarded<compile_method>,
     "compile{dialect =, literal_binds =}  the SQL for a dialect: tostring is the text, params the "
     "values"},
};

constexpr MethodDef kMetamethods[] = {
    {"__add", guarded<arithmetic<Op::kAdd>>, "x + y  the sum; of texts, one after the other"},
    {"__sub", guarded<arithmetic<Op::kSub>>, "x - y"},
    {"__mul", guarded<arithmetic<Op::kMul>>, "x * y"},
    {"__div", guarded<arithmetic<Op::kDiv>>, "x / y  with a fraction, for integers too"},
    {"__idiv", guarded<arithmetic<Op::kFloorDiv>>, "x // y  rounded down"},
    {"__mod", guarded<arithmetic<Op::kMod>>, "x % y  the remainder"},
    {"__pow", guarded<power>, "x ^ y  power(x, y)"},
    {"__unm", guarded<unary<Op::kNeg>>, "-x"},
    {"__shl", guarded<arithmetic<Op::kShiftLeft>>, "x << n  shifted left by n bits"},
    {"__shr", guarded<arithmetic<Op::kShiftRight>>, "x >> n  shifted right by n bits"},
    {"__concat", guarded<concatenate>, "x .. y  the texts one after the other"},
    {"__band", guarded<condition_and>, "a & b  both conditions"},
    {"__bor", guarded<condition_or>, "a | b  one of the conditions"},
    {"__bnot", guarded<condition_not>, "~a  not the condition"},
    {"__bxor", guarded<refuse_xor>, "a ~ b  no operator of SQL"},
    {"__lt", guarded<refuse_order>, "x < y  an error: write x:lt(y), or db.expr(x < y)"},
    {"__le", guarded<refuse_order>, "x <= y  an error: write x:le(y), or db.expr(x <= y)"},
    {"__len", guarded<refuse_length>, "#x  an error: the length in SQL is db.func.length(x)"},
    {"__call", guarded<refuse_call>, "x(…)  an error: an expression is no function"},
    {"__tostring", guarded<element_tostring>, "tostring(x)  its SQL"},
};

// The rows of all files, one after the other.
std::span<const MethodDef> element_methods() {
  static const std::vector<MethodDef> kAll = [] {
    std::vector<MethodDef> all;
    for (std::span<const MethodDef> rows : {std::span<const MethodDef>(kMethods), pattern_methods(),
                                            json_methods(), subquery_methods()}) {
      all.insert(all.end(), rows.begin(), rows.end());
    }
    return all;
  }();
  return kAll;
}

}  // namespace

ElementPtr read_between(lua_State* L, Kwargs& args, const ElementBox& x, int first) {
  bool is_symmetric = args.take_boolean("symmetric", false);
  args.finish();
  auto bound = [&](int position) {
    args.push(position);
    ElementPtr element = check_operand(L, lua_gettop(L), x);
    lua_pop(L, 1);
    return element;
  };
  ElementPtr low = bound(first);
  return expr::between(x.element, std::move(low), bound(first + 1), false, is_symmetric);
}

int condition_and(lua_State* L) {
  ElementPtr left = check_condition(L, 1, "&");
  return push_result(L, expr::and_({std::move(left), check_condition(L, 2, "&")}));
}

int condition_or(lua_State* L) {
  ElementPtr left = check_condition(L, 1, "|");
  return push_result(L, expr::or_({std::move(left), check_condition(L, 2, "|")}));
}

int condition_not(lua_State* L) { return push_result(L, expr::not_(check_condition(L, 1, "~"))); }

const ClassDef kElementClass{
    .name = "Expression",
    .doc =
        "an SQL expression: a column, a comparison, a function. Methods and + - * / // % .. & | ~ "
        "make larger ones; "
        "print shows its SQL",
    .methods = element_methods(),
    .getters = element_getters(),
    .metamethods = kMetamethods,
    .usage = "User.name",
    .destroy = kDestroy<ElementBox>,
};

void open_expression_class(lua_State* L) { register_class(L, kElementClass); }

}  // namespace moonbase::bindings
