/* The floor under each workload: the same work by hand on the SQLite C API, with prepared
 * statements. One run is one workload in one process, so that memory and caches start alike.
 *
 *   bench_floor make FILE [--empty | --users] [--index]   writes a database
 *   bench_floor W2 FILE                                   prints the seconds of the measured part
 *   bench_floor memory FILE                               prints the KiB each loaded post takes
 *   bench_floor version                                   prints the version of SQLite
 *
 * The connection is open, its schema read and the rows to be written are in memory before the
 * clock starts, as they are in workloads/. A SELECT outside a transaction pays for its own file
 * locks. What a workload loads it keeps until the end, as a program that wants all rows does. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/data.h"

#define kPostColumns "SELECT id, body, timestamp, user_id FROM post"
#define kUserColumns "SELECT id, username, email, password_hash FROM user"

enum { kLookups = 10000, kLazyUsers = 2000, kChunk = 500, kBulkRows = 1000000 };

typedef struct {
  int64_t id, user_id;
  char* body;
  int body_length;
  DateTime timestamp;
} Post;

typedef struct {
  int64_t id;
  char *username, *email, *password_hash;
  Post* posts[kPostsPerUser];
  int post_count;
} User;

static char* copy_text(sqlite3_stmt* row, int column) {
  size_t size = (size_t)sqlite3_column_bytes(row, column);
  char* copy = allocate(size + 1);
  memcpy(copy, sqlite3_column_text(row, column), size);
  copy[size] = '\0';
  return copy;
}

static void read_post(sqlite3_stmt* row, Post* post) {
  post->id = sqlite3_column_int64(row, 0);
  post->body = copy_text(row, 1);
  post->body_length = sqlite3_column_bytes(row, 1);
  post->timestamp = parse_timestamp((const char*)sqlite3_column_text(row, 2));
  post->user_id = sqlite3_column_int64(row, 3);
}

static void read_user(sqlite3_stmt* row, User* user) {
  user->id = sqlite3_column_int64(row, 0);
  user->username = copy_text(row, 1);
  user->email = copy_text(row, 2);
  user->password_hash = copy_text(row, 3);
  user->post_count = 0;
}

/* Reads every post the statement gives into an array that grows; `count` receives how many. */
static Post* load_posts(sqlite3* db, sqlite3_stmt* select, int* count) {
  int capacity = 1024;
  Post* posts = allocate((size_t)capacity * sizeof *posts);
  int code;
  *count = 0;
  while ((code = sqlite3_step(select)) == SQLITE_ROW) {
    if (*count == capacity) {
      capacity *= 2;
      posts = realloc(posts, (size_t)capacity * sizeof *posts);
      if (posts == NULL) exit(1);
    }
    read_post(select, &posts[(*count)++]);
  }
  check(db, code);
  check(db, sqlite3_reset(select));
  return posts;
}

static User* load_users(sqlite3* db, sqlite3_stmt* select, int wanted) {
  User* users = allocate((size_t)wanted * sizeof *users);
  int count = 0;
  while (count < wanted && sqlite3_step(select) == SQLITE_ROW) read_user(select, &users[count++]);
  check(db, sqlite3_reset(select));
  expect(count, wanted, "users");
  return users;
}

static int64_t total_length(const Post* posts, int count) {
  int64_t total = 0;
  for (int i = 0; i < count; ++i) total += posts[i].body_length;
  return total;
}

static double insert_all(sqlite3* db) {
  UserRow* users = allocate(kUsers * sizeof *users);
  PostRow* posts = allocate(kPosts * sizeof *posts);
  int64_t* ids = allocate(kUsers * sizeof *ids);
  for (int i = 0; i < kUsers; ++i) users[i] = make_user(i);
  for (int i = 0; i < kPosts; ++i) posts[i] = make_post(i);

  double start = seconds_now();
  execute(db, "BEGIN");
  insert_users(db, users, kUsers, ids);
  for (int i = 0; i < kPosts; ++i) posts[i].user_id = ids[i / kPostsPerUser];
  insert_posts(db, posts, kPosts);
  execute(db, "COMMIT");
  return seconds_now() - start;
}

