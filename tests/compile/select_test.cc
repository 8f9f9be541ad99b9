#include <catch2/catch.hpp>

#include "tests/compile/compiler_traits.h"

namespace moonbase::compile {

using namespace expr;
using namespace test;
using base::Value;

TEST_CASE("a SELECT names its tables by itself", "[compile]") {
  Tables t;
  CHECK(show(select({t.u("id"), t.u("username")}, {eq(t.u("username"), word("susan"))})) ==
        "SELECT user.id, user.username \nFROM user \nWHERE user.username = ? <- 'susan'");
  CHECK(show(select({t.u("id")}, {eq(t.u("username"), word("susan"))}), server()) ==
        "SELECT \"user\".id \nFROM \"user\" \nWHERE \"user\".username = $1 <- 'susan'");
  CHECK(show(select({t.u("id")}, {eq(t.u("id"), t.p("user_id"))})) ==
        "SELECT user.id \nFROM user, post \nWHERE user.id = post.user_id");
  CHECK(show(select({number(1)})) == "SELECT ? AS anon_1 <- 1");
}

TEST_CASE("every clause has its place", "[compile]") {
  Tables t;
  Select s;
  s.columns = {label(t.u("username"), "user_username"), label(function("count", {t.p("id")}), "n")};
  s.froms = {join(t.user, t.post, eq(t.u("id"), t.p("user_id")), JoinKind::kInner)};
  s.where = {binary(Op::kGt, t.u("age"), number(18)),
             or_({eq(t.u("id"), number(1)), eq(t.u("id"), number(2))})};
  s.group_by = {t.u("username")};
  s.having = {binary(Op::kGt, function("count", {t.p("id")}), number(3))};
  s.order_by = {ordering(Op::kDesc, label_ref("n", nullptr)), t.u("username")};
  s.limit = number(5);
  s.offset = number(10);
  s.distinct = true;
  CHECK(show(finish(std::move(s))) ==
        "SELECT DISTINCT user.username AS user_username, count(post.id) AS n \n"
        "FROM user JOIN post ON user.id = post.user_id \n"
        "WHERE user.age > ? AND (user.id = ? OR user.id = ?) GROUP BY user.username \n"
        "HAVING count(post.id) > ? ORDER BY n DESC, user.username\n LIMIT ? OFFSET ? <- 18, 1, 2, "
        "3, 5, 10");
}

TEST_CASE("an OFFSET alone gets the LIMIT that the dialect needs", "[compile]") {
  Tables t;
  Select s;
  s.columns = {t.u("id")};
  s.offset = number(3);
  const SelectPtr select = finish(std::move(s));
  CHECK(show(select) == "SELECT user.id \nFROM user\n LIMIT -1 OFFSET ? <- 3");
  CHECK(show(select, server()) == "SELECT \"user\".id \nFROM \"user\"\n OFFSET $1 <- 3");
}

TEST_CASE("joins nest to the right in parentheses only", "[compile]") {
  Tables t;
  const FromPtr other = alias(t.post, "p2");
  const ElementPtr other_id = column(other, t.post_table->column("user_id"));
  const FromPtr left = join(join(t.user, t.post, eq(t.u("id"), t.p("user_id")), JoinKind::kLeft),
                            other, eq(t.u("id"), other_id), JoinKind::kInner);
  CHECK(show(select({t.u("id")}, {}, {left})) ==
        "SELECT user.id \nFROM user LEFT OUTER JOIN post ON user.id = post.user_id "
        "JOIN post AS p2 ON user.id = p2.user_id");
  const FromPtr right =
      join(t.user, join(t.post, other, eq(t.p("user_id"), other_id), JoinKind::kInner),
           eq(t.u("id"), t.p("user_id")), JoinKind::kFull);
  CHECK(show(select({t.u("id")}, {}, {right})) ==
        "SELECT user.id \nFROM user FULL OUTER JOIN (post JOIN post AS p2 ON post.user_id = "
        "p2.user_id) "
        "ON user.id = post.user_id");
}

TEST_CASE("anonymous aliases are numbered and avoid names that are there", "[compile]") {
  Tables t;
  const FromPtr a = alias(t.user, ""), b = alias(t.user, ""), taken = alias(t.post, "user_1");
  auto id = [&](const FromPtr& f) { return column(f, t.user_table->column("id")); };
  CHECK(show(select({id(a), id(b)})) ==
        "SELECT user_1.id, user_2.id AS id_1 \nFROM user AS user_1, user AS user_2");
  CHECK(show(select({id(a), column(taken, t.post_table->column("body"))})) ==
        "SELECT user_2.id, user_1.body \nFROM user AS user_2, post AS user_1");
}

TEST_CASE("a subquery in FROM", "[compile]") {
  Tables t;
  const SelectPtr inner =
      select({t.u("id"), function("count", {star()})}, {eq(t.u("age"), number(7))});
  const FromPtr anonymous = subquery(inner, "");
  CHECK(show(select({column(anonymous, column_names(*inner)[1], types::integer())},
                    {eq(column(anonymous, "id", types::integer()), number(8))})) ==
        "SELECT anon_1.count_1 \nFROM (SELECT user.id, count(*) AS count_1 \nFROM user \nWHERE "
        "user.age = ?) AS anon_1 "
        "\nWHERE anon_1.id = ? <- 7, 8");
  CHECK(show(select({column(alias(anonymous, "x"), "id", types::integer())})) ==
        "SELECT x.id \nFROM (SELECT user.id, count(*) AS count_1 \nFROM user \nWHERE user.age = ?) "
        "AS x <- 7");
}

TEST_CASE("subqueries correlate to the statement around them", "[compile]") {
  Tables t;
  const ElementPtr same = eq(t.p("user_id"), t.u("id"));
  SECTION("by themselves, in WHERE and in the columns") {
    CHECK(show(select({t.u("id")}, {exists(select({}, {same}))})) ==
          "SELECT user.id \nFROM user \nWHERE EXISTS (SELECT 1 \nFROM post \nWHERE post.user_id = "
          "user.id)");
    CHECK(show(select(
              {t.u("id"), scalar_subquery(select({function("count", {t.p("id")})}, {same}))})) ==
          "SELECT user.id, (SELECT count(post.id) AS count_1 \nFROM post \nWHERE post.user_id = "
          "user.id) AS anon_1 "
          "\nFROM user");
  }
  SECTION("not when nothing would be left") {
    CHECK(show(select({t.u("id")},
                      {in(t.u("id"), select({t.u("id")}, {eq(t.u("age"), number(1))}), false)})) ==
          "SELECT user.id \nFROM user \nWHERE user.id IN (SELECT user.id \nFROM user \nWHERE "
          "user.age = ?) <- 1");
    CHECK_THROWS_WITH(show(select({t.u("id"), t.p("id")}, {exists(select({}, {same}))})),
                      Catch::Contains("nothing is left to select from"));
  }
  SECTION("as told") {
    Select s;
    s.columns = {t.p("id")};
    s.where = {same};
    s.correlate_none = true;
    CHECK(show(select({t.u("id")}, {exists(finish(Select(s)))})) ==
          "SELECT user.id \nFROM user \nWHERE EXISTS (SELECT post.id \nFROM post, user \nWHERE "
          "post.user_id = user.id)");
    s.correlate_none = false;
    s.correlate = {t.post};
    CHECK(show(select({t.u("id"), t.p("id")}, {exists(finish(Select(s)))})) ==
          "SELECT user.id, post.id AS id_1 \nFROM user, post \nWHERE EXISTS (SELECT post.id \nFROM "
          "user \n"
          "WHERE post.user_id = user.id)");
  }
  SECTION("a subquery in FROM only when it is lateral") {
    const SelectPtr inner = select({t.p("id")}, {same});
    auto with = [&](const FromPtr& f) {
      return select({t.u("id"), column(f, "id", types::integer())}, {}, {t.user, f});
    };
    CHECK(show(with(subquery(inner, "s"))) ==
          "SELECT user.id, s.id AS id_1 \nFROM user, (SELECT post.id \nFROM post, user \n"
          "WHERE post.user_id = user.id) AS s");
    CHECK(show(with(lateral(inner, "s")), server()) ==
          "SELECT \"user\".id, s.id AS id_1 \nFROM \"user\", LATERAL (SELECT post.id \nFROM post \n"
          "WHERE post.user_id = \"user\".id) AS s");
    CHECK_THROWS_WITH(show(with(lateral(inner, "s"))), "lite has no LATERAL subqueries");
  }
}

TEST_CASE("CTEs stand at the head of the statement", "[compile]") {
  Tables t;
  const SelectPtr inner = select({t.u("id")}, {eq(t.u("age"), number(1))});
  const FromPtr young = cte(inner, "young");
  const ElementPtr id = column(young, "id", types::integer());
  const FromPtr younger = cte(select({id}, {binary(Op::kGt, id, number(2))}), "");
  const ElementPtr younger_id = column(younger, "id", types::integer());
  SECTION("each once, what others use first") {
    CHECK(show(select({number(0), younger_id, id},
                      {eq(younger_id, number(3)), in(id, select({id}), false)})) ==
          "WITH young AS \n(SELECT user.id \nFROM user \nWHERE user.age = ?), \n"
          "anon_1 AS \n(SELECT young.id \nFROM young \nWHERE young.id > ?)\n "
          "SELECT ? AS anon_1, anon_1.id, young.id AS id_1 \nFROM anon_1, young \n"
          "WHERE anon_1.id = ? AND young.id IN (SELECT young.id \nFROM young) <- 1, 2, 0, 3");
  }
  SECTION("recursive ones name their columns and themselves") {
    const uint64_t identity = new_identity();
    const SelectPtr base = select({label(number(1), "n")});
    const FromPtr seed = cte(base, "numbers", {.recursive = true}, identity);
    const ElementPtr n = column(seed, "n", types::integer());
    Select both;
    both.set_op = SetOp::kUnionAll;
    both.parts = {base, select({binary(Op::kAdd, n, number(2))}, {binary(Op::kLt, n, number(9))})};
    const FromPtr numbers = cte(finish(std::move(both)), "numbers", {.recursive = true}, identity);
    CHECK(show(select({column(numbers, "n", types::integer())}, {}), server()) ==
          "WITH RECURSIVE numbers(n) AS \n(SELECT $1 AS n UNION ALL SELECT numbers.n + $2 AS "
          "anon_1 \nFROM numbers \n"
          "WHERE numbers.n < $3)\n SELECT numbers.n \nFROM numbers <- 1, 2, 9");
  }
}

TEST_CASE("a nesting CTE stands in the SELECT that selects from it", "[compile]") {
  Tables t;
  const SelectPtr young = select({t.u("id")}, {eq(t.u("age"), number(1))});
  const FromPtr nesting = cte(young, "young", {.nesting = true});
  const ElementPtr id = column(nesting, "id", types::integer());
  const SelectPtr inner = select({id}, {binary(Op::kGt, id, number(2))});
  const std::string with = "WITH young AS \n(SELECT user.id \nFROM user \nWHERE user.age = ?)\n ";
  SECTION("of a subquery") {
    CHECK(show(select({number(0), t.p("id")}, {in(t.p("id"), inner, false)})) ==
          "SELECT ? AS anon_1, post.id \nFROM post \nWHERE post.id IN (" + with +
              "SELECT young.id \nFROM young \nWHERE young.id > ?) <- 0, 1, 2");
  }
  SECTION("of the statement itself") {
    CHECK(show(inner) == with + "SELECT young.id \nFROM young \nWHERE young.id > ? <- 1, 2");
  }
  SECTION("once, where an enclosing SELECT has it") {
    CHECK(show(select({id}, {in(id, inner, false)})) ==
          with +
              "SELECT young.id \nFROM young \nWHERE young.id IN (SELECT young.id \nFROM young \n"
              "WHERE young.id > ?) <- 1, 2");
  }
  SECTION("of another CTE") {
    const FromPtr outer = cte(inner, "outer_");
    CHECK(show(select({column(outer, "id", types::integer())}, {})) ==
          "WITH outer_ AS \n(" + with +
              "SELECT young.id \nFROM young \nWHERE young.id > ?)\n SELECT outer_.id \n"
              "FROM outer_ <- 1, 2");
  }
}

TEST_CASE("compounds order and limit the whole", "[compile]") {
  Tables t;
  Select s;
  s.set_op = SetOp::kUnion;
  s.parts = {select({t.u("id"), t.u("username")}, {eq(t.u("id"), number(1))}),
             select({t.p("id"), t.p("body")}, {eq(t.p("id"), number(2))})};
  s.order_by = {ordering(Op::kDesc, t.u("username")), label_ref("id", nullptr)};
  s.limit = number(3);
  CHECK(show(finish(std::move(s))) ==
        "SELECT user.id, user.username \nFROM user \nWHERE user.id = ? UNION SELECT post.id, "
        "post.body \nFROM post \n"
        "WHERE post.id = ? ORDER BY username DESC, id\n LIMIT ? <- 1, 2, 3");

  Select limited;
  limited.columns = {t.u("id")};
  limited.limit = number(4);
  Select except;
  except.set_op = SetOp::kExcept;
  except.parts = {finish(std::move(limited)), select({t.p("user_id")})};
  const SelectPtr both = finish(std::move(except));
  CHECK(show(both) ==
        "SELECT * FROM (SELECT user.id \nFROM user\n LIMIT ?) EXCEPT SELECT post.user_id \nFROM "
        "post <- 4");
  CHECK(show(both, server()) ==
        "(SELECT \"user\".id \nFROM \"user\"\n LIMIT $1) EXCEPT SELECT post.user_id \nFROM post <- "
        "4");
}

TEST_CASE("ORDER BY finds labels and columns by name", "[compile]") {
  Tables t;
  auto ordered = [&](std::vector<ElementPtr> columns, ElementPtr by) {
    Select s;
    s.columns = std::move(columns);
    s.order_by = {std::move(by)};
    const std::string sql = show(finish(std::move(s)));
    return sql.substr(sql.find("ORDER BY"));
  };
  const ElementPtr sum = label(binary(Op::kAdd, t.u("age"), number(1)), "older");
  CHECK(ordered({sum}, sum) == "ORDER BY older <- 1");
  CHECK(ordered({t.u("id")}, sum) == "ORDER BY user.age + ? <- 1");
  CHECK(ordered({label(t.u("id"), "user_id")}, label_ref("id", nullptr)) == "ORDER BY user_id");
  CHECK(ordered({t.u("id")},
                ordering(Op::kNullsLast, ordering(Op::kDesc, label_ref("id", nullptr)))) ==
        "ORDER BY user.id DESC NULLS LAST");
  CHECK_THROWS_WITH(ordered({t.u("id")}, label_ref("nmae", nullptr)),
                    "'nmae' is neither a label nor a column of this SELECT");
}

TEST_CASE("what only some dialects have", "[compile]") {
  Tables t;
  Select s;
  s.columns = {t.u("id")};
  s.distinct_on = {t.u("username")};
  s.for_update = ForUpdate{
      .read = false, .nowait = false, .skip_locked = true, .key_share = false, .of = {t.user}};
  CHECK(show(finish(Select(s)), server()) ==
        "SELECT DISTINCT ON (\"user\".username) \"user\".id \nFROM \"user\" FOR UPDATE OF \"user\" "
        "SKIP LOCKED");
  CHECK_THROWS_WITH(show(finish(Select(s))), "lite has no DISTINCT ON");
  s.distinct_on.clear();
  CHECK(show(finish(Select(s))) == "SELECT user.id \nFROM user");

  DialectTraits plain = lite();
  plain.has_nulls_order = false;
  s.for_update.reset();
  s.order_by = {
      ordering(Op::kNullsFirst, ordering(Op::kDesc, binary(Op::kAdd, t.u("age"), number(1))))};
  CHECK(show(finish(Select(s)), plain) ==
        "SELECT user.id \nFROM user ORDER BY CASE WHEN (user.age + ? IS NULL) THEN 0 ELSE 1 END, "
        "user.age + ? DESC "
        "<- 1, 1");
  plain.has_full_join = false;
  CHECK_THROWS_WITH(
      show(select({t.u("id")}, {}, {join(t.user, t.post, boolean(true), JoinKind::kFull)}), plain),
      "lite has no FULL OUTER JOIN");
}

TEST_CASE("rows, functions and text in FROM", "[compile]") {
  Tables t;
  const FromPtr rows = values({"a", "b"}, {types::integer(), types::string()},
                              {{number(1), word("x")}, {number(2), word("y")}}, "v");
  CHECK(show(select({column(rows, "b", types::string())})) ==
        "SELECT v.b \nFROM (SELECT column1 AS a, column2 AS b FROM (VALUES (?, ?), (?, ?)) AS "
        "rows) AS v "
        "<- 1, 'x', 2, 'y'");
  const FromPtr each = table_function(function("json_each", {word("[1]")}), "");
  CHECK(show(select({column(each, "value", nullptr)})) ==
        "SELECT anon_1.value \nFROM json_each(?) AS anon_1 <- '[1]'");
  const FromPtr letters = table_function(function("letters", {t.u("email")}), "l", 0, {"letter"});
  CHECK(show(select({column(letters, "letter", nullptr), t.u("id")})) ==
        "SELECT l.letter, user.id \nFROM user, letters(user.email) AS l");
  CHECK(show(select({column(alias(letters, "m"), "letter", nullptr)}, {}, {t.user})) ==
        "SELECT m.letter \nFROM user, letters(user.email) AS m");
  CHECK(show(select({column(text_from("pragma_table_info('user')", "i"), "name", nullptr)})) ==
        "SELECT i.name \nFROM pragma_table_info('user') AS i");
  CHECK_THROWS_WITH(values({"a"}, {types::integer()}, {{}}, "v"),
                    "A row of VALUES has 0 values for 1 columns");
}

TEST_CASE("result columns are named as rows are addressed", "[compile]") {
  Tables t;
  const CompiledPtr c =
      compile(*select({t.u("id"), t.p("id"), label(t.u("age"), "years"), function("count", {}),
                       function("count", {t.p("id")}), cast(t.u("username"), types::integer()),
                       binary(Op::kAdd, t.u("age"), number(1)), star(t.post)}),
              lite());
  std::string names;
  for (const ResultColumn& column : c->columns)
    names += column.name + ":" + column.type->name() + " ";
  CHECK(names ==
        "id:Integer id_1:Integer years:Integer count_1:Integer count_2:Integer username:Integer "
        "anon_1:Integer "
        "id:Integer body:String user_id:Integer ");
  CHECK(c->returns_rows);
  CHECK(compile(*select({t.u("id"), star()}), lite())->columns.empty());
  CHECK(compile(*select({t.u("id")}), lite())->uid != c->uid);
}

TEST_CASE("text keeps its parameters", "[compile]") {
  TextStatement s;
  s.text = text("SELECT :x + 1, ':no', a::int, \\:y -- :no\nFROM t WHERE b=:b");
  const auto statement = finish(std::move(s));
  CHECK(show(statement, server()) ==
        "SELECT $1 + 1, ':no', a::int, :y -- :no\nFROM t WHERE b=$2 <- :x, :b");
  CHECK(compile(*statement, lite())->binds[1].name == "b");
}

TEST_CASE("literal values are written into the text", "[compile]") {
  Tables t;
  const SelectPtr s =
      select({t.u("id")}, {eq(t.u("username"), word("it's \x01")), eq(t.u("age"), number(-3))});
  const CompiledPtr c = compile(*s, lite(), {.literal_binds = true});
  CHECK(c->sql ==
        "SELECT user.id \nFROM user \nWHERE user.username = 'it''s \x01' AND user.age = -3");
  CHECK(c->binds.empty());
}

}  // namespace moonbase::compile
