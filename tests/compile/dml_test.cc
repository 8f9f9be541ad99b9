#include <catch2/catch.hpp>

#include "tests/compile/compiler_traits.h"

namespace moonbase::compile {

using namespace expr;
using namespace test;

namespace {

Insert insert_into(const Tables& t, std::vector<std::vector<ElementPtr>> rows) {
  Insert s;
  s.table = t.user_table;
  s.columns = {&t.user_table->column("username"), &t.user_table->column("email")};
  s.rows = std::move(rows);
  return s;
}

}  // namespace

TEST_CASE("INSERT", "[compile]") {
  Tables t;
  CHECK(show(finish(insert_into(t, {{word("a"), word("b")}}))) ==
        "INSERT INTO user (username, email) VALUES (?, ?) <- 'a', 'b'");
  CHECK(show(finish(insert_into(t, {{word("a"), null()}, {word("c"), word("d")}})), server()) ==
        "INSERT INTO \"user\" (username, email) VALUES ($1, NULL), ($2, $3) <- 'a', 'c', 'd'");
  CHECK_THROWS_WITH(finish(insert_into(t, {{word("a")}})),
                    "INSERT INTO user: a row has 1 values for 2 columns");

  Insert defaults;
  defaults.table = t.user_table;
  defaults.prefixes = {"OR IGNORE"};
  defaults.returning = {t.u("id"), label(t.u("username"), "name")};
  CHECK(show(finish(std::move(defaults))) ==
        "INSERT OR IGNORE INTO user DEFAULT VALUES RETURNING id, username AS name");
}

TEST_CASE("INSERT from a SELECT", "[compile]") {
  Tables t;
  Insert s = insert_into(t, {});
  s.from_select = select({t.p("body"), word("x")});
  CHECK(show(finish(Insert(s))) ==
        "INSERT INTO user (username, email) SELECT post.body, ? AS anon_1 \nFROM post <- 'x'");
  // Without a WHERE the ON that follows would be read as a join's.
  s.on_conflict = OnConflict{};
  CHECK(
      show(finish(std::move(s))) ==
      "INSERT INTO user (username, email) SELECT post.body, ? AS anon_1 \nFROM post \nWHERE 1 = 1 "
      "ON CONFLICT DO NOTHING <- 'x'");
}

TEST_CASE("upsert", "[compile]") {
  Tables t;
  Insert s = insert_into(t, {{word("a"), word("b")}});
  OnConflict c;
  c.do_nothing = false;
  c.columns = {"email"};
  c.target_where = eq(t.u("active"), boolean(true));
  const FromPtr proposed = excluded(t.user_table);
  c.set = {{&t.user_table->column("username"), column(proposed, t.user_table->column("username"))},
           {&t.user_table->column("age"), binary(Op::kAdd, t.u("age"), number(1))}};
  c.where = binary(Op::kLt, t.u("age"), number(9));
  s.on_conflict = c;
  s.returning = {t.u("id")};
  CHECK(show(finish(Insert(s))) ==
        "INSERT INTO user (username, email) VALUES (?, ?) ON CONFLICT (email) WHERE active = 1 "
        "DO UPDATE SET username = excluded.username, age = (user.age + ?) WHERE user.age < ? "
        "RETURNING id "
        "<- 'a', 'b', 1, 9");
  s.on_conflict = OnConflict{};
  s.on_conflict->constraint = "uq_email";
  CHECK(show(finish(Insert(s)), server()) ==
        "INSERT INTO \"user\" (username, email) VALUES ($1, $2) ON CONFLICT ON CONSTRAINT uq_email "
        "DO NOTHING "
        "RETURNING id <- 'a', 'b'");
  DialectTraits plain = lite();
  plain.has_on_conflict = false;
  CHECK_THROWS_WITH(show(finish(Insert(s)), plain), "lite has no ON CONFLICT");
  s.on_conflict.reset();
  plain.has_returning = false;
  CHECK_THROWS_WITH(show(finish(Insert(s)), plain), "lite has no RETURNING");
}

TEST_CASE("UPDATE", "[compile]") {
  Tables t;
  Update s;
  s.table = t.user_table;
  s.set = {{&t.user_table->column("username"), word("x")},
           {&t.user_table->column("age"), binary(Op::kAdd, t.u("age"), number(1))}};
  s.where = {eq(t.u("id"), number(3))};
  CHECK(show(finish(Update(s))) ==
        "UPDATE user SET username=?, age=(user.age + ?) WHERE user.id = ? <- 'x', 1, 3");
  SECTION("by a correlated subquery") {
    s.set = {
        {&t.user_table->column("age"), scalar_subquery(select({function("count", {t.p("id")})},
                                                              {eq(t.p("user_id"), t.u("id"))}))}};
    CHECK(show(finish(std::move(s))) ==
          "UPDATE user SET age=(SELECT count(post.id) AS count_1 \nFROM post \nWHERE post.user_id "
          "= user.id) "
          "WHERE user.id = ? <- 3");
  }
  SECTION("from another table") {
    s.set = {{&t.user_table->column("username"), t.p("body")}};
    s.where.push_back(eq(t.p("user_id"), t.u("id")));
    s.returning = {t.u("id")};
    CHECK(
        show(finish(std::move(s))) ==
        "UPDATE user SET username=post.body FROM post WHERE user.id = ? AND post.user_id = user.id "
        "RETURNING user.id <- 3");
  }
}

TEST_CASE("DELETE", "[compile]") {
  Tables t;
  Delete s;
  s.table = t.user_table;
  CHECK(show(finish(Delete(s))) == "DELETE FROM user");
  s.where = {eq(t.u("id"), number(3))};
  s.returning = {t.u("id"), t.u("email")};
  CHECK(show(finish(Delete(s)), server()) ==
        "DELETE FROM \"user\" WHERE \"user\".id = $1 RETURNING id, email <- 3");
  s.returning = {scalar_subquery(select({function("count", {})}, {eq(t.p("user_id"), t.u("id"))}))};
  CHECK(show(finish(Delete(s))) ==
        "DELETE FROM user WHERE user.id = ? RETURNING (SELECT count(*) AS count_1 \nFROM post \n"
        "WHERE post.user_id = user.id) AS anon_1 <- 3");
  s.where.push_back(eq(t.p("user_id"), t.u("id")));
  s.returning.clear();
  CHECK(show(finish(std::move(s))) ==
        "DELETE FROM user WHERE EXISTS (SELECT 1 \nFROM post \nWHERE user.id = ? AND post.user_id "
        "= user.id) <- 3");
}

TEST_CASE("a CTE serves INSERT, UPDATE and DELETE", "[compile]") {
  Tables t;
  const FromPtr old = cte(select({t.u("id")}, {binary(Op::kGt, t.u("age"), number(90))}), "old");
  Delete s;
  s.table = t.post_table;
  s.where = {eq(t.p("body"), word("x")),
             in(t.p("user_id"), select({column(old, "id", types::integer())}), false)};
  CHECK(show(finish(std::move(s))) ==
        "WITH old AS \n(SELECT user.id \nFROM user \nWHERE user.age > ?)\n DELETE FROM post WHERE "
        "post.body = ? "
        "AND post.user_id IN (SELECT old.id \nFROM old) <- 90, 'x'");
}

}  // namespace moonbase::compile
