// What a query selects from when that is no table: subqueries, aliases of them, unions, statements
// of the user's; and what joins and criteria become there.
#include "orm/query/selectable.h"

#include <catch2/catch.hpp>

#include "orm/query/adapter.h"
#include "orm/query/from_statement.h"
#include "tests/query/query_fixture.h"

using namespace moonbase;
using base::ErrorKind;
using query::Entity;
using query::JoinStep;
using query::Query;
using test::caught;
using test::integer;
using test::Lines;
using test::QueryFixture;
using test::text;

namespace {

struct Blog : QueryFixture {
  Blog() { models.declare_microblog(); }
  JoinStep along(const std::string& relationship) {
    JoinStep step;
    step.relationship = &models.relationship(relationship);
    return step;
  }
  JoinStep to(const std::string& model) {
    JoinStep step;
    step.target = query::entity(models[model]);
    return step;
  }
  expr::SelectPtr select(const std::string& model) { return query::inner_select(of(model)); }
  Query united() {
    return query::union_query(
        of("User"), query::compound(expr::SetOp::kUnion, {select("User"), select("User")}));
  }
};

Lines keys(const std::vector<query::NamedColumn>& columns) {
  Lines out;
  for (const query::NamedColumn& c : columns) out.push_back(c.key);
  return out;
}

const std::string kUnited =
    "(SELECT user.id, user.username FROM user UNION SELECT user.id, user.username FROM user)";

}  // namespace

TEST_CASE("a column of a subquery stands for what is selected inside, at any depth") {
  Blog f;
  const expr::FromPtr inner = expr::subquery(f.select("User"), "a");
  expr::Select outer;
  for (const query::NamedColumn& c : query::columns_of(inner)) outer.columns.push_back(c.element);
  const expr::FromPtr from = expr::subquery(expr::finish(std::move(outer)), "b");
  CHECK(keys(query::columns_of(from)) == Lines{"id", "username"});
  const expr::ElementPtr found = query::corresponding_column(from, *f.column("User", "username"));
  REQUIRE(found);
  CHECK(f.sql(found) == "b.username");
  CHECK(query::base_column(*found) == f.column("User", "username")->column);
  CHECK_FALSE(query::corresponding_column(from, *f.column("Post", "body")));
}

TEST_CASE("columns of one key go by the names they have in the SQL") {
  Blog f;
  Query q = f.of("User");
  q.entities.push_back(query::entity(f.models["Post"]));
  const expr::FromPtr from = expr::subquery(query::inner_select(q), "s");
  CHECK(keys(query::columns_of(from)) == Lines{"id", "username", "id_1", "body", "user_id"});
  CHECK(f.sql(query::corresponding_column(from, *f.column("Post", "id"))) == "s.id_1");
}

TEST_CASE("a class is read from a subquery") {
  Blog f;
  Query q;
  q.entities.push_back(
      query::entity(f.models["User"], expr::subquery(f.select("User"), "s"), "User"));
  CHECK(f.sql(q) ==
        "SELECT s.id AS s_id, s.username AS s_username FROM (SELECT user.id, user.username FROM "
        "user) AS s");
  expr::Select part;
  part.columns.push_back(f.column("User", "id"));
  Query less;
  less.entities.push_back(
      query::entity(f.models["User"], expr::subquery(expr::finish(std::move(part)), "s"), "User"));
  CHECK(caught([&] { f.sql(less); }).message() == "s has no column for User.username");
}

TEST_CASE("criteria after a union speak of the union") {
  Blog f;
  Query q = f.united();
  q.add_where(f.equals("User", "username", text("susan")));
  CHECK(f.sql(q) == "SELECT anon_1.id AS anon_id, anon_1.username AS anon_username FROM " +
                        kUnited + " AS anon_1 WHERE anon_1.username = ?");
  CHECK(f.sql(*query::count_select(q)) ==
        "SELECT count(*) AS count_1 FROM " + kUnited + " AS anon_1 WHERE anon_1.username = ?");
}

TEST_CASE("a join after a union starts from the union") {
  Blog f;
  Query q = f.united();
  q.add_join(f.along("User.posts"));
  CHECK(f.sql(q) == "SELECT anon_1.id AS anon_id, anon_1.username AS anon_username FROM " +
                        kUnited + " AS anon_1 JOIN post ON anon_1.id = post.user_id");
}

