// One object per row.
#include <catch2/catch.hpp>

#include "tests/state/state_fixture.h"

using namespace moonbase;
using base::Value;
using schema::make_def;
using schema::make_key;
using state::Instance;
using test::integer;
using test::StateFixture;
using test::text;

TEST_CASE("an integer key finds its object") {
  StateFixture f;
  f.models.declare_microblog();
  state::ClassIdentity& users = f.host.identity.of(f.models["User"]);
  Instance& susan = f.persistent("User", 3);
  CHECK(users.find(3) == &susan);
  CHECK(users.find(std::vector<Value>{integer(3)}) == &susan);
  CHECK(users.find(4) == nullptr);
  CHECK(users.size() == 1);
}

TEST_CASE("a second object of the same row is refused, by showing the first") {
  StateFixture f;
  f.models.declare_microblog();
  state::ClassIdentity& users = f.host.identity.of(f.models["User"]);
  Instance& first = f.persistent("User", 3);
  Instance& second = f.make("User");
  second.load(0, integer(3));
  CHECK(users.insert(second) == &first);
  CHECK(users.insert(first) == nullptr);
  users.erase(second);  // is not the one: nothing happens
  CHECK(users.find(3) == &first);
}

TEST_CASE("keys of several columns, and of text") {
  StateFixture f;
  f.models.declare("Pair", make_def("pair", {make_key("a"), make_key("b", types::string(10))}));
  state::IdentityMap map;
  Instance& x = f.make("Pair");
  x.load(0, integer(1));
  x.load(1, text("one"));
  CHECK(map.of(f.models["Pair"]).insert(x) == nullptr);
  CHECK(map.of(f.models["Pair"]).find(std::vector<Value>{integer(1), text("one")}) == &x);
  CHECK(map.of(f.models["Pair"]).find(std::vector<Value>{integer(1), text("two")}) == nullptr);
  CHECK(map.size() == 1);
  map.of(f.models["Pair"]).erase(x);
  CHECK(map.size() == 0);
}

TEST_CASE("an object leaves the map by the key it was committed with") {
  StateFixture f;
  f.models.declare_microblog();
  state::ClassIdentity& users = f.host.identity.of(f.models["User"]);
  Instance& susan = f.persistent("User", 3);
  susan.write(0, integer(9));
  CHECK(state::committed_key(susan) == std::vector<Value>{integer(3)});
  CHECK(state::current_key(susan) == std::vector<Value>{integer(9)});
  users.erase(susan);
  CHECK(users.size() == 0);
}

TEST_CASE("classes have maps of their own") {
  StateFixture f;
  f.models.declare_microblog();
  Instance &user = f.persistent("User", 1), &post = f.persistent("Post", 1);
  CHECK(f.host.identity.of(f.models["User"]).find(1) == &user);
  CHECK(f.host.identity.of(f.models["Post"]).find(1) == &post);
  CHECK(f.host.identity.size() == 2);
  size_t seen = 0;
  f.host.identity.each([&](Instance&) { ++seen; });
  CHECK(seen == 2);
  f.host.identity.clear();
  CHECK(f.host.identity.of(f.models["User"]).find(1) == nullptr);
}
