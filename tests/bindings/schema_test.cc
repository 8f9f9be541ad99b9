// Types, columns, constraints, tables and metadata as a program declares them.
#include <catch2/catch.hpp>

#include "bindings/lua_schema.h"
#include "bindings/stack.h"
#include "orm/base/value.h"
#include "tests/bindings/lua_fixture.h"

namespace moonbase::bindings {
namespace {

class SchemaFixture : public LuaFixture {
 public:
  SchemaFixture() { run("db = moonbase metadata = db.MetaData()"); }

  schema::TablePtr table(const char* global) {
    lua_getglobal(L, global);
    schema::TablePtr table = check_box<TableBox>(L, -1).table;
    lua_pop(L, 1);
    return table;
  }
  // The DDL of a table with these items, without line ends.
  std::string ddl(const std::string& items) {
    run("t = db.Table{'t', db.MetaData(), " + items + "}");
    return eval("(tostring(db.CreateTable(t)):gsub('%s*\\n%s*', ' '))");
  }
};

// What the function of a default makes for a row that has nothing yet.
base::Value made(const schema::Column& column, const schema::Default& of) {
  const auto nothing = [](const schema::Column&) -> const base::Value* { return nullptr; };
  return of.function->make(schema::RowLookup(*column.table, nothing));
}

// --- types ---

TEST_CASE_METHOD(SchemaFixture, "types are used bare or called") {
  CHECK(eval("db.Integer") == "Integer");
  CHECK(eval("db.String(64), db.String{64}, db.String") == "String(64) String(64) String");
  CHECK(eval("db.Numeric(10, 2), db.Numeric{10, 2}, db.Numeric{precision = 10}") ==
        "Numeric(10, 2) Numeric(10, 2) Numeric(10)");
  CHECK(eval("db.DateTime{timezone = true}") == "DateTime(timezone=true)");
  CHECK(eval("db.Enum{'a', 'b', name = 'e'}, db.Enum('a', 'b')") ==
        "Enum('a', 'b', name='e') Enum('a', 'b')");
  CHECK(eval("db.ARRAY(db.Integer), db.ARRAY(db.String(3))") == "ARRAY(Integer) ARRAY(String(3))");
  CHECK(eval("db.VARCHAR(10), db.TIMESTAMP") == "VARCHAR(10) TIMESTAMP");
  CHECK(eval("db.String(64).length, db.String.length, db.Numeric(10, 2).scale") == "64 nil 2");
  CHECK(eval("#db.Enum('a', 'b').enums, db.ARRAY(db.Date).item_type") == "2 Date");
  CHECK(eval("db.String(64):compile(), db.String:compile{dialect = 'sqlite'}") ==
        "VARCHAR(64) VARCHAR");
  CHECK(eval("db.String:with_variant(db.Text, 'sqlite'):compile()") == "TEXT");
  CHECK(eval("db.doc(db.String)") ==
        "String(length, collation)  Text of a stated length, VARCHAR.");
}

TEST_CASE_METHOD(SchemaFixture, "a type's arguments are checked") {
  CHECK(failure("db.String('x')") ==
        "TypeError: String: length takes a whole number, got text 'x'");
  CHECK(failure("db.String{lenght = 3}") ==
        "TypeError: String has no argument 'lenght'; did you mean 'length'? (it takes length, "
        "collation)");
  CHECK(failure("db.Integer(5)") == "TypeError: Integer got 1 argument; it takes none");
  CHECK(failure("db.Column{db.ARRAY}") ==
        "ArgumentError: ARRAY needs the type of its elements: ARRAY(Integer)");
  CHECK(failure("return db.Strin") ==
        "AttributeError: moonbase has no attribute 'Strin'; did you mean 'String'?");
}

TEST_CASE_METHOD(SchemaFixture, "a decorated type runs its functions on the way in and out") {
  run(R"(Lower = db.TypeDecorator{impl = db.String, name = 'Lower',
           process_bind_param = function(value, dialect) seen = dialect.name return value and value:lower() end,
           process_result_value = function(value) return value and '<' .. value .. '>' end})");
  CHECK(eval("Lower, Lower(20), Lower(20).impl, Lower(20):compile()") ==
        "Lower Lower(String(20)) String(20) VARCHAR(20)");
  run("type20 = Lower(20)");
  lua_getglobal(L, "type20");
  types::TypePtr type = check_type(L, -1);
  lua_pop(L, 1);
  CHECK(type->cast(base::Value::text("ABC")) == base::Value::text("abc"));
  CHECK(type->cast(base::Value()).is_null());
  CHECK(eval("seen") == "default");
  push_typed_value(L, base::Value::text("abc"), *type);
  CHECK(std::string(lua_tostring(L, -1)) == "<abc>");
  lua_pop(L, 1);
  push_typed_value(L, base::Value(), *type, true);
  CHECK(is_null(L, -1));
  lua_pop(L, 1);
  CHECK(lua_gettop(L) == 0);
  CHECK(ddl("db.Column{'name', Lower(20), default = 'X'}") ==
        "CREATE TABLE t ( name VARCHAR(20) )");
  CHECK(table("t")->columns()[0].default_value->constant == base::Value::text("x"));
}

TEST_CASE_METHOD(SchemaFixture, "a decorator takes what no column could keep") {
  run(R"(Point = db.TypeDecorator{impl = db.JSON, name = 'Point',
           process_bind_param = function(p) return p and {p.x, p.y} end,
           process_result_value = function(v) return v and setmetatable({x = v[1], y = v[2]}, {__name = 'point'}) end}
         point = Point())");
  lua_getglobal(L, "point");
  types::TypePtr type = check_type(L, -1);
  lua_pop(L, 1);
  run("p = setmetatable({x = 1, y = 2}, {__name = 'point'})");
  lua_getglobal(L, "p");
  base::Value value = to_typed_value(L, -1, *type);
  CHECK(value.as_bytes() == "[1,2]");
  push_typed_value(L, value, *type);
  lua_setglobal(L, "q");
  CHECK(eval("q.x, q.y") == "1 2");
}