static double load_entities(sqlite3* db) {
  sqlite3_stmt* select = prepare(db, kPostColumns);
  double start = seconds_now();
  int count;
  Post* posts = load_posts(db, select, &count);
  int64_t years = 0, owners = 0, ids = 0;
  int64_t length = total_length(posts, count);
  for (int i = 0; i < count; ++i) {
    years += posts[i].timestamp.year;
    owners += posts[i].user_id;
    ids += posts[i].id;
  }
  double seconds = seconds_now() - start;
  expect(count, kPosts, "posts");
  expect(years, (int64_t)2026 * kPosts, "years in all");
  expect(length > 0 && owners > 0 && ids > 0, 1, "for rows that hold something");
  return seconds;
}

static double load_columns(sqlite3* db) {
  sqlite3_stmt* select = prepare(db, "SELECT id, body FROM post");
  double start = seconds_now();
  int64_t ids = 0, length = 0;
  int count = 0;
  for (; sqlite3_step(select) == SQLITE_ROW; ++count) {
    ids += sqlite3_column_int64(select, 0);
    length += sqlite3_column_text(select, 1) != NULL ? sqlite3_column_bytes(select, 1) : 0;
  }
  double seconds = seconds_now() - start;
  expect(count, kPosts, "rows");
  expect(ids > 0 && length > 0, 1, "for rows that hold something");
  return seconds;
}

static double get_by_key(sqlite3* db) {
  sqlite3_stmt* select = prepare(db, kPostColumns " WHERE id = ?");
  int* order = shuffled(kPosts);
  Post* posts = allocate(kLookups * sizeof *posts);
  double start = seconds_now();
  for (int i = 0; i < kLookups; ++i) {
    check(db, sqlite3_bind_int64(select, 1, order[i] + 1));
    expect(sqlite3_step(select), SQLITE_ROW, "as the result of a lookup");
    read_post(select, &posts[i]);
    check(db, sqlite3_reset(select));
  }
  double seconds = seconds_now() - start;
  for (int i = 0; i < kLookups; ++i) expect(posts[i].id, order[i] + 1, "as a key");
  return seconds;
}

enum { kSlotBits = 18, kSlots = 1 << kSlotBits };

static uint32_t first_slot(int64_t id) {
  return (uint32_t)(((uint64_t)id * 0x9E3779B97F4A7C15u) >> (64 - kSlotBits));
}

static const Post* find_post(const Post* const* map, int64_t id) {
  uint32_t slot = first_slot(id);
  while (map[slot] != NULL && map[slot]->id != id) slot = (slot + 1) % kSlots;
  return map[slot];
}

static double look_up_identity(sqlite3* db) {
  int count;
  Post* posts = load_posts(db, prepare(db, kPostColumns), &count);
  const Post** map = allocate(kSlots * sizeof *map);
  memset(map, 0, kSlots * sizeof *map);
  for (int i = 0; i < count; ++i) {
    uint32_t slot = first_slot(posts[i].id);
    while (map[slot] != NULL) slot = (slot + 1) % kSlots;
    map[slot] = &posts[i];
  }
  const int* order = shuffled(kPosts);
  double start = seconds_now();
  int64_t found = 0;
  for (int i = 0; i < kPosts; ++i) found += find_post(map, order[i] + 1) != NULL;
  double seconds = seconds_now() - start;
  expect(found, kPosts, "posts");
  return seconds;
}

/* "SELECT ... WHERE user_id IN (?, ?, ...)" with one place for each owner of a chunk. */
static sqlite3_stmt* prepare_chunk(sqlite3* db) {
  char sql[sizeof kPostColumns + 32 + 3 * kChunk] = kPostColumns " WHERE user_id IN (";
  char* end = sql + strlen(sql);
  for (int i = 0; i < kChunk; ++i) end = stpcpy(end, i + 1 < kChunk ? "?, " : "?)");
  return prepare(db, sql);
}

