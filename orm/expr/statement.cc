#include "orm/expr/statement.h"

#include <algorithm>
#include <functional>
#include <set>
#include <unordered_set>

#include "orm/base/error.h"
#include "orm/expr/binds.h"
#include "orm/expr/parts.h"

namespace moonbase::expr {

namespace {

using base::Error;
using base::ErrorKind;

bool has_ctes(const ElementPtr& e) { return (e->flags & kHasCtes) != 0; }
bool has_ctes(const FromPtr& f) { return f->has_ctes; }
bool has_ctes(const SelectPtr& s) { return s->has_ctes; }

// Mixes the parts of a statement in order and derives what hangs on them. `h` already tells apart
// lists of parts that are the same in a row: it has their lengths.
void seal_parts(Statement& s, Hash128& h) {
  s.bind_count = 0;
  s.has_ctes = false;
  for_each_part(s, [&](const auto& part) {
    h.mix(part->hash);
    s.bind_count += part->bind_count;
    s.has_ctes |= has_ctes(part);
  });
  s.hash = h;
}

Hash128 start(const Statement& s) {
  Hash128 h;
  h.mix(static_cast<uint64_t>(s.kind) + 1);
  return h;
}

void mix_texts(Hash128& h, const std::vector<std::string>& texts) {
  h.mix(texts.size());
  for (const std::string& text : texts) h.mix(text);
}

void mix_ids(Hash128& h, const std::vector<FromPtr>& froms) {
  h.mix(froms.size());
  for (const FromPtr& from : froms) h.mix(from->id);
}

void mix_column(Hash128& h, const schema::Column& c) {
  h.mix(static_cast<uint64_t>(c.position));
  if (c.position < 0) h.mix(c.name);
}

void add_from(const FromPtr& from, std::vector<FromPtr>& out) {
  if (std::ranges::none_of(out, [&](const FromPtr& f) { return f->id == from->id; }))
    out.push_back(from);
}

void collect_leaves(const From& f, std::vector<uint64_t>& out) {
  const From* side = &f;
  for (; side->kind == FromKind::kJoin; side = side->left.get()) collect_leaves(*side->right, out);
  out.push_back(side->id);
}

// Joins and what else was named, without what a join contains.
std::vector<FromPtr> without_joined(std::vector<FromPtr> froms) {
  std::vector<uint64_t> joined;
  for (const FromPtr& f : froms) {
    if (f->kind == FromKind::kJoin) collect_leaves(*f, joined);
  }
  if (!joined.empty())
    std::erase_if(froms, [&](const FromPtr& f) { return std::ranges::count(joined, f->id) > 0; });
  return froms;
}

// True for a function of other tables' columns: those tables have to stand to its left.
bool depends_on_others(const FromPtr& f) {
  if (f->kind != FromKind::kFunction) return false;
  std::vector<FromPtr> named;
  collect_froms(f->function, named);
  return !named.empty();
}

std::vector<FromPtr> all_froms(const Select& s) {
  std::vector<FromPtr> out;
  if (s.text) return out;
  for (const FromPtr& f : s.froms) add_from(f, out);
  for (const ElementPtr& e : s.columns) collect_froms(e, out);
  for (const ElementPtr& e : s.where) collect_froms(e, out);
  if (std::ranges::any_of(out, depends_on_others)) {
    std::ranges::stable_partition(out, std::not_fn(depends_on_others));
  }
  return without_joined(std::move(out));
}

// The nesting CTEs that a FROM clause names, without those inside subqueries.
void add_nesting(const FromPtr& from, std::vector<FromPtr>& out) {
  if (!from->has_ctes) return;
  if (from->nesting) add_from(from, out);
  if (from->left) add_nesting(from->left, out);
  if (from->right) add_nesting(from->right, out);
}

std::vector<FromPtr> nested_ctes(const Select& s) {
  std::vector<FromPtr> out;
  for (const FromPtr& f : s.all_froms) add_nesting(f, out);
  for (const SelectPtr& part : s.parts) {
    for (const FromPtr& f : part->nested_ctes) add_from(f, out);
  }
  for (const FromPtr& f : s.nest_here) add_from(f, out);
  return out;
}

// The nesting CTEs that come to stand at the head of the statement: those it uses itself.
std::vector<FromPtr> nested_at_head(const Statement& s) {
  std::vector<FromPtr> out;
  const auto add = [&](const std::vector<FromPtr>& froms) {
    for (const FromPtr& f : froms) add_nesting(f, out);
  };
  if (s.kind == StatementKind::kSelect) return static_cast<const Select&>(s).nested_ctes;
  if (s.kind == StatementKind::kUpdate) add(static_cast<const Update&>(s).from);
  if (s.kind == StatementKind::kDelete) add(static_cast<const Delete&>(s).using_);
  return out;
}

// The FROM clauses of an UPDATE or DELETE beside its own table.
void complete_froms(std::vector<FromPtr>& froms, std::vector<FromPtr> named,
                    const schema::Table& own) {
  for (const FromPtr& f : named) {
    if (f->id != own.uid()) add_from(f, froms);
  }
  froms = without_joined(std::move(froms));
}

void check_insert(const Insert& s) {
  for (const auto& row : s.rows) {
    if (row.size() == s.columns.size()) continue;
    throw Error(ErrorKind::kArgumentError, "INSERT INTO " + s.table->full_name() + ": a row has " +
                                               std::to_string(row.size()) + " values for " +
                                               std::to_string(s.columns.size()) + " columns");
  }
}

void mix_on_conflict(Hash128& h, const OnConflict& c) {
  h.mix(static_cast<uint64_t>(c.do_nothing) |
        static_cast<uint64_t>(c.target_where != nullptr) << 1 |
        static_cast<uint64_t>(c.where != nullptr) << 2);
  mix_texts(h, c.columns);
  h.mix(c.constraint);
  h.mix(c.set.size());
  for (const auto& [column, value] : c.set) mix_column(h, *column);
}

class BindCollector {
 public:
  explicit BindCollector(std::vector<const Element*>& out) : out_(out) {}

