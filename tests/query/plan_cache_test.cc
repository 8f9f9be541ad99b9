// Queries that differ in their values alone share a plan.
#include "orm/query/plan_cache.h"

#include <catch2/catch.hpp>

#include "tests/query/query_fixture.h"

using namespace moonbase;
using base::Value;
using expr::ElementPtr;
using query::BindList;
using query::PlanCache;
using query::Query;
using query::QueryPlanPtr;
using query::RowStream;
using test::integer;
using test::QueryFixture;
using test::text;

namespace {

struct Blog : QueryFixture {
  PlanCache cache;

  explicit Blog(const std::string& lazy = "select") {
    models.declare_microblog(lazy);
    create_tables();
    run("INSERT INTO user (id, username) VALUES (1, 'susan'), (2, 'john');"
        "INSERT INTO post (id, body, user_id) VALUES (1, 'first', 1), (2, 'second', 1), (3, "
        "'lost', NULL)");
  }
  PlanCache* plans() override { return &cache; }

  Query users(std::vector<ElementPtr> where, std::optional<int64_t> limit = std::nullopt) const {
    Query q = of("User");
    q.where = std::move(where);
    q.limit = limit;
    return q;
  }
  ElementPtr named(const std::string& name) const {
    return equals("User", "username", Value::text(name));
  }
  QueryPlanPtr plan(const Query& q) {
    BindList binds;
    return cache.plan(q, binds);
  }
  // The keys of what a query finds.
  std::vector<int64_t> found(const Query& q) {
    std::vector<int64_t> keys;
    for (RowStream rows(*this, q); rows.next();) keys.push_back(rows.object(0)->slot(0).as_int());
    return keys;
  }
};

using Keys = std::vector<int64_t>;

}  // namespace

TEST_CASE("queries of one shape have one plan, and each is sent with its own values") {
  Blog f;
  const Query first = f.users({f.named("susan")}, 1), second = f.users({f.named("john")}, 1);
  BindList binds, others;
  const QueryPlanPtr plan = f.cache.plan(first, binds);
  CHECK(f.cache.plan(second, others) == plan);
  REQUIRE(binds.size() == 2);
  CHECK(binds[0]->value == text("susan"));
  REQUIRE(others.size() == 2);
  CHECK(others[0]->value == text("john"));
  CHECK(others[1]->value == integer(1));
  CHECK(f.found(second) == Keys{2});
  CHECK(f.found(first) == Keys{1});
  CHECK(f.found(f.users({f.named("nobody")}, 1)).empty());
}

TEST_CASE("values stand where their conditions do, subqueries and orders as well") {
  Blog f;
  const auto query = [&](const std::string& body, const std::string& name, int64_t key) {
    expr::Select posts;
    posts.columns.push_back(f.column("Post", "user_id"));
    posts.where.push_back(f.equals("Post", "body", Value::text(body)));
    const ElementPtr id = f.column("User", "id");
    Query q = f.users({expr::in(id, expr::finish(std::move(posts)), false), f.named(name)}, 5);
    q.order_by.push_back(f.equals("User", "id", Value::integer(key)));
    return q;
  };
  const Query first = query("first", "susan", 1), second = query("second", "susan", 2);
  CHECK(f.plan(first) == f.plan(second));
  CHECK(f.found(first) == Keys{1});
  CHECK(f.found(second) == Keys{1});
  CHECK(f.found(query("second", "john", 2)).empty());
  CHECK(f.found(query("lost", "susan", 3)).empty());
}

TEST_CASE("another statement has another plan") {
  Blog f;
  const ElementPtr username = f.column("User", "username");
  Query selected = f.users({f.named("susan")});
  selected.style = query::Style::kSelect;
  Query ordered = f.users({f.named("susan")});
  ordered.order_by.push_back(username);
  const std::vector<Query> queries = {
      f.users({}),
      f.users({f.named("susan")}),
      f.users({f.named("susan")}, 1),
      f.users({f.named("susan")}, 2),
      f.users({f.named("susan"), f.named("susan")}),
      f.users({f.equals("User", "id", Value::integer(1))}),
      f.users({expr::binary(expr::Op::kIs, username, expr::null())}),
      f.of("Post"),
      selected,
      ordered,
  };
  std::vector<QueryPlanPtr> plans;
  for (const Query& q : queries) plans.push_back(f.plan(q));
  for (size_t i = 0; i < plans.size(); ++i) {
    CAPTURE(i);
    CHECK(f.sql(*plans[i]->select) == f.sql(*query::plan(queries[i]).select));
    CHECK(f.plan(queries[i]) == plans[i]);
    for (size_t k = 0; k < i; ++k) CHECK(plans[k] != plans[i]);
  }
}

TEST_CASE("queries that are more than conditions are planned each time") {
  Blog f;
  const auto refuses = [&](const std::function<void(Query&)>& change) {
    Query q = f.of("User");
    change(q);
    return f.plan(q) == nullptr;
  };
  CHECK(refuses([](Query& q) { q.offset = 1; }));
  CHECK(refuses([](Query& q) { q.distinct = true; }));
  CHECK(refuses([](Query& q) { q.for_update.emplace(); }));
  CHECK(refuses([](Query& q) { q.change_extras().prefixes.emplace_back("/* all */"); }));
  CHECK(refuses([](Query& q) { q.options = std::make_shared<query::OptionList>(); }));
  CHECK(refuses([&](Query& q) { q.group_by.push_back(f.column("User", "id")); }));
  CHECK(refuses([&](Query& q) { q.from = f.models["User"].from(); }));
  CHECK(refuses([&](Query& q) { q.entities.push_back(query::entity(f.models["Post"])); }));
  CHECK(refuses([&](Query& q) { q.entities = {query::entity(f.column("User", "id"))}; }));
  CHECK(refuses([&](Query& q) {
    const mapper::Mapper& user = f.models["User"];
    q.entities = {query::entity(user, expr::alias(user.from(), "u"), "u")};
  }));
}

TEST_CASE("a query that loads relationships along is planned each time") {
  Blog f("selectin");
  const Query q = f.users({f.named("susan")});
  CHECK(f.plan(q) != f.plan(q));
  CHECK(f.plan(f.of("Post")) == f.plan(f.of("Post")));
}

TEST_CASE("a plan with a large value is not kept") {
  Blog f;
  const Query q = f.users({f.named(std::string(5000, 'x'))});
  CHECK(f.plan(q) != f.plan(q));
  CHECK(f.found(q).empty());
  const Query small = f.users({f.named("susan")});
  CHECK(f.plan(small) == f.plan(small));
  CHECK(f.plan(small) == f.plan(q));
}

TEST_CASE("a condition whose CTE stands at the head of the statement is planned each time") {
  Blog f;
  const auto query = [&](const std::string& body, const std::string& name) {
    expr::Select posts;
    posts.columns.push_back(f.column("Post", "user_id"));
    posts.where.push_back(f.equals("Post", "body", Value::text(body)));
    const expr::FromPtr cte = expr::cte(expr::finish(std::move(posts)), "authors", {}, 77);
    expr::Select authors;
    authors.columns.push_back(expr::literal_column("user_id", types::integer()));
    authors.froms.push_back(cte);
    const ElementPtr id = f.column("User", "id");
    return f.users({f.named(name), expr::in(id, expr::finish(std::move(authors)), false)});
  };
  const Query first = query("first", "susan"), second = query("second", "john");
  CHECK(f.found(first) == Keys{1});
  CHECK(f.found(second).empty());
  CHECK(f.found(query("second", "susan")) == Keys{1});
  CHECK(f.plan(first) != f.plan(first));
}
