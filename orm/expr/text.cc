// SQL text written by a user, with its `:name` parameters.
#include "orm/expr/seal.h"

namespace moonbase::expr {

namespace {

bool is_word_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

bool is_word(char c) { return is_word_start(c) || (c >= '0' && c <= '9'); }

class TextSplitter {
 public:
  explicit TextSplitter(std::string_view sql) : sql_(sql) {}

  ElementPtr split() {
    auto e = std::make_shared<Element>(Kind::kText);
    e->type = types::null();
    while (at_ < sql_.size()) {
      if (copy_opaque()) continue;
      if (starts("\\:")) {
        part_ += ':';
        at_ += 2;
      } else if (is_parameter()) {
        e->text_parts.push_back(std::move(part_));
        part_.clear();
        ++at_;
        const size_t begin = at_;
        while (at_ < sql_.size() && is_word(sql_[at_])) ++at_;
        e->args.push_back(bind_name(std::string(sql_.substr(begin, at_ - begin)), types::null()));
      } else {
        part_ += sql_[at_++];
      }
    }
    e->text_parts.push_back(std::move(part_));
    return seal(std::move(e));
  }

 private:
  bool starts(std::string_view token) const { return sql_.substr(at_).starts_with(token); }

  // `:name`, but neither `::type`, nor `a:b`.
  bool is_parameter() const {
    if (sql_[at_] != ':' || at_ + 1 >= sql_.size() || !is_word_start(sql_[at_ + 1])) return false;
    return at_ == 0 || (sql_[at_ - 1] != ':' && !is_word(sql_[at_ - 1]));
  }

  void copy_until(std::string_view end, size_t from) {
    const size_t found = sql_.find(end, from);
    const size_t stop = found == std::string_view::npos ? sql_.size() : found + end.size();
    part_ += sql_.substr(at_, stop - at_);
    at_ = stop;
  }

  // Strings, quoted names, comments and PostgreSQL's $tag$ strings. A doubled quote ends one string
  // and begins the next.
  bool copy_opaque() {
    const char c = sql_[at_];
    if (c == '\'' || c == '"' || c == '`') {
      copy_until(sql_.substr(at_, 1), at_ + 1);
    } else if (starts("--")) {
      copy_until("\n", at_ + 2);
    } else if (starts("/*")) {
      copy_until("*/", at_ + 2);
    } else if (const size_t tag = dollar_tag(); tag > 0) {
      copy_until(sql_.substr(at_, tag), at_ + tag);
    } else {
      return false;
    }
    return true;
  }

  // The length of a `$$` or `$tag$` that begins here, or 0.
  size_t dollar_tag() const {
    if (sql_[at_] != '$' || (at_ > 0 && is_word(sql_[at_ - 1]))) return 0;
    size_t end = at_ + 1;
    if (end < sql_.size() && is_word_start(sql_[end])) {
      while (end < sql_.size() && is_word(sql_[end])) ++end;
    }
    return end < sql_.size() && sql_[end] == '$' ? end + 1 - at_ : 0;
  }

  std::string_view sql_;
  size_t at_ = 0;
  std::string part_;
};

}  // namespace

ElementPtr text(std::string_view sql) { return TextSplitter(sql).split(); }

}  // namespace moonbase::expr
