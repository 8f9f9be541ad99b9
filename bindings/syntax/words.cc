#include "bindings/syntax/words.h"

#include <array>
#include <cstddef>

#include "bindings/syntax/syntax.h"

namespace moonbase::syntax {

namespace {

constexpr Word kWords[] = {
    {"and", Kind::kAnd},
    {"break", Kind::kBreak},
    {"do", Kind::kDo},
    {"else", Kind::kElse},
    {"elseif", Kind::kElseif},
    {"end", Kind::kEnd},
    {"false", Kind::kFalse},
    {"for", Kind::kFor},
    {"function", Kind::kFunction},
    {"goto", Kind::kGoto},
    {"if", Kind::kIf},
    {"in", Kind::kIn},
    {"local", Kind::kLocal},
    {"nil", Kind::kNil},
    {"not", Kind::kNot},
    {"or", Kind::kOr},
    {"repeat", Kind::kRepeat},
    {"return", Kind::kReturn},
    {"then", Kind::kThen},
    {"true", Kind::kTrue},
    {"until", Kind::kUntil},
    {"while", Kind::kWhile},
    // Calls that build queries.
    {"filter", Kind::kName, kContext},
    {"where", Kind::kName, kContext},
    {"having", Kind::kName, kContext},
    {"join", Kind::kName, kContext},
    {"outerjoin", Kind::kName, kContext},
    {"any", Kind::kName, kContext},
    {"has", Kind::kName, kContext},
    {"exists", Kind::kName, kContext},
    {"case", Kind::kName, kContext},
    {"and_", Kind::kName, kContext},
    {"or_", Kind::kName, kContext},
    {"not_", Kind::kName, kContext},
    {"select", Kind::kName, kContext},
    {"query", Kind::kName, kContext},
    {"order_by", Kind::kName, kContext},
    {"group_by", Kind::kName, kContext},
    {"expr", Kind::kName, kContext},
    {"over", Kind::kName, kContext},
    {"label", Kind::kName, kContext},
    {"cast", Kind::kName, kContext},
    {"returning", Kind::kName, kContext},
    {"relationship", Kind::kName, kContext},
    {"column_property", Kind::kName, kContext},
    {"query_expression", Kind::kName, kContext},
    {"with_expression", Kind::kName, kContext},
    {"with_loader_criteria", Kind::kName, kContext | kBodies},
    {"values", Kind::kName, kContext | kKeys | kListKeys},
    {"update", Kind::kName, kContext | kKeys | kListKeys},
    {"on_conflict_do_update", Kind::kName, kContext | kSetKeys},
    {"func", Kind::kName, kFunc},
    // Calls that do not, but of whose arguments something is taken.
    {"filter_by", Kind::kName, kKeys | kListKeys},
    {"hybrid_property", Kind::kName, kBodies},
    {"hybrid_method", Kind::kName, kBodies},
    // Fields of a table.
    {"primaryjoin", Kind::kName, kJoinField},
    {"secondaryjoin", Kind::kName, kJoinField},
    {kHelpers, Kind::kName, kOwnName},
};

constexpr size_t kSlots = 256;

constexpr size_t slot_of(std::string_view text) {
  const auto first = static_cast<unsigned char>(text.front());
  const auto last = static_cast<unsigned char>(text.back());
  return (text.size() * 29 + first * 7u + last * 31u) % kSlots;
}

// Open addressing: the slot of a word, or the next free one.
constexpr std::array<Word, kSlots> make_table() {
  std::array<Word, kSlots> table{};
  for (const Word& word : kWords) {
    size_t slot = slot_of(word.text);
    while (!table[slot].text.empty()) {
      slot = (slot + 1) % kSlots;
    }
    table[slot] = word;
  }
  return table;
}

constexpr std::array<Word, kSlots> kTable = make_table();

}  // namespace

Word find_word(std::string_view text) {
  for (size_t slot = slot_of(text); !kTable[slot].text.empty(); slot = (slot + 1) % kSlots) {
    if (kTable[slot].text == text) {
      return kTable[slot];
    }
  }
  return {};
}

}  // namespace moonbase::syntax
