#include "orm/dialect/postgresql/postgresql_array.h"

#include <nlohmann/json.hpp>

#include "orm/base/error.h"
#include "orm/base/text.h"

namespace moonbase::dialect::postgresql {

namespace {

using Json = nlohmann::json;
using types::Type;
using types::TypeKind;

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
}

std::string hex(std::string_view bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out = "\\x";
  for (unsigned char c : bytes) {
    out += kDigits[c >> 4];
    out += kDigits[c & 15];
  }
  return out;
}

void append_item(std::string& out, const Json& value, const Type& item) {
  if (value.is_null()) {
    out += "NULL";
  } else if (item.base_kind() == TypeKind::kJson) {
    append_quoted(out, value.dump());
  } else if (value.is_array()) {
    out += '{';
    const Type& inner = item.base_kind() == TypeKind::kArray ? *item.item() : item;
    for (size_t i = 0; i < value.size(); ++i) {
      if (i > 0) out += ',';
      append_item(out, value[i], inner);
    }
    out += '}';
  } else if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    append_quoted(out, item.base_kind() == TypeKind::kLargeBinary ? hex(text) : text);
  } else {
    append_quoted(out, value.dump());
  }
}

// Reads an array's text from left to right and writes JSON.
class Reader {
 public:
  Reader(std::string_view text, Form item) : text_(text), item_(item) {}

  // False when the text is no array.
  bool read(std::string& out) {
    // Bounds that do not start at 1 stand in front: [0:1]={…}.
    if (text_.starts_with('[')) {
      size_t equals = text_.find('=');
      if (equals == text_.npos) return false;
      at_ = equals + 1;
    }
    return list(out) && at_ == text_.size();
  }

 private:
  bool is_at(char c) const { return at_ < text_.size() && text_[at_] == c; }

  bool list(std::string& out) {
    if (!is_at('{')) return false;
    ++at_;
    out += '[';
    for (bool is_first = true; !is_at('}'); is_first = false) {
      if (!is_first) {
        if (!is_at(',')) return false;
        ++at_;
        out += ',';
      }
      if (!item(out)) return false;
    }
    ++at_;
    out += ']';
    return true;
  }

  bool item(std::string& out) {
    if (is_at('{')) return list(out);
    if (is_at('"')) return quoted(out);
    size_t end = text_.find_first_of(",}", at_);
    if (end == text_.npos) return false;
    std::string_view word = text_.substr(at_, end - at_);
    at_ = end;
    if (base::equal_ignoring_case(word, "null")) {
      out += "null";
    } else {
      scalar(out, word);
    }
    return true;
  }

  bool quoted(std::string& out) {
    std::string value;
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      value += text_[at_];
    }
    if (at_ == text_.size()) return false;
    ++at_;
    scalar(out, value);
    return true;
  }

  void scalar(std::string& out, std::string_view value) const {
    switch (item_) {
      case Form::kBool:
        out += value == "t" ? "true" : "false";
        return;
      case Form::kInt2:
      case Form::kInt4:
      case Form::kInt8:
      case Form::kOid:
        out += value;
        return;
      case Form::kFloat4:
      case Form::kFloat8:
        // NaN and the infinities are no numbers of JSON.
        if (value.find_first_of("NnIi") == value.npos) {
          out += value;
          return;
        }
        break;
      case Form::kJson:
      case Form::kJsonb:
        out += value;
        return;
      default:
        break;
    }
    out += Json(value).dump(-1, ' ', false, Json::error_handler_t::replace);
  }

  std::string_view text_;
  Form item_;
  size_t at_ = 0;
};

}  // namespace

std::string array_literal(std::string_view json, const Type& item) {
  Json list = Json::parse(json.begin(), json.end(), nullptr, /*allow_exceptions=*/false);
  if (!list.is_array()) {
    throw base::Error(base::ErrorKind::kDataError,
                      "an array is made from a list, not from " + base::quote_for_message(json));
  }
  std::string out = "{";
  for (size_t i = 0; i < list.size(); ++i) {
    if (i > 0) out += ',';
    append_item(out, list[i], item);
  }
  return out + "}";
}

std::string array_json(std::string_view literal, Form item) {
  std::string out;
  if (Reader(literal, item).read(out)) return out;
  return Json(literal).dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace moonbase::dialect::postgresql
