//===- joined_launches_test.cpp - attacks on what may be joined -----------===//
//
// Random pairs of launches on one piece of memory. Whatever is joined, for any
// number of threads no part may touch what another part of the other launch
// touches, unless both read: found by visiting every element.
//
//===----------------------------------------------------------------------===//

#include "random_launches.h"
#include <map>
#include <set>

using namespace tessera::schedule;

namespace {

using JoinedLaunches = RandomLaunches;

/// The part of a task, as the runtime hands them out.
int64_t partOf(int64_t task, int64_t tasks, int64_t tasksOfUnit,
               int64_t parts) {
  int64_t inUnit = std::max<int64_t>(tasksOfUnit, 1);
  int64_t units = (tasks + inUnit - 1) / inUnit;
  for (int64_t part = 0, end = 0;; ++part) {
    end += units / parts + (part < units % parts);
    if (task / inUnit < end) {
      return part;
    }
  }
}

/// Elements and the parts that touch them.
using Touched = std::map<int64_t, std::set<int64_t>>;

/// Whether a part of one touches what another part of the other stores.
bool haveConflict(const Copy &a, const Copy &b, const JoinedSplit &split,
                  int64_t parts) {
  Touched stored, touched;
  a.forEach([&](int64_t at, bool isStored, int64_t task) {
    int64_t part = partOf(task, a.taskCount(), split.tasksOfUnit[0], parts);
    touched[at].insert(part);
    if (isStored) {
      stored[at].insert(part);
    }
  });
  bool found = false;
  b.forEach([&](int64_t at, bool isStored, int64_t task) {
    int64_t part = partOf(task, b.taskCount(), split.tasksOfUnit[1], parts);
    const Touched &others = isStored ? touched : stored;
    auto meets = others.find(at);
    found |= meets != others.end() &&
             (meets->second.size() > 1 || *meets->second.begin() != part);
  });
  return found;
}

TEST_F(JoinedLaunches, NoPartMeetsAnotherPartOfTheOther) {
  int joined = 0, aligned = 0, refused = 0;
  for (int i = 0; i < 10000; ++i) {
    int64_t extents[kDims] = {choose({4, 6, 8, 9}), choose({1, 2, 4, 5}),
                              choose({1, 3, 4})};
    Copy first = copy(extents), second = copy(extents);
    if (random() % 2) {
      // The second reads what the first stores, often in the same loops.
      second.from = first.to;
      if (random() % 2) {
        std::copy_n(first.extents, kDims, second.extents);
        std::copy_n(first.order, kDims, second.order);
      }
    }
    auto split = splitOfJoined(candidatesOf({&first, &second}));
    if (!split) {
      ++refused;
      continue;
    }
    ++joined;
    aligned += split->tasksOfUnit[1] > 0;
    for (int64_t parts : {2, 3, 5, 7}) {
      ASSERT_FALSE(haveConflict(first, second, *split, parts))
          << parts << " parts:\n"
          << first.text() << second.text();
    }
  }
  // Neither all nor none are joined, so both answers were put to the test.
  EXPECT_GT(joined, 100);
  EXPECT_GT(aligned, 100);
  EXPECT_GT(refused, 1000);
}

} // namespace
