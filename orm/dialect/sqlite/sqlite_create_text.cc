#include "orm/dialect/sqlite/sqlite_create_text.h"

#include <algorithm>
#include <cctype>
#include <initializer_list>
#include <utility>

#include "orm/base/text.h"

namespace moonbase::dialect::sqlite {

namespace {

struct Token {
  enum class Kind : uint8_t { kWord, kQuoted, kOther } kind;
  std::string_view text;  // with its quotes
};

bool is_word_byte(char c) {
  return c == '_' || c == '$' || std::isalnum(static_cast<unsigned char>(c)) != 0 ||
         (c & 0x80) != 0;
}

// One past the end of what begins with the quote at `i`; a doubled quote is none, but in
// [brackets].
size_t after_quoted(std::string_view sql, size_t i) {
  const char close = sql[i] == '[' ? ']' : sql[i];
  for (++i; i < sql.size(); ++i) {
    if (sql[i] != close) continue;
    if (close == ']' || i + 1 == sql.size() || sql[i + 1] != close) return i + 1;
    ++i;
  }
  return i;
}

// One past the blanks and comments at `i`.
size_t after_blank(std::string_view sql, size_t i) {
  while (i < sql.size()) {
    if (std::isspace(static_cast<unsigned char>(sql[i])) != 0) {
      ++i;
    } else if (sql.substr(i).starts_with("--")) {
      i = std::min(sql.size(), sql.find('\n', i));
    } else if (sql.substr(i).starts_with("/*")) {
      const size_t end = sql.find("*/", i + 2);
      i = end == std::string_view::npos ? sql.size() : end + 2;
    } else {
      break;
    }
  }
  return i;
}

std::vector<Token> tokens_of(std::string_view sql) {
  std::vector<Token> tokens;
  for (size_t i = after_blank(sql, 0); i < sql.size(); i = after_blank(sql, i)) {
    const size_t begin = i;
    Token::Kind kind = Token::Kind::kOther;
    if (sql[i] == '\'' || sql[i] == '"' || sql[i] == '`' || sql[i] == '[') {
      i = after_quoted(sql, i);
      kind = Token::Kind::kQuoted;
    } else if (is_word_byte(sql[i])) {
      while (i < sql.size() && is_word_byte(sql[i])) ++i;
      kind = Token::Kind::kWord;
    } else {
      ++i;
    }
    tokens.push_back({kind, sql.substr(begin, i - begin)});
  }
  return tokens;
}

std::string unquoted(const Token& token) {
  if (token.kind != Token::Kind::kQuoted) return std::string(token.text);
  const char close = token.text.front() == '[' ? ']' : token.text.front();
  std::string name;
  for (size_t i = 1; i + 1 < token.text.size(); ++i) {
    name += token.text[i];
    if (token.text[i] == close) ++i;
  }
  return name;
}

bool is_word(const Token& token, std::string_view word) {
  return token.kind != Token::Kind::kQuoted && base::equal_ignoring_case(token.text, word);
}

// Reads tokens in order. Past the end there are none.
class Reader {
 public:
  explicit Reader(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  bool at_end() const { return next_ >= tokens_.size(); }
  size_t position() const { return next_; }
  void skip() { ++next_; }
  bool is(std::string_view word, size_t ahead = 0) const {
    return next_ + ahead < tokens_.size() && is_word(tokens_[next_ + ahead], word);
  }
  bool is_any(std::initializer_list<std::string_view> words) const {
    return std::any_of(words.begin(), words.end(), [this](auto word) { return is(word); });
  }
  bool take(std::string_view word) {
    if (!is(word)) return false;
    skip();
    return true;
  }
  bool take(std::string_view first, std::string_view second) {
    if (!is(first) || !is(second, 1)) return false;
    next_ += 2;
    return true;
  }
  std::string name() { return at_end() ? std::string() : unquoted(tokens_[next_++]); }

  // Skips one token, or a whole (…) that begins here.
  void skip_item() {
    int depth = 0;
    do {
      if (is("(")) ++depth;
      if (is(")")) --depth;
      skip();
    } while (depth > 0 && !at_end());
  }
  // The text inside the (…) that begins here, without its comments.
  std::string parenthesised() {
    if (!is("(")) return {};
    const size_t begin = next_ + 1;
    skip_item();
    return text(begin, std::max(begin, next_ - 1));
  }
  // The text of tokens, each kept apart from its neighbour as it was in the source.
  std::string text(size_t begin, size_t end) const {
    std::string result;
    for (size_t i = begin; i < std::min(end, tokens_.size()); ++i) {
      const std::string_view token = tokens_[i].text;
      if (i > begin && tokens_[i - 1].text.data() + tokens_[i - 1].text.size() != token.data())
        result += ' ';
      result += token;
    }
    return result;
  }
  bool has_between(size_t begin, size_t end, std::string_view word) const {
    for (size_t i = begin; i < std::min(end, tokens_.size()); ++i) {
      if (is_word(tokens_[i], word)) return true;
    }
    return false;
  }
  std::string rest() const { return text(next_, tokens_.size()); }

  // The names in a (a, b COLLATE x DESC) that begins here.
  std::vector<std::string> names() {
    std::vector<std::string> list;
    if (!take("(")) return list;
    while (!at_end() && !is(")")) {
      list.push_back(name());
      while (!at_end() && !is(",") && !is(")")) skip_item();
      take(",");
    }
    take(")");
    return list;
  }

 private:
  std::vector<Token> tokens_;
  size_t next_ = 0;
};

// Everything between a table's parentheses.
class BodyParser {
 public:
  BodyParser(Reader& reader, CreateTableText& out) : in_(reader), out_(out) {}

