/*===- weights.c - finds, checks and maps the weights ---------------------===
 *
 * Embedded weights are already mapped with the library; those in a file of
 * their own are mapped read-only, so that processes share the pages. Either
 * way a private copy or a check of the whole hash is made on request only.
 *
 *===----------------------------------------------------------------------===*/
#define _GNU_SOURCE
#include "internal.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_PATH = 4096 };

static uint32_t flags_of(const tsr_options *options) {
  return options == NULL ? 0 : options->flags;
}

/** Writes to `path` the file `name` in the folder of `beside`; 0: too long. */
static int sibling(const char *beside, size_t beside_bytes, const char *name,
                   char *path) {
  size_t folder = beside_bytes;
  while (folder > 0 && beside[folder - 1] != '/') {
    --folder;
  }
  size_t name_bytes = strlen(name);
  if (folder + name_bytes + 1 > MAX_PATH) {
    return 0;
  }
  memcpy(path, beside, folder);
  memcpy(path + folder, name, name_bytes + 1);
  return 1;
}

/** Opens the weights file; negative when there is none. */
static int open_weights(const tsr_descriptor *descriptor,
                        const tsr_options *options) {
  const int mode = O_RDONLY | O_CLOEXEC;
  if (options != NULL && options->weights_path != NULL) {
    return open(options->weights_path, mode);
  }
  char path[MAX_PATH];
  Dl_info library;
  if (dladdr(descriptor, &library) != 0 && library.dli_fname != NULL &&
      sibling(library.dli_fname, strlen(library.dli_fname),
              descriptor->weights_file, path)) {
    int file = open(path, mode);
    if (file >= 0) {
      return file;
    }
  }
  /* Linked statically, dladdr knows the program only as it was called. */
  char program[MAX_PATH];
  ssize_t bytes = readlink("/proc/self/exe", program, sizeof(program));
  if (bytes > 0 &&
      sibling(program, (size_t)bytes, descriptor->weights_file, path)) {
    return open(path, mode);
  }
  return -1;
}

static tsr_status check_file(const tsr_descriptor *descriptor, int file) {
  struct stat info;
  if (fstat(file, &info) != 0) {
    return TSR_SYSTEM_ERROR;
  }
  if (!S_ISREG(info.st_mode)) {
    return TSR_WEIGHTS_FOREIGN;
  }
  tsr_weights_header header;
  ssize_t bytes = pread(file, &header, sizeof(header), 0);
  if (bytes != (ssize_t)sizeof(header)) {
    return TSR_WEIGHTS_SHORT;
  }
  if (memcmp(header.magic, TSR_WEIGHTS_MAGIC, sizeof(header.magic)) != 0 ||
      header.abi_version != descriptor->abi_version ||
      header.header_bytes != TSR_WEIGHTS_HEADER_BYTES ||
      header.build_id != descriptor->weights_build_id ||
      header.bytes != descriptor->weights_bytes) {
    return TSR_WEIGHTS_FOREIGN;
  }
  if ((uint64_t)info.st_size !=
      TSR_WEIGHTS_HEADER_BYTES + descriptor->weights_bytes) {
    return TSR_WEIGHTS_SHORT;
  }
  return TSR_OK;
}

static tsr_status map_file(const tsr_descriptor *descriptor,
                           const tsr_options *options, tsr_model *model) {
  int file = open_weights(descriptor, options);
  if (file < 0) {
    return TSR_WEIGHTS_MISSING;
  }
  tsr_status status = check_file(descriptor, file);
  if (status == TSR_OK) {
    size_t bytes = TSR_WEIGHTS_HEADER_BYTES + descriptor->weights_bytes;
    void *memory = mmap(NULL, bytes, PROT_READ, MAP_PRIVATE, file, 0);
    if (memory == MAP_FAILED) {
      status = errno == ENOMEM ? TSR_OUT_OF_MEMORY : TSR_SYSTEM_ERROR;
    } else {
      model->mapping = memory;
      model->mapping_bytes = bytes;
      model->weights = (const unsigned char *)memory + TSR_WEIGHTS_HEADER_BYTES;
    }
  }
  close(file);
  return status;
}

/** Replaces the shared pages by a private copy that nothing can write. */
static tsr_status copy_weights(const tsr_descriptor *descriptor,
                               tsr_model *model) {
  size_t bytes = descriptor->weights_bytes;
  void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) {
    return TSR_OUT_OF_MEMORY;
  }
  memcpy(memory, model->weights, bytes);
  tsr_runtime_weights_unmap(model);
  model->mapping = memory;
  model->mapping_bytes = bytes;
  model->weights = memory;
  return mprotect(memory, bytes, PROT_READ) == 0 ? TSR_OK : TSR_SYSTEM_ERROR;
}

tsr_status tsr_runtime_weights_map(const tsr_descriptor *descriptor,
                                   const tsr_options *options,
                                   tsr_model *model) {
  if (descriptor->weights_bytes == 0) {
    return TSR_OK;
  }
  tsr_status status = TSR_OK;
  if (descriptor->weights_offset != 0) {
    model->weights =
        (const unsigned char *)descriptor + descriptor->weights_offset;
  } else {
    status = map_file(descriptor, options, model);
  }
  if (status == TSR_OK && (flags_of(options) & TSR_OPEN_COPY_WEIGHTS) != 0) {
    status = copy_weights(descriptor, model);
  }
  if (status == TSR_OK && (flags_of(options) & TSR_OPEN_VERIFY_WEIGHTS) != 0) {
    tsr_hash hash;
    tsr_hash_init(&hash);
    tsr_hash_update(&hash, model->weights, descriptor->weights_bytes);
    if (tsr_hash_finish(&hash) != descriptor->weights_hash) {
      status = TSR_WEIGHTS_CORRUPT;
    }
  }
  if (status != TSR_OK) {
    tsr_runtime_weights_unmap(model);
  }
  return status;
}

void tsr_runtime_weights_unmap(tsr_model *model) {
  if (model->mapping != NULL) {
    munmap(model->mapping, model->mapping_bytes);
    model->mapping = NULL;
    model->mapping_bytes = 0;
  }
  model->weights = NULL;
}
