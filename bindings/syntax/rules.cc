// The edits of the rule of query-building calls, and those that keep the locals of an input.
#include <algorithm>

#include "bindings/syntax/parser.h"

namespace moonbase::syntax {

namespace {

// Parts of one call of AND or OR: far below the registers of a function.
constexpr size_t kMaxParts = 50;

std::string helper(std::string_view name) {
  std::string call(kHelpers);
  call += '.';
  call += name;
  return call += '(';
}

std::string_view comparison_name(Kind op) {
  switch (op) {
    case Kind::kEqual:
      return "eq";
    case Kind::kNotEqual:
      return "ne";
    case Kind::kLess:
      return "lt";
    case Kind::kLessEqual:
      return "le";
    case Kind::kGreater:
      return "gt";
    default:
      return "ge";
  }
}

}  // namespace

// The name is used: as a local of an earlier input when it is none of this text.
void Parser::refer(size_t name) {
  if (known_.empty()) {
    return;
  }
  const auto known = known_.find(text_of(name));
  if (known != known_.end() && !scope_.has(known->first)) {
    used_[known->second] = true;
  }
}

bool Parser::is_global(std::string_view name) const {
  return name != "_ENV" && !known_.contains(name) && !scope_.has(name);
}

void Parser::name_edit() {
  const std::string_view name = text_of(at_ - 1);
  if (failed_ || !is_global(name)) {
    return;
  }
  edits_.open(piece(at_ - 1).begin, helper("name"));
  std::string end = ", \"";
  end += name;
  end += "\")";
  edits_.close(piece(at_ - 1).end, end);
}

// From `start` to the token before the current one.
void Parser::comparison_edit(size_t start, size_t op) {
  const std::string_view name = comparison_name(piece(op).kind);
  if (piece(start).line != piece(op).line) {
    // A call is one of the line where it begins, an operator of its own: what it raises names that.
    std::string between = ") % " + helper("right");
    between.append(kHelpers).append(".").append(name).append(",");
    edits_.open(piece(start).begin, helper("left"));
    edits_.replace(piece(op).begin, piece(op).end, between);
    edits_.close(piece(at_ - 1).end, ")");
    return;
  }
  edits_.open(piece(start).begin, helper(name));
  edits_.replace(piece(op).begin, piece(op).end, ",");
  edits_.close(piece(at_ - 1).end, ")");
}

void Parser::not_edit(size_t op) {
  edits_.replace(piece(op).begin, piece(op).end, helper("NOT"));
  edits_.close(piece(at_ - 1).end, ")");
}

bool Parser::any_varargs(size_t begin, size_t end) const {
  return std::any_of(parts_.begin() + static_cast<std::ptrdiff_t>(begin),
                     parts_.begin() + static_cast<std::ptrdiff_t>(end),
                     [](const Part& part) { return part.varargs; });
}

// A helper must not be a tail call: the user's function would be missing in the traceback.
void Parser::return_edit(size_t start) {
  edits_.open(piece(start).begin, "(");
  edits_.close(piece(at_ - 1).end, ")");
}

// One call for the parts [begin, end): of each part, or of groups of parts when they are many. The
// first operand is evaluated before the call, the others by functions.
void Parser::chain_edit(Kind op, size_t begin, size_t end) {
  size_t group = 1;
  while (group * kMaxParts < end - begin) {
    group *= kMaxParts;
  }
  for (size_t first = begin; first < end; first += group) {
    const size_t last = std::min(first + group, end);
    if (last - first > 1) {
      chain_edit(op, first, last);
    }
    if (first > begin) {
      thunk_edit(first, last);
    }
  }
  const size_t operands = (end - begin + group - 1) / group;
  edits_.open(piece(parts_[begin].first).begin,
              helper(op == Kind::kAnd ? "AND" : "OR") + std::to_string(operands) + ", ");
  const bool varargs = any_varargs(std::min(begin + group, end), end);
  edits_.close(piece(parts_[end - 1].last).end, varargs ? ", ...)" : ")");
}

void Parser::thunk_edit(size_t begin, size_t end) {
  const Piece& op = piece(parts_[begin].first - 1);
  const bool varargs = any_varargs(begin, end);
  edits_.replace(op.begin, op.end, varargs ? ", function(...) return (" : ", function() return (");
  edits_.close(piece(parts_[end - 1].last).end, ") end");
}

// The keys that may have no value, by name, behind the table that ends before the current token.
void Parser::keys_edit(size_t open, size_t first_key, bool is_whole_argument) {
  edits_.open(piece(open).begin, (is_whole_argument ? "(" : "") + helper("keys"));
  std::string names;
  for (size_t i = first_key; i < keys_.size(); ++i) {
    const bool is_name = piece(keys_[i]).kind == Kind::kName;
    names += is_name ? ", \"" : ", ";
    names += text_of(keys_[i]);
    names += is_name ? "\"" : "";
  }
  names += is_whole_argument ? "))" : ")";
  edits_.close(piece(at_ - 1).end, names);
}

// Behind the statement that ends before the current token, whose variables begin at
// `first_variable`. A semicolon, because a parenthesis may follow.
void Parser::export_locals(size_t first_variable) {
  std::string names, calls;
  for (size_t i = first_variable; i < variables_.size(); ++i) {
    const Variable& variable = variables_[i];
    const std::string name(text_of(variable.name));
    // The input's own: what `_ENV` does ends with it, and the prompt has a `_`.
    if (name == "_ENV" || name == "_") {
      continue;
    }
    new_locals_.push_back(
        {.attrib = variable.attrib, .name = name, .line = piece(variable.name).line});
    // `local a, a`: only the last is seen.
    const bool hidden =
        std::any_of(variables_.begin() + static_cast<std::ptrdiff_t>(i + 1), variables_.end(),
                    [&](const Variable& later) { return text_of(later.name) == name; });
    if (hidden || variable.attrib == TopLevelLocal::Attrib::kClose) {
      continue;
    }
    if (variable.attrib == TopLevelLocal::Attrib::kConst) {
      calls.append(" ").append(helper("export_const"));
      calls.append("\"").append(name).append("\", ").append(name).append(");");
    } else {
      names.append(names.empty() ? "" : ", ").append(name);
    }
  }
  if (!names.empty()) {
    calls.append(" ").append(helper("export"));
    calls.append("function() return ").append(names).append(" end);");
  }
  if (!calls.empty()) {
    edits_.close(piece(at_ - 1).end, calls);
  }
}

}  // namespace moonbase::syntax
