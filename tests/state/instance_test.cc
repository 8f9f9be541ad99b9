// Slots, history, and the three kinds of nothing.
#include <catch2/catch.hpp>

#include "tests/state/state_fixture.h"

using namespace moonbase;
using base::Tag;
using base::Value;
using state::Instance;
using test::caught;
using test::integer;
using test::StateFixture;
using test::text;

TEST_CASE("never set, not loaded and NULL are three things") {
  StateFixture f;
  f.models.declare_microblog();
  Instance& fresh = f.make("User");
  CHECK(fresh.read(1).tag() == Tag::kNeverSet);
  fresh.write(1, Value());
  CHECK(fresh.read(1).is_null());
  Instance& row = f.persistent("User", 1);
  row.load(1, Value::marker(Tag::kNotLoaded));
  f.host.database[1] = text("susan");
  CHECK(row.read(1) == text("susan"));
  CHECK(f.host.loads == std::vector<std::string>{"username"});
}

TEST_CASE("history keeps the first old value") {
  StateFixture f;
  f.models.declare_microblog();
  Instance& user = f.persistent("User", 1);
  user.load(1, text("susan"));
  user.write(1, text("john"));
  user.write(1, text("mary"));
  CHECK(user.read(1) == text("mary"));
  CHECK(user.committed(1) == text("susan"));
  REQUIRE(user.history->changes.size() == 1);
  user.write(1, text("susan"));
  CHECK(user.committed(1) == user.read(1));
}

TEST_CASE("a change is told to the host once") {
  StateFixture f;
  f.models.declare_microblog();
  Instance& user = f.persistent("User", 1);
  user.write(1, text("a"));
  user.write(1, text("b"));
  CHECK(f.host.modified == test::Instances{&user});
  user.clear_history();
  CHECK(user.committed(1) == text("b"));
  user.write(1, text("c"));
  CHECK(f.host.modified.size() == 2);
}

TEST_CASE("a write to what was never loaded remembers that nothing is known") {
  StateFixture f;
  f.models.declare_microblog();
  Instance& user = f.persistent("User", 1);
  user.load(1, Value::marker(Tag::kNotLoaded));
  user.write(1, text("john"));
  CHECK(user.committed(1).tag() == Tag::kNotLoaded);
  CHECK(f.host.loads.empty());
}

TEST_CASE("an expired object forgets all but its key, changes included") {
  StateFixture f;
  f.models.declare_microblog();
  Instance& user = f.persistent("User", 7);
  user.load(1, text("susan"));
  user.write(1, text("john"));
  f.members(user, "posts");
  ++f.host.epoch;
  CHECK(user.is_expired());
  CHECK(user.slot(0) == integer(7));
  f.host.database[1] = text("mary");
  CHECK(user.read(1) == text("mary"));
  CHECK_FALSE(user.is_expired());
  CHECK_FALSE(user.modified);
  CHECK(user.history == nullptr);
  CHECK(user.slot(StateFixture::slot(user, "posts")).tag() == Tag::kNotLoaded);
}

TEST_CASE("a write on an expired object is kept when the rest is loaded") {
  StateFixture f;
  f.models.declare_microblog();
  Instance& user = f.persistent("User", 7);
  user.load(1, text("susan"));
  ++f.host.epoch;
  user.write(1, text("john"));
  CHECK(user.read(1) == text("john"));
  CHECK(user.committed(1).tag() == Tag::kNotLoaded);
  CHECK(f.host.loads.empty());
}

TEST_CASE("an SQL expression stands in a slot until the flush") {
  StateFixture f;
  f.models.declare_microblog();
  Instance& user = f.persistent("User", 1);
  user.load(1, text("susan"));
  const expr::ElementPtr e = expr::literal_column("upper(username)", types::text());
  user.write_expression(1, e);
  CHECK(user.slot(1).tag() == Tag::kExpression);
  REQUIRE(user.expression(1) != nullptr);
  CHECK(*user.expression(1) == e);
  CHECK(user.committed(1) == text("susan"));
  user.write(1, text("john"));
  CHECK(user.expression(1) == nullptr);
  CHECK(user.read(1) == text("john"));
}

TEST_CASE("a slot owns the text that is written to it") {
  StateFixture f;
  f.models.declare_microblog();
  Instance& user = f.make("User");
  std::string passing = "susan";
  user.write(1, Value::borrowed(Tag::kText, passing));
  passing = "xxxxx";
  CHECK(user.read(1) == text("susan"));
}

TEST_CASE("an object without a session says why it cannot load") {
  StateFixture f;
  f.models.declare_microblog();
  Instance& user = f.persistent("User", 3);
  user.load(1, Value::marker(Tag::kNotLoaded));
  user.host = nullptr;
  user.lifecycle = state::Lifecycle::kDetached;
  const base::Error e = caught([&] { user.read(1); });
  CHECK(e.kind() == base::ErrorKind::kDetachedInstanceError);
  CHECK(e.message() == "<User 3> is not in a session, so its 'username' cannot be loaded");
  CHECK(e.hint() == "add it to a session: db.session:add(x)");
  user.detached_by_close = true;
  CHECK(caught([&] { user.read(1); }).hint().find("closed or it was expunged") !=
        std::string::npos);
}

TEST_CASE("messages name an object by its key, or by its state") {
  StateFixture f;
  f.models.declare_microblog();
  CHECK(state::describe(f.persistent("User", 3)) == "<User 3>");
  CHECK(state::describe(f.make("User")) == "<User (transient)>");
}
