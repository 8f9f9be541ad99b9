// Paging by the position of a row: what is compared, and the tokens that carry positions.
#include "orm/query/keyset.h"

#include <catch2/catch.hpp>

#include "orm/dialect/dialect.h"
#include "tests/query/query_fixture.h"

using namespace moonbase;
using base::ErrorKind;
using base::Value;
using query::Keyset;
using query::Position;
using query::Query;
using test::caught;
using test::integer;
using test::QueryFixture;
using test::text;

namespace {

// post.id is a key and never NULL; body and user_id may be.
struct Blog : QueryFixture {
  Blog() { models.declare_microblog(); }
  Query by(std::vector<expr::ElementPtr> order) {
    Query q = of("Post");
    q.order_by = std::move(order);
    return q;
  }
  expr::ElementPtr id() { return column("Post", "id"); }
  expr::ElementPtr body() { return column("Post", "body"); }
  std::string order(const Query& q, bool backward = false) {
    std::string out;
    for (const expr::ElementPtr& e : query::keyset_order(query::keyset_of(q), backward))
      out += (out.empty() ? "" : ", ") + sql(e);
    return out;
  }
  test::Lines conditions(const Query& q, const Position& position, bool backward = false) {
    test::Lines out;
    for (const expr::ElementPtr& e :
         query::keyset_conditions(query::keyset_of(q), position, backward))
      out.push_back(sql(e));
    return out;
  }
};

expr::ElementPtr desc(expr::ElementPtr e) { return expr::ordering(expr::Op::kDesc, std::move(e)); }

const compile::DialectTraits& traits() { return dialect::find_dialect("sqlite")->traits(); }

}  // namespace

TEST_CASE("the primary key makes the order unique, in the direction of its last column") {
  Blog f;
  CHECK(f.order(f.by({f.id()})) == "post.id");
  CHECK(f.order(f.by({f.body()})) == "post.body, post.id");
  CHECK(f.order(f.by({desc(f.body())})) == "post.body DESC, post.id DESC");
  CHECK(f.order(f.by({desc(f.id()), f.body()})) == "post.id DESC, post.body");
  CHECK(f.order(f.by({desc(f.body())}), true) == "post.body, post.id");
  CHECK(f.order(f.by({expr::ordering(expr::Op::kNullsLast, f.body())}), true) ==
        "post.body DESC NULLS FIRST, post.id DESC");
}

TEST_CASE("one direction compares whole rows, two are written out behind a bound for an index") {
  Blog f;
  CHECK(f.conditions(f.by({f.id()}), {integer(7)}) == test::Lines{"post.id > ?"});
  CHECK(f.conditions(f.by({f.id()}), {integer(7)}, true) == test::Lines{"post.id < ?"});
  CHECK(f.conditions(f.by({f.body()}), {text("x"), integer(7)}) ==
        test::Lines{"(post.body, post.id) > (?, ?)"});
  CHECK(f.conditions(f.by({f.body(), desc(f.id())}), {text("x"), integer(7)}) ==
        test::Lines{"post.body >= ? AND (post.body > ? OR post.body = ? AND post.id < ?)"});
}

TEST_CASE("NULLs that come after values are a part of their own, and so are values after NULLs") {
  Blog f;
  const Query descending = f.by({desc(f.body())});
  CHECK(f.conditions(descending, {text("x"), integer(7)}) ==
        test::Lines{"(post.body, post.id) < (?, ?)", "post.body IS NULL"});
  CHECK(f.conditions(descending, {Value(), integer(7)}) ==
        test::Lines{"post.body IS NULL AND post.id < ?"});
  CHECK(f.conditions(f.by({f.body()}), {Value(), integer(7)}) ==
        test::Lines{"post.body IS NULL AND post.id > ?", "post.body IS NOT NULL"});
  CHECK(f.conditions(f.by({f.id(), desc(f.body())}), {integer(7), text("x")}) ==
        test::Lines{"post.id >= ? AND (post.id > ? OR post.id = ? AND (post.body < ? OR "
                    "post.body IS NULL))"});
}

TEST_CASE("a query without an order, or whose rows have no place, has no keyset") {
  Blog f;
  CHECK(caught([&] { query::keyset_of(f.of("Post")); }).kind() == ErrorKind::kInvalidRequestError);
  Query limited = f.by({f.id()});
  limited.limit = 3;
  CHECK(caught([&] { query::keyset_of(limited); }).kind() == ErrorKind::kInvalidRequestError);
  Query grouped = f.by({f.body()});
  grouped.group_by = {f.body()};
  CHECK(caught([&] { query::keyset_of(grouped); }).kind() == ErrorKind::kInvalidRequestError);
  Query unknown = f.by({expr::label_ref("nowhere", types::null())});
  CHECK(caught([&] { query::keyset_of(unknown); }).kind() == ErrorKind::kArgumentError);
}

TEST_CASE("a token carries a position through text") {
  Blog f;
  const Keyset keyset = query::keyset_of(f.by({f.body(), f.column("Post", "user_id")}));
  const std::vector<Position> positions = {
      {text("an 'x' : ; \n with ü"), integer(INT64_MIN), integer(0)},
      {Value(), Value::real(0.1), integer(INT64_MAX)},
      {Value::blob(std::string("\0\xff", 2)), text(""), Value::real(-1e300)},
      // What a driver with more types gives.
      {Value::boolean(true), Value::date(-1), Value::time(86'399'999'999)},
      {Value::datetime(1, base::kNaive), Value::datetime(-1, 3600), Value::interval(-5)},
      {Value::bytes(base::Tag::kDecimal, "-1.50"), Value::bytes(base::Tag::kUuid, "u"),
       Value::bytes(base::Tag::kJson, "{}")},
  };
  for (const Position& position : positions) {
    const std::string token = query::keyset_token(keyset, position, traits());
    CHECK(token.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-"
                                  "_") == std::string::npos);
    CHECK(query::read_keyset_token(keyset, token, traits()) == position);
  }
}

TEST_CASE("where NULL is the largest value, it comes last, and first in reverse") {
  Blog f;
  const Keyset rising = query::keyset_of(f.by({f.body()}), true);
  CHECK_FALSE(rising[0].nulls_first);
  CHECK(query::keyset_of(f.by({desc(f.body())}), true)[0].nulls_first);
  CHECK(query::keyset_of(f.by({f.body()}), false)[0].nulls_first);
}

TEST_CASE("a damaged token, and one of another order, are refused") {
  Blog f;
  const Keyset keyset = query::keyset_of(f.by({f.body()}));
  const std::string token = query::keyset_token(keyset, {text("x"), integer(7)}, traits());
  const auto refuses = [&](const Keyset& of, const std::string& given) {
    return caught([&] { query::read_keyset_token(of, given, traits()); }).kind() ==
           ErrorKind::kArgumentError;
  };
  for (size_t i = 0; i < token.size(); ++i) {
    CHECK(refuses(keyset, token.substr(0, i)));
    std::string changed = token;
    changed[i] = changed[i] == 'A' ? 'Q' : 'A';
    CHECK(refuses(keyset, changed));
  }
  CHECK(refuses(keyset, token + "AAAA"));
  CHECK(refuses(keyset, "ü"));
  CHECK(refuses(query::keyset_of(f.by({desc(f.body())})), token));
  CHECK(refuses(query::keyset_of(f.by({f.id()})), token));
}
