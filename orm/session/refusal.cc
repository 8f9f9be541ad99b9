#include "orm/session/refusal.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <unordered_set>
#include <vector>

#include <fmt/format.h>

#include "orm/base/text.h"
#include "orm/schema/table.h"
#include "orm/session/session.h"

namespace moonbase::session {

using base::Error;
using base::ErrorKind;
using base::Value;
using dialect::Refusal;
using mapper::Direction;
using mapper::Mapper;
using mapper::Relationship;
using mapper::TablePart;
using state::Instance;

namespace {

constexpr size_t kShownBytes = 40;

bool is_deferrable(const schema::ForeignKeyConstraint& key) {
  return key.deferrable == "DEFERRABLE" || key.initially == "DEFERRED";
}

class Explanation {
 public:
  Explanation(Session& session, const Instance& instance, const Refusal& refusal)
      : session_(session),
        instance_(instance),
        mapper_(*instance.mapper),
        refusal_(refusal),
        object_(state::describe(instance)) {}

  std::string unique() const;
  std::string not_null() const;
  std::string missing_target() const;
  // Of a deferred foreign key: "Post.user_id = 99 of <Post 1> refers to no row of user".
  std::string missing_at_commit(const std::vector<std::string>& refused) const;
  // The same of a row that is deleted, and that others refer to.
  std::string referred_at_commit(const std::vector<std::string>& refused) const;
  // Whether the columns that the database named have these values.
  bool has_values(const std::vector<int>& slots, const std::vector<std::string>& refused) const;
  std::vector<int> slots() const;
  std::string referred_to(bool is_delete, bool at_commit = false) const;
  std::string check() const;

 private:
  // The slot of a column of one of the object's tables; -1 where it is not mapped.
  int slot_of(std::string_view column) const;
  std::string name_of(int slot) const {
    return mapper_.name() + "." + mapper_.attribute_at(slot).name;
  }
  const Value& value(int slot) const { return instance_.slot(slot); }
  bool has_value(int slot) const {
    const Value& v = value(slot);
    return !v.is_null() && !v.is_absent() && v.tag() != base::Tag::kExpression;
  }
  const Relationship* reference_of(int slot) const;
  const Relationship* collection_of(int slot) const;
  bool is_there(const mapper::OwnKey& own) const;
  std::string key_text(const mapper::OwnKey& own) const;

