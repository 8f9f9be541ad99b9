#include "orm/dialect/sqlite/sqlite_reflector.h"

#include <algorithm>
#include <initializer_list>
#include <utility>

#include <fmt/format.h>

#include "orm/base/text.h"
#include "orm/dialect/sqlite/sqlite_create_text.h"
#include "orm/dialect/sqlite/sqlite_dialect.h"
#include "orm/types/registry.h"

namespace moonbase::dialect::sqlite {

namespace {

using base::Tag;
using base::Value;
using driver::DriverConnection;
using driver::DriverStatement;
using schema::ReflectedTable;

std::string quoted(std::string_view name) { return compile::force_quote(sqlite_traits(), name); }

std::unique_ptr<DriverStatement> ask(DriverConnection& connection, std::string_view sql,
                                     std::initializer_list<std::string_view> parameters = {}) {
  std::unique_ptr<DriverStatement> statement = connection.prepare(sql);
  int i = 0;
  for (std::string_view text : parameters) statement->bind(i++, Value::borrowed(Tag::kText, text));
  return statement;
}

std::string text_at(const DriverStatement& row, int column) {
  return row.is_null(column) ? std::string() : std::string(row.column(column).as_bytes());
}

std::vector<std::string> first_column(std::unique_ptr<DriverStatement> statement) {
  std::vector<std::string> list;
  while (statement->step()) list.push_back(text_at(*statement, 0));
  return list;
}

bool same_names(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), base::equal_ignoring_case);
}

// SQLite takes any words for a type, and goes by what they contain. A column may have no type, too:
// that is another object than the one which says that a program forgot to give one.
types::TypePtr type_of(std::string_view text) {
  types::TypePtr known = types::parse_sql_type(text);
  if (text.empty()) return types::make(types::TypeSpec(known->spec()));
  if (known->base_kind() != types::TypeKind::kNull) return known;
  static constexpr std::pair<std::string_view, types::TypeKind> kAffinities[] = {
      {"INT", types::TypeKind::kBigInteger},   {"CHAR", types::TypeKind::kText},
      {"CLOB", types::TypeKind::kText},        {"TEXT", types::TypeKind::kText},
      {"BLOB", types::TypeKind::kLargeBinary}, {"REAL", types::TypeKind::kDouble},
      {"FLOA", types::TypeKind::kDouble},      {"DOUB", types::TypeKind::kDouble}};
  const std::string upper = base::upper(text);
  for (const auto& [part, kind] : kAffinities) {
    if (upper.find(part) == std::string::npos) continue;
    types::TypeSpec spec = known->spec();
    spec.base_kind = kind;
    return types::make(std::move(spec));
  }
  return known;
}

// A table or view where it was found. SQLite compares names without case; `name` is its own.
struct Found {
  std::string schema, name, sql;
  bool is_view;
};

// Asks for what belongs to one table and puts it together.
class TableReader {
 public:
  TableReader(DriverConnection& connection, Found found)
      : connection_(connection), found_(std::move(found)), text_(read_create_table(found_.sql)) {}

  ReflectedTable read(const std::string& asked_schema) {
    table_.schema = asked_schema;
    table_.name = found_.name;
    table_.is_view = found_.is_view;
    table_.is_temporary = found_.schema == "temp";
    read_columns();
    read_indexes();
    read_foreign_keys();
    for (const CreateTableText::Check& check : text_.checks)
      table_.checks.push_back({check.name, {check.condition, {}}, !check.name.empty()});
    if (!found_.is_view && text_.columns.empty())
      table_.left_out.emplace_back("the module of a virtual table");
    if (text_.has_conflict_clause) table_.left_out.emplace_back("ON CONFLICT of a constraint");
    if (text_.autoincrement) table_.options["sqlite_autoincrement"] = "true";
    if (text_.without_rowid) table_.options["sqlite_with_rowid"] = "false";
    if (text_.strict) table_.options["sqlite_strict"] = "true";
    return std::move(table_);
  }

 private:
  std::unique_ptr<DriverStatement> pragma(std::string_view name, std::string_view argument) {
    return ask(connection_,
               fmt::format("PRAGMA {}.{}({})", quoted(found_.schema), name, quoted(argument)));
  }

  const CreateTableText::Column* written(std::string_view name) const {
    auto same = [&](const auto& column) { return base::equal_ignoring_case(column.name, name); };
    auto it = std::find_if(text_.columns.begin(), text_.columns.end(), same);
    return it == text_.columns.end() ? nullptr : &*it;
  }

