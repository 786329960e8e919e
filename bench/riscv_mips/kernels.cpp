#include "bench/riscv_mips/kernels.hpp"

#include <initializer_list>

namespace terse::bench {
namespace {

// Numerical Recipes' generator: the kernels need data that no compiler foresees, not randomness.
struct Generator {
  std::uint32_t value;
  std::uint32_t operator()() { return value = value * 1664525 + 1013904223; }
};

constexpr std::uint32_t mix(std::uint32_t sum, std::uint32_t value) {
  return (sum << 5 | sum >> 27) ^ value;
}

constexpr unsigned matrix_size = 32;
std::int8_t left[matrix_size][matrix_size], right[matrix_size][matrix_size];

constexpr unsigned sort_size = 512;
std::uint32_t words[sort_size];

constexpr unsigned buffer_size = 4096;
std::uint8_t buffer[buffer_size];
std::uint32_t crc_table[256];

struct Node {
  Node* next;
  std::uint32_t value;
};
constexpr unsigned node_count = 1024;
Node nodes[node_count];

constexpr unsigned sieve_size = 16384;
std::uint8_t composite[sieve_size];

struct Record {
  char name[24];
  std::uint32_t number;
};
Record records[64];

void sift_down(unsigned root, unsigned count) {
  for (unsigned child = 2 * root + 1; child < count; root = child, child = 2 * root + 1) {
    if (child + 1 < count && words[child] < words[child + 1]) ++child;
    if (words[root] >= words[child]) return;
    const std::uint32_t moved = words[root];
    words[root] = words[child];
    words[child] = moved;
  }
}

int compare(const char* a, const char* b) {
  while (*a != '\0' && *a == *b) ++a, ++b;
  return static_cast<int>(static_cast<unsigned char>(*a)) - static_cast<int>(static_cast<unsigned char>(*b));
}

void write_decimal(std::uint32_t value, char* text) {
  char digits[10];
  unsigned count = 0;
  do digits[count++] = static_cast<char>('0' + value % 10);
  while ((value /= 10) != 0);
  while (count > 0) *text++ = digits[--count];
  *text = '\0';
}

}  // namespace

std::uint32_t matrix(std::uint32_t repetitions) {
  Generator random{1};
  std::uint32_t sum = 0;
  for (auto* table : {left, right}) {
    for (unsigned i = 0; i < matrix_size; ++i) {
      for (std::int8_t& element : table[i]) element = static_cast<std::int8_t>(random() >> 24);
    }
  }
  for (; repetitions > 0; --repetitions) {
    for (unsigned i = 0; i < matrix_size; ++i) {
      for (unsigned j = 0; j < matrix_size; ++j) {
        std::int32_t product = 0;
        for (unsigned k = 0; k < matrix_size; ++k) product += left[i][k] * right[k][j];
        sum = mix(sum, static_cast<std::uint32_t>(product));
      }
    }
    left[repetitions % matrix_size][sum % matrix_size] = static_cast<std::int8_t>(sum);
  }
  return sum;
}

std::uint32_t sort(std::uint32_t repetitions) {
  Generator random{2};
  std::uint32_t sum = 0;
  for (; repetitions > 0; --repetitions) {
    for (std::uint32_t& word : words) word = random();
    for (unsigned i = sort_size / 2; i-- > 0;) sift_down(i, sort_size);
    for (unsigned last = sort_size - 1; last > 0; --last) {
      const std::uint32_t largest = words[0];
      words[0] = words[last];
      words[last] = largest;
      sift_down(0, last);
    }
    for (unsigned i = 0; i < sort_size; i += 37) sum = mix(sum, words[i]);
  }
  return sum;
}

std::uint32_t crc(std::uint32_t repetitions) {
  constexpr std::uint32_t polynomial = 0xedb88320;
  Generator random{3};
  for (std::uint8_t& byte : buffer) byte = static_cast<std::uint8_t>(random() >> 24);
  std::uint32_t sum = 0;
  for (; repetitions > 0; --repetitions) {
    for (std::uint32_t i = 0; i < 256; ++i) {
      std::uint32_t value = i;
      for (int bit = 0; bit < 8; ++bit) value = value >> 1 ^ ((value & 1) != 0 ? polynomial : 0);
      crc_table[i] = value;
    }
    std::uint32_t by_table = ~0u;
    for (const std::uint8_t byte : buffer) by_table = by_table >> 8 ^ crc_table[(by_table ^ byte) & 255];
    std::uint32_t by_bit = ~0u;
    for (const std::uint8_t byte : buffer) {
      by_bit ^= byte;
      for (int bit = 0; bit < 8; ++bit) by_bit = by_bit >> 1 ^ ((0u - (by_bit & 1)) & polynomial);
    }
    sum = mix(sum, by_table) + (by_table ^ by_bit);
    buffer[sum % buffer_size] = static_cast<std::uint8_t>(sum >> 8);
  }
  return sum;
}

std::uint32_t list(std::uint32_t repetitions) {
  for (unsigned i = 0; i < node_count; ++i) {
    const unsigned place = i * 387 % node_count;  // 387 is odd: a permutation
    nodes[place] = {i + 1 < node_count ? &nodes[(i + 1) * 387 % node_count] : nullptr, i};
  }
  Node* head = &nodes[0];
  std::uint32_t sum = 0;
  for (; repetitions > 0; --repetitions) {
    Node* reversed = nullptr;
    while (head != nullptr) {
      Node* const next = head->next;
      head->next = reversed;
      reversed = head;
      sum = mix(sum, head->value);
      head = next;
    }
    head = reversed;
    head->value += repetitions;
  }
  return sum;
}

std::uint32_t state(std::uint32_t repetitions) {
  enum class State : std::uint8_t { start, sign, integer, fraction, exponent, exponent_digits, invalid };
  constexpr char alphabet[] = "0123456789012345+-.eE,, x";
  Generator random{5};
  for (std::uint8_t& byte : buffer) byte = static_cast<std::uint8_t>(alphabet[(random() >> 16) % 25]);
  std::uint32_t counts[7] = {};
  for (; repetitions > 0; --repetitions) {
    State now = State::start;
    for (unsigned i = 0; i < buffer_size; ++i) {
      const char character = static_cast<char>(buffer[i]);
      const bool digit = character >= '0' && character <= '9';
      if (character == ',') {
        ++counts[static_cast<unsigned>(now)];
        now = State::start;
        continue;
      }
      switch (now) {
        case State::start:
          now = digit ? State::integer : character == '+' || character == '-' ? State::sign : State::invalid;
          break;
        case State::sign:
          now = digit ? State::integer : State::invalid;
          break;
        case State::integer:
          now = digit                                  ? State::integer
                : character == '.'                     ? State::fraction
                : character == 'e' || character == 'E' ? State::exponent
                                                       : State::invalid;
          break;
        case State::fraction:
          now = digit ? State::fraction : character == 'e' || character == 'E' ? State::exponent : State::invalid;
          break;
        case State::exponent:
        case State::exponent_digits:
          now = digit ? State::exponent_digits : State::invalid;
          break;
        case State::invalid:
          break;
      }
    }
    buffer[repetitions % buffer_size] ^= 1;
  }
  std::uint32_t sum = 0;
  for (const std::uint32_t count : counts) sum = mix(sum, count);
  return sum;
}

std::uint32_t strings(std::uint32_t repetitions) {
  Generator random{6};
  std::uint32_t sum = 0;
  for (; repetitions > 0; --repetitions) {
    for (Record& record : records) {
      record.number = random();
      write_decimal(record.number, record.name);
    }
    for (unsigned i = 1; i < 64; ++i) {
      const Record inserted = records[i];
      unsigned place = i;
      for (; place > 0 && compare(records[place - 1].name, inserted.name) > 0; --place)
        records[place] = records[place - 1];
      records[place] = inserted;
    }
    sum = mix(sum, records[repetitions % 64].number);
  }
  return sum;
}

std::uint32_t sieve(std::uint32_t repetitions) {
  std::uint32_t sum = 0;
  for (; repetitions > 0; --repetitions) {
    for (std::uint8_t& flag : composite) flag = 0;
    for (unsigned i = 2; i * i < sieve_size; ++i) {
      if (composite[i] != 0) continue;
      for (unsigned multiple = i * i; multiple < sieve_size; multiple += i) composite[multiple] = 1;
    }
    for (unsigned i = 2 + repetitions % 16; i < sieve_size; ++i) sum += composite[i] == 0 ? i : 0;
  }
  return sum;
}

}  // namespace terse::bench
