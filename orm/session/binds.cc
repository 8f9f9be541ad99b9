#include "orm/session/binds.h"

#include <utility>

#include "orm/base/error.h"
#include "orm/mapper/registry.h"

namespace moonbase::session {

using base::Error;
using base::ErrorKind;
using engine::EnginePtr;
using mapper::Mapper;

void Binds::bind(const Mapper& m, EnginePtr engine) {
  const bool is_top = m.base() == nullptr;
  const auto there = trees_.find(m.root_uid());
  if (there != trees_.end() && !is_top && there->second.named != m.name() &&
      there->second.engine != engine)
    throw Error(ErrorKind::kArgumentError,
                m.name() + " cannot be bound to " + engine->url().text() +
                    ": its rows are in one database with those of " + there->second.named +
                    ", which is bound to " + there->second.engine->url().text())
        .with_hint("bind the class at the top: session:bind_mapper(" + m.root().name() +
                   ", engine)");
  trees_[m.root_uid()] = {m.name(), std::move(engine)};
}

void Binds::bind(const schema::Table& table, EnginePtr engine) {
  tables_[table.uid()] = std::move(engine);
}

EnginePtr Binds::find_table_of(const Mapper& m) const {
  for (const mapper::TablePart& part : m.parts())
    if (const auto it = tables_.find(part.table->uid()); it != tables_.end()) return it->second;
  return nullptr;
}

EnginePtr Binds::find(const schema::Table& table, const mapper::Registry& registry) const {
  const Mapper* owner = nullptr;
  for (const mapper::MapperPtr& m : registry.mappers())
    if (owner == nullptr && m->table().get() == &table) owner = m.get();
  if (owner != nullptr)
    if (const auto tree = trees_.find(owner->root_uid()); tree != trees_.end())
      return tree->second.engine;
  if (const auto it = tables_.find(table.uid()); it != tables_.end()) return it->second;
  if (owner == nullptr || owner->hierarchy() == nullptr || tables_.empty()) return nullptr;
  if (EnginePtr engine = find_table_of(*owner)) return engine;
  for (const Mapper* other : owner->hierarchy()->classes)
    if (EnginePtr engine = find_table_of(*other)) return engine;
  return nullptr;
}

}  // namespace moonbase::session
