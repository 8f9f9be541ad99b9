#include "orm/schema/constraint.h"

namespace moonbase::schema {

std::string ForeignKeyConstraint::target_table() const {
  if (targets.empty()) return "";
  // Without a dot the target is a table alone; npos then takes all of it.
  return targets.front().substr(0, targets.front().rfind('.'));
}

std::string ForeignKeyConstraint::target_column(size_t i) const {
  const std::string& target = targets.at(i);
  size_t dot = target.rfind('.');
  return dot == std::string::npos ? columns.at(i) : target.substr(dot + 1);
}

}  // namespace moonbase::schema
