#include <catch2/catch.hpp>

#include "orm/compile/ddl_compiler.h"
#include "tests/compile/test_traits.h"
#include "tests/support/schema_builders.h"

using namespace moonbase::schema;
using namespace moonbase::compile;
namespace types = moonbase::types;

namespace {

const DialectTraits kSqlite = sqlite_like_traits();
const DialectTraits kServer = server_traits();

std::string created(TableDef def, const DialectTraits& dialect = kSqlite,
                    NamingConvention naming = {}) {
  MetaData metadata(std::move(naming));
  return create_table(*metadata.add(std::move(def)), metadata, dialect);
}

// What stands between the parentheses of a table with this one column.
std::string column_text(Column column, const DialectTraits& dialect = kSqlite) {
  std::string text = created(make_def("t", {std::move(column)}), dialect);
  size_t start = text.find('\t') + 1;
  return text.substr(start, text.rfind('\n') - start);
}

std::string default_text(const std::string& text, const DialectTraits& dialect = kSqlite) {
  Column c = make_column("c");
  c.server_default = SqlFragment{text, {}};
  return column_text(c, dialect).substr(std::string("c INTEGER ").size());
}

std::vector<std::string> sql_of(const std::vector<DdlStep>& steps) {
  std::vector<std::string> texts;
  for (const DdlStep& step : steps) texts.push_back(step.sql);
  return texts;
}

}  // namespace

TEST_CASE("identifiers are quoted where they have to be") {
  CHECK(quote_identifier(kSqlite, "user") == "user");
  CHECK(quote_identifier(kSqlite, "user_2$") == "user_2$");
  CHECK(quote_identifier(kSqlite, "order") == "\"order\"");
  CHECK(quote_identifier(kSqlite, "ORDER") == "\"ORDER\"");
  CHECK(quote_identifier(kSqlite, "firstName") == "\"firstName\"");
  CHECK(quote_identifier(kSqlite, "2nd") == "\"2nd\"");
  CHECK(quote_identifier(kSqlite, "$x") == "\"$x\"");
  CHECK(quote_identifier(kSqlite, "a b") == "\"a b\"");
  CHECK(quote_identifier(kSqlite, "größe") == "\"größe\"");
  CHECK(quote_identifier(kSqlite, "") == "\"\"");
  CHECK(quote_identifier(kSqlite, "say \"hi\"") == "\"say \"\"hi\"\"\"");
  CHECK(force_quote(kSqlite, "user") == "\"user\"");

  DialectTraits brackets = kSqlite;
  brackets.quote_open = '[';
  brackets.quote_close = ']';
  brackets.lower_case_folding = false;
  CHECK(quote_identifier(brackets, "a]b") == "[a]]b]");
  CHECK(quote_identifier(brackets, "firstName") == "firstName");

  TableDef def = make_def("order", {make_key("id")});
  def.schema = "Sales";
  CHECK(quote_table(kSqlite, Table(def)) == "\"Sales\".\"order\"");
}

TEST_CASE("CREATE TABLE lists columns, then constraints") {
  Column email = make_column("email", types::string(120));
  email.unique = true;
  email.nullable = false;
  CHECK(created(make_def("user",
                         {make_key("id"), make_column("username", types::string(64)), email})) ==
        "CREATE TABLE user (\n"
        "\tid INTEGER NOT NULL, \n"
        "\tusername VARCHAR(64), \n"
        "\temail VARCHAR(120) NOT NULL, \n"
        "\tPRIMARY KEY (id), \n"
        "\tUNIQUE (email)\n"
        ")");
}

