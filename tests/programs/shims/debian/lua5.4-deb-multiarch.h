/* Debian's build generates this file; it names the folder of binary modules, which this build does not load. */
#define DEB_HOST_MULTIARCH "none"
