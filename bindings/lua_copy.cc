#include "bindings/lua_copy.h"

#include <cctype>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <utility>

#include <unistd.h>

#include "bindings/hooks.h"
#include "bindings/interrupt.h"
#include "bindings/lua_model.h"
#include "bindings/lua_query.h"
#include "bindings/query_box.h"
#include "bindings/query_stream.h"
#include "bindings/stack.h"
#include "orm/base/delimited.h"
#include "orm/base/error.h"
#include "orm/base/text.h"
#include "orm/types/text_form.h"

namespace moonbase::bindings {

namespace {

using base::DelimitedOptions;
using base::DelimitedReader;
using base::Error;
using base::ErrorKind;
using mapper::Mapper;

// A program hears how far it is that often, and an interrupt is looked for.
constexpr int64_t kProgressRows = 10'000, kInterruptRows = 1'000;
constexpr size_t kPiece = 1 << 16;

enum class Header : uint8_t { kNone, kNames, kMatch };

struct CopyOptions {
  DelimitedOptions form;
  Header header = Header::kNone;
  std::vector<std::string> columns;
};

char take_character(Kwargs& kw, std::string_view name, char fallback) {
  const std::optional<std::string> text = kw.take_string(name);
  if (!text) return fallback;
  if (text->size() == 1 && *text != "\n" && *text != "\r") return (*text)[0];
  throw Error(ErrorKind::kArgumentError, std::string(name) + " is one character of one byte, not " +
                                             base::quote_for_message(*text));
}

// What could not be read back, as PostgreSQL's COPY refuses it.
void check_form(const DelimitedOptions& form, const char* function) {
  const auto refuse = [&](const char* why) {
    throw Error(ErrorKind::kArgumentError, std::string(function) + ": " + why);
  };
  if (form.is_csv && form.delimiter == form.quote)
    refuse("delimiter and quote are the same character");
  if (!form.is_csv && (form.delimiter == '\\' || form.delimiter == '.' ||
                       std::islower(static_cast<unsigned char>(form.delimiter)) != 0 ||
                       std::isdigit(static_cast<unsigned char>(form.delimiter)) != 0))
    refuse("the delimiter of format = 'text' is no backslash, dot, small letter or digit");
  if (form.null.find(form.delimiter) != std::string::npos) refuse("null holds the delimiter");
  if (form.null.find_first_of("\n\r") != std::string::npos) refuse("null holds an end of line");
  if (form.is_csv && form.null.find(form.quote) != std::string::npos)
    refuse("null holds the quote");
}

// The options at index 3, named as those of PostgreSQL's COPY; leaves what `progress` says at index
// 4: a function, true for a line on standard error, or nil. A person at a terminal gets the line
// without asking.
CopyOptions take_options(lua_State* L, const char* function) {
  CopyOptions options;
  lua_settop(L, 3);
  if (lua_isnil(L, 3)) {
    lua_newtable(L);
    lua_replace(L, 3);
  }
  check_table(L, 3);
  Kwargs kw(L, 3, function);
  const std::string format = kw.take_string("format").value_or("csv");
  if (format != "csv" && format != "text")
    throw Error(ErrorKind::kArgumentError, std::string(function) +
                                               ": format is 'csv' or 'text', not " +
                                               base::quote_for_message(format));
  DelimitedOptions& form = options.form;
  form = format == "csv" ? DelimitedOptions::csv() : DelimitedOptions::text();
  form.delimiter = take_character(kw, "delimiter", form.delimiter);
  form.quote = take_character(kw, "quote", form.quote);
  form.escape = take_character(kw, "escape", form.quote);
  if (std::optional<std::string> null = kw.take_string("null")) form.null = *null;
  check_form(form, function);
  if (kw.take("header")) {
    if (lua_type(L, -1) == LUA_TSTRING && check_string(L, -1) == "match")
      options.header = Header::kMatch;
    else if (lua_isboolean(L, -1))
      options.header = lua_toboolean(L, -1) != 0 ? Header::kNames : Header::kNone;
    else
      kw.throw_keyword("header", "true, false or 'match'", lua_gettop(L));
  }
  options.columns = kw.take_strings("columns");
  if (!kw.take("progress")) {
    if (Context::of(L).area<Hooks>().interactive && isatty(STDERR_FILENO) != 0)
      lua_pushboolean(L, 1);
    else
      lua_pushnil(L);
  }
  if (!lua_isnil(L, -1) && !lua_isboolean(L, -1) && !is_callable(L, -1))
    kw.throw_keyword("progress", "true, false or a function(rows, bytes)", lua_gettop(L));
  const int progress = lua_gettop(L);
  kw.finish();
  if (progress != 4) lua_replace(L, 4);
  lua_settop(L, 4);
  return options;
}

// "120,000 rows, 4.5 MB": on a terminal one line that is written over, and gone at the end.
class ProgressLine {
 public:
  ProgressLine() = default;
  ~ProgressLine() {
    if (is_shown_ && is_terminal_) std::fputs("\r\x1b[K", stderr);
  }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  void show(int64_t rows, int64_t bytes) {
    std::string text = std::to_string(rows);
    for (size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, ",");
    text += rows == 1 ? " row, " : " rows, ";
    constexpr double kMega = 1e6;
    char size[40];
    if (static_cast<double>(bytes) < kMega)
      std::snprintf(size, sizeof size, "%.1f kB", static_cast<double>(bytes) / 1000);
    else
      std::snprintf(size, sizeof size, "%.1f MB", static_cast<double>(bytes) / kMega);
    text = (is_terminal_ ? "\r" : "") + text + size + (is_terminal_ ? "\x1b[K" : "\n");
    std::fputs(text.c_str(), stderr);
    std::fflush(stderr);
    is_shown_ = true;
  }

