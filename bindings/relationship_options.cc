#include "bindings/relationship_options.h"

#include "bindings/call.h"
#include "bindings/collection_class.h"
#include "bindings/guard.h"
#include "bindings/late_options.h"
#include "bindings/lua_expr.h"
#include "bindings/lua_schema.h"
#include "orm/base/error.h"
#include "orm/base/text.h"

namespace moonbase::bindings {

using base::Error;
using base::ErrorKind;
using mapper::RelationshipDef;

namespace {

// Calls `one` with the index of an option's value, or of each item of the list that it is; takes it
// off the stack.
template <class F>
void each_value(lua_State* L, F&& one) {
  if (lua_istable(L, -1)) {
    const int list = lua_gettop(L);
    for (lua_Integer k = 1, n = luaL_len(L, list); k <= n; ++k) {
      lua_geti(L, list, k);
      one(-1);
      lua_pop(L, 1);
    }
  } else {
    one(-1);
  }
  lua_pop(L, 1);
}

// --- columns ---

using Names = std::vector<std::string> RelationshipDef::*;

// The name of the column at `index`; empty when it is none.
std::string column_name(lua_State* L, int index) {
  const expr::ElementPtr e = test_element(L, index);
  return e == nullptr || e->column == nullptr ? "" : e->column->full_name();
}

void use_column_names(lua_State* L, int first, int last, const std::string& option,
                      std::vector<std::string>& names) {
  if (last < first)
    throw Error(ErrorKind::kArgumentError, option + " gave nothing, and a column was expected");
  for (int k = first; k <= last; ++k) {
    std::string name = column_name(L, k);
    if (name.empty() && lua_type(L, k) == LUA_TSTRING) name = check_string(L, k);
    if (name.empty())
      throw Error(ErrorKind::kArgumentError,
                  option + " gave a " + type_name_of(L, k) + ", and a column was expected");
    names.push_back(std::move(name));
  }
}

// foreign_keys and remote_side: a column, its name, an expression as text, a function, or a list.
void read_columns(lua_State* L, Kwargs& kw, const char* keyword, Names names, RelationshipDef& def,
                  LateOptions& late) {
  if (!kw.take(keyword)) return;
  const std::string option = keyword;
  each_value(L, [&](int index) {
    if (lua_type(L, index) == LUA_TSTRING && is_plain_name(check_string(L, index))) {
      (def.*names).emplace_back(check_string(L, index));
      return;
    }
    if (late.take(index, option,
                  [names, option](lua_State* l, int first, int last, RelationshipDef& d) {
                    use_column_names(l, first, last, option, d.*names);
                  }))
      return;
    if (const auto* column = test_box<ColumnBox>(L, index)) {  // of the body that is being written
      late.add([spec = column->spec, names, option](RelationshipDef& d) {
        if (spec->full_name.empty())
          throw Error(ErrorKind::kArgumentError, option + " names a column that no table has");
        (d.*names).push_back(spec->full_name);
      });
      return;
    }
    std::string name = column_name(L, index);
    if (name.empty())
      kw.throw_keyword(keyword, "a column, its name, a function, or a list of these", index);
    (def.*names).push_back(std::move(name));
  });
}

// --- conditions and order ---

void read_condition(lua_State* L, Kwargs& kw, const char* keyword,
                    expr::ElementPtr RelationshipDef::*condition, RelationshipDef& def,
                    LateOptions& late) {
  if (!kw.take(keyword)) return;
  const std::string option = keyword;
  const bool is_late = late.take(
      -1, option, [condition, option](lua_State* l, int first, int last, RelationshipDef& d) {
        if (last != first)
          throw Error(ErrorKind::kArgumentError, option + " gave " +
                                                     std::to_string(last - first + 1) +
                                                     " values, and one condition was expected");
        d.*condition = check_condition(l, first, option.c_str());
      });
  if (!is_late) def.*condition = check_condition(L, -1, keyword);
  lua_pop(L, 1);
}

// "body", "Post.body desc"
bool is_plain_order(std::string_view text) {
  const std::vector<std::string_view> words = base::split(base::trim(text), ' ');
  if (words.size() > 2 || !is_plain_name(words[0])) return false;
  return words.size() == 1 || base::equal_ignoring_case(words[1], "desc") ||
         base::equal_ignoring_case(words[1], "asc");
}

void read_order(lua_State* L, Kwargs& kw, RelationshipDef& def, LateOptions& late) {
  if (!kw.take("order_by")) return;
  each_value(L, [&](int index) {
    if (lua_type(L, index) == LUA_TSTRING && is_plain_order(check_string(L, index))) {
      def.order_by.emplace_back(check_string(L, index));
      return;
    }
    const bool is_late =
        late.take(index, "order_by", [](lua_State* l, int first, int last, RelationshipDef& d) {
          for (int k = first; k <= last; ++k) d.order_by_elements.push_back(check_order(l, k));
        });
    if (!is_late) def.order_by_elements.push_back(check_order(L, index));
  });
}

// --- the secondary table ---

schema::TablePtr test_table(lua_State* L, int index) {
  if (const auto* box = test_box<TableBox>(L, index)) return box->table;
  if (const mapper::Mapper* model = test_model(L, index)) return model->table();
  return nullptr;
}

void read_secondary(lua_State* L, Kwargs& kw, RelationshipDef& def, LateOptions& late) {
  if (!kw.take("secondary")) return;
  if (lua_type(L, -1) == LUA_TSTRING) {
    def.secondary_name = check_string(L, -1);
  } else if (lua_isfunction(L, -1)) {
    late.take(-1, "secondary", [](lua_State* l, int first, int last, RelationshipDef& d) {
      if (first == last) d.secondary = test_table(l, first);
      if (first == last && lua_type(l, first) == LUA_TSTRING)
        d.secondary_name = check_string(l, first);
      else if (!d.secondary)
        throw Error(ErrorKind::kArgumentError,
                    "secondary gave " + (first > last ? "nothing" : "a " + type_name_of(l, first)) +
                        ", and a table was expected");
    });
  } else {
    def.secondary = test_table(L, -1);
    if (!def.secondary) kw.throw_keyword("secondary", "a table, its name, or a function", -1);
  }
  lua_pop(L, 1);
}

// --- words and switches ---

void read_words(lua_State* L, Kwargs& kw, RelationshipDef& def) {
  if (kw.take("lazy")) {
    if (lua_isboolean(L, -1))
      def.lazy = lua_toboolean(L, -1) ? "select" : "joined";
    else if (lua_type(L, -1) == LUA_TSTRING)
      def.lazy = check_string(L, -1);
    else if (!is_null(L, -1))
      kw.throw_keyword("lazy", "a word such as 'select' or 'joined', true or false", -1);
    else
      def.lazy = "noload";
    lua_pop(L, 1);
  }
  mapper::parse_lazy(def.lazy);
  def.innerjoin = kw.take_boolean("innerjoin", false);
  def.join_depth = static_cast<int>(kw.take_integer("join_depth").value_or(0));
  if (kw.take("cascade")) {
    if (lua_isboolean(L, -1) && !lua_toboolean(L, -1))
      def.cascade = "none";
    else if (lua_type(L, -1) == LUA_TSTRING)
      def.cascade = check_string(L, -1);
    else
      kw.throw_keyword("cascade", "words such as 'all, delete-orphan', or false", -1);
    if (base::trim(def.cascade).empty()) def.cascade = "none";
    lua_pop(L, 1);
    mapper::parse_cascade(def.cascade);
  }
  if (kw.take("passive_deletes")) {
    def.passive_deletes_all =
        lua_type(L, -1) == LUA_TSTRING && check_string(L, -1) == std::string_view("all");
    if (!def.passive_deletes_all && !lua_isboolean(L, -1))
      kw.throw_keyword("passive_deletes", "true, false or 'all'", -1);
    def.passive_deletes = lua_toboolean(L, -1) != 0;
    lua_pop(L, 1);
  }
  if (kw.take("overlaps")) {
    each_value(L, [&](int index) {
      for (std::string_view name : base::split(check_string(L, index), ','))
        def.overlaps.emplace_back(base::trim(name));
    });
  }
}

void read_info(lua_State* L, Kwargs& kw, RelationshipDef& def) {
  if (auto doc = kw.take_string("doc")) def.doc = *doc;
  if (!kw.take("info")) return;
  if (!lua_istable(L, -1)) kw.throw_keyword("info", "a table", -1);
  def.info = std::make_shared<const LuaRef>(L, -1);
  lua_pop(L, 1);
}

}  // namespace

void read_target(lua_State* L, Kwargs& kw, RelationshipDef& def) {
  kw.push(1);
  if (const mapper::Mapper* m = test_model(L, -1)) {
    def.target = m->name();
  } else if (lua_type(L, -1) == LUA_TSTRING) {
    def.target = check_string(L, -1);
  } else if (lua_isfunction(L, -1)) {
    LateOptions late(L);
    late.take(-1, "its class", [](lua_State* l, int first, int last, RelationshipDef& d) {
      const mapper::Mapper* model = first == last ? test_model(l, first) : nullptr;
      if (model != nullptr)
        d.target = model->name();
      else if (first == last && lua_type(l, first) == LUA_TSTRING)
        d.target = check_string(l, first);
      else
        throw Error(ErrorKind::kArgumentError,
                    "the function gave " +
                        (first > last ? "nothing" : "a " + type_name_of(l, first)) +
                        ", and a class was expected")
            .with_hint("db.relationship{function() return Post end}");
    });
    late.finish(def);
  } else {
    throw Error(ErrorKind::kArgumentError,
                "relationship takes a class, its name or a function that gives it, got " +
                    type_name_of(L, -1));
  }
  lua_pop(L, 1);
}

void read_relationship_options(lua_State* L, Kwargs& kw, RelationshipDef& def) {
  LateOptions late(L);
  read_words(L, kw, def);
  def.uselist = kw.take_boolean("uselist");
  read_columns(L, kw, "foreign_keys", &RelationshipDef::foreign_keys, def, late);
  read_columns(L, kw, "remote_side", &RelationshipDef::remote_side, def, late);
  read_condition(L, kw, "primaryjoin", &RelationshipDef::primaryjoin, def, late);
  read_condition(L, kw, "secondaryjoin", &RelationshipDef::secondaryjoin, def, late);
  read_order(L, kw, def, late);
  read_secondary(L, kw, def, late);
  def.passive_updates = kw.take_boolean("passive_updates", true);
  def.post_update = kw.take_boolean("post_update", false);
  def.single_parent = kw.take_boolean("single_parent", false);
  def.viewonly = kw.take_boolean("viewonly", false);
  def.sync_backref = kw.take_boolean("sync_backref");
  def.active_history = kw.take_boolean("active_history", false);
  if (kw.take("collection_class")) {
    def.collection_class = check_collection_class(L, -1);
    lua_pop(L, 1);
  }
  read_info(L, kw, def);
  late.finish(def);
}

}  // namespace moonbase::bindings