TEST_CASE("CREATE TABLE with every kind of constraint, named by convention") {
  MetaData metadata({{"pk", "pk_%(table_name)s"},
                     {"uq", "uq_%(table_name)s_%(column_0_N_name)s"},
                     {"fk", "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s"},
                     {"ck", "ck_%(table_name)s_%(constraint_name)s"}});
  metadata.add(make_def("group", {make_key("id"), make_key("realm")}));
  TableDef def =
      make_def("membership", {make_key("user_id"), make_key("group_id"), make_column("realm")});
  ForeignKeyConstraint fk = make_foreign_key({"group_id", "realm"}, {"group.id", "group.realm"});
  fk.ondelete = "cascade";
  fk.onupdate = "set null";
  fk.match = "full";
  fk.deferrable = "deferrable";
  fk.initially = "deferred";
  def.foreign_keys = {fk};
  def.uniques = {make_unique_constraint({"realm", "user_id"})};
  def.uniques[0].deferrable = "NOT DEFERRABLE";
  def.checks = {make_check("user_id > 0", "positive")};
  CHECK(create_table(*metadata.add(def), metadata, kSqlite) ==
        "CREATE TABLE membership (\n"
        "\tuser_id INTEGER NOT NULL, \n"
        "\tgroup_id INTEGER NOT NULL, \n"
        "\trealm INTEGER, \n"
        "\tCONSTRAINT pk_membership PRIMARY KEY (user_id, group_id), \n"
        "\tCONSTRAINT fk_membership_group_id_group FOREIGN KEY(group_id, realm) REFERENCES "
        "\"group\" (id, realm)"
        " MATCH FULL ON DELETE CASCADE ON UPDATE SET NULL DEFERRABLE INITIALLY DEFERRED, \n"
        "\tCONSTRAINT uq_membership_realm_user_id UNIQUE (realm, user_id) NOT DEFERRABLE, \n"
        "\tCONSTRAINT ck_membership_positive CHECK (user_id > 0)\n"
        ")");
}

TEST_CASE("CREATE TABLE's variations") {
  MetaData metadata;
  TableDef def = make_def("t", {make_column("a")});
  CHECK(created(def) == "CREATE TABLE t (\n\ta INTEGER\n)");
  CHECK(created(make_def("t", {})) == "CREATE TABLE t (\n)");
  def.prefixes = {"TEMPORARY"};
  DdlOptions options;
  options.if_not_exists = options.if_exists = true;
  TablePtr t = metadata.add(def);
  CHECK(create_table(*t, metadata, kSqlite, {}, options) ==
        "CREATE TEMPORARY TABLE IF NOT EXISTS t (\n\ta INTEGER\n)");
  CHECK(drop_table(*t, kSqlite) == "DROP TABLE t");
  CHECK(drop_table(*t, kSqlite, options) == "DROP TABLE IF EXISTS t");
}

TEST_CASE("a key numbered by AUTOINCREMENT is written in its column") {
  TableDef def = make_def("t", {make_key("id"), make_column("n")});
  def.dialect_options = {{"sqlite_autoincrement", "true"}};
  CHECK(created(def) ==
        "CREATE TABLE t (\n\tid INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, \n\tn INTEGER\n)");
  CHECK(created(def, kServer) ==
        "CREATE TABLE t (\n\tid INTEGER NOT NULL, \n\tn INTEGER, \n\tPRIMARY KEY (id)\n)");
  def.columns.push_back(make_key("part"));
  CHECK(error_of([&] { created(def); }) ==
        "CompileError: Table 't' has a composite key: sqlite can't give it AUTOINCREMENT");
}

TEST_CASE("server defaults") {
  CHECK(default_text("0") == "DEFAULT 0");
  CHECK(default_text("'0'") == "DEFAULT '0'");
  CHECK(default_text("'it''s'") == "DEFAULT 'it''s'");
  CHECK(default_text("CURRENT_TIMESTAMP") == "DEFAULT CURRENT_TIMESTAMP");
  CHECK(default_text("-1") == "DEFAULT (-1)");
  CHECK(default_text("datetime('now')") == "DEFAULT (datetime('now'))");
  CHECK(default_text("(1 + 2)") == "DEFAULT (1 + 2)");
  CHECK(default_text("(1) + (2)") == "DEFAULT ((1) + (2))");
  CHECK(default_text("(')')") == "DEFAULT (')')");
  CHECK(default_text("'a' || 'b'") == "DEFAULT ('a' || 'b')");
  CHECK(default_text("now()", kServer) == "DEFAULT now()");

  SECTION("may differ from dialect to dialect") {
    Column c = make_column("c");
    c.server_default = SqlFragment{"now()", {{"sqlite", "CURRENT_TIMESTAMP"}, {"server", ""}}};
    CHECK(column_text(c) == "c INTEGER DEFAULT CURRENT_TIMESTAMP");
    CHECK(column_text(c, kServer) == "c INTEGER");
  }
}

