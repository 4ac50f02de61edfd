/* SQLite's shell asks for the home directory of a user; WASI has neither. */
#ifndef UMBER_TESTS_PWD_H
#define UMBER_TESTS_PWD_H

struct passwd {
  char* pw_dir;
};

#define getpwuid(uid) ((struct passwd*)0)

#endif