 private:
  bool is_shown_ = false;
  const bool is_terminal_ = isatty(STDERR_FILENO) != 0;
};

void tell_progress(lua_State* L, ProgressLine& line, int64_t rows, int64_t bytes) {
  if (lua_isboolean(L, 4)) {
    if (lua_toboolean(L, 4) != 0) line.show(rows, bytes);
    return;
  }
  if (lua_isnil(L, 4)) return;
  lua_pushvalue(L, 4);
  lua_pushinteger(L, rows);
  lua_pushinteger(L, bytes);
  lua_call(L, 2, 0);
}

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

[[noreturn]] void refuse_file(const std::string& path, const char* doing) {
  throw Error(ErrorKind::kOperationalError, std::string("cannot ") + doing + " " +
                                                base::quote_for_message(path) + ": " +
                                                std::strerror(errno));
}

File open_file(const std::string& path, const char* mode) {
  File file(std::fopen(path.c_str(), mode));
  if (!file) refuse_file(path, *mode == 'r' ? "read" : "write");
  return file;
}

// A file named by the program, or one of io.open, which the program may close at any time.
class Stream {
 public:
  // The value at index 2; `suffix` and `mode` of a path.
  Stream(lua_State* L, const char* suffix, const char* mode) {
    if (lua_type(L, 2) == LUA_TSTRING) {
      path_ = check_string(L, 2);
      if (path_.find('\0') != std::string::npos)
        throw Error(ErrorKind::kValueError, "a path cannot hold a NUL byte");
      own_ = open_file(path_ + suffix, mode);
    } else {
      given_ = static_cast<const luaL_Stream*>(luaL_testudata(L, 2, LUA_FILEHANDLE));
      if (given_ != nullptr) file();
    }
  }
  bool is_file() const { return own_ || given_ != nullptr; }
  std::FILE* file() const {
    if (own_) return own_.get();
    if (given_->closef == nullptr) throw Error(ErrorKind::kValueError, "the file is closed");
    return given_->f;
  }
  const std::string& path() const { return path_; }  // empty for one of io.open
  bool is_own() const { return own_ != nullptr; }
  void close() { own_.reset(); }

 private:
  std::string path_;
  File own_;
  const luaL_Stream* given_ = nullptr;  // on the stack at 2
};

// ---- from a file ----

// Pieces of what is at index 2: a path, a file, or an iterator of lines.
class Pieces {
 public:
  explicit Pieces(lua_State* L) : L_(L), stream_(L, "", "rb") {
    if (!stream_.is_file() && !is_callable(L, 2))
      throw Error(ErrorKind::kTypeError,
                  "copy_from takes the path of a file, a file of io.open or an iterator of lines, "
                  "got " +
                      type_name_of(L, 2));
  }

  std::string_view next() {
    std::string_view piece = stream_.is_file() ? next_piece() : next_line();
    // What some programs begin their files with.
    constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
    if (std::exchange(is_first_, false) && piece.starts_with(kByteOrderMark))
      piece.remove_prefix(kByteOrderMark.size());
    return piece;
  }

 private:
  std::string_view next_piece() {
    std::FILE* file = stream_.file();
    piece_.resize(kPiece);
    piece_.resize(std::fread(piece_.data(), 1, kPiece, file));
    if (piece_.empty() && std::ferror(file) != 0) refuse_file(stream_.path(), "read");
    return piece_;
  }

