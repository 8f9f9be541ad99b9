// What a session tells its listener, and when.
#include <catch2/catch.hpp>

#include "tests/support/orm_fixture.h"

using namespace moonbase;
using session::Event;
using session::Occurrence;
using session::Session;
using state::Lifecycle;
using test::caught;
using test::Lines;
using test::Orm;
using test::text;

namespace {

class Recorder : public session::Listener {
 public:
  void happened(const Occurrence& o) override {
    std::string line(session::event_name(o.event));
    if (o.instance != nullptr) line += " " + state::describe(*o.instance);
    heard_.push_back(line);
    if (o.event == throws_on) throw base::Error(base::ErrorKind::kValueError, "of the listener");
    if (act) act(o);
  }
  void forget(const Session&) noexcept override { ++forgotten; }
  void want(std::initializer_list<Event> events) {
    for (Event e : events) wanted_ |= uint64_t{1} << static_cast<int>(e);
  }
  Lines take() { return std::exchange(heard_, {}); }

  std::optional<Event> throws_on;
  std::function<void(const Occurrence&)> act;
  int forgotten = 0;

 private:
  Lines heard_;
};

struct Heard : Orm {
  Recorder recorder;
  explicit Heard(std::initializer_list<Event> events) {
    models.declare_microblog();
    open();
    recorder.want(events);
    session->set_listener(&recorder);
  }
  ~Heard() { session.reset(); }
};

}  // namespace

TEST_CASE("rows of a batch are announced before the first and after the last statement") {
  Heard o{Event::kBeforeInsert, Event::kAfterInsert};
  o.add("User", {{"username", text("susan")}});
  o.add("User", {{"username", text("john")}});
  o.session->flush();
  CHECK(o.recorder.take() ==
        Lines{"before_insert <User (pending)>", "before_insert <User (pending)>",
              "after_insert <User (pending)>", "after_insert <User (pending)>"});
}

TEST_CASE("what nobody waits for is not told") {
  Heard o{Event::kAfterFlush};
  o.add("User", {{"username", text("susan")}});
  o.session->commit();
  CHECK(o.recorder.take() == Lines{"after_flush"});
  o.session->commit();
  CHECK(o.recorder.take().empty());
}

TEST_CASE("a listener that throws at any moment of a flush leaves nothing of it") {
  for (Event e : {Event::kBeforeInsert, Event::kAfterInsert, Event::kAfterFlush,
                  Event::kPendingToPersistent, Event::kAfterFlushPostexec}) {
    CAPTURE(session::event_name(e));
    Heard o{e};
    o.recorder.throws_on = e;
    state::Instance& susan = o.add("User", {{"username", text("susan")}});
    CHECK(caught([&] { o.session->flush(); }).kind() == base::ErrorKind::kValueError);
    CHECK_FALSE(o.session->is_active());
    o.recorder.throws_on.reset();
    o.session->rollback();
    CHECK(susan.lifecycle == Lifecycle::kTransient);
    CHECK_FALSE(susan.has_identity);
    CHECK(o.session->find_loaded(o.model("User"), 1) == nullptr);
    // The same object is written after all.
    o.session->add(susan);
    o.session->commit();
    CHECK(susan.lifecycle == Lifecycle::kPersistent);
  }
}

TEST_CASE("states are told when all objects stand as they should") {
  Heard o{Event::kPendingToPersistent, Event::kPersistentToTransient};
  o.recorder.act = [&](const Occurrence& occurrence) {
    for (const state::Instance* i : o.session->all()) CHECK(i->lifecycle == Lifecycle::kPersistent);
    CHECK(occurrence.session.is_active());
  };
  o.add("User", {{"username", text("susan")}});
  o.add("User", {{"username", text("john")}});
  o.session->flush();
  CHECK(o.recorder.take() ==
        Lines{"pending_to_persistent <User 1>", "pending_to_persistent <User 2>"});
  o.session->rollback();
  CHECK(o.recorder.take() == Lines{"persistent_to_transient <User (transient)>",
                                   "persistent_to_transient <User (transient)>"});
}

TEST_CASE("a commit is done although a listener throws after it") {
  Heard o{Event::kAfterCommit};
  o.recorder.throws_on = Event::kAfterCommit;
  state::Instance& susan = o.add("User", {{"username", text("susan")}});
  CHECK(caught([&] { o.session->commit(); }).message() == "of the listener");
  CHECK(o.session->is_active());
  CHECK_FALSE(o.session->in_transaction());
  o.session->rollback();
  CHECK(susan.lifecycle == Lifecycle::kPersistent);
}

TEST_CASE("a session says goodbye to its listener, and nothing after that") {
  Heard o{Event::kPersistentToDetached};
  o.add("User", {{"username", text("susan")}});
  o.session->commit();
  o.session.reset();
  CHECK(o.recorder.forgotten == 1);
  CHECK(o.recorder.take().empty());
}
