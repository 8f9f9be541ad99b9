// PostgreSQL's client library, loaded when the first such URL is opened: linking it would cost
// every start more than all the rest. Each member is the function of the same name behind "PQ".
// Immutable once loaded; any thread. Inside this folder only.
#pragma once

#include <atomic>
#include <memory>

#include <libpq-fe.h>

namespace moonbase::dialect::postgresql {

// NOLINTBEGIN(cppcoreguidelines-macro-usage): one list makes the members and what is looked up.
#define MOONBASE_LIBPQ_FUNCTIONS(X) \
  X(connectdbParams)                \
  X(finish)                         \
  X(status)                         \
  X(transactionStatus)              \
  X(errorMessage)                   \
  X(parameterStatus)                \
  X(serverVersion)                  \
  X(socket)                         \
  X(setNoticeProcessor)             \
  X(getCancel)                      \
  X(freeCancel)                     \
  X(cancel)                         \
  X(sendQuery)                      \
  X(sendQueryParams)                \
  X(sendPrepare)                    \
  X(sendQueryPrepared)              \
  X(isBusy)                         \
  X(consumeInput)                   \
  X(getResult)                      \
  X(enterPipelineMode)              \
  X(pipelineSync)                   \
  X(exitPipelineMode)               \
  X(putCopyData)                    \
  X(putCopyEnd)                     \
  X(getCopyData)                    \
  X(freemem)                        \
  X(clear)                          \
  X(resultStatus)                   \
  X(resultErrorMessage)             \
  X(resultErrorField)               \
  X(ntuples)                        \
  X(nfields)                        \
  X(fname)                          \
  X(ftype)                          \
  X(getvalue)                       \
  X(getlength)                      \
  X(getisnull)                      \
  X(cmdStatus)                      \
  X(cmdTuples)                      \
  X(conndefaults)                   \
  X(conninfoFree)
// NOLINTEND(cppcoreguidelines-macro-usage)

struct Libpq {
#define MOONBASE_LIBPQ_MEMBER(name) decltype(&::PQ##name) name = nullptr;
  MOONBASE_LIBPQ_FUNCTIONS(MOONBASE_LIBPQ_MEMBER)
#undef MOONBASE_LIBPQ_MEMBER
};

// Null until it is loaded; asked often, so that finding it must cost nothing.
extern std::atomic<const Libpq*> loaded_libpq;
const Libpq& load_libpq();

// Loads the library at the first call. Throws kOperationalError where there is none.
inline const Libpq& libpq() {
  const Libpq* pq = loaded_libpq.load(std::memory_order_acquire);
  return pq != nullptr ? *pq : load_libpq();
}

struct ClearResult {
  void operator()(PGresult* result) const { libpq().clear(result); }
};
using ResultPtr = std::unique_ptr<PGresult, ClearResult>;

}  // namespace moonbase::dialect::postgresql
