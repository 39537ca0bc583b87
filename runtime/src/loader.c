/*===- loader.c - opens a model by file name ------------------------------===
 *
 * A model's exported names start with its prefix, which a note in the file
 * tells. The file is checked to be a model before the system loads it, since
 * loading runs whatever code a library brings.
 *
 *===----------------------------------------------------------------------===*/
#define _GNU_SOURCE
#include "tessera/abi.h"
#include "tessera/runtime.h"

#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
  MAX_PREFIX = 512,
  MAX_HEADERS = 64,
  MAX_NOTE_BYTES = 4096,
  MAX_PATH = 4096
};

/** Finds the prefix in the bytes of a note segment. */
static int find_prefix(const unsigned char *notes, size_t bytes, char *prefix) {
  const size_t owner_bytes = sizeof(TSR_NOTE_OWNER);
  size_t position = 0;
  while (bytes - position >= sizeof(Elf64_Nhdr)) {
    Elf64_Nhdr note;
    memcpy(&note, notes + position, sizeof(note));
    position += sizeof(note);
    size_t name = ((size_t)note.n_namesz + 3) & ~(size_t)3;
    size_t text = ((size_t)note.n_descsz + 3) & ~(size_t)3;
    if (name > bytes - position || text > bytes - position - name) {
      return 0;
    }
    if (note.n_type == TSR_NOTE_PREFIX && note.n_namesz == owner_bytes &&
        memcmp(notes + position, TSR_NOTE_OWNER, owner_bytes) == 0 &&
        note.n_descsz != 0 && note.n_descsz <= MAX_PREFIX) {
      memcpy(prefix, notes + position + name, note.n_descsz);
      return prefix[note.n_descsz - 1] == '\0';
    }
    position += name + text;
  }
  return 0;
}

/** Reads the ELF header; 0 unless it is that of an x86-64 shared library. */
static int read_elf(int file, Elf64_Ehdr *elf) {
  return pread(file, elf, sizeof(*elf), 0) == (ssize_t)sizeof(*elf) &&
         memcmp(elf->e_ident, ELFMAG, SELFMAG) == 0 &&
         elf->e_ident[EI_CLASS] == ELFCLASS64 && elf->e_type == ET_DYN &&
         elf->e_machine == EM_X86_64 &&
         elf->e_phentsize == sizeof(Elf64_Phdr) && elf->e_phnum <= MAX_HEADERS;
}

/** Whether a segment's bytes are all there: the system would map a truncated
 * file without complaint and end the program at the first missing page. */
static int is_whole(const Elf64_Phdr *header, uint64_t file_bytes) {
  return header->p_type != PT_LOAD ||
         (header->p_offset <= file_bytes &&
          header->p_filesz <= file_bytes - header->p_offset);
}

/** Reads the prefix from the file's notes. */
static tsr_status read_prefix(int file, char *prefix) {
  Elf64_Ehdr elf;
  struct stat info;
  if (!read_elf(file, &elf) || fstat(file, &info) != 0) {
    return TSR_NOT_A_MODEL;
  }
  int found = 0;
  for (unsigned i = 0; i < elf.e_phnum; ++i) {
    Elf64_Phdr header;
    off_t offset = (off_t)(elf.e_phoff + i * sizeof(header));
    if (pread(file, &header, sizeof(header), offset) !=
            (ssize_t)sizeof(header) ||
        !is_whole(&header, (uint64_t)info.st_size)) {
      return TSR_NOT_A_MODEL;
    }
    unsigned char notes[MAX_NOTE_BYTES];
    if (header.p_type != PT_NOTE || header.p_filesz > sizeof(notes) ||
        pread(file, notes, header.p_filesz, (off_t)header.p_offset) !=
            (ssize_t)header.p_filesz) {
      continue;
    }
    found = found || find_prefix(notes, header.p_filesz, prefix);
  }
  return found ? TSR_OK : TSR_NOT_A_MODEL;
}

/** dlopen searches the system's folders for a name without a slash. */
static int explicit_path(const char *path, char *result) {
  size_t bytes = strlen(path) + 1;
  size_t prefix = strchr(path, '/') == NULL ? 2 : 0;
  if (bytes + prefix > MAX_PATH) {
    return 0;
  }
  memcpy(result, "./", prefix);
  memcpy(result + prefix, path, bytes);
  return 1;
}

static tsr_status load(const char *path, const char *prefix, void **library,
                       const tsr_descriptor **descriptor) {
  char full[MAX_PATH];
  if (!explicit_path(path, full)) {
    return TSR_INVALID_ARGUMENT;
  }
  *library = dlopen(full, RTLD_NOW | RTLD_LOCAL);
  if (*library == NULL) {
    return TSR_NOT_A_MODEL;
  }
  char symbol[MAX_PREFIX + sizeof("_descriptor")];
  size_t prefix_bytes = strlen(prefix);
  memcpy(symbol, prefix, prefix_bytes);
  memcpy(symbol + prefix_bytes, "_descriptor", sizeof("_descriptor"));
  *descriptor = dlsym(*library, symbol);
  if (*descriptor == NULL) {
    dlclose(*library);
    return TSR_NOT_A_MODEL;
  }
  if ((*descriptor)->struct_size != sizeof(tsr_descriptor) ||
      (*descriptor)->abi_version != TSR_ABI_VERSION) {
    dlclose(*library);
    return TSR_ABI_MISMATCH;
  }
  return TSR_OK;
}

tsr_status tsr_model_open(const char *path, const tsr_options *options,
                          tsr_model *model) {
  if (path == NULL || model == NULL) {
    return TSR_INVALID_ARGUMENT;
  }
  if (model->struct_size != sizeof(tsr_model)) {
    return TSR_ABI_MISMATCH;
  }
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    return TSR_SYSTEM_ERROR;
  }
  char prefix[MAX_PREFIX];
  tsr_status status = read_prefix(file, prefix);
  close(file);
  void *library = NULL;
  const tsr_descriptor *descriptor = NULL;
  if (status == TSR_OK) {
    status = load(path, prefix, &library, &descriptor);
  }
  if (status != TSR_OK) {
    return status;
  }
  status = descriptor->open(model, options);
  if (status != TSR_OK) {
    dlclose(library);
    return status;
  }
  model->library = library;
  return TSR_OK;
}

tsr_status tsr_model_close(tsr_model *model) {
  if (model == NULL) {
    return TSR_INVALID_ARGUMENT;
  }
  if (model->struct_size != sizeof(tsr_model) || model->descriptor == NULL) {
    return TSR_NOT_OPEN;
  }
  const tsr_descriptor *descriptor = model->descriptor;
  void *library = model->library;
  tsr_status status = descriptor->close(model);
  if (status == TSR_OK && library != NULL) {
    dlclose(library);
  }
  return status;
}
