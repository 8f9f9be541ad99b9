#include "orm/dialect/postgresql/postgresql_reflector.h"

#include <utility>

#include "orm/dialect/postgresql/postgresql_catalog.h"
#include "orm/dialect/postgresql/postgresql_dialect.h"
#include "orm/types/registry.h"

namespace moonbase::dialect::postgresql {

namespace {

using driver::DriverConnection;
using driver::DriverStatement;
using schema::ReflectedColumn;
using schema::ReflectedTable;

// A relation's row of pg_class.
struct Found {
  std::string oid, schema, kind, comment, persistence;
};

std::optional<Found> find(DriverConnection& connection, const std::string& schema,
                          const std::string& name) {
  auto row = ask(connection,
                 "SELECT c.oid::text, n.nspname::text, c.relkind::text, "
                 "pg_catalog.obj_description(c.oid, 'pg_class'), c.relpersistence::text "
                 "FROM pg_catalog.pg_class c "
                 "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
                 "WHERE c.relname = $1 AND c.relkind IN ('r', 'p', 'v', 'm', 'f') "
                 "AND (n.nspname = $2 OR $2 = '' AND pg_catalog.pg_table_is_visible(c.oid))",
                 {name, schema});
  if (!row->step()) return std::nullopt;
  return Found{text_at(*row, 0), text_at(*row, 1), text_at(*row, 2), text_at(*row, 3),
               text_at(*row, 4)};
}

// ---- columns ----

// A type as a column has it: of lists, the type of their items and how deep they are nested.
struct TypeRow {
  std::string text, base_oid, base_kind, base_name, domain_base;
  bool is_visible;
  int64_t dimensions;
};

types::TypePtr spelled(const std::string& text, types::TypeKind behaviour) {
  types::TypeSpec spec;
  spec.kind = types::TypeKind::kSqlName;
  spec.base_kind = behaviour;
  spec.name = text;
  spec.as_decimal = behaviour == types::TypeKind::kNumeric;
  return types::make(std::move(spec));
}

types::TypePtr item_type(DriverConnection& connection, const TypeRow& row) {
  if (row.base_kind == "d")
    return spelled(row.text, types::parse_sql_type(row.domain_base)->base_kind());
  // Without a length it is not CHAR, which means CHAR(1).
  if (row.text == "bpchar") return spelled(row.text, types::TypeKind::kString);
  if (row.base_kind != "e") return types::parse_sql_type(row.text);
  // Outside the search_path its name needs a schema, which an Enum has no place for.
  if (!row.is_visible) return spelled(row.text, types::TypeKind::kText);
  std::vector<std::string> labels =
      first_column(ask(connection,
                       "SELECT enumlabel::text FROM pg_catalog.pg_enum WHERE enumtypid = $1::oid "
                       "ORDER BY enumsortorder",
                       {row.base_oid}));
  if (labels.empty()) return spelled(row.text, types::TypeKind::kText);
  return types::enumeration(std::move(labels), {.name = row.base_name});
}

void read_type(DriverConnection& connection, const TypeRow& row, const std::string& collation,
               ReflectedColumn& column) {
  types::TypePtr type = item_type(connection, row);
  column.is_known_type = type->base_kind() != types::TypeKind::kNull;
  if (!collation.empty()) {
    types::TypeSpec spec = type->spec();
    spec.collation = collation;
    type = types::make(std::move(spec));
  }
  column.type_text = row.text;
  for (int64_t i = 0; i < row.dimensions; ++i) {
    type = types::array(std::move(type));
    column.type_text += "[]";
  }
  column.type = std::move(type);
}

schema::ReflectedIdentity read_identity(const DriverStatement& row, int first, bool always) {
  schema::ReflectedIdentity identity;
  identity.always = always;
  identity.start = row.column_int(first);
  identity.increment = row.column_int(first + 1);
  identity.min_value = row.column_int(first + 2);
  identity.max_value = row.column_int(first + 3);
  identity.cache = row.column_int(first + 4);
  identity.cycle = row.column_int(first + 5) != 0;
  return identity;
}

// `t` is the column's type, `b` that of a list's items or `t` itself, `s` the sequence it owns.
constexpr std::string_view kColumns =
    "SELECT a.attname::text, a.attnotnull, pg_catalog.pg_get_expr(d.adbin, d.adrelid), "
    "a.attgenerated::text, a.attidentity::text, "
    "pg_catalog.col_description(a.attrelid, a.attnum), "
    "pg_catalog.format_type(b.oid, a.atttypmod), b.oid::text, b.typtype::text, b.typname::text, "
    "pg_catalog.format_type(b.typbasetype, b.typtypmod), pg_catalog.pg_type_is_visible(b.oid), "
    "CASE WHEN b.oid = t.oid THEN 0 ELSE greatest(a.attndims, 1) END::bigint, "
    "CASE WHEN a.attcollation <> t.typcollation THEN l.collname::text END, "
    "s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache, s.seqcycle, "
    "pg_catalog.pg_get_expr(d.adbin, d.adrelid) = 'nextval(' || "
    "pg_catalog.quote_literal(s.seqrelid::regclass::text) || '::regclass)' "
    "FROM pg_catalog.pg_attribute a "
    "JOIN pg_catalog.pg_type t ON t.oid = a.atttypid "
    "JOIN pg_catalog.pg_type b ON b.oid = "
    "CASE WHEN t.typcategory = 'A' AND t.typelem <> 0 THEN t.typelem ELSE t.oid END "
    "LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum "
    "LEFT JOIN pg_catalog.pg_collation l ON l.oid = a.attcollation "
    "LEFT JOIN LATERAL (SELECT q.* FROM pg_catalog.pg_depend p "
    "JOIN pg_catalog.pg_sequence q ON q.seqrelid = p.objid "
    "WHERE p.classid = 'pg_class'::regclass AND p.refclassid = 'pg_class'::regclass "
    "AND p.refobjid = a.attrelid AND p.refobjsubid = a.attnum AND p.deptype IN ('a', 'i') "
    "ORDER BY q.seqrelid LIMIT 1) s ON true "
    "WHERE a.attrelid = $1::oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum";

void read_columns(DriverConnection& connection, const Found& found, ReflectedTable& table) {
  struct Row {
    ReflectedColumn column;
    TypeRow type;
    std::string collation;
  };
  std::vector<Row> rows;
  auto row = ask(connection, kColumns, {found.oid});
  while (row->step()) {
    Row read{{},
             {text_at(*row, 6), text_at(*row, 7), text_at(*row, 8), text_at(*row, 9),
              text_at(*row, 10), row->column_int(11) != 0, row->column_int(12)},
             text_at(*row, 13)};
    ReflectedColumn& column = read.column;
    column.name = text_at(*row, 0);
    column.nullable = row->column_int(1) == 0;
    column.comment = text_at(*row, 5);
    const std::string generated = text_at(*row, 3), identity = text_at(*row, 4);
    if (!generated.empty()) {
      column.computed = {text_at(*row, 2), generated == "s"};
    } else if (!row->is_null(2)) {
      column.default_text = text_at(*row, 2);
    }
    if (!identity.empty()) column.identity = read_identity(*row, 14, identity == "a");
    column.autoincrement = column.identity || row->column_int(20) != 0;
    rows.push_back(std::move(read));
  }
  row.reset();
  for (Row& each : rows) {
    read_type(connection, each.type, each.collation, each.column);
    table.columns.push_back(std::move(each.column));
  }
}

// ---- constraints ----

// One row for each column of a constraint; a CHECK has one.
constexpr std::string_view kConstraints =
    "SELECT con.oid::text, con.conname::text, con.contype::text, con.condeferrable, "
    "con.condeferred, con.confupdtype::text, con.confdeltype::text, con.confmatchtype::text, "
    "n.nspname::text, c.relname::text, pg_catalog.pg_get_expr(con.conbin, con.conrelid, true), "
    "a.attname::text, f.attname::text, pg_catalog.current_schema()::text "
    "FROM pg_catalog.pg_constraint con "
    "LEFT JOIN LATERAL unnest(con.conkey, con.confkey) "
    "WITH ORDINALITY AS k(own, other, position) ON con.contype NOT IN ('c', 'x') "
    "LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = con.conrelid AND a.attnum = k.own "
    "LEFT JOIN pg_catalog.pg_attribute f ON f.attrelid = con.confrelid AND f.attnum = k.other "
    "LEFT JOIN pg_catalog.pg_class c ON c.oid = con.confrelid "
    "LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
    "WHERE con.conrelid = $1::oid AND con.contype IN ('p', 'u', 'f', 'c', 'x') "
    "ORDER BY con.conname COLLATE \"C\", k.position";

std::string action(const std::string& code) {
  static constexpr std::pair<std::string_view, std::string_view> kActions[] = {
      {"c", "CASCADE"}, {"n", "SET NULL"}, {"d", "SET DEFAULT"}, {"r", "RESTRICT"}};
  for (const auto& [letter, words] : kActions) {
    if (code == letter) return std::string(words);
  }
  return {};
}

// A constraint that is not deferrable says nothing.
void read_deferral(const DriverStatement& row, std::string& deferrable, std::string& initially) {
  if (row.column_int(3) == 0) return;
  deferrable = "DEFERRABLE";
  if (row.column_int(4) != 0) initially = "DEFERRED";
}

schema::ReflectedForeignKey read_foreign_key(const DriverStatement& row, const Found& found,
                                             const std::string& asked_schema) {
  schema::ReflectedForeignKey key;
  key.name = text_at(row, 1);
  key.onupdate = action(text_at(row, 5));
  key.ondelete = action(text_at(row, 6));
  if (text_at(row, 7) == "f") key.match = "FULL";
  read_deferral(row, key.deferrable, key.initially);
  // A table beside its own is named as its own was; else the default schema needs no name.
  const std::string schema = text_at(row, 8);
  if (schema == found.schema) {
    key.referred_schema = asked_schema;
  } else if (schema != text_at(row, 13)) {
    key.referred_schema = schema;
  }
  key.referred_table = text_at(row, 9);
  return key;
}

void read_constraints(DriverConnection& connection, const Found& found, ReflectedTable& table) {
  auto row = ask(connection, kConstraints, {found.oid});
  std::string last;
  while (row->step()) {
    const bool is_new = std::exchange(last, text_at(*row, 0)) != text_at(*row, 0);
    const std::string name = text_at(*row, 1), kind = text_at(*row, 2), column = text_at(*row, 11);
    if (kind == "c") {
      table.checks.push_back({name, {text_at(*row, 10), {}}, true});
    } else if (kind == "x") {
      table.left_out.push_back("the exclusion constraint '" + name + "'");
    } else if (kind == "p") {
      table.primary_key.name = name;
      table.primary_key.name_is_final = true;
      table.primary_key.columns.push_back(column);
    } else if (kind == "u") {
      if (is_new) {
        schema::UniqueConstraint& unique = table.uniques.emplace_back();
        unique.name = name;
        unique.name_is_final = true;
        read_deferral(*row, unique.deferrable, unique.initially);
      }
      table.uniques.back().columns.push_back(column);
    } else {
      if (is_new) table.foreign_keys.push_back(read_foreign_key(*row, found, table.schema));
      table.foreign_keys.back().columns.push_back(column);
      table.foreign_keys.back().referred_columns.push_back(text_at(*row, 12));
    }
  }
}

// ---- indexes ----

// One row for each part. An operator class, a collation or an order of NULLs that is not the usual
// one is part of the text.
constexpr std::string_view kIndexes =
    "SELECT i.indexrelid::text, c.relname::text, i.indisunique, m.amname::text, "
    "pg_catalog.pg_get_expr(i.indpred, i.indrelid, true), con.conname::text, "
    "k.position > i.indnkeyatts, a.attname::text, "
    "pg_catalog.pg_get_indexdef(i.indexrelid, k.position::int, true), "
    "CASE WHEN i.indcollation[k.position - 1] <> 0 "
    "AND i.indcollation[k.position - 1] <> coalesce(a.attcollation, 100) "
    "THEN ' COLLATE ' || pg_catalog.quote_ident(l.collname) ELSE '' END || "
    "CASE WHEN NOT o.opcdefault THEN ' ' || pg_catalog.quote_ident(o.opcname) ELSE '' END, "
    "coalesce(i.indoption[k.position - 1], 0)::bigint "
    "FROM pg_catalog.pg_index i "
    "JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid "
    "JOIN pg_catalog.pg_am m ON m.oid = c.relam "
    "CROSS JOIN LATERAL pg_catalog.unnest(i.indkey) WITH ORDINALITY AS k(attribute, position) "
    "LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attribute "
    "AND k.attribute <> 0 "
    "LEFT JOIN pg_catalog.pg_opclass o ON o.oid = i.indclass[k.position - 1] "
    "LEFT JOIN pg_catalog.pg_collation l ON l.oid = i.indcollation[k.position - 1] "
    "LEFT JOIN pg_catalog.pg_constraint con ON con.conindid = i.indexrelid "
    "AND con.contype IN ('u', 'x') "
    "WHERE i.indrelid = $1::oid AND NOT i.indisprimary "
    "ORDER BY c.relname COLLATE \"C\", k.position";

schema::IndexPart read_part(const DriverStatement& row) {
  const std::string column = text_at(row, 7);
  std::string special = text_at(row, 9);
  // Bits of pg_index.indoption. NULLs come last, but first in a descending order.
  const bool descending = (row.column_int(10) & 1) != 0,
             nulls_first = (row.column_int(10) & 2) != 0;
  schema::IndexPart part;
  if (descending != nulls_first) {
    special += descending ? " DESC NULLS LAST" : " NULLS FIRST";
  } else {
    part.descending = descending;
  }
  if (special.empty() && !column.empty()) {
    part.column = column;
  } else {
    part.expression.text = text_at(row, 8) + special;
  }
  return part;
}

void read_indexes(DriverConnection& connection, const Found& found, ReflectedTable& table) {
  auto row = ask(connection, kIndexes, {found.oid});
  std::string last;
  while (row->step()) {
    if (std::exchange(last, text_at(*row, 0)) != text_at(*row, 0)) {
      schema::ReflectedIndex& reflected = table.indexes.emplace_back();
      reflected.index.name = text_at(*row, 1);
      reflected.index.name_is_final = true;
      reflected.index.unique = row->column_int(2) != 0;
      if (text_at(*row, 3) != "btree") reflected.index.using_method = text_at(*row, 3);
      if (!row->is_null(4)) reflected.index.where = schema::SqlFragment{text_at(*row, 4), {}};
      reflected.duplicates_constraint = text_at(*row, 5);
    }
    schema::Index& index = table.indexes.back().index;
    if (row->column_int(6) != 0) {
      index.include.push_back(text_at(*row, 7));
    } else {
      index.parts.push_back(read_part(*row));
    }
  }
}

// ---- names ----

// The letters of pg_class.relkind.
std::string_view relation_letters(RelationKind kind) {
  switch (kind) {
    case RelationKind::kTable:
    case RelationKind::kTemporaryTable:
      return "rpf";
    case RelationKind::kView:
    case RelationKind::kTemporaryView:
      return "v";
    case RelationKind::kMaterializedView:
      return "m";
    case RelationKind::kSequence:
      break;
  }
  return "S";
}

class PostgresqlReflector : public Reflector {
 public:
  std::string default_schema(DriverConnection& connection) const override {
    return first_column(ask(connection, "SELECT pg_catalog.current_schema()::text", {})).front();
  }

