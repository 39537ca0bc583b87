/*===- stub_c.c - names of libc that a model may use ----------------------===
 *
 * Models are linked against this instead of the host's libc: the result is the
 * same on every host, and any other name is a link error.
 *
 *===----------------------------------------------------------------------===*/
#define STUB(name)                                                             \
  __attribute__((visibility("default"))) void name(void);                      \
  void name(void) {}

/* Generated code and compilers' own calls. */
STUB(memcpy)
STUB(memmove)
STUB(memset)
STUB(memcmp)
/* Open, close and the pool. */
STUB(__errno_location)
STUB(aligned_alloc)
STUB(close)
STUB(dladdr)
STUB(free)
STUB(fstat)
STUB(getenv)
STUB(mmap)
STUB(mprotect)
STUB(munmap)
STUB(open)
STUB(pread)
STUB(pthread_create)
STUB(pthread_join)
STUB(pthread_sigmask)
STUB(readlink)
STUB(sigfillset)
STUB(strcmp)
STUB(strlen)
STUB(syscall)
