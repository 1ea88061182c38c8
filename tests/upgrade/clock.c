// Preloaded by make.sh: the wall clock starts at CLOCK_STARTS_AT (seconds since 1970), so that what is made does not depend on the day.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

int clock_gettime(clockid_t id, struct timespec *now) {
    static int (*real)(clockid_t, struct timespec *);
    static time_t shift;
    if (!real) {
        real = (int (*)(clockid_t, struct timespec *)) dlsym(RTLD_NEXT, "clock_gettime");
        struct timespec start;
        real(CLOCK_REALTIME, &start);
        const char *at = getenv("CLOCK_STARTS_AT");
        shift = at ? (time_t) atoll(at) - start.tv_sec : 0;
    }
    int result = real(id, now);
    if (id == CLOCK_REALTIME) now->tv_sec += shift;
    return result;
}
