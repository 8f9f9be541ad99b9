// What a query was told about loading, with query:options(…): which attributes of its objects to
// read, when to load their relationships, and conditions that a class's rows must fulfil wherever
// the class appears. An option says what it speaks of by a path: the class as the query returns it,
// and from there the relationships to follow. Immutable, shared by all queries derived from one.
// Pure: no database is asked.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "orm/expr/statement.h"
#include "orm/mapper/mapper.h"

namespace moonbase::query {

struct Entity;
struct Query;

// The classes on the way to what is loaded: a class that is declared to bring another along stops
// where that is one of them.
using Trail = std::vector<const mapper::Mapper*>;

// One relationship further.
struct PathStep {
  const mapper::Relationship* relationship = nullptr;
  expr::FromPtr target;  // the far side's table, or an alias of it
};

struct Path {
  const mapper::Mapper* root = nullptr;  // null: every class the query returns
  expr::FromPtr from;                    // the table of `root`, or the alias it was written with
  std::vector<PathStep> steps = {};      // none: the objects of `root` themselves
};

struct Option {
  enum class Kind : uint8_t {
    kLoadOnly,             // of the columns, `slots` alone
    kDefer,                // not `slots`
    kUndefer,              // `slots`, too
    kUndeferGroup,         // the attributes of `group`, too
    kCriteria,             // `condition` holds for every row of the class
    kLoader,               // the last relationship of the path is loaded by `strategy`
    kSelectinPolymorphic,  // what the classes `below` have is read after the rows
  };
  Kind kind;
  Path path;
  std::vector<int> slots = {};
  // kDefer, kUndefer: all attributes but the key. kLoader: all relationships of what the path leads
  // to. With a path of no class: of all objects, those that are loaded along, too.
  bool every = false;
  bool raiseload = false;  // kLoadOnly, kDefer: reading what is left out raises
  std::string group = "";
  std::vector<const mapper::Mapper*> below = {};
  // kCriteria: over the table of path.root. kLoader: only such objects are loaded; over the table
  // of the last relationship's target. kUndefer: what the attribute is read as, where said.
  expr::ElementPtr condition = nullptr;
  bool include_aliases = false;
  bool propagate_to_loaders = true;  // also when a relationship of a loaded object is read later
  // kLoader:
  std::optional<mapper::Lazy> strategy = {};  // none: as declared (the path goes on from there)
  bool from_query = false;  // kJoined: the query has joined the target of the last step itself
  std::optional<bool> innerjoin = {};
  bool unnested = false;    // innerjoin, but an outer join below an outer one
  int recursion_depth = 0;  // so many steps along the same relationship; negative: to the end
};
using OptionList = std::vector<Option>;
using OptionListPtr = std::shared_ptr<const OptionList>;

// `list` (null: none) with one more.
OptionListPtr with_option(const OptionListPtr& list, Option option);

// Throws kArgumentError for an option of a class that the query does not return.
void check_options(const Query& query);

// What the options say of the objects of one entity, and of what lies beyond: their paths begin at
// its class. Null when they say nothing.
OptionListPtr options_at(const Query& query, const Entity& entity);
// The same of the objects that a relationship of these leads to.
OptionListPtr options_beyond(const OptionListPtr& options, const mapper::Relationship& r);
// What is read of the rows of a class. Constant time without options.
mapper::LoadListPtr load_list(const mapper::Mapper& mapper, const OptionListPtr& options);
mapper::LoadListPtr load_list(const Query& query, const Entity& entity);
// What objects keep of these options, for their relationships that are read later; null for none.
OptionListPtr remembered(const OptionListPtr& options);

// How a relationship of these objects is loaded.
struct Strategy {
  mapper::Lazy lazy;
  const Option* option = nullptr;  // that names the relationship; null for none
};
// Throws kInvalidRequestError for an option that would load a dynamic collection.
Strategy strategy_of(const OptionListPtr& options, const mapper::Relationship& r);

bool has_criteria(const OptionListPtr& options);
bool has_criteria(const Query& query);
// Items of a class that shares its table with others are rows of that class alone: whether the
// query has to say so yet, and the query that does.
bool must_name_classes(const Query& query);
Query naming_classes(const Query& query);
// The query with its criteria written out: for what it selects from in WHERE, for what it joins in
// ON, so that an outer join keeps its rows; and likewise in every SELECT inside it.
Query with_criteria(const Query& query);
// The same of a statement that writes.
std::shared_ptr<const expr::Update> with_criteria(const expr::Update& update,
                                                  const OptionListPtr& options);
std::shared_ptr<const expr::Delete> with_criteria(const expr::Delete& del,
                                                  const OptionListPtr& options);

}  // namespace moonbase::query