  void read_columns() {
    // Columns: cid, name, type, notnull, dflt_value, pk, hidden.
    std::vector<std::pair<int64_t, std::string>> key;
    constexpr int64_t kHidden = 1, kVirtual = 2, kStored = 3;
    auto row = pragma("table_xinfo", found_.name);
    while (row->step()) {
      const int64_t hidden = row->column_int(6);
      if (hidden == kHidden) continue;
      schema::ReflectedColumn column;
      column.name = text_at(*row, 1);
      const CreateTableText::Column* text = written(column.name);
      read_type(column, text_at(*row, 2), text);
      column.nullable = row->column_int(3) == 0;
      if (!row->is_null(4)) column.default_text = text_at(*row, 4);
      if (row->column_int(5) > 0) key.emplace_back(row->column_int(5), column.name);
      if (hidden == kVirtual || hidden == kStored) {
        column.computed = {text == nullptr ? std::string() : text->computed, hidden == kStored};
      }
      table_.columns.push_back(std::move(column));
    }
    std::sort(key.begin(), key.end());
    table_.primary_key.name = text_.primary_key_name;
    table_.primary_key.name_is_final = !text_.primary_key_name.empty();
    for (auto& [position, name] : key) table_.primary_key.columns.push_back(std::move(name));
    mark_rowid();
  }

  static void read_type(schema::ReflectedColumn& column, std::string text,
                        const CreateTableText::Column* written) {
    column.type_text = std::move(text);
    column.type = type_of(column.type_text);
    column.is_known_type =
        column.type_text.empty() || column.type->base_kind() != types::TypeKind::kNull;
    if (written == nullptr || written->collation.empty()) return;
    types::TypeSpec spec = column.type->spec();
    spec.collation = written->collation;
    column.type = types::make(std::move(spec));
  }

  // An INTEGER PRIMARY KEY is the number of the row, which SQLite counts up.
  void mark_rowid() {
    if (table_.primary_key.columns.size() != 1 || text_.without_rowid) return;
    for (schema::ReflectedColumn& column : table_.columns) {
      if (column.name != table_.primary_key.columns.front()) continue;
      const CreateTableText::Column* text = written(column.name);
      column.autoincrement = base::equal_ignoring_case(column.type_text, "INTEGER") &&
                             (text == nullptr || !text->descending_key);
    }
  }

  void read_indexes() {
    // Columns: seq, name, unique, origin, partial; the newest first.
    struct Row {
      std::string name, origin;
      bool unique;
    };
    std::vector<Row> rows;
    auto row = pragma("index_list", found_.name);
    while (row->step())
      rows.push_back({text_at(*row, 1), text_at(*row, 3), row->column_int(2) != 0});
    std::reverse(rows.begin(), rows.end());
    for (const Row& index : rows) {
      if (index.origin == "u") read_unique(index.name);
      if (index.origin == "c") read_index(index.name, index.unique);
    }
    std::sort(table_.indexes.begin(), table_.indexes.end(),
              [](const auto& a, const auto& b) { return a.index.name < b.index.name; });
  }

  void read_unique(const std::string& index) {
    schema::UniqueConstraint unique;
    auto row = pragma("index_info", index);  // seqno, cid, name
    while (row->step()) unique.columns.push_back(text_at(*row, 2));
    for (const CreateTableText::Unique& text : text_.uniques) {
      if (same_names(text.columns, unique.columns)) unique.name = text.name;
    }
    unique.name_is_final = !unique.name.empty();
    table_.uniques.push_back(std::move(unique));
  }

  void read_index(const std::string& name, bool unique) {
    auto statement = ask(connection_,
                         fmt::format("SELECT sql FROM {}.sqlite_master WHERE type = 'index' "
                                     "AND name = ?",
                                     quoted(found_.schema)),
                         {name});
    const CreateIndexText text =
        read_create_index(statement->step() ? text_at(*statement, 0) : std::string());
    schema::Index index;
    index.name = name;
    index.name_is_final = true;
    index.unique = unique;
    if (!text.where.empty()) index.where = schema::SqlFragment{text.where, {}};
    auto row = pragma("index_xinfo", name);  // seqno, cid, name, desc, coll, key
    for (size_t i = 0; row->step() && row->column_int(5) != 0; ++i) {
      schema::IndexPart part;
      part.descending = row->column_int(3) != 0;
      if (i < text.parts.size() && (row->column_int(1) < 0 || !text.parts[i].is_name)) {
        part.expression.text = text.parts[i].text;
      } else {
        part.column = text_at(*row, 2);
      }
      index.parts.push_back(std::move(part));
    }
    table_.indexes.push_back({std::move(index), {}});
  }

  void read_foreign_keys() {
    // Columns: id, seq, table, from, to, on_update, on_delete, match; the last declared is 0.
    auto row = pragma("foreign_key_list", found_.name);
    int64_t last_id = -1;
    while (row->step()) {
      if (row->column_int(0) != last_id) {
        last_id = row->column_int(0);
        schema::ReflectedForeignKey key;
        key.referred_schema = table_.schema;
        key.referred_table = text_at(*row, 2);
        key.onupdate = action(text_at(*row, 5));
        key.ondelete = action(text_at(*row, 6));
        table_.foreign_keys.push_back(std::move(key));
      }
      schema::ReflectedForeignKey& key = table_.foreign_keys.back();
      key.columns.push_back(text_at(*row, 3));
      if (!row->is_null(4)) key.referred_columns.push_back(text_at(*row, 4));
    }
    std::reverse(table_.foreign_keys.begin(), table_.foreign_keys.end());
    for (schema::ReflectedForeignKey& key : table_.foreign_keys) refer_to_key(key);
    take_written_keys();
  }

