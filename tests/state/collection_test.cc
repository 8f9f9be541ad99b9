// Members in order, and what changed since the last flush, loaded or not.
#include <catch2/catch.hpp>

#include "tests/state/state_fixture.h"

using namespace moonbase;
using state::Collection;
using state::Instance;
using test::Instances;
using test::StateFixture;

namespace {

struct Blog : StateFixture {
  Blog() { models.declare_microblog(); }
};

struct Fixture : Blog {
  Instance& user = make("User");
  Instance& a = make("Post");
  Instance& b = make("Post");
  Instance& c = make("Post");
  Collection posts{user, models.relationship("User.posts"), true};
  Collection unloaded{user, models.relationship("User.posts"), false};
};

}  // namespace

TEST_CASE("members keep their order") {
  Fixture f;
  f.posts.add(f.a);
  f.posts.add(f.b);
  f.posts.add(f.c, 0);
  CHECK(f.posts.items() == Instances{&f.c, &f.a, &f.b});
  CHECK(f.posts.contains(f.b));
  CHECK(f.posts.remove(f.a));
  CHECK_FALSE(f.posts.remove(f.a));
  CHECK(f.posts.items() == Instances{&f.c, &f.b});
}

TEST_CASE("what changed is counted from the last flush") {
  Fixture f;
  f.posts.set_loaded({&f.a, &f.b});
  CHECK_FALSE(f.posts.is_changed());
  f.posts.remove(f.a);
  f.posts.add(f.c);
  CHECK(f.posts.added() == Instances{&f.c});
  CHECK(f.posts.removed() == Instances{&f.a});
  CHECK(f.posts.unchanged() == Instances{&f.b});
  f.posts.clear_history();
  CHECK_FALSE(f.posts.is_changed());
  CHECK(f.posts.unchanged() == Instances{&f.b, &f.c});
}

TEST_CASE("taken out and put back is no change of membership") {
  Fixture f;
  f.posts.set_loaded({&f.a});
  f.posts.remove(f.a);
  f.posts.add(f.a);
  CHECK_FALSE(f.posts.is_changed());
}

TEST_CASE("a member may stand in the list twice") {
  Fixture f;
  f.posts.add(f.a);
  f.posts.add(f.a);
  CHECK(f.posts.size() == 2);
  f.posts.remove(f.a);
  CHECK(f.posts.contains(f.a));
}

TEST_CASE("changes of an unloaded collection wait and are merged when it is loaded") {
  Fixture f;
  f.unloaded.add(f.c);
  CHECK(f.unloaded.remove(f.a));
  CHECK(f.unloaded.is_changed());
  CHECK(f.unloaded.added() == Instances{&f.c});
  CHECK(f.unloaded.removed() == Instances{&f.a});
  f.unloaded.set_loaded({&f.a, &f.b});
  CHECK(f.unloaded.items() == Instances{&f.b, &f.c});
  CHECK(f.unloaded.added() == Instances{&f.c});
  CHECK(f.unloaded.removed() == Instances{&f.a});
}

TEST_CASE("a queued addition that is taken out again leaves nothing") {
  Fixture f;
  f.unloaded.add(f.a);
  f.unloaded.remove(f.a);
  CHECK_FALSE(f.unloaded.is_changed());
  f.unloaded.remove(f.b);
  f.unloaded.add(f.b);
  CHECK_FALSE(f.unloaded.is_changed());
}

TEST_CASE("a queued addition that the database has already is there once") {
  Fixture f;
  f.unloaded.add(f.a);
  f.unloaded.set_loaded({&f.a, &f.b});
  CHECK(f.unloaded.items() == Instances{&f.a, &f.b});
}

TEST_CASE("each change counts, so that an iteration can tell") {
  Fixture f;
  const uint32_t before = f.posts.version();
  f.posts.add(f.a);
  CHECK(f.posts.version() != before);
}

TEST_CASE("what is gone for good leaves the history too") {
  Fixture f;
  f.posts.set_loaded({&f.a, &f.b});
  f.posts.remove(f.a);
  f.posts.forget(f.a);
  f.posts.forget(f.b);
  CHECK(f.posts.size() == 0);
  CHECK(f.posts.removed().empty());
}
