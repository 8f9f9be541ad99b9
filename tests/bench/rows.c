#include "tests/bench/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

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

double seconds_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

void expect(int64_t found, int64_t wanted, const char* what) {
  if (found == wanted) return;
  fprintf(stderr, "bench_floor: %lld %s, expected %lld\n", (long long)found, what,
          (long long)wanted);
  exit(1);
}
