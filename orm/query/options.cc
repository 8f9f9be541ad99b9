#include "orm/query/options.h"

#include <algorithm>

#include "orm/base/error.h"
#include "orm/base/text.h"
#include "orm/expr/select_changer.h"
#include "orm/query/query.h"
#include "orm/query/selectable.h"

namespace moonbase::query {

using base::Error;
using base::ErrorKind;
using expr::ElementPtr;
using expr::FromKind;
using expr::FromPtr;
using mapper::LoadListPtr;
using mapper::Mapper;
using mapper::Relationship;

OptionListPtr with_option(const OptionListPtr& list, Option option) {
  auto made = list ? std::make_shared<OptionList>(*list) : std::make_shared<OptionList>();
  made->push_back(std::move(option));
  return made;
}

namespace {

bool is_subquery(const FromPtr& from) {
  if (from->kind == FromKind::kAlias && from->left) return is_subquery(from->left);
  return from->kind == FromKind::kSubquery || from->kind == FromKind::kCte;
}

bool applies_to(const Path& path, const Entity& e) {
  if (e.mapper == nullptr) return false;
  if (path.root == nullptr) return true;
  if (!e.mapper->is_a(*path.root) && !path.root->is_a(*e.mapper)) return false;
  // A class that is read from a subquery goes by its own name, too.
  if (from_contains(e.from, path.from->id)) return true;
  if (path.from->id != path.root->from()->id) return false;
  return e.from->id == e.mapper->from()->id || is_subquery(e.from);
}

enum class Reading : uint8_t { kNo, kYes, kRaises };

// Every attribute of one entity. What an option says of all attributes comes first, whatever the
// order they were given in; then what is said of single ones, one after the other.
class Readings {
 public:
  explicit Readings(const Mapper& mapper)
      : mapper_(mapper), how_(static_cast<size_t>(mapper.slot_count()), Reading::kNo) {
    for (int slot : mapper.load_list()->slots) set(slot, Reading::kYes);
  }

  void apply_to_all(const Option& o) {
    if (o.kind == Option::Kind::kLoadOnly || o.every) set_all(reading_of(o, false));
  }

  void apply_to_single(const Option& o) {
    switch (o.kind) {
      case Option::Kind::kLoadOnly:
      case Option::Kind::kDefer:
      case Option::Kind::kUndefer:
        for (int slot : o.slots) set(slot, reading_of(o, true));
        break;
      case Option::Kind::kUndeferGroup:
        for (const mapper::Attribute& a : mapper_.attributes())
          if (a.is_loaded_from_row() && a.loading.group == o.group) set(a.slot, Reading::kYes);
        break;
      case Option::Kind::kCriteria:
      case Option::Kind::kLoader:
      case Option::Kind::kSelectinPolymorphic:
        break;
    }
  }

  LoadListPtr list() const {
    std::vector<int> slots;
    for (const mapper::Attribute& a : mapper_.attributes())
      if (mapper_.element(a.slot) != nullptr && how(a.slot) == Reading::kYes)
        slots.push_back(a.slot);
    auto made = std::make_shared<mapper::LoadList>(*mapper_.load_list_of(slots));
    for (const mapper::Attribute& a : mapper_.attributes()) {
      const auto is_it = [&a](int slot) { return slot == a.slot; };
      if (!a.is_loaded_from_row() || std::ranges::any_of(made->slots, is_it)) continue;
      if (how(a.slot) == Reading::kRaises)
        made->raising.push_back(a.slot);
      else if (std::ranges::any_of(mapper_.load_list()->slots, is_it))
        made->left_out.push_back(a.slot);
    }
    return made;
  }

 private:
  // Of the attributes it names, or of those it leaves out.
  static Reading reading_of(const Option& o, bool is_named) {
    if (o.kind == Option::Kind::kUndefer || (o.kind == Option::Kind::kLoadOnly && is_named))
      return Reading::kYes;
    return o.raiseload ? Reading::kRaises : Reading::kNo;
  }
  Reading how(int slot) const { return how_[static_cast<size_t>(slot)]; }
  void set(int slot, Reading how) {
    if (mapper_.has_slot(slot)) how_[static_cast<size_t>(slot)] = how;
  }
  void set_all(Reading how) {
    for (const mapper::Attribute& a : mapper_.attributes())
      if (a.is_loaded_from_row()) set(a.slot, how);
  }

  const Mapper& mapper_;
  std::vector<Reading> how_;
};

// Writes the criteria of a query's options where its FROM clauses stand.
class Criteria {
 public:
  explicit Criteria(const OptionList& options) : options_(options) {}

