// What Tab offers, on the microblog.
#include "shell/completion.h"

#include <array>
#include <filesystem>
#include <fstream>
#include <random>

#include <catch2/catch.hpp>

#include "bindings/call.h"
#include "bindings/runtime.h"
#include "shell/app.h"
#include "shell/input.h"
#include "tests/support/temp_folder.h"

namespace moonbase::shell {
namespace {

namespace fs = std::filesystem;

// One for all: declaring an app takes longer than all of the tests.
struct Shell {
  test::TempFolder folder;
  bindings::Runtime runtime;
  lua_State* L = runtime.state();

  Shell() {
    fs::current_path(folder.path());
    fs::create_directory("seeds");
    std::ofstream("seeds/one.lua") << "";
    std::ofstream("seeds/odd'name.lua") << "";
    std::ofstream("seed.lua") << "";
    Options options;
    options.database = "sqlite://";
    std::ofstream("app.lua") << R"(
      moonbase = require 'moonbase'
      app = moonbase.App 'blog'
      db = moonbase.Database(app)
      User = db.Model 'User' {
        id = db.Column{db.Integer, primary_key = true},
        username = db.Column{db.String(64)},
        posts = db.relationship{'Post', backref = 'author'},
        comments = db.relationship{'Post', lazy = 'dynamic', viewonly = true},
      }
      function User:shout() return self.username:upper() end
      Post = db.Model 'Post' {
        id = db.Column{db.Integer, primary_key = true},
        body = db.Column{db.String(140)},
        user_id = db.Column{db.Integer, db.ForeignKey 'user.id'},
      }
      app:shell_context_processor(function() return {db = db, User = User, Post = Post} end)
      db.create_all()
      u = User{username = 'ada'}
      users = {u}
      asked = 0
      watched = setmetatable({}, {__index = function() asked = asked + 1 end})
    )";
    AppLoader loader(runtime, options);
    loader.load();
    loader.preload();
  }
  ~Shell() { fs::current_path("/"); }
};

Shell& shell() {
  static Shell instance;
  return instance;
}

// The candidates for the text before `|`, the part that they replace before them.
std::string offered(std::string text) {
  size_t cursor = text.find('|');
  REQUIRE(cursor != std::string::npos);
  text.erase(cursor, 1);
  editor::Completion completion = complete(shell().L, text, cursor);
  if (completion.candidates.empty()) return "nothing";
  std::string out = "[" + text.substr(completion.begin, cursor - completion.begin) + "]";
  for (const auto& candidate : completion.candidates) out += " " + candidate.text;
  return out;
}

std::string doc(std::string_view text) {
  editor::Completion completion = complete(shell().L, text, text.size());
  return completion.candidates.empty() ? "nothing" : completion.candidates.front().doc;
}

TEST_CASE("globals and Lua's words") {
  CHECK(offered("Us|") == "[Us] User");
  CHECK(offered("x = func|") == "[func] function");
  CHECK(offered("print(use|") == "[use] users");
  CHECK(offered("us|") == "[us] users");
  CHECK(offered("pOS|") == "[pOS] Post");
  CHECK(offered("nowhere|") == "nothing");
  CHECK(offered("-- Us|") == "nothing");
}

TEST_CASE("what a class and an object have") {
  CHECK(offered("User.us|") == "[us] username");
  CHECK(offered("User.|") == "[] comments copy_from id metadata posts query username");
  CHECK(offered("u.|").find("[] comments id posts") == 0);
  CHECK(offered("u:sh|") == "[sh] shout");
  CHECK(doc("User.username") == "column String(64)");
  CHECK(doc("User.id") == "column Integer, primary key");
  CHECK(doc("User.posts") == "many Post");
  CHECK(doc("Post.author") == "one User");
}

TEST_CASE("along relationships, without loading them") {
  CHECK(offered("u.posts[1].bo|") == "[bo] body");
  CHECK(offered("u.posts[1].author.user|") == "[user] username");
  CHECK(offered("u.posts:app|") == "[app] append");
  CHECK(offered("u.comments:filter_|") == "[filter_] filter_by");
  CHECK(offered("u.comments:first().bo|") == "[bo] body");
  CHECK(offered("users[1].user|") == "[user] username");
}

TEST_CASE("methods behind a colon, through calls") {
  CHECK(offered("User.query:fi|") == "[fi] filter filter_by first first_or_404");
  CHECK(offered("User.query:filter_by{id = 1}:order_by(User.id):pag|") == "[pag] paginate");
  CHECK(offered("User.query:first().user|") == "[user] username");
  CHECK(offered("User.query:get(1).posts[1].bo|") == "[bo] body");
  CHECK(offered("User.query:count():|") == "nothing");
  CHECK(offered("db.session:add|") == "[add] add add_all");
  CHECK(offered("db.session:query(User):first().user|") == "[user] username");
  CHECK(offered("db.session:get(User, 1).user|") == "[user] username");
  CHECK(offered("db.select(User):wh|") == "[wh] where");
  CHECK(offered("User{username = 'x'}:sh|") == "[sh] shout");
  CHECK(offered("('x'):upp|") == "[upp] upper");
  CHECK(offered("(User.query):filter_|") == "[filter_] filter_by");
  CHECK(doc("db.session:add_all").find("add_all(list)") == 0);
}

TEST_CASE("a method behind a dot gets its colon") {
  CHECK(offered("User.query.filter_|") == "[.filter_] :filter_by");
  CHECK(offered("db.session.roll|") == "[.roll] :rollback");
}

TEST_CASE("the database, the module, the app and its config") {
  CHECK(offered("db.create_a|") == "[create_a] create_all");
  CHECK(offered("db.Bool|") == "[Bool] Boolean");
  CHECK(offered("db.ses|") == "[ses] session sessionmaker");
  CHECK(offered("moonbase.datet|") == "[datet] datetime");
  CHECK(offered("app.con|") == "[con] config");
  CHECK(offered("app:shell|") == "[shell] shell_context_processor");
  CHECK(offered("app.config.POOL_|") == "[POOL_] POOL_RECYCLE POOL_SIZE POOL_TIMEOUT");
  CHECK(offered("app.config:up|") == "[up] update");
  CHECK(offered("app.config:update{EC|") == "[EC] ECHO = ");
  CHECK(offered("string.for|") == "[for] format");
}

TEST_CASE("keys inside braces") {
  CHECK(offered("User{|") == "[] comments =  id =  posts =  username = ");
  CHECK(offered("User{id = 1, us|") == "[us] username = ");
  CHECK(offered("User.query:filter_by{us|") == "[us] username = ");
  CHECK(offered("User.query:filter(User.id > 3):update{user|") == "[user] username = ");
  CHECK(offered("User{username = us|") == "[us] users");
  CHECK(offered("User{username = f(us|") == "[us] users");
  CHECK(offered("{us|") == "[us] users");
}

TEST_CASE("files in strings") {
  CHECK(offered("dofile 'see|") == "[see] seed.lua seeds/");
  CHECK(offered("dofile 'seeds/|") == "[] one.lua");
  CHECK(offered("dofile([[seeds/o|") == "[o] one.lua");
  CHECK(offered("dofile 'nowhere/|") == "nothing");
}

TEST_CASE("tables and columns in SQL") {
  CHECK(offered("db.text 'select * from us|") == "[us] user user_id username");
  CHECK(offered("db.text [[select user.u|") == "[u] username");
  CHECK(offered("select * from po|") == "[po] post");
  CHECK(doc("select * from post where bod") == "column of post String(140)");
}

TEST_CASE("commands") {
  CHECK(offered(":e|").find(" echo") != std::string::npos);
  CHECK(offered(":qui|") == "[qui] quit");
  CHECK(offered(":echo o|") == "[o] off on");
  CHECK(offered(":quit o|") == "nothing");
  CHECK(doc(":ec").find(":echo on|off") == 0);
}

TEST_CASE("locals of earlier inputs") {
  lua_State* L = shell().L;
  REQUIRE(compile_input(L, "local writer <const>, readers = u, {u}", "=input", 1, true) ==
          Compiled::kFunction);
  bindings::call_lua(L, 0, 0);
  CHECK(offered("wri|") == "[wri] writer");
  CHECK(offered("writer.user|") == "[user] username");
  CHECK(offered("readers[1].user|") == "[user] username");
}

TEST_CASE("whatever stands there, the stack is left as it was") {
  constexpr std::array kPieces = std::to_array<std::string_view>(
      {"User", "u",     "users", "db",        "app",   ".",      ":",       "(",       ")",
       "{",    "}",     "[",     "]",         "1",     "'",      "[[",      "]]",      ",",
       " ",    "query", "posts", "filter_by", "first", "config", "session", "select ", "from ",
       "user", "\n",    "--",    "\"",        "\xff",  "=",      "_"});
  std::mt19937 random(7);
  for (int i = 0; i < 3'000; ++i) {
    std::string text;
    for (size_t n = random() % 12; n > 0; --n) text += kPieces[random() % kPieces.size()];
    CAPTURE(text);
    editor::Completion completion = complete(shell().L, text, text.size());
    REQUIRE(completion.begin <= text.size());
    REQUIRE(lua_gettop(shell().L) == 0);
  }
}

TEST_CASE("asking runs none of the program's code, whatever stands there") {
  for (const char* text : {"watched.x.y.|", "watched:a|", "nothing.at.all.|", ")))|", "f(|", "'|",
                           "x[|", "(((|", "u.posts[99].x.|", "u.|.", ".|", ":|", "{{{|", "\xff|"}) {
    CAPTURE(text);
    offered(text);
  }
  lua_State* L = shell().L;
  lua_getglobal(L, "asked");
  CHECK(lua_tointeger(L, -1) == 0);
  CHECK(lua_gettop(L) == 1);
  lua_pop(L, 1);
}

}  // namespace
}  // namespace moonbase::shell
