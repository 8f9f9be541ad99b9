#include "orm/query/keyset.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <span>

#include "orm/base/error.h"
#include "orm/compile/compiler.h"
#include "orm/query/query_plan.h"

namespace moonbase::query {

using base::Error;
using base::ErrorKind;
using base::Tag;
using base::Value;
using expr::ElementPtr;
using expr::Op;

namespace {

[[noreturn]] void refuse(const char* reason) {
  throw Error(ErrorKind::kInvalidRequestError,
              std::string("paging by a cursor is not possible: ") + reason)
      .with_hint("page by number: paginate{page = 2}");
}

bool has_outer_join(const expr::FromPtr& from) {
  if (!from || from->kind != expr::FromKind::kJoin) return false;
  return from->join_kind == expr::JoinKind::kLeft || from->join_kind == expr::JoinKind::kFull ||
         has_outer_join(from->left) || has_outer_join(from->right);
}

bool is_nullable(const Query& q, const ElementPtr& e) {
  if (e->kind != expr::Kind::kColumn || e->column == nullptr || has_outer_join(q.from)) return true;
  return e->column->nullable && !e->column->primary_key;
}

// What is behind a label, and behind the name of one.
ElementPtr unlabelled(const Query& q, ElementPtr e) {
  if (e->kind == expr::Kind::kLabelRef) {
    for (const Entity& each : q.entities)
      if (each.element && each.element->kind == expr::Kind::kLabel && each.element->name == e->name)
        return each.element->args[0];
    throw Error(
        ErrorKind::kArgumentError,
        "order_by '" + e->name + "' names no label of the query, and a cursor needs its value")
        .with_hint("order by the column itself: order_by(User.name)");
  }
  return e->kind == expr::Kind::kLabel ? e->args[0] : e;
}

KeysetColumn key_of(const Query& q, ElementPtr e, bool nulls_are_largest) {
  KeysetColumn key;
  std::optional<bool> nulls_first;
  while (e->kind == expr::Kind::kOrdering) {
    if (e->op == Op::kDesc) key.descending = true;
    if (e->op == Op::kNullsFirst) nulls_first = true;
    if (e->op == Op::kNullsLast) nulls_first = false;
    e = e->args[0];
  }
  key.element = unlabelled(q, std::move(e));
  key.nullable = is_nullable(q, key.element);
  key.explicit_nulls = nulls_first.has_value();
  key.nulls_first = nulls_first.value_or(key.descending == nulls_are_largest);
  return key;
}

bool same_column(const ElementPtr& a, const ElementPtr& b) {
  return a->kind == expr::Kind::kColumn && b->kind == expr::Kind::kColumn && a->from && b->from &&
         a->from->id == b->from->id && a->column == b->column && a->column != nullptr;
}

// The primary key of each class, and of each table a column is of: unique for the rows together.
std::vector<ElementPtr> row_identity(const Query& q) {
  std::vector<ElementPtr> out;
  const auto add = [&out](ElementPtr e) {
    const auto is_same = [&e](const ElementPtr& other) { return same_column(e, other); };
    if (std::none_of(out.begin(), out.end(), is_same)) out.push_back(std::move(e));
  };
  for (const Entity& e : q.entities) {
    if (e.mapper != nullptr) {
      for (int slot : e.mapper->primary_key()) add(attribute_element(*e.mapper, e.from, slot));
      continue;
    }
    std::vector<expr::FromPtr> froms;
    expr::collect_froms(e.element, froms);
    for (const expr::FromPtr& from : froms)
      if (from->table)
        for (const schema::Column* c : from->table->primary_key()) add(expr::column(from, *c));
  }
  if (out.empty()) refuse("the query selects nothing that has a primary key");
  return out;
}

ElementPtr bound(const Value& v) { return expr::bind(v, types::null()); }

ElementPtr equals(const KeysetColumn& key, const Value& v) {
  return v.is_null() ? expr::binary(Op::kIs, key.element, expr::null())
                     : expr::binary(Op::kEq, key.element, bound(v));
}

// NULLs of the column stand at the end of the rows.
bool ends_in_nulls(const KeysetColumn& key, bool backward) {
  return key.nullable && key.nulls_first == backward;
}

// The rows beyond `v` in this column alone; null when there can be none.
ElementPtr beyond(const KeysetColumn& key, const Value& v, bool backward) {
  const bool nulls_come_last = ends_in_nulls(key, backward);
  if (v.is_null())
    return nulls_come_last ? nullptr : expr::binary(Op::kIsNot, key.element, expr::null());
  ElementPtr past =
      expr::binary(key.descending != backward ? Op::kLt : Op::kGt, key.element, bound(v));
  if (!nulls_come_last) return past;
  return expr::or_({std::move(past), expr::binary(Op::kIs, key.element, expr::null())});
}

// One comparison of whole rows says it all: an index is then used for all columns.
bool compares_as_row(const Keyset& keyset, const Position& position, bool backward) {
  for (size_t i = 0; i < keyset.size(); ++i) {
    const KeysetColumn& key = keyset[i];
    if (key.descending != keyset[0].descending || position[i].is_null()) return false;
    if (ends_in_nulls(key, backward)) return false;
  }
  return true;
}

}  // namespace

Keyset keyset_of(const Query& q, bool nulls_are_largest) {
  if (q.order_by.empty())
    throw Error(ErrorKind::kInvalidRequestError,
                "paging by a cursor needs an order: without order_by no row comes after another")
        .with_hint("query:order_by(User.id):paginate{after = cursor}");
  if (q.limit || q.offset) refuse("the query has a limit or an offset already");
  if (q.set) refuse("the query is a union or the like");
  if (!q.group_by.empty() || !q.having.empty()) refuse("the query groups its rows");
  Keyset keyset;
  for (const ElementPtr& e : q.order_by) keyset.push_back(key_of(q, e, nulls_are_largest));
  // In the direction of the last column, so that an index on it serves the whole order.
  const bool descending = keyset.back().descending;
  for (ElementPtr& e : row_identity(q)) {
    const auto is_same = [&e](const KeysetColumn& k) { return same_column(k.element, e); };
    if (std::any_of(keyset.begin(), keyset.end(), is_same)) continue;
    const bool nullable = is_nullable(q, e);
    keyset.push_back({std::move(e), descending, descending == nulls_are_largest, false, nullable});
  }
  return keyset;
}

std::vector<ElementPtr> keyset_order(const Keyset& keyset, bool backward) {
  std::vector<ElementPtr> out;
  for (const KeysetColumn& key : keyset) {
    ElementPtr e = key.element;
    if (key.descending != backward) e = expr::ordering(Op::kDesc, e);
    if (key.explicit_nulls)
      e = expr::ordering(key.nulls_first != backward ? Op::kNullsFirst : Op::kNullsLast, e);
    out.push_back(std::move(e));
  }
  return out;
}

namespace {

ElementPtr beyond_row(const Keyset& keyset, const Position& position, bool backward) {
  if (compares_as_row(keyset, position, backward)) {
    const Op op = keyset[0].descending != backward ? Op::kLt : Op::kGt;
    if (keyset.size() == 1) return expr::binary(op, keyset[0].element, bound(position[0]));
    std::vector<ElementPtr> columns, values;
    for (size_t i = 0; i < keyset.size(); ++i) {
      columns.push_back(keyset[i].element);
      values.push_back(bound(position[i]));
    }
    return expr::binary(op, expr::tuple(std::move(columns)), expr::tuple(std::move(values)),
                        types::boolean());
  }
  std::vector<ElementPtr> alternatives;
  for (size_t i = 0; i < keyset.size(); ++i) {
    ElementPtr last = beyond(keyset[i], position[i], backward);
    if (!last) continue;
    std::vector<ElementPtr> parts;
    for (size_t k = 0; k < i; ++k) parts.push_back(equals(keyset[k], position[k]));
    parts.push_back(std::move(last));
    alternatives.push_back(expr::and_(std::move(parts)));
  }
  ElementPtr any = expr::or_(std::move(alternatives));
  if (keyset.size() == 1 || position[0].is_null() || ends_in_nulls(keyset[0], backward)) return any;
  // Says nothing new, but gives an index on the first column a place to begin.
  const Op op = keyset[0].descending != backward ? Op::kLe : Op::kGe;
  return expr::and_({expr::binary(op, keyset[0].element, bound(position[0])), std::move(any)});
}

}  // namespace

std::vector<ElementPtr> keyset_conditions(const Keyset& keyset, const Position& position,
                                          bool backward) {
  const bool is_null = position[0].is_null();
  if (!keyset[0].nullable || is_null == ends_in_nulls(keyset[0], backward))
    return {beyond_row(keyset, position, backward)};
  // The rest of those that are NULL, or are not, as the position is; then all of the others.
  Keyset alike = keyset;
  alike[0].nullable = is_null;
  alike[0].nulls_first = backward;
  return {beyond_row(alike, position, backward),
          expr::binary(is_null ? Op::kIsNot : Op::kIs, keyset[0].element, expr::null())};
}

Query with_keyset_cells(Query q, const Keyset& keyset) {
  for (size_t i = 0; i < keyset.size(); ++i) {
    // Without its type, the value stays what the driver gave.
    ElementPtr raw = expr::type_coerce(keyset[i].element, types::null());
    q.entities.push_back(entity(expr::label(std::move(raw), "keyset_" + std::to_string(i + 1))));
  }
  return q;
}

// ---- tokens: base64url of a checksum and the values, each with a letter for its kind ----

namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr size_t kChecksumBytes = 4;

[[noreturn]] void refuse_token() {
  throw Error(ErrorKind::kArgumentError,
              "the cursor is not one of this query: it is damaged, or of another order_by")
      .with_hint("take it from a page of the same query: page.next_cursor, page.prev_cursor");
}

std::string encode(std::string_view bytes) {
  std::string out;
  uint32_t buffer = 0;
  int bits = 0;
  for (char c : bytes) {
    buffer = buffer << 8 | static_cast<unsigned char>(c);
    for (bits += 8; bits >= 6; bits -= 6) out += kAlphabet[buffer >> (bits - 6) & 63];
  }
  if (bits > 0) out += kAlphabet[buffer << (6 - bits) & 63];
  return out;
}

std::string decode(std::string_view text) {
  std::string out;
  uint32_t buffer = 0;
  int bits = 0;
  for (char c : text) {
    const size_t at = kAlphabet.find(c);
    if (at == std::string_view::npos) refuse_token();
    buffer = buffer << 6 | static_cast<uint32_t>(at);
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    out += static_cast<char>(buffer >> bits & 255);
  }
  return out;
}

// FNV-1a of the ordering's SQL and the values: against accidents, not against forgery, which gains
// nothing that a filter would not.
std::string checksum(const Keyset& keyset, std::string_view values,
                     const compile::DialectTraits& traits) {
  uint32_t sum = 2166136261u;
  const auto add = [&sum](std::string_view s) {
    for (char c : s) sum = (sum ^ static_cast<unsigned char>(c)) * 16777619u;
  };
  for (const ElementPtr& e : keyset_order(keyset)) {
    add(compile::compile_element(e, traits, {.literal_binds = true}));
    add(",");
  }
  add(values);
  std::string out;
  for (size_t i = 0; i < kChecksumBytes; ++i) out += static_cast<char>(sum >> (8 * i) & 255);
  return out;
}

// What a driver may give, each with its letter: numbers as digits, then the rest as bytes.
struct Letter {
  char letter;
  Tag tag;
};
constexpr Letter kNumbers[] = {{'i', Tag::kInt},  {'l', Tag::kBool},     {'D', Tag::kDate},
                               {'T', Tag::kTime}, {'V', Tag::kInterval}, {'M', Tag::kDateTime}};
constexpr Letter kTexts[] = {{'t', Tag::kText},
                             {'b', Tag::kBlob},
                             {'c', Tag::kDecimal},
                             {'u', Tag::kUuid},
                             {'j', Tag::kJson}};

template <class Same>
const Letter* find_letter(std::span<const Letter> letters, Same same) {
  const auto found = std::ranges::find_if(letters, same);
  return found == letters.end() ? nullptr : &*found;
}

std::string encode_values(const Position& position) {
  std::string out;
  for (const Value& v : position) {
    const auto is_its = [&](const Letter& l) { return l.tag == v.tag(); };
    if (v.is_null()) {
      out += "n;";
    } else if (v.tag() == Tag::kDouble) {
      char digits[32];
      const auto end = std::to_chars(digits, digits + sizeof digits, v.as_double()).ptr;
      out += "d" + std::string(digits, end) + ";";
    } else if (const Letter* number = find_letter(kNumbers, is_its)) {
      out += number->letter + std::to_string(v.as_int()) + ";";
      if (v.tag() == Tag::kDateTime) out += std::to_string(v.utc_offset()) + ";";
    } else if (const Letter* text = find_letter(kTexts, is_its)) {
      out += text->letter + std::to_string(v.as_bytes().size()) + ':';
      out += v.as_bytes();
    }
  }
  return out;
}

// A number up to `stop`; advances past both.
template <class T>
T take_number(std::string_view& rest, char stop) {
  T number{};
  const char* end = rest.data() + rest.size();
  const auto read = std::from_chars(rest.data(), end, number);
  if (read.ec != std::errc() || read.ptr == end || *read.ptr != stop) refuse_token();
  rest.remove_prefix(static_cast<size_t>(read.ptr - rest.data()) + 1);
  return number;
}

Value take_number_of(Tag tag, std::string_view& rest) {
  const auto number = take_number<int64_t>(rest, ';');
  switch (tag) {
    case Tag::kBool:
      return Value::boolean(number != 0);
    case Tag::kDate:
      return Value::date(number);
    case Tag::kTime:
      return Value::time(number);
    case Tag::kInterval:
      return Value::interval(number);
    case Tag::kDateTime:
      return Value::datetime(number, take_number<int32_t>(rest, ';'));
    default:
      return Value::integer(number);
  }
}

Value take_value(std::string_view& rest) {
  const char kind = rest.front();
  rest.remove_prefix(1);
  const auto is_its = [&](const Letter& l) { return l.letter == kind; };
  if (kind == 'n') {
    if (rest.empty() || rest.front() != ';') refuse_token();
    rest.remove_prefix(1);
    return {};
  }
  if (kind == 'd') return Value::real(take_number<double>(rest, ';'));
  if (const Letter* number = find_letter(kNumbers, is_its))
    return take_number_of(number->tag, rest);
  const Letter* text = find_letter(kTexts, is_its);
  if (text == nullptr) refuse_token();
  const auto size = take_number<size_t>(rest, ':');
  if (size > rest.size()) refuse_token();
  Value v = Value::bytes(text->tag, rest.substr(0, size));
  rest.remove_prefix(size);
  return v;
}

}  // namespace

std::string keyset_token(const Keyset& keyset, const Position& position,
                         const compile::DialectTraits& traits) {
  const std::string values = encode_values(position);
  return encode(checksum(keyset, values, traits) + values);
}

Position read_keyset_token(const Keyset& keyset, std::string_view token,
                           const compile::DialectTraits& traits) {
  const std::string bytes = decode(token);
  if (bytes.size() <= kChecksumBytes) refuse_token();
  std::string_view rest = std::string_view(bytes).substr(kChecksumBytes);
  if (checksum(keyset, rest, traits) != bytes.substr(0, kChecksumBytes)) refuse_token();
  Position position;
  while (!rest.empty()) position.push_back(take_value(rest));
  if (position.size() != keyset.size()) refuse_token();
  return position;
}

}  // namespace moonbase::query
