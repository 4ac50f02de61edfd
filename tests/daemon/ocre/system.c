// What needs no grant: uname, ocre_sleep, ocre_get_event and dispatchers.
#include <stddef.h>
#include <string.h>

#include "abi.h"

_Static_assert(sizeof(struct ocre_utsname) == 390 && offsetof(struct ocre_utsname, domainname) == 325, "the SDK's layout");
_Static_assert(sizeof(struct event) == 24 && offsetof(struct event, payload_len) == 20, "the SDK's layout");

__attribute__((export_name("a_dispatcher"))) void a_dispatcher(int id) { (void)id; }

static struct {
  struct ocre_utsname name;
  char behind[8];
} names;

int main(void) {
  memset(&names, 'x', sizeof names);
  EXPECT(ocre_uname(&names.name), SUCCESS);
  EXPECT(strcmp(names.name.sysname, "Umber"), 0);
  EXPECT(strcmp(names.name.nodename, "ocre-system"), 0);  // the container's name
  EXPECT(strlen(names.name.release) > 0, 1);
  EXPECT(strlen(names.name.version) > 0, 1);
  EXPECT(strlen(names.name.machine) > 0, 1);
  EXPECT(strlen(names.name.domainname), 0);
  EXPECT(memcmp(names.behind, "xxxxxxxx", 8), 0);
  EXPECT(ocre_uname((struct ocre_utsname *)0xfffffff0), INVALID);

  EXPECT(ocre_sleep(0), SUCCESS);
  EXPECT(ocre_sleep(20), SUCCESS);
  EXPECT(ocre_sleep(-1), INVALID);
  EXPECT(ocre_sleep(INT32_MIN), INVALID);

  struct event event = {1, 2, 3, 4, 5, 6};
  EXPECT(take(&event), NOT_FOUND);
  EXPECT(event.type == 1 && event.payload_len == 6, 1);  // untouched
  EXPECT(ocre_get_event(0xfffffffe, 0, 0, 0, 0, 0), INVALID);

  for (int type = 0; type < TYPE_COUNT; ++type) EXPECT(ocre_register_dispatcher(type, "a_dispatcher"), SUCCESS);
  EXPECT(ocre_register_dispatcher(TYPE_COUNT, "a_dispatcher"), INVALID);
  EXPECT(ocre_register_dispatcher(-1, "a_dispatcher"), INVALID);
  EXPECT(ocre_register_dispatcher(TYPE_TIMER, "nothing"), INVALID);
  EXPECT(ocre_register_dispatcher(TYPE_TIMER, ""), INVALID);
  EXPECT(ocre_register_dispatcher(TYPE_TIMER, NULL), INVALID);
  return finish();
}
