// SQL written by the user that the schema keeps as text (a server default, a CHECK, a partial
// index's condition), with optional spellings per dialect. Plain data; schema does not know
// expression trees.
#pragma once

#include <map>
#include <string>

namespace moonbase::schema {

struct SqlFragment {
  std::string text;
  std::map<std::string, std::string> variants;  // dialect name -> its own spelling

  const std::string& for_dialect(const std::string& dialect) const {
    auto it = variants.find(dialect);
    return it == variants.end() ? text : it->second;
  }
  bool operator==(const SqlFragment&) const = default;
};

}  // namespace moonbase::schema