  std::string_view next_line() {
    lua_pushvalue(L_, 2);
    lua_call(L_, 0, 1);
    if (!lua_isnil(L_, -1) && lua_type(L_, -1) != LUA_TSTRING)
      throw Error(ErrorKind::kTypeError,
                  "copy_from: the iterator gives lines of text, and gave " + type_name_of(L_, -1))
          .with_hint("db.session:bulk_insert(class, iterator) takes rows");
    piece_ = lua_isnil(L_, -1) ? std::string() : std::string(check_string(L_, -1)) + "\n";
    if (piece_.ends_with("\n\n")) piece_.pop_back();
    lua_pop(L_, 1);
    return piece_;
  }

  lua_State* L_;
  Stream stream_;
  std::string piece_;
  bool is_first_ = true;
};

// By the column's own name, as a file from elsewhere has it, or by the attribute's.
int slot_of(const Mapper& m, const std::string& name) {
  if (const schema::Column* column = m.table()->find_column(name); column != nullptr)
    if (const int slot = m.slot_of(*column); slot >= 0) return slot;
  const int slot = m.attribute(name).slot;
  if (m.column(slot) == nullptr)
    throw Error(ErrorKind::kArgumentError,
                m.name() + "." + name + " is a relationship: files hold columns");
  return slot;
}

std::string line_context(const DelimitedReader& reader) {
  return "line " + std::to_string(reader.line());
}

// Which column each field is for: as `columns` says, else the header, else all in their order.
std::vector<int> read_header(const Mapper& m, CopyOptions& options, DelimitedReader& reader) {
  std::vector<std::string> said;
  std::vector<DelimitedReader::Field> row;
  if (options.header != Header::kNone && reader.next(row))
    for (const DelimitedReader::Field& field : row) said.push_back(field.value_or(""));
  std::vector<int> slots;
  if (options.columns.empty() && options.header == Header::kNames) options.columns = said;
  for (const std::string& name : options.columns) slots.push_back(slot_of(m, name));
  if (options.columns.empty()) {
    for (int slot : m.column_slots()) {
      if (m.column(slot)->computed) continue;
      slots.push_back(slot);
      options.columns.push_back(m.column(slot)->name);
    }
  }
  if (options.header == Header::kMatch && said != options.columns)
    throw Error(ErrorKind::kDataError, "the header of the file is " + base::join(said, ", ") +
                                           ", and the columns are " +
                                           base::join(options.columns, ", "));
  return slots;
}

void read_values(const Mapper& m, const std::vector<int>& slots, const DelimitedReader& reader,
                 const std::vector<DelimitedReader::Field>& fields,
                 std::vector<base::Value>& values) {
  if (fields.size() != slots.size())
    throw Error(ErrorKind::kDataError, line_context(reader) + " has " +
                                           std::to_string(fields.size()) + " fields for " +
                                           std::to_string(slots.size()) + " columns")
        .with_hint("columns = {…} names those that the file has, delimiter = what parts them");
  for (size_t k = 0; k < slots.size(); ++k) {
    if (!fields[k]) {
      values[k] = base::Value();
      continue;
    }
    try {
      values[k] = types::from_text_form(*fields[k], *m.type(slots[k]));
    } catch (const Error& error) {
      throw Error(ErrorKind::kDataError, line_context(reader) + ", column '" +
                                             m.column(slots[k])->name + "': " + error.message());
    }
  }
}

}  // namespace

// Class:copy_from(source[, options])
int model_copy_from(lua_State* L) {
  const Mapper& m = check_model(L, 1);
  CopyOptions options = take_options(L, "copy_from");
  push_model_query(L, m);
  session::Session& session = session_of(check_box<QueryBox>(L, 5));
  session.registry().configure_what_can_be();
  Pieces pieces(L);
  DelimitedReader reader(options.form, [&pieces] { return pieces.next(); });
  const std::vector<int> slots = read_header(m, options, reader);
  std::vector<DelimitedReader::Field> fields;
  int64_t rows = 0;
  ProgressLine line;
  const int64_t count = session.bulk_insert(m, slots, [&](std::vector<base::Value>& values) {
    if (!reader.next(fields)) return false;
    read_values(m, slots, reader, fields, values);
    if (++rows % kInterruptRows == 0) check_interrupt(L);
    if (rows % kProgressRows == 0) tell_progress(L, line, rows, reader.bytes());
    return true;
  });
  if (rows % kProgressRows != 0) tell_progress(L, line, rows, reader.bytes());
  lua_pushinteger(L, count);
  return 1;
}

// ---- to a file ----

namespace {

// Where the text goes: a path, whose file is there when it is complete, a file, or a function.
class Sink {
 public:
  explicit Sink(lua_State* L) : L_(L), stream_(L, kPart, "wb") {
    if (!stream_.is_file() && !is_callable(L, 2))
      throw Error(
          ErrorKind::kTypeError,
          "copy_to takes the path of a file, a file of io.open or a function of text, got " +
              type_name_of(L, 2));
  }
  ~Sink() {
    if (stream_.is_own()) std::remove((stream_.path() + kPart).c_str());
  }
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;

