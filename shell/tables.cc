#include "shell/tables.h"

#include "bindings/call.h"
#include "bindings/guard.h"
#include "bindings/interrupt.h"
#include "bindings/lua_decimal.h"
#include "bindings/lua_json.h"
#include "bindings/lua_session.h"
#include "bindings/orm_area.h"
#include "bindings/stack.h"
#include "orm/base/error.h"
#include "orm/engine/connection.h"
#include "shell/fold.h"
#include "shell/module.h"
#include "shell/pager.h"
#include "shell/printer.h"

namespace moonbase::shell {
namespace {

using base::Error;
using base::ErrorKind;

constexpr size_t kShownRows = 40;

std::string text_at(lua_State* L, int index) {
  return std::string(bindings::check_string(L, index));
}

// A table as JSON, where it is that.
Cell table_cell(lua_State* L, int index) {
  try {
    return {Cell::Kind::kJson, bindings::to_json(L, index)};
  } catch (const Error&) {
    return {Cell::Kind::kText, Printer(L).text(index)};
  }
}

Cell cell_at(lua_State* L, int index) {
  if (bindings::is_nil_or_null(L, index)) return {};
  switch (lua_type(L, index)) {
    case LUA_TBOOLEAN:
      return {Cell::Kind::kBoolean, lua_toboolean(L, index) != 0 ? "true" : "false"};
    case LUA_TNUMBER: {
      lua_pushvalue(L, index);
      Cell cell{Cell::Kind::kNumber, lua_tostring(L, -1)};
      lua_pop(L, 1);
      return cell;
    }
    case LUA_TSTRING:
      return {Cell::Kind::kText, text_at(L, index)};
    case LUA_TTABLE:
      return table_cell(L, index);
    default:
      break;
  }
  if (auto decimal = bindings::test_decimal(L, index))
    return {Cell::Kind::kNumber, std::string(*decimal)};
  return {Cell::Kind::kText, Printer(L).text(index)};
}

// draw(next, names, types, all): next() gives a list of cells, or nil at the end.
int lua_draw(lua_State* L) {
  lua_settop(L, 4);
  std::vector<TableColumn> columns;
  std::vector<std::string> types = bindings::check_strings(L, 3);
  for (std::string& name : bindings::check_strings(L, 2)) {
    std::string type = columns.size() < types.size() ? types[columns.size()] : "";
    columns.push_back({std::move(name), std::move(type)});
  }
  auto count = static_cast<lua_Integer>(columns.size());
  auto next = [L, count](TableRow& row) {
    lua_pushvalue(L, 1);
    lua_call(L, 0, 1);
    bool more = !lua_isnil(L, -1);
    for (lua_Integer i = 1; more && i <= count; ++i) {
      lua_geti(L, -1, i);
      row.push_back(cell_at(L, lua_gettop(L)));
      lua_pop(L, 1);
    }
    lua_pop(L, 1);
    return more;
  };
  tables(L).draw(std::move(columns), next, lua_toboolean(L, 4) != 0);
  return 0;
}

// The type as it was declared in the database; empty where the database does not say.
std::string type_text(const engine::Cursor& cursor, int column) {
  const auto& type = cursor.columns()[static_cast<size_t>(column)].type;
  if (type != nullptr && type->kind() != types::TypeKind::kNull) return type->repr();
  return cursor.statement().column_info(column).declared_type;
}

std::string done(int64_t changed) {
  return changed < 0 ? "done" : count_rows(static_cast<size_t>(changed)) + " changed";
}

void draw_cursor(lua_State* L, engine::Cursor& cursor, bool all) {
  std::vector<TableColumn> columns;
  for (int i = 0; i < cursor.column_count(); ++i)
    columns.push_back({cursor.columns()[static_cast<size_t>(i)].name, type_text(cursor, i)});
  auto next = [L, &cursor](TableRow& row) {
    bindings::check_interrupt(L);
    if (!cursor.next()) return false;
    for (int i = 0; i < cursor.column_count(); ++i) {
      bindings::push_value(L, cursor.value(i), cursor.columns()[static_cast<size_t>(i)].type.get());
      row.push_back(cell_at(L, lua_gettop(L)));
      lua_pop(L, 1);
    }
    return true;
  };
  tables(L).draw(std::move(columns), next, all);
}

// run_sql(text, all): what it did, as text, or nil when it has drawn rows; and whether running it
// again changes nothing.
int lua_run_sql(lua_State* L) {
  lua_settop(L, 2);
  std::string_view sql = bindings::check_string(L, 1);
  const bindings::DatabasePtr& database = bindings::orm_area(L).current;
  if (!database || database->session.empty())
    throw Error(ErrorKind::kInvalidRequestError, "there is no database to run SQL on")
        .with_hint("Write in app.lua: db = moonbase.Database(app)");
  bindings::push_session_of_database(L, *database);
  session::Session& session = bindings::check_session(L, -1);
  session.before_execute(true);
  engine::Connection& connection = session.connection(nullptr);
  engine::Cursor cursor = connection.execute_sql(sql);
  if (!cursor.returns_rows()) {
    bindings::push_string(L, done(cursor.rowcount()));
    return 1;
  }
  bool only_reads = !cursor.statement().is_write();
  draw_cursor(L, cursor, lua_toboolean(L, 2) != 0);
  lua_pushnil(L);
  lua_pushboolean(L, only_reads ? 1 : 0);
  return 2;
}

// printable(text): fit for a terminal, line ends kept.
int lua_printable(lua_State* L) {
  bindings::push_string(L, printable(bindings::check_string(L, 1), true));
  return 1;
}

// folded(text): for reading, with the width of the terminal.
int lua_folded(lua_State* L) {
  const std::string text = printable(bindings::check_string(L, 1), true);
  bindings::push_string(L, folded(text, tables(L).screen().fold_width()));
  return 1;
}

// fold_width(): the columns of the terminal, 0 for none.
int lua_fold_width(lua_State* L) {
  lua_pushinteger(L, static_cast<lua_Integer>(tables(L).screen().fold_width()));
  return 1;
}

// Calls a function of the module moonbase.show with the `nargs` values on the top.
void call_show(lua_State* L, const char* function, int nargs, int nresults) {
  push_module_function(L, "moonbase.show", function);
  lua_insert(L, -1 - nargs);
  bindings::call_lua(L, nargs, nresults);
}

bool take_boolean(lua_State* L) {
  bool value = lua_toboolean(L, -1) != 0;
  lua_pop(L, 1);
  return value;
}

}  // namespace

void Tables::set_output(std::string path) {
  output_ = std::move(path);
  output_begun_ = false;
}

TableOptions Tables::options(bool all) const {
  TableOptions options{.format = format_,
                       .width = screen_->width(),
                       .max_rows = all ? 0 : kShownRows,
                       .colours = screen_->colours()};
  if (output_.empty()) return options;
  options.max_rows = 0;
  options.colours = false;
  options.for_screen = false;
  if (output_.ends_with(".csv")) options.format = TableFormat::kCsv;
  if (output_.ends_with(".json")) options.format = TableFormat::kJson;
  if (output_.ends_with(".md")) options.format = TableFormat::kMarkdown;
  return options;
}

void Tables::draw(std::vector<TableColumn> columns, const NextRow& next, bool all) {
  TableOutput output(*screen_, output_, output_begun_);
  auto writer = make_table_writer(std::move(columns), options(all),
                                  [&output](std::string_view line) { return output.line(line); });
  size_t count = 0;
  bool wanted = true;
  for (TableRow row; wanted && next(row); row = {}) {
    wanted = writer->row(std::move(row));
    ++count;
  }
  if (wanted) writer->finish();
  output.close();
  if (output_.empty()) return;
  output_begun_ = true;
  screen_->remark(count_rows(count) + " written to " + printable(output_, false));
}

Tables& tables(lua_State* L) { return bindings::Context::of(L).area<Tables>(); }

void install_tables(lua_State* L, const Screen& screen) {
  tables(L).attach(screen);
  lua_pushcfunction(L, bindings::guarded<lua_draw>);
  lua_pushcfunction(L, bindings::guarded<lua_run_sql>);
  lua_pushcfunction(L, bindings::guarded<lua_printable>);
  lua_pushcfunction(L, bindings::guarded<lua_folded>);
  lua_pushcfunction(L, bindings::guarded<lua_fold_width>);
  call_show(L, "install", 5, 0);
}

void run_sql(lua_State* L, std::string_view sql) {
  bindings::push_string(L, sql);
  call_show(L, "sql", 1, 0);
}

bool show_all(lua_State* L) {
  call_show(L, "all", 0, 1);
  return take_boolean(L);
}

bool show_if_rows(lua_State* L, int index) {
  lua_pushvalue(L, index);
  call_show(L, "if_rows", 1, 1);
  return take_boolean(L);
}

}  // namespace moonbase::shell
