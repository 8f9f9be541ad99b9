// What is checked of inheritance once all classes are declared. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "orm/base/error.h"
#include "orm/mapper/mapper.h"

namespace moonbase::mapper {

// What is wrong with the classes that `__mapper_args__.with_polymorphic` of a class names: one that
// is none of those below it. None when all are.
std::optional<base::Error> wrong_below(const Mapper& mapper, const std::vector<std::string>& names);

}  // namespace moonbase::mapper
