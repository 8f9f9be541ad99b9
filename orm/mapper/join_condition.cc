#include "orm/mapper/join_condition.h"

#include <algorithm>

#include "orm/base/error.h"
#include "orm/base/text.h"
#include "orm/mapper/key_path.h"
#include "orm/mapper/written_join.h"

namespace moonbase::mapper {

using base::Error;
using base::ErrorKind;

namespace {

const KeyPath& only_path(const Relationship& r, const std::vector<KeyPath>& found) {
  if (found.size() > 1)
    throw Error(ErrorKind::kAmbiguousForeignKeysError,
                "relationship " + r.full_name() + " can be joined to " + r.target->name() +
                    " in several ways: by " + describe(found))
        .with_hint("say which one with foreign_keys, e.g. foreign_keys = '" +
                   found[0].local[0]->full_name() + "'");
  return found[0];
}

void add_pairs(std::vector<SyncPair>& pairs, const Mapper& referred, const Mapper& holder,
               const KeyPath& path) {
  for (size_t i = 0; i < path.local.size(); ++i)
    pairs.push_back({referred.slot_of(*path.remote[i]), holder.slot_of(*path.local[i]),
                     path.remote[i], path.local[i]});
}

void determine_secondary(Relationship& r) {
  r.direction = Direction::kManyToMany;
  const auto side = [&](const Mapper& mapper, bool to_target) {
    const KeyPath path = secondary_path(r, to_target);
    std::vector<SyncPair>& pairs = to_target ? r.secondary_pairs : r.pairs;
    for (size_t i = 0; i < path.local.size(); ++i)
      pairs.push_back({mapper.slot_of(*path.remote[i]), -1, path.remote[i], path.local[i]});
  };
  side(*r.owner, false);
  side(*r.target, true);
}

// Foreign keys of the two tables that lead nowhere: the likely reason for a missing one.
std::string dangling_keys(const Relationship& r) {
  std::vector<std::string> found;
  const auto look = [&](const Mapper& mapper) {
    for (const schema::ForeignKeyConstraint& key : mapper.table()->foreign_keys()) {
      if (mapper.metadata()->referred_table(key)) continue;
      std::vector<std::string> names;
      for (const schema::TablePtr& t : mapper.metadata()->tables()) names.push_back(t->full_name());
      found.push_back(mapper.table()->column(key.columns[0]).full_name() + " refers to a table '" +
                      key.target_table() + "', which is not there" +
                      base::did_you_mean(key.target_table(), names));
    }
  };
  look(*r.owner);
  if (r.target != r.owner) look(*r.target);
  return found.empty() ? "" : "; " + base::join(found, "; ");
}

[[noreturn]] void refuse_without_keys(const Relationship& r) {
  throw Error(ErrorKind::kNoForeignKeysError,
              "relationship " + r.full_name() + ": there is no foreign key between '" +
                  r.owner->table()->full_name() + "' and '" + r.target->table()->full_name() + "'" +
                  (r.def->foreign_keys.empty() ? dangling_keys(r)
                                               : " with the columns that foreign_keys names, " +
                                                     base::join(r.def->foreign_keys, ", ")))
      .with_hint(r.def->foreign_keys.empty()
                     ? "give one of the two a column with db.ForeignKey 'table.column', or say "
                       "primaryjoin and foreign_keys"
                     : "name columns that have a db.ForeignKey, or say primaryjoin too");
}

// A tree: the remote side says which way it looks; without one it is the children.
void choose_way(const Relationship& r, std::vector<KeyPath>& outgoing,
                std::vector<KeyPath>& incoming) {
  const std::vector<std::string>& remote = r.def->remote_side;
  const NamedTable table{r.target->table().get(), r.target};
  if (remote.empty() || outgoing.empty()) {
    outgoing.clear();
    return;
  }
  std::erase_if(outgoing, [&](const KeyPath& p) { return !table.are_named(p.remote, remote); });
  if (!outgoing.empty()) {
    incoming.clear();
    return;
  }
  std::erase_if(incoming, [&](const KeyPath& p) { return !table.are_named(p.local, remote); });
}

// A class that inherits has its key in several tables, as one attribute.
bool are_one_attribute(const Mapper* mapper, const schema::Column& a, const schema::Column& b) {
  return mapper != nullptr && mapper->slot_of(a) >= 0 && mapper->slot_of(a) == mapper->slot_of(b);
}

// In a tree choose_way has said it already.
void check_remote_side(const Relationship& r) {
  const std::vector<std::string>& remote = r.def->remote_side;
  if (remote.empty()) return;
  std::vector<const schema::Column*> columns;
  NamedTable table{r.target->table().get(), r.target};
  for (const SyncPair& p : r.pairs)
    columns.push_back(r.direction == Direction::kManyToOne ? p.source : p.destination);
  if (r.secondary) {
    for (const SyncPair& p : r.secondary_pairs) columns.push_back(p.destination);
    table = {r.secondary.get(), nullptr};
  }
  for (const std::string& name : remote) {
    const schema::Column* named = table.find(name);
    if (named != nullptr && std::ranges::any_of(columns, [&](const schema::Column* c) {
          return c == named || are_one_attribute(table.mapper, *c, *named);
        }))
      continue;
    std::vector<std::string> names;
    for (const schema::Column* c : columns) names.push_back(c->full_name());
    throw Error(ErrorKind::kArgumentError,
                "relationship " + r.full_name() + ": remote_side names " +
                    base::quote_for_message(name) + ", and the remote columns of its join are " +
                    base::join(names, ", "))
        .with_hint(
            "remote_side is needed where a table is joined to itself, and names the "
            "columns of the other row: remote_side = 'id' looks from a child to its parent");
  }
}

void determine_by_keys(Relationship& r) {
  const schema::Table &own = *r.owner->table(), &other = *r.target->table();
  std::vector<KeyPath> outgoing = key_paths(*r.owner, *r.target);  // owner holds the key
  std::vector<KeyPath> incoming = key_paths(*r.target, *r.owner);
  const std::vector<std::string>& wanted = r.def->foreign_keys;
  if (!wanted.empty()) {
    const NamedTable owner{&own, r.owner}, target{&other, r.target};
    std::erase_if(outgoing, [&](const KeyPath& p) { return !owner.are_named(p.local, wanted); });
    std::erase_if(incoming, [&](const KeyPath& p) { return !target.are_named(p.local, wanted); });
  }
  if (&own == &other) {
    const bool has_keys = !incoming.empty();
    choose_way(r, outgoing, incoming);
    if (has_keys && outgoing.empty() && incoming.empty())
      throw Error(ErrorKind::kArgumentError, "relationship " + r.full_name() +
                                                 ": remote_side names " +
                                                 base::join(r.def->remote_side, ", ") +
                                                 ", which is neither side of a foreign key of '" +
                                                 own.full_name() + "' to itself")
          .with_hint(
              "name the key for the way to the parent (remote_side = 'id'), or the foreign "
              "key for the way to the children");
  }
  if (outgoing.empty() && incoming.empty()) refuse_without_keys(r);
  if (!outgoing.empty() && !incoming.empty()) {
    std::vector<KeyPath> all = incoming;
    all.insert(all.end(), outgoing.begin(), outgoing.end());
    only_path(r, all);
  }
  if (!incoming.empty()) {
    r.direction = Direction::kOneToMany;
    add_pairs(r.pairs, *r.owner, *r.target, only_path(r, incoming));
  } else {
    r.direction = Direction::kManyToOne;
    add_pairs(r.pairs, *r.target, *r.owner, only_path(r, outgoing));
  }
}

// The identity map answers where a reference is by the target's whole key.
void find_use_get(Relationship& r) {
  if (r.direction != Direction::kManyToOne || !r.is_plain_join()) return;
  const std::vector<int>& key = r.target->primary_key();
  if (r.pairs.size() != key.size()) return;
  std::vector<SyncPair> in_order;
  for (int slot : key)
    for (const SyncPair& p : r.pairs)
      if (p.source_slot == slot) in_order.push_back(p);
  if (in_order.size() != key.size()) return;
  r.pairs = std::move(in_order);
  r.use_get = true;
}

void finish_join(Relationship& r) {
  const bool to_one = r.direction == Direction::kManyToOne;
  r.uselist = r.def->uselist.value_or(!to_one);
  if (to_one && r.uselist)
    throw Error(ErrorKind::kArgumentError,
                "relationship " + r.full_name() + " is many-to-one: the foreign key is in '" +
                    r.owner->table()->full_name() + "', and uselist = true has no sense")
        .with_hint(
            "leave uselist out; in a table that refers to itself remote_side says which "
            "way the relationship looks");
  find_use_get(r);
  find_near_slots(r);
}

}  // namespace

void determine_join(Relationship& r) {
  check_names(r);
  if (r.def->secondaryjoin && !r.secondary)
    throw Error(ErrorKind::kArgumentError,
                "relationship " + r.full_name() + ": secondaryjoin needs a secondary table")
        .with_hint("db.relationship{'Group', secondary = membership, secondaryjoin = …}");
  if (r.def->primaryjoin || r.def->secondaryjoin) {
    read_written_join(r);
  } else {
    r.secondary ? determine_secondary(r) : determine_by_keys(r);
    check_remote_side(r);
  }
  finish_join(r);
}

void mirror_join(const Relationship& forward, Relationship& backward) {
  backward.near = forward.far;
  backward.far = forward.near;
  if (forward.secondary) {
    backward.direction = Direction::kManyToMany;
    backward.pairs = forward.secondary_pairs;
    backward.secondary_pairs = forward.pairs;
    backward.primaryjoin = forward.secondaryjoin;
    backward.secondaryjoin = forward.primaryjoin;
  } else {
    backward.direction =
        forward.direction == Direction::kOneToMany ? Direction::kManyToOne : Direction::kOneToMany;
    backward.pairs = forward.pairs;
    backward.primaryjoin = forward.primaryjoin;
  }
  finish_join(backward);
}

}  // namespace moonbase::mapper
