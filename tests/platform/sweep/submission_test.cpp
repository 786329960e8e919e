// What a submitter and the tasks of a cluster share; tests/slurm/run goes through a real Slurm.
#include "platform/sweep/submission.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "platform/netlist/module_type.hpp"
#include "platform/sweep/sweep.hpp"
#include "tests/platform/program.hpp"
#include "tests/support/temporary_path.hpp"

namespace terse::sweep {
namespace {

using ::testing::HasSubstr;

class SubmissionTest : public ::testing::Test {
 protected:
  SubmissionTest() {
    netlist::register_types();
    submission_.folder = folder_.path() / "it's here" / "1-0";  // a name that a shell must not read
    submission_.file = folder_.write(
        "s.yaml",
        fmt::format("network:\n  input: {{height: 2, width: 2, channels: 8}}\n  defaults: {{weights: ternary}}\n"
                    "  layers: [{{conv: 8}}]\nplatform: {}/scenarios/platforms/reference.yaml\n"
                    "sweep: {{grid: {{platform.dma.channels: [1, 2, 3]}}}}\n",
                    TERSE_SOURCE_DIR));
    submission_.settings = {"dataset.images=2"};
    submission_.program = "program";
    submission_.identity = "identity";
    submission_.jobs = 2;
    submission_.chunks = {{0, 2}, {1}};
  }

  testing::Workspace folder_;
  Submission submission_;
};

TEST_F(SubmissionTest, IsReadAsWritten) {
  EXPECT_FALSE(read_submission(submission_.folder));
  write_submission(submission_, "/bin/terse");
  submission_.job = "42";
  write_job(submission_);
  const auto read = read_submission(submission_.folder);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->chunks, submission_.chunks);
  EXPECT_EQ(read->settings, submission_.settings);
  EXPECT_EQ(read->job, "42");
  EXPECT_EQ(read->jobs, 2u);
  EXPECT_THAT(testing::contents_of(submission_.folder / "script"), HasSubstr("exec '/bin/terse' sweep-task"));
}

TEST_F(SubmissionTest, AnOutcomeIsThereWholeOrNotAtAll) {
  write_submission(submission_, "/bin/terse");
  EXPECT_FALSE(read_outcome(submission_, 0));
  std::ofstream(submission_.folder / "results" / "1.json") << "{\"exit_code\": 0, \"resu";  // being written
  EXPECT_FALSE(read_outcome(submission_, 1));
  write_outcome(submission_, 0,
                {.exit_code = 1, .result = {{"cycles", 7}}, .failure = "", .reason = "", .errors = "\xff no UTF-8"});
  const auto outcome = read_outcome(submission_, 0);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->exit_code, 1);
  EXPECT_EQ(outcome->result["cycles"], 7);
}

TEST_F(SubmissionTest, ATaskOfAnotherProgramOrScenarioIsRefused) {
  write_submission(submission_, "/bin/terse");
  const testing::Outcome outcome = testing::run_terse({"sweep-task", submission_.folder.string(), "0"});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.errors, HasSubstr("has changed since the sweep was submitted"));
  EXPECT_EQ(testing::run_terse({"sweep-task", submission_.folder.string(), "2"}).exit_code, 2);
  EXPECT_EQ(testing::run_terse({"sweep-task", folder_.path().string(), "0"}).exit_code, 2);
}

TEST_F(SubmissionTest, ATaskRunsItsChunkAndLeavesFinishedPointsAlone) {
  const Sweep sweep(submission_.file, submission_.settings);
  submission_.program = sweep.program();
  submission_.identity = sweep.record().identity;
  write_submission(submission_, "/bin/terse");
  write_outcome(submission_, 2, {.exit_code = 0, .result = {}, .failure = "", .reason = "earlier", .errors = ""});
  run_task(submission_, 0);
  const auto first = read_outcome(submission_, 0);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->result["verified"], true);
  EXPECT_EQ(first->result["inferences"], 2);
  EXPECT_EQ(read_outcome(submission_, 2)->reason, "earlier");
  EXPECT_FALSE(read_outcome(submission_, 1));
}

}  // namespace
}  // namespace terse::sweep