  Session& session_;
  const Instance& instance_;
  const Mapper& mapper_;
  const Refusal& refusal_;
  std::string object_;
};

int Explanation::slot_of(std::string_view column) const {
  for (const TablePart& part : mapper_.parts())
    for (const schema::Column& c : part.table->columns())
      if (c.name == column) return part.position_slots[static_cast<size_t>(c.position)];
  return -1;
}

// Of the columns that the database named; empty unless all are mapped.
std::vector<int> Explanation::slots() const {
  std::vector<int> found;
  for (const std::string& column : refusal_.columns) {
    const int slot = slot_of(column);
    if (slot < 0) return {};
    found.push_back(slot);
  }
  return found;
}

// The relationship to one object that the column belongs to.
const Relationship* Explanation::reference_of(int slot) const {
  for (const auto& r : mapper_.relationships()) {
    if (r->direction != Direction::kManyToOne || r->viewonly) continue;
    for (const mapper::SyncPair& pair : r->pairs)
      if (pair.destination_slot == slot) return r.get();
  }
  return nullptr;
}

// The relationship of another class that the object is taken out of when the column becomes NULL.
const Relationship* Explanation::collection_of(int slot) const {
  for (const mapper::MapperPtr& m : session_.registry().mappers())
    for (const auto& r : m->relationships()) {
      if (r->direction != Direction::kOneToMany || r->viewonly || !mapper_.is_a(*r->target))
        continue;
      for (const mapper::SyncPair& pair : r->pairs)
        if (pair.destination_slot == slot) return r.get();
    }
  return nullptr;
}

// "User.username must be unique, and 'grace' is taken: …"
std::string Explanation::unique() const {
  const std::vector<int> found = slots();
  const auto is_known = [this](int slot) { return has_value(slot); };
  if (found.empty() || !std::all_of(found.begin(), found.end(), is_known)) return {};
  std::vector<std::string> names, values, conditions;
  bool can_ask = true;
  for (int slot : found) {
    const Value& v = value(slot);
    names.push_back(name_of(slot));
    values.push_back(v.repr(kShownBytes));
    conditions.push_back(mapper_.attribute_at(slot).name + " = " + values.back());
    const bool plain = v.tag() == base::Tag::kInt || v.tag() == base::Tag::kText;
    can_ask = can_ask && plain && values.back().find("''") == std::string::npos &&
              values.back().find("…") == std::string::npos;
  }
  const bool several = found.size() > 1;
  std::string text = fmt::format("{} must be unique{}, and {} is taken: give {} another value",
                                 base::join(names, ", "), several ? " together" : "",
                                 base::join(values, ", "), object_);
  for (const Instance* other : session_.pending()) {
    const auto is_same = [&](int slot) {
      const Value& v = other->slot(slot);
      return !v.is_absent() && v.tag() != base::Tag::kExpression &&
             mapper_.type(slot)->equal(v, value(slot));
    };
    if (other != &instance_ && other->mapper == &mapper_ &&
        std::all_of(found.begin(), found.end(), is_same))
      return text + "\nanother new object has it, too" + session_.origin_of(*other);
  }
  if (!can_ask) return text;
  return text + fmt::format("\nthe object that has it: {}.query:filter_by{{{}}}:first()",
                            mapper_.name(), base::join(conditions, ", "));
}

std::string Explanation::not_null() const {
  const std::vector<int> found = slots();
  if (found.empty()) return {};
  const int slot = found[0];
  const std::string name = name_of(slot);
  const state::Change* change =
      instance_.history == nullptr ? nullptr : instance_.history->find(slot);
  const bool cleared = instance_.has_identity && change != nullptr && !change->old.is_null();
  if (const Relationship* many = cleared ? collection_of(slot) : nullptr)
    return fmt::format(
        "{} must not be NULL, and {} was taken out of {}: delete it, or give that relationship "
        "cascade = 'all, delete-orphan'",
        name, object_, many->full_name());
  if (const Relationship* one = reference_of(slot))
    return fmt::format("{} must not be NULL: set {} of {}, or its {}", name, one->name, object_,
                       mapper_.attribute_at(slot).name);
  return fmt::format("{} must not be NULL: {} {}", name, object_,
                     cleared ? "had a value, which was cleared: give it one" : "needs a value");
}

// "Post.user_id = 99"
std::string Explanation::key_text(const mapper::OwnKey& own) const {
  std::vector<std::string> parts;
  for (int slot : own.slots) parts.push_back(name_of(slot) + " = " + value(slot).repr(kShownBytes));
  return base::join(parts, ", ");
}

// The object that the key refers to is in the session, and has a row.
bool Explanation::is_there(const mapper::OwnKey& own) const {
  for (const mapper::MapperPtr& m : session_.registry().mappers()) {
    if (m->table()->full_name() != own.key->target_table() ||
        m->primary_key().size() != own.slots.size())
      continue;
    std::vector<Value> key;
    for (size_t k = 0; k < own.slots.size(); ++k) {
      const schema::Column* target = m->table()->find_column(own.key->target_column(k));
      if (target == nullptr || m->slot_of(*target) != m->primary_key()[k]) return false;
      key.push_back(value(own.slots[k]));
    }
    return session_.find_loaded(*m, key) != nullptr;
  }
  return false;
}

std::string Explanation::missing_target() const {
  std::vector<const mapper::OwnKey*> candidates;
  for (const mapper::OwnKey& own : mapper_.foreign_keys()) {
    const auto is_set = [&](int slot) { return slot >= 0 && has_value(slot); };
    const auto is_changed = [&](int slot) {
      return !instance_.has_identity ||
             (instance_.history != nullptr && instance_.history->find(slot) != nullptr);
    };
    const bool named = refusal_.columns.empty() || refusal_.columns == own.key->columns;
    if (named && std::all_of(own.slots.begin(), own.slots.end(), is_set) &&
        std::any_of(own.slots.begin(), own.slots.end(), is_changed))
      candidates.push_back(&own);
  }
  const auto there = [this](const mapper::OwnKey* own) { return is_there(*own); };
  if (!std::all_of(candidates.begin(), candidates.end(), there)) std::erase_if(candidates, there);
  if (candidates.empty()) return {};
  std::vector<std::string> keys;
  for (const mapper::OwnKey* own : candidates)
    keys.push_back(key_text(*own) + " refers to no row of " + own->key->target_table());
  std::string text = base::join(keys, ", or ") + ": ";
  const Relationship* one = reference_of(candidates[0]->slots[0]);
  if (candidates.size() > 1 || one == nullptr) return text + "add that row first, or correct it";
  return text + fmt::format("set {} of {} to a {} instead, or correct it", one->name, object_,
                            one->target->name());
}

bool Explanation::has_values(const std::vector<int>& slots,
                             const std::vector<std::string>& refused) const {
  for (size_t k = 0; k < slots.size(); ++k) {
    const Value& v = value(slots[k]);
    const std::string text = v.tag() == base::Tag::kText ? std::string(v.as_bytes()) : v.repr();
    if (!has_value(slots[k]) || text != refused[k]) return false;
  }
  return !slots.empty() && slots.size() == refused.size();
}

// Where the database names nothing, a reference to an object that the session has not is all that
// is known.
std::string Explanation::missing_at_commit(const std::vector<std::string>& refused) const {
  for (const mapper::OwnKey& own : mapper_.foreign_keys()) {
    const auto is_set = [&](int slot) { return slot >= 0 && has_value(slot); };
    if (!std::all_of(own.slots.begin(), own.slots.end(), is_set)) continue;
    const bool is_it = refused.empty() ? is_deferrable(*own.key) && !is_there(own)
                                       : own.table->name() == refusal_.table &&
                                             own.key->columns == refusal_.columns &&
                                             has_values(own.slots, refused);
    if (is_it)
      return fmt::format("{} of {} {} no row of {}: add that row, or correct it", key_text(own),
                         object_, refused.empty() ? "may refer to" : "refers to",
                         own.key->target_table());
  }
  return {};
}

std::string Explanation::referred_at_commit(const std::vector<std::string>& refused) const {
  const bool is_it = refused.empty() ||
                     (mapper_.part_in(refusal_.table) != nullptr && has_values(slots(), refused));
  return is_it ? referred_to(true, true) : std::string();
}

// Rows of other tables refer to the one that is deleted, or whose key changes.
std::string Explanation::referred_to(bool is_delete, bool at_commit) const {
  std::vector<std::string> referrers;
  const Relationship* collection = nullptr;
  for (const schema::TablePtr& table : mapper_.metadata()->tables())
    for (const schema::ForeignKeyConstraint& key : table->foreign_keys()) {
      const std::string& rule = is_delete ? key.ondelete : key.onupdate;
      const bool keeps = rule.empty() || rule == "NO ACTION" || rule == "RESTRICT";
      const bool named =
          (refusal_.constraint.empty() || key.name.empty() || key.name == refusal_.constraint) &&
          (refusal_.referrer.empty() || table->name() == refusal_.referrer);
      if (!keeps || !named || (at_commit && !is_deferrable(key)) ||
          mapper_.part_in(key.target_table()) == nullptr)
        continue;
      referrers.push_back(table->full_name() + " (" + base::join(key.columns, ", ") + ")");
      for (const auto& r : mapper_.relationships())
        if (r->direction == Direction::kOneToMany && !r->viewonly && r->target->table() == table &&
            collection == nullptr)
          collection = r.get();
    }
  if (referrers.empty()) return {};
  if (!is_delete)
    return fmt::format(
        "rows of {} still refer to {} by the key that changes: keep it, or let them follow, by "
        "onupdate = 'CASCADE' of their db.ForeignKey",
        base::join(referrers, " or "), object_);
  const std::string cascade = collection == nullptr ? std::string()
                                                    : " (cascade = 'all, delete-orphan' of " +
                                                          collection->full_name() + " does)";
  return fmt::format(
      "rows of {} still refer to {}: delete those, too{},\nor let the database do it, by "
      "ondelete = 'CASCADE' or 'SET NULL' of their db.ForeignKey",
      base::join(referrers, " or "), object_, cascade);
}

bool mentions(const std::string& sql, const std::string& word) {
  const auto part = [&sql](size_t at) {
    return at < sql.size() &&
           (sql[at] == '_' || std::isalnum(static_cast<unsigned char>(sql[at])) != 0);
  };
  for (size_t at = sql.find(word); at != std::string::npos; at = sql.find(word, at + 1))
    if (!(at > 0 && part(at - 1)) && !part(at + word.size())) return true;
  return false;
}

// "the check ck_age (age >= 0) refuses <User (pending)>: age is -1"
std::string Explanation::check() const {
  std::string sql = refusal_.constraint, name;
  for (const TablePart& part : mapper_.parts())
    for (const schema::CheckConstraint& c : part.table->checks())
      if (c.name == refusal_.constraint && !c.name.empty()) {
        sql = c.condition.text;
        name = c.name + " ";
      }
  if (sql.empty()) return {};
  std::vector<std::string> values;
  for (int slot : mapper_.column_slots())
    if (const schema::Column* c = mapper_.column(slot); c != nullptr && mentions(sql, c->name))
      values.push_back(mapper_.attribute_at(slot).name + " = " +
                       (value(slot).is_absent() ? "NULL" : value(slot).repr(kShownBytes)));
  if (values.empty()) return {};
  return fmt::format("the check {}({}) of table {} refuses {}: {}", name, sql,
                     mapper_.table()->full_name(), object_, base::join(values, ", "));
}

}  // namespace

std::string explain_refusal(Session& session, const Instance& instance, bool is_delete,
                            const Error& error) {
  if (error.kind() != ErrorKind::kIntegrityError) return {};
  const dialect::Dialect& dialect =
      session.engine(instance.mapper->table().get(), query::Access::kWrite)->dialect();
  const std::optional<Refusal> refusal = dialect.refusal(error);
  if (!refusal) return {};
  const Explanation explanation(session, instance, *refusal);
  switch (refusal->kind) {
    case Refusal::Kind::kUnique:
      return explanation.unique();
    case Refusal::Kind::kNotNull:
      return explanation.not_null();
    case Refusal::Kind::kForeignKey: {
      std::string text = is_delete ? std::string() : explanation.missing_target();
      return text.empty() ? explanation.referred_to(is_delete) : text;
    }
    case Refusal::Kind::kCheck:
      return explanation.check();
    case Refusal::Kind::kOther:
      break;
  }
  return {};
}

void refuse_kept_out(const Instance& instance) {
  throw Error(ErrorKind::kFlushError,
              "the INSERT of " + state::describe(instance) + " made no row, and so no key for it")
      .with_hint("A trigger or a rule of the table may leave rows out, or write others.");
}

void explain_commit(Session& session, engine::Engine& engine, std::span<Instance* const> written,
                    std::span<Instance* const> deleted, Error& error) {
  constexpr size_t kMostNamed = 3;
  if (error.kind() != ErrorKind::kIntegrityError) return;
  const std::optional<Refusal> refusal = engine.dialect().refusal(error);
  if (!refusal || refusal->kind != Refusal::Kind::kForeignKey) return;
  std::vector<std::string> values;
  if (refusal->row)
    for (const auto& [column, text] : refusal->row->values) values.push_back(text.value_or(""));
  size_t blamed = 0;
  std::string why;
  std::unordered_set<const Instance*> seen;
  const auto blame = [&](const Instance& i, const std::string& reason) {
    if (reason.empty() || !seen.insert(&i).second || ++blamed > kMostNamed) return;
    if (!values.empty())
      error.add_context("the row of " + state::describe(i) + session.origin_of(i));
    why += (why.empty() ? "" : "\n") + reason;
  };
  for (const Instance* i : written)
    if (refusal->referrer.empty())
      blame(*i, Explanation(session, *i, *refusal).missing_at_commit(values));
  for (const Instance* i : deleted)
    blame(*i, Explanation(session, *i, *refusal).referred_at_commit(values));
  if (blamed > kMostNamed) why += fmt::format("\n… {} more rows", blamed - kMostNamed);
  if (why.empty()) why = error.hint();
  if (!why.empty()) why += '\n';
  const bool says_how = why.find("rollback()") != std::string::npos;
  error.set_hint(why + "a deferred foreign key is checked by COMMIT" +
                 (says_how ? ""
                           : "; nothing of this transaction was kept: call db.session:rollback() "
                             "to go on"));
}

}  // namespace moonbase::session
