// Who lives and who is freed.
#include <catch2/catch.hpp>

#include "tests/state/state_fixture.h"

using namespace moonbase;
using base::Tag;
using base::Value;
using state::Instance;
using test::integer;
using test::StateFixture;
using test::text;

namespace {

// A session's part in a sweep.
struct Source : state::RootSource {
  void each_root(const std::function<void(Instance&)>& visit) override {
    for (Instance* i : roots) visit(*i);
  }
  void forget(Instance&) override { ++forgotten; }
  std::vector<Instance*> roots;
  int forgotten = 0;
};

}  // namespace

TEST_CASE("objects that refer to each other in a circle are freed together") {
  StateFixture f;
  f.models.declare_microblog();
  Instance &user = f.make("User"), &post = f.make("Post");
  f.append(user, "posts", post);
  CHECK(f.heap.size() == 2);
  CHECK(f.heap.sweep() == 2);
  CHECK(f.heap.size() == 0);
}

TEST_CASE("a pin keeps an object and what it refers to") {
  StateFixture f;
  f.models.declare_microblog();
  Instance &user = f.make("User"), &post = f.make("Post");
  f.make("Post");
  f.append(user, "posts", post);
  ++post.pins;
  CHECK(f.heap.sweep() == 1);
  CHECK(f.ref(post, "author") == &user);
  --post.pins;
  CHECK(f.heap.sweep() == 2);
}

TEST_CASE("a remembered old reference is kept alive") {
  StateFixture f;
  f.models.declare_microblog();
  Instance &user = f.persistent("User", 1), &post = f.persistent("Post", 1);
  f.host.identity.clear();
  post.load(StateFixture::slot(post, "author"), Value::pointer(Tag::kObject, &user));
  f.point(post, "author", nullptr);
  ++post.pins;
  CHECK(f.heap.sweep() == 0);
}

TEST_CASE("a session's roots live, and it hears of those that go") {
  StateFixture f;
  f.models.declare_microblog();
  Source source;
  f.heap.add_source(&source);
  source.roots.push_back(&f.make("User"));
  f.make("User");
  CHECK(f.heap.sweep() == 1);
  CHECK(source.forgotten == 1);
  f.heap.remove_source(&source);
  CHECK(f.heap.sweep() == 1);
  CHECK(source.forgotten == 1);
}

TEST_CASE("links of expired objects keep nothing alive") {
  StateFixture f;
  f.models.declare_microblog();
  Instance &user = f.persistent("User", 1), &post = f.persistent("Post", 1);
  post.load(StateFixture::slot(post, "author"), Value::pointer(Tag::kObject, &user));
  ++post.pins;
  CHECK(f.heap.sweep() == 0);
  ++f.host.epoch;
  CHECK(f.heap.sweep() == 1);
  CHECK(post.slot(StateFixture::slot(post, "author")).tag() == Tag::kNotLoaded);
}

TEST_CASE("a chain of many objects is no danger to the stack") {
  StateFixture f;
  f.models.declare_tree();
  Instance* last = &f.make("Node");
  ++last->pins;
  for (int n = 0; n < 50000; ++n) {
    Instance& next = f.make("Node");
    f.point(*last, "parent", &next);
    last = &next;
  }
  CHECK(f.heap.sweep() == 0);
}

TEST_CASE("live objects get the slots that their class gains") {
  StateFixture f;
  f.models.declare_microblog();
  f.models.registry.set_on_grown([&](const mapper::Mapper& m) { f.heap.grow(m); });
  Instance &row = f.persistent("User", 1), &fresh = f.make("User");
  row.load(1, text("susan"));
  const mapper::Mapper& user = f.models["User"];
  const schema::TablePtr extended =
      f.models.metadata->extend(*user.table(), schema::make_column("age", types::integer()));
  f.models.registry.add_column(user, extended, "age", "age");
  const int age = user.attribute("age").slot;
  CHECK(row.slot_count == user.slot_count());
  CHECK(row.slot(age).tag() == Tag::kNotLoaded);
  CHECK(fresh.read(age).tag() == Tag::kNeverSet);
  CHECK(row.read(1) == text("susan"));
  row.write(age, integer(30));
  CHECK(row.read(age) == integer(30));
}

TEST_CASE("text may live behind the slots of its object") {
  StateFixture f;
  f.models.declare_microblog();
  Instance& user = f.heap.create(f.models["User"], 5, Tag::kNotLoaded);
  std::copy_n("susan", 5, state::InstanceHeap::tail(user));
  user.slot(1) = Value::borrowed(Tag::kText, {state::InstanceHeap::tail(user), 5});
  user.has_identity = true;
  user.write(1, text("john"));
  CHECK(user.committed(1) == text("susan"));
}
