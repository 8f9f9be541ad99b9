// Moving objects between states by hand.
#include "orm/base/error.h"
#include "orm/session/session.h"

namespace moonbase::session {

using base::Error;
using base::ErrorKind;
using base::Tag;
using base::Value;
using state::Instance;
using state::Lifecycle;

void Session::make_transient(Instance& i) {
  if (auto* session = dynamic_cast<Session*>(i.host)) session->expunge(i);
  delete i.history;
  i.history = nullptr;
  i.modified = false;
  i.has_identity = false;
  i.row_is_gone = false;
  i.detached_by_close = false;
  i.lifecycle = Lifecycle::kTransient;
  for (int s = 0; s < i.slot_count; ++s) {
    const Tag tag = i.slot(s).tag();
    if (tag == Tag::kNotLoaded || tag == Tag::kExpression)
      i.slot(s) = Value::marker(Tag::kNeverSet);
  }
}

void Session::make_transient_to_detached(Instance& i) {
  if (i.host != nullptr || i.has_identity)
    throw Error(ErrorKind::kInvalidRequestError, state::describe(i) + " is not transient")
        .with_hint("only an object that no session ever had can be made to stand for a row");
  const std::vector<int>& key = i.mapper->primary_key();
  for (int slot : key) {
    const Value& v = i.slot(slot);
    if (!v.is_absent() && !v.is_null() && v.tag() != Tag::kExpression) continue;
    throw Error(ErrorKind::kInvalidRequestError, state::describe(i) + " has no " +
                                                     i.mapper->attribute_at(slot).name +
                                                     ": without its key it stands for no row");
  }
  delete i.history;
  i.history = nullptr;
  i.modified = false;
  i.has_identity = true;
  i.lifecycle = Lifecycle::kDetached;
  // What was given stays; the rest is the row's to say.
  for (int s = 0; s < i.slot_count; ++s)
    if (i.slot(s).tag() == Tag::kNeverSet) i.slot(s) = Value::marker(Tag::kNotLoaded);
}

}  // namespace moonbase::session
