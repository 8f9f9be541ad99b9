// Final names of constraints and indexes: a pure function of the table, the constraint and the
// naming convention, applied when DDL is made or compared (never stored back). Follows SQLAlchemy's
// tokens: %(table_name)s
// %(referred_table_name)s %(column_0_name)s %(column_0_label)s %(column_0_key)s %(column_0_N_name)s
// %(column_0N_name)s %(constraint_name)s %(referred_column_0_name)s ... Indexes have a convention
// even when none is given: ix_<column_0_label>. An explicit name wins over the convention, unless
// the convention uses
// %(constraint_name)s; a name marked final is never converted.
#pragma once

#include <string>

#include "orm/schema/table.h"

namespace moonbase::schema {

// Made and final names longer than `max_length` bytes (0: no limit) are cut and end in a four-digit
// hash of the whole. An empty result means "unnamed". Throws kInvalidRequestError where a
// convention needs a constraint name or a column and there is none, or names an unknown token;
// kIdentifierError for an explicit name that is too long.
std::string final_name(const Table& table, const PrimaryKeyConstraint& c, const NamingConvention& n,
                       size_t max_length);
std::string final_name(const Table& table, const UniqueConstraint& c, const NamingConvention& n,
                       size_t max_length);
std::string final_name(const Table& table, const CheckConstraint& c, const NamingConvention& n,
                       size_t max_length);
// Takes the referred column's name as it is declared in the key.
std::string final_name(const Table& table, const ForeignKeyConstraint& c, const NamingConvention& n,
                       size_t max_length);
// Takes it from the resolved column, which a key may name by another name than the database's.
// Throws also what MetaData::resolve throws.
std::string final_name(const Table& table, const ForeignKeyConstraint& c, const MetaData& m,
                       size_t max_length);
std::string final_name(const Table& table, const Index& c, const NamingConvention& n,
                       size_t max_length);

}  // namespace moonbase::schema