  void operator()(const ElementPtr& e) {
    if (e->bind_count == 0) return;
    std::vector<const Element*> stack{e.get()};
    while (!stack.empty()) {
      const Element* x = stack.back();
      stack.pop_back();
      if (x->kind == Kind::kBind) {
        out_.push_back(x);
        continue;
      }
      for (auto arg = x->args.rbegin(); arg != x->args.rend(); ++arg) {
        if ((*arg)->bind_count > 0) stack.push_back(arg->get());
      }
      // No element has both arguments and a SELECT, so their order is no question.
      if (x->select) (*this)(x->select);
    }
  }
  void operator()(const FromPtr& f) {
    if (f->bind_count > 0) for_each_part(*f, *this);
  }
  void operator()(const SelectPtr& s) {
    if (s->bind_count > 0) for_each_part(*s, *this);
  }

 private:
  std::vector<const Element*>& out_;
};

class CteCollector {
 public:
  CteCollector(std::vector<FromPtr> nested_at_head, std::vector<FromPtr>& out)
      : nested_at_head_(std::move(nested_at_head)), out_(out) {}

  void operator()(const ElementPtr& e) {
    if (has_ctes(e)) for_each_part(*e, *this);
  }
  void operator()(const FromPtr& f) {
    if (!f->has_ctes) return;
    const bool is_at_head = f->kind == FromKind::kCte && !is_nested(*f);
    // A recursive CTE names itself inside: its first sight counts.
    if (f->kind == FromKind::kCte && !(is_at_head ? seen_ : nested_seen_).insert(f->id).second)
      return;
    if (!is_at_head) return for_each_part(*f, *this);
    // What it uses has to stand at the head, too.
    std::vector<uint64_t> around = std::exchange(nested_here_, {});
    for_each_part(*f, *this);
    nested_here_ = std::move(around);
    out_.push_back(f);
  }
  void operator()(const SelectPtr& s) {
    if (!s->has_ctes) return;
    const size_t open = nested_here_.size();
    for (const FromPtr& f : s->nest_here) nested_here_.push_back(f->id);
    for_each_part(*s, *this);
    nested_here_.resize(open);
  }

