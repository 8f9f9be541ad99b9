// One class in the rows of a query, with the relationships that come with it: joined ones from the
// same row, the others handed over when the rows have been read. Lives as long as one run.
#pragma once

#include <memory>
#include <vector>

#include "orm/query/post_load.h"
#include "orm/query/row_loader.h"

namespace moonbase::query {

class EntityReader {
 public:
  // `plan` must outlive the reader.
  EntityReader(Executor& executor, const EntityPlan& plan, bool populate_existing);
  ~EntityReader();
  EntityReader(EntityReader&&) noexcept;

  // The instance in the cursor's current row; null where an outer join found none.
  state::Instance* read(const engine::Cursor& cursor);
  // All rows of the run, or of a batch of whole objects, have been read: joined relationships are
  // filled in, and what is to be loaded for the objects is handed to `post`.
  void finish(PostLoads& post, const std::shared_ptr<const Query>& origin);

 private:
  class Link;

  std::vector<state::Instance*> objects_of(const mapper::Mapper& mapper) const;

  const EntityPlan& plan_;
  EntityLoader loader_;
  std::vector<Link> links_;
  std::vector<state::Instance*> objects_;  // for what is loaded after the rows
  bool keeps_objects_ = false;
};

}  // namespace moonbase::query