  std::vector<std::string> schema_names(DriverConnection& connection) const override {
    return first_column(ask(connection,
                            "SELECT nspname::text FROM pg_catalog.pg_namespace "
                            "WHERE nspname NOT LIKE 'pg~_%' ESCAPE '~' "
                            "ORDER BY nspname COLLATE \"C\"",
                            {}));
  }

  // Partitions are parts of their table.
  std::vector<std::string> names(DriverConnection& connection, RelationKind kind,
                                 const std::string& schema) const override {
    const bool is_temporary =
        kind == RelationKind::kTemporaryTable || kind == RelationKind::kTemporaryView;
    return first_column(
        ask(connection,
            "SELECT c.relname::text FROM pg_catalog.pg_class c "
            "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
            "WHERE pg_catalog.strpos($1, c.relkind::text) > 0 AND NOT c.relispartition "
            "AND CASE WHEN $2 = 'temporary' THEN n.oid = pg_catalog.pg_my_temp_schema() "
            "ELSE c.relpersistence <> 't' "
            "AND n.nspname = coalesce(nullif($3, ''), pg_catalog.current_schema()::text) END "
            "ORDER BY c.relname COLLATE \"C\"",
            {relation_letters(kind), is_temporary ? "temporary" : "", schema}));
  }

  std::optional<ReflectedTable> table(DriverConnection& connection, const std::string& schema,
                                      const std::string& name) const override {
    std::optional<Found> found = find(connection, schema, name);
    if (!found) return std::nullopt;
    ReflectedTable table;
    table.schema = schema;
    table.name = name;
    table.is_view = found->kind == "v" || found->kind == "m";
    table.is_temporary = found->persistence == "t";
    table.comment = found->comment;
    if (found->kind == "p") table.left_out.emplace_back("how it is partitioned");
    if (found->kind == "f") table.left_out.emplace_back("the server it is a foreign table of");
    read_columns(connection, *found, table);
    read_constraints(connection, *found, table);
    read_indexes(connection, *found, table);
    return table;
  }