 private:
  bool is_nested(const From& f) const {
    const auto is_it = [&f](const FromPtr& cte) { return cte->id == f.id; };
    return (f.nesting || std::ranges::count(nested_here_, f.id) > 0) &&
           std::ranges::none_of(nested_at_head_, is_it);
  }

  std::vector<FromPtr> nested_at_head_;
  std::vector<FromPtr>& out_;
  std::set<uint64_t> seen_, nested_seen_;
  std::vector<uint64_t> nested_here_;  // of the SELECTs around
};

// The name a column has without a label of its own; "" for what has none.
std::string plain_name(const Element& e) {
  if (e.kind == Kind::kColumn) return e.column_name();
  return e.kind == Kind::kLiteralColumn ? e.name : std::string();
}

// What an anonymous label is made from: "count" of count(x), the column's name of a cast, else
// "anon".
std::string label_stem(const Element& e) {
  switch (e.kind) {
    case Kind::kFunction: {
      const size_t dot = e.name.rfind('.');
      return dot == std::string::npos ? e.name : e.name.substr(dot + 1);
    }
    case Kind::kLabel:
      return label_stem(*e.args[0]);
    default:
      return "anon";
  }
}

// A column seen through wrappers that keep its name: CAST(user.id AS …) is called id.
const Element* named_inside(const Element& e) {
  const Element* x = &e;
  while (x->kind == Kind::kCast || x->kind == Kind::kTypeCoerce) x = x->args[0].get();
  return x != &e && x->kind == Kind::kColumn ? x : nullptr;
}

class ColumnNamer {
 public:
  explicit ColumnNamer(const std::vector<ElementPtr>& columns) {
    for (const ElementPtr& c : columns) {
      if (c->kind == Kind::kLabel && !c->name.empty()) used_.insert(c->name);
    }
  }

  std::string name(const Element& e) {
    if (e.kind == Kind::kLabel && !e.name.empty()) return e.name;
    if (e.kind == Kind::kStar || e.kind == Kind::kText) return "";
    const Element* inside = named_inside(e);
    const std::string plain = plain_name(inside ? *inside : e);
    if (plain.empty()) return numbered(label_stem(e));
    return used_.insert(plain).second || e.kind == Kind::kLiteralColumn ? plain : numbered(plain);
  }

 private:
  std::string numbered(const std::string& stem) {
    std::string out;
    for (int i = 1;; ++i) {
      out = stem + "_" + std::to_string(i);
      if (used_.insert(out).second) return out;
    }
  }

