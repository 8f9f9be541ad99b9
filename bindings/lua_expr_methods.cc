// Class Expression: its methods, operators and fields.
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

// A pattern is text whatever the column is.
ElementPtr check_pattern(lua_State* L, int index, const ElementBox& left) {
  if (lua_isnil(L, index)) throw_argument(L, index, "a pattern");
  return check_operand(L, index, left, types::string());
}

// like('a%'), like{'a%', escape = '/'}, like('a%', {escape = '/'}).
struct PatternArguments {
  ElementPtr pattern;
  expr::MatchOptions options;
};

PatternArguments read_pattern(lua_State* L, const ElementBox& left, const char* name,
                              bool may_autoescape) {
  bool has_options = lua_gettop(L) == 3 && lua_istable(L, 3);
  Kwargs options(L, has_options ? 3 : 2, name);
  PatternArguments out;
  if (has_options) {
    options.expect_positional(0, 0);
    out.pattern = check_pattern(L, 2, left);
  } else {
    options.expect_positional(1, 1);
    options.push(1);
    out.pattern = check_pattern(L, lua_gettop(L), left);
    lua_pop(L, 1);
  }
  out.options.escape = options.take_string("escape");
  if (may_autoescape) out.options.autoescape = options.take_boolean("autoescape", false);
  options.finish();
  return out;
}

constexpr const char kLike[] = "like", kNotLike[] = "not_like", kIlike[] = "ilike",
                     kNotIlike[] = "not_ilike";

template <Op op, const char* name>
int like(lua_State* L) {
  const ElementBox& left = self(L);
  PatternArguments args = read_pattern(L, left, name, false);
  return push_result(
      L, expr::like(op, left.element, std::move(args.pattern), std::move(args.options.escape)));
}

constexpr const char kStartswith[] = "startswith", kEndswith[] = "endswith",
                     kContains[] = "contains", kIstartswith[] = "istartswith",
                     kIendswith[] = "iendswith", kIcontains[] = "icontains";

using Match = ElementPtr (*)(ElementPtr, ElementPtr, const expr::MatchOptions&);

template <Match match, const char* name, bool ignore_case>
int matches(lua_State* L) {
  const ElementBox& left = self(L);
  PatternArguments args = read_pattern(L, left, name, true);
  args.options.ignore_case = ignore_case;
  return push_result(L, match(left.element, std::move(args.pattern), args.options));
}

template <Op op>
int match_operator(lua_State* L) {
  const ElementBox& left = self(L);
  return push_result(L,
                     expr::binary(op, left.element, check_pattern(L, 2, left), types::boolean()));
}

