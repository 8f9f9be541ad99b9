#include "orm/query/entity_reader.h"

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include "orm/state/collection.h"
#include "orm/state/link.h"

namespace moonbase::query {

using base::Tag;
using base::Value;
using mapper::Relationship;
using state::Instance;

// A joined relationship: the far objects of each owner, until all rows are there.
class EntityReader::Link {
 public:
  Link(Executor& executor, const RelationshipPlan& plan, bool populate_existing)
      : executor_(executor),
        relationship_(*plan.relationship),
        far_(std::make_unique<EntityReader>(executor, *plan.far, populate_existing)) {}

  void read(const engine::Cursor& cursor, Instance& owner) {
    Instance* found = far_->read(cursor);
    if (owner_ != &owner) choose(owner);
    Group& group = groups_[at_];
    if (found == nullptr || !members_.emplace(at_, found).second) return;
    if (!relationship_.uselist && !group.members.empty()) {
      group.has_several = true;
      return;
    }
    group.members.push_back(found);
  }

  void finish(PostLoads& post, const std::shared_ptr<const Query>& origin) {
    for (Group& group : groups_) {
      if (group.has_several)
        executor_.warn("several rows for " + relationship_.full_name() + " of " +
                       state::describe(*group.owner) + ", which is to one object");
      fill_relationship(*group.owner, relationship_, std::move(group.members));
    }
    groups_.clear();
    positions_.clear();
    members_.clear();
    owner_ = nullptr;
    far_->finish(post, origin);
  }

 private:
  struct Group {
    Instance* owner;
    std::vector<Instance*> members;
    bool has_several = false;
  };

  void choose(Instance& owner) {
    const auto [there, is_new] = positions_.try_emplace(&owner, groups_.size());
    if (is_new) groups_.push_back({&owner, {}});
    at_ = there->second;
    owner_ = &owner;
  }

  Executor& executor_;
  const Relationship& relationship_;
  std::unique_ptr<EntityReader> far_;
  std::vector<Group> groups_;  // in the order of the rows
  boost::unordered_flat_map<Instance*, size_t> positions_;
  boost::unordered_flat_set<std::pair<size_t, Instance*>> members_;
  Instance* owner_ = nullptr;  // of the last row, at `at_`
  size_t at_ = 0;
};

EntityReader::EntityReader(Executor& executor, const EntityPlan& plan, bool populate_existing)
    : plan_(plan),
      loader_(executor, *plan.mapper, plan.list, plan.first_column, populate_existing,
              plan.remembered, plan.columns) {
  for (const RelationshipPlan& load : plan.loads) {
    if (load.how == mapper::Lazy::kJoined)
      links_.emplace_back(executor, load, populate_existing);
    else
      keeps_objects_ = true;
  }
  keeps_objects_ = keeps_objects_ || !plan.read_after.empty();
}

EntityReader::~EntityReader() = default;
EntityReader::EntityReader(EntityReader&&) noexcept = default;

Instance* EntityReader::read(const engine::Cursor& cursor) {
  Instance* object = loader_.load(cursor);
  if (object == nullptr) return nullptr;
  if (keeps_objects_ && (objects_.empty() || objects_.back() != object)) objects_.push_back(object);
  for (Link& link : links_) link.read(cursor, *object);
  return object;
}

std::vector<Instance*> EntityReader::objects_of(const mapper::Mapper& m) const {
  std::vector<Instance*> found;
  for (Instance* object : objects_)
    if (object->mapper->is_a(m)) found.push_back(object);
  return found;
}

void EntityReader::finish(PostLoads& post, const std::shared_ptr<const Query>& origin) {
  for (Link& link : links_) link.finish(post, origin);
  if (!objects_.empty()) {
    for (const mapper::Mapper* below : plan_.read_after)
      if (std::vector<Instance*> of_class = objects_of(*below); !of_class.empty())
        post.add_class(*below, of_class);
    for (const RelationshipPlan& load : plan_.loads) {
      if (load.how == mapper::Lazy::kJoined) continue;
      if (plan_.mapper->is_a(*load.relationship->owner))
        post.add(load, objects_, origin);
      else
        post.add(load, objects_of(*load.relationship->owner), origin);
    }
  }
  objects_.clear();
}

}  // namespace moonbase::query