TEST_CASE_METHOD(SchemaFixture, "an error in a decorator's function passes through") {
  run("Bad = db.TypeDecorator{impl = db.Integer, process_bind_param = function() error({code = 7}) "
      "end}");
  CHECK(eval("select(2, pcall(db.Column, {Bad, default = 1})).code") == "7");
  CHECK(failure("db.TypeDecorator{}").starts_with("ArgumentError: TypeDecorator needs impl"));
  CHECK(failure("db.TypeDecorator{impl = db.String(5), process_bind = print}") ==
        "TypeError: TypeDecorator has no option 'process_bind'");
}

// --- columns ---

TEST_CASE_METHOD(SchemaFixture, "a column and its options") {
  CHECK(ddl("db.Column{'id', db.Integer, primary_key = true}, db.Column{'name', db.String(64), "
            "nullable = false},"
            "db.Column{'age', db.Integer, db.CheckConstraint 'age >= 0'}") ==
        "CREATE TABLE t ( id INTEGER NOT NULL, name VARCHAR(64) NOT NULL, age INTEGER, PRIMARY KEY "
        "(id), "
        "CHECK (age >= 0) )");
  run("c = db.Column{'n', db.Integer, unique = true, key = 'number', doc = 'd', info = {a = 1}}");
  CHECK(eval("c, c.name, c.key, c.type, c.unique, c.index, c.nullable, c.doc, c.info.a") ==
        "Column('n', Integer) n number Integer true false true d 1");
  CHECK(eval("rawequal(c.info, c.info), c:copy().name") == "true n");
}

