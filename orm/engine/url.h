// A database URL: dialect[+driver]://user:password@host:port/database?option=value. Plain data.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace moonbase::engine {

struct Url {
  std::string dialect;  // "sqlite", "postgresql"
  std::string driver;   // after '+', may be empty
  std::string user, password;
  bool has_password = false;
  std::string host;      // IPv6 without its brackets; several hosts stay one text "a,b"
  int port = 0;          // 0: not given
  std::string database;  // SQLite: the file's path as written; empty or ":memory:" is memory
  std::vector<std::pair<std::string, std::string>> options;  // in order; a key may repeat

  // The value of an option; empty when absent.
  std::string option(std::string_view key) const;
  // The URL again, percent-encoded where needed; the password as *** unless `show_password`.
  std::string text(bool show_password = false) const;
};

// User, password and options are percent-decoded; the database is taken as written. Throws
// kArgumentError that says what is wrong and shows what a URL looks like. Whether there is such a
// dialect is for create_engine to say.
Url parse_url(std::string_view text);

}  // namespace moonbase::engine
