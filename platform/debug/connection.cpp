#include "platform/debug/connection.hpp"

#include <fmt/format.h>

#include <array>

namespace terse::debug {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

Connection::Connection(const std::string& host, std::uint16_t port) {
  error_code error;
  host_ = asio::ip::make_address(host, error);
  if (error) {
    throw ListenError(fmt::format(
        "--host is '{}'; it is a numeric address of this machine, for example 127.0.0.1, or 0.0.0.0 for all", host));
  }
  const tcp::endpoint endpoint(host_, port);
  acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(1, error);
  if (error == asio::error::address_in_use) {
    throw ListenError(fmt::format(
        "port {} of {} is in use; choose another with --port, or --port 0 for any that is free", port, host));
  }
  if (error == asio::error::access_denied) {
    throw ListenError(fmt::format("port {} is not allowed for this user; choose one above 1023 with --port", port));
  }
  if (error == boost::system::errc::address_not_available) {
    throw ListenError(fmt::format("{} is no address of this machine; leave --host out for 127.0.0.1", host));
  }
  if (error) throw ListenError(fmt::format("{}:{} cannot be listened on: {}", host, port, error.message()));
  port_ = acceptor_.local_endpoint().port();
}

std::string Connection::address() const {
  // gdb on this machine reaches a listener on all addresses by the loopback one.
  if (host_.is_unspecified()) return fmt::format("localhost:{}", port_);
  return host_.is_v6() ? fmt::format("[{}]:{}", host_.to_string(), port_)
                       : fmt::format("{}:{}", host_.to_string(), port_);
}

void Connection::accept() {
  error_code error;
  acceptor_.accept(socket_, error);
  if (error) throw ConnectionLost();
  socket_.set_option(tcp::no_delay(true), error);  // packets are small, and each waits for the one before
  acceptor_.close(error);
}

std::size_t Connection::read() {
  std::array<char, 4096> buffer;
  error_code error;
  const std::size_t count = socket_.read_some(asio::buffer(buffer), error);
  if (error) throw ConnectionLost();
  reader_.feed({buffer.data(), count});
  return count;
}

Input Connection::receive() {
  while (true) {
    if (auto input = reader_.next()) return *input;
    read();
  }
}

std::optional<Input> Connection::poll() {
  if (auto input = reader_.next()) return input;
  // available() cannot tell "nothing yet" from "closed"; a read that may not block can.
  std::array<char, 256> buffer;
  error_code error, ignored;
  socket_.non_blocking(true, ignored);
  const std::size_t count = socket_.read_some(asio::buffer(buffer), error);
  socket_.non_blocking(false, ignored);
  if (error == asio::error::would_block) return std::nullopt;
  if (error) throw ConnectionLost();
  reader_.feed({buffer.data(), count});
  return reader_.next();
}

void Connection::write(std::string_view bytes) {
  error_code error;
  asio::write(socket_, asio::buffer(bytes.data(), bytes.size()), error);
  if (error) throw ConnectionLost();
}

void Connection::send(std::string_view payload) {
  last_sent_ = frame(payload);
  write(last_sent_);
}

void Connection::acknowledge(bool good) {
  write(good ? "+" : "-");
}

void Connection::resend() {
  if (!last_sent_.empty()) write(last_sent_);
}

void Connection::close() {
  error_code ignored;
  socket_.shutdown(tcp::socket::shutdown_both, ignored);
  socket_.close(ignored);
  acceptor_.close(ignored);
}

}  // namespace terse::debug