TEST_CASE("a subquery about the enclosing row follows it into the union, one of its own does not") {
  Blog f;
  Query q = f.united();
  const expr::ElementPtr any =
      query::relationship_exists(f.models.relationship("User.posts"), f.models["User"].from(), {});
  Query of_posts = q;
  of_posts.add_where(any);
  CHECK(f.sql(of_posts).find("WHERE EXISTS (SELECT 1 FROM post WHERE anon_1.id = post.user_id)") !=
        std::string::npos);
  const expr::ElementPtr own = query::exists_element(f.of("User"));
  CHECK(q.adapted(own) == own);
}

TEST_CASE("a query without a union adapts nothing") {
  Blog f;
  const expr::ElementPtr e = f.column("User", "id");
  CHECK(f.of("User").adapted(e) == e);
}

TEST_CASE("a union is neither updated nor deleted") {
  Blog f;
  const Query q = f.united();
  CHECK(caught([&] { query::delete_statement(q); }).message() ==
        "query:delete() cannot be combined with a union");
}

TEST_CASE("the parts of a compound have the same number of columns") {
  Blog f;
  const base::Error e = caught([&] {
    query::compound(expr::SetOp::kUnion, {f.select("User"), f.select("Post")});
  });
  CHECK(e.kind() == ErrorKind::kArgumentError);
  CHECK(e.message() ==
        "the parts of a union and the like must have the same number of columns: part 1 has 2, "
        "part 2 has 3");
}

TEST_CASE("order and limit of a compound are of the whole, and it takes no conditions") {
  Blog f;
  Query q;
  q.style = query::Style::kSelect;
  q.set = query::compound(expr::SetOp::kUnionAll, {f.select("User"), f.select("User")});
  q.entities = query::set_entities(*q.set);
  q.order_by.push_back(f.column("User", "id"));
  q.limit = 3;
  CHECK(f.sql(q) ==
        "SELECT user.id, user.username FROM user UNION ALL SELECT user.id, user.username FROM user "
        "ORDER BY id LIMIT ?");
  CHECK(caught([&] { q.add_where(f.equals("User", "id", integer(1))); }).kind() ==
        ErrorKind::kInvalidRequestError);
}

TEST_CASE("a select takes conditions after its limit, a legacy query does not") {
  Blog f;
  Query q = f.of("User");
  q.limit = 3;
  CHECK_THROWS_AS(q.add_where(f.equals("User", "id", integer(1))), base::Error);
  q.style = query::Style::kSelect;
  CHECK_NOTHROW(q.add_where(f.equals("User", "id", integer(1))));
}

TEST_CASE("of several FROM clauses a join takes the one a foreign key leads to") {
  Blog f;
  f.models.declare("Pet", schema::make_def("pet", {schema::make_key("id")}));
  Query q = f.of("Pet");
  q.entities.push_back(query::entity(f.models["User"]));
  q.add_join(f.to("Post"));
  CHECK(f.sql(q) ==
        "SELECT pet.id AS pet_id, user.id AS user_id, user.username AS user_username FROM user "
        "JOIN post ON user.id = post.user_id, pet");
}

TEST_CASE("a join that could start from two FROM clauses is refused") {
  Blog f;
  Query q = f.of("User");
  q.entities.push_back(
      query::entity(f.models["User"], expr::alias(f.models["User"].from(), "u2"), "u2"));
  CHECK(caught([&] { q.add_join(f.to("Post")); }).message() ==
        "cannot tell which FROM clause 'post' is to be joined to: 'user' or 'u2'");
  JoinStep step = f.to("Post");
  step.left = q.entities[1].from;
  q.add_join(step);
  CHECK(f.sql(q).find("FROM user AS u2 JOIN post ON u2.id = post.user_id, user") !=
        std::string::npos);
}

TEST_CASE("foreign keys pass through subqueries") {
  Blog f;
  const expr::FromPtr sub = expr::subquery(f.select("Post"), "s");
  CHECK(f.sql(query::foreign_key_condition(f.models["User"].from(), sub)) == "user.id = s.user_id");
}

