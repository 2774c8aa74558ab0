#include <kapitza/version.h>

const char *kz_version(void) { return KZ_VERSION; }