  std::unordered_set<std::string> used_;
};

}  // namespace

SelectPtr finish(Select&& draft) {
  auto s = std::make_shared<Select>(std::move(draft));
  s->all_froms = all_froms(*s);
  s->nested_ctes = nested_ctes(*s);
  Hash128 h = start(*s);
  h.mix(static_cast<uint64_t>(s->distinct) | static_cast<uint64_t>(s->correlate_none) << 1 |
        static_cast<uint64_t>(s->correlate_except) << 2 |
        static_cast<uint64_t>(s->text != nullptr) << 3 | static_cast<uint64_t>(s->set_op) << 8 |
        static_cast<uint64_t>(s->limit != nullptr) << 16 |
        static_cast<uint64_t>(s->offset != nullptr) << 17 |
        static_cast<uint64_t>(s->for_update.has_value()) << 18);
  for (const auto* list :
       {&s->columns, &s->distinct_on, &s->where, &s->group_by, &s->having, &s->order_by}) {
    h.mix(list->size());
  }
  h.mix(s->parts.size());
  mix_ids(h, s->all_froms);
  mix_ids(h, s->ctes);
  mix_ids(h, s->nested_ctes);
  mix_ids(h, s->correlate);
  mix_texts(h, s->prefixes);
  mix_texts(h, s->suffixes);
  if (const auto& lock = s->for_update) {
    h.mix(static_cast<uint64_t>(lock->read) | static_cast<uint64_t>(lock->nowait) << 1 |
          static_cast<uint64_t>(lock->skip_locked) << 2 |
          static_cast<uint64_t>(lock->key_share) << 3);
    mix_ids(h, lock->of);
  }
  seal_parts(*s, h);
  return s;
}

std::shared_ptr<const Insert> finish(Insert&& draft) {
  check_insert(draft);
  auto s = std::make_shared<Insert>(std::move(draft));
  Hash128 h = start(*s);
  h.mix(s->table->uid());
  h.mix(s->columns.size());
  for (const schema::Column* c : s->columns) mix_column(h, *c);
  h.mix(s->rows.size());
  h.mix(static_cast<uint64_t>(s->from_select != nullptr) |
        static_cast<uint64_t>(s->on_conflict.has_value()) << 1);
  if (s->on_conflict) mix_on_conflict(h, *s->on_conflict);
  h.mix(s->returning.size());
  mix_texts(h, s->prefixes);
  seal_parts(*s, h);
  return s;
}

std::shared_ptr<const Update> finish(Update&& draft) {
  auto s = std::make_shared<Update>(std::move(draft));
  std::vector<FromPtr> named;
  for (const auto& [column, value] : s->set) collect_froms(value, named);
  for (const ElementPtr& e : s->where) collect_froms(e, named);
  complete_froms(s->from, std::move(named), *s->table);
  Hash128 h = start(*s);
  h.mix(s->table->uid());
  h.mix(s->set.size());
  for (const auto& [column, value] : s->set) mix_column(h, *column);
  mix_ids(h, s->from);
  h.mix(s->where.size());
  seal_parts(*s, h);
  return s;
}

std::shared_ptr<const Delete> finish(Delete&& draft) {
  auto s = std::make_shared<Delete>(std::move(draft));
  std::vector<FromPtr> named;
  for (const ElementPtr& e : s->where) collect_froms(e, named);
  complete_froms(s->using_, std::move(named), *s->table);
  Hash128 h = start(*s);
  h.mix(s->table->uid());
  mix_ids(h, s->using_);
  h.mix(s->where.size());
  seal_parts(*s, h);
  return s;
}

std::shared_ptr<const TextStatement> finish(TextStatement&& draft) {
  auto s = std::make_shared<TextStatement>(std::move(draft));
  Hash128 h = start(*s);
  h.mix(static_cast<uint64_t>(s->columns_by_name));
  seal_parts(*s, h);
  return s;
}

void collect_binds(const ElementPtr& element, std::vector<const Element*>& out) {
  BindCollector collector(out);
  collector(element);
}

void collect_binds(const Statement& s, std::vector<const Element*>& out) {
  BindCollector collector(out);
  for (const FromPtr& cte : collect_ctes(s)) for_each_part(*cte, collector);
  for_each_part(s, collector);
}

std::vector<FromPtr> collect_ctes(const Statement& s) {
  std::vector<FromPtr> out;
  if (s.has_ctes) for_each_part(s, CteCollector(nested_at_head(s), out));
  return out;
}

const std::vector<FromPtr>& effective_froms(const Select& s) { return s.all_froms; }

std::vector<std::string> column_names(const std::vector<ElementPtr>& columns) {
  ColumnNamer namer(columns);
  std::vector<std::string> out;
  out.reserve(columns.size());
  for (const ElementPtr& c : columns) out.push_back(namer.name(*c));
  return out;
}

std::vector<std::string> column_names(const Select& s) {
  const Select* first = &s;
  while (!first->parts.empty()) first = first->parts.front().get();
  return column_names(first->columns);
}

}  // namespace moonbase::expr
