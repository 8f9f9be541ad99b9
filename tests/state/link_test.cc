// Both sides of a relationship change together.
#include <catch2/catch.hpp>

#include "tests/state/state_fixture.h"

using namespace moonbase;
using base::Tag;
using state::Instance;
using test::Instances;
using test::integer;
using test::StateFixture;

TEST_CASE("appending to the list sets the reference") {
  StateFixture f;
  f.models.declare_microblog();
  Instance &user = f.make("User"), &post = f.make("Post");
  f.append(user, "posts", post);
  CHECK(f.ref(post, "author") == &user);
  CHECK(f.members(user, "posts").items() == Instances{&post});
  CHECK(f.remove(user, "posts", post));
  CHECK(f.ref(post, "author") == nullptr);
  CHECK_FALSE(f.remove(user, "posts", post));
}

TEST_CASE("setting the reference appends to the list") {
  StateFixture f;
  f.models.declare_microblog();
  Instance &user = f.make("User"), &post = f.make("Post");
  f.point(post, "author", &user);
  f.point(post, "author", &user);
  CHECK(f.members(user, "posts").items() == Instances{&post});
  f.point(post, "author", nullptr);
  CHECK(f.members(user, "posts").items().empty());
}

TEST_CASE("a member moves from one list to the other") {
  StateFixture f;
  f.models.declare_microblog();
  Instance &susan = f.make("User"), &john = f.make("User"), &post = f.make("Post");
  f.append(susan, "posts", post);
  SECTION("by the list") { f.append(john, "posts", post); }
  SECTION("by the reference") { f.point(post, "author", &john); }
  CHECK(f.members(susan, "posts").items().empty());
  CHECK(f.members(john, "posts").items() == Instances{&post});
  CHECK(f.ref(post, "author") == &john);
}

TEST_CASE("of two appearances in a list one may go and the link stays") {
  StateFixture f;
  f.models.declare_microblog();
  Instance &user = f.make("User"), &post = f.make("Post");
  f.append(user, "posts", post);
  f.append(user, "posts", post);
  f.remove(user, "posts", post);
  CHECK(f.ref(post, "author") == &user);
  f.remove(user, "posts", post);
  CHECK(f.ref(post, "author") == nullptr);
}

TEST_CASE("replacing a list links what is new and unlinks what is gone") {
  StateFixture f;
  f.models.declare_microblog();
  Instance &user = f.make("User"), &a = f.make("Post"), &b = f.make("Post"), &c = f.make("Post");
  f.append(user, "posts", a);
  f.append(user, "posts", b);
  state::replace(user, f.relation(user, "posts"), {&c, &b});
  CHECK(f.members(user, "posts").items() == Instances{&c, &b});
  CHECK(f.ref(a, "author") == nullptr);
  CHECK(f.ref(c, "author") == &user);
}

TEST_CASE("one to one: each side has one partner, and lets go of the former") {
  StateFixture f;
  f.models.declare_passports();
  Instance &ann = f.make("Person"), &bob = f.make("Person"), &pass = f.make("Passport"),
           &other = f.make("Passport");
  f.point(ann, "passport", &pass);
  CHECK(f.ref(pass, "holder") == &ann);
  SECTION("a passport changes hands, from the person's side") {
    f.point(bob, "passport", &pass);
    CHECK(f.ref(ann, "passport") == nullptr);
    CHECK(f.ref(pass, "holder") == &bob);
  }
  SECTION("a passport changes hands, from its own side") {
    f.point(pass, "holder", &bob);
    CHECK(f.ref(ann, "passport") == nullptr);
    CHECK(f.ref(bob, "passport") == &pass);
  }
  SECTION("a person gets another passport") {
    f.point(ann, "passport", &other);
    CHECK(f.ref(pass, "holder") == nullptr);
    CHECK(f.ref(other, "holder") == &ann);
  }
  SECTION("a passport is handed to somebody who has one") {
    f.point(bob, "passport", &other);
    f.point(pass, "holder", &bob);
    CHECK(f.ref(ann, "passport") == nullptr);
    CHECK(f.ref(bob, "passport") == &pass);
    CHECK(f.ref(other, "holder") == nullptr);
  }
  SECTION("cleared") {
    f.point(ann, "passport", nullptr);
    CHECK(f.ref(pass, "holder") == nullptr);
  }
}

