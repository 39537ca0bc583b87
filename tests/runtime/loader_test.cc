//===- loader_test.cc - files that are not models -------------------------===//
//
// Loading real models is tested where they are written (tests/codegen/emit).
//
//===----------------------------------------------------------------------===//

#include "tessera/runtime.h"
#include "tests/ScratchFolder.h"
#include <cstring>
#include <dlfcn.h>
#include <elf.h>
#include <fstream>
#include <gtest/gtest.h>

namespace {
class Loader : public testing::Test {
protected:
  tsr_status openText(const std::string &text) {
    std::ofstream(path, std::ios::binary) << text;
    tsr_model model = TSR_MODEL_INIT;
    return tsr_model_open(path.c_str(), nullptr, &model);
  }

  /// An ELF library with one note segment at the end.
  std::string library(const std::string &notes) {
    Elf64_Ehdr elf = {};
    std::memcpy(elf.e_ident, ELFMAG, SELFMAG);
    elf.e_ident[EI_CLASS] = ELFCLASS64;
    elf.e_type = ET_DYN;
    elf.e_machine = EM_X86_64;
    elf.e_phoff = sizeof(elf);
    elf.e_phentsize = sizeof(Elf64_Phdr);
    elf.e_phnum = 1;
    Elf64_Phdr header = {};
    header.p_type = PT_NOTE;
    header.p_offset = sizeof(elf) + sizeof(header);
    header.p_filesz = notes.size();
    std::string text(reinterpret_cast<char *>(&elf), sizeof(elf));
    text.append(reinterpret_cast<char *>(&header), sizeof(header));
    return text + notes;
  }

  tessera::ScratchFolder folder;
  std::string path = folder / "model.so";
};

std::string note(uint32_t nameBytes, uint32_t textBytes, uint32_t type,
                 const std::string &body) {
  uint32_t words[3] = {nameBytes, textBytes, type};
  return std::string(reinterpret_cast<char *>(words), sizeof(words)) + body;
}
} // namespace

TEST_F(Loader, MissingFile) {
  tsr_model model = TSR_MODEL_INIT;
  EXPECT_EQ(tsr_model_open("/nonexistent", nullptr, &model), TSR_SYSTEM_ERROR);
  EXPECT_EQ(tsr_model_open(nullptr, nullptr, &model), TSR_INVALID_ARGUMENT);
}

TEST_F(Loader, NotALibrary) {
  EXPECT_EQ(openText(""), TSR_NOT_A_MODEL);
  EXPECT_EQ(openText("not a library at all"), TSR_NOT_A_MODEL);
  EXPECT_EQ(openText(std::string(4096, '\0')), TSR_NOT_A_MODEL);
}

TEST_F(Loader, HostileNotes) {
  const std::string owner("Tessera\0", 8);
  EXPECT_EQ(openText(library("")), TSR_NOT_A_MODEL);
  EXPECT_EQ(openText(library("short")), TSR_NOT_A_MODEL);
  EXPECT_EQ(openText(library(note(0xffffffff, 4, 1, owner))), TSR_NOT_A_MODEL);
  EXPECT_EQ(openText(library(note(8, 0xfffffffd, 1, owner))), TSR_NOT_A_MODEL);
  // No terminating NUL, and a text longer than any prefix.
  EXPECT_EQ(openText(library(note(8, 4, 1, owner + "abcd"))), TSR_NOT_A_MODEL);
  EXPECT_EQ(openText(library(note(8, 2000, 1, owner + std::string(2000, 'a')))),
            TSR_NOT_A_MODEL);
}

TEST_F(Loader, LibraryThatTheSystemRefuses) {
  const std::string body("Tessera\0abc\0", 12);
  EXPECT_EQ(openText(library(note(8, 4, 1, body))), TSR_NOT_A_MODEL);
}

TEST(SharedRuntime, OffersTheInterfaceAndHidesTheRest) {
  void *library = dlopen(SHARED_RUNTIME, RTLD_NOW | RTLD_LOCAL);
  ASSERT_NE(library, nullptr) << dlerror();
  EXPECT_NE(dlsym(library, "tsr_model_open"), nullptr);
  EXPECT_NE(dlsym(library, "tsr_threads_create"), nullptr);
  EXPECT_EQ(dlsym(library, "tsr_runtime_call"), nullptr);
  dlclose(library);
}