TEST_CASE_METHOD(SchemaFixture, "a slip in a column is named") {
  CHECK(failure("db.Column{db.Integer, primray_key = true}") ==
        "TypeError: Column has no option 'primray_key'; did you mean 'primary_key'?");
  CHECK(failure("db.Column{'id', Integer}") == "no error");
  CHECK(failure("db.Column{'id', Integer, db.ForeignKey 'a.b'}") ==
        "TypeError: Column: argument 2 is nil");
  CHECK(failure("db.Column(db.Integer, {primary_key = true})") ==
        "TypeError: Column: argument 2: expected a type, a ForeignKey, CheckConstraint, Computed "
        "or Identity, got table");
  CHECK(failure("db.Column{db.Integer, db.String}") ==
        "ArgumentError: Column has two types, Integer and String");
  CHECK(failure("db.Column{db.Integer, default = 'x'}") ==
        "TypeError: Integer takes a whole number, got text 'x'");
  CHECK(failure("db.Column{db.Integer, nullable = 1}") ==
        "TypeError: Column: 'nullable' must be a boolean, got number");
  CHECK(failure("db.Column{db.Integer, default = 1, insert_default = 1}")
            .starts_with("ArgumentError"));
  CHECK(failure("c = db.Column{db.Integer} return c.nam") ==
        "AttributeError: Column has no attribute 'nam'; did you mean 'name'?");
}

TEST_CASE_METHOD(SchemaFixture, "defaults are constants, functions and SQL") {
  run(R"(function stamp() count = (count or 0) + 1 return count end
         t = db.Table{'t', metadata,
           db.Column{'a', db.Integer, default = 5}, db.Column{'b', db.Integer, default = stamp, onupdate = stamp},
           db.Column{'c', db.DateTime, default = db.datetime.utcnow}, db.Column{'d', db.DateTime, default = db.func.now()},
           db.Column{'e', db.JSON, default = function() return {1, 2} end}, db.Column{'f', db.String, default = db.text 'upper(a)'}})");
  const auto& columns = table("t")->columns();
  CHECK(columns[0].default_value->constant == base::Value::integer(5));
  CHECK(columns[1].default_value->function->describe() == "function at test:1");
  CHECK(made(columns[1], *columns[1].onupdate) == base::Value::integer(1));
  CHECK(made(columns[1], *columns[1].default_value) == base::Value::integer(2));
  CHECK(columns[2].default_value->function->describe() == "utcnow");
  CHECK(made(columns[2], *columns[2].default_value).tag() == base::Tag::kDateTime);
  CHECK(columns[3].default_value->kind == schema::Default::Kind::kSql);
  CHECK(columns[3].default_value->sql.text == "CURRENT_TIMESTAMP");
  CHECK(made(columns[4], *columns[4].default_value).as_bytes() == "[1,2]");
  CHECK(columns[5].default_value->sql.text == "upper(a)");
}

TEST_CASE_METHOD(SchemaFixture, "a default outlives the program without harm") {
  schema::TablePtr kept;
  {
    SchemaFixture other;
    other.run(
        "t = db.Table{'t', metadata, db.Column{'a', db.Integer, default = function() return 1 "
        "end}}");
    kept = other.table("t");
    CHECK(made(kept->columns()[0], *kept->columns()[0].default_value) == base::Value::integer(1));
  }
  CHECK_THROWS_WITH(made(kept->columns()[0], *kept->columns()[0].default_value),
                    Catch::Contains("has ended"));
}

TEST_CASE_METHOD(SchemaFixture, "server defaults become SQL text") {
  CHECK(ddl("db.Column{'a', db.Integer, server_default = '0'}") ==
        "CREATE TABLE t ( a INTEGER DEFAULT '0' )");
  CHECK(ddl("db.Column{'a', db.Integer, server_default = 5}") ==
        "CREATE TABLE t ( a INTEGER DEFAULT 5 )");
  CHECK(ddl("db.Column{'a', db.Boolean, server_default = true}") ==
        "CREATE TABLE t ( a BOOLEAN DEFAULT 1 )");
  CHECK(ddl("db.Column{'a', db.String, server_default = \"it's\"}") ==
        "CREATE TABLE t ( a VARCHAR DEFAULT 'it''s' )");
  CHECK(ddl("db.Column{'a', db.DateTime, server_default = db.func.now()}") ==
        "CREATE TABLE t ( a DATETIME DEFAULT CURRENT_TIMESTAMP )");
  CHECK(ddl("db.Column{'a', db.Integer, server_default = db.text '1 + 1'}") ==
        "CREATE TABLE t ( a INTEGER DEFAULT (1 + 1) )");
  CHECK(ddl("db.Column{'a', db.String, server_default = db.func.lower('X')}") ==
        "CREATE TABLE t ( a VARCHAR DEFAULT (lower('X')) )");
  CHECK(ddl("db.Column{'a', db.Integer, server_default = db.FetchedValue(), server_onupdate = "
            "db.FetchedValue()}") == "CREATE TABLE t ( a INTEGER )");
  CHECK(table("t")->columns()[0].has_server_value());
  CHECK(table("t")->columns()[0].server_onupdate);
  CHECK(failure("db.Column{db.Integer, server_default = print}")
            .starts_with("TypeError: Column: server_default: expected"));
  CHECK(failure("db.Column{db.Integer, server_default = db.text ':x + 1'}") ==
        "ArgumentError: Column: server_default: the parameter :x has no value here");
}

