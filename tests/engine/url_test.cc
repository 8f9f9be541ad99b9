#include "orm/engine/url.h"

#include <catch2/catch.hpp>

#include "tests/engine/support.h"

using namespace moonbase;
using base::ErrorKind;
using engine::parse_url;
using engine::Url;
using test::error_of;
using test::open_engine;

TEST_CASE("a URL's parts") {
  Url url = parse_url(
      "postgresql+psycopg2://ann:s%40cr%2Fet@db.example.org:5433/shop?sslmode=require&app=my+shop");
  CHECK(url.dialect == "postgresql");
  CHECK(url.driver == "psycopg2");
  CHECK(url.user == "ann");
  CHECK(url.password == "s@cr/et");
  CHECK(url.host == "db.example.org");
  CHECK(url.port == 5433);
  CHECK(url.database == "shop");
  CHECK(url.option("sslmode") == "require");
  CHECK(url.option("app") == "my shop");
  CHECK(url.option("nothing").empty());
}

TEST_CASE("forms of URLs") {
  struct Case {
    std::string text, host;
    int port;
    std::string database;
  };
  std::vector<Case> cases = {
      {"sqlite://", "", 0, ""},
      {"sqlite:///app.db", "", 0, "app.db"},
      {"sqlite:///./data/app.db", "", 0, "./data/app.db"},
      {"sqlite:////var/lib/app.db", "", 0, "/var/lib/app.db"},
      {"sqlite:///:memory:", "", 0, ":memory:"},
      {"sqlite:///a%20b.db", "", 0, "a%20b.db"},
      {"postgresql://h/a%20b", "h", 0, "a%20b"},
      {"postgresql:///shop", "", 0, "shop"},
      {"postgresql://localhost", "localhost", 0, ""},
      {"postgresql://localhost:/shop", "localhost", 0, "shop"},
      {"postgresql://[2001:db8::1]:5432/shop", "2001:db8::1", 5432, "shop"},
      {"postgresql://[::1]/shop", "::1", 0, "shop"},
      {"postgresql://a:1,b:2/shop", "a:1,b:2", 0, "shop"},
      {"mysql://u:p@ss@h/d", "h", 0, "d"},
  };
  for (const Case& row : cases) {
    INFO(row.text);
    Url url = parse_url(row.text);
    CHECK(url.host == row.host);
    CHECK(url.port == row.port);
    CHECK(url.database == row.database);
  }
}

TEST_CASE("an option may repeat and keeps its order") {
  Url url = parse_url("sqlite:///a.db?k=1&j=2&k=3&empty=");
  CHECK(url.options == std::vector<std::pair<std::string, std::string>>{
                           {"k", "1"}, {"j", "2"}, {"k", "3"}, {"empty", ""}});
}

TEST_CASE("a URL prints as it was written, but for its password") {
  for (std::string text : {"sqlite://", "sqlite:///app.db", "sqlite:////var/app.db?mode=ro",
                           "postgresql+pg8000://h:5433/d", "postgresql://[::1]:5432/shop",
                           "postgresql://ann@h/d?k=a%20b&k=%26", "mysql://a:1,b:2/d"}) {
    CHECK(parse_url(text).text() == text);
  }
  Url secret = parse_url("postgresql://ann:p%40ss@h/d?password=x");
  CHECK(secret.text() == "postgresql://ann:***@h/d?password=***");
  CHECK(secret.text(true) == "postgresql://ann:p%40ss@h/d?password=x");
}

TEST_CASE("what is no URL is refused, with the shape of one and without a password") {
  for (std::string text : {"app.db", "sqlite:app.db", "sqlite:/app.db", "", "my db://x", "://x",
                           "sqlite+://x", "postgresql://h:port/d", "postgresql://h:99999/d",
                           "postgresql://[::1/d", "postgresql://::1/d", "sqlite:///a?novalue"}) {
    INFO(text);
    base::Error error = error_of([&] { parse_url(text); });
    CHECK(error.kind() == ErrorKind::kArgumentError);
    CHECK_FALSE(error.hint().empty());
  }
  base::Error error = error_of([] { parse_url("postgresql://ann:sec/ret@h/d"); });
  CHECK(error.paragraph().find("sec") == std::string::npos);
  CHECK(error.hint().find("%2F") != std::string::npos);
  CHECK(error_of([] { parse_url("ann:secret@h"); }).paragraph().find("secret") ==
        std::string::npos);
}

TEST_CASE("a dialect there is none of is named with the nearest") {
  base::Error misspelt = error_of([] { open_engine("sqllite:///a.db"); });
  CHECK(misspelt.kind() == ErrorKind::kNoSuchModuleError);
  CHECK(misspelt.message() == "There is no dialect named 'sqllite'; did you mean 'sqlite'?");
  base::Error old = error_of([] { open_engine("postgres://h/d"); });
  CHECK(old.kind() == ErrorKind::kNoSuchModuleError);
  CHECK(old.hint().find("postgresql://") != std::string::npos);
}

TEST_CASE("an engine refuses what its dialect cannot use, before it connects") {
  CHECK(error_of([] { open_engine("sqlite://app.db"); }).message().find("sqlite:///app.db") !=
        std::string::npos);
  CHECK(error_of([] { open_engine("sqlite:///a.db?timout=1"); }).kind() ==
        ErrorKind::kArgumentError);
  engine::EngineOptions options;
  options.isolation_level = "SOMETIMES";
  CHECK(error_of([&] { open_engine("sqlite://", options); }).hint().find("SERIALIZABLE") !=
        std::string::npos);
}

TEST_CASE("several hosts stay one text, IPv6 among them") {
  Url url = parse_url("postgresql://u@[::1]:5433,db.example:5434/app?target_session_attrs=any");
  CHECK(url.host == "[::1]:5433,db.example:5434");
  CHECK(url.port == 0);
  CHECK(url.database == "app");
  CHECK(parse_url(url.text()).host == url.host);
}
