// INSERT, UPDATE, DELETE and text statements written in Lua.
#include <catch2/catch.hpp>

#include "bindings/lua_expr.h"
#include "tests/bindings/expr_fixture.h"

namespace moonbase::bindings {
namespace {

struct Case {
  const char* lua;
  const char* sql;
};

TEST_CASE_METHOD(ExprFixture, "insert") {
  const Case kCases[] = {
      {"db.insert(user):values{email = 'e', name = 'susan', id = 1}",
       "INSERT INTO user (id, name, email) VALUES (?, ?, ?)  <- 1, susan, e"},
      {"db.insert(user):values{[User.name] = 'x', age = db.null}",
       "INSERT INTO user (name, age) VALUES (?, ?)  <- x, null"},
      {"db.insert(user):values{ {name = 'a', age = 1}, {age = 2, name = 'b'} }",
       "INSERT INTO user (name, age) VALUES (?, ?), (?, ?)  <- a, 1, b, 2"},
      {"db.insert(user):values{name = 'a'}:values{age = 3}",
       "INSERT INTO user (name, age) VALUES (?, ?)  <- a, 3"},
      {"db.insert(user):values{name = db.func.lower 'A'}",
       "INSERT INTO user (name) VALUES (lower(?))  <- A"},
      {"db.insert(post):values{text = 'x'}", "INSERT INTO post (body) VALUES (?)  <- x"},
      {"db.insert(user)", "INSERT INTO user DEFAULT VALUES"},
      {"db.insert(user):values{name = 'x'}:returning(User.id, User.name)",
       "INSERT INTO user (name) VALUES (?) RETURNING id, name  <- x"},
      {"db.insert(post):values{id = 1}:returning(post)",
       "INSERT INTO post (id) VALUES (?) RETURNING id, body, user_id, touched  <- 1"},
      {"db.insert(user):prefix_with 'OR IGNORE':values{id = 1}",
       "INSERT OR IGNORE INTO user (id) VALUES (?)  <- 1"},
      {"db.insert(user):values{id = 1}:on_conflict_do_nothing()",
       "INSERT INTO user (id) VALUES (?) ON CONFLICT DO NOTHING  <- 1"},
      {"db.insert(user):values{id = 1}:on_conflict_do_nothing{index_elements = {'email'}}",
       "INSERT INTO user (id) VALUES (?) ON CONFLICT (email) DO NOTHING  <- 1"},
      {"db.insert(user):values{id = 1, name = 'x'}:on_conflict_do_update{index_elements = "
       "{User.id}, "
       "set_ = {name = db.excluded(user).name, age = User.age + 1}, where = User.active}",
       "INSERT INTO user (id, name) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET name = "
       "excluded.name, "
       "age = (user.age + ?) WHERE user.active = 1  <- 1, x, 1"},
  };
  for (const Case& c : kCases) {
    INFO(c.lua);
    CHECK(sql(c.lua) == c.sql);
  }
}

TEST_CASE_METHOD(ExprFixture, "the excluded row of an insert") {
  run("ins = db.insert(user):values{id = 1, name = 'x'}");
  CHECK(sql("ins:on_conflict_do_update{index_elements = {'id'}, set_ = {name = "
            "ins.excluded.name}}") ==
        "INSERT INTO user (id, name) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET name = "
        "excluded.name  <- 1, x");
  CHECK(sql("ins") == "INSERT INTO user (id, name) VALUES (?, ?)  <- 1, x");
}

TEST_CASE_METHOD(ExprFixture, "update and delete") {
  const Case kCases[] = {
      {"db.update(user):where(User.id:eq(1)):values{name = 'x', age = User.age + 1}",
       "UPDATE user SET name=?, age=(user.age + ?) WHERE user.id = ?  <- x, 1, 1"},
      {"db.update(user):values{age = 1}:values{age = 2}", "UPDATE user SET age=?  <- 2"},
      {"db.update(user):where(User.id:eq(1), User.active):values{name = 'x'}:returning(User.id)",
       "UPDATE user SET name=? WHERE user.id = ? AND user.active = 1 RETURNING id  <- x, 1"},
      {"db.delete(user)", "DELETE FROM user"},
      {"db.delete(user):where(User.id:eq(1)):where(User.age:eq(nil))",
       "DELETE FROM user WHERE user.id = ? AND user.age IS NULL  <- 1"},
      {"db.delete(user):where(User.id:eq(1)):returning(User.id)",
       "DELETE FROM user WHERE user.id = ? RETURNING id  <- 1"},
  };
  for (const Case& c : kCases) {
    INFO(c.lua);
    CHECK(sql(c.lua) == c.sql);
  }
}

TEST_CASE_METHOD(ExprFixture, "an update that runs sets what onupdate says") {
  auto executable = [this](const char* code) {
    run(std::string("statement = ") + code);
    lua_getglobal(L, "statement");
    std::string text = statement_sql(*executable_statement(check_box<StatementBox>(L, -1)));
    lua_pop(L, 1);
    return text;
  };
  CHECK(executable("db.update(post):values{text = 'x'}") == "UPDATE post SET body=?, touched=?");
  CHECK(executable("db.update(post):values{touched = db.null}") == "UPDATE post SET touched=?");
  CHECK(executable("db.delete(post)") == "DELETE FROM post");
  CHECK_THROWS_WITH(executable("db.update(post)"), "this UPDATE of post sets nothing");
}

TEST_CASE_METHOD(ExprFixture, "wrong values say what to write") {
  const Case kCases[] = {
      {"db.insert(3)", "ArgumentError: insert takes a model class or a table, got number"},
      {"db.insert(user):values{nme = 'x'}",
       "ArgumentError: values: user has no column 'nme'; did you mean 'name'?"},
      {"db.insert(user):values{[Post.text] = 'x'}",
       "ArgumentError: values: post.body is no column of user"},
      {"db.insert(user):values{name = 'a', [User.name] = 'b'}",
       "ArgumentError: values: user.name is given twice"},
      {"db.insert(user):values('x')",
       "ArgumentError: values: expected a table of columns and values, got string"},
      {"db.insert(user):values{'x'}",
       "ArgumentError: values: expected a column or its name, got number"},
      {"db.insert(user):values{age = 'x'}", "TypeError: user.age: "},
      {"db.insert(user):values{age = print}",
       "ArgumentError: user.age: expected a value or an SQL expression, got function"},
      {"db.insert(user):values{ {name = 'a'}, {age = 1} }",
       "ArgumentError: values: row 2 for user has no 'name', which the first row has"},
      {"db.insert(user):values{ {id = 1}, {id = 2, age = 1} }",
       "ArgumentError: values: row 2 for user has 'age', which the first row has not"},
      {"db.insert(user):values{id = 1}:on_conflict_do_update{set_ = {id = 2}}",
       "ArgumentError: on_conflict_do_update needs index_elements: which columns must collide"},
      {"db.insert(user):values{id = 1}:on_conflict_do_update{index_elements = {'id'}}",
       "ArgumentError: on_conflict_do_update needs set_ = {column = value}"},
      {"db.insert(user):on_conflict_do_nothing{index_elements = {'x'}}",
       "ArgumentError: on_conflict_do_nothing: user has no column 'x'"},
      {"db.insert(user):from_select({'id'}, 3)",
       "ArgumentError: from_select: expected a query, got number"},
      {"db.update(user):where(true)", "ArgumentError: where() got true"},
      {"db.update(user):vlues{}",
       "AttributeError: Update has no attribute 'vlues'; did you mean 'values'?"},
      {"db.delete(user):returning('id')",
       "ArgumentError: returning: expected a column, an expression or a model class"},
      {"db.update(user).where(User.active)",
       "TypeError: update.where(…): methods take a colon: update:where(…)"},
  };
  for (const Case& c : kCases) {
    INFO(c.lua);
    std::string message = failure(std::string("return ") + c.lua);
    CHECK(message.substr(0, std::string(c.sql).size()) == c.sql);
  }
}

TEST_CASE_METHOD(ExprFixture, "a mapped class is written by its attributes") {
  run(R"(
    local app = moonbase.App 'library'
    app.config:update{SQLALCHEMY_DATABASE_URI = 'sqlite://'}
    local orm = moonbase.Database(app)
    Author = orm.Model 'Author' {
      id = orm.Column{orm.Integer, primary_key = true},
      full_name = orm.Column{'name', orm.String(40)},
      age = orm.Column{orm.Integer},
      books = orm.relationship{'Book', backref = 'author'},
    }
    Book = orm.Model 'Book' {
      id = orm.Column{orm.Integer, primary_key = true},
      author_id = orm.Column{orm.Integer, orm.ForeignKey 'author.id'},
    }
  )");
  CHECK(sql("db.insert(Author):values{age = 40, full_name = 'x'}") ==
        "INSERT INTO author (name, age) VALUES (?, ?)  <- x, 40");
  CHECK(sql("db.update(Author):values{[Author.full_name] = 'x'}:where(Author.id:eq(1))") ==
        "UPDATE author SET name=? WHERE author.id = ?  <- x, 1");
  CHECK(eval("Author.full_name.key, Author.full_name.name, Author.id.table.name") ==
        "full_name name author");
  CHECK(failure("return Author.age:eq 'x'").substr(0, 23) == "TypeError: Author.age: ");
  CHECK(failure("return Author.age:eq(Author{age = 3})") ==
        "ArgumentError: Author.age: expected a value or an SQL expression, got Author");
  CHECK(failure("return db.insert(Author):values{full_nam = 'x'}") ==
        "ArgumentError: values: Author has no column 'full_nam'; did you mean 'full_name'?");
  CHECK(failure("return db.insert(Author):values{books = {}}") ==
        "ArgumentError: values: Author.books is a relationship and no column");
}

TEST_CASE_METHOD(ExprFixture, "text") {
  const Case kCases[] = {
      {"db.text 'select :x + 1'", "select ? + 1  <- :x"},
      {"db.text('select :x + :y'):bindparams{x = 2, y = db.null}", "select ? + NULL  <- 2"},
      {"db.text 'select :x':bindparams(db.bindparam('x', db.Integer))", "select ?  <- :x"},
      {"db.text 'select id, name from user':columns(User.id, db.column('name', db.String))",
       "select id, name from user"},
      {"~db.text 'a = 1'", "NOT (a = 1)"},
  };
  for (const Case& c : kCases) {
    INFO(c.lua);
    CHECK(sql(c.lua) == c.sql);
  }
  CHECK(failure("return db.text 'select :limit':bindparams{limt = 1}") ==
        "ArgumentError: the text has no parameter ':limt'; did you mean 'limit'?");
  CHECK(failure("return db.text 'select 1':columns 'id'") ==
        "ArgumentError: columns: expected a column, got string");
  CHECK(failure("return db.text(nil)") == "TypeError: text: argument 1: expected string, got nil");
}

TEST_CASE_METHOD(ExprFixture, "named parameters are read in the order of their names") {
  run("parameters = {b = 2, a = 'x', c = moonbase.null}");
  lua_getglobal(L, "parameters");
  auto parameters = check_parameters(L, -1);
  REQUIRE(parameters.size() == 3);
  CHECK(parameters[0].first == "a");
  CHECK(parameters[0].second.repr() == "'x'");
  CHECK(parameters[1].second.repr() == "2");
  CHECK(parameters[2].second.is_null());
  lua_pop(L, 1);
}

}  // namespace
}  // namespace moonbase::bindings