TEST_CASE_METHOD(SchemaFixture, "computed and identity columns") {
  CHECK(ddl("db.Column{'a', db.Integer}, db.Column{'b', db.Integer, db.Computed{'a * 2', persisted "
            "= true}}") ==
        "CREATE TABLE t ( a INTEGER, b INTEGER GENERATED ALWAYS AS (a * 2) STORED )");
  run("t = db.Table{'u', metadata, db.Column{'id', db.Integer, db.Identity{start = 10, always = "
      "true}, primary_key = true}}");
  CHECK(table("t")->columns()[0].identity->start == 10);
  CHECK(table("t")->columns()[0].identity->always);
}

// --- foreign keys and constraints ---

TEST_CASE_METHOD(SchemaFixture, "a foreign key and its options") {
  run("user = db.Table{'user', metadata, db.Column{'id', db.Integer, primary_key = true}}");
  run(R"(post = db.Table{'post', metadata,
           db.Column{'a', db.ForeignKey 'user.id'},
           db.Column{'b', db.Integer, db.ForeignKey{user.c.id, ondelete = 'cascade', name = 'fk_b', deferrable = true,
                                                    initially = 'deferred'}}})");
  CHECK(eval("(tostring(db.CreateTable(post)):gsub('%s*\\n%s*', ' '))") ==
        "CREATE TABLE post ( a INTEGER, b INTEGER, FOREIGN KEY(a) REFERENCES user (id), "
        "CONSTRAINT fk_b FOREIGN KEY(b) REFERENCES user (id) ON DELETE CASCADE DEFERRABLE "
        "INITIALLY DEFERRED )");
  CHECK(eval("post.c.a.type, #post.foreign_keys, post.foreign_keys[2].name, "
             "post.foreign_keys[2].ondelete") == "Integer 2 fk_b CASCADE");
  CHECK(eval("post.foreign_keys[1], post.foreign_keys[1].referred_table == user, "
             "post.foreign_keys[1].elements[1]") ==
        "ForeignKeyConstraint({'a'}, {'user.id'}) true user.id");
  CHECK(failure("db.ForeignKey(5)") ==
        "TypeError: ForeignKey: expected 'table.column' or a column, got number");
  CHECK(failure("db.ForeignKey{'user.id', on_delete = 'CASCADE'}") ==
        "TypeError: ForeignKey has no option 'on_delete'; did you mean 'ondelete'?");
}

