#pragma once
// The TCP side: one listener, at most one gdb at a time. All calls come from the simulation's thread.
// clang-format off
#include <utility>  // first: Boost 1.74's Asio uses std::exchange without including it
#include <boost/asio.hpp>
// clang-format on
#include <cstdint>
#include <exception>
#include <optional>
#include <string>

#include "platform/debug/packet.hpp"

namespace terse::debug {

/// The address cannot be listened on. what() says why and what would do.
class ListenError : public std::exception {
 public:
  explicit ListenError(std::string message) : message_(std::move(message)) {}
  [[nodiscard]] const char* what() const noexcept override { return message_.c_str(); }

 private:
  std::string message_;
};

/// gdb is gone without a word.
class ConnectionLost : public std::exception {
 public:
  [[nodiscard]] const char* what() const noexcept override { return "the connection to gdb broke"; }
};

class Connection {
 public:
  /// Listens from now on. `host` is a numeric address; port 0 chooses a free one. Throws ListenError.
  Connection(const std::string& host, std::uint16_t port);

  [[nodiscard]] std::uint16_t port() const { return port_; }
  /// "127.0.0.1:3333", as gdb's `target remote` takes it.
  [[nodiscard]] std::string address() const;
  [[nodiscard]] bool loopback() const { return host_.is_loopback(); }

  /// Waits for gdb; nobody else can connect from then on. Throws ConnectionLost.
  void accept();
  /// Waits for the next input. Throws ConnectionLost.
  Input receive();
  /// The next input if it has already arrived. Throws ConnectionLost.
  std::optional<Input> poll();
  /// Sends a packet. Throws ConnectionLost.
  void send(std::string_view payload);
  void acknowledge(bool good);
  /// Sends the last packet again.
  void resend();
  void close();

 private:
  void write(std::string_view bytes);
  std::size_t read();

  boost::asio::io_context context_;
  boost::asio::ip::address host_;
  std::uint16_t port_ = 0;
  boost::asio::ip::tcp::acceptor acceptor_{context_};
  boost::asio::ip::tcp::socket socket_{context_};
  PacketReader reader_;
  std::string last_sent_;
};

}  // namespace terse::debug
