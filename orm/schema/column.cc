#include "orm/schema/column.h"

#include "orm/schema/table.h"

namespace moonbase::schema {

std::string Column::full_name() const { return table ? table->full_name() + "." + name : name; }

}  // namespace moonbase::schema