TEST_CASE_METHOD(SchemaFixture, "constraints and indexes of a table") {
  CHECK(
      ddl("db.Column{'a', db.Integer}, db.Column{'b', db.Integer}, db.PrimaryKeyConstraint{'b', "
          "'a', name = 'pk'},"
          "db.UniqueConstraint{'a', 'b', name = 'uq'}, db.CheckConstraint{'a > b', name = 'ck'}") ==
      "CREATE TABLE t ( a INTEGER NOT NULL, b INTEGER NOT NULL, CONSTRAINT pk PRIMARY KEY (b, a), "
      "CONSTRAINT uq UNIQUE (a, b), CONSTRAINT ck CHECK (a > b) )");
  CHECK(eval("t.primary_key[1].name, #t.constraints, t.constraints[2]") ==
        "b 3 UniqueConstraint('a', 'b', name='uq')");
  run(R"(u = db.Table{'u', metadata, db.Column{'last', db.String, index = true}, db.Column{'age', db.Integer},
           db.Index{'ix_age', db.desc 'age', unique = true, sqlite_where = db.text 'age > 18'},
           db.Index{'ix_lower', db.func.lower(db.literal_column 'last')}})");
  CHECK(eval("db.CreateIndex(u.indexes[1])") ==
        "CREATE UNIQUE INDEX ix_age ON u (age DESC) WHERE age > 18");
  CHECK(eval("db.CreateIndex(u.indexes[2])") == "CREATE INDEX ix_lower ON u (lower(last))");
  CHECK(eval("u.indexes[3].name, db.CreateIndex(u.indexes[3])") ==
        "ix_u_last CREATE INDEX ix_u_last ON u (last)");
  CHECK(eval("db.DropIndex{u.indexes[3], if_exists = true}") == "DROP INDEX IF EXISTS ix_u_last");
  CHECK(failure("db.Index{'ix', u.c.age}") ==
        "ArgumentError: Index 'ix': table 'u' is complete, an index cannot join it any more");
  CHECK(failure(
            "db.Table{'v', metadata, db.Column{'age', db.Integer}, db.UniqueConstraint{'agee'}}") ==
        "ArgumentError: A unique constraint of table 'v' names column 'agee', which is not there; "
        "did you mean 'age'?");
}

TEST_CASE_METHOD(SchemaFixture, "a column by itself stands for its name in its table's indexes") {
  run(R"(last = db.Column{'last', db.String}
         t = db.Table{'t', metadata, last, db.Index{'ix', db.func.lower(last)}, db.Index{'iy', last},
                      db.CheckConstraint(db.func.length(last):gt(2))})");
  CHECK(eval("db.CreateIndex(t.indexes[1])") == "CREATE INDEX ix ON t (lower(last))");
  CHECK(eval("t.indexes[2].columns[1], t.constraints[1].sqltext") == "last length(last) > 2");
}

TEST_CASE_METHOD(SchemaFixture, "naming conventions name constraints; conv keeps a name as it is") {
  run(R"(metadata = db.MetaData{naming_convention = {ix = 'idx_%(column_0_label)s', ck = 'ck_%(table_name)s_%(constraint_name)s'}}
         t = db.Table{'t', metadata, db.Column{'a', db.Integer, index = true},
           db.CheckConstraint{'a > 0', name = 'positive'}, db.CheckConstraint{'a < 9', name = db.conv 'small'}})");
  CHECK(eval("t.indexes[1].name, t.constraints[1].name, t.constraints[2].name") ==
        "idx_t_a ck_t_positive small");
  CHECK(failure("db.MetaData{naming_convention = {idx = 'x'}}") ==
        "ArgumentError: MetaData: naming_convention has no key 'idx'");
}

// --- tables ---

TEST_CASE_METHOD(SchemaFixture, "a table shows its columns by name, by position and in order") {
  run("t = db.Table{'person', metadata, db.Column{'id', db.Integer, primary_key = true}, "
      "db.Column{'name', db.String},"
      "schema = 'hr', comment = 'people', info = {x = 1}}");
  CHECK(eval("t, t.name, t.fullname, t.schema, t.comment, t.key, t.info.x") ==
        "hr.person person hr.person hr people hr.person 1");
  CHECK(eval("t.c.name, t.columns.id.primary_key, #t.c, t.c[2].name") ==
        "hr.person.name true 2 name");
  run("names = {} for k, c in pairs(t.c) do names[#names + 1] = k .. '=' .. c.name end");
  CHECK(eval("table.concat(names, ' ')") == "id=id name=name");
  run("count = 0 for i, c in ipairs(t.c) do count = count + i end");
  CHECK(eval("count") == "3");
  CHECK(failure("return t.c.nmae") ==
        "AttributeError: table 'hr.person' has no attribute 'nmae'; did you mean 'name'?");
}