  void parse() {
    while (!in_.at_end() && !in_.is(")")) {
      // Commas between constraints may be left out.
      if (in_.take(",")) continue;
      if (in_.is_any({"CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"})) {
        table_constraint();
      } else {
        column();
      }
    }
    in_.take(")");
  }

 private:
  bool at_item_end() const { return in_.at_end() || in_.is(",") || in_.is(")"); }

  void column() {
    out_.columns.push_back({.name = in_.name(), .collation = {}, .computed = {}});
    while (!at_item_end() && !at_column_constraint()) in_.skip_item();  // the type
    std::string name;
    while (!at_item_end()) {
      if (in_.take("CONSTRAINT")) {
        name = in_.name();
      } else if (column_constraint(out_.columns.back(), name)) {
        name.clear();
      }
    }
  }

  bool at_column_constraint() const {
    return in_.is_any({"CONSTRAINT", "PRIMARY", "NOT", "NULL", "UNIQUE", "CHECK", "DEFAULT",
                       "COLLATE", "REFERENCES", "GENERATED", "AS", "DEFERRABLE"});
  }

  // Always goes on. True when a constraint has been read, which has used up its name.
  bool column_constraint(CreateTableText::Column& column, const std::string& name) {
    if (in_.take("PRIMARY", "KEY")) {
      out_.primary_key_name = name;
      column.descending_key = in_.take("DESC");
      in_.take("ASC");
      conflict_clause();
      out_.autoincrement |= in_.take("AUTOINCREMENT");
    } else if (in_.take("NOT", "NULL") || in_.take("NULL")) {
      conflict_clause();
    } else if (in_.take("UNIQUE")) {
      out_.uniques.push_back({name, {column.name}});
      conflict_clause();
    } else if (in_.take("CHECK")) {
      check(name);
    } else if (in_.take("COLLATE")) {
      column.collation = in_.name();
    } else if (in_.take("DEFAULT")) {
      if (in_.is("+") || in_.is("-")) in_.skip();
      in_.skip_item();
    } else if (in_.take("REFERENCES")) {
      out_.foreign_keys.push_back({name, {column.name}, {}, {}, {}});
      references();
    } else if (in_.take("AS")) {
      column.computed = in_.parenthesised();
    } else if (!deferral()) {
      in_.skip_item();
      return false;
    }
    return true;
  }

