#include "orm/dialect/postgresql/postgresql_options.h"

#include <algorithm>

#include <fmt/format.h>

#include "orm/base/error.h"
#include "orm/base/text.h"
#include "orm/dialect/postgresql/libpq.h"

namespace moonbase::dialect::postgresql {

namespace {

using base::Error;
using base::ErrorKind;

constexpr std::string_view kPreparedStatements = "prepared_statements";
// Seconds to wait for each host; libpq's own default is for ever.
constexpr std::string_view kConnectTimeout = "10";

std::vector<std::string> parameter_names() {
  std::vector<std::string> names;
  PQconninfoOption* defaults = libpq().conndefaults();
  for (PQconninfoOption* option = defaults; option && option->keyword; ++option) {
    // Those that libpq keeps for debugging are of no use to anybody else.
    if (std::string_view(option->dispchar) != "D" ||
        std::string_view(option->keyword) == "options") {
      names.emplace_back(option->keyword);
    }
  }
  libpq().conninfoFree(defaults);
  names.emplace_back(kPreparedStatements);
  std::sort(names.begin(), names.end());
  return names;
}

bool is_parameter(std::string_view name) {
  PQconninfoOption* defaults = libpq().conndefaults();
  bool found = false;
  for (PQconninfoOption* option = defaults; option && option->keyword && !found; ++option)
    found = option->keyword == name;
  libpq().conninfoFree(defaults);
  return found;
}

bool parse_bool(std::string_view name, std::string_view value) {
  std::string word = base::lower(value);
  if (word == "true" || word == "1" || word == "on" || word == "yes") return true;
  if (word == "false" || word == "0" || word == "off" || word == "no") return false;
  throw Error(ErrorKind::kArgumentError, fmt::format("PostgreSQL's option {} is true or false, not "
                                                     "{}",
                                                     name, base::quote_for_message(value)));
}

void set(PostgresqlOptions& options, std::string_view name, std::string_view value) {
  for (auto& [key, old] : options.parameters) {
    if (key != name) continue;
    old = value;
    return;
  }
  options.parameters.emplace_back(name, value);
}

// "a:5433,[::1],b" as libpq wants them: hosts "a,::1,b" and ports "5433,,".
void set_hosts(PostgresqlOptions& options, const ConnectArguments& arguments) {
  if (arguments.host.find(',') == std::string::npos) {
    if (!arguments.host.empty()) set(options, "host", arguments.host);
    if (arguments.port != 0) set(options, "port", std::to_string(arguments.port));
    return;
  }
  std::vector<std::string> hosts, ports;
  for (std::string_view part : base::split(arguments.host, ',')) {
    size_t bracket = part.starts_with('[') ? part.find(']') : std::string_view::npos;
    size_t colon = part.find(':', bracket == std::string_view::npos ? 0 : bracket);
    std::string_view host = part.substr(0, colon);
    if (bracket != std::string_view::npos) host = part.substr(1, bracket - 1);
    hosts.emplace_back(host);
    ports.emplace_back(colon == std::string_view::npos ? std::string_view()
                                                       : part.substr(colon + 1));
  }
  set(options, "host", base::join(hosts, ","));
  bool has_port = std::any_of(ports.begin(), ports.end(), [](auto& port) { return !port.empty(); });
  if (has_port) set(options, "port", base::join(ports, ","));
}

[[noreturn]] void refuse_option(const std::string& name) {
  std::vector<std::string> names = parameter_names();
  throw Error(ErrorKind::kArgumentError,
              fmt::format("PostgreSQL has no option {}{}", base::quote_for_message(name),
                          base::did_you_mean(name, names)))
      .with_hint(
          fmt::format("Its options are those of libpq: {}. A setting of the server is given as "
                      "options=-c%20name%3Dvalue.",
                      base::join(names, ", ")));
}

}  // namespace

PostgresqlOptions read_options(const ConnectArguments& arguments) {
  PostgresqlOptions options;
  set(options, "connect_timeout", kConnectTimeout);
  set(options, "fallback_application_name", "moonbase");
  set(options, "client_encoding", "UTF8");
  set_hosts(options, arguments);
  if (!arguments.user.empty()) set(options, "user", arguments.user);
  if (!arguments.password.empty()) set(options, "password", arguments.password);
  if (!arguments.database.empty()) set(options, "dbname", arguments.database);
  for (const auto& [name, value] : arguments.options) {
    if (name == kPreparedStatements) {
      options.prepared_statements = parse_bool(name, value);
    } else if (name == "client_encoding" && !base::equal_ignoring_case(value, "utf8")) {
      throw Error(ErrorKind::kArgumentError, fmt::format("The encoding is always UTF8, not {}",
                                                         base::quote_for_message(value)))
          .with_hint("The server converts: leave client_encoding out.");
    } else if (is_parameter(name)) {
      set(options, name, value);
    } else {
      refuse_option(name);
    }
  }
  return options;
}

std::string display_location(const ConnectArguments& arguments) {
  std::string host = arguments.host, database = arguments.database;
  std::string port = arguments.port == 0 ? "" : std::to_string(arguments.port);
  for (const auto& [name, value] : arguments.options) {
    if (name == "host") host = value;
    if (name == "port") port = value;
    if (name == "dbname") database = value;
  }
  bool is_ipv6 = host.find(':') != std::string::npos && host.find(',') == std::string::npos;
  if (is_ipv6) host = "[" + host + "]";
  if (host.empty()) host = "local socket";
  return host + (port.empty() ? "" : ":" + port) + (database.empty() ? "" : "/" + database);
}

}  // namespace moonbase::dialect::postgresql
