// The expression that ends at a place of an input, read backwards, and what is known of its value.
// Belongs to one call of the completion, inside a protected call of the thread that runs the Lua
// state.
#pragma once

#include <string_view>
#include <vector>

#include "bindings/offers.h"
#include "bindings/syntax/syntax.h"

namespace moonbase::shell {

class ExpressionBefore {
 public:
  // `tokens` are the text's; both must outlive it.
  ExpressionBefore(lua_State* L, std::string_view text, const std::vector<syntax::Token>& tokens)
      : L_(L), text_(text), tokens_(tokens) {}

  // Of the expression that ends before the token `end`: `db.session`, `User.query:first()`,
  // `users[1]`. kUnknown where there is none.
  bindings::Subject subject(size_t end);
  // Where the expression is `owner:method`: the owner. Then `method` is not empty.
  bindings::Subject owner(size_t end, std::string_view& method);

  // The token's text; empty for one behind the last.
  std::string_view word(size_t token) const;
  // The opening bracket that the closing one at `token` belongs to; kNone when it is missing.
  size_t opening(size_t token) const;
  static constexpr size_t kNone = static_cast<size_t>(-1);

 private:
  bool is_name(size_t token) const;
  bool is_string(size_t token) const;
  bool is_closing(size_t token) const;
  size_t begin_of(size_t end) const;
  size_t closing(size_t token, size_t end) const;
  bindings::Subject evaluate(size_t begin, size_t end);
  bindings::Subject argument(size_t begin, size_t end);
  size_t end_of_arguments(size_t token, size_t end) const;

  lua_State* L_;
  std::string_view text_;
  const std::vector<syntax::Token>& tokens_;
};

}  // namespace moonbase::shell
