// moonbase.inspect(x): the state, changes and history of an object, or what a class is mapped to.
// Asking never loads.
#include "bindings/lua_inspect.h"

#include <algorithm>

#include "bindings/descriptor.h"
#include "bindings/guard.h"
#include "bindings/lua_expr.h"
#include "bindings/lua_inspector.h"
#include "bindings/lua_instance.h"
#include "bindings/lua_model.h"
#include "bindings/lua_schema.h"
#include "bindings/lua_session.h"
#include "bindings/orm_area.h"
#include "bindings/stack.h"
#include "orm/base/error.h"
#include "orm/state/collection.h"

namespace moonbase::bindings {

using base::Error;
using base::ErrorKind;
using base::Tag;
using base::Value;
using mapper::Relationship;
using state::Instance;
using state::Lifecycle;

namespace {

// Appends a value to the list on the top; NULL is moonbase.null there.
void append_value(lua_State* L, const Instance& i, int slot, const Value& v) {
  if (v.tag() == Tag::kObject)
    push_instance(L, *static_cast<Instance*>(v.as_pointer()));
  else if (v.tag() == Tag::kExpression)
    push_element(L, *i.expression(slot));
  else if (i.mapper->relationship(slot) != nullptr || v.is_null())
    push_null(L);
  else
    push_typed_value(L, v, *i.mapper->type(slot), true);
  lua_rawseti(L, -2, static_cast<lua_Integer>(lua_rawlen(L, -2)) + 1);
}

void append_all(lua_State* L, const std::vector<Instance*>& list) {
  for (Instance* member : list) {
    push_instance(L, *member);
    lua_rawseti(L, -2, static_cast<lua_Integer>(lua_rawlen(L, -2)) + 1);
  }
}

}  // namespace

void push_history(lua_State* L, const Instance& i, int slot) {
  lua_createtable(L, 0, 3);
  const state::Collection* c = i.collection(slot);
  const state::Change* change = i.history == nullptr ? nullptr : i.history->find(slot);
  const Value& now = i.slot(slot);
  const auto list = [&](const char* name, auto&& fill) {
    lua_newtable(L);
    fill();
    lua_setfield(L, -2, name);
  };
  const bool is_column = i.mapper->relationship(slot) == nullptr;
  const bool same =
      change != nullptr && !now.is_absent() && now.tag() != Tag::kExpression &&
      !change->old.is_absent() &&
      (is_column ? i.mapper->type(slot)->equal(change->old, now) : now == change->old);
  const bool is_new = change != nullptr ? !same : is_column && !i.has_identity;
  list("added", [&] {
    if (c != nullptr)
      append_all(L, c->added());
    else if (is_new && !now.is_absent())
      append_value(L, i, slot, now);
  });
  list("unchanged", [&] {
    if (c != nullptr)
      append_all(L, c->unchanged());
    else if ((change == nullptr || same) && !now.is_absent() && i.has_identity)
      append_value(L, i, slot, now);
  });
  list("deleted", [&] {
    if (c != nullptr)
      append_all(L, c->removed());
    else if (change != nullptr && !same && !change->old.is_absent())
      append_value(L, i, slot, change->old);
  });
}

namespace {

bool is_unloaded(const Instance& i, int slot) {
  const Value& v = i.slot(slot);
  const state::Collection* c = i.collection(slot);
  return v.is_absent() || (c != nullptr && !c->is_loaded());
}

void push_attribute_state(lua_State* L, Instance& i, int slot, bool expired) {
  lua_createtable(L, 0, 2);
  const Value& v = i.slot(slot);
  if (!expired && !is_unloaded(i, slot)) {
    if (i.collection(slot) != nullptr) {
      lua_newtable(L);
      append_all(L, i.collection(slot)->items());
    } else if (Instance* other = i.object(slot)) {
      push_instance(L, *other);
    } else if (v.tag() == Tag::kExpression) {
      push_element(L, *i.expression(slot));
    } else if (i.mapper->relationship(slot) == nullptr) {
      push_column(L, i, slot);
    } else {
      lua_pushnil(L);
    }
    lua_setfield(L, -2, "value");
  }
  if (expired) {
    lua_newtable(L);
    for (const char* name : {"added", "unchanged", "deleted"}) {
      lua_newtable(L);
      lua_setfield(L, -2, name);
    }
  } else {
    push_history(L, i, slot);
  }
  lua_setfield(L, -2, "history");
}

int inspect_instance(lua_State* L, Instance& i) {
  orm_area(L).heap().notice_edits(i.host);
  const bool expired = i.is_expired();
  lua_newtable(L);
  push_string(L, state::lifecycle_name(i.lifecycle));
  lua_setfield(L, -2, "state");
  for (Lifecycle s : {Lifecycle::kTransient, Lifecycle::kPending, Lifecycle::kPersistent,
                      Lifecycle::kDeleted, Lifecycle::kDetached}) {
    lua_pushboolean(L, i.lifecycle == s);
    lua_setfield(L, -2, std::string(state::lifecycle_name(s)).c_str());
  }
  lua_pushboolean(L, !expired && i.modified);
  lua_setfield(L, -2, "modified");
  lua_pushboolean(L, expired);
  lua_setfield(L, -2, "expired");
  if (i.has_identity) {
    lua_newtable(L);
    for (int slot : i.mapper->primary_key()) append_value(L, i, slot, i.committed(slot));
    lua_setfield(L, -2, "identity");
  }
  lua_newtable(L);
  lua_newtable(L);
  lua_Integer unloaded = 0;
  const std::vector<int>& key = i.mapper->primary_key();
  for (const mapper::Attribute& a : i.mapper->attributes()) {
    const bool is_key = std::find(key.begin(), key.end(), a.slot) != key.end();
    const bool gone = expired && !is_key;
    if (gone || is_unloaded(i, a.slot)) {
      push_string(L, a.name);
      lua_rawseti(L, -2, ++unloaded);
    }
    push_attribute_state(L, i, a.slot, gone);
    lua_setfield(L, -3, a.name.c_str());
  }
  lua_setfield(L, -3, "unloaded");
  lua_setfield(L, -2, "attrs");
  push_model(L, *i.mapper);
  lua_setfield(L, -2, "mapper");
  push_instance(L, i);
  lua_setfield(L, -2, "object");
  if (i.host != nullptr && push_session_of(L, i)) lua_setfield(L, -2, "session");
  return 1;
}

// Sets lists of names in the table on the top: column_attrs (columns and expressions), synonyms,
// composites, hybrids, methods; attrs, which is what is mapped: the first three and the
// relationships; and all_orm_descriptors, which has the hybrids, too.
void push_attribute_names(lua_State* L, const mapper::Mapper& m) {
  std::vector<std::string> columns, synonyms, composites, hybrids, methods, all;
  for (const mapper::Attribute& a : m.attributes()) {
    all.push_back(a.name);
    if (a.is_loaded_from_row()) columns.push_back(a.name);
  }
  for (const auto& [name, target] : m.synonyms()) synonyms.push_back(name);
  orm_area(L).model(m).members.push(L);
  for (const std::string& name : string_keys(L, -1)) {
    lua_getfield(L, -1, name.c_str());
    if (test_box<CompositeBox>(L, -1) != nullptr) composites.push_back(name);
    if (test_box<HybridBox>(L, -1) != nullptr) hybrids.push_back(name);
    if (lua_isfunction(L, -1)) methods.push_back(name);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  for (const auto* list : {&synonyms, &composites})
    all.insert(all.end(), list->begin(), list->end());
  const auto set = [L](const char* name, const std::vector<std::string>& names) {
    push_strings(L, names);
    lua_setfield(L, -2, name);
  };
  set("column_attrs", columns);
  set("synonyms", synonyms);
  set("composites", composites);
  set("hybrids", hybrids);
  set("methods", methods);
  set("attrs", all);
  all.insert(all.end(), hybrids.begin(), hybrids.end());
  set("all_orm_descriptors", all);
}

// Sets what is known of its tree in the table on the top: inherits, base_mapper, single,
// polymorphic_on, polymorphic_identity, and polymorphic_map, from identity to class.
void push_inheritance(lua_State* L, const mapper::Mapper& m) {
  if (m.hierarchy() == nullptr) return;
  push_model(L, m.root());
  lua_setfield(L, -2, "base_mapper");
  if (m.base() != nullptr) {
    push_model(L, *m.base());
    lua_setfield(L, -2, "inherits");
  }
  lua_pushboolean(L, m.is_single());
  lua_setfield(L, -2, "single");
  const int slot = m.discriminator();
  if (slot < 0) return;
  push_string(L, m.attribute_at(slot).name);
  lua_setfield(L, -2, "polymorphic_on");
  if (!m.polymorphic_identity().is_absent()) {
    push_typed_value(L, m.polymorphic_identity(), *m.type(slot), false);
    lua_setfield(L, -2, "polymorphic_identity");
  }
  lua_newtable(L);
  for (const mapper::Mapper* each : m.self_and_descendants()) {
    if (each->polymorphic_identity().is_absent()) continue;
    push_typed_value(L, each->polymorphic_identity(), *m.type(slot), false);
    push_model(L, *each);
    lua_settable(L, -3);
  }
  lua_setfield(L, -2, "polymorphic_map");
}

int inspect_model(lua_State* L, const mapper::Mapper& m) {
  m.registry().configure(m);
  lua_newtable(L);
  push_string(L, m.name());
  lua_setfield(L, -2, "name");
  if (const ModelInfo* info = orm_area(L).find_model(m); info && !info->location.empty()) {
    push_string(L, info->location);
    lua_setfield(L, -2, "location");
  }
  push_model(L, m);
  lua_setfield(L, -2, "class_");
  push_table(L, m.table(), m.metadata());
  lua_setfield(L, -2, "table");
  lua_newtable(L);
  lua_newtable(L);
  lua_newtable(L);
  for (const mapper::Attribute& a : m.attributes()) {
    if (a.relationship != nullptr) {
      lua_createtable(L, 0, 4);
      const Relationship& r = *a.relationship;
      push_string(L, a.name);
      lua_setfield(L, -2, "name");
      push_string(L, r.target->name());
      lua_setfield(L, -2, "target");
      static constexpr const char* kNames[] = {"ONETOMANY", "MANYTOONE", "MANYTOMANY"};
      lua_pushstring(L, kNames[static_cast<int>(r.direction)]);
      lua_setfield(L, -2, "direction");
      lua_pushboolean(L, r.uselist);
      lua_setfield(L, -2, "uselist");
      push_string(L, mapper::lazy_name(r.lazy));
      lua_setfield(L, -2, "lazy");
      if (r.reverse != nullptr) {
        push_string(L, r.reverse->name);
        lua_setfield(L, -2, "back_populates");
      }
      lua_setfield(L, -3, a.name.c_str());
      continue;
    }
    if (a.kind != mapper::Attribute::Kind::kColumn) continue;
    push_string(L, a.name);
    lua_rawseti(L, -4, static_cast<lua_Integer>(lua_rawlen(L, -4)) + 1);
    if (m.column(a.slot)->primary_key) {
      push_attribute(L, m, a.slot);
      lua_rawseti(L, -2, static_cast<lua_Integer>(lua_rawlen(L, -2)) + 1);
    }
  }
  lua_setfield(L, -4, "primary_key");
  lua_setfield(L, -3, "relationships");
  lua_setfield(L, -2, "columns");
  push_attribute_names(L, m);
  push_inheritance(L, m);
  return 1;
}

int inspect(lua_State* L) {
  if (Instance* i = test_instance(L, 1)) return inspect_instance(L, *i);
  if (const mapper::Mapper* m = test_model(L, 1)) return inspect_model(L, *m);
  if (auto inspector = test_inspector(L, 1)) {
    push_box(L, InspectorBox{std::move(inspector)});
    return 1;
  }
  throw Error(ErrorKind::kArgumentError,
              "inspect takes a mapped object, a class, an engine or a connection, got " +
                  type_name_of(L, 1));
}

}  // namespace

void open_inspect(lua_State* L, int module) {
  open_inspector(L);
  static constexpr MethodDef kFunctions[] = {
      {"inspect", guarded<inspect>,
       "inspect(x)  of an object: state, identity, attrs.<name>.value and .history, unloaded, "
       "session, mapper; of a class: "
       "columns, relationships, table. Nothing is loaded. Of an engine or a connection: its "
       "Inspector."},
  };
  add_functions(L, module, kFunctions);
}

}  // namespace moonbase::bindings