static double load_eagerly(sqlite3* db) {
  sqlite3_stmt* select_users = prepare(db, kUserColumns);
  sqlite3_stmt* select_posts = prepare_chunk(db);
  double start = seconds_now();
  User* users = load_users(db, select_users, kUsers);
  for (int chunk = 0; chunk < kUsers; chunk += kChunk) {
    for (int i = 0; i < kChunk; ++i)
      check(db, sqlite3_bind_int64(select_posts, i + 1, users[chunk + i].id));
    int count;
    Post* posts = load_posts(db, select_posts, &count);
    for (int i = 0; i < count; ++i) {
      User* owner = &users[posts[i].user_id - 1]; /* the keys of the made users are 1, 2, 3, … */
      owner->posts[owner->post_count++] = &posts[i];
    }
  }
  int64_t length = 0, count = 0;
  for (int i = 0; i < kUsers; ++i) {
    for (int j = 0; j < users[i].post_count; ++j) length += users[i].posts[j]->body_length;
    count += users[i].post_count;
  }
  double seconds = seconds_now() - start;
  expect(count, kPosts, "posts");
  expect(length > 0, 1, "for bodies that hold something");
  return seconds;
}

static double load_lazily(sqlite3* db) {
  sqlite3_stmt* select_users = prepare(db, kUserColumns " ORDER BY id LIMIT 2000");
  sqlite3_stmt* select_posts = prepare(db, kPostColumns " WHERE user_id = ?");
  double start = seconds_now();
  User* users = load_users(db, select_users, kLazyUsers);
  int64_t length = 0, total = 0;
  for (int i = 0; i < kLazyUsers; ++i) {
    check(db, sqlite3_bind_int64(select_posts, 1, users[i].id));
    while (sqlite3_step(select_posts) == SQLITE_ROW) {
      Post* post = allocate(sizeof *post);
      read_post(select_posts, post);
      users[i].posts[users[i].post_count++] = post;
      length += post->body_length;
    }
    check(db, sqlite3_reset(select_posts));
    total += users[i].post_count;
  }
  double seconds = seconds_now() - start;
  expect(total, kLazyUsers * kPostsPerUser, "posts");
  expect(length > 0, 1, "for bodies that hold something");
  return seconds;
}

static double update_each(sqlite3* db) {
  sqlite3_stmt* select = prepare(db, kPostColumns " ORDER BY id LIMIT 10000");
  sqlite3_stmt* update = prepare(db, "UPDATE post SET body = ? WHERE id = ?");
  double start = seconds_now();
  execute(db, "BEGIN");
  int count;
  Post* posts = load_posts(db, select, &count);
  for (int i = 0; i < count; ++i) {
    char body[160];
    memcpy(body, posts[i].body, (size_t)posts[i].body_length);
    memcpy(body + posts[i].body_length, " (edited)", sizeof " (edited)");
    bind_text(update, 1, body);
    check(db, sqlite3_bind_int64(update, 2, posts[i].id));
    check(db, sqlite3_step(update));
    check(db, sqlite3_reset(update));
  }
  execute(db, "COMMIT");
  double seconds = seconds_now() - start;
  expect(count, kLookups, "posts");
  return seconds;
}

static double delete_each(sqlite3* db) {
  sqlite3_stmt* select = prepare(db, kPostColumns " ORDER BY id LIMIT 10000");
  sqlite3_stmt* remove_one = prepare(db, "DELETE FROM post WHERE id = ?");
  double start = seconds_now();
  execute(db, "BEGIN");
  int count;
  Post* posts = load_posts(db, select, &count);
  for (int i = 0; i < count; ++i) {
    check(db, sqlite3_bind_int64(remove_one, 1, posts[i].id));
    check(db, sqlite3_step(remove_one));
    check(db, sqlite3_reset(remove_one));
  }
  execute(db, "COMMIT");
  double seconds = seconds_now() - start;
  expect(count, kLookups, "posts");
  return seconds;
}

