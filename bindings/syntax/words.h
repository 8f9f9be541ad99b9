// The kinds of Lua's tokens, and the words that mean something: Lua's keywords and the names of the
// rule of query-building calls. Constant tables; any thread; nothing throws.
#pragma once

#include <cstdint>
#include <string_view>

namespace moonbase::syntax {

enum class Kind : uint8_t {
  kEof,
  kName,
  kNumber,
  kString,
  kComment,
  kInvalid,
  // Keywords.
  kAnd,
  kBreak,
  kDo,
  kElse,
  kElseif,
  kEnd,
  kFalse,
  kFor,
  kFunction,
  kGoto,
  kIf,
  kIn,
  kLocal,
  kNil,
  kNot,
  kOr,
  kRepeat,
  kReturn,
  kThen,
  kTrue,
  kUntil,
  kWhile,
  // Operators and punctuation.
  kPlus,
  kMinus,
  kStar,
  kSlash,
  kFloorDivide,
  kPercent,
  kCaret,
  kHash,
  kAmpersand,
  kTilde,
  kPipe,
  kShiftLeft,
  kShiftRight,
  kConcat,
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kAssign,
  kLeftParen,
  kRightParen,
  kLeftBrace,
  kRightBrace,
  kLeftBracket,
  kRightBracket,
  kDoubleColon,
  kSemicolon,
  kColon,
  kComma,
  kDot,
  kEllipsis,
  kCount,
};

// What the rule says of a name, as the last name of a call or as the key of a table field; also
// what an expression or a table stands for. Bits.
using Marks = uint16_t;
inline constexpr Marks kContext = 1;     // the arguments of its call build SQL
inline constexpr Marks kBodies = 2;      // so do the bodies of functions given to it directly
inline constexpr Marks kKeys = 4;        // the keys of a table given to it are remembered
inline constexpr Marks kListKeys = 8;    // and those of the tables in a list given to it
inline constexpr Marks kSetKeys = 16;    // and those of the table in its field `set`
inline constexpr Marks kFunc = 32;       // `func`: the names behind it are SQL functions
inline constexpr Marks kJoinField = 64;  // a table field whose function body builds SQL
inline constexpr Marks kOwnName = 128;   // the name of the helpers
inline constexpr Marks kBraces = 256;    // a table that is the whole arguments: `f{…}`
// Without one of these in a text, nothing in it builds SQL.
inline constexpr Marks kOfTheRule = kContext | kBodies | kKeys | kFunc | kJoinField;

struct Word {
  std::string_view text;
  Kind kind = Kind::kName;
  Marks marks = 0;
};

// The keyword or name of the rule that `text` is; else a plain name (with no text).
Word find_word(std::string_view text);

}  // namespace moonbase::syntax
