#include "models/hwpe/job_queue.hpp"

#include <gtest/gtest.h>

namespace terse {
namespace {

TEST(JobQueueTest, JobsRunInTheOrderOfCommitmentNotOfContexts) {
  JobQueue queue(3, {0, 0});
  for (std::uint32_t id = 0; id < 3; ++id) {
    ASSERT_EQ(queue.acquire(), id);
    queue.acquired()->registers[0] = id;
    ASSERT_TRUE(queue.commit());
  }
  queue.trigger(sc_core::SC_ZERO_TIME);
  EXPECT_EQ(queue.start_next().id, 0);
  queue.end_running();
  // Context 0 is free again; its new job must queue behind jobs 1 and 2.
  ASSERT_EQ(queue.acquire(), 3u);
  ASSERT_TRUE(queue.commit());
  queue.trigger(sc_core::SC_ZERO_TIME);
  for (const int id : {1, 2, 3}) {
    EXPECT_EQ(queue.start_next().id, id);
    queue.end_running();
  }
  EXPECT_EQ(queue.next(), nullptr);
}

TEST(JobQueueTest, TriggerKeepsEarlierStartTimes) {
  JobQueue queue(2, {});
  queue.acquire();
  queue.commit();
  queue.trigger(sc_core::SC_ZERO_TIME);
  queue.acquire();
  queue.commit();
  queue.trigger(sc_core::sc_time::from_value(500));
  EXPECT_EQ(queue.start_next().earliest_start, sc_core::SC_ZERO_TIME);
  queue.end_running();
  EXPECT_EQ(queue.start_next().earliest_start, sc_core::sc_time::from_value(500));
}

TEST(JobQueueTest, CommitNeedsAnAcquiredJob) {
  JobQueue queue(1, {});
  EXPECT_FALSE(queue.commit());
  EXPECT_EQ(queue.acquire(), 0u);
  EXPECT_EQ(queue.acquire(), JobQueue::already_acquired);
  EXPECT_TRUE(queue.commit());
  EXPECT_EQ(queue.acquire(), JobQueue::all_taken);
}

}  // namespace
}  // namespace terse
