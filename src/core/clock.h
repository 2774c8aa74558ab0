/* The clock of the library and the program; library-internal. */
#ifndef KZ_CORE_CLOCK_H
#define KZ_CORE_CLOCK_H

/* Seconds since some moment, never going back. */
double kz_clock_seconds(void);

/* Processor seconds of the calling thread. */
double kz_clock_thread_seconds(void);

#endif