  // Joined FROMs get their conditions in ON, the leftmost in `where`.
  FromPtr joined(const FromPtr& f, bool is_leftmost) {
    seen_.push_back(f->id);
    if (is_leftmost) add(f, where);
    if (f->kind != FromKind::kJoin) return f;
    FromPtr left = joined(f->left, is_leftmost);
    FromPtr right = joined(f->right, false);
    std::vector<ElementPtr> on;
    if (f->on) on.push_back(f->on);
    add_inside(f->right, f->on ? on : where);
    if (left == f->left && right == f->right && on.size() == (f->on ? 1u : 0u)) return f;
    return expr::join(std::move(left), std::move(right),
                      f->on ? expr::and_(std::move(on)) : nullptr, f->join_kind);
  }

  // A FROM that stands by itself.
  void alone(const FromPtr& f) {
    if (std::find(seen_.begin(), seen_.end(), f->id) != seen_.end()) return;
    seen_.push_back(f->id);
    add(f, where);
    if (f->kind == FromKind::kJoin)  // the tables of one class
      for (const FromPtr& side : sides_of(f)) add(side, where);
  }

  std::vector<ElementPtr> where;

 private:
  void add(const FromPtr& f, std::vector<ElementPtr>& out) const {
    for (const Option& o : options_) {
      if (o.kind != Option::Kind::kCriteria) continue;
      const FromPtr& table = o.path.root->from();
      if (f->id == table->id)
        add_once(o.condition, out);
      else if (o.include_aliases && f->kind == FromKind::kAlias && f->left &&
               f->left->id == table->id)
        out.push_back(expr::replace_from(o.condition, *table, f));
    }
  }
  // A subquery may have the same options as the query around it.
  static void add_once(const ElementPtr& condition, std::vector<ElementPtr>& out) {
    const auto says_it = [&condition](const ElementPtr& e) {
      return e == condition || (e->kind == expr::Kind::kClauses && e->op == expr::Op::kAnd &&
                                std::ranges::count(e->args, condition) > 0);
    };
    if (std::ranges::none_of(out, says_it)) out.push_back(condition);
  }
  // The sides of a join on the right of another have had their conditions in their own ON, but for
  // the leftmost.
  void add_inside(const FromPtr& f, std::vector<ElementPtr>& out) const {
    add(f, out);
    if (f->kind == FromKind::kJoin) add_inside(f->left, out);
  }

