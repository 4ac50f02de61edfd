/* Included before every source of the test programs (clang -include): declares what they use of POSIX and Debian's
 * wasi-libc does not have. Everything is defined in posix.c, as little as honesty allows: what WASI can't do fails. */
#ifndef UMBER_TESTS_POSIX_H
#define UMBER_TESTS_POSIX_H

#ifdef __wasm__

/* zlib calls lseek without including unistd.h, so the whole set is included here. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#ifdef __cplusplus
extern "C" {
#endif

int system(const char* command);
#define L_tmpnam 20
FILE* tmpfile(void);
char* tmpnam(char* name);
FILE* popen(const char* command, const char* mode);
int pclose(FILE* stream);
mode_t umask(mode_t mask);
int chmod(const char* path, mode_t mode);
int fchmod(int fd, mode_t mode);
int chown(const char* path, uid_t owner, gid_t group);
int fchown(int fd, uid_t owner, gid_t group);
uid_t getuid(void);
uid_t geteuid(void);

/* Advisory locks protect from other processes; a WASI program is alone, so taking one always succeeds. */
#ifndef F_RDLCK
#define F_RDLCK 0
#define F_WRLCK 1
#define F_UNLCK 2
#define F_GETLK 5
#define F_SETLK 6
#define F_SETLKW 7
#endif
int shim_fcntl(int fd, int command, ...);
#define fcntl shim_fcntl

#ifdef __cplusplus
}
#endif

#endif
#endif