  void write(std::string& text) {
    bytes_ += static_cast<int64_t>(text.size());
    if (!stream_.is_file()) {
      lua_pushvalue(L_, 2);
      lua_pushlstring(L_, text.data(), text.size());
      lua_call(L_, 1, 0);
    } else if (std::fwrite(text.data(), 1, text.size(), stream_.file()) != text.size()) {
      refuse_file(stream_.path(), "write");
    }
    text.clear();
  }
  int64_t bytes() const { return bytes_; }

  void finish() {
    if (!stream_.is_own()) return;
    const std::string& path = stream_.path();
    const std::string part = path + kPart;
    if (std::fflush(stream_.file()) != 0) refuse_file(path, "write");
    if (std::rename(part.c_str(), path.c_str()) != 0) refuse_file(path, "write");
    stream_.close();
  }

 private:
  static constexpr const char* kPart = ".part";

  lua_State* L_;
  Stream stream_;
  int64_t bytes_ = 0;
};

// The columns of the class instead of its objects; a query of columns as it is.
query::Query query_of_columns(const query::Query& from) {
  query::Query q = from;
  if (q.is_single_entity()) {
    const Mapper& m = *q.entities[0].mapper;
    const expr::FromPtr table = q.entities[0].from;
    q.entities.clear();
    q.options = nullptr;
    for (int slot : m.column_slots())
      q.entities.push_back(query::entity(query::attribute_element(m, table, slot)));
  }
  for (const query::Entity& entity : q.entities)
    if (entity.mapper != nullptr)
      throw Error(ErrorKind::kInvalidRequestError,
                  "copy_to takes a query of one class or of columns, and this one is of several")
          .with_hint("name the columns: db.session:query(User.id, Post.body)");
  return q;
}

}  // namespace

// query:copy_to(target[, options])
int query_copy_to(lua_State* L) {
  const QueryBox& box = check_box<QueryBox>(L, 1);
  const CopyOptions options = take_options(L, "copy_to");
  if (!options.columns.empty() || options.header == Header::kMatch)
    throw Error(ErrorKind::kArgumentError, "copy_to has no columns and no header = 'match'")
        .with_hint("query the columns: db.session:query(Post.id, Post.body):copy_to(file)");
  const query::Query q = query_of_columns(*effective_query(box));
  Sink sink(L);
  query::RowStream rows(session_of(box), q, box.options().parameters,
                        static_cast<int>(kDefaultBatch));
  std::string text;
  std::vector<std::optional<std::string>> fields(rows.names().begin(), rows.names().end());
  if (box.query->is_single_entity()) {
    // As the table has them, for any program that reads the file.
    const Mapper& m = *box.query->entities[0].mapper;
    for (size_t k = 0; k < fields.size(); ++k) fields[k] = m.column(m.column_slots()[k])->name;
  }
  if (options.header != Header::kNone) base::append_delimited(text, options.form, fields);
  int64_t count = 0;
  ProgressLine line;
  while (rows.next()) {
    for (size_t k = 0; k < fields.size(); ++k) {
      const base::Value& cell = rows.cells()[k];
      fields[k] = cell.is_null() ? std::nullopt : std::optional(types::text_form(cell));
    }
    base::append_delimited(text, options.form, fields);
    if (text.size() >= kPiece) sink.write(text);
    const auto written = sink.bytes() + static_cast<int64_t>(text.size());
    if (++count % kInterruptRows == 0) check_interrupt(L);
    if (count % kProgressRows == 0) tell_progress(L, line, count, written);
  }
  if (!text.empty()) sink.write(text);
  sink.finish();
  if (count % kProgressRows != 0) tell_progress(L, line, count, sink.bytes());
  lua_pushinteger(L, count);
  return 1;
}

}  // namespace moonbase::bindings
