// The PostgreSQL server that the tests use: the one that MOONBASE_TEST_POSTGRESQL names, which
// scripts/test starts (scripts/dev/postgresql). Without it a test that needs one fails and says so.
#pragma once

#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include <catch2/catch.hpp>
#include <unistd.h>

#include "orm/dialect/postgresql/postgresql_dialect.h"

namespace moonbase::test {

// "postgresql://postgres@127.0.0.1:PORT/postgres"
inline std::string postgresql_url() {
  const char* url = std::getenv("MOONBASE_TEST_POSTGRESQL");
  if (url == nullptr) {
    FAIL(
        "this test needs a PostgreSQL server: run scripts/test, or scripts/dev/postgresql start "
        "FOLDER and put the URL it prints into MOONBASE_TEST_POSTGRESQL");
  }
  return url;
}

// How to connect to a database of that server.
inline dialect::ConnectArguments postgresql_arguments(std::string database = "postgres") {
  std::string url = postgresql_url();
  size_t user = url.find("://") + 3, host = url.find('@') + 1, port = url.find(':', host) + 1;
  dialect::ConnectArguments arguments;
  arguments.user = url.substr(user, host - 1 - user);
  arguments.host = url.substr(host, port - 1 - host);
  arguments.port = std::stoi(url.substr(port));
  arguments.database = std::move(database);
  return arguments;
}

// A database of this process's own, dropped with the object.
class PostgresqlDatabase {
 public:
  PostgresqlDatabase() : name_("moonbase_" + std::to_string(getpid())) {
    run("DROP DATABASE IF EXISTS " + name_ + " WITH (FORCE)");
    run("CREATE DATABASE " + name_);
  }
  ~PostgresqlDatabase() { run("DROP DATABASE IF EXISTS " + name_ + " WITH (FORCE)"); }
  PostgresqlDatabase(const PostgresqlDatabase&) = delete;
  PostgresqlDatabase& operator=(const PostgresqlDatabase&) = delete;

  const std::string& name() const { return name_; }
  std::string url() const {
    std::string server = postgresql_url();
    return server.substr(0, server.rfind('/') + 1) + name_;
  }
  dialect::ConnectArguments arguments() const { return postgresql_arguments(name_); }
  std::unique_ptr<driver::DriverConnection> connect() const {
    return dialect::postgresql::postgresql_dialect().connect(arguments());
  }

 private:
  static void run(const std::string& sql) {
    dialect::postgresql::postgresql_dialect().connect(postgresql_arguments())->execute_script(sql);
  }

  std::string name_;
};

}  // namespace moonbase::test
