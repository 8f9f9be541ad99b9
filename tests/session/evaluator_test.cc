// SQL expressions computed in memory: as the database computes them, or not at all.
#include "orm/session/evaluator.h"

#include <catch2/catch.hpp>

#include "tests/support/orm_fixture.h"

using namespace moonbase;
using base::Value;
using expr::ElementPtr;
using expr::Op;
using session::Evaluator;
using state::Instance;
using test::caught;
using test::integer;
using test::Orm;
using test::text;

namespace {

ElementPtr number(int64_t n) { return expr::bind(integer(n), types::integer()); }
ElementPtr word(const char* s) { return expr::bind(text(s), types::string()); }

// Rows with every combination of some values, NULL among them.
struct Sheet : Orm {
  std::vector<Instance*> all_rows;
  Sheet() {
    models.declare("Cell", schema::make_def("cell", {schema::make_key("id"),
                                                     schema::make_column("a", types::integer()),
                                                     schema::make_column("b", types::integer()),
                                                     schema::make_column("f", types::boolean()),
                                                     schema::make_column("d", types::float_()),
                                                     schema::make_column("s", types::string(9))}));
    open();
    const std::vector<Value> integers = {Value(), integer(0), integer(1), integer(-2)};
    const std::vector<Value> flags = {Value(), Value::boolean(false), Value::boolean(true)};
    const std::vector<Value> texts = {Value(), text(""), text("x"), text("X")};
    for (const Value& a : integers)
      for (const Value& b : integers)
        for (const Value& f : flags)
          for (const Value& s : texts)
            all_rows.push_back(
                &add("Cell", {{"a", a}, {"b", b}, {"f", f}, {"s", s}, {"d", Value::real(1.5)}}));
    session->flush();
    log.take();
  }

  ElementPtr c(const char* name) const { return column("Cell", name); }
  ElementPtr compare(Op op, const char* l, const char* r) const {
    return expr::binary(op, c(l), c(r));
  }

  // The database's values of the expression, in the order of all_rows.
  std::vector<Value> values_of(const ElementPtr& e) {
    expr::Select s;
    s.columns = {e};
    s.froms = {model("Cell").from()};
    s.order_by = {c("id")};
    engine::Cursor cursor = session->connection(nullptr).execute(*expr::finish(std::move(s)));
    std::vector<Value> values;
    while (cursor.next()) {
      values.push_back(cursor.value(0));
      values.back().own();
    }
    return values;
  }

  // Rows for which the computed value is another than the database's, or unknown.
  int differences(const ElementPtr& e) {
    const Evaluator::NamedValues none;
    const Evaluator evaluator(model("Cell"), e, none);
    const std::vector<Value> expected = values_of(e);
    int count = 0;
    for (size_t i = 0; i < all_rows.size(); ++i) {
      const std::optional<Value> v = evaluator(*all_rows[i]);
      const bool is_same =
          v && (v->is_null() || expected[i].is_null() ? v->is_null() && expected[i].is_null()
                                                      : e->type->equal(*v, expected[i]));
      if (is_same) continue;
      ++count;
      UNSCOPED_INFO("row " << i << ": " << (v ? v->repr() : "unknown") << " instead of "
                           << expected[i].repr());
    }
    return count;
  }
  std::string refusal(const ElementPtr& e) {
    const Evaluator::NamedValues none;
    return caught([&] { Evaluator(model("Cell"), e, none); }).message();
  }
};

}  // namespace

TEST_CASE("comparisons are computed as the database computes them") {
  Sheet o;
  for (Op op : {Op::kEq, Op::kNe, Op::kLt, Op::kLe, Op::kGt, Op::kGe}) {
    INFO(expr::op_info(op).symbol);
    CHECK(o.differences(o.compare(op, "a", "b")) == 0);
    CHECK(o.differences(expr::binary(op, o.c("a"), number(0))) == 0);
    CHECK(o.differences(expr::binary(op, o.c("s"), word("x"))) == 0);
    CHECK(o.differences(expr::binary(op, o.c("a"), o.c("d"))) == 0);
  }
  CHECK(o.differences(expr::binary(Op::kIs, o.c("a"), expr::null())) == 0);
  CHECK(o.differences(expr::binary(Op::kIsNot, o.c("s"), expr::null())) == 0);
}

TEST_CASE("logic has three values") {
  Sheet o;
  const ElementPtr p = expr::binary(Op::kGt, o.c("a"), number(0));
  const ElementPtr q = expr::binary(Op::kGt, o.c("b"), number(0));
  CHECK(o.differences(expr::and_({p, q})) == 0);
  CHECK(o.differences(expr::or_({p, q})) == 0);
  CHECK(o.differences(expr::not_(expr::and_({p, q}))) == 0);
  CHECK(o.differences(expr::not_(expr::or_({p, expr::not_(q)}))) == 0);
  CHECK(o.differences(expr::and_({p, o.c("f")})) == 0);
  CHECK(o.differences(expr::or_({expr::not_(o.c("f")), q})) == 0);
}

