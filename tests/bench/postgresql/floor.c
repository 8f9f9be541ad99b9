/* The floor on PostgreSQL: the same work by hand on libpq, in the fastest way each has.
 *
 *   bench_floor_postgresql make URL [--empty | --users]   makes the tables anew
 *   bench_floor_postgresql W2 URL                         prints the seconds of the measured part
 *   bench_floor_postgresql digest URL                     prints a fingerprint of all rows
 *   bench_floor_postgresql version URL                    prints the version of the server
 *
 * Results are in the binary format. Rows to be written are in memory before the clock starts, as
 * they are in workloads/, and what a workload loads it keeps until the end. */
#include <arpa/inet.h>
#include <endian.h>
#include <libpq-fe.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/rows.h"

#define kPostColumns "SELECT id, body, timestamp, user_id FROM post"

enum { kLookups = 10000, kBatch = 500, kBulkRows = 1000000, kBinary = 1 };

/* PostgreSQL counts microseconds from 2000-01-01. */
static const int64_t kMicrosecondsPerDay = 86400000000, kDaysTo2000 = 730425;

typedef struct {
  int64_t id, user_id;
  char* body;
  int body_length;
  DateTime timestamp;
} Post;

typedef struct {
  int64_t id;
  char *username, *email, *password_hash;
} User;

static void fail(const char* message) {
  fprintf(stderr, "bench_floor_postgresql: %s\n", message);
  exit(1);
}

static PGresult* expect_result(PGconn* db, PGresult* result, ExecStatusType wanted) {
  if (PQresultStatus(result) != wanted) fail(PQerrorMessage(db));
  return result;
}

static void execute(PGconn* db, const char* sql) {
  PQclear(expect_result(db, PQexec(db, sql), PGRES_COMMAND_OK));
}

static void prepare(PGconn* db, const char* name, const char* sql) {
  PQclear(expect_result(db, PQprepare(db, name, sql, 0, NULL), PGRES_COMMAND_OK));
}

/* ---- reading ---- */

static int64_t read_int4(const PGresult* rows, int row, int column) {
  uint32_t bytes;
  memcpy(&bytes, PQgetvalue(rows, row, column), sizeof bytes);
  return (int32_t)ntohl(bytes);
}

static int64_t days_from_civil(int year, int month, int day) {
  year -= month <= 2;
  int month_from_march = month + (month > 2 ? -3 : 9);
  return 365 * (int64_t)year + year / 4 - year / 100 + year / 400 +
         (153 * month_from_march + 2) / 5 + day - 1;
}

/* The inverse of days_from_civil, for years after 0. */
static DateTime civil_from_days(int64_t days) {
  int64_t era = days / 146097, day_of_era = days % 146097;
  int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  int64_t month = (5 * day_of_year + 2) / 153;
  DateTime date = {.day = (uint8_t)(day_of_year - (153 * month + 2) / 5 + 1),
                   .month = (uint8_t)(month < 10 ? month + 3 : month - 9)};
  date.year = (int16_t)(era * 400 + year_of_era + (date.month <= 2));
  return date;
}

static DateTime read_timestamp(const PGresult* rows, int row, int column) {
  uint64_t bytes;
  memcpy(&bytes, PQgetvalue(rows, row, column), sizeof bytes);
  int64_t microseconds = (int64_t)be64toh(bytes) + kDaysTo2000 * kMicrosecondsPerDay;
  DateTime timestamp = civil_from_days(microseconds / kMicrosecondsPerDay);
  int64_t rest = microseconds % kMicrosecondsPerDay;
  timestamp.microsecond = (int32_t)(rest % 1000000);
  rest /= 1000000;
  timestamp.second = (uint8_t)(rest % 60);
  timestamp.minute = (uint8_t)(rest / 60 % 60);
  timestamp.hour = (uint8_t)(rest / 3600);
  return timestamp;
}

static char* copy_text(const PGresult* rows, int row, int column) {
  size_t size = (size_t)PQgetlength(rows, row, column);
  char* copy = allocate(size + 1);
  memcpy(copy, PQgetvalue(rows, row, column), size + 1);
  return copy;
}

static void read_post(const PGresult* rows, int row, Post* post) {
  post->id = read_int4(rows, row, 0);
  post->body = copy_text(rows, row, 1);
  post->body_length = PQgetlength(rows, row, 1);
  post->timestamp = read_timestamp(rows, row, 2);
  post->user_id = read_int4(rows, row, 3);
}

static PGresult* select_all(PGconn* db, const char* sql) {
  return expect_result(db, PQexecParams(db, sql, 0, NULL, NULL, NULL, NULL, kBinary),
                       PGRES_TUPLES_OK);
}

