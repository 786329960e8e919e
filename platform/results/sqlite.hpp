#pragma once
// The little of SQLite's C interface that results need, with errors as exceptions and handles that close themselves.
#include <sqlite3.h>

#include <cstdint>
#include <exception>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

namespace terse::results {

class SqliteError : public std::exception {
 public:
  SqliteError(int code, std::string message) : code_(code), message_(std::move(message)) {}
  [[nodiscard]] const char* what() const noexcept override { return message_.c_str(); }
  [[nodiscard]] bool disk_full() const { return code_ == SQLITE_FULL || code_ == SQLITE_IOERR; }
  [[nodiscard]] bool busy() const { return code_ == SQLITE_BUSY; }

 private:
  int code_;
  std::string message_;
};

class Sqlite {
 public:
  enum class Access { read, write };

  /// Opens, and with Access::write makes the file. Waits up to a minute for others that write. Throws SqliteError.
  Sqlite(const std::filesystem::path& file, Access access);
  ~Sqlite();
  Sqlite(const Sqlite&) = delete;
  Sqlite& operator=(const Sqlite&) = delete;

  /// Statements that return nothing, separated by ';'.
  void execute(const std::string& sql);
  [[noreturn]] void fail(const std::string& doing) const;
  [[nodiscard]] sqlite3* handle() const { return handle_; }
  [[nodiscard]] const std::filesystem::path& file() const { return file_; }

 private:
  std::filesystem::path file_;
  sqlite3* handle_ = nullptr;
};

/// One statement. Values are bound from JSON: numbers, texts, truth values as 0 and 1, null; columns come back
/// likewise.
class Statement {
 public:
  Statement(Sqlite& database, const std::string& sql);
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  /// Binds the next '?'.
  Statement& bind(const nlohmann::ordered_json& value);
  /// True while there is a row.
  bool step();
  /// Runs a statement without rows.
  void run() { step(); }

  [[nodiscard]] int columns() const { return sqlite3_column_count(statement_); }
  [[nodiscard]] std::string name(int column) const { return sqlite3_column_name(statement_, column); }
  [[nodiscard]] nlohmann::ordered_json value(int column) const;
  [[nodiscard]] bool read_only() const { return sqlite3_stmt_readonly(statement_) != 0; }
  /// What follows the statement in the text it was made of.
  [[nodiscard]] const std::string& rest() const { return rest_; }

 private:
  Sqlite& database_;
  sqlite3_stmt* statement_ = nullptr;
  std::string rest_;
  int next_ = 1;
};

/// All or nothing; takes the right to write at once, so that it cannot fail for another's writing half-way.
class Transaction {
 public:
  explicit Transaction(Sqlite& database) : database_(database) { database_.execute("BEGIN IMMEDIATE"); }
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit();

 private:
  Sqlite& database_;
  bool open_ = true;
};

}  // namespace terse::results
