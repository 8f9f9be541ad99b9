// Sets and dicts: a member once, and under the key that it came with.
#include <catch2/catch.hpp>

#include "tests/state/state_fixture.h"

using namespace moonbase;
using mapper::Shape;
using state::Collection;
using state::Instance;
using test::Instances;
using test::StateFixture;

namespace {

// Posts by their body.
struct ByBody : mapper::CollectionClass {
  explicit ByBody(Shape shape) : CollectionClass(shape) {}
  base::Value key_of(Instance& member) const override {
    ++asked;
    return member.slot(member.mapper->attribute("body").slot);
  }
  mutable int asked = 0;
};

struct Fixture : StateFixture {
  std::shared_ptr<ByBody> how;
  explicit Fixture(Shape shape) : how(std::make_shared<ByBody>(shape)) {
    using schema::make_column;
    using schema::make_key;
    models.declare("User", schema::make_def("user", {make_key("id")}),
                   {test::relationship("posts", "Post", [&](mapper::RelationshipDef& d) {
                     d.backref = "author";
                     d.collection_class = how;
                   })});
    schema::TableDef post =
        schema::make_def("post", {make_key("id"), make_column("body", types::string(140))});
    test::add_reference(post, "user_id", "user.id");
    models.declare("Post", std::move(post));
    models.registry.configure();
  }
  Instance& user() { return make("User"); }
  Instance& post(const std::string& body) {
    Instance& made = make("Post");
    made.write(slot(made, "body"), test::text(body));
    return made;
  }
};

}  // namespace

TEST_CASE("a set holds a member once, loaded or not") {
  Fixture f(Shape::kSet);
  Instance& user = f.user();
  Instance& a = f.post("a");
  Instance& b = f.post("b");
  f.append(user, "posts", a);
  f.append(user, "posts", a);
  f.point(a, "author", &user);
  CHECK(f.members(user, "posts").items() == Instances{&a});
  state::replace(user, f.relation(user, "posts"), {&b, &a, &b});
  CHECK(f.members(user, "posts").items() == Instances{&b, &a});
  CHECK(f.ref(b, "author") == &user);

  Instance& stored = f.persistent("User", 1);
  Collection& posts = f.members(stored, "posts");
  f.append(stored, "posts", a);
  f.append(stored, "posts", a);
  posts.set_loaded({&b, &a, &b});
  CHECK(posts.items() == Instances{&b, &a});
  CHECK(posts.added().empty());
}

TEST_CASE("a large collection is searched as a small one") {
  Fixture f(Shape::kSet);
  Instance& user = f.user();
  Instances all;
  for (int k = 0; k < 100; ++k) {
    all.push_back(&f.post(std::to_string(k)));
    f.append(user, "posts", *all.back());
  }
  Collection& posts = f.members(user, "posts");
  Instance& stranger = f.post("x");
  CHECK(posts.contains(*all[70]));
  CHECK_FALSE(posts.contains(stranger));
  f.remove(user, "posts", *all[70]);
  f.append(user, "posts", stranger);
  CHECK_FALSE(posts.contains(*all[70]));
  CHECK(posts.contains(stranger));
  posts.forget(*all[3]);
  CHECK_FALSE(posts.contains(*all[3]));
  posts.replace({all[3]});
  CHECK(posts.contains(*all[3]));
  CHECK_FALSE(posts.contains(stranger));
}

TEST_CASE("a member keeps the key it came with") {
  Fixture f(Shape::kDict);
  Instance& user = f.user();
  Instance& a = f.post("a");
  f.append(user, "posts", a);
  Collection& posts = f.members(user, "posts");
  CHECK(posts.keys().find(test::text("a")) == &a);
  a.write(f.slot(a, "body"), test::text("z"));
  CHECK(posts.keys().find(test::text("a")) == &a);
  CHECK(posts.keys().find(test::text("z")) == nullptr);
  posts.set_loaded({&a});
  CHECK(posts.keys().find(test::text("z")) == &a);
}

TEST_CASE("a member without a key gets it when its attribute is set") {
  Fixture f(Shape::kDict);
  Instance& user = f.user();
  Instance& a = f.make("Post");
  f.point(a, "author", &user);
  Collection& posts = f.members(user, "posts");
  CHECK(posts.keys().size() == 0);
  CHECK_FALSE(posts.keys().is_keyed(a));
  a.write(f.slot(a, "body"), test::text("a"));
  CHECK(*posts.keys().key_of(a) == test::text("a"));
}

TEST_CASE("of two members under one key the later one stands there") {
  Fixture f(Shape::kDict);
  Instance& user = f.user();
  Instance& a = f.post("same");
  Instance& b = f.post("same");
  Collection& posts = f.members(user, "posts");
  posts.set_loaded({&a, &b});
  CHECK(posts.keys().find(test::text("same")) == &b);
  CHECK(posts.keys().key_of(a) == nullptr);
  CHECK(posts.keys().is_keyed(a));
  f.remove(user, "posts", b);
  CHECK(posts.keys().find(test::text("same")) == nullptr);
}

TEST_CASE("each member is asked for its key once") {
  Fixture f(Shape::kDict);
  Instance& user = f.user();
  Collection& posts = f.members(user, "posts");
  Instances all;
  for (int k = 0; k < 10; ++k) {
    all.push_back(&f.post(std::to_string(k)));
    f.append(user, "posts", *all.back());
    posts.keys();
  }
  CHECK(f.how->asked == 10);
  f.remove(user, "posts", *all[4]);
  CHECK(posts.keys().size() == 9);
  Instance& given = f.post("g");
  f.append(user, "posts", given);
  posts.put_key(test::text("other"), given);
  CHECK(posts.keys().find(test::text("other")) == &given);
  CHECK(f.how->asked == 10);
}

TEST_CASE("another order is no change") {
  Fixture f(Shape::kList);
  Instance& user = f.user();
  Instance& a = f.post("a");
  Instance& b = f.post("b");
  Collection& posts = f.members(user, "posts");
  posts.set_loaded({&a, &b});
  posts.replace({&b, &a});
  CHECK_FALSE(posts.is_changed());
  posts.replace({&b, &a, &a});
  CHECK(posts.added().empty());
}
