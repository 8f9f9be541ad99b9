// Opening a connection: it can be interrupted, a host that does not answer is left for the next one
// in time, and a plan that another connection has made stale is made again where nothing is lost.
#include <chrono>

#include <arpa/inet.h>
#include <catch2/catch.hpp>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "orm/base/error.h"
#include "tests/support/postgresql.h"

using namespace moonbase;
using base::Error;
using base::ErrorKind;
using base::Value;

namespace {

// Lets clients connect and says nothing.
class SilentHost {
 public:
  SilentHost() : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* any = reinterpret_cast<sockaddr*>(&address);
    REQUIRE(bind(socket_, any, size) == 0);
    REQUIRE(listen(socket_, 8) == 0);
    REQUIRE(getsockname(socket_, any, &size) == 0);
    port = ntohs(address.sin_port);
  }
  ~SilentHost() { close(socket_); }
  SilentHost(const SilentHost&) = delete;
  SilentHost& operator=(const SilentHost&) = delete;
  int port;

 private:
  int socket_;
};

const dialect::Dialect& postgresql() { return dialect::postgresql::postgresql_dialect(); }

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Runs that wait in a pipeline, and come back with rows of all columns.
std::unique_ptr<driver::DriverStatement> deletion(driver::DriverConnection& connection) {
  return connection.prepare("DELETE FROM item WHERE id = $1 RETURNING *");
}

int run_together(driver::DriverStatement& statement, int64_t first, int64_t last) {
  for (int64_t i = first; i <= last; ++i) {
    statement.bind(0, Value::integer(i));
    REQUIRE(statement.queue());
  }
  int columns = 0;
  statement.collect([&](size_t) { columns += statement.column_count(); });
  return columns;
}

}  // namespace

TEST_CASE("connecting to a PostgreSQL server that does not answer can be interrupted") {
  const SilentHost host;
  dialect::ConnectArguments arguments;
  arguments.host = "127.0.0.1";
  arguments.port = host.port;
  arguments.options = {{"connect_timeout", "60"}};
  int asked = 0;
  arguments.is_interrupted = [&] { return ++asked == 2; };
  const auto start = std::chrono::steady_clock::now();
  try {
    postgresql().connect(arguments);
    FAIL("there is no server");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::kInterrupted);
  }
  CHECK(seconds_since(start) < 10);
}

TEST_CASE("a host that does not answer is left for the next one after connect_timeout") {
  const SilentHost host;
  dialect::ConnectArguments arguments = test::postgresql_arguments();
  arguments.host = "127.0.0.1:" + std::to_string(host.port) + "," + arguments.host + ":" +
                   std::to_string(arguments.port);
  arguments.port = 0;
  arguments.options = {{"connect_timeout", "2"}, {"target_session_attrs", "read-write"}};
  arguments.is_interrupted = [] { return false; };
  const auto start = std::chrono::steady_clock::now();
  CHECK(postgresql().connect(arguments)->is_usable());
  CHECK(seconds_since(start) < 10);
}

TEST_CASE("a pipeline's stale plan is made again outside a transaction and at its beginning") {
  test::PostgresqlDatabase database;
  auto connection = database.connect(), other = database.connect();
  other->execute_script(
      "CREATE TABLE item (id int); INSERT INTO item SELECT generate_series(1, 9)");
  auto statement = deletion(*connection);
  CHECK(run_together(*statement, 1, 2) == 2);
  other->execute_script("ALTER TABLE item ADD a int");
  CHECK(run_together(*statement, 3, 4) == 4);
  other->execute_script("ALTER TABLE item ADD b int");
  connection->begin(true);
  CHECK(run_together(*statement, 5, 6) == 6);
  connection->commit();
  other->execute_script("ALTER TABLE item ADD c int");
  // What the transaction has done before would be lost.
  connection->begin(true);
  connection->execute_script("INSERT INTO item VALUES (10)");
  CHECK_THROWS_WITH(run_together(*statement, 7, 8), Catch::Contains("cached plan"));
  connection->rollback();
  CHECK(run_together(*statement, 7, 8) == 8);
}

TEST_CASE("a single statement's stale plan is made again at the beginning of a transaction") {
  test::PostgresqlDatabase database;
  auto connection = database.connect(), other = database.connect();
  other->execute_script("CREATE TABLE item (id int); INSERT INTO item VALUES (1)");
  auto select = connection->prepare("SELECT * FROM item");
  for (int columns = 1; columns < 4; ++columns) {
    for (int run = 0; run < 3; ++run) {
      connection->begin(false);
      REQUIRE(select->step());
      CHECK(select->column_count() == columns);
      select->reset();
      connection->commit();
    }
    other->execute_script("ALTER TABLE item ADD c" + std::to_string(columns) + " int");
  }
}

TEST_CASE("what PostgreSQL says of a refused row is read in one place") {
  test::PostgresqlDatabase database;
  auto connection = database.connect();
  connection->execute_script(
      "CREATE TABLE owner (id int PRIMARY KEY);"
      "CREATE TABLE item (a int, \"B c\" text NOT NULL, n int CONSTRAINT small CHECK (n < 9),"
      " CONSTRAINT pair UNIQUE (a, \"B c\"), owner int CONSTRAINT fk REFERENCES owner);"
      "INSERT INTO item VALUES (1, 'x')");
  const auto refused = [&](const std::string& sql) {
    try {
      connection->execute_script(sql);
    } catch (const Error& error) {
      return postgresql().refusal(error).value();
    }
    throw std::logic_error("nothing was refused");
  };
  using Kind = dialect::Refusal::Kind;
  using Names = std::vector<std::string>;
  const dialect::Refusal twice = refused("INSERT INTO item VALUES (1, 'x')");
  CHECK(twice.kind == Kind::kUnique);
  CHECK(twice.constraint == "pair");
  CHECK(twice.columns == Names{"a", "B c"});
  REQUIRE(twice.row);
  CHECK(twice.row->values[1] == std::pair(std::string("B c"), std::optional<std::string>("x")));
  const dialect::Refusal empty = refused("INSERT INTO item VALUES (2, NULL)");
  CHECK(empty.kind == Kind::kNotNull);
  CHECK(empty.columns == Names{"B c"});
  REQUIRE(empty.row);
  CHECK(empty.row->all == "2, null, null, null");
  const dialect::Refusal large = refused("INSERT INTO item VALUES (3, 'y', 10)");
  CHECK(large.kind == Kind::kCheck);
  CHECK(large.constraint == "small");
  const dialect::Refusal alone = refused("INSERT INTO item VALUES (4, 'y', 1, 7)");
  CHECK(alone.kind == Kind::kForeignKey);
  CHECK(alone.constraint == "fk");
  CHECK(alone.columns == Names{"owner"});
  try {
    connection->execute_script("SELECT 1 / 0");
  } catch (const Error& error) {
    CHECK_FALSE(postgresql().refusal(error).has_value());
  }
}
