// The functions of the module that make expressions: db.and_, db.case, db.cast, db.exists, …
#include "bindings/expr_support.h"
#include "bindings/guard.h"
#include "bindings/lua_schema.h"
#include "orm/base/error.h"

namespace moonbase::bindings {
namespace {

using base::Error;
using base::ErrorKind;
using expr::ElementPtr;
using expr::Op;

ElementPtr read_argument(lua_State* L, int index) { return check_element(L, index); }

int moonbase_and(lua_State* L) {
  return push_result(L, expr::and_(check_conditions(L, 1, "and_")));
}
int moonbase_or(lua_State* L) { return push_result(L, expr::or_(check_conditions(L, 1, "or_"))); }
int moonbase_not(lua_State* L) { return push_result(L, expr::not_(check_condition(L, 1, "not_"))); }

int moonbase_expr(lua_State* L) {
  check_condition(L, 1, "expr");
  lua_settop(L, 1);
  if (test_box<ElementBox>(L, 1) == nullptr) push_element(L, test_element(L, 1));
  return 1;
}

// The pair {condition, result} on the top of the stack.
std::pair<ElementPtr, ElementPtr> read_when(lua_State* L, int position, const ElementPtr& value) {
  int pair = lua_gettop(L);
  if (!lua_istable(L, pair) || lua_rawlen(L, pair) != 2) {
    throw Error(ErrorKind::kArgumentError, "case: argument " + std::to_string(position) +
                                               " is no pair of a " +
                                               (value ? "value" : "condition") + " and its result")
        .with_hint("write db.case{ {User.age:ge(18), 'adult'}, else_ = 'minor' }");
  }
  lua_rawgeti(L, pair, 1);
  ElementPtr when =
      value ? check_element(L, pair + 1, value) : check_condition(L, pair + 1, "case");
  lua_rawgeti(L, pair, 2);
  ElementPtr then = check_element(L, pair + 2);
  lua_settop(L, pair);
  return {std::move(when), std::move(then)};
}

int moonbase_case(lua_State* L) {
  Kwargs args(L, 1, "case");
  ElementPtr value, otherwise;
  if (args.take("value")) {
    value = check_element(L, lua_gettop(L));
    lua_pop(L, 1);
  }
  if (args.take("else_")) {
    otherwise = check_element(L, lua_gettop(L));
    lua_pop(L, 1);
  }
  args.finish();
  std::vector<std::pair<ElementPtr, ElementPtr>> whens;
  for (int i = 1; i <= args.count(); ++i) {
    args.push(i);
    whens.push_back(read_when(L, i, value));
    lua_pop(L, 1);
  }
  return push_result(L, expr::case_(std::move(value), std::move(whens), std::move(otherwise)));
}

int moonbase_cast(lua_State* L) {
  ElementPtr x = check_element(L, 1);
  return push_result(L, expr::cast(std::move(x), check_type(L, 2)));
}

// A plain value is taken as one of the type.
int moonbase_type_coerce(lua_State* L) {
  types::TypePtr type = check_type(L, 2);
  ElementPtr x = check_operand(L, 1, ElementBox{}, type);
  return push_result(L, expr::type_coerce(std::move(x), std::move(type)));
}

int moonbase_tuple(lua_State* L) {
  Kwargs args(L, 1, "tuple_");
  args.finish();
  return push_result(L, expr::tuple(read_positional(L, args, read_argument)));
}

types::TypePtr opt_type(lua_State* L, int index) {
  return lua_isnoneornil(L, index) ? types::null() : check_type(L, index);
}

int moonbase_literal(lua_State* L) {
  types::TypePtr type = opt_type(L, 2);
  return push_result(L, check_operand(L, 1, ElementBox{}, type));
}

int moonbase_literal_column(lua_State* L) {
  std::string text(check_string(L, 1));
  return push_result(L, expr::literal_column(std::move(text), opt_type(L, 2)));
}

int moonbase_column(lua_State* L) {
  std::string name(check_string(L, 1));
  return push_result(L, expr::column(nullptr, std::move(name), opt_type(L, 2)));
}

// bindparam 'x', bindparam('x', db.Integer), bindparam{'x', value = 1, type_ = db.Integer}.
int moonbase_bindparam(lua_State* L) {
  Kwargs args(L, 1, "bindparam");
  args.expect_positional(1, 2);
  args.push(1);
  std::string name(check_string(L, -1));
  lua_pop(L, 1);
  types::TypePtr type = types::null();
  bool has_type = args.count() == 2;
  if (has_type) args.push(2);
  if (has_type || args.take("type_")) {
    type = check_type(L, lua_gettop(L));
    lua_pop(L, 1);
  }
  ElementPtr out;
  if (args.take("value")) {
    out = check_operand(L, lua_gettop(L), ElementBox{}, type);
    lua_pop(L, 1);
  } else {
    out = expr::bind_name(std::move(name), std::move(type));
  }
  args.finish();
  return push_result(L, std::move(out));
}

template <bool value>
int moonbase_boolean(lua_State* L) {
  return push_result(L, expr::boolean(value));
}

template <Op op>
int moonbase_ordering(lua_State* L) {
  return push_result(L, expr::ordering(op, check_order(L, 1)));
}

template <Op op>
int moonbase_unary(lua_State* L) {
  ElementPtr x = check_element(L, 1);
  types::TypePtr type = x->type;
  return push_result(L, expr::unary(op, std::move(x), std::move(type)));
}

int moonbase_extract(lua_State* L) {
  std::string field(check_string(L, 1));
  return push_result(L, expr::extract(std::move(field), check_element(L, 2)));
}

// between(x, low, high), between{x, low, high, symmetric = true}.
int moonbase_between(lua_State* L) {
  Kwargs args(L, 1, "between");
  args.expect_positional(3, 3);
  args.push(1);
  ElementBox x{check_element(L, lua_gettop(L))};
  return push_result(L, read_between(L, args, x, 2));
}

int moonbase_label(lua_State* L) {
  std::string name(check_string(L, 1));
  return push_result(L, expr::label(check_element(L, 2), std::move(name)));
}

int moonbase_collate(lua_State* L) {
  ElementPtr x = check_element(L, 1);
  return push_result(L, expr::collate(std::move(x), std::string(check_string(L, 2))));
}

int moonbase_exists(lua_State* L) {
  if (expr::SelectPtr select = test_select(L, 1))
    return push_result(L, expr::exists(std::move(select)));
  expr::Select draft;
  draft.where = check_conditions(L, 1, "exists");
  // db.exists():where(…): the condition follows.
  if (draft.where.empty() && lua_gettop(L) > 0) {
    throw Error(ErrorKind::kArgumentError, "exists needs a query or a condition")
        .with_hint("write db.exists(Post.user_id:eq(User.id))");
  }
  draft.columns.push_back(expr::literal_column("1", types::integer()));
  return push_result(L, expr::exists(expr::finish(std::move(draft))));
}

constexpr MethodDef kFunctions[] = {
    {"and_", guarded<moonbase_and>, "and_(condition, …)  all of them; of none, true"},
    {"or_", guarded<moonbase_or>, "or_(condition, …)  one of them at least; of none, false"},
    {"not_", guarded<moonbase_not>, "not_(condition)  the contrary"},
    {"expr", guarded<moonbase_expr>, "expr(User.age >= 18)  a condition to keep in a variable"},
    {"case", guarded<moonbase_case>,
     "case{ {condition, result}, …, else_ = x }  the first that holds; with value = x, pairs of a "
     "value and a result"},
    {"cast", guarded<moonbase_cast>, "cast(x, type)  converted by the database: CAST(x AS type)"},
    {"type_coerce", guarded<moonbase_type_coerce>,
     "type_coerce(x, type)  taken for this type, without any SQL"},
    {"tuple_", guarded<moonbase_tuple>,
     "tuple_(a, b, …)  several columns as one: db.tuple_(a, b):in_{ {1, 2} }"},
    {"literal", guarded<moonbase_literal>, "literal(value [, type])  a value as an expression"},
    {"literal_column", guarded<moonbase_literal_column>,
     "literal_column(sql [, type])  SQL text as a column, as it is: never text from outside"},
    {"column", guarded<moonbase_column>,
     "column(name [, type])  a column of whatever is selected from"},
    {"bindparam", guarded<moonbase_bindparam>,
     "bindparam(name [, type])  a parameter given at execution"},
    {"true_", guarded<moonbase_boolean<true>>, "true_()  SQL's true"},
    {"false_", guarded<moonbase_boolean<false>>, "false_()  SQL's false"},
    {"distinct", guarded<moonbase_unary<Op::kDistinct>>,
     "distinct(x)  DISTINCT x: db.func.count(db.distinct(x))"},
    {"any_", guarded<moonbase_unary<Op::kAny>>,
     "any_(x)  ANY (x): some item of an array or row of a query"},
    {"all_", guarded<moonbase_unary<Op::kAll>>,
     "all_(x)  ALL (x): every item of an array or row of a query"},
    {"asc", guarded<moonbase_ordering<Op::kAsc>>, "asc(column or label)  in ascending order"},
    {"desc", guarded<moonbase_ordering<Op::kDesc>>, "desc(column or label)  in descending order"},
    {"nulls_first", guarded<moonbase_ordering<Op::kNullsFirst>>,
     "nulls_first(x)  NULL before all values"},
    {"nulls_last", guarded<moonbase_ordering<Op::kNullsLast>>,
     "nulls_last(x)  NULL after all values"},
    {"extract", guarded<moonbase_extract>,
     "extract(field, x)  a part of a date or time: db.extract('year', x)"},
    {"between", guarded<moonbase_between>,
     "between(x, low, high)  from low to high, both included; between{x, a, b, symmetric = true}"},
    {"label", guarded<moonbase_label>, "label(name, x)  x under this name in the result"},
    {"collate", guarded<moonbase_collate>,
     "collate(x, name)  compared and ordered by this collation"},
    {"exists", guarded<moonbase_exists>,
     "exists(query), exists(condition, …)  whether there is such a row"},
};

}  // namespace

void open_expression_functions(lua_State* L, int module) { add_functions(L, module, kFunctions); }

}  // namespace moonbase::bindings
