// A test script as a byte stream that a device executes without reading text: modules are images (or plain modules) at the
// place where they run, names are resolved to numbers, expectations stand beside each action. The host writes it (write.h),
// a core-only runner executes it (run.h) from flash or a mapped file.
//
// Little-endian, unaligned except where said. Header: magic, u32 version, u32 size of the whole stream. Then commands, each
// u8 Command, u32 line of the script, fields. A name is u16 length, bytes. Modules and instances are numbered in the order of
// their commands. The stream's first byte must lie at a multiple of the largest alignment in it (16; 4096 where there is an MMU).
#pragma once

#include <cstdint>

namespace umber::spectest {

inline constexpr char kStreamMagic[8] = {'u', 'm', 'b', 'e', 'r', 'c', 'm', 'd'};
inline constexpr uint32_t kStreamVersion = 1;
inline constexpr uint32_t kNoStreamIndex = 0xffff'ffff;

enum class StreamCommand : uint8_t {
  Module = 1,   ///< u32 size, u32 padding, that many zeros, the bytes: an image or a module
  Instantiate,  ///< u32 module, Expectation
  Register,     ///< u32 instance, name
  Invoke,       ///< u32 instance, name, u8 count of arguments, each: StreamValue; Expectation
  Get,          ///< u32 instance, name, Expectation
};

/// What a command should lead to.
enum class Expectation : uint8_t {
  Success,     ///< whatever the results
  Results,     ///< u8 count, each: StreamPattern
  Trap,        ///< name: the message
  Exhaustion,  ///< of the call stack
  Exception,   ///< an uncaught one
  Unlinkable,
};

enum class StreamValue : uint8_t {
  Bits32,  ///< u32: i32 or f32
  Bits64,  ///< u64: i64 or f64
  Bits128, ///< 16 bytes
  Null,
  Host,    ///< u32: that value of the host's, as a reference
};

enum class StreamPattern : uint8_t {
  Lanes,     ///< u8 bytes of all, u8 bytes of a lane, u16 mask of lanes that are a canonical NaN, u16 of arithmetic ones, the bytes
  Null,
  NotNull,   ///< any other reference
  Host,      ///< u32: that value of the host's
  I31,
  Object,    ///< a struct or an array
  Equal,     ///< i31, struct or array
  Any,       ///< those and host values
  Either,    ///< u8 count, each: StreamPattern
};

}  // namespace umber::spectest