int regexp_replace(lua_State* L) {
  const ElementBox& left = self(L);
  return push_result(
      L, expr::function("regexp_replace",
                        {left.element, check_pattern(L, 2, left), check_pattern(L, 3, left)},
                        types::text()));
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

int between(lua_State* L) {
  const ElementBox& left = self(L);
  Kwargs args(L, 2, "between");
  args.expect_positional(2, 2);
  args.finish();
  std::vector<ElementPtr> bounds = read_positional(
      L, args, [&left](lua_State* state, int index) { return check_operand(state, index, left); });
  return push_result(L, expr::between(left.element, bounds[0], bounds[1], false));
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

// A factor beside an exact number: unlike what is stored or compared, 1.135 is not rounded to the
// column's scale.
types::TypePtr factor_type(lua_State* L) {
  const auto* box = test_box<ElementBox>(L, 1);
  if (box == nullptr) box = &check_box<ElementBox>(L, 2);
  return box->element->type->kind() == types::TypeKind::kNumeric ? types::numeric() : nullptr;
}

template <Op op>
int arithmetic(lua_State* L) {
  constexpr bool kHasFactor =
      op == Op::kMul || op == Op::kDiv || op == Op::kFloorDiv || op == Op::kMod;
  auto [left, right] = operands(L, kHasFactor ? factor_type(L) : nullptr);
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

int refuse_power(lua_State*) {
  throw Error(ErrorKind::kTypeError, "SQL has no operator ^").with_hint("write db.func.pow(x, y)");
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

template <bool is_comparison>
int custom_operator(lua_State* L) {
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
  return push_result(L, expr::label(box.element, opt_string(L, 2).value_or("")));
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

// --- JSON ---

// Keys are text; positions count from 1, as they do in the table a document becomes.
int path(lua_State* L) {
  const ElementBox& box = self(L);
  if (box.element->type->base_kind() != types::TypeKind::kJson) {
    throw Error(ErrorKind::kArgumentError,
                "path: " + operand_name(box) + " is no JSON but " + box.element->type->repr());
  }
  std::vector<ElementPtr> steps;
  ElementPtr document = box.element;
  if (document->kind == Kind::kJsonPath) {
    steps.assign(document->args.begin() + 1, document->args.end());
    document = document->args[0];
  }
  int count = lua_gettop(L);
  if (count < 2) throw_argument(L, 2, "a key or a position");
  for (int i = 2; i <= count; ++i) {
    if (lua_type(L, i) == LUA_TSTRING) {
      steps.push_back(expr::bind(base::Value::text(check_string(L, i)), types::text()));
      continue;
    }
    int64_t position = lua_type(L, i) == LUA_TNUMBER ? check_integer(L, i) : 0;
    if (position < 1) throw_argument(L, i, "a key or a position from 1 on");
    steps.push_back(expr::bind(base::Value::integer(position - 1), types::integer()));
  }
  return push_result(L, expr::json_path(std::move(document), std::move(steps), false, nullptr));
}

using TypeFactory = types::TypePtr (*)();

// What a path leads to as a value of SQL.
template <TypeFactory factory>
int json_as(lua_State* L) {
  const ElementPtr& x = self(L).element;
  if (x->kind != Kind::kJsonPath) {
    throw Error(ErrorKind::kArgumentError, "only a path into JSON has a value to read")
        .with_hint("write Doc.data:path('a', 1):as_string()");
  }
  std::vector<ElementPtr> steps(x->args.begin() + 1, x->args.end());
  return push_result(L, expr::json_path(x->args[0], std::move(steps), true, factory()));
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
    {"between", guarded<between>, "between(low, high)  from low to high, both included"},
    {"like", guarded<like<Op::kLike, kLike>>,
     "like(pattern)  % is any text, _ one character; like{p, escape = '/'}"},
    {"not_like", guarded<like<Op::kNotLike, kNotLike>>, "not_like(pattern)  the contrary of like"},
    {"ilike", guarded<like<Op::kIlike, kIlike>>,
     "ilike(pattern)  like, upper and lower case alike"},
    {"not_ilike", guarded<like<Op::kNotIlike, kNotIlike>>,
     "not_ilike(pattern)  the contrary of ilike"},
    {"startswith", guarded<matches<expr::startswith, kStartswith, false>>,
     "startswith(text)  begins with it; startswith{text, autoescape = true} takes % and _ for "
     "themselves"},
    {"endswith", guarded<matches<expr::endswith, kEndswith, false>>,
     "endswith(text)  ends with it"},
    {"contains", guarded<matches<expr::contains, kContains, false>>,
     "contains(text)  has it somewhere"},
    {"istartswith", guarded<matches<expr::startswith, kIstartswith, true>>,
     "istartswith(text)  startswith, upper and lower case alike"},
    {"iendswith", guarded<matches<expr::endswith, kIendswith, true>>,
     "iendswith(text)  endswith, upper and lower case alike"},
    {"icontains", guarded<matches<expr::contains, kIcontains, true>>,
     "icontains(text)  contains, upper and lower case alike"},
    {"regexp_match", guarded<match_operator<Op::kRegexpMatch>>,
     "regexp_match(pattern)  the regular expression fits"},
    {"regexp_replace", guarded<regexp_replace>,
     "regexp_replace(pattern, text)  what fits replaced by the text"},
    {"match", guarded<match_operator<Op::kMatch>>,
     "match(query)  the database's own full text search"},
    {"op", guarded<custom_operator<false>>,
     "op(operator, x [, type])  any other operator: x:op('<->', y)"},
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
    {"path", guarded<path>,
     "path(key or position, …)  a part of a JSON document: Doc.data:path('tags', 1)"},
    {"as_string", guarded<json_as<types::text>>, "as_string()  what the path leads to, as text"},
    {"as_integer", guarded<json_as<types::integer>>,
     "as_integer()  what the path leads to, as an integer"},
    {"as_float", guarded<json_as<types::double_>>,
     "as_float()  what the path leads to, as a number"},
    {"as_boolean", guarded<json_as<types::boolean>>,
     "as_boolean()  what the path leads to, as true or false"},
    {"over", guarded<function_over>,
     "over{partition_by =, order_by =, rows =, range =, groups =}  a window: rows = {-1, 0}, "
     "db.null for no bound"},
    {"filter", guarded<function_filter>,
     "filter(condition, …)  an aggregate of the rows that meet it"},
    {"within_group", guarded<function_within_group>,
     "within_group(x, …)  an aggregate of an ordered set"},
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
    {"__pow", guarded<refuse_power>, "x ^ y  an error: write db.func.pow(x, y)"},
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

}  // namespace

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
    .methods = kMethods,
    .getters = element_getters(),
    .metamethods = kMetamethods,
    .usage = "User.name",
    .destroy = kDestroy<ElementBox>,
};

void open_expression_class(lua_State* L) { register_class(L, kElementClass); }

}  // namespace moonbase::bindings
