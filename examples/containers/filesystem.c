/* Counts its runs in a file of a volume. Grant: volume:count:/data */
#include <stdio.h>

int main(void) {
  int runs = 0;
  FILE *file = fopen("/data/runs", "r");
  if (file != NULL && (fscanf(file, "%d", &runs) != 1 || fclose(file) != 0)) return 1;
  file = fopen("/data/runs.new", "w");
  if (file == NULL || fprintf(file, "%d\n", runs + 1) < 0 || fclose(file) != 0) return 2;
  if (rename("/data/runs.new", "/data/runs") != 0) return 3;
  printf("run number %d\n", runs + 1);
  return 0;
}
