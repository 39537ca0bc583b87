//===- ScratchFolder.h - a folder of one test's own -------------*- C++ -*-===//
//
// ctest runs the tests of a file side by side, each in a process of its own,
// and several runs may share a machine: a name that two of them could choose is
// a file that one removes while the other reads it.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_TESTS_SCRATCHFOLDER_H
#define TESSERA_TESTS_SCRATCHFOLDER_H

#include <cstdlib>
#include <filesystem>
#include <gtest/gtest.h>
#include <stdexcept>
#include <string>

namespace tessera {

/// An empty folder that nobody else has; removed with all that is in it.
class ScratchFolder {
public:
  ScratchFolder() {
    std::string name = testing::TempDir() + "tessera-test-XXXXXX";
    if (!mkdtemp(name.data())) {
      throw std::runtime_error("cannot create a folder like " + name);
    }
    folder = name;
  }
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  }
  ScratchFolder(const ScratchFolder &) = delete;
  ScratchFolder &operator=(const ScratchFolder &) = delete;

  std::filesystem::path operator/(const std::string &name) const {
    return folder / name;
  }
  const std::filesystem::path &path() const { return folder; }

private:
  std::filesystem::path folder;
};

} // namespace tessera

#endif // TESSERA_TESTS_SCRATCHFOLDER_H
