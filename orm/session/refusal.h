// Why a database refused a row, in the words of the program: which attribute of which object breaks
// which constraint, and what can be done. Pure functions of the error, the object and its class.
#pragma once

#include <span>
#include <string>

#include "orm/base/error.h"
#include "orm/engine/engine.h"
#include "orm/session/flush_plan.h"
#include "orm/state/instance.h"

namespace moonbase::session {

class Session;

// The text for the error of a statement that wrote (or, `is_delete`, deleted) the row of an object;
// empty for one that is no IntegrityError or that says nothing which could be told of attributes.
std::string explain_refusal(Session& session, const state::Instance& instance, bool is_delete,
                            const base::Error& error);

// For the error of a COMMIT that has found a deferred foreign key broken: names the objects of this
// session whose rows break it, as far as that is known, and says what to do. `written` and
// `deleted` are the objects whose rows the transaction wrote and deleted.
void explain_commit(Session& session, engine::Engine& engine,
                    std::span<state::Instance* const> written,
                    std::span<state::Instance* const> deleted, base::Error& error);

// Of a new object whose INSERT made no row, though the database was to give it its key: throws
// kFlushError.
[[noreturn]] void refuse_kept_out(const state::Instance& instance);

}  // namespace moonbase::session
