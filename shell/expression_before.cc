#include "shell/expression_before.h"

#include <charconv>

namespace moonbase::shell {

using bindings::Subject;
using syntax::TokenClass;

std::string_view ExpressionBefore::word(size_t token) const {
  if (token >= tokens_.size()) return {};
  return text_.substr(tokens_[token].begin, tokens_[token].end - tokens_[token].begin);
}

bool ExpressionBefore::is_name(size_t token) const {
  return token < tokens_.size() && tokens_[token].cls == TokenClass::kName;
}

bool ExpressionBefore::is_string(size_t token) const {
  return token < tokens_.size() && tokens_[token].cls == TokenClass::kString;
}

bool ExpressionBefore::is_closing(size_t token) const {
  std::string_view text = word(token);
  return text == ")" || text == "]" || text == "}";
}

size_t ExpressionBefore::opening(size_t token) const {
  int depth = 0;
  for (size_t i = token + 1; i-- > 0;) {
    std::string_view text = word(i);
    if (is_closing(i)) ++depth;
    if (text == "(" || text == "[" || text == "{") --depth;
    if (depth == 0) return i;
  }
  return kNone;
}

// The closing bracket that belongs to the opening one at `token`, or `end`.
size_t ExpressionBefore::closing(size_t token, size_t end) const {
  int depth = 0;
  for (size_t i = token; i < end; ++i) {
    std::string_view text = word(i);
    if (is_closing(i)) --depth;
    if (text == "(" || text == "[" || text == "{") ++depth;
    if (depth == 0) return i;
  }
  return end;
}

// The first token of the expression that ends before `end`; kNone when there is none.
size_t ExpressionBefore::begin_of(size_t end) const {
  for (size_t i = end; i > 0;) {
    --i;
    if (is_closing(i)) {
      bool parentheses = word(i) == ")";
      i = opening(i);
      if (i == kNone) return kNone;
      bool attached = i > 0 && (is_name(i - 1) || is_closing(i - 1) || is_string(i - 1));
      if (attached) continue;
      return parentheses ? i : kNone;
    }
    if (is_string(i)) {
      if (i > 0 && (is_name(i - 1) || is_closing(i - 1))) continue;
      return i;
    }
    if (!is_name(i)) return kNone;
    if (i < 2 || (word(i - 1) != "." && word(i - 1) != ":")) return i;
    --i;
  }
  return kNone;
}

Subject ExpressionBefore::subject(size_t end) {
  size_t begin = begin_of(end);
  return begin == kNone ? Subject{} : evaluate(begin, end);
}

Subject ExpressionBefore::owner(size_t end, std::string_view& method) {
  method = {};
  if (end < 3 || !is_name(end - 1) || word(end - 2) != ":") return {};
  method = word(end - 1);
  return subject(end - 2);
}

// Behind the arguments that begin at `token`; `token` itself when none do.
size_t ExpressionBefore::end_of_arguments(size_t token, size_t end) const {
  if (token >= end) return token;
  if (is_string(token)) return token + 1;
  if (word(token) != "(" && word(token) != "{") return token;
  size_t close = closing(token, end);
  return close == end ? end : close + 1;
}

// The first argument, when it is an expression that can be known.
Subject ExpressionBefore::argument(size_t begin, size_t end) {
  if (begin + 1 >= end || word(begin) != "(") return {};
  size_t last = begin + 1;
  while (last < end && (is_name(last) || word(last) == ".")) ++last;
  return evaluate(begin + 1, last);
}

Subject ExpressionBefore::evaluate(size_t begin, size_t end) {
  Subject subject;
  size_t i = begin;
  std::string_view name;
  if (word(i) == "(") {
    size_t close = closing(i, end);
    subject = this->subject(close);
    i = close + 1;
  } else if (is_string(i)) {
    // Its methods are those of any string.
    lua_pushliteral(L_, "");
    subject.kind = Subject::Kind::kValue;
    subject.value = bindings::LuaRef(L_, -1);
    lua_pop(L_, 1);
    ++i;
  } else if (is_name(i)) {
    name = word(i);
    subject = bindings::subject_of_name(L_, name);
    ++i;
  }
  while (i < end) {
    std::string_view sign = word(i);
    if (sign == "." && is_name(i + 1)) {
      name = word(i + 1);
      subject = bindings::subject_of_field(L_, subject, name);
      i += 2;
    } else if (sign == ":" && is_name(i + 1)) {
      size_t after = end_of_arguments(i + 2, end);
      if (after == i + 2) return {};
      subject = bindings::subject_of_call(L_, subject, word(i + 1), argument(i + 2, after));
      i = after;
    } else if (sign == "[") {
      lua_Integer position = 0;
      std::string_view index = word(i + 1);
      bool number =
          std::from_chars(index.data(), index.data() + index.size(), position).ec == std::errc() &&
          word(i + 2) == "]";
      if (!number) return {};
      subject = bindings::subject_of_item(L_, subject, position);
      i += 3;
    } else {
      size_t after = end_of_arguments(i, end);
      if (after == i) return {};
      subject = bindings::subject_of_call(L_, subject, argument(i, after), name);
      i = after;
    }
  }
  return subject;
}

}  // namespace moonbase::shell
