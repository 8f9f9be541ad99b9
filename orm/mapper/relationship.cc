#include "orm/mapper/relationship.h"

#include "orm/base/error.h"
#include "orm/base/text.h"
#include "orm/mapper/mapper.h"

namespace moonbase::mapper {

using base::Error;
using base::ErrorKind;

namespace {

struct LazyRow {
  std::string_view word;
  Lazy lazy;
};
// The first word of a strategy is its name.
constexpr LazyRow kLazyRows[] = {
    {"select", Lazy::kSelect},
    {"true", Lazy::kSelect},
    {"joined", Lazy::kJoined},
    {"false", Lazy::kJoined},
    {"selectin", Lazy::kSelectin},
    {"subquery", Lazy::kSubquery},
    {"immediate", Lazy::kImmediate},
    {"dynamic", Lazy::kDynamic},
    {"write_only", Lazy::kWriteOnly},
    {"raise", Lazy::kRaise},
    {"raise_on_sql", Lazy::kRaiseOnSql},
    {"noload", Lazy::kNoload},
    {"none", Lazy::kNoload},
};

struct CascadeRow {
  std::string_view word;
  uint8_t flags;
};
constexpr CascadeRow kCascadeRows[] = {
    {"save-update", kCascadeSaveUpdate},
    {"merge", kCascadeMerge},
    {"refresh-expire", kCascadeRefreshExpire},
    {"expunge", kCascadeExpunge},
    {"delete", kCascadeDelete},
    {"delete-orphan", kCascadeDeleteOrphan},
    {"all",
     kCascadeSaveUpdate | kCascadeMerge | kCascadeRefreshExpire | kCascadeExpunge | kCascadeDelete},
    {"none", 0},
};

template <class Rows>
[[noreturn]] void unknown_word(std::string_view what, std::string_view word, const Rows& rows) {
  std::vector<std::string> words;
  for (const auto& row : rows) words.emplace_back(row.word);
  throw Error(ErrorKind::kArgumentError, std::string(what) + " has no " +
                                             base::quote_for_message(word) +
                                             base::did_you_mean(word, words))
      .with_hint("there are: " + base::join(words, ", "));
}

}  // namespace

Lazy parse_lazy(std::string_view word) {
  for (const LazyRow& row : kLazyRows)
    if (row.word == word) return row.lazy;
  unknown_word("relationship's lazy", word, kLazyRows);
}

std::string_view lazy_name(Lazy lazy) {
  for (const LazyRow& row : kLazyRows)
    if (row.lazy == lazy) return row.word;
  return "select";
}

std::string_view shape_name(Shape shape) {
  static constexpr std::string_view kNames[] = {"list", "set", "dict"};
  return kNames[static_cast<int>(shape)];
}

uint8_t parse_cascade(std::string_view words) {
  uint8_t flags = 0;
  for (std::string_view part : base::split(words, ',')) {
    const std::string_view word = base::trim(part);
    if (word.empty()) continue;
    bool found = false;
    for (const CascadeRow& row : kCascadeRows)
      if (row.word == word) {
        flags = static_cast<uint8_t>(flags | row.flags);
        found = true;
      }
    if (!found) unknown_word("relationship's cascade", word, kCascadeRows);
  }
  return flags;
}

std::string Relationship::full_name() const { return owner->name() + "." + name; }

}  // namespace moonbase::mapper