static double load_entities(PGconn* db) {
  double start = seconds_now();
  PGresult* rows = select_all(db, kPostColumns);
  int count = PQntuples(rows);
  Post* posts = allocate((size_t)count * sizeof *posts);
  int64_t years = 0, owners = 0, ids = 0, length = 0;
  for (int i = 0; i < count; ++i) read_post(rows, i, &posts[i]);
  PQclear(rows);
  for (int i = 0; i < count; ++i) {
    years += posts[i].timestamp.year;
    owners += posts[i].user_id;
    ids += posts[i].id;
    length += posts[i].body_length;
  }
  double seconds = seconds_now() - start;
  expect(count, kPosts, "posts");
  expect(years, (int64_t)2026 * kPosts, "years in all");
  expect(length > 0 && owners > 0 && ids > 0, 1, "for rows that hold something");
  return seconds;
}

static double load_columns(PGconn* db) {
  double start = seconds_now();
  PGresult* rows = select_all(db, "SELECT id, body FROM post");
  int count = PQntuples(rows);
  int64_t ids = 0, length = 0;
  for (int i = 0; i < count; ++i) {
    ids += read_int4(rows, i, 0);
    length += PQgetlength(rows, i, 1);
  }
  PQclear(rows);
  double seconds = seconds_now() - start;
  expect(count, kPosts, "rows");
  expect(ids > 0 && length > 0, 1, "for rows that hold something");
  return seconds;
}

/* Runs a prepared SELECT with one parameter; it must give one row. */
static PGresult* look_up(PGconn* db, const char* name, const char* value) {
  const char* const values[] = {value};
  PGresult* rows =
      expect_result(db, PQexecPrepared(db, name, 1, values, NULL, NULL, kBinary), PGRES_TUPLES_OK);
  expect(PQntuples(rows), 1, "rows of a lookup");
  return rows;
}

static double get_by_key(PGconn* db) {
  int* order = shuffled(kPosts);
  Post* posts = allocate(kLookups * sizeof *posts);
  double start = seconds_now();
  prepare(db, "get", kPostColumns " WHERE id = $1");
  execute(db, "BEGIN");
  for (int i = 0; i < kLookups; ++i) {
    char key[16];
    snprintf(key, sizeof key, "%d", order[i] + 1);
    PGresult* rows = look_up(db, "get", key);
    read_post(rows, 0, &posts[i]);
    PQclear(rows);
  }
  execute(db, "COMMIT");
  double seconds = seconds_now() - start;
  for (int i = 0; i < kLookups; ++i) expect(posts[i].id, order[i] + 1, "as a key");
  return seconds;
}

static double filter_by_name(PGconn* db) {
  int* order = shuffled(kUsers);
  UserRow* wanted = allocate(kLookups * sizeof *wanted);
  for (int i = 0; i < kLookups; ++i) wanted[i] = make_user(order[i]);
  User* users = allocate(kLookups * sizeof *users);
  double start = seconds_now();
  prepare(db, "filter",
          "SELECT id, username, email, password_hash FROM \"user\" WHERE username = $1 LIMIT 1");
  execute(db, "BEGIN");
  for (int i = 0; i < kLookups; ++i) {
    PGresult* rows = look_up(db, "filter", wanted[i].username);
    users[i] = (User){.id = read_int4(rows, 0, 0),
                      .username = copy_text(rows, 0, 1),
                      .email = copy_text(rows, 0, 2),
                      .password_hash = copy_text(rows, 0, 3)};
    PQclear(rows);
  }
  execute(db, "COMMIT");
  double seconds = seconds_now() - start;
  for (int i = 0; i < kLookups; ++i) expect(users[i].id, order[i] + 1, "as a key");
  return seconds;
}

/* ---- writing ---- */

/* "INSERT … VALUES ($1, $2, $3), …" for a batch of rows of three values. */
static void prepare_batch(PGconn* db, const char* name, const char* insert, const char* end) {
  char* sql = allocate(strlen(insert) + strlen(end) + kBatch * 32);
  char* at = stpcpy(sql, insert);
  for (int i = 0; i < kBatch; ++i)
    at += sprintf(at, "%s($%d, $%d, $%d)", i == 0 ? "" : ", ", 3 * i + 1, 3 * i + 2, 3 * i + 3);
  strcpy(at, end);
  prepare(db, name, sql);
  free(sql);
}

