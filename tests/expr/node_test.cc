#include <catch2/catch.hpp>

#include "orm/base/error.h"
#include "orm/expr/statement.h"

namespace moonbase::expr {

namespace {

using base::Value;

struct Fixture {
  schema::TablePtr table = [] {
    schema::TableDef def;
    def.name = "user";
    for (const char* name : {"id", "age"}) {
      schema::Column c;
      c.name = c.key = name;
      c.type = types::integer();
      def.columns.push_back(c);
    }
    return std::make_shared<schema::Table>(std::move(def));
  }();
  FromPtr from = expr::table(table);
  ElementPtr id = column(from, table->column("id")), age = column(from, table->column("age"));
};

ElementPtr typed(types::TypePtr type) { return literal_column("x", std::move(type)); }

}  // namespace

TEST_CASE("conditions are what filter() takes", "[expr]") {
  Fixture f;
  const ElementPtr same = binary(Op::kEq, f.id, f.age);
  for (const ElementPtr& e :
       {same, and_({same, same}), not_(and_({same, same})), exists(finish(Select())),
        between(f.id, f.id, f.age, false), in(f.id, {f.age}, false), boolean(true), text("1 = 1"),
        typed(types::boolean()), label(same, "l"), grouping(same), function("odd", {}),
        custom_op("@>", f.id, f.age, nullptr, true), case_(nullptr, {{same, same}}, nullptr)}) {
    CHECK(e->is_condition());
  }
  for (const ElementPtr& e : {f.id, binary(Op::kAdd, f.id, f.age), function("count", {}), null(),
                              star(), bind(Value::boolean(true), types::boolean()),
                              tuple({f.id, f.age}), custom_op("->", f.id, f.age, nullptr, false)}) {
    CHECK_FALSE(e->is_condition());
  }
}

TEST_CASE("AND and OR are flat and leave out what does not matter", "[expr]") {
  Fixture f;
  const ElementPtr x = binary(Op::kEq, f.id, f.age), y = binary(Op::kLt, f.id, f.age);
  CHECK(and_({x}) == x);
  CHECK(and_({and_({x, y}), x})->args == std::vector<ElementPtr>{x, y, x});
  CHECK(and_({or_({x, y}), x})->args.size() == 2);
  CHECK(and_({boolean(true), x}) == x);
  CHECK(and_({x, boolean(false)})->kind == Kind::kFalse);
  CHECK(or_({x, boolean(true)})->kind == Kind::kTrue);
  CHECK(and_({})->kind == Kind::kTrue);
  CHECK(or_({})->kind == Kind::kFalse);
}

TEST_CASE("results have the type the operator gives", "[expr]") {
  using namespace types;
  struct Row {
    Op op;
    TypePtr left, right;
    std::string result;
  };
  const std::vector<Row> rows = {
      {Op::kEq, integer(), integer(), "Boolean"},
      {Op::kAdd, integer(), integer(), "Integer"},
      {Op::kAdd, integer(), big_integer(), "BigInteger"},
      {Op::kSub, integer(), float_(), "Float"},
      {Op::kAdd, float_(), numeric(10, 2), "Numeric"},
      {Op::kAdd, types::null(), integer(), "Integer"},
      {Op::kAdd, integer(), types::null(), "Integer"},
      {Op::kDiv, integer(), integer(), "Float"},
      {Op::kDiv, numeric(10, 2), integer(), "Numeric"},
      {Op::kFloorDiv, integer(), integer(), "Integer"},
      {Op::kMod, integer(), small_integer(), "Integer"},
      {Op::kSub, datetime(), datetime(), "Interval"},
      {Op::kSub, date(), date(), "Interval"},
      {Op::kSub, datetime(), interval(), "DateTime"},
      {Op::kAdd, interval(), datetime(), "DateTime"},
      {Op::kAdd, date(), interval(), "DateTime"},
      {Op::kAdd, date(), integer(), "Date"},
      {Op::kAdd, interval(), interval(), "Interval"},
      {Op::kMul, interval(), integer(), "Interval"},
      {Op::kMul, integer(), interval(), "Interval"},
      {Op::kDiv, interval(), integer(), "Interval"},
      {Op::kConcat, string(5), string(6), "Text"},
      {Op::kShiftLeft, big_integer(), integer(), "BigInteger"},
  };
  for (const Row& row : rows) {
    INFO(row.left->repr() << " " << op_info(row.op).symbol << " " << row.right->repr());
    CHECK(result_type(row.op, row.left, row.right)->repr() == row.result);
  }
  CHECK(binary(Op::kAdd, typed(string(5)), typed(string(5)))->op == Op::kConcat);
  CHECK(binary(Op::kAdd, typed(integer()), typed(integer()))->op == Op::kAdd);
}

TEST_CASE("known functions have their types", "[expr]") {
  const ElementPtr money = typed(types::numeric(10, 2)), real = typed(types::float_());
  CHECK(function("count", {})->type->repr() == "Integer");
  CHECK(function("COUNT", {})->args.front()->kind == Kind::kStar);
  CHECK(function("sum", {money})->type->repr() == "Numeric(10, 2)");
  CHECK(function("coalesce", {null(), real})->type->repr() == "Float");
  CHECK(function("avg", {typed(types::integer())})->type->repr() == "Float");
  CHECK(function("avg", {money})->type->repr() == "Numeric");
  CHECK(function("now", {})->type->repr() == "DateTime");
  CHECK(function("lower", {null()})->type->repr() == "Text");
  CHECK(function("frobnicate", {money})->type->kind() == types::TypeKind::kNull);
  CHECK(function("frobnicate", {money}, types::date())->type->repr() == "Date");
  CHECK(over(function("rank", {}), {}, {}, "")->type->repr() == "Integer");
  CHECK(within_group(function("mode", {}), {real})->type->repr() == "Float");
  CHECK(case_(nullptr, {{boolean(true), null()}}, real)->type->repr() == "Float");
  CHECK(function("sum", {typed(types::boolean())})->type->repr() == "Integer");
  CHECK(function("power", {money, real})->type->repr() == "Float");
  CHECK_THROWS_WITH(function("", {}), "A function needs a name");
}

TEST_CASE("one of several results has a type that holds each", "[expr]") {
  const ElementPtr whole = typed(types::integer()), real = typed(types::float_());
  const ElementPtr money = typed(types::numeric(10, 2)), word = typed(types::string(5));
  CHECK(case_(nullptr, {{boolean(true), whole}}, real)->type->repr() == "Float");
  CHECK(case_(nullptr, {{boolean(true), money}}, whole)->type->repr() == "Numeric(10, 2)");
  CHECK(case_(nullptr, {{boolean(true), word}}, whole)->type->repr() == "String(5)");
  CHECK(function("coalesce", {whole, real})->type->repr() == "Float");
  CHECK(function("max", {whole, real})->type->repr() == "Float");
  CHECK(function("max", {word})->type->repr() == "String(5)");
  CHECK(within_group(function("percentile_cont", {real}), {whole})->type->repr() == "Float");
  CHECK(within_group(function("percentile_disc", {real}), {whole})->type->repr() == "Integer");
}

TEST_CASE("plain values take the type of what they stand beside", "[expr]") {
  using namespace types;
  auto type_of = [](Value v, const TypePtr& like) {
    return coerce(std::move(v), like)->type->repr();
  };
  CHECK(type_of(Value::integer(1), big_integer()) == "BigInteger");
  CHECK(type_of(Value::text("a"), string(5)) == "String(5)");
  CHECK(type_of(Value::integer(1), types::null()) == "Integer");
  CHECK(type_of(Value::integer(1), nullptr) == "Integer");
  CHECK(type_of(Value::real(1.5), integer()) == "Float");
  CHECK(type_of(Value::real(1e300), integer()) == "Float");
  CHECK(coerce(Value::real(2.0), integer())->value == Value::integer(2));
  CHECK(type_of(Value::interval(1), datetime()) == "Interval");
  CHECK(type_of(Value::datetime(1), date()) == "DateTime");
  CHECK(type_of(Value::integer(3), interval()) == "Integer");
  CHECK(coerce(Value(), integer())->kind == Kind::kNull);
  CHECK_THROWS_AS(coerce(Value::text("abc"), integer()), base::Error);
}

TEST_CASE("transform shares what it does not change", "[expr]") {
  Fixture f;
  const ElementPtr left = binary(Op::kEq, f.id, bind(Value::integer(1), types::integer()));
  const ElementPtr right = binary(Op::kLt, f.age, f.age), both = and_({left, right});
  const auto nothing = [](const ElementPtr&) { return ElementPtr(); };
  CHECK(transform(both, nothing) == both);
  const ElementPtr changed = transform(both, [](const ElementPtr& e) -> ElementPtr {
    return e->kind == Kind::kBind ? bind(Value::integer(9), e->type) : nullptr;
  });
  CHECK(changed != both);
  CHECK(changed->hash == both->hash);
  CHECK(changed->args[1] == right);
  CHECK(changed->args[0]->args[1]->value == Value::integer(9));
  CHECK(both->args[0]->args[1]->value == Value::integer(1));
}

TEST_CASE("columns move from a table to its alias", "[expr]") {
  Fixture f;
  const FromPtr other = alias(f.from, "u2");
  const ElementPtr moved =
      replace_from(and_({binary(Op::kEq, f.id, f.age), exists(finish(Select()))}), *f.from, other);
  std::vector<FromPtr> froms;
  collect_froms(moved, froms);
  CHECK(froms == std::vector<FromPtr>{other});
  CHECK(moved->args[0]->args[1]->column == f.age->column);
  CHECK(replace_from(star(f.from), *f.from, other)->from == other);
  CHECK(replace_from(f.id, *other, f.from) == f.id);
}

TEST_CASE("FROM clauses are found, and joins stand for their sides", "[expr]") {
  Fixture f, g;
  Select s;
  s.columns = {g.id};
  s.where = {binary(Op::kEq, f.id, g.id)};
  CHECK(effective_froms(*finish(Select(s))) == std::vector<FromPtr>{g.from, f.from});
  const FromPtr joined = join(f.from, g.from, s.where[0], JoinKind::kInner);
  s.froms = {joined};
  CHECK(effective_froms(*finish(Select(s))) == std::vector<FromPtr>{joined});
  s.froms = {table(f.table)};
  CHECK(effective_froms(*finish(Select(s))).size() == 2);
}

TEST_CASE("column names are decided before anything is compiled", "[expr]") {
  Fixture f, g;
  CHECK(column_names({f.id, g.id, label(g.id, "id_2"), f.id, label(f.age, ""),
                      function("max", {f.id}), function("pkg.max", {f.id}),
                      cast(f.age, types::text()), bind(Value::integer(1), types::integer()), star(),
                      text("x"), literal_column("y", types::text())}) ==
        std::vector<std::string>{"id", "id_1", "id_2", "id_3", "anon_1", "max_1", "max_2", "age",
                                 "anon_2", "", "", "y"});
}

TEST_CASE("text splits at its parameters only", "[expr]") {
  auto names = [](std::string_view sql) {
    std::string out;
    const ElementPtr e = text(sql);
    for (const ElementPtr& bind : e->args) out += bind->name + " ";
    return out;
  };
  CHECK(names(":a + :b2 = :a") == "a b2 a ");
  CHECK(names("x::int, 12:30, a:b, \\:c, :1") == "");
  CHECK(names("':a' \":b\" `:c` -- :d\n :e /* :f */ :g") == "e g ");
  CHECK(names("'it''s :a' :b '") == "b ");
  CHECK(names("$$ :a $$ :b $tag$ :c $$ :d $tag$ :e") == "b e ");
  CHECK(text("\\:c")->text_parts == std::vector<std::string>{":c"});
}

TEST_CASE("what cannot be said is refused at once", "[expr]") {
  Fixture f;
  CHECK_THROWS_WITH(case_(nullptr, {}, f.id), Catch::Contains("at least one condition"));
  CHECK_THROWS_WITH(join(f.from, f.from, nullptr, JoinKind::kInner),
                    "A join needs its ON condition");
  CHECK_THROWS_WITH(alias(join(f.from, f.from, f.id, JoinKind::kInner), ""), "A join has no alias");
}

TEST_CASE("deep chains are taken apart and walked without recursion", "[expr]") {
  Fixture f;
  ElementPtr sum = f.id;
  for (int i = 0; i < 300'000; ++i) sum = binary(Op::kAdd, std::move(sum), f.age);
  size_t count = 0;
  visit(sum, [&](const Element&) { ++count; });
  CHECK(count == 600'001);
  std::vector<FromPtr> froms;
  collect_froms(sum, froms);
  CHECK(froms.size() == 1);
  const FromPtr other = alias(f.from, "");
  const ElementPtr moved = replace_from(sum, *f.from, other);
  froms.clear();
  collect_froms(moved, froms);
  CHECK(froms == std::vector<FromPtr>{other});
}

}  // namespace moonbase::expr
