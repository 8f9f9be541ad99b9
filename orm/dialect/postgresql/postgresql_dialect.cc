#include "orm/dialect/postgresql/postgresql_dialect.h"

#include "orm/dialect/postgresql/postgresql_array.h"
#include "orm/dialect/postgresql/postgresql_catalog.h"
#include "orm/dialect/postgresql/postgresql_driver.h"
#include "orm/dialect/postgresql/postgresql_error.h"
#include "orm/dialect/postgresql/postgresql_options.h"
#include "orm/dialect/postgresql/postgresql_reflector.h"

namespace moonbase::dialect::postgresql {

namespace {

using base::Tag;
using base::Value;

Value borrow(const Value& value) {
  return value.is_bytes() ? Value::borrowed(value.tag(), value.as_bytes()) : value;
}

class PostgresqlDialect : public Dialect {
 public:
  const compile::DialectTraits& traits() const override { return postgresql_traits(); }

  void check(const ConnectArguments& arguments) const override { read_options(arguments); }
  std::unique_ptr<driver::DriverConnection> connect(
      const ConnectArguments& arguments) const override {
    return open_database(arguments);
  }
  bool is_single_connection(const ConnectArguments&) const override { return false; }
  std::string display_location(const ConnectArguments& arguments) const override {
    return postgresql::display_location(arguments);
  }

  std::span<const std::string_view> isolation_levels() const override {
    return postgresql::isolation_levels();
  }

  bool errors_spoil_transactions() const override { return true; }

  // Everything travels as it is, but lists, which the core keeps as JSON.
  Value to_driver(const Value& value, const types::Type& type) const override {
    const types::Type& own = type.variant_for("postgresql").impl();
    bool is_list = value.tag() == Tag::kJson && own.base_kind() == types::TypeKind::kArray;
    return is_list ? Value::text(array_literal(value.as_bytes(), *own.item())) : borrow(value);
  }
  // The rows are here by then.
  bool keeps_results_over_commit() const override { return true; }

  std::string explain_prefix(const ExplainOptions& options) const override {
    return options.analyze ? "EXPLAIN (FORMAT JSON, ANALYZE) " : "EXPLAIN (FORMAT JSON) ";
  }
  std::vector<PlanStep> read_plan(std::span<const std::vector<Value>> rows) const override {
    return postgresql::read_plan(rows.empty() ? std::string_view() : rows[0][0].as_bytes());
  }

  bool has_table(driver::DriverConnection& connection, const std::string& schema,
                 const std::string& name) const override {
    return ask(connection,
               "SELECT 1 FROM pg_catalog.pg_class c "
               "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
               "WHERE c.relname = $1 AND c.relkind IN ('r', 'p', 'v', 'm', 'f') "
               "AND (n.nspname = $2 OR $2 = '' AND pg_catalog.pg_table_is_visible(c.oid) "
               "AND n.nspname <> 'pg_catalog')",
               {name, schema})
        ->step();
  }

  std::vector<std::string> table_names(driver::DriverConnection& connection) const override {
    std::unique_ptr<driver::DriverStatement> statement = ask(
        connection,
        "SELECT CASE WHEN n.nspname = current_schema() THEN c.relname::text "
        "ELSE n.nspname || '.' || c.relname END AS name FROM pg_catalog.pg_class c "
        "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
        "WHERE c.relkind IN ('r', 'p', 'f') AND NOT c.relispartition "
        "AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_' "
        "ORDER BY n.nspname <> current_schema(), n.nspname COLLATE \"C\", c.relname COLLATE \"C\"",
        {});
    std::vector<std::string> names;
    while (statement->step()) names.emplace_back(statement->column(0).as_bytes());
    return names;
  }

  TypeState type_state(driver::DriverConnection& connection,
                       const std::string& name) const override {
    std::unique_ptr<driver::DriverStatement> statement =
        ask(connection,
            "SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_attribute a "
            "WHERE a.atttypid IN (t.oid, t.typarray) AND NOT a.attisdropped) "
            "FROM pg_catalog.pg_type t WHERE t.typname = $1 AND t.typtype = 'e' "
            "AND pg_catalog.pg_type_is_visible(t.oid)",
            {name});
    if (!statement->step()) return TypeState::kAbsent;
    return statement->column_int(0) != 0 ? TypeState::kUsed : TypeState::kUnused;
  }
  bool has_sequence(driver::DriverConnection& connection, const std::string& schema,
                    const std::string& name) const override {
    return ask(connection,
               "SELECT 1 FROM pg_catalog.pg_class c "
               "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
               "WHERE c.relkind = 'S' AND c.relname = $1 "
               "AND (n.nspname = $2 OR $2 = '' AND pg_catalog.pg_table_is_visible(c.oid))",
               {name, schema})
        ->step();
  }
  std::optional<Refusal> refusal(const base::Error& error) const override {
    return postgresql::refusal(error);
  }
  const Reflector* reflector() const override { return &postgresql_reflector(); }
};

}  // namespace

const Dialect& postgresql_dialect() {
  static const PostgresqlDialect dialect;
  return dialect;
}

}  // namespace moonbase::dialect::postgresql