TEST_CASE("column clauses") {
  Column c = make_column("c");
  SECTION("generated columns") {
    c.computed = Computed{{"a + b", {}}, {}};
    CHECK(column_text(c) == "c INTEGER GENERATED ALWAYS AS (a + b)");
    c.computed->persisted = true;
    CHECK(column_text(c) == "c INTEGER GENERATED ALWAYS AS (a + b) STORED");
    c.computed->persisted = false;
    CHECK(column_text(c) == "c INTEGER GENERATED ALWAYS AS (a + b) VIRTUAL");
  }
  SECTION("identity columns, where the database has them") {
    c.identity = Identity{};
    CHECK(column_text(c) == "c INTEGER NOT NULL");
    CHECK(column_text(c, kServer) == "c INTEGER NOT NULL GENERATED BY DEFAULT AS IDENTITY");
    c.identity.emplace();
    c.identity->always = true;
    c.identity->start = 100;
    c.identity->increment = 5;
    CHECK(column_text(c, kServer) ==
          "c INTEGER NOT NULL GENERATED ALWAYS AS IDENTITY (START WITH 100 INCREMENT BY 5)");
  }
  SECTION("quoting by the user's word") {
    c.quote = true;
    CHECK(column_text(c) == "\"c\" INTEGER");
    c.name = "Mixed";
    c.quote = false;
    CHECK(column_text(c) == "Mixed INTEGER");
  }
  SECTION("a type of its own on this dialect") {
    c.type = types::string(5)->with_variant(types::text(), "sqlite");
    CHECK(column_text(c) == "c TEXT");
    CHECK(column_text(c, kServer) == "c VARCHAR(5)");
  }
  SECTION("no type at all") {
    c.type = types::null();
    try {
      column_text(c);
      FAIL("no error");
    } catch (const moonbase::base::Error& error) {
      CHECK(error.kind() == moonbase::base::ErrorKind::kCompileError);
      CHECK(error.message() == "column 't.c' has no type");
    }
  }
}

TEST_CASE("a type the dialect lacks is reported with its column") {
  try {
    created(make_def("t", {make_column("tags", types::array(types::text()))}));
    FAIL("no error");
  } catch (const moonbase::base::Error& error) {
    CHECK(error.kind() == moonbase::base::ErrorKind::kCompileError);
    CHECK(error.context() == std::vector<std::string>{"writing the type of column 't.tags'"});
  }
}

TEST_CASE("types that ask for a CHECK") {
  Column mood =
      make_column("mood", types::enumeration({"fine", "so'so"}, {"mood_kind", true, true}));
  CHECK(created(make_def("t", {mood})) ==
        "CREATE TABLE t (\n"
        "\tmood VARCHAR(5), \n"
        "\tCONSTRAINT mood_kind CHECK (mood IN ('fine', 'so''so'))\n"
        ")");
  CHECK(created(make_def("t", {mood}), kServer) == "CREATE TABLE t (\n\tmood VARCHAR(5)\n)");

  types::TypeSpec flag = types::boolean()->spec();
  flag.create_constraint = true;
  TableDef def = make_def("t", {make_column("order", types::make(flag))});
  CHECK(created(def) ==
        "CREATE TABLE t (\n\t\"order\" BOOLEAN, \n\tCHECK (\"order\" IN (0, 1))\n)");
  CHECK(created(def, kServer) == "CREATE TABLE t (\n\t\"order\" BOOLEAN\n)");
}

TEST_CASE("a column without a type is written with that of the column it refers to") {
  MetaData metadata;
  TableDef post = make_def("post", {make_column("user_code", nullptr)});
  post.foreign_keys = {make_foreign_key({"user_code"}, {"user.code"})};
  TablePtr table = metadata.add(post);
  metadata.add(make_def("user", {make_key("code", types::string(8))}));
  CHECK(create_table(*table, metadata, kSqlite) ==
        "CREATE TABLE post (\n"
        "\tuser_code VARCHAR(8), \n"
        "\tFOREIGN KEY(user_code) REFERENCES user (code)\n"
        ")");
}

TEST_CASE("keys are told apart from names") {
  MetaData metadata;
  Column number = make_key("user_number");
  number.key = "id";
  metadata.add(make_def("user", {number}));
  Column owner = make_column("owner_number");
  owner.key = "owner";
  TableDef post = make_def("post", {owner});
  post.foreign_keys = {make_foreign_key({"owner"}, {"user.id"})};
  CHECK(create_table(*metadata.add(post), metadata, kSqlite) ==
        "CREATE TABLE post (\n"
        "\towner_number INTEGER, \n"
        "\tFOREIGN KEY(owner_number) REFERENCES user (user_number)\n"
        ")");
}

