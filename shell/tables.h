// How the shell shows rows: show(), SQL at the prompt, and the settings of :format, :output, :table
// and :all. One object of a Lua state, `tables(L)`; its thread only. It is of use once it knows the
// screen. Functions of Lua are called in protected mode by those who call them; errors of a
// statement or of an iterator pass through.
#pragma once

#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bindings/context.h"
#include "bindings/lua_api.h"
#include "shell/screen.h"
#include "shell/table/table.h"

namespace moonbase::shell {

class Tables {
 public:
  void attach(const Screen& screen) { screen_ = &screen; }
  const Screen& screen() const { return *screen_; }

  // --- settings ---
  TableFormat format() const { return format_; }
  void set_format(TableFormat format) { format_ = format; }
  // Tables go to this file, all rows of them, until the next call; the empty name is the screen.
  // The file is made anew by the first table. A name that ends in .csv, .json or .md says the
  // format, too.
  void set_output(std::string path);
  const std::string& output() const { return output_; }
  // Whether lists of objects or rows that an input gives are shown as tables.
  bool automatic() const { return automatic_; }
  void set_automatic(bool on) { automatic_ = on; }

  // --- drawing ---
  // Gives the cells of the next row; false at the end.
  using NextRow = std::function<bool(TableRow& row)>;
  // Reads the rows to their end and shows them; all of them, if `all`. Throws what `next` throws
  // and base::Error for a file that cannot be written.
  void draw(std::vector<TableColumn> columns, const NextRow& next, bool all);

 private:
  TableOptions options(bool all) const;

  const Screen* screen_ = nullptr;
  TableFormat format_ = TableFormat::kTable;
  std::string output_;
  bool output_begun_ = false;
  bool automatic_ = false;
};

Tables& tables(lua_State* L);

// Gives the modules of Lua what is written here: show(), sql[[…]]. Throws bindings::ScriptError.
void install_tables(lua_State* L, const Screen& screen);

// Runs a statement of SQL on the connection of db.session, after a flush, and shows its rows or
// what it did. Throws bindings::ScriptError.
void run_sql(lua_State* L, std::string_view sql);
// Shows the rows of what was shown last, all of them. False when nothing was. Throws
// bindings::ScriptError.
bool show_all(lua_State* L);
// Shows the value at `index` as a table if it is a list of objects or rows, or a query; else does
// nothing and returns false. Throws bindings::ScriptError.
bool show_if_rows(lua_State* L, int index);

}  // namespace moonbase::shell
