/* The rows every workload works on: users and posts, the same on every run and in every language.
 * `bench.lua` makes the same rows for the workloads that write; change both together.
 * Strings live inside the structs, so a row is copied by assignment and freed with its array. */
#pragma once

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

/* Ends the program with a message when there is no memory. */
void* allocate(size_t size);

/* The seconds of a clock that only goes forward. */
double seconds_now(void);

/* Ends the program with a message unless the two are equal. */
void expect(int64_t found, int64_t wanted, const char* what);