static void insert_users(PGconn* db, const UserRow* users, int64_t* ids) {
  const char* values[3 * kBatch];
  for (int first = 0; first < kUsers; first += kBatch) {
    for (int i = 0; i < kBatch; ++i) {
      values[3 * i] = users[first + i].username;
      values[3 * i + 1] = users[first + i].email;
      values[3 * i + 2] = users[first + i].password_hash;
    }
    PGresult* rows = expect_result(
        db, PQexecPrepared(db, "users", 3 * kBatch, values, NULL, NULL, kBinary), PGRES_TUPLES_OK);
    for (int i = 0; i < kBatch; ++i) ids[first + i] = read_int4(rows, i, 0);
    PQclear(rows);
  }
}

static void insert_posts(PGconn* db, const PostRow* posts) {
  const char* values[3 * kBatch];
  static char timestamps[kBatch][kTimestampSize], owners[kBatch][16];
  for (int first = 0; first < kPosts; first += kBatch) {
    for (int i = 0; i < kBatch; ++i) {
      format_timestamp(posts[first + i].timestamp, timestamps[i]);
      snprintf(owners[i], sizeof owners[i], "%lld", (long long)posts[first + i].user_id);
      values[3 * i] = posts[first + i].body;
      values[3 * i + 1] = timestamps[i];
      values[3 * i + 2] = owners[i];
    }
    PGresult* rows = expect_result(
        db, PQexecPrepared(db, "posts", 3 * kBatch, values, NULL, NULL, kBinary), PGRES_TUPLES_OK);
    PQclear(rows);
  }
}

static double insert_all(PGconn* db) {
  UserRow* users = allocate(kUsers * sizeof *users);
  PostRow* posts = allocate(kPosts * sizeof *posts);
  int64_t* ids = allocate(kUsers * sizeof *ids);
  for (int i = 0; i < kUsers; ++i) users[i] = make_user(i);
  for (int i = 0; i < kPosts; ++i) posts[i] = make_post(i);

  double start = seconds_now();
  execute(db, "BEGIN");
  prepare_batch(db, "users", "INSERT INTO \"user\" (username, email, password_hash) VALUES ",
                " RETURNING id");
  insert_users(db, users, ids);
  for (int i = 0; i < kPosts; ++i) posts[i].user_id = ids[i / kPostsPerUser];
  prepare_batch(db, "posts", "INSERT INTO post (body, timestamp, user_id) VALUES ",
                " RETURNING id");
  insert_posts(db, posts);
  execute(db, "COMMIT");
  return seconds_now() - start;
}

static char* put_field(char* at, const void* data, size_t size) {
  uint32_t length = htonl((uint32_t)size);
  memcpy(at, &length, sizeof length);
  memcpy(at + sizeof length, data, size);
  return at + sizeof length + size;
}

static char* put_post(char* at, const PostRow* post) {
  const uint16_t fields = htons(3);
  memcpy(at, &fields, sizeof fields);
  at = put_field(at + sizeof fields, post->body, strlen(post->body));
  const DateTime* t = &post->timestamp;
  int64_t days = days_from_civil(t->year, t->month, t->day) - kDaysTo2000;
  int64_t microseconds = days * kMicrosecondsPerDay +
                         ((t->hour * 60 + t->minute) * 60 + t->second) * INT64_C(1000000) +
                         t->microsecond;
  uint64_t timestamp = htobe64((uint64_t)microseconds);
  at = put_field(at, &timestamp, sizeof timestamp);
  uint32_t owner = htonl((uint32_t)post->user_id);
  return put_field(at, &owner, sizeof owner);
}

static void copy_posts(PGconn* db, const PostRow* posts, int count) {
  static const char kHeader[] =
      "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0"; /* 19 bytes, the last NUL in */
  enum { kHeaderSize = 19, kBuffer = 1 << 16, kLargestRow = 256 };
  static char buffer[kBuffer];
  PQclear(expect_result(
      db, PQexec(db, "COPY post (body, timestamp, user_id) FROM STDIN (FORMAT binary)"),
      PGRES_COPY_IN));
  memcpy(buffer, kHeader, kHeaderSize);
  char* at = buffer + kHeaderSize;
  for (int i = 0; i < count; ++i) {
    at = put_post(at, &posts[i]);
    if (at - buffer < kBuffer - kLargestRow) continue;
    if (PQputCopyData(db, buffer, (int)(at - buffer)) != 1) fail(PQerrorMessage(db));
    at = buffer;
  }
  memset(at, 0xff, 2); /* no more rows */
  if (PQputCopyData(db, buffer, (int)(at + 2 - buffer)) != 1 || PQputCopyEnd(db, NULL) != 1)
    fail(PQerrorMessage(db));
  PQclear(expect_result(db, PQgetResult(db), PGRES_COMMAND_OK));
  while (PQgetResult(db) != NULL) {
  }
}

