/* A C program with two containers: one says hello and ends, one is killed in its endless loop. Usage: umber_containers_in_c FILE.wasm… */
#include <stdio.h>
#include <stdlib.h>

#include "ports/containers/umber_linux.h"

static void print(void *name, int stream, const uint8_t *bytes, size_t size) {
  (void)stream;
  printf("%s: %.*s", (const char *)name, (int)size, (const char *)bytes);
}

static uint8_t *read_file(const char *path, size_t *size) {
  FILE *file = fopen(path, "rb");
  if (file == NULL || fseek(file, 0, SEEK_END) != 0) return NULL;
  *size = (size_t)ftell(file);
  uint8_t *bytes = malloc(*size);
  rewind(file);
  if (bytes != NULL && fread(bytes, 1, *size, file) != *size) bytes = NULL;
  fclose(file);
  return bytes;
}

static int fail(const char *what, const char *why) {
  fprintf(stderr, "%s: %s\n", what, why);
  return 1;
}

/* Runs a module for at most a second and says how it ended. */
static int run(umber_containers_t *containers, char *path) {
  char message[200] = "cannot be read";
  size_t size = 0;
  uint8_t *bytes = read_file(path, &size);
  umber_handle_t image = 0, container = 0;
  if (bytes == NULL || umber_image_add(containers, bytes, size, &image, message, sizeof message) != UMBER_OK) return fail(path, message);

  umber_container_config_t config = {0};
  config.name = path;
  config.memory_bytes = 1 << 20;
  config.output = print;
  config.output_state = path;
  if (umber_container_create(containers, image, &config, &container, message, sizeof message) != UMBER_OK) return fail(path, message);
  if (umber_container_start(containers, container) != UMBER_OK) return fail(path, "does not start");
  if (umber_container_wait(containers, container, umber_containers_now(containers) + 1000000000) == UMBER_TIMEOUT)
    umber_container_kill(containers, container);
  umber_container_wait(containers, container, UMBER_FOREVER);

  umber_container_status_t status;
  if (umber_container_status(containers, container, &status) != UMBER_OK) return fail(path, "has no status");
  printf("%s: %s, code %d\n", path, status.exit_kind == UMBER_EXIT_EXITED ? "exited" : status.exit_kind == UMBER_EXIT_KILLED ? "killed" : "failed",
         (int)status.exit_code);
  umber_container_remove(containers, container, 1);
  umber_image_remove(containers, image);
  free(bytes);
  return 0;
}

int main(int argc, char **argv) {
  umber_containers_t *containers = umber_linux_open(NULL);
  if (containers == NULL) return fail("umber", "no memory");
  int failed = 0;
  for (int i = 1; i < argc; ++i) failed |= run(containers, argv[i]);
  umber_linux_close(containers);
  return failed;
}
