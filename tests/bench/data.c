#include "data.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char* const kSchema =
    "CREATE TABLE user (id INTEGER NOT NULL, username VARCHAR(64), email VARCHAR(120),"
    " password_hash VARCHAR(128), PRIMARY KEY (id));"
    "CREATE UNIQUE INDEX ix_user_username ON user (username);"
    "CREATE UNIQUE INDEX ix_user_email ON user (email);"
    "CREATE TABLE post (id INTEGER NOT NULL, body VARCHAR(140), timestamp DATETIME,"
    " user_id INTEGER, PRIMARY KEY (id), FOREIGN KEY (user_id) REFERENCES user (id));"
    "CREATE INDEX ix_post_timestamp ON post (timestamp);";

static const time_t kFirstPost = 1767225600; /* 2026-01-01 00:00:00 UTC */

UserRow make_user(int index) {
  UserRow row;
  snprintf(row.username, sizeof row.username, "user%05d", index);
  snprintf(row.email, sizeof row.email, "user%05d@example.com", index);
  snprintf(row.password_hash, sizeof row.password_hash, "$2b$12$%053d", index);
  return row;
}

PostRow make_post(int index) {
  int owner = index / kPostsPerUser % kUsers;
  PostRow row;
  snprintf(row.body, sizeof row.body,
           "Post %07d by user%05d: the moon rose over the quiet harbour before high tide", index,
           owner);
  time_t seconds = kFirstPost + (time_t)index * 60;
  struct tm parts;
  gmtime_r(&seconds, &parts);
  row.timestamp = (DateTime){.year = (int16_t)(parts.tm_year + 1900),
                             .month = (uint8_t)(parts.tm_mon + 1),
                             .day = (uint8_t)parts.tm_mday,
                             .hour = (uint8_t)parts.tm_hour,
                             .minute = (uint8_t)parts.tm_min,
                             .second = (uint8_t)parts.tm_sec,
                             .microsecond = 0};
  row.user_id = owner + 1;
  return row;
}

static void write_digits(char* text, int width, int number) {
  for (int i = width - 1; i >= 0; --i) {
    text[i] = (char)('0' + number % 10);
    number /= 10;
  }
}

static int read_digits(const char* text, int width) {
  int number = 0;
  for (int i = 0; i < width; ++i) number = number * 10 + (text[i] - '0');
  return number;
}

void format_timestamp(DateTime timestamp, char* text) {
  memcpy(text, "0000-00-00 00:00:00.000000", kTimestampSize);
  write_digits(text, 4, timestamp.year);
  write_digits(text + 5, 2, timestamp.month);
  write_digits(text + 8, 2, timestamp.day);
  write_digits(text + 11, 2, timestamp.hour);
  write_digits(text + 14, 2, timestamp.minute);
  write_digits(text + 17, 2, timestamp.second);
  write_digits(text + 20, 6, timestamp.microsecond);
}

DateTime parse_timestamp(const char* text) {
  return (DateTime){.year = (int16_t)read_digits(text, 4),
                    .month = (uint8_t)read_digits(text + 5, 2),
                    .day = (uint8_t)read_digits(text + 8, 2),
                    .hour = (uint8_t)read_digits(text + 11, 2),
                    .minute = (uint8_t)read_digits(text + 14, 2),
                    .second = (uint8_t)read_digits(text + 17, 2),
                    .microsecond = read_digits(text + 20, 6)};
}

int* shuffled(int count) {
  int* order = allocate((size_t)count * sizeof *order);
  for (int i = 0; i < count; ++i) order[i] = i;
  uint64_t state = 42;
  for (int i = count - 1; i > 0; --i) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    int other = (int)((state >> 33) % (uint64_t)(i + 1));
    int kept = order[i];
    order[i] = order[other];
    order[other] = kept;
  }
  return order;
}

void* allocate(size_t size) {
  void* memory = malloc(size);
  if (memory == NULL) {
    fputs("bench_floor: out of memory\n", stderr);
    exit(1);
  }
  return memory;
}

void check(sqlite3* db, int code) {
  if (code == SQLITE_OK || code == SQLITE_ROW || code == SQLITE_DONE) return;
  fprintf(stderr, "bench_floor: %s\n", sqlite3_errmsg(db));
  exit(1);
}

sqlite3* open_database(const char* path) {
  sqlite3* db;
  check(db, sqlite3_open(path, &db));
  execute(db, "PRAGMA foreign_keys = ON");
  return db;
}

void execute(sqlite3* db, const char* sql) { check(db, sqlite3_exec(db, sql, NULL, NULL, NULL)); }

sqlite3_stmt* prepare(sqlite3* db, const char* sql) {
  sqlite3_stmt* statement;
  check(db, sqlite3_prepare_v2(db, sql, -1, &statement, NULL));
  return statement;
}

void bind_text(sqlite3_stmt* statement, int position, const char* text) {
  check(sqlite3_db_handle(statement),
        sqlite3_bind_text(statement, position, text, (int)strlen(text), SQLITE_STATIC));
}

void insert_users(sqlite3* db, const UserRow* rows, int count, int64_t* ids) {
  sqlite3_stmt* insert =
      prepare(db, "INSERT INTO user (username, email, password_hash) VALUES (?, ?, ?)");
  for (int i = 0; i < count; ++i) {
    bind_text(insert, 1, rows[i].username);
    bind_text(insert, 2, rows[i].email);
    bind_text(insert, 3, rows[i].password_hash);
    check(db, sqlite3_step(insert));
    check(db, sqlite3_reset(insert));
    if (ids != NULL) ids[i] = sqlite3_last_insert_rowid(db);
  }
  sqlite3_finalize(insert);
}

void insert_posts(sqlite3* db, const PostRow* rows, int count) {
  sqlite3_stmt* insert =
      prepare(db, "INSERT INTO post (body, timestamp, user_id) VALUES (?, ?, ?)");
  for (int i = 0; i < count; ++i) {
    bind_text(insert, 1, rows[i].body);
    char timestamp[kTimestampSize];
    format_timestamp(rows[i].timestamp, timestamp);
    bind_text(insert, 2, timestamp);
    check(db, sqlite3_bind_int64(insert, 3, rows[i].user_id));
    check(db, sqlite3_step(insert));
    check(db, sqlite3_reset(insert));
  }
  sqlite3_finalize(insert);
}

void make_database(const char* path, int users, int posts, int index_owner) {
  UserRow* user_rows = allocate((size_t)(users + 1) * sizeof *user_rows);
  for (int i = 0; i < users; ++i) user_rows[i] = make_user(i);
  PostRow* post_rows = allocate((size_t)(posts + 1) * sizeof *post_rows);
  for (int i = 0; i < posts; ++i) post_rows[i] = make_post(i);

  sqlite3* db = open_database(path);
  execute(db, "BEGIN");
  execute(db, kSchema);
  if (index_owner) execute(db, "CREATE INDEX ix_post_user_id ON post (user_id)");
  insert_users(db, user_rows, users, NULL);
  insert_posts(db, post_rows, posts);
  execute(db, "COMMIT");
  sqlite3_close(db);
  free(user_rows);
  free(post_rows);
}
