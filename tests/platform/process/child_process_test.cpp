#include "platform/process/child_process.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <iostream>
#include <set>

#include "platform/process/process_pool.hpp"

namespace terse::process {
namespace {

using ::testing::HasSubstr;

TEST(ChildProcess, AnswersAndKeepsStderrApart) {
  const Ending ending = run_in_child([] {
    std::cout << "nobody sees this\n";
    std::cerr << "a warning\n";
    return std::string(300000, 'x');  // more than a pipe holds
  });
  EXPECT_EQ(ending.failure(), "");
  EXPECT_EQ(ending.answer, std::string(300000, 'x'));
  EXPECT_EQ(ending.errors, "a warning\n");
}

TEST(ChildProcess, ACrashIsItsOwn) {
  const Ending ending = run_in_child([]() -> std::string {
    std::cerr << "last words\n";
    std::raise(SIGSEGV);
    return "";
  });
  EXPECT_EQ(ending.failure(), "ended by signal 11 (Segmentation fault)");
  EXPECT_EQ(ending.errors, "last words\n");
  EXPECT_EQ(run_in_child([]() -> std::string { _exit(7); }).failure(), "ended with exit code 7");
  const Ending thrown = run_in_child([]() -> std::string { throw std::runtime_error("what went wrong"); });
  EXPECT_EQ(thrown.failure(), "ended with exit code 1");
  EXPECT_THAT(thrown.errors, HasSubstr("what went wrong"));
}

TEST(ChildProcess, OnlyTheEndOfStderrIsKept) {
  const Ending ending = run_in_child([] {
    for (int i = 0; i < 100000; ++i) std::cerr << "line " << i << "\n";
    return std::string();
  });
  EXPECT_LE(ending.errors.size(), kept_errors);
  EXPECT_THAT(ending.errors, ::testing::EndsWith("line 99999\n"));
}

TEST(ChildProcess, WhatAChildStartedEndsWithIt) {
  int alive[2];
  ASSERT_EQ(pipe(alive), 0);
  run_in_child([&] {
    if (fork() == 0) pause();  // a grandchild that never ends by itself, and holds the pipe open
    return std::string("done");
  });
  close(alive[1]);
  char nothing = 0;
  EXPECT_EQ(read(alive[0], &nothing, 1), 0);  // returns when nobody holds the other end
  close(alive[0]);
}

TEST(ProcessPool, RunsAsManyAsItMayAndLosesNone) {
  ProcessPool pool(3, 0);
  std::set<std::size_t> seen;
  for (std::size_t next = 0; next < 20 || pool.running() > 0;) {
    while (!pool.full() && next < 20) {
      pool.start(next, [next] { return std::to_string(next); });
      ++next;
    }
    EXPECT_LE(pool.running(), 3u);
    if (const auto finished = pool.wait(1000)) {
      EXPECT_EQ(finished->ending.answer, std::to_string(finished->tag));
      EXPECT_TRUE(seen.insert(finished->tag).second);
    }
  }
  EXPECT_EQ(seen.size(), 20u);
}

TEST(ProcessPool, AChildWhoseTimeIsOverIsKilled) {
  ProcessPool pool(1, 0.05);
  pool.start(0, [] {
    pause();
    return std::string();
  });
  std::optional<ProcessPool::Finished> finished;
  while (!finished) finished = pool.wait(10000);
  EXPECT_TRUE(finished->ending.timed_out);
  EXPECT_THAT(finished->ending.failure(), HasSubstr("its time was over"));
}

}  // namespace
}  // namespace terse::process