TEST_CASE_METHOD(SchemaFixture, "a table is declared once, extended or kept") {
  run("t = db.Table{'t', metadata, db.Column{'a', db.Integer}}");
  CHECK(failure("db.Table{'t', metadata, db.Column{'b', db.Integer}}") ==
        "InvalidRequestError: Table 't' is already declared");
  CHECK(eval("db.Table('t', metadata) == t, db.Table{'t', metadata, db.Column{'b', db.Integer}, "
             "keep_existing = true} == t") == "true true");
  run("t2 = db.Table{'t', metadata, db.Column{'a', db.String}, db.Column{'b', db.Integer}, "
      "extend_existing = true}");
  CHECK(eval("t2.c.a.type, t2.c.b.type, t2 == t, metadata.tables.t == t2") ==
        "String Integer false true");
  CHECK(failure("db.Table{'x', metadata, must_exist = true}").starts_with("InvalidRequestError"));
}

TEST_CASE_METHOD(SchemaFixture, "a slip in a table is named") {
  CHECK(failure("db.Table{'t', db.Column{'a', db.Integer}}") ==
        "ArgumentError: Table 't' needs a MetaData as its second argument");
  CHECK(failure("db.Table{'t', metadata, db.Integer}") ==
        "TypeError: Table: argument 3: expected a Column, a constraint or an Index, got Type");
  CHECK(failure("db.Table{'t', metadata, db.Column{db.Integer}}") ==
        "ArgumentError: Table 't': the column at argument 3 has no name");
  CHECK(failure("db.Table{'t', metadata, db.Column{'a', db.Integer}, coment = 'x'}") ==
        "TypeError: Table has no option 'coment'; did you mean 'comment'?");
  run("c = db.Column{'a', db.Integer} db.Table{'t', metadata, c}");
  CHECK(failure("db.Table{'u', metadata, c}") ==
        "ArgumentError: Table 'u': column 'a' is in another table already");
  CHECK(failure("db.Table{'u', metadata, c:copy()}") == "no error");
}

TEST_CASE_METHOD(SchemaFixture, "a class body's columns and __table_args__") {
  run("first = db.Column{db.String(10)} last = db.Column{'last_name', db.String(10), db.ForeignKey "
      "'x.y'}");
  run("args = {db.UniqueConstraint{'first', 'last', name = 'uq'}, db.Index{'ix', 'last', unique = "
      "true}, schema = 'hr',"
      "sqlite_autoincrement = true, {comment = 'c'}, extend_existing = true}");
  auto spec = [&](const char* name) {
    lua_getglobal(L, name);
    auto found = check_box<ColumnBox>(L, -1).spec;
    lua_pop(L, 1);
    return found;
  };
  CHECK(spec("first")->order < spec("last")->order);
  lua_getglobal(L, "args");
  TableOptions options;
  schema::TableDef def =
      make_table_def(L, "t", {{"first", spec("first")}, {"last", spec("last")}}, -1, &options);
  lua_pop(L, 1);
  CHECK(lua_gettop(L) == 0);
  CHECK(def.columns[0].name == "first");
  CHECK(def.columns[1].name == "last_name");
  CHECK(def.columns[1].key == "last");
  CHECK(def.schema == "hr");
  CHECK(def.comment == "c");
  CHECK(def.dialect_options.at("sqlite_autoincrement") == "true");
  CHECK(options.extend_existing);
  schema::Table made(def);
  CHECK(made.uniques()[0].columns == std::vector<std::string>{"first", "last_name"});
  CHECK(made.indexes()[0].parts[0].column == "last_name");
  CHECK(made.foreign_keys()[0].columns == std::vector<std::string>{"last_name"});
}

TEST_CASE_METHOD(SchemaFixture, "attributes and columns that swap names are told apart") {
  run("x = db.Column{'y', db.Integer, db.ForeignKey 'a.b'} y = db.Column{'x', db.Integer}");
  auto spec = [&](const char* name) {
    lua_getglobal(L, name);
    auto found = check_box<ColumnBox>(L, -1).spec;
    lua_pop(L, 1);
    return found;
  };
  run("args = {db.Index{'ix', 'x'}}");
  lua_getglobal(L, "args");
  schema::Table made(make_table_def(L, "t", {{"x", spec("x")}, {"y", spec("y")}}, -1));
  lua_pop(L, 1);
  CHECK(made.foreign_keys()[0].columns == std::vector<std::string>{"y"});
  CHECK(made.indexes()[0].parts[0].column == "y");
}

// --- metadata and DDL ---

