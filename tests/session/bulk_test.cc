// Writes without objects, and the objects that must hear of them.
#include <catch2/catch.hpp>

#include "tests/support/orm_fixture.h"

using namespace moonbase;
using base::Value;
using session::Session;
using state::Instance;
using state::Lifecycle;
using test::caught;
using test::integer;
using test::Lines;
using test::Orm;
using test::text;

namespace {

struct Blog : Orm {
  Instance *susan, *john;
  Blog() {
    models.declare_microblog();
    open();
    susan = &add("User", {{"username", text("susan")}});
    john = &add("User", {{"username", text("john")}});
    session->flush();
    log.take();
  }
  query::Query named(const char* name) {
    query::Query q = query("User");
    q.add_where(equals("User", "username", text(name)));
    return q;
  }
  std::vector<std::pair<int, expr::ElementPtr>> username(const char* name) {
    return {{1, expr::bind(text(name), types::string(64))}};
  }
};

}  // namespace

TEST_CASE("an update through a query reaches loaded objects") {
  Blog o;
  CHECK(o.session->update_rows(o.named("susan"), o.username("sue"), Session::Synchronize::kAuto) ==
        1);
  CHECK(Orm::get(*o.susan, "username") == "'sue'");
  CHECK(Orm::peek(*o.john, "username") == "'john'");
  CHECK(o.sent() == Lines{"UPDATE user SET username=? WHERE user.username = ? ['sue', 'susan']"});
}

TEST_CASE("keys are fetched by the statement itself, or before it when it changes them") {
  Blog o;
  const auto fetch = Session::Synchronize::kFetch;
  o.session->update_rows(o.named("susan"), o.username("sue"), fetch);
  CHECK(o.sent() == Lines{"UPDATE user SET username=? WHERE user.username = ? RETURNING id "
                          "['sue', 'susan']"});
  o.session->update_rows(o.named("sue"), {{0, expr::bind(integer(7), types::integer())}}, fetch);
  CHECK(o.sent() == Lines{"SELECT user.id FROM user WHERE user.username = ? ['sue']",
                          "UPDATE user SET id=? WHERE user.username = ? [7, 'sue']"});
  CHECK(o.session->get(o.model("User"), {integer(7)}) == o.susan);
  CHECK(o.session->find_loaded(o.model("User"), 1) == nullptr);
  o.session->rollback();
  CHECK(o.susan->lifecycle == Lifecycle::kTransient);
}

TEST_CASE("an object that is loaded under a savepoint forgets what was undone") {
  Blog o;
  o.session->commit();  // expires
  o.session->begin_nested();
  o.session->update_rows(o.query("User"), o.username("all"), Session::Synchronize::kAuto);
  CHECK(Orm::get(*o.susan, "username") == "'all'");
  o.session->rollback();
  CHECK(Orm::get(*o.susan, "username") == "'susan'");
}

TEST_CASE("many rows by primary key are one statement, and loaded objects follow") {
  Blog o;
  const std::vector<std::pair<int, const char*>> names = {{1, "sue"}, {2, "jack"}};
  size_t n = 0;
  const auto next = [&](std::vector<Value>& row) {
    if (n == names.size()) return false;
    row[0] = integer(names[n].first);
    row[1] = text(names[n++].second);
    return true;
  };
  SECTION("objects follow") {
    CHECK(o.session->bulk_update(o.model("User"), {0, 1}, next, true) == 2);
    CHECK(Orm::peek(*o.susan, "username") == "'sue'");
    CHECK(o.sent() == Lines{"UPDATE user SET username=? WHERE user.id = ? ['sue', 1] x2"});
  }
  SECTION("objects stay") {
    o.session->bulk_update(o.model("User"), {0, 1}, next, false);
    CHECK(Orm::peek(*o.susan, "username") == "'susan'");
  }
  SECTION("a row that is not there, after another") {
    o.session->commit();
    o.execute("DELETE FROM user WHERE id = 2");
    const base::Error e = caught([&] {
      o.session->bulk_update(o.model("User"), {0, 1}, next, true);
    });
    CHECK(e.kind() == base::ErrorKind::kStaleDataError);
    CHECK_FALSE(o.session->is_active());
    o.session->rollback();
    CHECK(Orm::get(*o.susan, "username") == "'susan'");
  }
}