TEST_CASE("a table joined to itself by its key alone can be read two ways") {
  QueryFixture f;
  f.models.declare_tree();
  const expr::FromPtr node = f.models["Node"].from();
  const base::Error e =
      caught([&] { query::foreign_key_condition(node, expr::alias(node, "other")); });
  CHECK(e.kind() == ErrorKind::kAmbiguousForeignKeysError);
  CHECK(e.message() ==
        "several foreign keys join 'node' and 'other': node.id = other.parent_id; other.id = "
        "node.parent_id");
}

TEST_CASE("an outer join to many-to-many joins the association table inside") {
  QueryFixture f;
  f.models.declare_courses();
  Query q = f.of("Student");
  JoinStep step;
  step.relationship = &f.models.relationship("Student.courses");
  step.outer = true;
  q.add_join(step);
  CHECK(f.sql(q) ==
        "SELECT student.id AS student_id, student.name AS student_name FROM student LEFT OUTER "
        "JOIN (enrolment AS enrolment_1 JOIN course ON course.id = enrolment_1.course_id) ON "
        "student.id = enrolment_1.student_id");
}

TEST_CASE("correlate_except leaves all others to the enclosing statement") {
  Blog f;
  Query inner = f.of("Post");
  inner.style = query::Style::kSelect;
  inner.where.push_back(
      expr::binary(expr::Op::kEq, f.column("Post", "user_id"), f.column("User", "id")));
  query::Extras& extras = inner.change_extras();
  extras.correlation = query::Correlation::kAllExcept;
  extras.correlate = {f.models["Post"].from()};
  Query q = f.of("User");
  q.add_where(query::exists_element(inner));
  CHECK(f.sql(q).find("WHERE EXISTS (SELECT 1 FROM post WHERE post.user_id = user.id)") !=
        std::string::npos);
  inner.change_extras().correlation = query::Correlation::kNone;
  inner.change_extras().correlate.clear();
  Query none = f.of("User");
  none.add_where(query::exists_element(inner));
  CHECK(f.sql(none).find("FROM post, user WHERE") != std::string::npos);
}

TEST_CASE("changing the extras of a query leaves the one it came from alone") {
  Blog f;
  Query q = f.of("User");
  q.change_extras().prefixes.push_back("ALL");
  Query copy = q;
  copy.change_extras().prefixes.push_back("STRAIGHT_JOIN");
  CHECK(q.extras->prefixes == Lines{"ALL"});
  CHECK(copy.extras->prefixes == Lines{"ALL", "STRAIGHT_JOIN"});
}

TEST_CASE("the columns of a user's statement are found by name, what is missing is left out") {
  Blog f;
  Query q = f.of("User");
  expr::TextStatement draft;
  draft.text = expr::text("select username, id from user");
  q.change_extras().statement = expr::finish(std::move(draft));
  query::QueryPlan plan = query::plan(q);
  CHECK(f.sql(*query::build_statement(q)) == "select username, id from user");
  query::match_columns(plan, {"username", "id"});
  CHECK(plan.entities[0].columns == std::vector<int>{1, 0});
  CHECK(plan.entities[0].key_columns == std::vector<int>{1});
  query::QueryPlan less = query::plan(q);
  query::match_columns(less, {"user_id"});
  CHECK(less.entities[0].list->slots == f.models["User"].primary_key());
  CHECK(less.entities[0].list->left_out.size() == 1);
  query::QueryPlan none = query::plan(q);
  const base::Error e = caught([&] { query::match_columns(none, {"username"}); });
  CHECK(e.kind() == ErrorKind::kNoSuchColumnError);
  CHECK(e.message() == "the statement returns no column for User.id; it returns username");
  CHECK(caught([&] { query::build_select(q); }).kind() == ErrorKind::kInvalidRequestError);
}

TEST_CASE("a text that says its columns is a subquery") {
  Blog f;
  expr::Select draft;
  draft.text = expr::text("select 1 as id, :x as username");
  draft.columns = {f.column("User", "id"), f.column("User", "username")};
  const expr::FromPtr from = expr::subquery(expr::finish(std::move(draft)), "t");
  Query q;
  q.entities.push_back(query::entity(f.models["User"], from, "User"));
  CHECK(f.sql(q) ==
        "SELECT t.id AS t_id, t.username AS t_username FROM (select 1 as id, ? as username) AS t");
}