static double insert_in_bulk(PGconn* db) {
  PostRow* rows = allocate(kBulkRows * sizeof *rows);
  for (int i = 0; i < kBulkRows; ++i) rows[i] = make_post(i);
  double start = seconds_now();
  execute(db, "BEGIN");
  copy_posts(db, rows, kBulkRows);
  execute(db, "COMMIT");
  return seconds_now() - start;
}

/* ---- the database ---- */

static void make_database(PGconn* db, bool users, bool posts) {
  execute(db,
          "DROP TABLE IF EXISTS post; DROP TABLE IF EXISTS \"user\";"
          "CREATE TABLE \"user\" (id SERIAL NOT NULL, username VARCHAR(64), email VARCHAR(120),"
          " password_hash VARCHAR(128), PRIMARY KEY (id));"
          "CREATE UNIQUE INDEX ix_user_username ON \"user\" (username);"
          "CREATE UNIQUE INDEX ix_user_email ON \"user\" (email);"
          "CREATE TABLE post (id SERIAL NOT NULL, body VARCHAR(140),"
          " timestamp TIMESTAMP WITHOUT TIME ZONE, user_id INTEGER, PRIMARY KEY (id),"
          " FOREIGN KEY (user_id) REFERENCES \"user\" (id));"
          "CREATE INDEX ix_post_timestamp ON post (timestamp)");
  if (users) {
    UserRow* rows = allocate(kUsers * sizeof *rows);
    int64_t* ids = allocate(kUsers * sizeof *ids);
    for (int i = 0; i < kUsers; ++i) rows[i] = make_user(i);
    prepare_batch(db, "users", "INSERT INTO \"user\" (username, email, password_hash) VALUES ",
                  " RETURNING id");
    insert_users(db, rows, ids);
    free(ids);
    free(rows);
  }
  if (posts) {
    PostRow* rows = allocate(kPosts * sizeof *rows);
    for (int i = 0; i < kPosts; ++i) rows[i] = make_post(i);
    copy_posts(db, rows, kPosts);
    free(rows);
  }
  execute(db, "VACUUM ANALYZE \"user\"");
  execute(db, "VACUUM ANALYZE post");
  execute(db, "CHECKPOINT");
}

static void print_value(PGconn* db, const char* sql) {
  PGresult* rows = expect_result(db, PQexec(db, sql), PGRES_TUPLES_OK);
  puts(PQgetvalue(rows, 0, 0));
  PQclear(rows);
}

static void print_digest(PGconn* db) {
  print_value(db,
              "SELECT (SELECT md5(string_agg(u::text, '|' ORDER BY id)) FROM \"user\" AS u) || "
              "(SELECT md5(string_agg(p::text, '|' ORDER BY id)) FROM post AS p)");
}

static const struct {
  const char* name;
  double (*run)(PGconn* db);
} kWorkloads[] = {
    {"W1", insert_all}, {"W2", load_entities},   {"W3", load_columns},
    {"W4", get_by_key}, {"W10", filter_by_name}, {"W12", insert_in_bulk},
};

static int run_workload(PGconn* db, const char* name) {
  for (size_t i = 0; i < sizeof kWorkloads / sizeof *kWorkloads; ++i) {
    if (strcmp(kWorkloads[i].name, name) != 0) continue;
    printf("%.6f\n", kWorkloads[i].run(db));
    return 0;
  }
  fprintf(stderr, "bench_floor_postgresql: there is no workload %s\n", name);
  return 2;
}

int main(int argc, char** argv) {
  if (argc < 3) {
    fputs(
        "usage: bench_floor_postgresql make URL [--empty | --users]\n"
        "       bench_floor_postgresql W1 | W2 | W3 | W4 | W10 | W12 | digest | version URL\n",
        stderr);
    return 2;
  }
  PGconn* db = PQconnectdb(argv[2]);
  if (PQstatus(db) != CONNECTION_OK) fail(PQerrorMessage(db));
  execute(db, "SET client_min_messages = warning");
  int code = 0;
  if (strcmp(argv[1], "version") == 0) {
    puts(PQparameterStatus(db, "server_version"));
  } else if (strcmp(argv[1], "digest") == 0) {
    print_digest(db);
  } else if (strcmp(argv[1], "make") == 0) {
    const char* option = argc > 3 ? argv[3] : "";
    make_database(db, strcmp(option, "--empty") != 0, *option == '\0');
  } else {
    code = run_workload(db, argv[1]);
  }
  PQfinish(db);
  return code;
}
