#include "tests/session/random_model.h"

#include <algorithm>
#include <set>

namespace moonbase::test {

namespace {

using schema::make_column;
using schema::make_key;

class Maker {
 public:
  explicit Maker(uint32_t seed) : dice_(seed * 2654435761U + 1) {}

  RandomModel run() {
    const int classes = 2 + dice_.below(5);
    for (int c = 0; c < classes; ++c) add_class(c);
    const int references = 1 + dice_.below(2 * classes);
    for (int n = 0; n < references; ++n) add_reference(dice_.below(classes), dice_.below(classes));
    for (int n = dice_.below(3); n > 0; --n) add_pairing();
    for (RandomReference& r : model_.references) add_options(r);
    for (RandomReference& r : model_.references) {
      r.one_side.lazy = choose_lazy();
      r.many_side = choose_side(r.from, r.uselist && !r.many.empty());
    }
    for (RandomPairing& p : model_.pairings) {
      p.list_side = choose_side(p.right, true);
      p.back_side = choose_side(p.left, !p.back.empty());
    }
    return std::move(model_);
  }

 private:
  void add_class(int c) {
    RandomClass cls;
    cls.name = std::string(1, static_cast<char>('A' + c));
    cls.table = std::string("t_") + static_cast<char>('a' + c);
    const int kind = dice_.below(10);
    cls.key = kind < 5             ? KeyKind::kNumbered
              : kind < 7           ? KeyKind::kNatural
              : kind < 8 || c == 0 ? KeyKind::kPair
                                   : KeyKind::kOwned;
    cls.has_unique = dice_.chance(40);
    cls.has_version = dice_.chance(25);
    if (c > 0 && dice_.chance(35)) return add_subclass(std::move(cls), dice_.below(c));
    model_.classes.push_back(std::move(cls));
    if (model_.classes.back().key == KeyKind::kOwned) add_reference(c, dice_.below(c), true);
  }

  void add_subclass(RandomClass cls, int base) {
    RandomClass& above = model_.classes[static_cast<size_t>(base)];
    above.is_base = true;
    cls.base = base;
    cls.key = above.key;
    cls.has_unique = above.has_unique;
    cls.has_version = above.has_version;
    cls.has_own_table = dice_.chance(50);
    const int read = dice_.below(6);
    if (read < 2) cls.read_below = read == 0 ? "inline" : "selectin";
    above.reads_all = above.reads_all || dice_.chance(15);
    model_.classes.push_back(std::move(cls));
  }

  // What must not be NULL leads to a table that is filled before.
  bool may_be_null(int from, int to) const {
    const bool shares_table = !model_.at(from).has_own_table;
    return shares_table || model_.root(to) >= model_.root(from);
  }

  void add_reference(int from, int to, bool is_owner = false) {
    RandomReference r;
    r.from = from;
    r.to = to;
    const std::string number = std::to_string(model_.references.size());
    const int sides = dice_.below(10);
    if (sides != 0) r.one = "one" + number;
    if (sides != 1) r.many = "many" + number;
    r.is_owner = is_owner;
    r.nullable = !is_owner && (may_be_null(from, to) || dice_.chance(70));
    r.uselist = is_owner || !dice_.chance(20);
    for (const std::string& key : model_.key_columns(to))
      r.columns.push_back("r" + number + "_" + key);
    model_.classes[static_cast<size_t>(from)].references.push_back(
        static_cast<int>(model_.references.size()));
    model_.references.push_back(std::move(r));
  }

  void add_pairing() {
    const int classes = static_cast<int>(model_.classes.size());
    const std::string number = std::to_string(model_.pairings.size());
    model_.pairings.push_back({"pair" + number, dice_.below(classes), dice_.below(classes),
                               "list" + number, dice_.chance(70) ? "back" + number : ""});
  }

  std::string choose_lazy() {
    static constexpr const char* kWords[] = {"select", "select",      "select",   "select",
                                             "joined", "selectin",    "subquery", "immediate",
                                             "raise",  "raise_on_sql"};
    return kWords[dice_.below(std::size(kWords))];
  }

