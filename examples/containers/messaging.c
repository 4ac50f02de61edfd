/* Request and reply. As `messaging answer` it answers every message on sum/ask with the sum of the two numbers in it; as
 * `messaging ask 2 3` it asks and prints the answer. Grants: publish:sum/#, subscribe:sum/# (the module
 * imports the calls for both, and an import that nothing grants does not link). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "umber.h"

union input {
  struct umber_event event;
  char bytes[2048];
};

/* The texts stand behind the record: topic, content type, payload. */
static const char *payload_of(const union input *in) {
  return in->bytes + sizeof in->event + in->event.topic_size + in->event.content_type_size;
}

static int answer(uint32_t events) {
  union input in;
  if (umber_subscribe("sum/#", 5) != 0) return 1;
  printf("ready\n");
  while (read((int)events, &in, sizeof in) > 0) {
    if (in.event.type == UMBER_EVENT_STOP) return 0;
    if (in.event.type != UMBER_EVENT_MESSAGE) continue;
    char text[64] = {0}, sum[32];
    memcpy(text, payload_of(&in), in.event.payload_size < 63 ? in.event.payload_size : 63);
    char *rest = text;
    const long first = strtol(rest, &rest, 10), second = strtol(rest, &rest, 10);
    const int size = snprintf(sum, sizeof sum, "%ld", first + second);
    if (umber_reply(in.event.reply_to, in.event.request, "text/plain", 10, sum, (size_t)size) != 0) return 2;
    printf("answered %s\n", sum);
  }
  return 3;
}

static int ask(uint32_t events, const char *first, const char *second) {
  char text[64];
  uint32_t delivered = 0, id = 0;
  union input in;
  const int size = snprintf(text, sizeof text, "%s %s", first, second);
  if (umber_request("sum/ask", 7, "text/plain", 10, text, (size_t)size, &delivered, &id) != 0 || delivered != 1) return 4;
  while (read((int)events, &in, sizeof in) > 0) {
    if (in.event.type != UMBER_EVENT_REPLY || in.event.id != id) continue;
    printf("%s + %s = %.*s\n", first, second, (int)in.event.payload_size, payload_of(&in));
    return 0;
  }
  return 5;
}

int main(int argc, char **argv) {
  uint32_t events = 0;
  if (umber_events_open(&events) != 0 || argc < 2) return 6;
  return strcmp(argv[1], "answer") == 0 ? answer(events) : argc == 4 ? ask(events, argv[2], argv[3]) : 7;
}
