// Edits of a text, collected in the order in which a parser understands them and applied at once.
// Every edit touches the begin or the end of a token, so that the lines stay what they are; where
// two words would become one, a blank is put between them. Belongs to one call.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace moonbase::syntax {

class Edits {
 public:
  // Puts `text` before the token that begins at `at`. What is opened later encloses what was opened
  // before.
  void open(uint32_t at, std::string_view text) { add(at, Side::kOpen, 0, text); }
  // Puts `text` behind the token that ends at `at`. What is closed later encloses, too.
  void close(uint32_t at, std::string_view text) { add(at, Side::kClose, 0, text); }
  // Puts `text` in the place of the token [begin, end).
  void replace(uint32_t begin, uint32_t end, std::string_view text) {
    add(begin, Side::kReplace, end - begin, text);
  }

  bool empty() const { return edits_.empty(); }

  // Appends `text` from byte `begin` on to `out`, edited.
  void apply(std::string_view text, size_t begin, std::string& out);

 private:
  // In the order in which edits of one place are applied.
  enum class Side : uint8_t { kClose, kOpen, kReplace };
  struct Edit {
    uint64_t key;  // place, side and number: the order of application
    uint32_t erased;
    uint32_t size;
    size_t begin;  // of the text in words_
  };

  void add(uint32_t at, Side side, uint32_t erased, std::string_view text);

  std::vector<Edit> edits_;
  std::string words_;
};

}  // namespace moonbase::syntax