  const OptionList& options_;
  std::vector<uint64_t> seen_;
};

}  // namespace

namespace {

// Said of all objects that a query loads, along whatever path.
bool is_global(const Option& o) {
  return o.kind == Option::Kind::kCriteria || o.path.root == nullptr;
}

bool is_same(const Relationship& a, const Relationship& b) {
  return &a == &b || (a.def == b.def && a.name == b.name);
}

bool names_relationship(const Option& o, const Relationship& r) {
  return o.kind == Option::Kind::kLoader && !o.every && o.path.steps.size() == 1 &&
         is_same(*o.path.steps[0].relationship, r);
}

// Of the objects themselves.
bool reads_columns(const Option& o) {
  return o.kind != Option::Kind::kCriteria && o.kind != Option::Kind::kLoader &&
         o.kind != Option::Kind::kSelectinPolymorphic && o.path.steps.empty();
}

OptionListPtr made_list(OptionList list) {
  return list.empty() ? nullptr : std::make_shared<const OptionList>(std::move(list));
}

// A relationship that leads to its own class, once more.
std::optional<Option> next_recursion(const Option& o) {
  if (o.recursion_depth == 0 || o.recursion_depth == 1) return {};
  Option next = o;
  next.path.root = o.path.steps.back().relationship->target;
  next.path.from = next.path.root->from();
  next.path.steps.erase(next.path.steps.begin(), next.path.steps.end() - 1);
  if (o.recursion_depth > 0) --next.recursion_depth;
  return next;
}

}  // namespace

OptionListPtr options_at(const Query& q, const Entity& e) {
  if (!q.options || e.mapper == nullptr) return nullptr;
  OptionList list;
  for (const Option& o : *q.options) {
    if (!is_global(o) && !applies_to(o.path, e)) continue;
    list.push_back(o);
    if (is_global(o)) continue;
    list.back().path.root = e.mapper;
    list.back().path.from = e.mapper->from();
  }
  return made_list(std::move(list));
}

OptionListPtr options_beyond(const OptionListPtr& options, const Relationship& r) {
  if (!options) return nullptr;
  OptionList list;
  for (const Option& o : *options) {
    if (is_global(o)) {
      list.push_back(o);
      continue;
    }
    if (o.path.steps.empty() || !is_same(*o.path.steps[0].relationship, r)) continue;
    if (names_relationship(o, r)) {
      if (std::optional<Option> next = next_recursion(o)) list.push_back(std::move(*next));
      continue;
    }
    Option rest = o;
    rest.path.root = r.target;
    rest.path.from = r.target->from();
    rest.path.steps.erase(rest.path.steps.begin());
    list.push_back(std::move(rest));
  }
  return made_list(std::move(list));
}

OptionListPtr remembered(const OptionListPtr& options) {
  if (!options) return nullptr;
  OptionList list;
  for (const Option& o : *options) {
    const bool is_kept = o.kind == Option::Kind::kCriteria ? o.propagate_to_loaders
                                                           : is_global(o) || !reads_columns(o);
    if (!is_kept) continue;
    list.push_back(o);
    // The query that a FROM clause of its own was joined in is over.
    list.back().from_query = false;
    if (o.from_query) list.back().strategy.reset();
  }
  return made_list(std::move(list));
}

LoadListPtr load_list(const Mapper& mapper, const OptionListPtr& options) {
  if (!options || std::ranges::none_of(*options, reads_columns)) return mapper.load_list();
  Readings readings(mapper);
  for (const Option& o : *options)
    if (reads_columns(o)) readings.apply_to_all(o);
  for (const Option& o : *options)
    if (reads_columns(o)) readings.apply_to_single(o);
  return readings.list();
}

LoadListPtr load_list(const Query& q, const Entity& e) {
  return e.list ? e.list : load_list(*e.mapper, options_at(q, e));
}

Strategy strategy_of(const OptionListPtr& options, const Relationship& r) {
  Strategy found{r.lazy};
  if (!options) return found;
  for (const Option& o : *options) {
    if (!names_relationship(o, r)) continue;
    found.option = &o;
    if (o.strategy) found.lazy = *o.strategy;
  }
  if (r.is_never_loaded()) {
    if (found.lazy != r.lazy)
      throw Error(ErrorKind::kInvalidRequestError,
                  "'" + r.full_name() +
                      "' does not support object population - eager loading cannot be applied")
          .with_hint("it is lazy = '" + std::string(mapper::lazy_name(r.lazy)) +
                     "', a query and not a list: leave the option out, or declare it "
                     "lazy = 'select'");
    return found;
  }
  if (found.option != nullptr && found.option->strategy) return found;
  // A wildcard of this place counts more than one of all places.
  for (const bool here : {false, true})
    for (const Option& o : *options)
      if (o.kind == Option::Kind::kLoader && o.every && o.path.steps.empty() &&
          (o.path.root != nullptr) == here)
        found.lazy = *o.strategy;
  return found;
}

void check_options(const Query& q) {
  if (!q.options) return;
  for (const Option& o : *q.options) {
    const auto is_meant = [&o](const Entity& e) { return applies_to(o.path, e); };
    if (o.kind == Option::Kind::kCriteria || std::ranges::any_of(q.entities, is_meant)) continue;
    std::vector<std::string> names;
    for (const Entity& e : q.entities)
      if (e.mapper != nullptr) names.push_back(e.name);
    std::string what = o.path.root != nullptr ? o.path.root->name() : "a class";
    if (!o.path.steps.empty()) what = o.path.steps[0].relationship->full_name();
    throw Error(ErrorKind::kArgumentError,
                "an option of this query speaks of " + what + ", and the query returns " +
                    (names.empty() ? "no objects" : base::join(names, ", ")))
        .with_hint(
            "options name attributes of what the query returns, seen through the alias it "
            "was given with");
  }
}

bool has_criteria(const OptionListPtr& options) {
  return options && std::ranges::any_of(*options, [](const Option& o) {
           return o.kind == Option::Kind::kCriteria;
         });
}

namespace {

const Mapper* class_of(const Entity& e) { return e.mapper != nullptr ? e.mapper : e.owner; }

}  // namespace

// A union's parts have said it already.
bool must_name_classes(const Query& q) {
  return !q.names_classes && !(q.extras && q.extras->adapter) &&
         std::ranges::any_of(q.entities, [](const Entity& e) {
           const Mapper* m = class_of(e);
           return m != nullptr && m->base() != nullptr;
         });
}

namespace {

void name_classes(Query& q) {
  q.names_classes = true;
  std::vector<std::pair<const Mapper*, uint64_t>> named;
  for (const Entity& e : q.entities) {
    const Mapper* m = class_of(e);
    if (m == nullptr || m->base() == nullptr) continue;
    std::vector<FromPtr> froms = {e.from};
    if (e.mapper == nullptr) {
      froms.clear();
      expr::collect_froms(e.element, froms);
    }
    if (froms.size() != 1 || std::ranges::count(named, std::pair(m, froms[0]->id)) > 0) continue;
    named.emplace_back(m, froms[0]->id);
    if (ElementPtr criterion = class_criterion(*m, froms[0]))
      q.where.push_back(std::move(criterion));
  }
}

}  // namespace

Query naming_classes(const Query& q) {
  Query out = q;
  name_classes(out);
  return out;
}

bool has_criteria(const Query& q) { return must_name_classes(q) || has_criteria(q.options); }

namespace {

// The FROM clauses of one SELECT: those written down, then what else is its own.
bool write_criteria(const OptionList& options, expr::Select& draft,
                    const std::vector<FromPtr>& own) {
  Criteria criteria(options);
  criteria.where = draft.where;
  bool is_changed = false;
  for (FromPtr& f : draft.froms) {
    if (f->kind != FromKind::kJoin) continue;
    FromPtr joined = criteria.joined(f, true);
    is_changed |= joined != f;
    f = std::move(joined);
  }
  for (const FromPtr& f : own)
    if (f->kind != FromKind::kJoin) criteria.alone(f);
  is_changed |= criteria.where.size() != draft.where.size();
  draft.where = std::move(criteria.where);
  return is_changed;
}

expr::SelectChanger criteria_inside(const OptionListPtr& options,
                                    const std::vector<FromPtr>& outermost) {
  return {[options](expr::Select& draft, const std::vector<FromPtr>& own) {
            return write_criteria(*options, draft, own);
          },
          outermost};
}

// What the query selects from, as far as its items and conditions say.
std::vector<FromPtr> froms_of(const Query& q) {
  std::vector<FromPtr> out;
  if (q.from) out.push_back(q.from);
  if (q.extras) out.insert(out.end(), q.extras->froms.begin(), q.extras->froms.end());
  for (const Entity& e : q.entities) {
    if (e.mapper != nullptr)
      out.push_back(e.from);
    else
      expr::collect_froms(e.element, out);
  }
  for (const ElementPtr& e : q.where) expr::collect_froms(e, out);
  return out;
}

// The criteria of the SELECTs inside the query, which are statements of their own.
void write_inner_criteria(Query& q, const OptionListPtr& options) {
  const Query given = q;
  expr::SelectChanger inside = criteria_inside(options, froms_of(given));
  if (q.from) q.from = inside.of(given.from);
  for (Entity& e : q.entities) {
    if (e.from) e.from = inside.of(e.from);
    if (e.element) e.element = inside.of(e.element);
  }
  for (auto* list : {&q.where, &q.group_by, &q.having, &q.order_by, &q.distinct_on})
    inside.each(*list);
  if (q.set) q.set = inside.of(given.set);
  if (!q.extras) return;
  Extras& extras = q.change_extras();
  inside.each(extras.froms);
  inside.each(extras.ctes);
  inside.each(extras.nest_here);
}

}  // namespace

Query with_criteria(const Query& q) {
  Query out = q;
  if (must_name_classes(q) && !q.set) name_classes(out);
  out.names_classes = true;
  if (!q.options) return out;
  auto rest = std::make_shared<OptionList>();
  for (const Option& o : *q.options)
    if (o.kind != Option::Kind::kCriteria) rest->push_back(o);
  out.options = rest->empty() ? nullptr : std::move(rest);
  write_inner_criteria(out, q.options);
  if (q.set) return out;
  Criteria criteria(*q.options);
  criteria.where = std::move(out.where);
  if (out.from) out.from = criteria.joined(out.from, true);
  for (const Entity& e : out.entities) {
    std::vector<FromPtr> froms;
    if (e.mapper != nullptr)
      froms.push_back(e.from);
    else
      expr::collect_froms(e.element, froms);
    for (const FromPtr& f : froms) criteria.alone(f);
  }
  out.where = std::move(criteria.where);
  return out;
}

namespace {

// `others`: the FROM clauses beside the table that is written.
template <class Statement>
std::shared_ptr<const Statement> written(Statement draft, std::vector<FromPtr> Statement::*others,
                                         const OptionListPtr& options, expr::SelectChanger inside,
                                         const std::vector<FromPtr>& own) {
  inside.each(draft.*others);
  inside.each(draft.where);
  expr::Select rows;
  rows.froms = std::move(draft.*others);
  rows.where = std::move(draft.where);
  write_criteria(*options, rows, own);
  draft.*others = std::move(rows.froms);
  draft.where = std::move(rows.where);
  return expr::finish(std::move(draft));
}

}  // namespace

std::shared_ptr<const expr::Update> with_criteria(const expr::Update& given,
                                                  const OptionListPtr& options) {
  std::vector<FromPtr> own = given.from;
  own.push_back(expr::table(given.table));
  expr::SelectChanger inside = criteria_inside(options, own);
  expr::Update draft = given;
  for (auto& [column, value] : draft.set) value = inside.of(value);
  return written(std::move(draft), &expr::Update::from, options, std::move(inside), own);
}

std::shared_ptr<const expr::Delete> with_criteria(const expr::Delete& given,
                                                  const OptionListPtr& options) {
  std::vector<FromPtr> own = given.using_;
  own.push_back(expr::table(given.table));
  return written(given, &expr::Delete::using_, options, criteria_inside(options, own), own);
}

}  // namespace moonbase::query
