/* The rows every workload works on: users and posts, the same on every run and in every language.
 * `bench.lua` makes the same rows for the workloads that write; change both together.
 * Strings live inside the structs, so a row is copied by assignment and freed with its array. */
#pragma once

#include <sqlite3.h>
#include <stddef.h>
#include <stdint.h>

enum {
  kUsers = 10000,
  kPostsPerUser = 10,
  kPosts = kUsers * kPostsPerUser,
  kTimestampSize = 27 /* "YYYY-MM-DD HH:MM:SS.ffffff" and its NUL */
};

typedef struct {
  int16_t year;
  uint8_t month, day, hour, minute, second;
  int32_t microsecond;
} DateTime;

typedef struct {
  char username[16];
  char email[32];
  char password_hash[64];
} UserRow;

typedef struct {
  char body[96];
  DateTime timestamp;
  int64_t user_id;
} PostRow;

/* Row number `index`, counted from 0. Posts 0 to 9 belong to user 1, 10 to 19 to user 2, and so on;
 * past the last user the owners start again. */
UserRow make_user(int index);
PostRow make_post(int index);

/* The text SQLite stores for a timestamp, and back. `text` has room for kTimestampSize bytes. */
void format_timestamp(DateTime timestamp, char* text);
DateTime parse_timestamp(const char* text);

/* The row numbers 0 to count - 1 in a shuffled order that is always the same. The caller frees. */
int* shuffled(int count);

/* Calls that end the program with a message when they fail. */
void* allocate(size_t size);
void check(sqlite3* db, int code);
sqlite3* open_database(const char* path);
void execute(sqlite3* db, const char* sql);
sqlite3_stmt* prepare(sqlite3* db, const char* sql);
/* `text` must live until the statement is reset. */
void bind_text(sqlite3_stmt* statement, int position, const char* text);

/* Inserts `count` rows through one prepared statement; the caller holds the transaction. `ids`,
 * unless NULL, receives the keys the database gave. */
void insert_users(sqlite3* db, const UserRow* rows, int count, int64_t* ids);
void insert_posts(sqlite3* db, const PostRow* rows, int count);

/* Creates the tables in a new file and fills them with the first `users` users and `posts` posts;
 * `index_owner` adds the index on post.user_id. */
void make_database(const char* path, int users, int posts, int index_owner);
