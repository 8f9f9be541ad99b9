// The mapped classes of one database object, by name; resolves what they say of each other. A
// declaration that fails leaves nothing behind; a configuration that fails (a relationship to a
// class that is not there yet) is tried again at the next use, after the user has mended it. Owned
// by the application; outlives its mappers' instances.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "orm/mapper/mapper.h"

namespace moonbase::mapper {

// A property in the order it was written: a column of the table (by key), or a relationship.
struct PropertyDef {
  std::string name;
  std::string column_key;                         // non-empty: a column
  std::shared_ptr<RelationshipDef> relationship;  // non-null: a relationship
};

struct ModelDef {
  std::string name;
  schema::TablePtr table;
  std::shared_ptr<schema::MetaData> metadata;
  std::vector<PropertyDef> properties;
};

// Mappers that depend on each other: one mapper, or several (or one that refers to itself) in a
// cycle.
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
                  const std::string& column_key);
  void add_relationship(const Mapper& mapper, std::shared_ptr<RelationshipDef> def);
  // Called with a mapper whose slot count grew, so that live instances can be grown too.
  void set_on_grown(std::function<void(const Mapper&)> f) { on_grown_ = std::move(f); }
  // Called when a mapper gained attributes at configuration (a backref).
  void set_on_configured(std::function<void(const Mapper&)> f) { on_configured_ = std::move(f); }

  MapperPtr find(std::string_view name) const;                        // null when unknown
  const std::vector<MapperPtr>& mappers() const { return current_; }  // in order of declaration

  // Resolves all that is pending. Cheap when nothing is. Throws for what cannot be resolved yet,
  // naming the class, the attribute and the fix; everything else stays usable.
  void configure() {
    if (dirty_) configure_pending();
  }
  // Components, referred ones first: the order in which a flush saves. Includes bare foreign keys.
  const std::vector<Component>& flush_order();
  // Position of a mapper in flush_order.
  int flush_position(const Mapper& mapper);

 private:
  struct Resolver;
  void configure_pending();
  void configure_relationship(Mapper& mapper, const std::shared_ptr<RelationshipDef>& def);
  void pair_up(const Mapper& mapper);
  int add_slot(Mapper& mapper, Attribute attribute);

  std::vector<MapperPtr> current_, all_;
  std::vector<Component> flush_order_;
  std::unordered_map<uint64_t, int> flush_position_;
  bool dirty_ = false, order_stale_ = true;
  std::function<void(const Mapper&)> on_grown_, on_configured_;
};

}  // namespace moonbase::mapper
