#include "orm/base/delimited.h"

#include <utility>

#include "orm/base/error.h"

namespace moonbase::base {

namespace {

// \t and its like; any other character stands for itself.
struct Escape {
  char letter, meaning;
};
constexpr Escape kEscapes[] = {{'b', '\b'}, {'f', '\f'}, {'n', '\n'},
                               {'r', '\r'}, {'t', '\t'}, {'v', '\v'}};

char meaning_of(char letter) {
  for (const Escape& e : kEscapes) {
    if (e.letter == letter) return e.meaning;
  }
  return letter;
}

void append_csv_field(std::string& out, const DelimitedOptions& o, const std::string& field,
                      bool is_alone) {
  // An empty line would be a row without fields, and a lone \. the end of psql's data.
  const bool needs_quotes =
      field == o.null ||
      field.find_first_of(std::string{o.delimiter, o.quote, '\n', '\r'}) != std::string::npos ||
      (is_alone && (field.empty() || field == "\\."));
  if (!needs_quotes) {
    out += field;
    return;
  }
  out += o.quote;
  for (char c : field) {
    if (c == o.quote || c == o.escape) out += o.escape;
    out += c;
  }
  out += o.quote;
}

void append_text_field(std::string& out, const DelimitedOptions& o, const std::string& field) {
  bool is_like_null = field == o.null;
  for (char c : field) {
    char letter = 0;
    for (const Escape& e : kEscapes) {
      if (e.meaning == c) letter = e.letter;
    }
    // Behind a backslash an ordinary character stands for itself, and the whole is not NULL.
    const bool tells_apart = is_like_null && meaning_of(c) == c && c != '\\';
    if (letter != 0 || c == '\\' || c == o.delimiter || tells_apart) out += '\\';
    is_like_null = is_like_null && !tells_apart;
    out += letter != 0 ? letter : c;
  }
}

}  // namespace

int DelimitedReader::peek() {
  if (piece_.empty() && !is_at_end_) {
    piece_ = source_();
    is_at_end_ = piece_.empty();
  }
  return piece_.empty() ? -1 : static_cast<unsigned char>(piece_.front());
}

int DelimitedReader::take() {
  const int c = peek();
  if (c < 0) return c;
  piece_.remove_prefix(1);
  ++bytes_;
  if (c == '\n') ++line_;
  return c;
}

// Takes the rest of a line end that begins with `c`.
bool DelimitedReader::ends_line(int c) {
  if (c == '\r' && peek() == '\n') take();
  return c < 0 || c == '\n' || c == '\r';
}

void DelimitedReader::read_csv(Field& field) {
  std::string text;
  bool was_quoted = false;
  for (;;) {
    const int c = peek();
    if (c < 0 || c == '\n' || c == '\r' || c == static_cast<unsigned char>(options_.delimiter))
      break;
    take();
    if (c != static_cast<unsigned char>(options_.quote)) {
      text += static_cast<char>(c);
      continue;
    }
    was_quoted = true;
    const int64_t begin = line_;
    for (;;) {
      const int inside = take();
      if (inside < 0) {
        throw Error(ErrorKind::kDataError,
                    "line " + std::to_string(begin) + ": the quote is not closed before the end")
            .with_hint("a quote inside a field is written twice");
      }
      const auto is = [inside](char wanted) {
        return inside == static_cast<unsigned char>(wanted);
      };
      const int after = is(options_.escape) || is(options_.quote) ? peek() : -1;
      const bool is_escaped =
          is(options_.escape) && (after == static_cast<unsigned char>(options_.quote) ||
                                  after == static_cast<unsigned char>(options_.escape));
      if (is_escaped)
        text += static_cast<char>(take());
      else if (is(options_.quote))
        break;
      else
        text += static_cast<char>(inside);
    }
  }
  field = !was_quoted && text == options_.null ? Field() : Field(std::move(text));
}

void DelimitedReader::read_text(Field& field) {
  std::string text, raw;
  for (;;) {
    const int c = peek();
    if (c < 0 || c == '\n' || c == '\r' || c == static_cast<unsigned char>(options_.delimiter))
      break;
    take();
    raw += static_cast<char>(c);
    if (c != '\\' || peek() < 0) {
      text += static_cast<char>(c);
      continue;
    }
    const char letter = static_cast<char>(take());
    raw += letter;
    text += meaning_of(letter);
  }
  field = raw == options_.null ? Field() : Field(std::move(text));
}

bool DelimitedReader::next(std::vector<Field>& row) {
  row.clear();
  if (peek() < 0) return false;
  row_line_ = line_;
  for (;;) {
    row.emplace_back();
    options_.is_csv ? read_csv(row.back()) : read_text(row.back());
    if (ends_line(take())) return true;
  }
}

void append_delimited(std::string& out, const DelimitedOptions& options,
                      const std::vector<std::optional<std::string>>& row) {
  for (size_t i = 0; i < row.size(); ++i) {
    if (i > 0) out += options.delimiter;
    if (!row[i])
      out += options.null;
    else if (options.is_csv)
      append_csv_field(out, options, *row[i], row.size() == 1);
    else
      append_text_field(out, options, *row[i]);
  }
  out += '\n';
}

}  // namespace moonbase::base