TEST_CASE("IN and BETWEEN are computed as the database computes them") {
  Sheet o;
  for (bool negated : {false, true}) {
    INFO(negated);
    CHECK(o.differences(expr::in(o.c("a"), {number(0), number(1)}, negated)) == 0);
    CHECK(o.differences(expr::in(o.c("a"), {number(1), o.c("b")}, negated)) == 0);
    CHECK(o.differences(expr::in(o.c("s"), {word("x")}, negated)) == 0);
    CHECK(o.differences(expr::between(o.c("a"), number(-1), o.c("b"), negated)) == 0);
  }
}

TEST_CASE("arithmetic and concatenation are computed as the database computes them") {
  Sheet o;
  for (Op op : {Op::kAdd, Op::kSub, Op::kMul}) {
    INFO(expr::op_info(op).symbol);
    CHECK(o.differences(o.compare(op, "a", "b")) == 0);
    CHECK(o.differences(expr::binary(op, o.c("a"), o.c("d"))) == 0);
  }
  CHECK(o.differences(expr::binary(Op::kDiv, o.c("a"), number(2))) == 0);
  CHECK(o.differences(expr::binary(Op::kMod, o.c("a"), number(2))) == 0);
  CHECK(o.differences(expr::unary(Op::kNeg, o.c("a"), types::integer())) == 0);
  CHECK(o.differences(expr::binary(Op::kAdd, o.c("s"), word("!"))) == 0);
  CHECK(o.differences(expr::binary(Op::kGt, o.compare(Op::kAdd, "a", "b"), number(0))) == 0);
}

TEST_CASE("what cannot be told is not guessed") {
  Sheet o;
  const Evaluator::NamedValues none;
  const auto value = [&](const ElementPtr& e, const Instance& i) {
    return Evaluator(o.model("Cell"), e, none)(i);
  };
  Instance& row = *o.all_rows.back();
  const ElementPtr is_x = expr::binary(Op::kEq, o.c("s"), word("x"));
  const ElementPtr never = expr::boolean(false);
  CHECK(value(is_x, row).has_value());
  CHECK_FALSE(value(expr::binary(Op::kDiv, o.c("a"), number(0)), row).has_value());
  CHECK_FALSE(value(expr::binary(Op::kAdd, o.c("b"), number(INT64_MIN)), row).has_value());
  o.session->expire(row, {"s"});
  CHECK_FALSE(value(is_x, row).has_value());
  CHECK_FALSE(value(expr::not_(is_x), row).has_value());
  // One side that is known may decide.
  CHECK(value(expr::clauses(Op::kAnd, {is_x, never}, types::boolean()), row) ==
        Value::boolean(false));
  CHECK(value(expr::clauses(Op::kOr, {is_x, expr::boolean(true)}, types::boolean()), row) ==
        Value::boolean(true));
  o.session->expire_all();
  CHECK_FALSE(value(is_x, row).has_value());
}

TEST_CASE("what is the database's business is refused by name") {
  Sheet o;
  const ElementPtr lower = expr::function("lower", {o.c("s")});
  CHECK(o.refusal(expr::binary(Op::kEq, lower, word("x"))) ==
        "Could not evaluate current criteria in memory: the function lower() is for the database");
  CHECK_THAT(o.refusal(expr::like(Op::kLike, o.c("s"), word("x%"), std::nullopt)),
             Catch::EndsWith("the operator LIKE is the database's own"));
  CHECK_THAT(o.refusal(expr::cast(o.c("a"), types::string())), Catch::Contains("CAST"));
  CHECK_THAT(o.refusal(expr::text("a = 1")), Catch::Contains("SQL text"));
  const expr::FromPtr other = expr::alias(o.model("Cell").from(), "other");
  const ElementPtr foreign = expr::column(other, *o.model("Cell").table()->find_column("a"));
  CHECK_THAT(o.refusal(expr::binary(Op::kEq, o.c("a"), foreign)),
             Catch::EndsWith("'a' is no attribute of Cell"));
  CHECK_THAT(o.refusal(expr::bind_name("n", types::integer())),
             Catch::EndsWith("the parameter 'n' has no value"));
  ElementPtr sum = o.c("a");
  for (int i = 0; i < 1000; ++i) sum = expr::binary(Op::kSub, sum, number(1));
  CHECK_THAT(o.refusal(sum), Catch::EndsWith("too deep"));
}