  void table_constraint() {
    const std::string name = in_.take("CONSTRAINT") ? in_.name() : std::string();
    if (in_.take("PRIMARY", "KEY")) {
      out_.primary_key_name = name;
      const size_t begin = in_.position();
      in_.names();
      out_.autoincrement |= in_.has_between(begin, in_.position(), "AUTOINCREMENT");
      conflict_clause();
    } else if (in_.take("UNIQUE")) {
      out_.uniques.push_back({name, in_.names()});
      conflict_clause();
    } else if (in_.take("CHECK")) {
      check(name);
    } else if (in_.take("FOREIGN", "KEY")) {
      out_.foreign_keys.push_back({name, in_.names(), {}, {}, {}});
      if (in_.take("REFERENCES")) references();
      deferral();
    } else if (name.empty()) {
      in_.skip_item();
    }
  }

  void check(const std::string& name) {
    out_.checks.push_back({name, in_.parenthesised()});
    conflict_clause();
  }

  void conflict_clause() {
    if (!in_.take("ON", "CONFLICT")) return;
    in_.skip();
    out_.has_conflict_clause = true;
  }

  // What follows REFERENCES, but for the deferral.
  void references() {
    in_.skip();  // the table
    if (in_.is("(")) in_.skip_item();
    for (;;) {
      if (in_.is("ON") && !in_.is("CONFLICT", 1)) {
        in_.skip();
        in_.skip();  // DELETE or UPDATE
        if (in_.take("SET") || in_.take("NO"))
          in_.skip();
        else
          in_.skip();
      } else if (in_.take("MATCH")) {
        out_.foreign_keys.back().match = base::upper(in_.name());
      } else {
        return;
      }
    }
  }

  // [NOT] DEFERRABLE [INITIALLY …] of the last foreign key. False when there is none.
  bool deferral() {
    const bool is_not = in_.is("NOT") && in_.is("DEFERRABLE", 1);
    if (!is_not && !in_.is("DEFERRABLE")) return false;
    if (is_not) in_.skip();
    in_.skip();
    std::string initially = in_.take("INITIALLY") ? base::upper(in_.name()) : std::string();
    if (out_.foreign_keys.empty()) return true;
    out_.foreign_keys.back().deferrable = is_not ? "NOT DEFERRABLE" : "DEFERRABLE";
    out_.foreign_keys.back().initially = std::move(initially);
    return true;
  }

  Reader& in_;
  CreateTableText& out_;
};

// Skips "CREATE … word [IF NOT EXISTS] [schema.]name"; false for another statement.
bool skip_head(Reader& in, std::string_view word) {
  if (!in.take("CREATE")) return false;
  while (in.is_any({"TEMP", "TEMPORARY", "UNIQUE"})) in.skip();
  if (!in.take(word)) return false;
  if (in.take("IF", "NOT")) in.take("EXISTS");
  in.skip();
  if (in.take(".")) in.skip();
  return true;
}

}  // namespace

CreateTableText read_create_table(std::string_view sql) {
  CreateTableText result;
  Reader in(tokens_of(sql));
  if (!skip_head(in, "TABLE") || !in.take("(")) return result;
  BodyParser(in, result).parse();
  while (!in.at_end()) {
    if (in.take("WITHOUT", "ROWID")) {
      result.without_rowid = true;
    } else if (in.take("STRICT")) {
      result.strict = true;
    } else {
      in.skip();
    }
  }
  return result;
}

CreateIndexText read_create_index(std::string_view sql) {
  CreateIndexText result;
  Reader in(tokens_of(sql));
  if (!skip_head(in, "INDEX") || !in.take("ON")) return result;
  in.skip();  // the table
  if (!in.take("(")) return result;
  while (!in.at_end() && !in.is(")")) {
    const size_t begin = in.position();
    size_t end = begin;
    while (!in.at_end() && !in.is(",") && !in.is(")")) {
      const bool is_order = (in.is("ASC") || in.is("DESC")) && in.position() > begin;
      in.skip_item();
      if (!is_order) end = in.position();
    }
    result.parts.push_back({in.text(begin, end), end == begin + 1});
    in.take(",");
  }
  in.take(")");
  if (in.take("WHERE")) result.where = in.rest();
  return result;
}

}  // namespace moonbase::dialect::sqlite
