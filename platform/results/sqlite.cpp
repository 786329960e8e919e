#include "platform/results/sqlite.hpp"

#include <fmt/format.h>

namespace terse::results {
namespace {

constexpr int busy_timeout_ms = 60000;

}  // namespace

Sqlite::Sqlite(const std::filesystem::path& file, Access access) : file_(file) {
  const int flags = access == Access::read ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  if (sqlite3_open_v2(file.c_str(), &handle_, flags, nullptr) != SQLITE_OK) {
    const SqliteError error(sqlite3_errcode(handle_), fmt::format("{}: {}", file.string(), sqlite3_errmsg(handle_)));
    sqlite3_close(handle_);
    throw error;
  }
  sqlite3_busy_timeout(handle_, busy_timeout_ms);
}

Sqlite::~Sqlite() {
  sqlite3_close(handle_);
}

void Sqlite::fail(const std::string& doing) const {
  std::string text = fmt::format("{}: {}", file_.string(), sqlite3_errmsg(handle_));
  if (!doing.empty()) text += fmt::format(" (in: {})", doing);
  throw SqliteError(sqlite3_errcode(handle_) & 0xFF, text);
}

void Sqlite::execute(const std::string& sql) {
  if (sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) fail(sql.substr(0, 60));
}

Statement::Statement(Sqlite& database, const std::string& sql) : database_(database) {
  const char* rest = nullptr;
  if (sqlite3_prepare_v2(database.handle(), sql.c_str(), -1, &statement_, &rest) != SQLITE_OK) database.fail(sql);
  if (statement_ == nullptr) throw SqliteError(SQLITE_ERROR, "there is no SQL statement");
  rest_ = rest;
}

Statement::~Statement() {
  sqlite3_finalize(statement_);
}

Statement& Statement::bind(const nlohmann::ordered_json& value) {
  const int at = next_++;
  int status = SQLITE_OK;
  if (value.is_null()) {
    status = sqlite3_bind_null(statement_, at);
  } else if (value.is_boolean()) {
    status = sqlite3_bind_int(statement_, at, value.get<bool>() ? 1 : 0);
  } else if (value.is_number_integer()) {
    status = sqlite3_bind_int64(statement_, at, value.get<std::int64_t>());
  } else if (value.is_number()) {
    status = sqlite3_bind_double(statement_, at, value.get<double>());
  } else {
    const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
    status = sqlite3_bind_text64(statement_, at, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  }
  if (status != SQLITE_OK) database_.fail("binding a value");
  return *this;
}

bool Statement::step() {
  const int status = sqlite3_step(statement_);
  if (status == SQLITE_ROW) return true;
  if (status != SQLITE_DONE) database_.fail("");
  return false;
}

nlohmann::ordered_json Statement::value(int column) const {
  switch (sqlite3_column_type(statement_, column)) {
    case SQLITE_INTEGER:
      return sqlite3_column_int64(statement_, column);
    case SQLITE_FLOAT:
      return sqlite3_column_double(statement_, column);
    case SQLITE_NULL:
      return nullptr;
    default:
      return std::string(reinterpret_cast<const char*>(sqlite3_column_text(statement_, column)),
                         static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)));
  }
}

Transaction::~Transaction() {
  if (open_) sqlite3_exec(database_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
}

void Transaction::commit() {
  database_.execute("COMMIT");
  open_ = false;
}

}  // namespace terse::results
