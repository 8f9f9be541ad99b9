/* The benchmark's database in SQLite. */
#pragma once

#include <sqlite3.h>

#include "tests/bench/rows.h"

/* Calls that end the program with a message when they fail. */
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
