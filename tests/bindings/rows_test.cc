// Rows and results as a program reads them.
#include <catch2/catch.hpp>

#include "tests/bindings/lua_fixture.h"

namespace moonbase::bindings {
namespace {

class Rows : public LuaFixture {
 public:
  Rows() {
    run(R"(
      conn = moonbase.create_engine('sqlite://'):connect()
      function rows(sql, ...) return conn:exec_driver_sql(sql, {...}) end
      function users()
        return rows("select 1 id, 'susan' username union all select 2, null union all select 3, 'john'")
      end
      function message(f, ...)
        local ok, err = pcall(f, ...)
        return ok and 'no error' or err.kind .. ': ' .. err.message
      end
    )");
  }
};

TEST_CASE_METHOD(Rows, "a row is read by position and by name") {
  run("row = users():first()");
  CHECK(eval("row[1], row[2], row.id, row.username, #row, row[3]") == "1 susan 1 susan 2 nil");
  CHECK(eval("table.unpack(row)") == "1 susan");
  CHECK(eval("row:unpack()") == "1 susan");
  CHECK(eval("table.concat(row:keys(), ','), table.concat(row._fields, ',')") ==
        "id,username id,username");
  CHECK(eval("select(2, pcall(function() local n = 0 for _ in ipairs(row) do n = n + 1 end return "
             "n end))") == "2");
}

TEST_CASE_METHOD(Rows, "NULL in a row is null") {
  run("row = users():all()[2]");
  CHECK(eval("row.username == moonbase.null, row[2] == moonbase.null, row") ==
        "true true (2, null)");
}

TEST_CASE_METHOD(Rows, "rows print as tuples") {
  CHECK(eval("users():first()") == "(1, 'susan')");
  CHECK(eval("rows('select 2.5'):first()") == "(2.5,)");
  CHECK(eval("rows([[select 'it''s']]):first()") == "('it''s',)");
}

TEST_CASE_METHOD(Rows, "rows compare with rows and lists by content") {
  run("a, b = users():first(), users():first()");
  CHECK(eval("a == b, a == {1, 'susan'}, a == {1, 'john'}, a == {1}") == "true true false false");
}

TEST_CASE_METHOD(Rows, "an unknown name of a row is an error that names the nearest") {
  CHECK(failure("return users():first().usrname") ==
        "AttributeError: Row has no attribute 'usrname'; did you mean 'username'?");
  CHECK(failure("local r = users():first() r.name = 1") ==
        "AttributeError: a row is read-only: 'name' cannot be assigned");
  CHECK(failure("local r = users():first() r.keys()") ==
        "TypeError: row.keys(): methods take a colon: row:keys()");
}

TEST_CASE_METHOD(Rows, "a column named like a method hides it") {
  CHECK(eval("rows('select 7 as keys'):first().keys") == "7");
}

TEST_CASE_METHOD(Rows, "of two columns of one name the first is found by it") {
  run("row = rows('select 1 as x, 2 as x'):first()");
  CHECK(eval("row.x, row[2], row._mapping.x") == "1 2 1");
}

TEST_CASE_METHOD(Rows, "a mapping keeps the columns' order") {
  run(R"(
    mapping = rows("select 3 z, 'b' a, null m"):first()._mapping
    seen = {}
    for name, value in pairs(mapping) do seen[#seen + 1] = name .. '=' .. tostring(value) end
  )");
  CHECK(eval("table.concat(seen, ' ')") == "z=3 a=b m=null");
  CHECK(eval("mapping") == "{'z': 3, 'a': 'b', 'm': null}");
  CHECK(failure("return mapping.aa") ==
        "KeyError: Could not locate column in row for column 'aa'; did you mean 'a'?");
}

TEST_CASE_METHOD(Rows, "all() and first()") {
  CHECK(eval("#users():all(), users():all()[3]") == "3 (3, 'john')");
  CHECK(eval("#rows('select 1 where 0'):all(), rows('select 1 where 0'):first()") == "0 nil");
  run("r = users() r:first()");
  CHECK(failure("r:all()") == "ResourceClosedError: This result object is closed.");
}

TEST_CASE_METHOD(Rows, "a result hands each row out once") {
  run("r = users()");
  CHECK(eval("r:fetchone()") == "(1, 'susan')");
  CHECK(eval("#r:fetchmany(1), #r:all(), r:fetchone(), #r:all()") == "1 1 nil 0");
}

TEST_CASE_METHOD(Rows, "one() and its kin say how many rows there were") {
  CHECK(eval("rows('select 5'):one()") == "(5,)");
  CHECK(failure("rows('select 1 where 0'):one()") ==
        "NoResultFound: No row was found when one was required");
  CHECK(failure("users():one()") ==
        "MultipleResultsFound: Multiple rows were found when exactly one was required");
  CHECK(eval("rows('select 1 where 0'):one_or_none()") == "nil");
  CHECK(failure("users():one_or_none()") ==
        "MultipleResultsFound: Multiple rows were found when one or none was required");
  CHECK(eval("rows('select 4'):scalar_one(), rows('select 1 where 0'):scalar_one_or_none()") ==
        "4 nil");
  CHECK(failure("rows('select 1 where 0'):scalar_one()") ==
        "NoResultFound: No row was found when one was required");
}

TEST_CASE_METHOD(Rows, "NULL alone is nil, in a list it is null") {
  CHECK(eval("rows('select null'):scalar(), rows('select null'):scalar_one()") == "nil nil");
  CHECK(eval("rows('select null'):scalars():first(), rows('select null'):scalars():one()") ==
        "nil nil");
  CHECK(eval("rows('select null'):scalars():all()[1]") == "null");
}

TEST_CASE_METHOD(Rows, "scalars() takes a column by position or name") {
  run("function list(s) local t = s:all() for i, v in ipairs(t) do t[i] = tostring(v) end return "
      "table.concat(t, ',') end");
  CHECK(
      eval(
          "list(users():scalars()), list(users():scalars(2)), list(users():scalars('username'))") ==
      "1,2,3 susan,null,john susan,null,john");
  CHECK(failure("users():scalars('name')") ==
        "KeyError: Could not locate column in row for column 'name'");
  CHECK(failure("users():scalars(0)") == "KeyError: Could not locate column in row for column '0'");
  CHECK(eval("users():columns('username', 1):first()") == "('susan', 1)");
  CHECK(eval("users():columns('username'):scalars():first()") == "susan");
  CHECK(eval("table.concat(users():columns(2, 1):keys(), ',')") == "username,id");
}

TEST_CASE_METHOD(Rows, "mappings are tables by name") {
  CHECK(eval("users():mappings():all()[3].username") == "john");
  CHECK(eval("users():mappings():first()") == "{'id': 1, 'username': 'susan'}");
}

TEST_CASE_METHOD(Rows, "a result is iterable, and so are its parts") {
  run(R"(
    seen = ''
    for row in users() do seen = seen .. row.id end
    for id in users():scalars() do seen = seen .. id end
    for part in users():partitions(2) do seen = seen .. '/' .. #part end
  )");
  CHECK(eval("seen") == "123123/2/1");
}

TEST_CASE_METHOD(Rows, "unique() lets equal rows through once") {
  run("twice = 'select 1 a, null b union all select 1, null union all select 1, 2'");
  CHECK(eval("#rows(twice):all(), #rows(twice):unique():all(), "
             "#rows(twice):scalars():unique():all()") == "3 2 1");
  CHECK(eval("#rows(twice):unique():scalars():all()") == "1");
  CHECK(eval("#rows(twice):unique(function(row) return row.b end):all()") == "2");
  CHECK(eval("rows('select 1 union all select 1'):unique():one()") == "(1,)");
}

TEST_CASE_METHOD(Rows, "what a result has not is an error with the nearest name") {
  CHECK(failure("users():al()") ==
        "AttributeError: Result has no attribute 'al'; did you mean 'all'?");
  CHECK(failure("users():scalars():scalr()") ==
        "AttributeError: ScalarResult has no attribute 'scalr'");
  CHECK(failure("local r = users() r.all()") ==
        "TypeError: result.all(): methods take a colon: result:all()");
  CHECK(failure("return #users()") ==
        "TypeError: Result has no length: count the rows with #result:all()");
}

TEST_CASE_METHOD(Rows, "the result of a write has no rows") {
  run("rows 'create table t (id integer primary key, x int)'");
  run("r = rows('insert into t (x) values (?), (?)', 5, 6)");
  CHECK(eval("r.rowcount, r.lastrowid, r.returns_rows, r.closed") == "2 2 false false");
  CHECK(failure("r:all()") ==
        "ResourceClosedError: This result object does not return rows. It has been closed "
        "automatically.");
  CHECK(eval("rows('update t set x = 1 where id > ?', 5).rowcount") == "0");
  CHECK(eval("rows('select 1').returns_rows") == "true");
  CHECK(eval("rows('delete from t returning id, x'):all()[2]") == "(2, 6)");
}

TEST_CASE_METHOD(Rows, "a closed result says so") {
  run("r = users() scalars = r:scalars() r:close()");
  CHECK(eval("r.closed, scalars.closed, r") == "true true <Result, closed>");
  CHECK(failure("r:fetchone()") == "ResourceClosedError: This result object is closed.");
  CHECK(failure("for _ in scalars do end") == "ResourceClosedError: This result object is closed.");
}

TEST_CASE_METHOD(Rows, "the methods of results have descriptions") {
  CHECK(eval("moonbase.doc(users().all)") == "all()  the remaining rows, a list");
  CHECK(eval("moonbase.doc(users():first().keys)") == "keys()  the names of the cells, a list");
}

TEST_CASE_METHOD(Rows, "a result outlives its connection") {
  run("r = users() conn:close()");
  CHECK(eval("#r:all()") == "3");
}

}  // namespace
}  // namespace moonbase::bindings
