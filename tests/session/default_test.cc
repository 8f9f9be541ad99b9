// Where a column's value comes from when nobody gave one.
#include <catch2/catch.hpp>

#include "tests/support/orm_fixture.h"

using namespace moonbase;
using base::Value;
using schema::Column;
using schema::make_column;
using state::Instance;
using test::caught;
using test::integer;
using test::Lines;
using test::Orm;
using test::text;

namespace {

// Item(id, v): `v` as `change` makes it.
struct Items : Orm {
  explicit Items(const std::function<void(Column&)>& change,
                 types::TypePtr type = types::integer()) {
    schema::TableDef def = schema::make_def(
        "item", {schema::make_key("id"), make_column("v", std::move(type)), make_column("w")});
    change(def.columns[1]);
    models.declare("Item", std::move(def));
    open();
  }
};

}  // namespace

TEST_CASE("a constant default fills what was not given") {
  Items o([](Column& c) { c.default_value = test::constant_default(integer(7)); });
  Instance &a = o.add("Item"), &b = o.add("Item", {{"v", integer(1)}});
  CHECK(Orm::peek(a, "v") == "-");
  o.session->flush();
  CHECK(Orm::peek(a, "v") == "7");
  CHECK(Orm::peek(b, "v") == "1");
  CHECK(o.rows("SELECT v FROM item") == Lines{"7", "1"});
  CHECK(o.sent().size() == 1);
}

TEST_CASE("an explicit NULL is a NULL, except where the column has a default") {
  Items o([](Column& c) { c.default_value = test::constant_default(integer(7)); });
  o.add("Item", {{"v", Value()}, {"w", Value()}});
  o.session->flush();
  CHECK(o.rows("SELECT v, w FROM item") == Lines{"7, NULL"});
}

TEST_CASE("a NULL written over a row's value is written") {
  Items o([](Column& c) { c.default_value = test::constant_default(integer(7)); });
  Instance& item = o.add("Item");
  o.session->flush();
  Orm::set(item, "v", Value());
  o.session->flush();
  CHECK(o.rows("SELECT v FROM item") == Lines{"NULL"});
}

TEST_CASE("a function is called once per row, its value cast") {
  auto counting = std::make_shared<test::CountingDefault>([](int n) { return integer(n * 10); });
  Items o([&](Column& c) { c.default_value = test::function_default(counting); });
  o.add("Item");
  o.add("Item", {{"v", integer(1)}});
  o.add("Item");
  o.session->flush();
  CHECK(counting->calls == 2);
  CHECK(o.rows("SELECT v FROM item") == Lines{"10", "1", "20"});
}

TEST_CASE("a function that fails names its column, and nothing is written") {
  auto failing = std::make_shared<test::CountingDefault>(
      [](int) -> Value { throw base::Error(base::ErrorKind::kValueError, "no luck"); });
  Items o([&](Column& c) { c.default_value = test::function_default(failing); });
  o.add("Item", {{"v", integer(1)}});
  o.add("Item");
  const base::Error e = caught([&] { o.session->flush(); });
  CHECK(e.message() == "no luck");
  CHECK(e.context().at(0) == "default of item.v");
  o.session->rollback();
  CHECK(o.rows("SELECT * FROM item").empty());
}

TEST_CASE("an SQL default is written into the statement and read back at first use") {
  Items o([](Column& c) { c.default_value = test::sql_default("40 + 2"); });
  Instance &a = o.add("Item"), &b = o.add("Item", {{"v", integer(1)}});
  o.session->flush();
  CHECK(o.sent() == Lines{"INSERT INTO item (v, w) VALUES (40 + 2, ?) [NULL]",
                          "INSERT INTO item (v, w) VALUES (?, ?) [1, NULL]"});
  CHECK(Orm::id(a) == 1);
  CHECK(Orm::get(a, "v") == "42");
  CHECK(o.sent().size() == 1);
  CHECK(Orm::get(b, "v") == "1");
  CHECK(o.sent().empty());
}

