#include "platform/sweep/interruption.hpp"

namespace terse::sweep {
namespace {

volatile std::sig_atomic_t received = 0;

void receive(int) {
  received = 1;
}

}  // namespace

Interruption::Interruption() {
  received = 0;
  struct sigaction action {};
  action.sa_handler = receive;  // without SA_RESTART: waiting ends at once
  sigaction(SIGINT, &action, &interrupt_);
  sigaction(SIGTERM, &action, &terminate_);
}

Interruption::~Interruption() {
  sigaction(SIGINT, &interrupt_, nullptr);
  sigaction(SIGTERM, &terminate_, nullptr);
}

bool Interruption::asked() {
  return received != 0;
}

}  // namespace terse::sweep
