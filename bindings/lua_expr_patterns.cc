// Methods of expressions that take a pattern: LIKE and its kin, regular expressions, full text
// search.
#include "bindings/expr_support.h"
#include "bindings/guard.h"
#include "orm/base/error.h"

namespace moonbase::bindings {
namespace {

using expr::ElementPtr;
using expr::Op;

const ElementBox& self(lua_State* L) { return check_box<ElementBox>(L, 1); }

// A pattern is text whatever the column is.
ElementPtr check_pattern(lua_State* L, int index, const ElementBox& left) {
  if (lua_isnil(L, index)) throw_argument(L, index, "a pattern");
  return check_operand(L, index, left, types::string());
}

// like('a%'), like{'a%', escape = '/'}, like('a%', {escape = '/'}).
struct PatternArguments {
  ElementPtr pattern;
  expr::MatchOptions options;
};

PatternArguments read_pattern(lua_State* L, const ElementBox& left, const char* name,
                              bool may_autoescape) {
  bool has_options = lua_gettop(L) == 3 && lua_istable(L, 3);
  Kwargs options(L, has_options ? 3 : 2, name);
  PatternArguments out;
  if (has_options) {
    options.expect_positional(0, 0);
    out.pattern = check_pattern(L, 2, left);
  } else {
    options.expect_positional(1, 1);
    options.push(1);
    out.pattern = check_pattern(L, lua_gettop(L), left);
    lua_pop(L, 1);
  }
  out.options.escape = options.take_string("escape");
  if (may_autoescape) out.options.autoescape = options.take_boolean("autoescape", false);
  options.finish();
  return out;
}

constexpr const char kLike[] = "like", kNotLike[] = "not_like", kIlike[] = "ilike",
                     kNotIlike[] = "not_ilike";

template <Op op, const char* name>
int like(lua_State* L) {
  const ElementBox& left = self(L);
  PatternArguments args = read_pattern(L, left, name, false);
  return push_result(
      L, expr::like(op, left.element, std::move(args.pattern), std::move(args.options.escape)));
}

constexpr const char kStartswith[] = "startswith", kEndswith[] = "endswith",
                     kContains[] = "contains", kIstartswith[] = "istartswith",
                     kIendswith[] = "iendswith", kIcontains[] = "icontains";

using Match = ElementPtr (*)(ElementPtr, ElementPtr, const expr::MatchOptions&);

template <Match match, const char* name, bool ignore_case>
int matches(lua_State* L) {
  const ElementBox& left = self(L);
  PatternArguments args = read_pattern(L, left, name, true);
  args.options.ignore_case = ignore_case;
  return push_result(L, match(left.element, std::move(args.pattern), args.options));
}

int match(lua_State* L) {
  const ElementBox& left = self(L);
  return push_result(
      L, expr::binary(Op::kMatch, left.element, check_pattern(L, 2, left), types::boolean()));
}

// The flags behind the last argument: {flags = 'i'}.
std::optional<std::string> read_flags(lua_State* L, int index, const char* name) {
  if (lua_isnoneornil(L, index)) return std::nullopt;
  if (!lua_istable(L, index)) throw_argument(L, index, "options, {flags = 'i'}");
  Kwargs options(L, index, name);
  options.expect_positional(0, 0);
  auto flags = options.take_string("flags");
  options.finish();
  return flags;
}

// Flags stand inside the pattern, (?i)…, which every engine of regular expressions understands.
ElementPtr with_flags(std::string flags, ElementPtr pattern) {
  if (pattern->kind == expr::Kind::kBind && pattern->value.tag() == base::Tag::kText) {
    flags += pattern->value.as_bytes();
    return expr::bind(base::Value::text(flags), pattern->type);
  }
  ElementPtr prefix = expr::bind(base::Value::text(flags), types::string());
  return expr::grouping(expr::binary(Op::kConcat, std::move(prefix), std::move(pattern)));
}

int regexp_match(lua_State* L) {
  const ElementBox& left = self(L);
  ElementPtr pattern = check_pattern(L, 2, left);
  if (auto flags = read_flags(L, 3, "regexp_match"))
    pattern = with_flags("(?" + *flags + ")", std::move(pattern));
  return push_result(
      L, expr::binary(Op::kRegexpMatch, left.element, std::move(pattern), types::boolean()));
}

int regexp_replace(lua_State* L) {
  const ElementBox& left = self(L);
  std::vector<ElementPtr> args;
  args.push_back(left.element);
  args.push_back(check_pattern(L, 2, left));
  args.push_back(check_pattern(L, 3, left));
  if (auto flags = read_flags(L, 4, "regexp_replace"))
    args.push_back(expr::bind(base::Value::text(*flags), types::string()));
  return push_result(L, expr::function("regexp_replace", std::move(args), types::text()));
}

constexpr MethodDef kMethods[] = {
    {"like", guarded<like<Op::kLike, kLike>>,
     "like(pattern)  % is any text, _ one character; like{p, escape = '/'}"},
    {"not_like", guarded<like<Op::kNotLike, kNotLike>>, "not_like(pattern)  the contrary of like"},
    {"ilike", guarded<like<Op::kIlike, kIlike>>,
     "ilike(pattern)  like, upper and lower case alike"},
    {"not_ilike", guarded<like<Op::kNotIlike, kNotIlike>>,
     "not_ilike(pattern)  the contrary of ilike"},
    {"startswith", guarded<matches<expr::startswith, kStartswith, false>>,
     "startswith(text)  begins with it; startswith{text, autoescape = true} takes % and _ for "
     "themselves"},
    {"endswith", guarded<matches<expr::endswith, kEndswith, false>>,
     "endswith(text)  ends with it"},
    {"contains", guarded<matches<expr::contains, kContains, false>>,
     "contains(text)  has it somewhere"},
    {"istartswith", guarded<matches<expr::startswith, kIstartswith, true>>,
     "istartswith(text)  startswith, upper and lower case alike"},
    {"iendswith", guarded<matches<expr::endswith, kIendswith, true>>,
     "iendswith(text)  endswith, upper and lower case alike"},
    {"icontains", guarded<matches<expr::contains, kIcontains, true>>,
     "icontains(text)  contains, upper and lower case alike"},
    {"regexp_match", guarded<regexp_match>,
     "regexp_match(pattern)  the regular expression fits; {flags = 'i'} behind it ignores case"},
    {"regexp_replace", guarded<regexp_replace>,
     "regexp_replace(pattern, text)  what fits first replaced by the text, where \\1 is the first "
     "group; {flags = 'g'} behind it replaces all that fits, 'i' ignores case"},
    {"match", guarded<match>, "match(query)  the database's own full text search"},
};

}  // namespace

std::span<const MethodDef> pattern_methods() { return kMethods; }

}  // namespace moonbase::bindings
