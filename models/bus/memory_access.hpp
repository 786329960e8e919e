#pragma once
// How a memory-like target answers a generic payload: the checks, the byte enables and the copying that all of them
// share. Timing, statistics and DMI are the target's own.
#include <cstdint>
#include <span>
#include <tlm>

namespace terse {

/// Copies between the transaction and `storage` (relative address = index) and sets the response status. True: done.
///
///   TLM_ADDRESS_ERROR_RESPONSE       a byte of the access lies outside `storage`
///   TLM_BURST_ERROR_RESPONSE         length 0, or a streaming width below the length (streaming is not supported)
///   TLM_BYTE_ENABLE_ERROR_RESPONSE   a byte-enable pointer with length 0
///   TLM_COMMAND_ERROR_RESPONSE       neither read nor write, or a write to a memory that is not `writable`
bool access_memory(tlm::tlm_generic_payload& transaction, std::span<std::uint8_t> storage, bool writable);

/// Debug access: the part of the range that lies in `storage`; a debugger may also write read-only memory. Returns the
/// number of bytes.
unsigned access_memory_debug(tlm::tlm_generic_payload& transaction, std::span<std::uint8_t> storage);

}  // namespace terse