  static std::string action(std::string text) { return text == "NO ACTION" ? "" : text; }

  // REFERENCES other, without columns, means its primary key.
  void refer_to_key(schema::ReflectedForeignKey& key) {
    if (!key.referred_columns.empty()) return;
    std::vector<std::pair<int64_t, std::string>> columns;
    auto row = pragma("table_info", key.referred_table);
    while (row->step()) {
      if (row->column_int(5) > 0) columns.emplace_back(row->column_int(5), text_at(*row, 1));
    }
    std::sort(columns.begin(), columns.end());
    for (auto& [position, name] : columns) key.referred_columns.push_back(std::move(name));
    // Of a table that is not there, or not with such a key, nothing better is known.
    if (key.referred_columns.size() != key.columns.size()) key.referred_columns = key.columns;
  }

  // The names and deferrals, which only the text has. Both lists are in the order of declaration.
  void take_written_keys() {
    if (text_.foreign_keys.size() != table_.foreign_keys.size()) return;
    for (size_t i = 0; i < text_.foreign_keys.size(); ++i) {
      const CreateTableText::ForeignKey& text = text_.foreign_keys[i];
      schema::ReflectedForeignKey& key = table_.foreign_keys[i];
      if (!same_names(text.columns, key.columns)) continue;
      key.name = text.name;
      key.match = text.match;
      key.deferrable = text.deferrable;
      key.initially = text.initially;
    }
  }

  DriverConnection& connection_;
  Found found_;
  CreateTableText text_;
  ReflectedTable table_;
};

class SqliteReflector : public Reflector {
 public:
  std::string default_schema(DriverConnection&) const override { return "main"; }

  // "temp" holds what no other connection sees, and counts as none.
  std::vector<std::string> schema_names(DriverConnection& connection) const override {
    return first_column(
        ask(connection, "SELECT name FROM pragma_database_list WHERE name <> 'temp' ORDER BY seq"));
  }

  std::vector<std::string> names(DriverConnection& connection, RelationKind kind,
                                 const std::string& schema) const override {
    if (kind == RelationKind::kSequence || kind == RelationKind::kMaterializedView) return {};
    const bool is_temporary =
        kind == RelationKind::kTemporaryTable || kind == RelationKind::kTemporaryView;
    const bool is_view = kind == RelationKind::kView || kind == RelationKind::kTemporaryView;
    const std::string where = is_temporary ? "temp" : schema.empty() ? "main" : schema;
    if (!has_schema(connection, where)) return {};
    return first_column(ask(connection,
                            fmt::format("SELECT name FROM {}.sqlite_master WHERE type = ? "
                                        "AND name NOT LIKE 'sqlite~_%' ESCAPE '~' ORDER BY name",
                                        quoted(where)),
                            {is_view ? "view" : "table"}));
  }

  std::optional<ReflectedTable> table(DriverConnection& connection, const std::string& schema,
                                      const std::string& name) const override {
    std::optional<Found> found = find(connection, schema, name);
    if (!found) return std::nullopt;
    return TableReader(connection, std::move(*found)).read(schema);
  }

  std::optional<std::string> view_definition(DriverConnection& connection,
                                             const std::string& schema,
                                             const std::string& name) const override {
    std::optional<Found> found = find(connection, schema, name);
    if (!found || !found->is_view) return std::nullopt;
    return std::move(found->sql);
  }

 private:
  static bool has_schema(DriverConnection& connection, const std::string& schema) {
    return ask(connection, "SELECT 1 FROM pragma_database_list WHERE name = ? COLLATE NOCASE",
               {schema})
        ->step();
  }

  // A name without a schema means the temporary table first, as in SQLite's own statements.
  static std::optional<Found> find(DriverConnection& connection, const std::string& schema,
                                   const std::string& name) {
    std::vector<std::string> places{schema};
    if (schema.empty()) places = {"temp", "main"};
    for (const std::string& place : places) {
      if (!has_schema(connection, place)) continue;
      auto row = ask(connection,
                     fmt::format("SELECT name, sql, type = 'view' FROM {}.sqlite_master "
                                 "WHERE type IN ('table', 'view') AND name = ? COLLATE NOCASE",
                                 quoted(place)),
                     {name});
      if (row->step())
        return Found{place, text_at(*row, 0), text_at(*row, 1), row->column_int(2) != 0};
    }
    return std::nullopt;
  }
};

}  // namespace

const Reflector& sqlite_reflector() {
  static const SqliteReflector reflector;
  return reflector;
}

}  // namespace moonbase::dialect::sqlite