  RandomSide choose_side(int member, bool is_collection) {
    RandomSide side{choose_lazy()};
    const int shape = dice_.below(10);
    if (!is_collection || shape < 6) return side;
    side.shape = shape < 8 ? mapper::Shape::kSet : mapper::Shape::kDict;
    if (shape >= 8) model_.classes[static_cast<size_t>(model_.root(member))].has_tag = true;
    return side;
  }

  void add_options(RandomReference& r) {
    r.uses_backref = dice_.chance(50);
    r.post_update = r.nullable && model_.is_circular(r.from) && dice_.chance(20);
    // An owned row's key changes in the database, out of the session's hands.
    const KeyKind key = model_.classes[static_cast<size_t>(r.to)].key;
    const bool changes = key == KeyKind::kNatural || key == KeyKind::kPair;
    r.owns_target = !r.one.empty() && !r.is_owner && model_.root(r.from) != model_.root(r.to) &&
                    dice_.chance(20);
    if (r.many.empty()) return;
    r.passive_updates = !(changes && !model_.is_family(r.to) && r.nullable && dice_.chance(20));
    if (r.owns_target) return;
    const int cascade = dice_.below(10);
    if (cascade < 3) r.cascade = "all";
    if (cascade < 2) r.cascade = "all, delete-orphan";
    // A row that the database deletes is known to no other relationship of the deleted one.
    const auto between = std::count_if(
        model_.references.begin(), model_.references.end(),
        [&](const RandomReference& other) { return other.from == r.from && other.to == r.to; });
    if (model_.is_leaf(r.from) && !model_.is_family(r.from) && r.from != r.to && between == 1 &&
        dice_.chance(40))
      r.on_delete = r.deletes()  ? OnDelete::kCascade
                    : r.nullable ? OnDelete::kSetNull
                                 : OnDelete::kNothing;
  }

