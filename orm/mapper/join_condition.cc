#include "orm/mapper/join_condition.h"

#include <algorithm>

#include "orm/base/error.h"
#include "orm/base/text.h"

namespace moonbase::mapper {

using base::Error;
using base::ErrorKind;

namespace {

// One foreign key from `holder`'s table to `referred`'s.
struct Path {
  const schema::ForeignKeyConstraint* key;
  std::vector<const schema::Column*> local, remote;  // on the holder, on the referred table
};

std::vector<Path> paths(const schema::Table& holder, const schema::Table& referred) {
  std::vector<Path> found;
  for (const schema::ForeignKeyConstraint& key : holder.foreign_keys()) {
    if (key.target_table() != referred.full_name()) continue;
    Path path{&key, {}, {}};
    for (size_t i = 0; i < key.columns.size(); ++i) {
      path.local.push_back(&holder.column(key.columns[i]));
      path.remote.push_back(&referred.column(key.target_column(i)));
    }
    found.push_back(std::move(path));
  }
  return found;
}

// "Class.column", "table.column" or "column": is it this column?
bool names_column(std::string_view text, const Mapper& mapper, const schema::Column& column) {
  std::string_view last = text;
  if (const size_t dot = text.rfind('.'); dot != std::string_view::npos) {
    const std::string_view owner = text.substr(0, dot);
    last = text.substr(dot + 1);
    if (owner != mapper.name() && owner != mapper.table()->name() &&
        owner != mapper.table()->full_name())
      return false;
  }
  const int slot = mapper.slot_of(column);
  return last == column.name || last == column.key ||
         (slot >= 0 && mapper.attributes()[static_cast<size_t>(slot)].name == last);
}

bool all_named(const std::vector<std::string>& names, const Mapper& mapper,
               const std::vector<const schema::Column*>& columns) {
  return std::all_of(columns.begin(), columns.end(), [&](const schema::Column* c) {
    return std::any_of(names.begin(), names.end(),
                       [&](const std::string& n) { return names_column(n, mapper, *c); });
  });
}

std::string column_names(const std::vector<Path>& found) {
  std::vector<std::string> names;
  for (const Path& path : found) {
    std::vector<std::string> columns;
    for (const schema::Column* c : path.local) columns.push_back(c->full_name());
    names.push_back(base::join(columns, " and "));
  }
  return base::join(names, ", ");
}

const Path& only_path(const Relationship& r, const std::vector<Path>& found) {
  if (found.size() > 1)
    throw Error(ErrorKind::kAmbiguousForeignKeysError,
                "relationship " + r.full_name() + " can be joined to " + r.target->name() +
                    " in several ways: by " + column_names(found))
        .with_hint("say which one with foreign_keys, e.g. foreign_keys = '" +
                   found[0].local[0]->full_name() + "'");
  return found[0];
}

void add_pairs(std::vector<SyncPair>& pairs, const Mapper& referred, const Mapper& holder,
               const Path& path) {
  for (size_t i = 0; i < path.local.size(); ++i)
    pairs.push_back({referred.slot_of(*path.remote[i]), holder.slot_of(*path.local[i]),
                     path.remote[i], path.local[i]});
}

void determine_secondary(Relationship& r) {
  r.direction = Direction::kManyToMany;
  const auto side = [&](const Mapper& mapper, std::vector<SyncPair>& pairs) {
    std::vector<Path> found = paths(*r.secondary, *mapper.table());
    if (found.empty())
      throw Error(ErrorKind::kNoForeignKeysError,
                  "relationship " + r.full_name() + ": its secondary table '" +
                      r.secondary->full_name() + "' has no foreign key to '" +
                      mapper.table()->full_name() + "'");
    // A table joined to itself through an association table has two keys: the first is the owner's.
    const Path& path = found.size() > 1 && r.owner == r.target ? found[&pairs == &r.pairs ? 0 : 1]
                                                               : only_path(r, found);
    for (size_t i = 0; i < path.local.size(); ++i)
      pairs.push_back({mapper.slot_of(*path.remote[i]), -1, path.remote[i], path.local[i]});
  };
  side(*r.owner, r.pairs);
  side(*r.target, r.secondary_pairs);
}

void check_uselist(Relationship& r, bool standard) {
  r.uselist = r.def->uselist.value_or(standard);
}

}  // namespace

void determine_join(Relationship& r) {
  if (r.secondary) {
    determine_secondary(r);
    check_uselist(r, true);
    return;
  }
  std::vector<Path> outgoing = paths(*r.owner->table(), *r.target->table());  // owner holds the key
  std::vector<Path> incoming = paths(*r.target->table(), *r.owner->table());  // target holds it
  const std::vector<std::string>& wanted = r.def->foreign_keys;
  if (!wanted.empty()) {
    std::erase_if(outgoing, [&](const Path& p) { return !all_named(wanted, *r.owner, p.local); });
    std::erase_if(incoming, [&](const Path& p) { return !all_named(wanted, *r.target, p.local); });
  }
  if (r.owner == r.target) {
    // A tree: the remote side says which way it looks; without one it is the children.
    const std::vector<std::string>& remote = r.def->remote_side;
    const bool to_parent =
        !remote.empty() && !outgoing.empty() && all_named(remote, *r.target, outgoing[0].remote);
    if (to_parent)
      incoming.clear();
    else
      outgoing.clear();
  }
  if (outgoing.empty() && incoming.empty())
    throw Error(ErrorKind::kNoForeignKeysError, "relationship " + r.full_name() +
                                                    ": there is no foreign key between '" +
                                                    r.owner->table()->full_name() + "' and '" +
                                                    r.target->table()->full_name() + "'")
        .with_hint("give one of the two a column with db.ForeignKey 'table.column'" +
                   std::string(wanted.empty() ? "" : ", or check foreign_keys"));
  if (!outgoing.empty() && !incoming.empty()) {
    std::vector<Path> all = incoming;
    all.insert(all.end(), outgoing.begin(), outgoing.end());
    only_path(r, all);
  }
  if (!incoming.empty()) {
    r.direction = Direction::kOneToMany;
    add_pairs(r.pairs, *r.owner, *r.target, only_path(r, incoming));
    check_uselist(r, true);
  } else {
    r.direction = Direction::kManyToOne;
    add_pairs(r.pairs, *r.target, *r.owner, only_path(r, outgoing));
    check_uselist(r, false);
    std::vector<int> sources;
    for (const SyncPair& p : r.pairs) sources.push_back(p.source_slot);
    r.use_get = sources == r.target->primary_key();
  }
}

}  // namespace moonbase::mapper