TEST_CASE_METHOD(SchemaFixture, "metadata knows its tables by name, in order") {
  run("db.Table{'post', metadata, db.Column{'id', db.Integer, primary_key = true}, "
      "db.Column{'user_id', db.ForeignKey 'user.id'}}"
      "db.Table{'user', metadata, db.Column{'id', db.Integer, primary_key = true}}");
  run("names = {} for name, t in pairs(metadata.tables) do names[#names + 1] = name .. '/' .. "
      "t.name end");
  CHECK(eval("table.concat(names, ' '), #metadata.tables") == "post/post user/user 2");
  CHECK(eval("metadata.sorted_tables[1], metadata.sorted_tables[2], metadata") ==
        "user post MetaData()");
  CHECK(failure("return metadata.tables.usr") ==
        "KeyError: There is no table 'usr'; did you mean 'user'?");
  run("metadata:remove(metadata.tables.post)");
  CHECK(eval("#metadata.tables") == "1");
  run("metadata:clear()");
  CHECK(eval("#metadata.tables") == "0");
}

TEST_CASE_METHOD(SchemaFixture, "tables are created in and dropped from a database") {
  run("db.Table{'post', metadata, db.Column{'id', db.Integer, primary_key = true}, "
      "db.Column{'user_id', db.ForeignKey 'user.id'}}"
      "user = db.Table{'user', metadata, db.Column{'id', db.Integer, primary_key = true}}"
      "engine = db.create_engine 'sqlite://'"
      "function count() local c = engine:connect() local n = c:scalar(db.text 'SELECT count(*) "
      "FROM sqlite_master') c:close() return n end");
  run("metadata:create_all(engine) metadata:create_all(engine)");
  CHECK(eval("count()") == "2");
  run("metadata:drop_all(engine, {tables = {'post'}})");
  CHECK(eval("count()") == "1");
  run("user:drop(engine) user:drop(engine, {checkfirst = true}) user:create(engine)");
  CHECK(eval("count()") == "1");
  CHECK(failure("user:create(engine)").starts_with("OperationalError"));
  CHECK(failure("metadata:create_all(5)") ==
        "TypeError: create_all: argument 1: expected an engine or a connection, got number");
  CHECK(failure("metadata:create_all(engine, {table = {}})") ==
        "TypeError: create_all has no option 'table'; did you mean 'tables'?");
  CHECK(failure("metadata:drop_all(engine, {tables = {'pst'}})") ==
        "InvalidRequestError: There is no table 'pst'; did you mean 'post'?");
}

TEST_CASE_METHOD(SchemaFixture, "a table begins statements") {
  run("t = db.Table{'t', metadata, db.Column{'a', db.Integer}}");
  CHECK(eval("t:alias('x').c.a") == "x.a");
  CHECK(eval("t:delete()") == "DELETE FROM t");
  CHECK(eval("t:insert():values{a = 1}") == "INSERT INTO t (a) VALUES (?)");
}

TEST_CASE_METHOD(SchemaFixture, "DDL as text") {
  run("t = db.Table{'t', metadata, db.Column{'a', db.Integer}}");
  CHECK(eval("db.CreateTable{t, if_not_exists = true}") ==
        "CREATE TABLE IF NOT EXISTS t (\n\ta INTEGER\n)");
  CHECK(eval("db.DropTable(t):compile{dialect = 'sqlite'}, #db.DropTable(t):compile().params") ==
        "DROP TABLE t 0");
  CHECK(failure("db.CreateTable(t):compile{dialect = 'sqllite'}") ==
        "ArgumentError: There is no dialect named 'sqllite'; did you mean 'sqlite'?");
  CHECK(failure("db.CreateTable(db.Integer)") ==
        "TypeError: CreateTable: expected a table, got Type");
}

TEST_CASE_METHOD(SchemaFixture, "every row has its description") {
  for (const ClassDef* cls : runtime.context().classes()) {
    INFO(cls->name);
    CHECK(std::string_view(cls->doc) != "");
    for (auto rows : {cls->methods, cls->getters, cls->metamethods}) {
      for (const MethodDef& row : rows) CHECK(std::string_view(row.doc) != "");
    }
  }
}

}  // namespace
}  // namespace moonbase::bindings
