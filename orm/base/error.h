// One root error for everything that can go wrong, with its properties at the root, so that a
// caller can act on them without knowing which layer threw. Errors are values: thrown by value,
// caught by reference, owned by the exception machinery. The kind names are the class names of
// SQLAlchemy (and Python's own where SQLAlchemy raises those), because they are what a user matches
// on.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "orm/base/value.h"

namespace moonbase::base {

enum class ErrorKind : uint8_t {
  // caller misuse
  kArgumentError,
  kInvalidRequestError,
  kTypeError,
  kValueError,
  kAttributeError,
  kIndexError,
  kKeyError,
  kNameError,
  kNoForeignKeysError,
  kAmbiguousForeignKeysError,
  kNoReferencedTableError,
  kNoReferencedColumnError,
  kCircularDependencyError,
  kUnmappedInstanceError,
  kUnmappedClassError,
  kCompileError,
  kUnsupportedCompilationError,
  kIdentifierError,
  kNoSuchTableError,
  kNoSuchColumnError,
  kNoSuchModuleError,
  kUnboundExecutionError,
  kResourceClosedError,
  kTimeoutError,
  // state of objects and sessions
  kNoResultFound,
  kMultipleResultsFound,
  kDetachedInstanceError,
  kObjectDeletedError,
  kObjectDereferencedError,
  kPendingRollbackError,
  kStaleDataError,
  kFlushError,
  kNotFound,
  // the database's own
  kIntegrityError,
  kOperationalError,
  kProgrammingError,
  kDataError,
  kInternalError,
  kNotSupportedError,
  kInterfaceError,
  kDatabaseError,
  kStatementError,
  // migrations
  kCommandError,
  kRevisionError,
  kCycleDetected,
  kMultipleHeads,
  // control
  kInterrupted,
};

// The name a user sees: "IntegrityError".
std::string_view kind_name(ErrorKind kind);

// True for the kinds a database raised while running a statement.
bool is_database_kind(ErrorKind kind);

class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, std::string message);

  ErrorKind kind() const { return kind_; }
  // One sentence: what is wrong, naming the thing.
  const std::string& message() const { return message_; }
  // What to do next; may be empty.
  const std::string& hint() const { return hint_; }
  // Database errors: the statement that failed, its values, the database's own message and its
  // code.
  const std::string& statement() const { return statement_; }
  const std::vector<Value>& params() const { return params_; }
  const std::string& orig() const { return orig_; }
  const std::string& sqlstate() const { return sqlstate_; }
  // Which character of the statement the database points at, counted from 1; 0 for none.
  size_t position() const { return position_; }
  // What the core was doing, innermost first ("INSERT INTO user for <User (pending 1)>").
  const std::vector<std::string>& context() const { return context_; }
  // The server closed the connection: it must not be used again.
  bool disconnected() const { return disconnected_; }

  // Fluent setters, for `throw Error(...).with_hint(...)`.
  Error&& with_hint(std::string hint) &&;
  Error&& with_statement(std::string statement, std::vector<Value> params) &&;
  Error&& with_orig(std::string orig, std::string sqlstate) &&;
  Error&& with_disconnected() &&;
  Error&& with_position(size_t position) &&;

  // Added while unwinding: the next outer thing that was being done.
  void add_context(std::string what);
  void set_statement(std::string statement, std::vector<Value> params);
  void set_hint(std::string hint) { hint_ = std::move(hint); }
  void set_message(std::string message) { message_ = std::move(message); }

  // One readable paragraph: kind, message, context, statement and values, hint.
  std::string paragraph() const;

 private:
  ErrorKind kind_;
  bool disconnected_ = false;
  size_t position_ = 0;
  std::string message_, hint_, statement_, orig_, sqlstate_;
  std::vector<Value> params_;
  std::vector<std::string> context_;
};

}  // namespace moonbase::base