TEST_CASE("indexes") {
  MetaData metadata;
  TableDef def = make_def("user", {make_key("id"), make_column("email"), make_column("order")});
  def.columns[1].index = def.columns[1].unique = true;
  Index full = make_index({"order", "id"}, "ix_full");
  full.parts[0].descending = true;
  full.parts.emplace_back();
  full.parts.back().expression = {"lower(email)", {{"server", "lower(email::text)"}}};
  full.where = SqlFragment{"", {{"sqlite", "email IS NOT NULL"}}};
  full.using_method = "gin";
  full.include = {"email"};
  def.indexes = {full};
  TablePtr user = metadata.add(def);
  REQUIRE(user->indexes().size() == 2);
  const Index& declared = user->indexes()[0];
  const Index& flagged = user->indexes()[1];

  CHECK(create_index(*user, flagged, metadata, kSqlite) ==
        "CREATE UNIQUE INDEX ix_user_email ON user (email)");
  CHECK(drop_index(*user, flagged, metadata, kSqlite) == "DROP INDEX ix_user_email");
  CHECK(create_index(*user, declared, metadata, kSqlite) ==
        "CREATE INDEX ix_full ON user (\"order\" DESC, id, lower(email)) WHERE email IS NOT NULL");
  CHECK(create_index(*user, declared, metadata, kServer) ==
        "CREATE INDEX ix_full ON \"user\" USING gin (\"order\" DESC, id, lower(email::text)) "
        "INCLUDE (email)");
  DdlOptions options;
  options.if_not_exists = options.if_exists = true;
  CHECK(create_index(*user, flagged, metadata, kSqlite, options) ==
        "CREATE UNIQUE INDEX IF NOT EXISTS ix_user_email ON user (email)");
  CHECK(drop_index(*user, flagged, metadata, kSqlite, options) ==
        "DROP INDEX IF EXISTS ix_user_email");

  SECTION("an index needs a name") {
    MetaData nameless(NamingConvention{{"ix", ""}});
    CHECK(error_of([&] { create_index(*user, flagged, nameless, kSqlite); }) ==
          "CompileError: An index of table 'user' has no name");
  }
}

TEST_CASE("schemas") {
  MetaData metadata;
  TableDef user = make_linked("user", {}), post = make_linked("post", {}),
           tag = make_linked("tag", {});
  user.schema = post.schema = "hr";
  post.columns.push_back(make_column("user_id"));
  post.columns[1].index = true;
  post.foreign_keys = {make_foreign_key({"user_id"}, {"hr.user.id"})};
  tag.foreign_keys = {make_foreign_key({"id"}, {"hr.user.id"})};
  metadata.add(user);
  TablePtr posts = metadata.add(post), tags = metadata.add(tag);
  const Index& index = posts->indexes()[0];

  CHECK(create_table(*posts, metadata, kSqlite) ==
        "CREATE TABLE hr.post (\n"
        "\tid INTEGER NOT NULL, \n"
        "\tuser_id INTEGER, \n"
        "\tPRIMARY KEY (id), \n"
        "\tFOREIGN KEY(user_id) REFERENCES user (id)\n"
        ")");
  CHECK(create_index(*posts, index, metadata, kSqlite) ==
        "CREATE INDEX hr.ix_hr_post_user_id ON post (user_id)");
  CHECK(drop_index(*posts, index, metadata, kSqlite) == "DROP INDEX hr.ix_hr_post_user_id");
  CHECK(create_index(*posts, index, metadata, kServer) ==
        "CREATE INDEX ix_hr_post_user_id ON hr.post (user_id)");

  SECTION("a key out of its schema, where the database has such keys") {
    CHECK(create_table(*tags, metadata, kSqlite) ==
          "CREATE TABLE tag (\n\tid INTEGER NOT NULL, \n\tPRIMARY KEY (id)\n)");
    CHECK(create_table(*tags, metadata, kServer) ==
          "CREATE TABLE tag (\n"
          "\tid INTEGER NOT NULL, \n"
          "\tPRIMARY KEY (id), \n"
          "\tFOREIGN KEY(id) REFERENCES hr.\"user\" (id)\n"
          ")");
  }
}

