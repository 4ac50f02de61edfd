/* The container runtime on Linux for C programs: this makes one, container/umber_container.h is how it is used. Link umber_container_port
 * and the C++ library.
 */
#ifndef UMBER_LINUX_H
#define UMBER_LINUX_H

#include "container/umber_container.h"

#ifdef __cplusplus
extern "C" {
#endif

/* `volume_root`: an existing folder under which volumes live; null: there are none. Copied. Null when there is no memory, or the path is
 * longer than 4096 bytes. Belongs to the caller until umber_linux_close. */
umber_containers_t *umber_linux_open(const char *volume_root);
/* Ends and removes all containers. No other call may be going on. Null is nothing to do. */
void umber_linux_close(umber_containers_t *containers);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif
