// From a relationship as it was declared to what configuration makes of it, and what two of them
// that are a pair, or that write the same columns, must agree on. Used by the registry.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "orm/mapper/mapper.h"

namespace moonbase::mapper {

using Warn = std::function<void(const std::string&)>;

// A relationship of `owner` to `target`; `def` is complete. With `forward` it is the other side of
// that one and has its join, unless the declaration says its own. Throws kArgumentError for options
// that do not fit together, kInvalidRequestError for a secondary table that is not there, and what
// determine_join throws.
std::unique_ptr<Relationship> build_relationship(const Mapper& owner, const Mapper& target,
                                                 std::shared_ptr<const RelationshipDef> def,
                                                 const Warn& warn,
                                                 const Relationship* forward = nullptr);

// The declaration of the side that `backref` asks for.
std::shared_ptr<RelationshipDef> backref_def(const Relationship& forward);

// The declaration of the side that a backref made as one by itself, for when the class that asked
// for it is declared anew and may not ask again.
std::shared_ptr<RelationshipDef> standalone_def(const Relationship& forward,
                                                const RelationshipDef& back);

// Makes a pair of two relationships. One that is only read is paired with none. Throws
// kArgumentError when they do not lead to each other's class, or both the same way.
void pair(Relationship& one, Relationship& other, const Warn& warn);

// The relationship that `back_populates` of `r` names. Throws kInvalidRequestError, kArgumentError
// when there is none, or it names another.
Relationship& partner_of(const Relationship& r);

// Whether both write a column of one table without being a pair or saying that they overlap.
// `column` gets its name.
bool write_one_column(const Relationship& one, const Relationship& other, std::string& column);
// What is said of it.
std::string overlap_warning(const Relationship& r, const std::vector<const Relationship*>& others,
                            const std::string& column);

}  // namespace moonbase::mapper
