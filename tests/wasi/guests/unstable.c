// A program of 2019: it imports from wasi_unstable, with that snapshot's layouts. No C library; exit code 0 is success.
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

#define IMPORT(name) __attribute__((import_module("wasi_unstable"), import_name(#name)))

struct iovec {
  const void *data;
  u32 size;
};
struct filestat {
  u64 dev, ino;
  u8 filetype;
  u32 nlink;
  u64 size, atim, mtim, ctim;
};
_Static_assert(sizeof(struct filestat) == 56, "snapshot 0");
struct subscription {
  u64 userdata;
  u8 tag;
  u64 identifier;
  u32 clock;
  u64 timeout, precision;
  u16 flags;
};
_Static_assert(sizeof(struct subscription) == 56, "snapshot 0");
struct event {
  u64 userdata;
  u16 error;
  u8 type;
  u64 nbytes;
  u16 flags;
};

IMPORT(fd_write) int fd_write(int, const struct iovec *, u32, u32 *);
IMPORT(path_open) int path_open(int, u32, const char *, u32, u16, u64, u64, u16, u32 *);
IMPORT(fd_filestat_get) int fd_filestat_get(u32, struct filestat *);
IMPORT(fd_seek) int fd_seek(u32, long long, u8, u64 *);
IMPORT(poll_oneoff) int poll_oneoff(const struct subscription *, struct event *, u32, u32 *);
IMPORT(clock_time_get) int clock_time_get(u32, u64, u64 *);
IMPORT(proc_exit) _Noreturn void proc_exit(u32);

static void check(int condition, u32 code) {
  if (!condition) proc_exit(code);
}

void _start(void) {
  u32 fd = 0, count = 0;
  u64 position = 0;
  check(path_open(3, 0, "old", 3, 1, 0x20006f, 0, 0, &fd) == 0, 1);
  const struct iovec text = {"0123456789", 10};
  check(fd_write((int)fd, &text, 1, &count) == 0 && count == 10, 2);
  struct filestat stat = {0};
  check(fd_filestat_get(fd, &stat) == 0 && stat.size == 10 && stat.nlink == 1 && stat.filetype == 4, 3);
  check(fd_seek(fd, 2, 2, &position) == 0 && position == 2, 4);   // set
  check(fd_seek(fd, 3, 0, &position) == 0 && position == 5, 5);   // cur
  check(fd_seek(fd, -1, 1, &position) == 0 && position == 9, 6);  // end
  u64 before = 0, after = 0;
  const struct subscription sleep = {5, 0, 77, 1, 5000000, 0, 0};
  struct event event = {0};
  check(clock_time_get(1, 0, &before) == 0, 7);
  check(poll_oneoff(&sleep, &event, 1, &count) == 0 && count == 1 && event.userdata == 5, 8);
  check(clock_time_get(1, 0, &after) == 0 && after - before >= 5000000, 9);
  const struct iovec done = {"old program done\n", 17};
  fd_write(1, &done, 1, &count);
  proc_exit(0);
}