  Dice dice_;
  RandomModel model_;
};

// Members by the number they were made with.
struct ByTag : mapper::CollectionClass {
  using CollectionClass::CollectionClass;
  base::Value key_of(state::Instance& member) const override {
    return member.read(Orm::slot(member, "tag"));
  }
};

void set_side(mapper::RelationshipDef& d, const RandomSide& side) {
  d.lazy = side.lazy;
  if (side.shape != mapper::Shape::kList) d.collection_class = std::make_shared<ByTag>(side.shape);
}

bool is_text(const RandomModel& model, int cls, const std::string& column) {
  const RandomClass& c = model.classes[static_cast<size_t>(cls)];
  if (c.key == KeyKind::kNatural) return true;
  if (c.key != KeyKind::kOwned || column == "n") return false;
  const RandomReference& owner = model.owner_reference(cls);
  const auto at = std::find(owner.columns.begin(), owner.columns.end(), column);
  return is_text(model, owner.to,
                 model.key_columns(owner.to)[static_cast<size_t>(at - owner.columns.begin())]);
}

types::TypePtr type_of(const RandomModel& model, int cls, const std::string& column) {
  return is_text(model, cls, column) ? types::string(20) : types::integer();
}

schema::ForeignKeyConstraint foreign_key(const RandomModel& model, int to,
                                         const std::vector<std::string>& columns) {
  std::vector<std::string> targets;
  for (const std::string& key : model.key_columns(to))
    targets.push_back(model.at(model.table_of(to)).table + "." + key);
  schema::ForeignKeyConstraint fk = schema::make_foreign_key(columns, std::move(targets));
  fk.onupdate = "CASCADE";
  return fk;
}

void add_own_columns(schema::TableDef& table, const RandomModel& model, int cls) {
  if (model.at(cls).base >= 0) table.columns.push_back(make_column(model.own_value(cls)));
  for (const int n : model.at(cls).references) {
    const RandomReference& r = model.references[static_cast<size_t>(n)];
    const std::vector<std::string> keys = model.key_columns(r.to);
    for (size_t k = 0; k < keys.size() && !r.is_owner; ++k) {
      table.columns.push_back(make_column(r.columns[k], type_of(model, r.to, keys[k])));
      table.columns.back().nullable = r.nullable;
    }
    schema::ForeignKeyConstraint fk = foreign_key(model, r.to, r.columns);
    if (r.on_delete == OnDelete::kCascade) fk.ondelete = "CASCADE";
    if (r.on_delete == OnDelete::kSetNull) fk.ondelete = "SET NULL";
    if (!r.passive_updates) fk.onupdate = "";
    table.foreign_keys.push_back(std::move(fk));
  }
}

// With the columns of the classes that share it.
schema::TableDef table_of(const RandomModel& model, int cls) {
  const RandomClass& c = model.at(cls);
  schema::TableDef table = schema::make_def(c.table, {});
  const std::vector<std::string> keys = model.key_columns(cls);
  for (const std::string& key : keys) {
    table.columns.push_back(make_key(key, type_of(model, cls, key)));
    if (c.key != KeyKind::kNumbered || c.base >= 0)
      table.columns.back().autoincrement = schema::Autoincrement::kNo;
  }
  if (c.base >= 0) {
    table.foreign_keys.push_back(foreign_key(model, c.base, keys));
  } else {
    if (c.is_base) table.columns.push_back(make_column("kind", types::string(9)));
    table.columns.push_back(make_column("v"));
    if (c.has_unique) {
      table.columns.push_back(make_column("u"));
      table.columns.back().unique = true;
    }
    if (c.has_tag) table.columns.push_back(make_column("tag"));
    if (c.has_version) table.columns.push_back(make_column("version"));
  }
  for (size_t other = 0; other < model.classes.size(); ++other)
    if (model.table_of(static_cast<int>(other)) == cls)
      add_own_columns(table, model, static_cast<int>(other));
  return table;
}

// The columns that a class has beside those of its base; with the key, where the table is its own.
std::vector<std::string> own_columns(const RandomModel& model, int cls,
                                     const schema::Table& table) {
  std::set<std::string> of_class, of_others;
  for (size_t other = 0; other < model.classes.size(); ++other) {
    if (model.table_of(static_cast<int>(other)) != model.table_of(cls)) continue;
    schema::TableDef part = schema::make_def("part", {});
    add_own_columns(part, model, static_cast<int>(other));
    for (const schema::Column& column : part.columns)
      (static_cast<int>(other) == cls ? of_class : of_others).insert(column.name);
  }
  std::vector<std::string> columns;
  for (const schema::Column& column : table.columns())
    if (of_class.contains(column.name) ||
        (model.at(cls).has_own_table && !of_others.contains(column.name)))
      columns.push_back(column.key);
  return columns;
}

schema::TablePtr add_link_table(Models& models, const RandomModel& model, const RandomPairing& p) {
  schema::TableDef link = schema::make_def(p.table, {});
  for (const auto& [prefix, cls] : {std::pair{"l_", p.left}, std::pair{"r_", p.right}}) {
    std::vector<std::string> columns;
    for (const std::string& key : model.key_columns(cls)) {
      columns.push_back(prefix + key);
      link.columns.push_back(make_key(columns.back(), type_of(model, cls, key)));
    }
    link.foreign_keys.push_back(foreign_key(model, cls, columns));
  }
  return models.metadata->add(std::move(link));
}

// The relationship on the referred side, by itself or as the options of a backref.
RelationshipPtr to_many(const RandomModel& model, const RandomReference& r) {
  const RandomClass& from = model.classes[static_cast<size_t>(r.from)];
  return relationship(r.many, from.name, [&](mapper::RelationshipDef& d) {
    for (const std::string& c : r.columns) d.foreign_keys.push_back(from.name + "." + c);
    if (r.from != r.to && model.root(r.from) == model.root(r.to)) d.remote_side = d.foreign_keys;
    d.cascade = r.cascade;
    if (!r.uselist) d.uselist = false;
    set_side(d, r.many_side);
    d.passive_deletes = r.on_delete != OnDelete::kNothing;
    d.passive_updates = r.passive_updates;
    d.post_update = r.post_update && r.one.empty();
    if (!r.one.empty() && !r.uses_backref) d.back_populates = r.one;
  });
}

RelationshipPtr to_one(const RandomModel& model, const RandomReference& r) {
  const RandomClass &from = model.classes[static_cast<size_t>(r.from)],
                    &to = model.classes[static_cast<size_t>(r.to)];
  return relationship(r.one, to.name, [&](mapper::RelationshipDef& d) {
    for (const std::string& c : r.columns) d.foreign_keys.push_back(from.name + "." + c);
    if (model.root(r.from) == model.root(r.to))
      for (const std::string& key : model.key_columns(r.to))
        d.remote_side.push_back(r.from == r.to ? key : to.name + "." + key);
    d.post_update = r.post_update;
    set_side(d, r.one_side);
    if (r.owns_target) d.cascade = "all, delete-orphan";
    d.single_parent = r.owns_target;
    if (r.many.empty()) return;
    if (r.uses_backref) {
      d.backref = r.many;
      const RelationshipPtr options = to_many(model, r);
      options->foreign_keys.clear();
      options->remote_side.clear();
      d.backref_options = options;
    } else {
      d.back_populates = r.many;
    }
  });
}

// "many0 (selectin, dict)"
std::string shown(const std::string& attribute, const RandomSide& side) {
  static constexpr const char* kShapes[] = {"", "set", "dict"};
  if (attribute.empty()) return "-";
  std::string more = side.lazy == "select" ? "" : side.lazy;
  if (side.shape != mapper::Shape::kList)
    more += (more.empty() ? "" : ", ") + std::string(kShapes[static_cast<int>(side.shape)]);
  return attribute + (more.empty() ? "" : " (" + more + ")");
}

}  // namespace

bool RandomModel::is_circular(int cls) const {
  std::vector<int> reached;
  const auto reach = [&](int from) {
    for (const RandomReference& r : references)
      if (root(r.from) == from &&
          std::find(reached.begin(), reached.end(), root(r.to)) == reached.end())
        reached.push_back(root(r.to));
  };
  reach(root(cls));
  for (size_t n = 0; n < reached.size(); ++n) reach(reached[n]);
  return std::find(reached.begin(), reached.end(), root(cls)) != reached.end();
}

std::vector<int> RandomModel::lineage(int cls) const {
  std::vector<int> classes_above;
  for (int c = cls; c >= 0; c = at(c).base) classes_above.insert(classes_above.begin(), c);
  return classes_above;
}

bool RandomModel::is_a(int cls, int base) const {
  const std::vector<int> above = lineage(cls);
  return std::find(above.begin(), above.end(), base) != above.end();
}

int RandomModel::table_of(int cls) const {
  while (!at(cls).has_own_table) cls = at(cls).base;
  return cls;
}

std::vector<std::string> RandomModel::key_columns(int cls) const {
  const RandomClass& c = classes[static_cast<size_t>(cls)];
  switch (c.key) {
    case KeyKind::kNumbered:
      return {"id"};
    case KeyKind::kNatural:
      return {"code"};
    case KeyKind::kPair:
      return {"k1", "k2"};
    case KeyKind::kOwned:
      break;
  }
  std::vector<std::string> columns = owner_reference(cls).columns;
  columns.push_back("n");
  return columns;
}

std::vector<int> RandomModel::owners_of(int cls) const {
  std::vector<int> found;
  for (size_t n = 0; n < references.size(); ++n)
    if (references[n].owns_target && is_a(cls, references[n].to))
      found.push_back(static_cast<int>(n));
  return found;
}

bool RandomModel::is_leaf(int cls) const {
  return std::none_of(references.begin(), references.end(),
                      [&](const auto& r) { return r.to == cls; }) &&
         std::none_of(pairings.begin(), pairings.end(),
                      [&](const auto& p) { return p.left == cls || p.right == cls; });
}

std::string RandomModel::text() const {
  static constexpr const char* kKeys[] = {"numbered", "natural", "pair", "owned"};
  std::string text;
  for (const RandomClass& c : classes)
    text +=
        "  class " + c.name + ": " + kKeys[static_cast<int>(c.key)] +
        (c.base < 0 ? ""
                    : (c.has_own_table ? ", joined to " : ", in the table of ") + at(c.base).name) +
        (c.read_below.empty() ? "" : " (" + c.read_below + ")") +
        (c.reads_all ? ", with_polymorphic" : "") + (c.has_unique ? ", unique u" : "") +
        (c.has_version ? ", version" : "") + "\n";
  for (const RandomReference& r : references)
    text += "  " + classes[static_cast<size_t>(r.from)].name + "." + shown(r.one, r.one_side) +
            " -> " + classes[static_cast<size_t>(r.to)].name + "." + shown(r.many, r.many_side) +
            (r.uselist ? "" : ", one to one") + (r.nullable ? "" : ", not null") +
            (r.is_owner ? ", owner" : "") + (r.owns_target ? ", owns its target" : "") +
            (r.cascade.empty() ? "" : ", cascade " + r.cascade) +
            (r.on_delete == OnDelete::kNothing ? "" : ", passive_deletes") +
            (r.post_update ? ", post_update" : "") +
            (r.passive_updates ? "" : ", passive_updates = false") +
            (r.uses_backref ? "" : ", back_populates") + "\n";
  for (const RandomPairing& p : pairings)
    text += "  " + classes[static_cast<size_t>(p.left)].name + "." + shown(p.list, p.list_side) +
            " <-> " + classes[static_cast<size_t>(p.right)].name + "." +
            shown(p.back, p.back_side) + "\n";
  return text;
}

RandomModel make_random_model(uint32_t seed) { return Maker(seed).run(); }

void declare_model(Models& models, const RandomModel& model) {
  std::vector<std::vector<RelationshipPtr>> attributes(model.classes.size());
  for (const RandomReference& r : model.references) {
    const bool both = !r.one.empty() && !r.many.empty();
    if (!r.one.empty()) attributes[static_cast<size_t>(r.from)].push_back(to_one(model, r));
    if (!r.many.empty() && !(both && r.uses_backref))
      attributes[static_cast<size_t>(r.to)].push_back(to_many(model, r));
  }
  for (const RandomPairing& p : model.pairings)
    attributes[static_cast<size_t>(p.left)].push_back(relationship(
        p.list, model.classes[static_cast<size_t>(p.right)].name, [&](mapper::RelationshipDef& d) {
          d.secondary = add_link_table(models, model, p);
          set_side(d, p.list_side);
          d.backref = p.back;
          if (!p.back.empty())
            d.backref_options = relationship(
                p.back, "", [&](mapper::RelationshipDef& back) { set_side(back, p.back_side); });
        }));
  for (size_t c = 0; c < model.classes.size(); ++c) {
    mapper::ModelDef def;
    def.name = model.classes[c].name;
    const RandomClass& cls = model.classes[c];
    if (cls.base >= 0) def.base = models.registry.find(model.at(cls.base).name).get();
    def.table = cls.has_own_table ? models.metadata->add(table_of(model, static_cast<int>(c)))
                                  : def.base->table();
    def.metadata = models.metadata;
    for (const std::string& key : own_columns(model, static_cast<int>(c), *def.table))
      def.properties.push_back({key, key, nullptr});
    if (cls.base >= 0 || cls.is_base) def.inheritance.polymorphic_identity = text(cls.name);
    if (cls.base < 0 && cls.is_base) def.inheritance.polymorphic_on = "kind";
    def.inheritance.with_all = cls.reads_all;
    def.inheritance.load_inline = cls.read_below == "inline";
    def.inheritance.load_selectin = cls.read_below == "selectin";
    for (RelationshipPtr& r : attributes[c]) def.properties.push_back({r->name, "", r});
    if (cls.has_version && cls.base < 0) def.options.version_id_col = "version";
    models.registry.declare(std::move(def), false);
  }
  models.registry.configure();
}

}  // namespace moonbase::test