  std::optional<std::string> view_definition(DriverConnection& connection,
                                             const std::string& schema,
                                             const std::string& name) const override {
    std::optional<Found> found = find(connection, schema, name);
    if (!found || (found->kind != "v" && found->kind != "m")) return std::nullopt;
    return first_column(ask(connection, "SELECT pg_catalog.pg_get_viewdef($1::oid)", {found->oid}))
        .front();
  }

  std::vector<schema::ReflectedEnum> enums(DriverConnection& connection,
                                           const std::string& schema) const override {
    auto row = ask(connection,
                   "SELECT n.nspname::text, t.typname::text, "
                   "pg_catalog.pg_type_is_visible(t.oid), e.enumlabel::text "
                   "FROM pg_catalog.pg_type t "
                   "JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace "
                   "LEFT JOIN pg_catalog.pg_enum e ON e.enumtypid = t.oid "
                   "WHERE t.typtype = 'e' AND ($1 = '*' OR n.nspname = $1 "
                   "OR $1 = '' AND pg_catalog.pg_type_is_visible(t.oid)) "
                   "ORDER BY n.nspname COLLATE \"C\", t.typname COLLATE \"C\", e.enumsortorder",
                   {schema});
    std::vector<schema::ReflectedEnum> list;
    while (row->step()) {
      std::string owner = text_at(*row, 0), name = text_at(*row, 1);
      if (list.empty() || list.back().schema != owner || list.back().name != name)
        list.push_back({std::move(owner), std::move(name), row->column_int(2) != 0, {}});
      if (!row->is_null(3)) list.back().labels.push_back(text_at(*row, 3));
    }
    return list;
  }
};

}  // namespace

const Reflector& postgresql_reflector() {
  static const PostgresqlReflector reflector;
  return reflector;
}

}  // namespace moonbase::dialect::postgresql
