// What a query was told about loading: which columns are read, and conditions on a class's rows.
#include <catch2/catch.hpp>

#include "tests/query/query_fixture.h"

using namespace moonbase;
using base::ErrorKind;
using base::Tag;
using query::Option;
using query::Query;
using state::Instance;
using test::caught;
using test::integer;
using test::QueryFixture;
using test::text;

namespace {

const std::string kPost =
    "SELECT post.id AS post_id, post.body AS post_body, post.user_id AS post_user_id FROM post";

struct Blog : QueryFixture {
  Blog() {
    models.declare_microblog();
    create_tables();
    run("INSERT INTO user (id, username) VALUES (1, 'susan');"
        "INSERT INTO post (id, body, user_id) VALUES (1, 'first', 1), (2, 'second', 1)");
  }
  int slot(const std::string& model, const std::string& name) const {
    return models[model].attribute(name).slot;
  }
  Option option(Option::Kind kind, const std::string& model,
                const std::vector<std::string>& names = {}) const {
    Option o{.kind = kind, .path = {&models[model], models[model].from()}};
    for (const std::string& name : names) o.slots.push_back(slot(model, name));
    return o;
  }
  Query with(Query q, Option o) const {
    q.options = query::with_option(q.options, std::move(o));
    return q;
  }
  Option criteria(const std::string& model, const std::string& name, base::Value v) const {
    Option o = option(Option::Kind::kCriteria, model);
    o.condition = equals(model, name, std::move(v));
    return o;
  }
};

}  // namespace

TEST_CASE("load_only reads what it names and the key, and adds to another one") {
  Blog f;
  Query q = f.with(f.of("Post"), f.option(Option::Kind::kLoadOnly, "Post", {"body"}));
  CHECK(f.sql(q) == "SELECT post.id AS post_id, post.body AS post_body FROM post");
  q = f.with(q, f.option(Option::Kind::kLoadOnly, "Post", {"user_id"}));
  CHECK(f.sql(q) == kPost);
}

TEST_CASE("options apply one after the other, the key is always read") {
  Blog f;
  Option all = f.option(Option::Kind::kDefer, "Post");
  all.every = true;
  Query q = f.with(f.of("Post"), all);
  CHECK(f.sql(q) == "SELECT post.id AS post_id FROM post");
  q = f.with(q, f.option(Option::Kind::kUndefer, "Post", {"body"}));
  CHECK(f.sql(q) == "SELECT post.id AS post_id, post.body AS post_body FROM post");
}

TEST_CASE("without options every query shares its class's list") {
  Blog f;
  const Query q = f.of("Post");
  CHECK(query::load_list(q, q.entities[0]) == f.models["Post"].load_list());
  const Query other = f.with(q, f.criteria("Post", "id", integer(1)));
  CHECK(query::load_list(other, other.entities[0]) == f.models["Post"].load_list());
}

TEST_CASE("an option means the alias it was written with") {
  Blog f;
  const mapper::Mapper& post = f.models["Post"];
  const expr::FromPtr alias = expr::alias(post.from(), "p2");
  Query q = f.of("Post");
  q.entities.push_back(query::entity(post, alias, "p2"));
  Option o = f.option(Option::Kind::kLoadOnly, "Post", {"body"});
  o.path.from = alias;
  CHECK(f.sql(f.with(q, o)) ==
        "SELECT post.id AS post_id, post.body AS post_body, post.user_id AS post_user_id, p2.id AS "
        "p2_id, p2.body AS p2_body FROM post, post AS p2");
}

TEST_CASE("an option of a class that is not returned is refused") {
  Blog f;
  const Query q = f.with(f.of("User"), f.option(Option::Kind::kDefer, "Post", {"body"}));
  CHECK(caught([&] { query::plan(q); }).kind() == ErrorKind::kArgumentError);
}

