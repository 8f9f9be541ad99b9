// Values that a program changes in place: a JSON document handed out as a table of its language.
// Who hands them out implements this and tells the heap; a session asks before it looks for
// changes. Abstract, so that this layer never sees such a language. One thread.
#pragma once

namespace moonbase::state {

class InstanceHost;

class EditSource {
 public:
  virtual ~EditSource() = default;
  // Writes what was changed in place since the last time to the slots of the host's instances (of
  // all instances when null), as an assignment would. Throws TypeError and ValueError for a content
  // that the column cannot hold, naming the attribute.
  virtual void notice(const InstanceHost* host) = 0;
  // Forgets what was changed in place since then. Does not throw.
  virtual void undo(const InstanceHost& host) = 0;
};

}  // namespace moonbase::state
