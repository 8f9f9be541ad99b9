// The mapped classes of one database object, by name; resolves what they say of each other. A
// declaration that fails leaves nothing behind; a configuration that fails (a relationship to a
// class that is not there yet) is tried again at the next use, after the user has mended it. Owned
// by the application; outlives its mappers' instances.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "orm/base/error.h"
#include "orm/mapper/mapper.h"

namespace moonbase::state {
class AttributeListener;
}

namespace moonbase::mapper {

// A property in the order it was written: a column of the table (by key), a relationship, an
// expression, or another name for one of these.
struct PropertyDef {
  std::string name;
  std::string column_key;                                     // non-empty: a column
  std::shared_ptr<RelationshipDef> relationship;              // non-null: a relationship
  std::shared_ptr<const ExpressionDef> expression = nullptr;  // non-null: an expression
  std::string synonym_of = "";                                // non-empty: another name
  Loading loading = {};                                       // of a column
};

struct ModelDef {
  std::string name;
  schema::TablePtr table;
  std::shared_ptr<schema::MetaData> metadata;
  std::vector<PropertyDef> properties;
  WriteOptions options = {};
  // The class it inherits from. With that one's table as `table` (extended by the caller) the rows
  // of both are in one table; else `table` has a foreign key to it.
  const Mapper* base = nullptr;
  InheritanceOptions inheritance = {};
};

// Mappers that are written together: the classes of one tree, or of several (or of one that refers
// to itself) in a cycle.
struct Component {
  std::vector<const Mapper*> mappers;  // in order of declaration
  bool is_cyclic = false;
};

class Registry {
 public:
  Registry();
  ~Registry();
  Registry(const Registry&) = delete;

  // Throws kArgumentError (no primary key: names the table and the fix), kInvalidRequestError (the
  // name is taken). With `replace`, a class of the same name steps aside: is_replaced() from then
  // on.
  MapperPtr declare(ModelDef def, bool replace);
  // A column or relationship added to a declared class; the table is extended by the caller and
  // given anew.
  void add_column(const Mapper& mapper, schema::TablePtr extended, const std::string& name,
                  const std::string& column_key, const Loading& loading = {});
  // Throw kArgumentError when the class has an attribute of the name.
  void add_expression(const Mapper& mapper, std::shared_ptr<const ExpressionDef> def);
  void add_synonym(const Mapper& mapper, const std::string& name, const std::string& target);
  void add_relationship(const Mapper& mapper, std::shared_ptr<RelationshipDef> def);
  // Called with a mapper whose slot count grew, so that live instances can be grown too.
  void set_on_grown(std::function<void(const Mapper&)> f) { on_grown_ = std::move(f); }
  // Called when a mapper gained attributes at configuration (a backref).
  void set_on_configured(std::function<void(const Mapper&)> f) { on_configured_ = std::move(f); }

  // Who is told before relationships of this registry's objects change (attribute_listener.h);
  // null: nobody. Not owned.
  void set_attribute_listener(state::AttributeListener* listener) { listener_ = listener; }
  state::AttributeListener* attribute_listener() const { return listener_; }

  MapperPtr find(std::string_view name) const;                        // null when unknown
  const std::vector<MapperPtr>& mappers() const { return current_; }  // in order of declaration

  // Told of what is accepted and hardly meant: two relationships that write one column, ...
  void set_on_warning(std::function<void(const std::string&)> f) { on_warning_ = std::move(f); }

  // Resolves all that is pending. Cheap when nothing is. What cannot be resolved yet is tried again
  // at the next call; everything else stays usable.
  void configure_what_can_be() {
    if (dirty_ && !is_configuring_) configure_pending();
  }
  // The same, and throws for the first that could not be resolved, naming the class, the attribute
  // and the fix.
  void configure() {
    if (dirty_) configure_or_throw(nullptr);
  }
  // The same, and throws only for what concerns this class: its own, and the backrefs of others.
  void configure(const Mapper& mapper) {
    if (dirty_) configure_or_throw(&mapper);
  }
  // Components, referred ones first: the order in which a flush saves. Includes bare foreign keys.
  const std::vector<Component>& flush_order();
  // Position of a mapper in flush_order.
  int flush_position(const Mapper& mapper);

 private:
  // What could not be configured: of the class `owner`, and to bring an attribute to `target` (or
  // null).
  struct Failure {
    const Mapper* owner;
    const Mapper* target;
    base::Error error;
  };
  void configure_pending();
  void configure_or_throw(const Mapper* mapper);
  void configure_types(Mapper& mapper);
  void configure_relationships(Mapper& mapper);
  // `target` is set as soon as it is known.
  void configure_relationship(Mapper& mapper, const std::shared_ptr<RelationshipDef>& declared,
                              const Mapper*& target);
  const Mapper& target_of(const Mapper& mapper, const RelationshipDef& def) const;
  void install(Mapper& owner, std::shared_ptr<Relationship> relationship);
  void add_properties(Mapper& made, const ModelDef& def);
  void place_in_tree(Mapper& made, const ModelDef& def, const Mapper* old);
  void step_aside(const Mapper& old);
  void take_over_table(Mapper& root, const schema::TablePtr& table);
  // The mapper's attributes changed: those that inherit from it get them, too.
  void reindex(Mapper& mapper);
  void index_trees(const Mapper& mapper);
  void tell_grown(const Mapper& mapper);
  void tell_configured(const Mapper& mapper);
  void configure_expressions(Mapper& mapper);
  void check_synonyms(const Mapper& mapper);
  void pair_up(const Mapper& mapper);
  void warn_of_overlaps();
  void warn_once(const std::string& message);
  int add_slot(Mapper& mapper, Attribute attribute);

  std::vector<MapperPtr> current_, all_;
  std::vector<Component> flush_order_;
  std::unordered_map<uint64_t, int> flush_position_;
  bool dirty_ = false, order_stale_ = true, is_configuring_ = false;
  std::vector<Failure> failures_;
  std::set<std::string> warned_;
  std::function<void(const Mapper&)> on_grown_, on_configured_;
  std::function<void(const std::string&)> on_warning_;
  state::AttributeListener* listener_ = nullptr;
};

}  // namespace moonbase::mapper
