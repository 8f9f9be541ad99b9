#include "orm/mapper/relationship_build.h"

#include <algorithm>
#include <utility>

#include "orm/base/error.h"
#include "orm/base/text.h"
#include "orm/mapper/join_condition.h"
#include "orm/mapper/registry.h"

namespace moonbase::mapper {

using base::Error;
using base::ErrorKind;

namespace {

Error refusal(const Relationship& r, const std::string& what) {
  return Error(ErrorKind::kArgumentError, "relationship " + r.full_name() + what);
}

// Orphans can only be told where a target has one owner.
void check_orphan_cascade(const Relationship& r) {
  if (!r.deletes_orphans()) return;
  if ((r.cascade & kCascadeDelete) == 0)
    throw refusal(r, ": the cascade delete-orphan needs delete too")
        .with_hint("cascade = 'all, delete-orphan'");
  if (r.direction == Direction::kOneToMany || r.single_parent) return;
  throw refusal(r, std::string(" is ") +
                       (r.direction == Direction::kManyToOne ? "many-to-one" : "many-to-many") +
                       ": with the cascade delete-orphan a " + r.target->name() +
                       " must belong to one " + r.owner->name() + " only")
      .with_hint("put delete-orphan on the side of the one, or say single_parent = true");
}

// A relationship that is only read takes no option that is about writing.
void check_viewonly(const Relationship& r, const Warn& warn) {
  if (!r.viewonly) return;
  constexpr uint8_t kReading = kCascadeMerge | kCascadeRefreshExpire | kCascadeExpunge;
  if ((r.cascade & ~kReading) != 0)
    throw refusal(r, " is viewonly, and the cascade '" + r.def->cascade + "' is about writing")
        .with_hint("leave out cascade, or viewonly");
  if (r.def->sync_backref.value_or(false))
    throw refusal(r, " is viewonly: sync_backref = true cannot be");
  std::vector<std::string> senseless;
  if (r.passive_deletes) senseless.emplace_back("passive_deletes");
  if (!r.passive_updates) senseless.emplace_back("passive_updates");
  if (r.active_history) senseless.emplace_back("active_history");
  if (!senseless.empty())
    warn("relationship " + r.full_name() +
         " is viewonly: nothing is written, and there is no use in " +
         base::join(senseless, " and "));
}

void check_options(const Relationship& r, const Warn& warn) {
  check_orphan_cascade(r);
  check_viewonly(r, warn);
  if (r.passive_deletes_all && (r.cascade & (kCascadeDelete | kCascadeDeleteOrphan)) != 0)
    throw refusal(r,
                  ": passive_deletes = 'all' leaves the rows alone, and the cascade delete "
                  "deletes them")
        .with_hint("say passive_deletes = true, or leave delete out of cascade");
  if (r.passive_deletes && r.direction == Direction::kManyToOne && !r.viewonly)
    warn("relationship " + r.full_name() +
         " is many-to-one: passive_deletes is for the side of the one that is deleted");
  if (r.is_never_loaded() && !r.uselist)
    throw Error(ErrorKind::kInvalidRequestError,
                "relationship " + r.full_name() + " is to one object: lazy = '" +
                    std::string(lazy_name(r.lazy)) + "' needs a collection");
}

schema::TablePtr secondary_table(const Relationship& r) {
  const RelationshipDef& def = *r.def;
  if (def.secondary || def.secondary_name.empty()) return def.secondary;
  const schema::MetaData& metadata = *r.owner->metadata();
  if (schema::TablePtr table = metadata.find(def.secondary_name)) return table;
  if (const MapperPtr model = r.owner->registry().find(def.secondary_name)) return model->table();
  std::vector<std::string> names;
  for (const schema::TablePtr& t : metadata.tables()) names.push_back(t->full_name());
  throw Error(ErrorKind::kInvalidRequestError,
              "relationship " + r.full_name() + ": there is no table '" + def.secondary_name +
                  "' to be its secondary" + base::did_you_mean(def.secondary_name, names));
}

// "body", "Post.body desc"
expr::ElementPtr named_order(const std::string& text, const Mapper& target) {
  const std::vector<std::string_view> words = base::split(base::trim(text), ' ');
  std::string_view name = words[0];
  if (const size_t dot = name.rfind('.'); dot != std::string_view::npos)
    name = name.substr(dot + 1);
  const Attribute& a = target.attribute(name);
  if (a.kind == Attribute::Kind::kRelationship)
    throw Error(ErrorKind::kArgumentError,
                "order_by names " + target.name() + "." + a.name + ", which is a relationship");
  expr::ElementPtr e = target.element(a.slot);
  if (words.size() > 1 && base::equal_ignoring_case(words.back(), "desc"))
    return expr::ordering(expr::Op::kDesc, std::move(e));
  return e;
}

bool says_its_join(const RelationshipDef& def) {
  return def.primaryjoin || def.secondaryjoin || !def.foreign_keys.empty() ||
         !def.remote_side.empty();
}

}  // namespace

std::unique_ptr<Relationship> build_relationship(const Mapper& owner, const Mapper& target,
                                                 std::shared_ptr<const RelationshipDef> given,
                                                 const Warn& warn, const Relationship* forward) {
  auto r = std::make_unique<Relationship>();
  const RelationshipDef& def = *given;
  r->name = def.name;
  r->owner = &owner;
  r->target = &target;
  r->def = std::move(given);
  r->lazy = parse_lazy(def.lazy);
  r->viewonly = def.viewonly;
  const char* standard = def.viewonly ? "merge" : "save-update, merge";
  r->cascade = parse_cascade(def.cascade.empty() ? standard : def.cascade);
  r->passive_deletes = def.passive_deletes || def.passive_deletes_all;
  r->passive_deletes_all = def.passive_deletes_all;
  r->passive_updates = def.passive_updates;
  r->post_update = def.post_update;
  r->single_parent = def.single_parent;
  r->active_history = def.active_history;
  r->secondary = secondary_table(*r);
  if (forward != nullptr && !says_its_join(def)) {
    r->secondary = forward->secondary;
    mirror_join(*forward, *r);
  } else {
    determine_join(*r);
  }
  check_options(*r, warn);
  r->order_by = def.order_by_elements;
  try {
    for (const std::string& text : def.order_by) r->order_by.push_back(named_order(text, target));
  } catch (Error& e) {
    e.add_context("reading order_by of the relationship " + r->full_name());
    throw;
  }
  return r;
}

std::shared_ptr<RelationshipDef> backref_def(const Relationship& forward) {
  const RelationshipDef& def = *forward.def;
  auto back = std::make_shared<RelationshipDef>();
  if (def.backref_options) *back = *def.backref_options;
  back->name = def.backref;
  back->target = forward.owner->name();
  if (!back->secondary) back->secondary = forward.secondary;
  back->viewonly = back->viewonly || def.viewonly;
  back->passive_updates = back->passive_updates && def.passive_updates;
  back->overlaps.insert(back->overlaps.end(), def.overlaps.begin(), def.overlaps.end());
  if (!back->sync_backref) back->sync_backref = def.sync_backref;
  return back;
}

std::shared_ptr<RelationshipDef> standalone_def(const Relationship& forward,
                                                const RelationshipDef& back) {
  auto def = std::make_shared<RelationshipDef>(back);
  if (says_its_join(back)) return def;
  const RelationshipDef& said = *forward.def;
  def->foreign_keys = said.foreign_keys;
  def->primaryjoin = forward.secondary ? said.secondaryjoin : said.primaryjoin;
  if (forward.secondary) def->secondaryjoin = said.primaryjoin;
  return def;
}

void pair(Relationship& one, Relationship& other, const Warn& warn) {
  if (other.target != one.owner)
    throw refusal(one, " and " + other.full_name() + " are no pair: " + other.full_name() +
                           " refers to " + other.target->name() + ", not to " + one.owner->name());
  if (one.direction == other.direction && one.direction != Direction::kManyToMany)
    throw refusal(one, " and " + other.full_name() + " are both " +
                           (one.direction == Direction::kOneToMany ? "one-to-many" : "many-to-one"))
        .with_hint(
            "where a table refers to itself, the many-to-one side says remote_side: "
            "remote_side = 'id'");
  if ((one.direction == Direction::kManyToMany) != (other.direction == Direction::kManyToMany))
    throw refusal(one, " and " + other.full_name() +
                           " are no pair: one has a secondary table and the other has none");
  // What is only read changes nothing, and nothing changes it.
  if (one.viewonly || other.viewonly) {
    Relationship& written = one.viewonly ? other : one;
    const Relationship& read = one.viewonly ? one : other;
    if (!written.viewonly && written.def->sync_backref.value_or(true))
      warn("relationship " + written.full_name() + " is paired with " + read.full_name() +
           ", which is viewonly and is not kept in step: say sync_backref = false");
    return;
  }
  if (!one.def->sync_backref.value_or(true) || !other.def->sync_backref.value_or(true)) return;
  one.reverse = &other;
  other.reverse = &one;
}

Relationship& partner_of(const Relationship& r) {
  const std::string& name = r.def->back_populates;
  const Attribute* found = r.target->find(name);
  if (found == nullptr || found->kind != Attribute::Kind::kRelationship) {
    std::vector<std::string> names;
    for (const auto& each : r.target->relationships()) names.push_back(each->name);
    throw Error(ErrorKind::kInvalidRequestError,
                "relationship " + r.full_name() + " says back_populates = '" + name + "', and " +
                    r.target->name() + "." + name +
                    (found != nullptr ? " is no relationship" : " is not there") +
                    base::did_you_mean(name, names))
        .with_hint("declare it there: " + name + " = db.relationship{'" + r.owner->name() +
                   "', back_populates = '" + r.name + "'}; or say backref = '" + name +
                   "' here, which makes it");
  }
  auto& other = const_cast<Relationship&>(*found->relationship);
  const std::string& back = other.def->back_populates;
  if (back != r.name)
    throw refusal(r, " says back_populates = '" + name + "', but " + other.full_name() +
                         (back.empty() ? " says none" : " says '" + back + "'"))
        .with_hint("say back_populates = '" + r.name + "' in " + other.full_name());
  return other;
}

namespace {

// Columns that a relationship writes, each with the column its value comes from.
template <class F>
void each_written(const Relationship& r, F&& f) {
  if (r.viewonly) return;
  for (const SyncPair& p : r.pairs) f(p);
  for (const SyncPair& p : r.secondary_pairs) f(p);
}

bool overlaps(const Relationship& r, const std::string& name) {
  return std::find(r.def->overlaps.begin(), r.def->overlaps.end(), name) != r.def->overlaps.end();
}

}  // namespace

bool write_one_column(const Relationship& one, const Relationship& other, std::string& column) {
  if (one.reverse == &other || overlaps(one, other.name) || overlaps(other, one.name)) return false;
  bool found = false;
  each_written(one, [&](const SyncPair& p) {
    each_written(other, [&](const SyncPair& q) {
      if (found || p.destination->full_name() != q.destination->full_name()) return;
      found = true;
      column = p.destination->full_name();
    });
  });
  return found;
}

std::string overlap_warning(const Relationship& r, const std::vector<const Relationship*>& others,
                            const std::string& column) {
  std::vector<std::string> names, keys;
  for (const Relationship* other : others) {
    names.push_back(other->full_name());
    keys.push_back(other->name);
  }
  return "relationship " + r.full_name() + " writes the column " + column + ", which " +
         base::join(names, " and ") + (others.size() > 1 ? " write" : " writes") +
         " too. Say back_populates in both if they are two sides of one thing, viewonly = true in "
         "what is only read, or overlaps = '" +
         base::join(keys, ",") + "' in " + r.full_name() + " if it is meant so.";
}

}  // namespace moonbase::mapper