TEST_CASE("without synchronising, loaded objects stay as they are") {
  Blog o;
  o.session->update_rows(o.named("susan"), o.username("sue"), Session::Synchronize::kNone);
  CHECK(Orm::get(*o.susan, "username") == "'susan'");
  CHECK(o.sent().size() == 1);
}

TEST_CASE("an update through a query flushes first, and is undone with the rest") {
  Blog o;
  o.session->commit();
  Orm::set(*o.john, "username", text("jack"));
  CHECK(o.session->update_rows(o.named("jack"), o.username("jim"), Session::Synchronize::kAuto) ==
        1);
  CHECK(Orm::get(*o.john, "username") == "'jim'");
  o.session->rollback();
  CHECK(Orm::get(*o.john, "username") == "'john'");
}

TEST_CASE("a foreign key set through a query moves loaded references") {
  Blog o;
  Instance& post = o.make("Post");
  Orm::append(*o.susan, "posts", post);
  o.session->flush();
  CHECK(Orm::ref(post, "author") == o.susan);
  o.session->update_rows(o.query("Post"),
                         {{Orm::slot(post, "user_id"), expr::bind(integer(2), types::integer())}},
                         Session::Synchronize::kAuto);
  CHECK(Orm::ref(post, "author") == o.john);
}

TEST_CASE("a delete through a query deletes loaded objects") {
  Blog o;
  o.session->commit();
  CHECK(o.session->delete_rows(o.named("susan"), Session::Synchronize::kAuto) == 1);
  CHECK(o.susan->lifecycle == Lifecycle::kDeleted);
  CHECK(o.session->get(o.model("User"), {integer(1)}) == nullptr);
  SECTION("rolled back") {
    o.session->rollback();
    CHECK(o.susan->lifecycle == Lifecycle::kPersistent);
    CHECK(Orm::get(*o.susan, "username") == "'susan'");
  }
  SECTION("committed") {
    o.session->commit();
    CHECK(o.susan->lifecycle == Lifecycle::kDetached);
  }
}

TEST_CASE("many rows by one statement, defaults filled in") {
  Orm o;
  auto counting = std::make_shared<test::CountingDefault>([](int n) { return integer(n); });
  schema::TableDef def = schema::make_def(
      "item", {schema::make_key("id"), schema::make_column("name", types::string(9)),
               schema::make_column("n")});
  def.columns[2].default_value = test::function_default(counting);
  o.models.declare("Item", std::move(def));
  o.open();
  int n = 0;
  const auto next = [&](std::vector<Value>& row) {
    if (n == 3) return false;
    row[0] = text("x" + std::to_string(++n));
    return true;
  };
  CHECK(o.session->bulk_insert(o.model("Item"), {1}, next) == 3);
  CHECK(o.sent() == Lines{"INSERT INTO item (name, n) VALUES (?, ?) ['x1', 1] x3"});
  CHECK(o.rows("SELECT * FROM item") == Lines{"1, 'x1', 1", "2, 'x2', 2", "3, 'x3', 3"});
  o.session->rollback();
  CHECK(o.rows("SELECT * FROM item").empty());
}

TEST_CASE("a bulk insert that fails names the row") {
  Blog o;
  int n = 0;
  const base::Error e = caught([&] {
    o.session->bulk_insert(o.model("User"), {0}, [&](std::vector<Value>& row) {
      row[0] = integer(n++ == 0 ? 3 : 1);
      return true;
    });
  });
  CHECK(e.kind() == base::ErrorKind::kIntegrityError);
  CHECK(e.context().at(0) == "bulk_insert into User, row 2");
}
