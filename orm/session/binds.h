// Which engines a session uses for particular classes and tables, whatever their bind keys say
// (bind_mapper, bind_table). A row of a class that inherits is in the tables of several classes, so
// that a whole tree of classes is bound together, by whichever class of it is named. Owned by its
// session; the session's thread only.
#pragma once

#include <map>
#include <string>

#include "orm/engine/engine.h"
#include "orm/mapper/mapper.h"

namespace moonbase::session {

class Binds {
 public:
  bool is_empty() const { return trees_.empty() && tables_.empty(); }

  // The rows of the class, and of those it inherits from and that inherit from it, also of those
  // declared later, are the engine's. Throws kArgumentError when another class of its tree is bound
  // to another engine; the class at the top may be bound anew.
  void bind(const mapper::Mapper& mapper, engine::EnginePtr engine);
  // The table's rows, and with them those of the tree of classes that it is part of.
  void bind(const schema::Table& table, engine::EnginePtr engine);

  // Null: nothing is said of the table. What is said of the class whose rows are in it counts
  // first, then the table's own, then that of another table of the class's tree.
  engine::EnginePtr find(const schema::Table& table, const mapper::Registry& registry) const;

 private:
  struct Tree {
    std::string named;  // the class that was bound
    engine::EnginePtr engine;
  };
  // That of the first table of the class that has one.
  engine::EnginePtr find_table_of(const mapper::Mapper& mapper) const;

  std::map<uint64_t, Tree> trees_;                // by the uid of the mapper at the top
  std::map<uint64_t, engine::EnginePtr> tables_;  // by the table's uid
};

}  // namespace moonbase::session
