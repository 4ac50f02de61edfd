/* The run-time half of clang's -wasm-enable-sjlj: a longjmp throws the tag __c_longjmp, and the function that called
 * setjmp catches it and asks whether the jump is meant for this call of it. The names and signatures are clang's. */
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>

void __wasm_setjmp(void* buffer, uint32_t label, void* function_id);
uint32_t __wasm_setjmp_test(void* buffer, void* function_id);
void __wasm_longjmp(void* buffer, int value);

typedef typeof(*(jmp_buf*)0) Buffer;

void __wasm_setjmp(void* buffer, uint32_t label, void* function_id) {
  Buffer* target = buffer;
  (*target)->function_id = function_id;
  (*target)->label = label;
}

/* The label of the setjmp call to return from, or 0 if the jump belongs to another function or activation. */
uint32_t __wasm_setjmp_test(void* buffer, void* function_id) {
  Buffer* target = buffer;
  return (*target)->function_id == function_id ? (*target)->label : 0;
}

void __wasm_longjmp(void* buffer, int value) {
  Buffer* target = buffer;
  (*target)->thrown.buffer = buffer;
  (*target)->thrown.value = value ? value : 1;
  __builtin_wasm_throw(1, &(*target)->thrown); /* tag 1 is __c_longjmp */
}
