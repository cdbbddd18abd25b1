// CRC-32 of files, as zlib, gzip and PNG have it: polynomial 0xEDB88320, all bits inverted before and after.
#pragma once

#include <array>
#include <cstdint>
#include <cstddef>
#include <cstring>

namespace standalone {

class Checksum {
public:
    uint32_t value() const { return value_; }

    // Go on with bytes, sixteen at a time.
    void add(const void* memory, size_t bytes) {
        const unsigned char* next = (const unsigned char*)memory;
        const Tables& table = tables();
        uint32_t state = ~value_;
        for (; bytes >= 16; bytes -= 16, next += 16) {
            uint32_t words[4];
            std::memcpy(words, next, sizeof words);
            words[0] ^= state;
            state = 0;
            for (size_t word = 0; word < 4; ++word)
                state ^= table[15 - 4 * word][words[word] & 255] ^ table[14 - 4 * word][words[word] >> 8 & 255] ^
                         table[13 - 4 * word][words[word] >> 16 & 255] ^ table[12 - 4 * word][words[word] >> 24];
        }
        for (; bytes > 0; --bytes, ++next) state = table[0][(state ^ *next) & 255] ^ (state >> 8);
        value_ = ~state;
    }

    // That of everything up to here followed by `bytes` bytes which have the checksum `after`.
    static uint32_t joined(uint32_t before, uint32_t after, uint64_t bytes) {
        // A zero byte is a linear map of the 32 bits: its powers by squaring.
        Map zeros;
        for (size_t bit = 0; bit < 32; ++bit) {
            const uint32_t state = 1u << bit;
            zeros[bit] = tables()[0][state & 255] ^ (state >> 8);
        }
        for (; bytes > 0; bytes >>= 1) {
            if ((bytes & 1) != 0) before = mapped(zeros, before);
            Map twice;
            for (size_t bit = 0; bit < 32; ++bit) twice[bit] = mapped(zeros, zeros[bit]);
            zeros = twice;
        }
        return before ^ after;
    }

private:
    using Map = std::array<uint32_t, 32>;
    using Tables = std::array<std::array<uint32_t, 256>, 16>;

    static uint32_t mapped(const Map& map, uint32_t state) {
        uint32_t result = 0;
        for (size_t bit = 0; bit < 32; ++bit)
            if ((state >> bit & 1) != 0) result ^= map[bit];
        return result;
    }

    static const Tables& tables() {
        static const Tables made = [] {
            Tables filled;
            for (uint32_t byte = 0; byte < 256; ++byte) {
                uint32_t state = byte;
                for (int bit = 0; bit < 8; ++bit) state = (state >> 1) ^ ((state & 1) != 0 ? 0xEDB88320u : 0u);
                filled[0][byte] = state;
            }
            for (size_t further = 1; further < 16; ++further)
                for (size_t byte = 0; byte < 256; ++byte) {
                    const uint32_t state = filled[further - 1][byte];
                    filled[further][byte] = filled[0][state & 255] ^ (state >> 8);
                }
            return filled;
        }();
        return made;
    }

    uint32_t value_ = 0;
};

}  // namespace standalone
