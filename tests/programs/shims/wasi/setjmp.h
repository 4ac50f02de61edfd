/* setjmp for wasm32-wasi, which has none in Debian's wasi-libc. Two builds:
 *
 * - plain: setjmp always returns 0 and longjmp ends the program with a message (setjmp_fatal.c). Programs that use it
 *   for errors alone work as long as no error is raised.
 * - with -DUMBER_SETJMP_EH and clang's -wasm-enable-sjlj: the real thing over wasm exception handling (setjmp_eh.c). */
#ifndef UMBER_TESTS_SETJMP_H
#define UMBER_TESTS_SETJMP_H

/* What clang's lowering needs: the label of the call and the value that longjmp brought. */
typedef struct {
  void* function_id;
  unsigned label;
  struct {
    void* buffer;
    int value;
  } thrown;
} jmp_buf[1];

typedef jmp_buf sigjmp_buf;

_Noreturn void longjmp(jmp_buf buffer, int value);

#ifdef UMBER_SETJMP_EH
int setjmp(jmp_buf buffer) __attribute__((returns_twice));
#else
#define setjmp(buffer) ((void)(buffer), 0)
#endif

#define _setjmp setjmp
#define _longjmp longjmp

#endif
