#include "orm/engine/url.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "orm/base/error.h"
#include "orm/base/text.h"

namespace moonbase::engine {

namespace {

using base::Error;
using base::ErrorKind;

constexpr std::string_view kShape =
    "A database URL looks like dialect://user:password@host:port/database?option=value; for SQLite "
    "sqlite:///relative.db, sqlite:////absolute/path.db, or sqlite:// for a database in memory.";

[[noreturn]] void refuse(std::string message) {
  throw Error(ErrorKind::kArgumentError, std::move(message)).with_hint(std::string(kShape));
}

bool is_word(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

// `plus_is_space`: in options, as in web forms.
std::string decode(std::string_view text, bool plus_is_space = false) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    unsigned byte = 0;
    const char* digits = text.data() + i + 1;
    if (text[i] == '%' && i + 2 < text.size() &&
        std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2) {
      out += static_cast<char>(byte);
      i += 2;
    } else {
      out += plus_is_space && text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

std::string encode(std::string_view text, std::string_view also_safe = {}) {
  std::string out;
  for (char c : text) {
    bool is_safe =
        is_word({&c, 1}) || c == '-' || c == '.' || c == '~' || also_safe.find(c) != also_safe.npos;
    if (is_safe) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

int parse_port(std::string_view text) {
  int port = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error == std::errc() && end == text.data() + text.size() && port >= 1 && port <= 65535)
    return port;
  // What was taken for a port may be a password: it is not shown.
  throw Error(ErrorKind::kArgumentError, "The port of a database URL is a number from 1 to 65535")
      .with_hint(
          "Characters such as @ / : ? # in a user or password are written %40 %2F %3A %3F %23.");
}

void parse_host(std::string_view text, Url& url) {
  const bool has_several = text.find(',') != text.npos;
  if (text.starts_with('[') && !has_several) {
    size_t close = text.find(']');
    if (close == text.npos) refuse("The IPv6 address of a database URL has no closing bracket");
    url.host = text.substr(1, close - 1);
    text.remove_prefix(close + 1);
    if (text.empty()) return;
    if (text[0] != ':') refuse("Behind an IPv6 address in brackets only a port may follow");
    url.port = parse_port(text.substr(1));
    return;
  }
  size_t colon = text.rfind(':');
  // Several hosts have their own ports; they stay one text for the driver.
  if (colon == text.npos || has_several) {
    url.host = decode(text);
    return;
  }
  if (text.find(':') != colon)
    refuse("An IPv6 address in a database URL is written in brackets: [::1]");
  url.host = decode(text.substr(0, colon));
  if (colon + 1 < text.size()) url.port = parse_port(text.substr(colon + 1));
}

void parse_authority(std::string_view text, Url& url) {
  if (size_t at = text.rfind('@'); at != text.npos) {
    std::string_view credentials = text.substr(0, at);
    size_t colon = credentials.find(':');
    url.user = decode(credentials.substr(0, colon));
    if (colon != credentials.npos) {
      url.has_password = true;
      url.password = decode(credentials.substr(colon + 1));
    }
    text.remove_prefix(at + 1);
  }
  parse_host(text, url);
}

void parse_options(std::string_view text, Url& url) {
  for (std::string_view part : base::split(text, '&')) {
    if (part.empty()) continue;
    size_t equals = part.find('=');
    if (equals == part.npos || equals == 0) {
      refuse(fmt::format("An option of a database URL is written name=value, not {}",
                         base::quote_for_message(part)));
    }
    url.options.emplace_back(decode(part.substr(0, equals), true),
                             decode(part.substr(equals + 1), true));
  }
}

void parse_dialect(std::string_view text, Url& url) {
  size_t plus = text.find('+');
  url.dialect = text.substr(0, plus);
  if (plus != text.npos) url.driver = text.substr(plus + 1);
  if (!is_word(url.dialect) || (plus != text.npos && !is_word(url.driver))) {
    refuse(fmt::format("{} is not the name of a dialect", base::quote_for_message(text)));
  }
}

}  // namespace

Url parse_url(std::string_view text) {
  size_t colon = text.find("://");
  if (colon == text.npos) {
    // A password may be in it even so.
    bool may_be_secret = text.find('@') != text.npos;
    std::string fix;
    if (text.empty()) {
      refuse("The database URL is empty");
    } else if (!may_be_secret && text.find(':') == text.npos) {
      fix = fmt::format("; for a SQLite file write sqlite:///{}", base::escape_for_message(text));
    }
    refuse(may_be_secret ? "This is not a database URL: it has no ://"
                         : fmt::format("{} is not a database URL: it has no ://{}",
                                       base::quote_for_message(text), fix));
  }
  Url url;
  parse_dialect(text.substr(0, colon), url);
  std::string_view rest = text.substr(colon + 3);
  if (size_t question = rest.find('?'); question != rest.npos) {
    parse_options(rest.substr(question + 1), url);
    rest = rest.substr(0, question);
  }
  size_t slash = rest.find('/');
  if (slash != rest.npos) url.database = rest.substr(slash + 1);
  parse_authority(rest.substr(0, slash), url);
  return url;
}

std::string Url::option(std::string_view key) const {
  for (const auto& [name, value] : options) {
    if (name == key) return value;
  }
  return {};
}

std::string Url::text(bool show_password) const {
  std::string out = dialect;
  if (!driver.empty()) out += "+" + driver;
  out += "://";
  if (!user.empty() || has_password) {
    out += encode(user);
    if (has_password) out += ":" + (show_password ? encode(password) : "***");
    out += "@";
  }
  bool is_ipv6 = host.find(':') != host.npos && host.find(',') == host.npos;
  out += is_ipv6 ? "[" + host + "]" : encode(host, ",:");
  if (port != 0) out += fmt::format(":{}", port);
  if (!database.empty()) out += "/" + database;
  char separator = '?';
  for (const auto& [name, value] : options) {
    bool is_secret = name == "password" && !show_password;
    out += separator + encode(name) + "=" + (is_secret ? "***" : encode(value, "/:"));
    separator = '&';
  }
  return out;
}

}  // namespace moonbase::engine
