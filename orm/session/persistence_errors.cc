// What is said of a row that the database refuses: which object it is, and what to do.
#include <utility>

#include "orm/base/error.h"
#include "orm/session/persistence.h"
#include "orm/session/refusal.h"
#include "orm/session/session.h"

namespace moonbase::session {

using base::Error;
using base::ErrorKind;
using base::Tag;
using base::Value;
using mapper::TablePart;
using state::Instance;

namespace {

const char* verb(Action action) {
  switch (action) {
    case Action::kInsert:
      return "INSERT";
    case Action::kUpdate:
      return "UPDATE";
    case Action::kDelete:
      return "DELETE";
  }
  return "";
}

// "INSERT of <User (pending)>: username = 'susan', …": for the person who must find the object.
std::string row_context(const Instance& i, Action action) {
  std::string text = std::string(verb(action)) + " of " + state::describe(i);
  if (action == Action::kDelete) return text;
  std::string values;
  int shown = 0;
  for (const mapper::Attribute& a : i.mapper->attributes()) {
    if (a.kind != mapper::Attribute::Kind::kColumn || a.slot >= i.slot_count) continue;
    const Value& v = i.slot(a.slot);
    if (v.is_absent() || v.is_null() || v.tag() == Tag::kExpression) continue;
    if (++shown > 4) {
      values += ", …";
      break;
    }
    values += (values.empty() ? "" : ", ") + a.name + " = " + v.repr(40);
  }
  return values.empty() ? text : text + " (" + values + ")";
}

}  // namespace

// Names the row in an error, and what is wrong with it.
void Persistence::tell_row(const Instance& i, Action action, Error& e) {
  // Of a table that is missing or locked no object is to blame.
  const bool of_values = e.kind() != ErrorKind::kOperationalError &&
                         e.kind() != ErrorKind::kProgrammingError &&
                         e.kind() != ErrorKind::kInterrupted;
  e.add_context(row_context(i, action) + (of_values ? session_.origin_of(i) : ""));
  std::string why = explain_refusal(session_, i, action == Action::kDelete, e);
  if (!why.empty()) e.set_hint(std::move(why));
}

void Persistence::explain(int node, Action action, Error& e) {
  if (std::exchange(is_explained_, false)) return;
  tell_row(*plan_->nodes[static_cast<size_t>(node)].instance, action, e);
  explain_takeover(*plan_, node, e);
}

// Whether the database refused a row for the sake of a unique value that changes hands: names both.
void Persistence::explain_takeover(const FlushPlan& plan, int node, Error& e) {
  if (e.kind() != ErrorKind::kIntegrityError) return;
  for (const Takeover& t : plan.takeovers) {
    if (t.taker != node && t.holder != node) continue;
    const Instance& taker = *plan.nodes[static_cast<size_t>(t.taker)].instance;
    const Instance& holder = *plan.nodes[static_cast<size_t>(t.holder)].instance;
    e.add_context(state::describe(taker) + " takes over the " + t.columns + " of " +
                  state::describe(holder) + ", which is deleted in the same flush");
    const std::string why = t.why_not.empty() ? name_referrer(holder) : t.why_not;
    e.set_hint((why.empty() ? "" : why + "\n") + "delete " + state::describe(holder) +
               " and what refers to it, flush, and only then use the value again; call "
               "db.session:rollback() to go on");
    return;
  }
}

// "<Log 3> still refers to <User 1>", as far as a loaded object tells.
std::string Persistence::name_referrer(const Instance& holder) {
  for (const mapper::MapperPtr& m : session_.registry_.mappers())
    for (const mapper::OwnKey& own : m->foreign_keys()) {
      const schema::ForeignKeyConstraint& key = *own.key;
      const TablePart* part = holder.mapper->part_in(key.target_table());
      if (part == nullptr) continue;
      KeyText wanted;
      for (size_t k = 0; k < key.columns.size(); ++k)
        if (const schema::Column* c = part->table->find_column(key.target_column(k));
            c != nullptr && holder.mapper->slot_of(*c) >= 0)
          wanted.push_back(holder.committed(holder.mapper->slot_of(*c)).repr());
      const Referrers& all = referrers(*m, key);
      const auto found = all.find(wanted);
      if (found == all.end()) continue;
      for (const Instance* i : found->second)
        if (i->flush_index == 0)
          return state::describe(*i) + " still refers to " + state::describe(holder);
    }
  return "";
}

}  // namespace moonbase::session
