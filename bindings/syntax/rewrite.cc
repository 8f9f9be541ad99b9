#include <algorithm>

#include "bindings/syntax/parser.h"

namespace moonbase::syntax {

namespace {

// Behind the byte order mark and the text of a line that begins with `#`.
size_t first_byte_of_lua(std::string_view text) {
  const size_t begin = text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
  if (begin == text.size() || text[begin] != '#') {
    return begin;
  }
  return std::min(text.find_first_of("\r\n", begin), text.size());
}

void append_prefix(std::string& out, const std::vector<TopLevelLocal>& known,
                   const std::vector<bool>& used) {
  out += "local ";
  out += kHelpers;
  for (size_t i = 0; i < known.size(); ++i) {
    if (used[i]) {
      out += ", ";
      out += known[i].name;
      out += known[i].attrib == TopLevelLocal::Attrib::kConst ? " <const>" : "";
    }
  }
  // The function's first upvalue is _ENV, as a chunk's always is: debug.setupvalue(f, 1, env).
  out += " = ... return function(...) if _ENV then end ";
}

}  // namespace

Rewrite rewrite(std::string_view text, const Options& options) {
  Rewrite result;
  if (text.size() > kMaxSourceSize) {
    return result;
  }
  const Source source(text, FirstLine::kHash);
  const bool knows_locals = options.keep_locals || !options.known_locals.empty();
  if (source.unfinished || (source.marks & kOwnName) != 0 || source.pieces.size() < 2 ||
      (!knows_locals && (source.marks & kOfTheRule) == 0)) {
    return result;
  }
  Edits edits;
  Parser parser(source, options, edits);
  parser.chunk();
  if (parser.failed()) {
    return result;
  }
  result.new_locals = std::move(parser.new_locals());
  for (size_t i = 0; i < options.known_locals.size(); ++i) {
    if (parser.used()[i]) {
      result.used_locals.push_back(options.known_locals[i].name);
    }
  }
  if (edits.empty() && result.used_locals.empty()) {
    return result;
  }
  result.changed = true;
  // On the last token's line, so that no line is added.
  edits.close(source.pieces[source.pieces.size() - 2].end, " end");
  append_prefix(result.text, options.known_locals, parser.used());
  edits.apply(text, first_byte_of_lua(text), result.text);
  result.edits = result.text.size() - text.size();
  return result;
}

}  // namespace moonbase::syntax