static double filter_by_name(sqlite3* db) {
  sqlite3_stmt* select = prepare(db, kUserColumns " WHERE username = ? LIMIT 1");
  int* order = shuffled(kUsers);
  UserRow* wanted = allocate(kLookups * sizeof *wanted);
  for (int i = 0; i < kLookups; ++i) wanted[i] = make_user(order[i]);
  User* users = allocate(kLookups * sizeof *users);
  double start = seconds_now();
  for (int i = 0; i < kLookups; ++i) {
    bind_text(select, 1, wanted[i].username);
    expect(sqlite3_step(select), SQLITE_ROW, "as the result of a lookup");
    read_user(select, &users[i]);
    check(db, sqlite3_reset(select));
  }
  double seconds = seconds_now() - start;
  for (int i = 0; i < kLookups; ++i) expect(users[i].id, order[i] + 1, "as a key");
  return seconds;
}

static double count_users(sqlite3* db) {
  double start = seconds_now();
  sqlite3_stmt* select = prepare(db, "SELECT count(*) FROM user");
  expect(sqlite3_step(select), SQLITE_ROW, "as the result of a count");
  expect(sqlite3_column_int64(select, 0), kUsers, "users");
  return seconds_now() - start;
}

static double insert_in_bulk(sqlite3* db) {
  PostRow* rows = allocate(kBulkRows * sizeof *rows);
  for (int i = 0; i < kBulkRows; ++i) rows[i] = make_post(i);
  double start = seconds_now();
  execute(db, "BEGIN");
  insert_posts(db, rows, kBulkRows);
  execute(db, "COMMIT");
  return seconds_now() - start;
}

/* A field of /proc/self/status in KiB. */
static double process_kib(const char* field) {
  FILE* status = fopen("/proc/self/status", "r");
  char line[256];
  double kib = 0;
  while (status != NULL && fgets(line, sizeof line, status) != NULL) {
    if (strncmp(line, field, strlen(field)) == 0) kib = strtod(line + strlen(field) + 1, NULL);
  }
  if (status != NULL) fclose(status);
  return kib;
}

/* Prints KiB for each post held after the load, then the same at the peak of load and reading. */
static void print_memory(sqlite3* db) {
  sqlite3_stmt* select = prepare(db, kPostColumns);
  double before = process_kib("VmRSS");
  int count;
  Post* posts = load_posts(db, select, &count);
  double held = process_kib("VmRSS");
  expect(total_length(posts, count) > 0, 1, "for bodies that hold something");
  printf("%.4f %.4f\n", (held - before) / count, (process_kib("VmHWM") - before) / count);
}

typedef struct {
  const char* name;
  double (*run)(sqlite3* db);
} Workload;

static const Workload kWorkloads[] = {
    {"W1", insert_all},      {"W2", load_entities},    {"W3", load_columns},
    {"W4", get_by_key},      {"W5", look_up_identity}, {"W6", load_eagerly},
    {"W7", load_lazily},     {"W8", update_each},      {"W9", delete_each},
    {"W10", filter_by_name}, {"W11", count_users},     {"W12", insert_in_bulk},
};

static int run_workload(const char* name, const char* path) {
  if (strcmp(name, "memory") == 0) {
    print_memory(open_database(path));
    return 0;
  }
  for (size_t i = 0; i < sizeof kWorkloads / sizeof *kWorkloads; ++i) {
    if (strcmp(kWorkloads[i].name, name) != 0) continue;
    printf("%.6f\n", kWorkloads[i].run(open_database(path)));
    return 0;
  }
  fprintf(stderr, "bench_floor: there is no workload %s\n", name);
  return 2;
}

int main(int argc, char** argv) {
  if (argc == 2 && strcmp(argv[1], "version") == 0) {
    puts(sqlite3_libversion());
    return 0;
  }
  if (argc < 3) {
    fputs(
        "usage: bench_floor make FILE [--empty | --users] [--index]\n"
        "       bench_floor W1..W12 | memory FILE\n"
        "       bench_floor version\n",
        stderr);
    return 2;
  }
  if (strcmp(argv[1], "make") != 0) return run_workload(argv[1], argv[2]);
  int users = kUsers, posts = kPosts, index_owner = 0;
  for (int i = 3; i < argc; ++i) {
    if (strcmp(argv[i], "--empty") == 0) users = posts = 0;
    if (strcmp(argv[i], "--users") == 0) posts = 0;
    if (strcmp(argv[i], "--index") == 0) index_owner = 1;
  }
  make_database(argv[2], users, posts, index_owner);
  return 0;
}
