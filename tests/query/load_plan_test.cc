// What a query loads along with its objects: the strategies chosen, the joins written, and what is
// handed to the loads that follow the rows.
#include <catch2/catch.hpp>

#include "tests/query/query_fixture.h"

using namespace moonbase;
using base::ErrorKind;
using mapper::Lazy;
using query::Option;
using query::Query;
using state::Instance;
using test::caught;
using test::Lines;
using test::QueryFixture;

namespace {

const std::string kJoined =
    "SELECT user.id AS user_id, user.username AS user_username, post_1.id AS post_1_id, "
    "post_1.body AS post_1_body, post_1.user_id AS post_1_user_id FROM user LEFT OUTER JOIN post "
    "AS post_1 ON user.id = post_1.user_id";

struct Blog : QueryFixture {
  Blog() {
    models.declare_microblog();
    create_tables();
    run("INSERT INTO user (id, username) VALUES (1, 'susan'), (2, 'ada');"
        "INSERT INTO post (id, body, user_id) VALUES (1, 'first', 1), (2, 'second', 1), (3, 'x', "
        "NULL)");
  }
  const mapper::Relationship& relationship(const std::string& model, const std::string& name) {
    return *models[model].attribute(name).relationship;
  }
  // The path along the relationships, from User.
  Option loader(std::optional<Lazy> strategy,
                const std::vector<const mapper::Relationship*>& steps) {
    Option o{.kind = Option::Kind::kLoader, .path = {steps[0]->owner, steps[0]->owner->from()}};
    for (const mapper::Relationship* r : steps) o.path.steps.push_back({r, nullptr});
    o.strategy = strategy;
    return o;
  }
  Query users(std::vector<Option> options) {
    Query q = of("User");
    for (Option& o : options) q.options = query::with_option(q.options, std::move(o));
    return q;
  }
  std::string sent(const Query& q) { return sql(*query::plan(q).select); }
  // Each user with its posts, as they are in memory.
  Lines in_memory(const std::vector<Instance*>& list) {
    Lines lines;
    const int posts = relationship("User", "posts").slot;
    for (Instance* i : list) {
      const state::Collection* c = i->collection(posts);
      std::string line = state::describe(*i);
      if (c == nullptr || !c->is_loaded()) {
        lines.push_back(line + " ?");
        continue;
      }
      for (Instance* post : c->items()) line += " " + state::describe(*post);
      lines.push_back(line);
    }
    return lines;
  }
};

}  // namespace

TEST_CASE("a query without options plans nothing more") {
  Blog f;
  const query::QueryPlan plan = query::plan(f.of("User"));
  CHECK_FALSE(plan.has_loads);
  CHECK(plan.entities[0].loads.empty());
  CHECK(plan.entities[0].remembered == nullptr);
}

TEST_CASE("a joined collection is in the statement, and only where it stands by itself") {
  Blog f;
  const Query q = f.users({f.loader(Lazy::kJoined, {&f.relationship("User", "posts")})});
  CHECK(f.sent(q) == kJoined);
  CHECK(query::plan(q).joins_collection);
  CHECK(f.sql(*query::count_select(q)) == "SELECT count(*) AS count_1 FROM user");
  CHECK(f.sql(*query::inner_select(q)) == "SELECT user.id, user.username FROM user");
}

TEST_CASE("the last option counts, and one that names it more than a wildcard") {
  Blog f;
  const auto* posts = &f.relationship("User", "posts");
  Option all{.kind = Option::Kind::kLoader, .path = {}, .every = true, .strategy = Lazy::kRaise};
  const auto chosen = [&](std::vector<Option> options) {
    const Query q = f.users(std::move(options));
    return query::strategy_of(query::options_at(q, q.entities[0]), *posts).lazy;
  };
  CHECK(chosen({f.loader(Lazy::kJoined, {posts}), f.loader(Lazy::kSelectin, {posts})}) ==
        Lazy::kSelectin);
  CHECK(chosen({all}) == Lazy::kRaise);
  CHECK(chosen({f.loader(Lazy::kJoined, {posts}), all}) == Lazy::kJoined);
  Option here = all;
  here.path = {&f.models["User"], f.models["User"].from()};
  here.strategy = Lazy::kNoload;
  CHECK(chosen({here, all}) == Lazy::kNoload);
  CHECK(chosen({f.loader({}, {posts})}) == posts->lazy);
}

TEST_CASE("options go on beyond a relationship, those of another do not") {
  Blog f;
  const auto* posts = &f.relationship("User", "posts");
  const auto* author = &f.relationship("Post", "author");
  const Query q = f.users({f.loader(Lazy::kSelectin, {posts, author})});
  const query::OptionListPtr beyond =
      query::options_beyond(query::options_at(q, q.entities[0]), *posts);
  REQUIRE(beyond != nullptr);
  CHECK(query::strategy_of(beyond, *author).lazy == Lazy::kSelectin);
  CHECK(query::options_beyond(beyond, *author) == nullptr);
  CHECK(query::options_beyond(beyond, *posts) == nullptr);
}

TEST_CASE("an option of what the query does not return names it") {
  Blog f;
  Query q = f.of("Post");
  q.options =
      query::with_option(q.options, f.loader(Lazy::kJoined, {&f.relationship("User", "posts")}));
  const base::Error e = caught([&] { query::plan(q); });
  CHECK(e.kind() == ErrorKind::kArgumentError);
  CHECK(e.message() == "an option of this query speaks of User.posts, and the query returns Post");
}

TEST_CASE("each strategy fills the collections of all owners") {
  for (const Lazy how : {Lazy::kJoined, Lazy::kSelectin, Lazy::kSubquery}) {
    Blog f;
    Query q = f.users({f.loader(how, {&f.relationship("User", "posts")})});
    q.order_by.push_back(f.column("User", "id"));
    const auto list = query::load_all(f, q);
    CHECK(f.in_memory(list) == Lines{"<User 1> <Post 1> <Post 2>", "<User 2>"});
    CHECK(f.before_count == (how == Lazy::kJoined ? 1 : 2));
  }
}

TEST_CASE("an identity of an alias is the same in every query alike, so its text is cached") {
  Blog f;
  const auto plan = [&] {
    return query::plan(f.users({f.loader(Lazy::kJoined, {&f.relationship("User", "posts")})}));
  };
  CHECK(plan().select->hash == plan().select->hash);
}

TEST_CASE("what a stream cannot hold in a batch is refused") {
  Blog f;
  for (const Lazy how : {Lazy::kJoined, Lazy::kSubquery}) {
    const Query q = f.users({f.loader(how, {&f.relationship("User", "posts")})});
    CHECK(caught([&] { query::RowStream(f, q, {}, 2); }).kind() == ErrorKind::kInvalidRequestError);
  }
  query::RowStream rows(f, f.users({f.loader(Lazy::kSelectin, {&f.relationship("User", "posts")})}),
                        {}, 1);
  REQUIRE(rows.next());
  CHECK(f.before_count == 2);
  REQUIRE(rows.next());
  CHECK(f.before_count == 3);
  CHECK_FALSE(rows.next());
}
