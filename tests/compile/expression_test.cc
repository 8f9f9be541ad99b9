#include <catch2/catch.hpp>

#include "tests/compile/compiler_traits.h"

namespace moonbase::compile {

using namespace expr;
using namespace test;
using base::Value;

namespace {

ElementPtr name(const char* text) { return literal_column(text, types::integer()); }
ElementPtr op(Op o, ElementPtr l, ElementPtr r) { return binary(o, std::move(l), std::move(r)); }

}  // namespace

TEST_CASE("parentheses follow from precedence", "[compile]") {
  const ElementPtr a = name("a"), b = name("b"), c = name("c");
  const ElementPtr x = eq(a, b), y = eq(b, c), z = eq(a, c);
  const std::vector<std::pair<ElementPtr, std::string>> cases = {
      {op(Op::kAdd, op(Op::kMul, a, b), c), "a * b + c"},
      {op(Op::kMul, op(Op::kAdd, a, b), c), "(a + b) * c"},
      {op(Op::kSub, op(Op::kSub, a, b), c), "a - b - c"},
      {op(Op::kSub, a, op(Op::kSub, b, c)), "a - (b - c)"},
      {op(Op::kAdd, a, op(Op::kAdd, b, c)), "a + b + c"},
      {op(Op::kAdd, a, op(Op::kSub, b, c)), "a + (b - c)"},
      {op(Op::kMod, op(Op::kMul, a, b), c), "a * b % c"},
      {op(Op::kConcat, a, op(Op::kAdd, b, c)), "a || (b + c)"},
      {op(Op::kAdd, op(Op::kConcat, a, b), c), "(a || b) + c"},
      {op(Op::kConcat, op(Op::kConcat, a, b), c), "a || b || c"},
      {op(Op::kBitAnd, op(Op::kShiftLeft, a, b), c), "(a << b) & c"},
      {op(Op::kEq, op(Op::kEq, a, b), c), "(a = b) = c"},
      {op(Op::kEq, a, op(Op::kLt, b, c)), "a = (b < c)"},
      {op(Op::kIs, op(Op::kAdd, a, b), null()), "a + b IS NULL"},
      {unary(Op::kNeg, op(Op::kAdd, a, b), nullptr), "-(a + b)"},
      {unary(Op::kNeg, unary(Op::kNeg, a, nullptr), nullptr), "-(-a)"},
      {unary(Op::kNeg, name("-1"), nullptr), "-(-1)"},
      {or_({x, and_({y, z})}), "a = b OR b = c AND a = c"},
      {and_({x, or_({y, z})}), "a = b AND (b = c OR a = c)"},
      {not_(and_({x, y})), "NOT (a = b AND b = c)"},
      {and_({not_(exists(select({a}))), x}), "NOT EXISTS (SELECT a) AND a = b"},
      {op(Op::kEq, not_(or_({x, y})), c), "(NOT (a = b OR b = c)) = c"},
      {and_({text("p or q"), x}), "(p or q) AND a = b"},
      {op(Op::kMul, name("a + b"), c), "(a + b) * c"},
      {op(Op::kMul, name("f(a + b)"), c), "f(a + b) * c"},
      {custom_op("->>", op(Op::kAdd, a, b), c, nullptr, false), "(a + b) ->> c"},
      {op(Op::kAdd, custom_op("<->", a, b, nullptr, false), c), "(a <-> b) + c"},
      {and_({custom_op("@>", a, b, nullptr, true), x}), "a @> b AND a = b"},
      {between(op(Op::kAdd, a, b), a, op(Op::kEq, b, c), false), "a + b BETWEEN a AND (b = c)"},
      {op(Op::kEq, between(a, b, c, true), c), "(a NOT BETWEEN b AND c) = c"},
      {collate(op(Op::kConcat, a, b), "nocase"), "(a || b) COLLATE nocase"},
      {op(Op::kMul, label(op(Op::kAdd, a, b), "s"), c), "(a + b) * c"},
      {op(Op::kMul, type_coerce(op(Op::kAdd, a, b), types::float_()), c), "(a + b) * c"},
      {grouping(op(Op::kAdd, a, b)), "(a + b)"},
      {op(Op::kConcat, x, y), "(a = b) || (b = c)"},
      {not_(unary(Op::kNot, or_({x, y}), nullptr)), "a = b OR b = c"},
      {op(Op::kMul, case_(nullptr, {{x, a}}, b), c), "CASE WHEN a = b THEN a ELSE b END * c"},
      {collate(cast(a, types::string()), "nocase"), "CAST(a AS VARCHAR) COLLATE nocase"},
      {op(Op::kEq, collate(op(Op::kConcat, a, b), "nocase"), c), "(a || b) COLLATE nocase = c"},
      {op(Op::kConcat, collate(a, "nocase"), b), "a COLLATE nocase || b"},
      {op(Op::kFloorDiv, op(Op::kSub, a, b), c), "CAST(FLOOR((a - b) / (c + 0.0)) AS INTEGER)"},
      {op(Op::kDiv, a, op(Op::kAdd, b, c)), "a / ((b + c) + 0.0)"},
      {unary(Op::kBitNot, op(Op::kBitAnd, a, b), nullptr), "~(a & b)"},
      {op(Op::kShiftLeft, a, op(Op::kAdd, b, c)), "a << (b + c)"},
      {not_(between(a, b, c, false)), "a NOT BETWEEN b AND c"},
      {and_({not_(in(a, {b}, false)), x}), "(a NOT IN (b)) AND a = b"},
      {op(Op::kEq, tuple({a, b}), tuple({b, c})), "(a, b) = (b, c)"},
  };
  for (const auto& [e, sql] : cases) CHECK(show(e) == sql);
}

TEST_CASE("IN with lists, rows, subqueries and nothing", "[compile]") {
  Tables t;
  const ElementPtr row = tuple({t.u("id"), t.u("age")});
  CHECK(show(in(t.u("id"), {number(1), number(2)}, false)) == "user.id IN (?, ?)");
  CHECK(show(in(t.u("id"), {number(1), number(2)}, true)) == "(user.id NOT IN (?, ?))");
  CHECK(show(not_(in(t.u("id"), select({t.p("user_id")}), false))) ==
        "(user.id NOT IN (SELECT post.user_id \nFROM post))");
  CHECK(show(in(t.u("id"), std::vector<ElementPtr>{}, false)) ==
        "(user.id IN (NULL) AND (1 != 1))");
  CHECK(show(in(t.u("id"), std::vector<ElementPtr>{}, true)) ==
        "(user.id NOT IN (NULL) OR (1 = 1))");
  const auto rows = {tuple({number(1), number(2)}), tuple({number(3), number(4)})};
  CHECK(show(in(row, rows, false)) == "(user.id, user.age) IN (VALUES (?, ?), (?, ?))");
  CHECK(show(in(row, rows, true), server()) ==
        "((\"user\".id, \"user\".age) NOT IN (($1, $2), ($3, $4)))");
  CHECK(show(in(row, std::vector<ElementPtr>{}, false)) ==
        "((user.id, user.age) IN (VALUES (NULL, NULL)) AND (1 != 1))");
}

TEST_CASE("NOT uses the negated operator", "[compile]") {
  Tables t;
  const ElementPtr id = t.u("id");
  CHECK(show(not_(eq(id, number(1)))) == "user.id != ?");
  CHECK(show(not_(binary(Op::kLt, id, number(1)))) == "user.id >= ?");
  CHECK(show(not_(compare(Op::kEq, id, null()))) == "user.id IS NOT NULL");
  CHECK(show(not_(between(id, number(1), number(2), false))) == "user.id NOT BETWEEN ? AND ?");
  CHECK(show(not_(startswith(t.u("email"), word("a")))) == "(user.email NOT LIKE ? || '%')");
  CHECK(show(not_(like(Op::kLike, t.u("email"), word("a"), "\\"))) ==
        "user.email NOT LIKE ? ESCAPE '\\'");
  CHECK(not_(not_(exists(select({id}))))->kind == Kind::kExists);
  const ElementPtr any = unary(Op::kAny, scalar_subquery(select({t.p("id")})), nullptr);
  CHECK(show(not_(compare(Op::kEq, id, any))) ==
        "NOT (user.id = ANY (SELECT post.id \nFROM post))");
}

TEST_CASE("NULL compares by IS", "[compile]") {
  Tables t;
  CHECK(show(compare(Op::kEq, t.u("email"), null())) == "user.email IS NULL");
  CHECK(show(compare(Op::kNe, null(), t.u("email"))) == "user.email IS NOT NULL");
  CHECK(show(compare(Op::kEq, t.u("email"), bind(Value(), types::string()))) ==
        "user.email IS NULL");
  CHECK_THROWS_WITH(compare(Op::kLt, t.u("age"), null()), Catch::StartsWith("'<' with NULL"));
  CHECK(show(compare(Op::kIsDistinctFrom, t.u("age"), null())) == "user.age IS NOT NULL");
  CHECK(show(compare(Op::kIsDistinctFrom, t.u("age"), number(1)), server()) ==
        "\"user\".age IS DISTINCT FROM $1");
}

TEST_CASE("ANY and ALL stand on the right", "[compile]") {
  Tables t;
  const ElementPtr ids = scalar_subquery(select({t.p("id")}));
  const ElementPtr any = unary(Op::kAny, ids, nullptr), all = unary(Op::kAll, ids, nullptr);
  CHECK(show(compare(Op::kEq, any, t.u("id")), server()) ==
        "\"user\".id = ANY (SELECT post.id \nFROM post)");
  CHECK(show(compare(Op::kLt, all, t.u("id")), server()) ==
        "\"user\".id > ALL (SELECT post.id \nFROM post)");
  CHECK(show(compare(Op::kGe, t.u("id"), all), server()) ==
        "\"user\".id >= ALL (SELECT post.id \nFROM post)");
  CHECK(show(unary(Op::kAny, t.u("email"), nullptr), server()) == "ANY (\"user\".email)");
}

TEST_CASE("a symmetric BETWEEN", "[compile]") {
  Tables t;
  const ElementPtr e = between(t.u("age"), number(5), number(1), false, true);
  CHECK(show(e, server()) == "\"user\".age BETWEEN SYMMETRIC $1 AND $2");
  CHECK(show(not_(e), server()) == "\"user\".age NOT BETWEEN SYMMETRIC $1 AND $2");
  CHECK(e->hash != between(t.u("age"), number(5), number(1), false)->hash);
}

TEST_CASE("Boolean columns are conditions", "[compile]") {
  Tables t;
  const ElementPtr active = t.u("active");
  CHECK(show(select({t.u("id")}, {active})) ==
        "SELECT user.id \nFROM user \nWHERE user.active = 1");
  CHECK(show(select({t.u("id")}, {not_(active), active})) ==
        "SELECT user.id \nFROM user \nWHERE user.active = 0 AND user.active = 1");
  CHECK(show(and_({active, not_(active)}), server()) == "\"user\".active AND NOT \"user\".active");
  CHECK(show(select({active})) == "SELECT user.active \nFROM user");
  CHECK(show(eq(active, boolean(true))) == "user.active = 1");
  CHECK(show(select({t.u("id")}, {boolean(false)})) == "SELECT user.id \nFROM user \nWHERE 0 = 1");
  CHECK(show(case_(nullptr, {{active, number(1)}}, number(2))) ==
        "CASE WHEN user.active = 1 THEN ? ELSE ? END");
}

TEST_CASE("patterns", "[compile]") {
  Tables t;
  const ElementPtr email = t.u("email");
  CHECK(show(startswith(email, word("a"))) == "(user.email LIKE ? || '%')");
  CHECK(show(endswith(email, word("a"))) == "(user.email LIKE '%' || ?)");
  CHECK(show(contains(email, word("a"), {.negated = true})) ==
        "(user.email NOT LIKE '%' || ? || '%')");
  CHECK(show(contains(email, word("a"), {.ignore_case = true})) ==
        "(lower(user.email) LIKE '%' || lower(?) || '%')");
  const SelectPtr escaped =
      select({t.u("id")}, {contains(email, word("50%_/"), {.autoescape = true})});
  CHECK(show(escaped) ==
        "SELECT user.id \nFROM user \nWHERE (user.email LIKE '%' || ? || '%' ESCAPE '/') <- "
        "'50/%/_//'");
  CHECK_THROWS_WITH(contains(email, email, {.autoescape = true}),
                    "autoescape needs a plain text to escape");
  CHECK(show(like(Op::kIlike, email, word("A"), std::nullopt)) ==
        "lower(user.email) LIKE lower(?)");
  CHECK(show(like(Op::kNotIlike, email, word("A"), "/"), server()) ==
        "\"user\".email NOT ILIKE $1 ESCAPE '/'");
}

TEST_CASE("division is true division, // rounds down", "[compile]") {
  Tables t;
  const ElementPtr age = t.u("age"), real = literal_column("r", types::float_());
  CHECK(show(binary(Op::kDiv, age, t.u("id"))) == "user.age / (user.id + 0.0)");
  CHECK(show(binary(Op::kDiv, age, real)) == "user.age / r");
  CHECK(show(binary(Op::kFloorDiv, age, t.u("id"))) ==
        "CAST(FLOOR(user.age / (user.id + 0.0)) AS INTEGER)");
  CHECK(show(binary(Op::kFloorDiv, real, age)) == "FLOOR(r / user.age)");
  CHECK(show(binary(Op::kFloorDiv, age, number(2)), server()) ==
        "CAST(FLOOR(\"user\".age / ($1 + 0.0)) AS INTEGER)");
}

TEST_CASE("functions and their windows", "[compile]") {
  Tables t;
  const ElementPtr count = function("count", {t.p("id")});
  CHECK(show(function("count", {})) == "count(*)");
  CHECK(show(function("count", {t.u("id")}, nullptr, true)) == "count(DISTINCT user.id)");
  CHECK(show(function("current_date", {})) == "CURRENT_DATE");
  CHECK(show(function("now", {})) == "CURRENT_TIMESTAMP");
  CHECK(show(function("pkg.my_function", {number(1)})) == "pkg.my_function(?)");
  CHECK(show(function("odd name", {})) == "\"odd name\"()");
  CHECK(show(function("grouping_sets", {tuple({t.u("id"), t.u("age")}), t.u("id"), tuple({})})) ==
        "GROUPING SETS((user.id, user.age), user.id, ())");
  CHECK(show(function("cube", {t.u("id"), t.u("age")})) == "cube(user.id, user.age)");
  CHECK(show(within_group(function("percentile_cont", {number(1)}), {t.u("age")})) ==
        "percentile_cont(?) WITHIN GROUP (ORDER BY user.age)");
  CHECK(show(over(filter(count, eq(t.p("id"), number(1))), {}, {t.p("id")}, "")) ==
        "count(post.id) FILTER (WHERE post.id = ?) OVER (ORDER BY post.id)");
  CHECK(show(over(function("rank", {}), {t.p("user_id")}, {ordering(Op::kDesc, t.p("id"))},
                  "ROWS BETWEEN 1 PRECEDING AND CURRENT ROW")) ==
        "rank() OVER (PARTITION BY post.user_id ORDER BY post.id DESC ROWS BETWEEN 1 PRECEDING AND "
        "CURRENT ROW)");
  CHECK(show(over(count, {}, {}, "")) == "count(post.id) OVER ()");
  CHECK(show(filter(count, t.u("active"))) == "count(post.id) FILTER (WHERE user.active = 1)");
  CHECK(show(within_group(function("mode", {}), {t.p("id")})) ==
        "mode() WITHIN GROUP (ORDER BY post.id)");
  CHECK(show(cast(t.u("id"), types::string(8))) == "CAST(user.id AS VARCHAR(8))");
  CHECK_THROWS_WITH(show(cast(t.u("id"), types::array(types::integer()))),
                    Catch::StartsWith("lite has no ARRAY"));
  CHECK(show(extract("year", t.u("created"))) == "EXTRACT(year FROM user.created)");
  CHECK_THROWS_WITH(show(extract("year FROM x); --", t.u("created"))),
                    Catch::Contains("no field of a date"));
  CHECK(show(case_(t.u("id"), {{number(1), word("a")}, {number(2), word("b")}}, nullptr)) ==
        "CASE user.id WHEN ? THEN ? WHEN ? THEN ? END");
  CHECK(show(unary(Op::kAny, scalar_subquery(select({t.p("id")})), nullptr)) ==
        "ANY (SELECT post.id \nFROM post)");
}

TEST_CASE("a dialect's own spelling keeps binds in place", "[compile]") {
  Tables t;
  const SelectPtr s = select({function("instr", {word("hay"), word("needle")})},
                             {binary(Op::kRegexpMatch, t.u("email"), word("^a"))});
  CHECK(show(s) ==
        "SELECT instr(?, ?) AS instr_1 \nFROM user \nWHERE user.email REGEXP ? <- 'hay', 'needle', "
        "'^a'");
  CHECK(show(s, server()) ==
        "SELECT strpos($1, $2) AS instr_1 \nFROM \"user\" \nWHERE \"user\".email ~ $3 <- 'needle', "
        "'hay', '^a'");
  const ElementPtr path = json_path(t.u("email"), {word("a")}, false, types::json());
  CHECK(show(path, server()) == "\"user\".email -> $1");
  CHECK_THROWS_WITH(show(path), "lite has no paths into JSON");
}

TEST_CASE("a sum of a hundred thousand terms", "[compile]") {
  ElementPtr sum = name("a");
  std::string sql = "a";
  for (int i = 0; i < 100'000; ++i) {
    sum = binary(Op::kAdd, sum, number(i));
    sql += " + ?";
  }
  CHECK(show(sum) == sql);
  CHECK(sum->bind_count == 100'000);
  const SelectPtr s = select({sum});
  std::vector<const Element*> binds;
  collect_binds(*s, binds);
  REQUIRE(binds.size() == 100'000);
  CHECK(binds.back()->value == Value::integer(99'999));
  const ElementPtr doubled = transform(sum, [](const ElementPtr& e) -> ElementPtr {
    return e->kind == Kind::kBind ? number(e->value.as_int() * 2) : nullptr;
  });
  CHECK(doubled->hash == sum->hash);
}

}  // namespace moonbase::compile