TEST_CASE("comments, where the database has them") {
  TableDef def = make_def("user", {make_key("id"), make_column("age")});
  def.comment = "who's who";
  def.columns[1].comment = "in years";
  Table user(def);
  CHECK(comments(user, kSqlite).empty());
  CHECK(comments(user, kServer) ==
        std::vector<std::string>{"COMMENT ON TABLE \"user\" IS 'who''s who'",
                                 "COMMENT ON COLUMN \"user\".age IS 'in years'"});
}

TEST_CASE("everything is created in order and dropped in reverse") {
  MetaData metadata;
  TableDef user = make_linked("user", {});
  user.columns.push_back(make_column("email"));
  user.columns[1].index = true;
  metadata.add(make_linked("post", {"user"}));
  metadata.add(user);
  std::vector<DdlStep> steps = create_all(metadata, metadata.tables(), kSqlite);
  REQUIRE(steps.size() == 3);
  CHECK(steps[0].table == "user");
  CHECK(steps[0].sql.starts_with("CREATE TABLE user ("));
  CHECK(steps[1].table == "user");
  CHECK(steps[1].sql == "CREATE INDEX ix_user_email ON user (email)");
  CHECK(steps[2].table == "post");
  CHECK(sql_of(drop_all(metadata, metadata.tables(), kSqlite)) ==
        std::vector<std::string>{"DROP TABLE post", "DROP TABLE user"});
}

TEST_CASE("tables that refer to each other") {
  MetaData metadata;
  TableDef node = make_linked("node", {"edge"}), edge = make_linked("edge", {"node"});
  node.foreign_keys[0].name = "fk_node_edge";
  TablePtr first = metadata.add(node);
  metadata.add(edge);

  SECTION("get all their keys at once where keys can't come later") {
    std::vector<std::string> sql = sql_of(create_all(metadata, metadata.tables(), kSqlite));
    REQUIRE(sql.size() == 2);
    CHECK(sql[0].find("FOREIGN KEY(edge_id) REFERENCES edge (id)") != std::string::npos);
    CHECK(sql[1].find("FOREIGN KEY(node_id) REFERENCES node (id)") != std::string::npos);
    CHECK(sql_of(drop_all(metadata, metadata.tables(), kSqlite)) ==
          std::vector<std::string>{"DROP TABLE edge", "DROP TABLE node"});
    CHECK(error_of([&] { add_foreign_key(*first, first->foreign_keys()[0], metadata, kSqlite); }) ==
          "CompileError: sqlite can't add a foreign key to table 'node', which exists already");
  }
  SECTION("get one of them later and lose it first, elsewhere") {
    std::vector<std::string> sql = sql_of(create_all(metadata, metadata.tables(), kServer));
    REQUIRE(sql.size() == 3);
    CHECK(
        sql[0] ==
        "CREATE TABLE node (\n\tid INTEGER NOT NULL, \n\tedge_id INTEGER, \n\tPRIMARY KEY (id)\n)");
    CHECK(sql[2] ==
          "ALTER TABLE node ADD CONSTRAINT fk_node_edge FOREIGN KEY(edge_id) REFERENCES edge (id)");
    CHECK(sql_of(drop_all(metadata, metadata.tables(), kServer)) ==
          std::vector<std::string>{"ALTER TABLE node DROP CONSTRAINT fk_node_edge",
                                   "DROP TABLE edge", "DROP TABLE node"});
  }
  SECTION("can't be dropped there when no key has a name") {
    MetaData nameless;
    nameless.add(make_linked("a", {"b"}));
    nameless.add(make_linked("b", {"a"}));
    CHECK(error_of([&] { drop_all(nameless, nameless.tables(), kServer); }) ==
          "CircularDependencyError: Table 'a' can't be dropped: its foreign key to 'b' has to go "
          "first, "
          "and it has no name");
  }
}

TEST_CASE("names are cut to the dialect's length") {
  TableDef def = make_def("a_table_with_a_long_name", {make_key("id")});
  CHECK(created(def, kServer, {{"pk", "pk_%(table_name)s_%(column_0_name)s"}}) ==
        "CREATE TABLE a_table_with_a_long_name (\n"
        "\tid INTEGER NOT NULL, \n"
        "\tCONSTRAINT pk_a_table_with_a_long_name_id PRIMARY KEY (id)\n"
        ")");
  CHECK(created(def, kServer, {{"pk", "pk_%(table_name)s_is_%(column_0_name)s"}})
            .find("CONSTRAINT pk_a_table_with_a_long_na_") != std::string::npos);
}
