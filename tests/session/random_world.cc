#include "tests/session/random_world.h"

#include <algorithm>

namespace moonbase::test {

namespace {

const RandomClass& class_of(const RandomModel& model, const Thing& thing) {
  return model.classes[static_cast<size_t>(thing.cls)];
}

std::string joined(const Lines& parts) {
  std::string line;
  for (const std::string& part : parts) line += (line.empty() ? "" : ", ") + part;
  return line;
}

}  // namespace

std::vector<int> World::staying(const RandomModel& model, int cls) const {
  std::vector<int> found;
  for (const auto& [number, t] : things)
    if (!t.is_going && (cls < 0 || model.is_a(t.cls, cls))) found.push_back(number);
  return found;
}

std::vector<int> World::members(const RandomModel& model, int reference, int target) const {
  const RandomReference& r = model.references[static_cast<size_t>(reference)];
  std::vector<int> found;
  for (const Leg& leg : legs_of(model, r.from))
    if (leg.reference == reference)
      for (const auto& [number, t] : things)
        if (model.is_a(t.cls, r.from) && t.now.refs[leg.index] == target) found.push_back(number);
  return found;
}

std::vector<Leg> legs_of(const RandomModel& model, int cls) {
  std::vector<Leg> legs;
  for (const int above : model.lineage(cls))
    for (const int reference : model.at(above).references) legs.push_back({reference, legs.size()});
  return legs;
}

Lines key_of(const RandomModel& model, const World& world, int number) {
  const Thing& t = world.things.at(number);
  switch (class_of(model, t).key) {
    case KeyKind::kNumbered:
      break;
    case KeyKind::kNatural:
      return {"'k" + std::to_string(t.now.k1) + "'"};
    case KeyKind::kPair:
      return {std::to_string(t.now.k1), std::to_string(t.now.k2)};
    case KeyKind::kOwned: {
      Lines key = key_of(model, world, t.now.refs[0]);
      key.push_back(std::to_string(t.now.k1));
      return key;
    }
  }
  return {std::to_string(t.now.k1)};
}

namespace {

// The classes whose columns are in a table.
std::vector<int> classes_in(const RandomModel& model, int table) {
  std::vector<int> found;
  for (size_t c = 0; c < model.classes.size(); ++c)
    if (model.table_of(static_cast<int>(c)) == table) found.push_back(static_cast<int>(c));
  return found;
}

void add_own_values(const RandomModel& model, const World& world, const Thing& t, int cls,
                    Lines& values) {
  const bool has_them = model.is_a(t.cls, cls);
  if (model.at(cls).base >= 0)
    values.push_back(t.cls == cls && t.now.x != 0 ? std::to_string(t.now.x) : "NULL");
  for (const Leg& leg : legs_of(model, cls)) {
    const RandomReference& r = model.references[static_cast<size_t>(leg.reference)];
    if (r.is_owner || r.from != cls) continue;
    const int target = has_them ? t.now.refs[leg.index] : 0;
    const Lines key = target == 0 ? Lines(r.columns.size(), "NULL") : key_of(model, world, target);
    values.insert(values.end(), key.begin(), key.end());
  }
}

}  // namespace

std::string columns_of(const RandomModel& model, int table) {
  const RandomClass& c = model.at(table);
  Lines columns = model.key_columns(table);
  if (c.base < 0) {
    if (c.is_base) columns.push_back("kind");
    columns.push_back("v");
    if (c.has_unique) columns.push_back("u");
    if (c.has_tag) columns.push_back("tag");
  }
  for (const int cls : classes_in(model, table)) {
    if (model.at(cls).base >= 0) columns.push_back(model.own_value(cls));
    for (const int reference : model.at(cls).references) {
      const RandomReference& r = model.references[static_cast<size_t>(reference)];
      if (!r.is_owner) columns.insert(columns.end(), r.columns.begin(), r.columns.end());
    }
  }
  return joined(columns);
}

Lines rows_of(const RandomModel& model, const World& world, int table) {
  const RandomClass& c = model.at(table);
  Lines rows;
  for (const auto& [number, t] : world.things) {
    if (!model.is_a(t.cls, table)) continue;
    Lines values = key_of(model, world, number);
    if (c.base < 0) {
      if (c.is_base) values.push_back("'" + model.at(t.cls).name + "'");
      values.push_back(std::to_string(t.now.v));
      if (c.has_unique) values.push_back(t.now.u == 0 ? "NULL" : std::to_string(t.now.u));
      if (c.has_tag) values.push_back(std::to_string(number));
    }
    for (const int cls : classes_in(model, table)) add_own_values(model, world, t, cls, values);
    rows.push_back(joined(values));
  }
  return rows;
}

Lines link_rows(const RandomModel& model, const World& world, size_t pairing) {
  Lines rows;
  for (const auto& [left, right] : world.links[pairing]) {
    Lines values = key_of(model, world, left);
    const Lines key = key_of(model, world, right);
    values.insert(values.end(), key.begin(), key.end());
    rows.push_back(joined(values));
  }
  return rows;
}

bool is_unwanted(const RandomModel& model, const World& world, int number) {
  const Thing& t = world.things.at(number);
  if (t.has_row || !t.taken_out) return false;
  for (const Leg& leg : legs_of(model, t.cls))
    if (t.now.refs[leg.index] == 0 &&
        model.references[static_cast<size_t>(leg.reference)].deletes_orphans())
      return true;
  const std::vector<int> owners = model.owners_of(t.cls);
  return std::any_of(owners.begin(), owners.end(), [&](int reference) {
    return world.members(model, reference, number).empty();
  });
}

// Whether an object goes because a many-to-one relationship that owns it goes, or has let it go.
bool is_disowned(const RandomModel& model, const World& world, int number) {
  for (const int reference : model.owners_of(world.things.at(number).cls)) {
    bool is_lost = false, is_kept = false;
    for (const Leg& leg : legs_of(model, model.references[static_cast<size_t>(reference)].from)) {
      if (leg.reference != reference) continue;
      for (const auto& [owner, o] : world.things) {
        if (!model.is_a(o.cls, model.references[static_cast<size_t>(reference)].from)) continue;
        const bool has = o.now.refs[leg.index] == number,
                   had = o.has_row && o.row.refs[leg.index] == number;
        is_kept = is_kept || (has && !o.is_going);
        is_lost = is_lost || had ||
                  (has && o.is_going && (o.has_row || !world.things.at(number).has_row));
      }
    }
    if (is_lost && !is_kept) return true;
  }
  return false;
}

bool spread_departures(const RandomModel& model, World& world) {
  bool any = false;
  for (auto& [number, t] : world.things) {
    if (t.is_going) continue;
    for (const Leg& leg : legs_of(model, t.cls)) {
      const RandomReference& r = model.references[static_cast<size_t>(leg.reference)];
      if (!r.deletes()) continue;
      const int owner = t.now.refs[leg.index], before = t.has_row ? t.row.refs[leg.index] : 0;
      const bool owner_goes = t.has_row && owner != 0 && world.things.at(owner).is_going &&
                              world.things.at(owner).has_row;
      const bool is_let_go = owner == 0 && before != 0;
      if (owner_goes || (is_let_go && r.deletes_orphans()) ||
          (is_let_go && world.things.at(before).is_going))
        t.is_going = any = true;
    }
    if (!t.is_going && (is_unwanted(model, world, number) || is_disowned(model, world, number)))
      t.is_going = any = true;
  }
  return any;
}

void finish_flush(const RandomModel& model, World& world) {
  for (auto& [number, t] : world.things)
    for (const Leg& leg : legs_of(model, t.cls)) {
      int& target = t.now.refs[leg.index];
      if (!t.is_going && target != 0 && world.things.at(target).is_going) target = 0;
    }
  for (Links& links : world.links)
    std::erase_if(links, [&](const auto& link) {
      return world.things.at(link.first).is_going || world.things.at(link.second).is_going;
    });
  std::erase_if(world.things, [](const auto& entry) { return entry.second.is_going; });
  for (auto& [number, t] : world.things) {
    t.row = t.now;
    t.has_row = true;
    t.taken_out = false;
  }
}

}  // namespace moonbase::test
