// SQL expressions written in Lua: what SQL they become, and what is refused.
#include <catch2/catch.hpp>

#include "tests/bindings/expr_fixture.h"

namespace moonbase::bindings {
namespace {

struct Case {
  const char* lua;
  const char* sql;
};

TEST_CASE_METHOD(ExprFixture, "comparisons") {
  const Case kCases[] = {
      {"User.id:eq(1)", "user.id = ?  <- 1"},
      {"User.id:ne(1)", "user.id != ?  <- 1"},
      {"User.age:lt(18)", "user.age < ?  <- 18"},
      {"User.age:le(18.0)", "user.age <= ?  <- 18"},
      {"User.age:gt(18.5)", "user.age > ?  <- 18.5"},
      {"User.age:ge(User.id)", "user.age >= user.id"},
      {"User.email:eq(nil)", "user.email IS NULL"},
      {"User.email:eq(db.null)", "user.email IS NULL"},
      {"User.email:ne(nil)", "user.email IS NOT NULL"},
      {"User.email:is_(nil)", "user.email IS NULL"},
      {"User.active:is_(true)", "user.active IS 1"},
      {"User.active:is_not(false)", "user.active IS NOT 0"},
      {"User.age:is_distinct_from(3)", "user.age IS NOT ?  <- 3"},
      {"User.age:is_not_distinct_from(nil)", "user.age IS NULL"},
      {"User.age:between(18, 30)", "user.age BETWEEN ? AND ?  <- 18, 30"},
      {"db.between(User.age, 18, 30)", "user.age BETWEEN ? AND ?  <- 18, 30"},
      {"User.balance:gt(db.decimal '1.50')", "user.balance > ?  <- 1.50"},
      {"User.joined:gt(db.datetime(2026, 11, 20))", "user.joined > ?  <- 2026-11-20 00:00:00"},
  };
  for (const Case& c : kCases) {
    INFO(c.lua);
    CHECK(sql(c.lua) == c.sql);
  }
}

TEST_CASE_METHOD(ExprFixture, "lists") {
  const Case kCases[] = {
      {"User.id:in_{1, 2, 3}", "user.id IN (?, ?, ?)  <- 1, 2, 3"},
      {"User.id:not_in{1, 2}", "(user.id NOT IN (?, ?))  <- 1, 2"},
      {"User.id:in_{}", "(user.id IN (NULL) AND (1 != 1))"},
      {"User.id:not_in{}", "(user.id NOT IN (NULL) OR (1 = 1))"},
      {"User.id:in_{1, db.null}", "user.id IN (?, NULL)  <- 1"},
      {"db.tuple_(User.id, User.name):in_{ {1, 'a'}, {2, 'b'} }",
       "(user.id, user.name) IN (VALUES (?, ?), (?, ?))  <- 1, a, 2, b"},
  };
  for (const Case& c : kCases) {
    INFO(c.lua);
    CHECK(sql(c.lua) == c.sql);
  }
}

TEST_CASE_METHOD(ExprFixture, "patterns") {
  const Case kCases[] = {
      {"User.name:like '%moon%'", "user.name LIKE ?  <- %moon%"},
      {"User.name:not_like 'a%'", "user.name NOT LIKE ?  <- a%"},
      {"User.name:ilike 'a%'", "lower(user.name) LIKE lower(?)  <- a%"},
      {"User.name:not_ilike 'a%'", "lower(user.name) NOT LIKE lower(?)  <- a%"},
      {"User.name:like{'50/%', escape = '/'}", "user.name LIKE ? ESCAPE '/'  <- 50/%"},
      {"User.id:like '1%'", "user.id LIKE ?  <- 1%"},
      {"User.name:startswith 'a'", "(user.name LIKE ? || '%')  <- a"},
      {"User.name:endswith 'a'", "(user.name LIKE '%' || ?)  <- a"},
      {"User.name:contains 'a'", "(user.name LIKE '%' || ? || '%')  <- a"},
      {"User.name:contains{'50%', autoescape = true}",
       "(user.name LIKE '%' || ? || '%' ESCAPE '/')  <- 50/%"},
      {"User.name:contains('50%', {autoescape = true})",
       "(user.name LIKE '%' || ? || '%' ESCAPE '/')  <- 50/%"},
      {"User.name:startswith(User.email)", "(user.name LIKE user.email || '%')"},
      {"User.name:istartswith 'A'", "(lower(user.name) LIKE lower(?) || '%')  <- A"},
      {"User.name:iendswith 'A'", "(lower(user.name) LIKE '%' || lower(?))  <- A"},
      {"User.name:icontains 'A'", "(lower(user.name) LIKE '%' || lower(?) || '%')  <- A"},
      {"User.name:regexp_match '^a'", "user.name REGEXP ?  <- ^a"},
      {"User.name:regexp_replace('a', 'b')", "regexp_replace(user.name, ?, ?)  <- a, b"},
      {"User.name:match 'moon'", "user.name MATCH ?  <- moon"},
  };
  for (const Case& c : kCases) {
    INFO(c.lua);
    CHECK(sql(c.lua) == c.sql);
  }
}

TEST_CASE_METHOD(ExprFixture, "operators") {
  const Case kCases[] = {
      {"User.age + 1", "user.age + ?  <- 1"},
      {"1 + User.age", "? + user.age  <- 1"},
      {"User.age - User.id", "user.age - user.id"},
      {"(User.age + 1) * 2", "(user.age + ?) * ?  <- 1, 2"},
      {"User.age / 2", "user.age / (? + 0.0)  <- 2"},
      {"User.age // 2", "floordiv(user.age, ?)  <- 2"},
      {"User.age % 2", "user.age % ?  <- 2"},
      {"-User.age", "-user.age"},
      {"User.name .. '!'", "user.name || ?  <- !"},
      {"'<' .. User.name .. 1", "? || user.name || ?  <- <, 1"},
      {"User.name + 'x'", "user.name || ?  <- x"},
      {"User.name:concat 'x'", "user.name || ?  <- x"},
      {"User.balance * 1.135", "user.balance * ?  <- 1.135"},
      {"db.decimal '2.5' + User.balance", "? + user.balance  <- 2.50"},
      {"User.joined + db.timedelta{days = 1}",
       "epoch_text(epoch_micros(user.joined) + epoch_micros(?))  <- 1 day, 0:00:00"},
      {"User.age << 2", "user.age << ?  <- 2"},
      {"User.age:bitwise_and(4)", "user.age & ?  <- 4"},
      {"User.age:bitwise_or(4)", "user.age | ?  <- 4"},
      {"User.age:bitwise_xor(4)", "bitxor(user.age, ?)  <- 4"},
      {"User.age:bitwise_not()", "~user.age"},
      {"User.name:op('->>', '$.a')", "user.name ->> ?  <- $.a"},
      {"User.name:op('->>')('$.a')", "user.name ->> ?  <- $.a"},
      {"User.age:bool_op('=', 3)", "user.age = ?  <- 3"},
  };
  for (const Case& c : kCases) {
    INFO(c.lua);
    CHECK(sql(c.lua) == c.sql);
  }
}

TEST_CASE_METHOD(ExprFixture, "conditions") {
  const Case kCases[] = {
      {"User.id:eq(1) & User.age:gt(2) & User.active",
       "user.id = ? AND user.age > ? AND user.active = 1  <- 1, 2"},
      {"(User.id:eq(1) | User.id:eq(2)) & User.active",
       "(user.id = ? OR user.id = ?) AND user.active = 1  <- 1, 2"},
      {"~User.id:eq(1)", "user.id != ?  <- 1"},
      {"~(User.id:eq(1) & User.active)", "NOT (user.id = ? AND user.active = 1)  <- 1"},
      {"db.and_(User.id:eq(1), User.age:eq(2))", "user.id = ? AND user.age = ?  <- 1, 2"},
      {"db.and_{User.id:eq(1), User.age:eq(2)}", "user.id = ? AND user.age = ?  <- 1, 2"},
      {"db.or_(User.id:eq(1), User.age:eq(2))", "user.id = ? OR user.age = ?  <- 1, 2"},
      {"db.not_(User.name:like 'a%')", "user.name NOT LIKE ?  <- a%"},
      {"db.and_()", "1"},
      {"db.or_()", "0"},
      {"db.expr(User.id:eq(1))", "user.id = ?  <- 1"},
      {"db.text 'age > 3' & User.active", "(age > 3) AND user.active = 1"},
      {"db.exists(Post.user_id:eq(User.id))",
       "EXISTS (SELECT 1 \nFROM post, user \nWHERE post.user_id = user.id)"},
      {"db.exists(Post.user_id:eq(1)):where(Post.text:ne(nil))",
       "EXISTS (SELECT 1 \nFROM post \nWHERE post.user_id = ? AND post.body IS NOT NULL)  <- 1"},
  };
  for (const Case& c : kCases) {
    INFO(c.lua);
    CHECK(sql(c.lua) == c.sql);
  }
}

TEST_CASE_METHOD(ExprFixture, "order, labels and types") {
  const Case kCases[] = {
      {"User.name:desc()", "user.name DESC"},
      {"User.name:asc():nulls_last()", "user.name ASC NULLS LAST"},
      {"db.desc(User.name)", "user.name DESC"},
      {"db.desc 'n'", "n DESC"},
      {"db.nulls_first 'n'", "n NULLS FIRST"},
      {"User.id:label 'key'", "user.id"},
      {"db.label('key', User.id)", "user.id"},
      {"User.id:cast(db.String)", "CAST(user.id AS VARCHAR)"},
      {"db.cast('3', db.Integer)", "CAST(? AS INTEGER)  <- 3"},
      {"User.name:type_coerce(db.Integer):eq(3)", "user.name = ?  <- 3"},
      {"User.name:collate 'NOCASE'", "user.name COLLATE \"NOCASE\""},
      {"db.collate(User.name, 'nocase')", "user.name COLLATE nocase"},
      {"db.literal(3)", "?  <- 3"},
      {"db.literal_column 'rowid'", "rowid"},
      {"db.column 'total':gt(3)", "total > ?  <- 3"},
      {"db.column('total', db.Integer) + 1", "total + ?  <- 1"},
      {"db.bindparam 'x'", "?  <- :x"},
      {"User.id:eq(db.bindparam{'x', value = 3})", "user.id = ?  <- 3"},
      {"db.true_()", "1"},
      {"db.extract('year', User.joined)", "CAST(strftime('%Y', user.joined) AS INTEGER)"},
      {"User.data:path('tags', 1)", "user.data -> ('$.\"' || ? || '\"[' || ? || ']')  <- tags, 0"},
      {"User.data:path 'a':path 'b':as_string():eq 'x'",
       "json_extract(user.data, '$.\"' || ? || '\".\"' || ? || '\"') = ?  <- a, b, x"},
      {"User.data:path 'n':as_integer():gt(3)",
       "json_extract(user.data, '$.\"' || ? || '\"') > ?  <- n, 3"},
  };
  for (const Case& c : kCases) {
    INFO(c.lua);
    CHECK(sql(c.lua) == c.sql);
  }
}

TEST_CASE_METHOD(ExprFixture, "case") {
  CHECK(sql("db.case{ {User.age:ge(18), 'adult'}, {User.age:ge(13), 'teen'}, else_ = 'child' }") ==
        "CASE WHEN user.age >= ? THEN ? WHEN user.age >= ? THEN ? ELSE ? END  <- 18, adult, 13, "
        "teen, child");
  CHECK(sql("db.case{ {1, 'one'}, value = User.id }") ==
        "CASE user.id WHEN ? THEN ? END  <- 1, one");
  CHECK(sql("db.case{ {User.active, User.name} }") ==
        "CASE WHEN user.active = 1 THEN user.name END");
}

TEST_CASE_METHOD(ExprFixture, "functions and windows") {
  const Case kCases[] = {
      {"db.func.count()", "count(*)"},
      {"db.func.count(User.id)", "count(user.id)"},
      {"db.func.count(User.name:distinct())", "count(DISTINCT user.name)"},
      {"db.func.count(db.distinct(User.name))", "count(DISTINCT user.name)"},
      {"db.func.coalesce(User.name, 'none', db.null)", "coalesce(user.name, ?, NULL)  <- none"},
      {"db.func.pkg.total(1)", "pkg.total(?)  <- 1"},
      {"db.func.now()", "CURRENT_TIMESTAMP"},
      {"db.func.lower(User.name):eq 'x'", "lower(user.name) = ?  <- x"},
      {"db.func.my_function{User.id, type_ = db.Integer}:gt(3)", "my_function(user.id) > ?  <- 3"},
      {"db.func.row_number():over{partition_by = User.age, order_by = {User.name, User.id:desc()}}",
       "row_number() OVER (PARTITION BY user.age ORDER BY user.name, user.id DESC)"},
      {"db.func.sum(User.age):over{order_by = User.id, rows = {db.null, 0}}",
       "sum(user.age) OVER (ORDER BY user.id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)"},
      {"db.func.sum(User.age):over{order_by = User.id, range = {-2, 3}}",
       "sum(user.age) OVER (ORDER BY user.id RANGE BETWEEN 2 PRECEDING AND 3 FOLLOWING)"},
      {"db.func.sum(User.age):over()", "sum(user.age) OVER ()"},
      {"db.func.count(User.id):filter(User.active, User.age:gt(3))",
       "count(user.id) FILTER (WHERE user.active = 1 AND user.age > ?)  <- 3"},
      {"db.func.percentile_cont(0.5):within_group(User.age:desc())",
       "percentile_cont(?) WITHIN GROUP (ORDER BY user.age DESC)  <- 0.5"},
  };
  for (const Case& c : kCases) {
    INFO(c.lua);
    CHECK(sql(c.lua) == c.sql);
  }
  CHECK(eval("db.func.count().type, db.func.lower('x').type, db.func.max(User.balance).type") ==
        "Integer Text Numeric(10, 2)");
}

TEST_CASE_METHOD(ExprFixture, "a condition in an operator of Lua") {
  CHECK(eval("User.id == User.id, User.id == 1") == "false false");
  CHECK(
      failure("return User.age < 18") ==
      "ArgumentError: in this place < and > compare Lua values, and user.age is an SQL expression");
  CHECK(
      failure("return 18 <= User.age") ==
      "ArgumentError: in this place < and > compare Lua values, and user.age is an SQL expression");
  run("_, err = pcall(function() return User.age < 18 end)");
  CHECK(eval("err.hint") ==
        "write user.age:lt(…), :le, :gt or :ge, or keep the condition with db.expr(user.age < …)");
}

TEST_CASE_METHOD(ExprFixture, "wrong uses say what to write") {
  const Case kCases[] = {
      {"User.id:eq()",
       "TypeError: eq: argument 1: expected a value to compare with (nil for NULL)"},
      {"User.age:eq 'x'", "TypeError: user.age: "},
      {"User.age:eq{1, 2}",
       "ArgumentError: user.age: expected a value or an SQL expression, got table"},
      {"User.age:eq(print)",
       "ArgumentError: user.age: expected a value or an SQL expression, got function"},
      {"User.age:eq(db)",
       "ArgumentError: user.age: expected a value or an SQL expression, got moonbase"},
      {"User.age:lt(nil)", "ArgumentError: '<' with NULL is never true"},
      {"User.id:in_(1, 2)", "ArgumentError: in_ takes one list, got 2 arguments"},
      {"User.id:in_(1)", "ArgumentError: in_: expected a list or a query, got number"},
      {"User.id:in_{1, nil, 3}", "ArgumentError: in_: the list has holes"},
      {"User.id:in_{id = 3}",
       "ArgumentError: in_: expected a list, got a table with a key that is no position"},
      {"db.and_(true)",
       "ArgumentError: and_() got true: in this place == compares Lua values. Write User.id:eq(1)"},
      {"db.and_(User.id:eq(1), nil)", "TypeError: and_: argument 2 is nil"},
      {"db.not_(nil)", "ArgumentError: not_() got nil instead of a condition"},
      {"db.not_('age > 3')",
       "ArgumentError: not_() got the string 'age > 3' instead of a condition"},
      {"db.and_{name = 'x'}", "TypeError: and_ has no option 'name'"},
      {"db.or_(User.name)",
       "ArgumentError: or_(): user.name is no condition but a value of type String(64)"},
      {"User.id:eq(1) & false",
       "ArgumentError: '&' got false: in this place == compares Lua values"},
      {"1 | User.id:eq(1)", "ArgumentError: '|' got a number instead of a condition"},
      {"User.id:eq(1) ~ User.id:eq(2)",
       "TypeError: '~' between two expressions is no SQL operator"},
      {"User.age + nil", "TypeError: an operand is nil"},
      {"#User.name", "TypeError: '#': user.name is an SQL expression and has no length"},
      {"User.name('x')", "TypeError: user.name is an SQL expression and cannot be called"},
      {"User.name:lik 'x'",
       "AttributeError: Expression has no attribute 'lik'; did you mean 'like'?"},
      {"User.name.like('x')",
       "TypeError: User.name.like('x'): methods take a colon: User.name:like('x')"},
      {"User.name:like{'x', escpe = '/'}",
       "TypeError: like has no option 'escpe'; did you mean 'escape'?"},
      {"User.name:path 'a'", "ArgumentError: path: user.name is no JSON but String(64)"},
      {"User.data:path(0)",
       "TypeError: path: argument 1: expected a key or a position from 1 on, got number"},
      {"User.age:over()", "ArgumentError: over is for functions, and user.age is none"},
      {"db.func.sum(1):over{row = {1, 2}}",
       "TypeError: over has no option 'row'; did you mean 'rows'?"},
      {"db.func:count(User.id)", "TypeError: SQL functions take a dot: func.count(…)"},
      {"db.case{ {User.age, 'x', 'y'} }",
       "ArgumentError: case: argument 1 is no pair of a condition and its result"},
      {"db.case{ else_ = 1 }", "ArgumentError: A CASE needs at least one condition and its result"},
      {"db.desc 'name desc'", "ArgumentError: 'name desc' is no label to order or group by"},
      {"User.age:compile{dialect = 'sqlit'}",
       "ArgumentError: there is no dialect 'sqlit'; did you mean 'sqlite'?"},
      {"(User.age + 1).nullable", "AttributeError: the expression is no column of a table"},
  };
  for (const Case& c : kCases) {
    INFO(c.lua);
    std::string message = failure(std::string("return ") + c.lua);
    CHECK(message.substr(0, std::string(c.sql).size()) == c.sql);
  }
}

TEST_CASE_METHOD(ExprFixture, "what a column says of itself") {
  CHECK(eval("User.name.name, User.name.key, User.name.type, User.name.nullable") ==
        "name name String(64) false");
  CHECK(eval("Post.text.name, Post.text.key, User.id.primary_key, User.age.index, "
             "User.email.unique") == "body text true true true");
  CHECK(eval("User.name.comment, User.name.default, User.age.default, User.name.server_default") ==
        "full name anonymous nil nil");
  CHECK(eval("Post.user_id.foreign_keys[1], #User.id.foreign_keys, User.id.table.name") ==
        "user.id 0 user");
  CHECK(eval("(User.age + 1):label('next').name, (User.age + 1).type") == "next Integer");
}

TEST_CASE_METHOD(ExprFixture, "compile gives the text with the values in it or beside it") {
  CHECK(eval("User.name:eq(\"it's\"):compile{literal_binds = true}") == "user.name = 'it''s'");
  CHECK(eval("#User.name:eq('x'):compile{literal_binds = true}.params") == "0");
  CHECK(eval("User.name:eq('x'):compile().dialect, User.name:eq('x'):compile().params[1]") ==
        "sqlite x");
}

TEST_CASE_METHOD(ExprFixture, "aliases and their columns") {
  run("u2 = db.alias(user, 'u2')");
  CHECK(sql("u2.c.id:eq(User.id)") == "u2.id = user.id");
  CHECK(eval("u2.name, #u2.c, u2.c[2], u2.columns.age.type, u2.c:keys()[1]") ==
        "u2 8 u2.name Integer id");
  CHECK(eval("db.alias(post).c.text") == "post_1.body");
  CHECK(failure("return u2.c.nme") ==
        "AttributeError: u2 has no attribute 'nme'; did you mean 'name'?");
  CHECK(failure("return db.alias(3)").substr(0, 64) ==
        "ArgumentError: alias: expected a table, a subquery or a model cl");
}

TEST_CASE_METHOD(ExprFixture, "queries as operands") {
  const Case kCases[] = {
      {"User.id:in_(db.select(Post.user_id:label 'k'))",
       "user.id IN (SELECT post.user_id AS k \nFROM post)"},
      {"User.id:eq(db.select(db.func.max(Post.id):label 'k'))",
       "user.id = (SELECT max(post.id) AS k \nFROM post)"},
      {"db.exists(db.select(Post.id:label 'k'):where(Post.user_id:eq(3)))",
       "EXISTS (SELECT post.id AS k \nFROM post \nWHERE post.user_id = ?)  <- 3"},
      {"db.insert(post):from_select({'text', Post.id}, db.select(User.name:label 'n', "
       "User.id:label 'k'))",
       "INSERT INTO post (body, id) SELECT user.name AS n, user.id AS k \nFROM user"},
  };
  for (const Case& c : kCases) {
    INFO(c.lua);
    CHECK(sql(c.lua) == c.sql);
  }
}

TEST_CASE_METHOD(ExprFixture, "the columns of a subquery go by the names they have in a program") {
  run("s = db.select(User.id, Post.text, User.age:label 'years', db.func.count():label "
      "'n'):subquery 's'");
  CHECK(eval("table.concat(s.c:keys(), ' ')") == "id text years n");
  CHECK(eval("s.c.years, s.c.n, s.c.n.type, s.c.text.type, #s.c") ==
        "s.years s.n Integer String(140) 4");
  CHECK(eval("db.alias(s, 't').c.n") == "t.n");
  CHECK(failure("return s.c.txt") ==
        "AttributeError: s has no attribute 'txt'; did you mean 'text'?");
}

TEST_CASE_METHOD(ExprFixture, "every row has a description") {
  CHECK(eval("db.doc(User.id.eq)") == "eq(x)  equal to x; eq(nil) is IS NULL");
  CHECK(eval("db.doc(db.case) ~= nil, db.doc(db.func)") ==
        "true func.name(x, …)  any SQL function: db.func.count(Post.id), db.func.lower(User.name), "
        "db.func.pkg.name()");
}

}  // namespace
}  // namespace moonbase::bindings
