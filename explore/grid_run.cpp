#include "explore/grid_run.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <list>
#include <optional>
#include <system_error>

#include "platform/process/process_pool.hpp"
#include "platform/sweep/interruption.hpp"

namespace terse::explore {

namespace {

using Json = nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

constexpr int wait_ms = 200;
/// Evaluation and start-up of a network, in epochs: for the time left.
constexpr double overhead_epochs = 0.3;

struct Task {
  const GridPoint* point = nullptr;
  bool is_float = false;
  bool running = false;

  [[nodiscard]] const std::string& hash() const { return is_float ? point->float_hash : point->hash; }
  [[nodiscard]] double epochs() const {
    const Experiment& e = point->experiment;
    return (is_float ? e.float_training.epochs : e.training.epochs) + overhead_epochs;
  }
};

class GridRun {
 public:
  GridRun(const Grid& grid, Store& store, const GridRunOptions& options,
          const std::function<void(const GridProgress&)>& on_progress)
      : grid_(grid), store_(store), options_(options), on_progress_(on_progress), pool_(options.jobs, 0) {
    for (const bool is_float : {true, false}) {
      for (const GridPoint& point : grid.points()) add({&point, is_float});
    }
    progress_.networks = progress_.found + tasks_.size();
  }

  GridProgress run() {
    const sweep::Interruption interruption;
    while (!tasks_.empty()) {
      while (!pool_.full() && !sweep::Interruption::asked()) {
        Task* next = ready();
        if (next == nullptr) break;
        start(*next);
      }
      if (sweep::Interruption::asked()) {
        progress_.stopped = true;
        break;
      }
      if (pool_.running() == 0) break;  // what is left waits for networks that failed
      if (const auto finished = pool_.wait(wait_ms)) take(*finished);
      tell();
    }
    fail_the_rest();
    return progress_;
  }

 private:
  void add(const Task& task) {
    for (const Task& other : tasks_) {
      if (other.hash() == task.hash()) return;
    }
    if (task.is_float && std::ranges::find(found_, task.hash()) != found_.end()) return;
    if (!store_.has(task.hash()) && !adopt(task)) {
      tasks_.push_back(task);
      return;
    }
    if (task.is_float) found_.push_back(task.hash());
    store_.add_member(grid_.name(), task.hash());
    ++progress_.found;
  }

  /// A network that was done when this program was killed is not in the store, but its result is in its folder.
  bool adopt(const Task& task) {
    const Json result = result_of(task);
    if (result.is_null()) return false;
    store_.add(grid_.name(), task.hash(), task.point->experiment, task.is_float, task.point->float_hash, result);
    return true;
  }

  /// null when there is none.
  [[nodiscard]] Json result_of(const Task& task) const {
    std::ifstream file(folder_of(options_.folder, task.hash()) / "result.json");
    Json result = Json::parse(file, nullptr, false);
    return result.is_discarded() ? Json() : result;
  }

  Task* ready() {
    for (Task& task : tasks_) {
      if (!task.running && (task.is_float || store_.has(task.point->float_hash))) return &task;
    }
    return nullptr;
  }

  void start(Task& task) {
    const std::filesystem::path folder = folder_of(options_.folder, task.hash());
    std::filesystem::create_directories(folder);
    Experiment experiment = task.point->experiment;
    Json json = task.is_float ? experiment.effective_float() : experiment.effective();
    if (!task.is_float) {
      json["float_network"] = folder_of(options_.folder, task.point->float_hash) / "network.pt";
      if (json["weights"]["density"] == 0 || json["weights"]["density"] == 1) json["weights"].erase("pattern");
    }
    std::ofstream(folder / "experiment.json") << json.dump(2) << "\n";
    std::filesystem::remove(folder / "progress");
    task.running = true;
    pool_.start(number_of(task), [&] { return train(folder); });
  }

  /// In the child.
  [[nodiscard]] std::string train(const std::filesystem::path& folder) const {
    // One thread a network; waiting threads that spin would take the time of the others.
    setenv("OMP_NUM_THREADS", "1", 1);
    setenv("OMP_WAIT_POLICY", "passive", 1);
    execl(options_.trainer.c_str(), "terse_train", folder.c_str(), nullptr);
    throw std::system_error(errno, std::generic_category(), options_.trainer.string());
  }

  [[nodiscard]] std::size_t number_of(const Task& task) const {
    return static_cast<std::size_t>(task.point - grid_.points().data()) * 2 + (task.is_float ? 1 : 0);
  }

  void take(const process::ProcessPool::Finished& finished) {
    const auto task = std::ranges::find_if(
        tasks_, [&](const Task& other) { return other.running && number_of(other) == finished.tag; });
    const std::filesystem::path folder = folder_of(options_.folder, task->hash());
    std::string reason = finished.ending.failure();
    if (!reason.empty()) {
      if (!finished.ending.errors.empty()) reason = finished.ending.errors + reason;
    } else {
      const Json result = result_of(*task);
      if (result.is_null()) {
        reason = fmt::format("{} cannot be read", (folder / "result.json").string());
      } else {
        store_.add(grid_.name(), task->hash(), task->point->experiment, task->is_float, task->point->float_hash,
                   result);
        ++progress_.finished;
        epochs_done_ += task->epochs();
      }
    }
    if (!reason.empty()) fail(*task, reason);
    std::filesystem::remove(folder / "progress");
    tasks_.erase(task);
  }

  void fail(const Task& task, const std::string& reason) {
    store_.add_failure(grid_.name(), task.hash(), task.point->experiment, reason);
    ++progress_.failed;
  }

  void fail_the_rest() {
    if (progress_.stopped) return;
    for (const Task& task : tasks_) fail(task, "the float network it starts from could not be trained");
  }

  void tell() {
    double under_way = 0, all = epochs_done_;
    std::string notes;
    for (const Task& task : tasks_) {
      all += task.epochs();
      if (!task.running) continue;
      std::ifstream file(folder_of(options_.folder, task.hash()) / "progress");
      double done = 0;
      std::string note;
      if (!(file >> done)) continue;
      std::getline(file, note);
      under_way += done * task.epochs();
      notes += fmt::format("{}{}:{}", notes.empty() ? "" : "; ", task.hash().substr(0, 6), note);
    }
    if (!started_with_) started_with_ = under_way;  // epochs of runs before this one
    const double done = epochs_done_ + under_way - *started_with_;
    const double elapsed = std::chrono::duration<double>(Clock::now() - start_).count();
    if (done > 0) progress_.left_s = elapsed / done * (all - epochs_done_ - under_way);
    progress_.note = notes;
    on_progress_(progress_);
  }

  const Grid& grid_;
  Store& store_;
  const GridRunOptions& options_;
  const std::function<void(const GridProgress&)>& on_progress_;
  process::ProcessPool pool_;
  std::list<Task> tasks_;           ///< Not done yet; float networks first.
  std::vector<std::string> found_;  ///< Float networks trained before.
  GridProgress progress_;
  double epochs_done_ = 0;
  std::optional<double> started_with_;
  Clock::time_point start_ = Clock::now();
};

}  // namespace

GridProgress run_grid(const Grid& grid, Store& store, const GridRunOptions& options,
                      const std::function<void(const GridProgress&)>& on_progress) {
  return GridRun(grid, store, options, on_progress).run();
}

std::filesystem::path folder_of(const std::filesystem::path& folder, const std::string& hash) {
  return folder / "networks" / hash;
}

}  // namespace terse::explore
