// The Lua 5.4 text of a chunk, read without running it: token classes for highlighting, whether it
// is complete, which of its calls build queries, and the edits that make comparisons inside those
// calls build SQL. Knows no Lua state: pure functions of a text, safe on any thread. Never throws
// for what the text contains; only std::bad_alloc leaves it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace moonbase::syntax {

// ---- tokens ----
enum class TokenClass : uint8_t {
  kKeyword,   // and, end, local, …
  kConstant,  // nil, true, false
  kName,
  kNumber,
  kString,
  kComment,   // a first line that begins with `#!`, too
  kOperator,  // + == .. and punctuation ( ) { } , ; : ::
  kInvalid,  // what no token begins with; a malformed number; a short string that its line ends, or
             // with an escape that Lua refuses
};

struct Token {
  TokenClass cls;
  bool unfinished = false;    // a long string or comment without its end, a string up to the end of
                              // the text
  size_t begin = 0, end = 0;  // bytes [begin, end) of the text
  int line = 1;               // of the first byte
};

// Every token and comment of any text, in order; blanks (and a byte order mark)
// are the gaps between them. Linear in the
// length of the text.
std::vector<Token> tokens(std::string_view text);

// ---- completeness ----
enum class Completeness : uint8_t {
  kComplete,    // Lua would take it, as far as its grammar goes
  kIncomplete,  // more text could make it complete: an open block, call, string or operator
  kWrong,       // no continuation helps
};
// Of a chunk, or of expressions alone (`1 +` is incomplete, `1 + 2` complete). A string that is
// open at the very end of the text is incomplete. Levels beyond Lua's 200 are wrong.
Completeness completeness(std::string_view text);

// Where a text that Lua refuses goes wrong: the first byte of the token that Lua's grammar has no
// place for or that has no end, or the text's size where something is missing there. None for what
// the grammar takes: Lua has other reasons to refuse it (a `goto` without its label).
std::optional<size_t> mistake(std::string_view text);

// ---- rewriting ----
// The name of the local that a changed chunk begins with; its fields are the helpers (see
// scripts/prelude/syntax.lua). A text that uses the name itself is left as it is.
inline constexpr std::string_view kHelpers = "__moonbase_sql";

// A local that an input of the prompt declares outside any block, in order of declaration.
struct TopLevelLocal {
  enum class Attrib : uint8_t { kNone, kConst, kClose } attrib = Attrib::kNone;
  std::string name;
  int line = 1;
};

struct Options {
  // An input of the prompt: its top-level locals are handed to `export` (see below).
  bool keep_locals = false;
  // Names that are locals of earlier inputs. Those the text refers to become upvalues.
  std::vector<TopLevelLocal> known_locals;
};

struct Rewrite {
  // False: nothing was to be edited, the chunk runs as it was loaded; text and used_locals are
  // empty.
  bool changed = false;
  // The same number of lines, and every token on the line where it was. A text that begins with a
  // `#` line has that line blank, a byte order mark is gone. The whole is
  //   local __moonbase_sql, known… = ... return function(...) if _ENV then end <edited text> end
  // so that the loaded chunk is called once with the helpers and the values of the known locals,
  // and returns the function to run. Lua may refuse it: it has more functions, upvalues and levels
  // than what the user wrote, and a known <const> local that the text assigns to is a constant
  // here.
  std::string text;
  // The names of Options::known_locals that the text refers to, in the order in which they follow
  // the helpers; `const` ones keep their attribute. A <close> one is never known.
  std::vector<std::string> used_locals;
  // With keep_locals; filled without `changed`, too. Never `_ENV` and `_`, which stay the input's
  // own.
  std::vector<TopLevelLocal> new_locals;
  // Bytes by which the text grew.
  size_t edits = 0;
};

// The rule of query-building calls, for a text that Lua has accepted (its own errors stay Lua's).
// A text the parser cannot follow all the same is returned unchanged.
//
// Inside the arguments of a query-building call:
//   a == b          → __moonbase_sql.eq(a, b)      ne lt le gt ge alike
//   a and b and c   → __moonbase_sql.AND(3, a, function() return (b) end, function() …)
//                     OR alike; a thunk that uses `...` is `function(...)`, and then the call ends
//                     with `, ...`; more than 50 parts are calls of up to 50 such groups
//   not a           → __moonbase_sql.NOT(a)
//                     each in parentheses where it is all that a `return` gives: no tail call
//   a bare global name as a whole operand, argument, table value or index
//                   → __moonbase_sql.name(x, "x")
//   {a = x, …} given to filter_by, update, values (also in a list there, and `set =` of
//   on_conflict_do_update), where a value can be nil
//                   → __moonbase_sql.keys({…}, "a", …)
// With keep_locals, after each top-level `local` statement (but <close> ones):
//   __moonbase_sql.export(function() return a, b end); and for each <const> variable
//   __moonbase_sql.export_const("a", a);
Rewrite rewrite(std::string_view text, const Options& options = {});

}  // namespace moonbase::syntax