TEST_CASE("many to many: both lists follow") {
  StateFixture f;
  f.models.declare_courses();
  Instance &ann = f.make("Student"), &bob = f.make("Student"), &maths = f.make("Course");
  f.append(ann, "courses", maths);
  f.append(maths, "students", bob);
  CHECK(f.members(maths, "students").items() == Instances{&ann, &bob});
  CHECK(f.members(bob, "courses").items() == Instances{&maths});
  f.remove(maths, "students", ann);
  CHECK(f.members(ann, "courses").items().empty());
}

TEST_CASE("a tree: children know their parent, a node may be its own") {
  StateFixture f;
  f.models.declare_tree();
  Instance &root = f.make("Node"), &leaf = f.make("Node");
  f.append(root, "children", leaf);
  CHECK(f.ref(leaf, "parent") == &root);
  f.point(root, "parent", &root);
  CHECK(f.members(root, "children").items() == Instances{&leaf, &root});
  f.point(root, "parent", nullptr);
  CHECK(f.members(root, "children").items() == Instances{&leaf});
}

TEST_CASE("an unloaded far side queues the change and is never loaded for it") {
  StateFixture f;
  f.models.declare_microblog();
  Instance &user = f.persistent("User", 1), &post = f.persistent("Post", 1);
  f.point(post, "author", &user);
  CHECK(f.host.loads.empty());
  CHECK_FALSE(f.members(user, "posts").is_loaded());
  CHECK(f.members(user, "posts").added() == Instances{&post});
}

TEST_CASE("the former parent is known by the foreign key when it is in memory") {
  StateFixture f;
  f.models.declare_microblog();
  Instance &susan = f.persistent("User", 1), &john = f.persistent("User", 2),
           &post = f.persistent("Post", 1);
  post.load(StateFixture::slot(post, "user_id"), integer(1));
  f.members(susan, "posts").set_loaded({&post});
  f.point(post, "author", &john);
  CHECK(f.members(susan, "posts").items().empty());
  CHECK(f.members(susan, "posts").removed() == Instances{&post});
  CHECK(f.host.loads.empty());
}

TEST_CASE("a change of a relationship makes both sides modified") {
  StateFixture f;
  f.models.declare_microblog();
  Instance &user = f.persistent("User", 1), &post = f.persistent("Post", 1);
  f.append(user, "posts", post);
  CHECK(user.modified);
  CHECK(post.modified);
  CHECK(f.host.linked == Instances{&post});
}

TEST_CASE("a relationship with one side only changes that side") {
  StateFixture f;
  f.models.declare("User", schema::make_def("user", {schema::make_key("id")}),
                   {test::relationship("posts", "Post")});
  schema::TableDef post_def = schema::make_def("post", {schema::make_key("id")});
  test::add_reference(post_def, "user_id", "user.id");
  f.models.declare("Post", std::move(post_def));
  f.models.registry.configure();
  Instance &user = f.make("User"), &post = f.make("Post");
  f.append(user, "posts", post);
  CHECK(post.history == nullptr);
  CHECK(f.remove(user, "posts", post));
}

TEST_CASE("a dynamic collection of a new object queues, too") {
  StateFixture f;
  f.models.declare_microblog("dynamic");
  Instance &user = f.make("User"), &post = f.make("Post");
  f.append(user, "posts", post);
  CHECK_FALSE(f.members(user, "posts").is_loaded());
  CHECK(f.members(user, "posts").added() == Instances{&post});
  CHECK(f.ref(post, "author") == &user);
}
