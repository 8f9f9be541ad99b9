// Who is told of attributes that are loaded object by object.
#include <catch2/catch.hpp>

#include "tests/support/orm_fixture.h"

using namespace moonbase;
using state::Instance;
using test::Orm;
using test::text;

namespace {

class Heard : public session::LoadObserver {
 public:
  void loaded(const session::ObservedLoad& load) override {
    lines.push_back(state::describe(load.instance) + "." +
                    load.instance.mapper->attribute_at(load.slot).name +
                    (load.was_expired ? " again" : "") + ", " + std::to_string(load.selects));
  }
  void asked() override { lines.emplace_back("a question"); }
  void set_on(bool on) { on_ = on; }
  std::vector<std::string> take() { return std::exchange(lines, {}); }

  std::vector<std::string> lines;
};

struct Blog : Orm {
  Heard heard;
  Instance *susan, *post;
  Blog() {
    models.declare_microblog("select");
    open({});
    susan = &add("User", {{"username", text("susan")}});
    post = &make("Post", {{"body", text("first")}});
    append(*susan, "posts", *post);
    session->commit();
    session->set_load_observer(&heard);
    heard.set_on(true);
  }
};

}  // namespace

TEST_CASE("an attribute that is read from the database is told, with the SELECTs it took") {
  Blog o;
  Orm::get(*o.susan, "username");
  CHECK(o.heard.take() == test::Lines{"<User 1>.username again, 1"});
  Orm::get(*o.susan, "username");
  CHECK(o.heard.take().empty());
  Orm::get(*o.susan, "posts");
  CHECK(o.heard.take() == test::Lines{"<User 1>.posts, 1"});
}

TEST_CASE("what a load reads for itself is part of it") {
  Blog o;
  o.session->expunge(*o.susan);
  // The post has expired, so its key to the author is read first.
  Orm::get(*o.post, "author");
  CHECK(o.heard.take() == test::Lines{"<Post 1>.author, 2"});
}

TEST_CASE("what the session has loaded already is not told") {
  Blog o;
  Orm::get(*o.susan, "username");
  Orm::get(*o.post, "body");
  o.heard.take();
  Orm::get(*o.post, "author");
  CHECK(o.heard.take().empty());
}

TEST_CASE("a query is a question, and what a flush writes is none") {
  Blog o;
  Orm::get(*o.susan, "username");
  o.heard.take();
  Orm::set(*o.susan, "username", text("sue"));
  o.session->flush();
  CHECK(o.heard.take().empty());
  o.all(o.query("Post"));
  CHECK(o.heard.take() == test::Lines{"a question"});
}

TEST_CASE("an observer that is off hears nothing") {
  Blog o;
  o.heard.set_on(false);
  Orm::get(*o.susan, "posts");
  CHECK(o.heard.lines.empty());
}
