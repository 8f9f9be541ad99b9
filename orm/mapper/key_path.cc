#include "orm/mapper/key_path.h"

#include <algorithm>

#include "orm/base/error.h"
#include "orm/base/text.h"

namespace moonbase::mapper {

using base::Error;
using base::ErrorKind;

std::vector<KeyPath> key_paths(const schema::MetaData& metadata, const schema::Table& holder,
                               const schema::Table& referred) {
  std::vector<KeyPath> found;
  for (const schema::ForeignKeyConstraint& key : holder.foreign_keys()) {
    const schema::TablePtr target = metadata.referred_table(key);
    if ((target ? target->full_name() : key.target_table()) != referred.full_name()) continue;
    KeyPath path;
    for (size_t i = 0; i < key.columns.size(); ++i) {
      const schema::Column* remote = referred.find_column(key.target_column(i));
      if (remote == nullptr) metadata.resolve(holder, key, i);  // says what is wrong with it
      path.local.push_back(&holder.column(key.columns[i]));
      path.remote.push_back(remote);
    }
    found.push_back(std::move(path));
  }
  return found;
}

std::vector<KeyPath> key_paths(const Mapper& holder, const Mapper& referred) {
  std::vector<KeyPath> found;
  int nearest = 3;
  for (const TablePart& own : holder.parts()) {
    for (const TablePart& other : referred.parts()) {
      std::vector<KeyPath> paths = key_paths(*holder.metadata(), *own.table, *other.table);
      // The key that holds the parts of one row together leads nowhere.
      const auto is_inner = [&](const KeyPath& path) {
        return holder.parts().size() > 1 &&
               holder.slot_of(*path.local[0]) == holder.slot_of(*path.remote[0]);
      };
      std::erase_if(paths, is_inner);
      const int distance =
          (own.table == holder.table() ? 0 : 1) + (other.table == referred.table() ? 0 : 1);
      if (paths.empty() || distance > nearest) continue;
      if (distance < nearest) found.clear();
      nearest = distance;
      found.insert(found.end(), paths.begin(), paths.end());
    }
  }
  return found;
}

std::string describe(const std::vector<KeyPath>& paths) {
  std::vector<std::string> names;
  for (const KeyPath& path : paths) {
    std::vector<std::string> columns;
    for (const schema::Column* c : path.local) columns.push_back(c->full_name());
    names.push_back(base::join(columns, " and "));
  }
  return base::join(names, ", ");
}

const schema::Column* NamedTable::find(std::string_view name) const {
  std::string_view last = name;
  bool by_class = mapper != nullptr, by_table = true;
  if (const size_t dot = name.rfind('.'); dot != std::string_view::npos) {
    const std::string_view owner = name.substr(0, dot);
    last = name.substr(dot + 1);
    by_class = false;
    for (const Mapper* m = mapper; m != nullptr; m = m->base())
      by_class = by_class || owner == m->name();
    by_table = owner == table->name() || owner == table->full_name();
  }
  if (by_class)
    if (const Attribute* a = mapper->find(last); a != nullptr && a->column_position >= 0)
      return mapper->column(a->slot);
  if (!by_class && !by_table) return nullptr;
  for (const schema::Column& c : table->columns())
    if (c.name == last || c.key == last) return &c;
  return nullptr;
}

bool NamedTable::is_named(const schema::Column& column,
                          const std::vector<std::string>& names) const {
  return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
    const schema::Column* named = find(name);
    return named != nullptr && named->name == column.name;
  });
}

bool NamedTable::are_named(const std::vector<const schema::Column*>& columns,
                           const std::vector<std::string>& names) const {
  return std::all_of(columns.begin(), columns.end(),
                     [&](const schema::Column* c) { return is_named(*c, names); });
}

std::vector<NamedTable> tables_of(const Relationship& r) {
  std::vector<NamedTable> tables = {{r.owner->table().get(), r.owner},
                                    {r.target->table().get(), r.target}};
  if (r.secondary) tables.push_back({r.secondary.get(), nullptr});
  return tables;
}

namespace {

void check_option(const Relationship& r, const char* option,
                  const std::vector<std::string>& names) {
  const std::vector<NamedTable> tables = tables_of(r);
  for (const std::string& name : names) {
    if (std::any_of(tables.begin(), tables.end(),
                    [&](const NamedTable& t) { return t.find(name) != nullptr; }))
      continue;
    const bool bare = name.find('.') == std::string::npos;
    std::vector<std::string> known;
    for (const NamedTable& t : tables) {
      for (const schema::Column& c : t.table->columns())
        known.push_back(bare ? c.key : t.table->full_name() + "." + c.key);
      if (t.mapper == nullptr || bare) continue;
      for (int slot : t.mapper->column_slots())
        known.push_back(t.mapper->name() + "." + t.mapper->attribute_at(slot).name);
    }
    std::vector<std::string> titles;
    for (const NamedTable& t : tables) titles.push_back("'" + t.table->full_name() + "'");
    titles.erase(std::unique(titles.begin(), titles.end()), titles.end());
    throw Error(ErrorKind::kArgumentError,
                "relationship " + r.full_name() + ": " + option + " names " +
                    base::quote_for_message(name) + ", which is no column of " +
                    base::join(titles, " or ") + base::did_you_mean(name, known));
  }
}

}  // namespace

void check_names(const Relationship& r) {
  check_option(r, "foreign_keys", r.def->foreign_keys);
  check_option(r, "remote_side", r.def->remote_side);
}

KeyPath secondary_path(const Relationship& r, bool to_target,
                       const std::vector<const schema::Column*>& used) {
  const Mapper& mapper = to_target ? *r.target : *r.owner;
  const std::string secondary = "'" + r.secondary->full_name() + "'";
  std::vector<KeyPath> found;
  for (auto part = mapper.parts().rbegin(); part != mapper.parts().rend() && found.empty(); ++part)
    found = key_paths(*mapper.metadata(), *r.secondary, *part->table);
  std::erase_if(found, [&](const KeyPath& path) {
    return std::any_of(path.local.begin(), path.local.end(), [&](const schema::Column* c) {
      return std::find(used.begin(), used.end(), c) != used.end();
    });
  });
  const NamedTable table{r.secondary.get(), nullptr};
  const std::vector<std::string>& wanted = r.def->foreign_keys;
  std::vector<KeyPath> chosen = found;
  std::erase_if(chosen, [&](const KeyPath& path) { return !table.are_named(path.local, wanted); });
  if (!chosen.empty()) found = std::move(chosen);
  if (found.empty())
    throw Error(ErrorKind::kNoForeignKeysError,
                "relationship " + r.full_name() + ": its secondary table " + secondary +
                    " has no foreign key to '" + mapper.table()->full_name() + "'")
        .with_hint("give it one: db.Column{'" + mapper.table()->name() + "_id', db.ForeignKey '" +
                   mapper.table()->full_name() + "." + mapper.table()->primary_key()[0]->name +
                   "'}; or say primaryjoin and secondaryjoin");
  if (found.size() == 1) return found[0];
  if (found.size() == 2 && r.owner->table() == r.target->table() && used.empty())
    return found[to_target ? 1 : 0];
  throw Error(ErrorKind::kAmbiguousForeignKeysError,
              "relationship " + r.full_name() + ": its secondary table " + secondary +
                  " can be joined to '" + mapper.table()->full_name() + "' in several ways: by " +
                  describe(found))
      .with_hint("say which one with foreign_keys, e.g. foreign_keys = '" +
                 found[0].local[0]->full_name() + "', or give " +
                 (to_target ? "secondaryjoin" : "primaryjoin"));
}

}  // namespace moonbase::mapper
