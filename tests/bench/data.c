#include "tests/bench/data.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char* const kSchema =
    "CREATE TABLE user (id INTEGER NOT NULL, username VARCHAR(64), email VARCHAR(120),"
    " password_hash VARCHAR(128), PRIMARY KEY (id));"
    "CREATE UNIQUE INDEX ix_user_username ON user (username);"
    "CREATE UNIQUE INDEX ix_user_email ON user (email);"
    "CREATE TABLE post (id INTEGER NOT NULL, body VARCHAR(140), timestamp DATETIME,"
    " user_id INTEGER, PRIMARY KEY (id), FOREIGN KEY (user_id) REFERENCES user (id));"
    "CREATE INDEX ix_post_timestamp ON post (timestamp);";

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
