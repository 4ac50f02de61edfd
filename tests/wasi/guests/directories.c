// Directories and links through the C library: the same natively and in a guest.
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "names.h"

static int compare(const struct dirent **a, const struct dirent **b) { return strcmp((*a)->d_name, (*b)->d_name); }

static void list(const char *path) {
  struct dirent **entries;
  const int count = scandir(path, &entries, NULL, compare);
  printf("%s: %d entries", path, count);
  for (int i = 0; i < count; ++i) {
    printf(" %s/%d", entries[i]->d_name, entries[i]->d_type == DT_DIR ? 1 : entries[i]->d_type == DT_LNK ? 2 : 0);
    free(entries[i]);
  }
  if (count >= 0) free(entries);
  printf("\n");
}

static void create(const char *path) { close(open(path, O_CREAT | O_WRONLY, 0666)); }

int main(void) {
  SHOW(mkdir("d", 0777));
  SHOW(mkdir("d", 0777));
  SHOW(mkdir("d/e", 0777));
  SHOW(mkdir("missing/e", 0777));
  create("d/file");
  create("d/e/inner");
  char name[64];
  for (int i = 0; i < 200; ++i) {
    snprintf(name, sizeof name, "d/e/many-%03d", i);
    create(name);
  }
  list("d");
  list("d/e");
  SHOW(symlink("file", "d/link"));
  SHOW(symlink("loop", "d/loop"));
  SHOW(symlink("e/../file", "d/winding"));
  char target[64] = {0};
  printf("readlink %zd %s\n", readlink("d/winding", target, sizeof target), target);
  struct stat status;
  SHOW(stat("d/winding", &status));
  printf("regular %d\n", S_ISREG(status.st_mode));
  SHOW(lstat("d/winding", &status));
  printf("link %d size %lld\n", S_ISLNK(status.st_mode), (long long)status.st_size);
  SHOW(stat("d/loop", &status));
  SHOW(open("d/link", O_RDONLY | O_NOFOLLOW) < 0 ? -1 : 0);
  SHOW(link("d/file", "d/hard"));
  SHOW(stat("d/hard", &status));
  printf("links %d\n", (int)status.st_nlink);
  SHOW(rename("d/hard", "d/e/moved"));
  SHOW(rename("d/e", "d/file"));
  SHOW(rename("d/file", "d/e"));
  SHOW(rename("nothing", "d/x"));
  SHOW(rmdir("d/e"));
  SHOW(rmdir("d/file"));
  SHOW(unlink("d/nothing"));
  SHOW(unlink("d/file/x"));
  SHOW(access("d/file", F_OK));
  SHOW(stat("d/file/", &status));
  SHOW(unlink("d/e/moved"));
  list("d");

  DIR *directory = opendir("d/e");
  long position = 0;
  int count = 0;
  for (struct dirent *entry; (entry = readdir(directory)) != NULL;)
    if (++count == 50) position = telldir(directory);
  printf("read %d\n", count);
  seekdir(directory, position);
  int rest = 0;
  while (readdir(directory) != NULL) ++rest;
  printf("again from 50: %d\n", rest);
  rewinddir(directory);
  rest = 0;
  while (readdir(directory) != NULL) ++rest;
  printf("again: %d\n", rest);
  closedir(directory);
  return 0;
}