TEST_CASE("a server default is left to the database and read back at first use") {
  Items o([](Column& c) { c.server_default = schema::SqlFragment{"5", {}}; });
  Instance &a = o.add("Item"), &b = o.add("Item", {{"v", Value()}}),
           &c = o.add("Item", {{"v", integer(1)}});
  o.session->flush();
  CHECK(o.sent() == Lines{"INSERT INTO item (w) VALUES (?) [NULL] x2",
                          "INSERT INTO item (v, w) VALUES (?, ?) [1, NULL]"});
  CHECK(Orm::get(a, "v") == "5");
  CHECK(Orm::get(b, "v") == "5");
  CHECK(Orm::get(c, "v") == "1");
  CHECK(o.sent().size() == 2);
}

TEST_CASE("a table whose every value the database makes") {
  Orm o;
  o.models.declare("Counter", schema::make_def("counter", {schema::make_key("id")}));
  o.open();
  Instance &a = o.add("Counter"), &b = o.add("Counter");
  o.session->flush();
  CHECK(o.sent() == Lines{"INSERT INTO counter DEFAULT VALUES x2"});
  CHECK(Orm::id(a) == 1);
  CHECK(Orm::id(b) == 2);
}

TEST_CASE("onupdate fires when something else changed, not when it was given") {
  auto counting = std::make_shared<test::CountingDefault>([](int n) { return integer(n); });
  Items o([&](Column& c) { c.onupdate = test::function_default(counting); });
  Instance& item = o.add("Item");
  o.session->flush();
  CHECK(Orm::peek(item, "v") == "NULL");
  Orm::set(item, "w", integer(1));
  o.sent();
  o.session->flush();
  CHECK(o.sent() == Lines{"UPDATE item SET v=?, w=? WHERE item.id = ? [1, 1, 1]"});
  CHECK(Orm::peek(item, "v") == "1");
  Orm::set(item, "w", integer(1));
  o.session->flush();
  CHECK(counting->calls == 1);
  Orm::set(item, "v", integer(99));
  o.session->flush();
  CHECK(counting->calls == 1);
}

TEST_CASE("an SQL onupdate is read back") {
  Items o([](Column& c) { c.onupdate = test::sql_default("item.w + 100"); });
  Instance& item = o.add("Item", {{"w", integer(1)}});
  o.session->flush();
  Orm::set(item, "w", integer(2));
  o.session->flush();
  CHECK(Orm::get(item, "v") == "101");
}

TEST_CASE("an expression as value is written and read back") {
  Items o([](Column&) {});
  Instance& item = o.add("Item", {{"v", integer(5)}});
  o.session->flush();
  const expr::ElementPtr v = o.column("Item", "v");
  item.write_expression(Orm::slot(item, "v"),
                        expr::binary(expr::Op::kAdd, v, expr::bind(integer(1), types::integer())));
  o.sent();
  o.session->flush();
  CHECK(o.sent() == Lines{"UPDATE item SET v=(item.v + ?) WHERE item.id = ? [1, 1]"});
  CHECK(Orm::get(item, "v") == "6");
}

TEST_CASE("a computed column is never written, and read again after an update") {
  Items o([](Column& c) { c.computed = schema::Computed{{"w * 2", {}}, {}}; });
  Instance& item = o.add("Item", {{"w", integer(4)}});
  o.session->flush();
  CHECK(Orm::get(item, "v") == "8");
  Orm::set(item, "w", integer(5));
  o.session->flush();
  CHECK(Orm::get(item, "v") == "10");
}

TEST_CASE("values of many types survive the way into a row and back") {
  Orm o;
  o.models.declare(
      "All",
      schema::make_def("everything",
                       {schema::make_key("id"), make_column("t", types::text()),
                        make_column("b", types::boolean()), make_column("f", types::float_()),
                        make_column("d", types::date()), make_column("at", types::datetime()),
                        make_column("x", types::large_binary())}));
  o.open();
  Instance& all = o.add("All", {{"t", text("žluť'")},
                                {"b", Value::boolean(true)},
                                {"f", Value::real(1.5)},
                                {"d", Value::date(20000)},
                                {"at", Value::datetime(1700000000123456)},
                                {"x", Value::blob(std::string("\0\xff", 2))}});
  o.session->flush();
  std::vector<std::string> before;
  for (const char* name : {"t", "b", "f", "d", "at", "x"}) before.push_back(Orm::get(all, name));
  o.session->commit();
  std::vector<std::string> after;
  for (const char* name : {"t", "b", "f", "d", "at", "x"}) after.push_back(Orm::get(all, name));
  CHECK(before == after);
}