TEST_CASE("what a query left out is not loaded, and a later query fills it in") {
  Blog f;
  const int body = f.slot("Post", "body");
  const Query q = f.with(f.of("Post"), f.option(Option::Kind::kDefer, "Post", {"body"}));
  Instance& post = *query::load_all(f, q)[0];
  REQUIRE(post.slot(body).tag() == Tag::kNotLoaded);
  CHECK(state::why_unloaded(post.slot(body)) == state::Unloaded::kLeftOut);
  CHECK(post.slot(f.slot("Post", "user_id")) == integer(1));
  query::load_all(f, f.of("Post"));
  CHECK(post.slot(body) == text("first"));
  // The other way round nothing is lost.
  query::load_all(f, q);
  CHECK(post.slot(body) == text("first"));
}

TEST_CASE("what must not be read is marked") {
  Blog f;
  Option o = f.option(Option::Kind::kLoadOnly, "Post", {"body"});
  o.raiseload = true;
  Instance& post = *query::load_all(f, f.with(f.of("Post"), o))[0];
  const base::Value& user_id = post.slot(f.slot("Post", "user_id"));
  REQUIRE(user_id.tag() == Tag::kNotLoaded);
  CHECK(state::why_unloaded(user_id) == state::Unloaded::kRaises);
}

TEST_CASE("criteria stand in WHERE for what is selected from, in ON for what is joined") {
  Blog f;
  Query q = f.of("User");
  query::JoinStep step;
  step.relationship = &f.models.relationship("User.posts");
  step.outer = true;
  q.add_join(step);
  q = f.with(q, f.criteria("User", "username", text("susan")));
  q = f.with(q, f.criteria("Post", "body", text("first")));
  CHECK(
      f.sql(q) ==
      "SELECT user.id AS user_id, user.username AS user_username FROM user LEFT OUTER JOIN post ON "
      "user.id = post.user_id AND post.body = ? WHERE user.username = ?");
  CHECK(f.sql(*query::count_select(f.with(f.of("Post"), f.criteria("Post", "id", integer(1))))) ==
        "SELECT count(*) AS count_1 FROM post WHERE post.id = ?");
}

TEST_CASE("criteria speak of aliases when they are told to") {
  Blog f;
  const mapper::Mapper& post = f.models["Post"];
  Query q;
  q.entities.push_back(query::entity(post, expr::alias(post.from(), "p2"), "p2"));
  Option o = f.criteria("Post", "id", integer(1));
  const std::string plain =
      "SELECT p2.id AS p2_id, p2.body AS p2_body, p2.user_id AS p2_user_id FROM post AS p2";
  CHECK(f.sql(f.with(q, o)) == plain);
  o.include_aliases = true;
  CHECK(f.sql(f.with(q, o)) == plain + " WHERE p2.id = ?");
}

TEST_CASE("criteria go with UPDATE, DELETE, EXISTS, and past a limit") {
  Blog f;
  Query q = f.with(f.of("Post"), f.criteria("Post", "id", integer(1)));
  CHECK(f.sql(*query::delete_statement(q)) == "DELETE FROM post WHERE post.id = ?");
  CHECK(f.sql(query::exists_element(q)) == "EXISTS (SELECT 1 FROM post WHERE post.id = ?)");
  q.limit = 1;
  CHECK(f.sql(q) == kPost + " WHERE post.id = ? LIMIT ?");
}

TEST_CASE("only what says so goes on to relationships") {
  Blog f;
  Option o = f.criteria("Post", "id", integer(1));
  o.propagate_to_loaders = false;
  const Query q = f.with(f.of("User"), o);
  const auto kept = [](const Query& query) {
    return query::remembered(query::options_at(query, query.entities[0]));
  };
  CHECK(kept(q) == nullptr);
  const Query both = f.with(q, f.criteria("Post", "body", text("x")));
  REQUIRE(kept(both) != nullptr);
  CHECK(kept(both)->size() == 1);
}
