// Arrays in files: NumPy's format .npy, version 1.0, little-endian, elements in C order.
//
// Ten bytes (a magic word, the version, the length of the header), then the header, a Python dict
// as text such as {'descr': '<f8', 'fortran_order': False, 'shape': (100,), }, then the elements.
#pragma once

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "checksum.h"

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the arrays of a project are little-endian: build it on a little-endian machine"
#endif

namespace standalone {

namespace fs = std::filesystem;

// What ends the program: a message for the user, and the exit status.
class Failure : public std::runtime_error {
public:
    explicit Failure(const std::string& message, int exit_status = 1)
        : std::runtime_error(message), status(exit_status) {}
    const int status;
};

enum class Type { boolean, uint16, int32, int64, float32, float64 };

// How the format spells a type.
inline std::string spelling(Type type) {
    switch (type) {
        case Type::boolean: return "|b1";
        case Type::uint16: return "<u2";
        case Type::int32: return "<i4";
        case Type::int64: return "<i8";
        case Type::float32: return "<f4";
        case Type::float64: return "<f8";
    }
    return "";
}

// Bytes of one element.
inline size_t width(Type type) { return (size_t)(spelling(type)[2] - '0'); }

using Shape = std::vector<int64_t>;

// A shape as Python writes it: (), (3,), (3, 4).
inline std::string text(const Shape& shape) {
    std::string written = "(";
    for (size_t axis = 0; axis < shape.size(); ++axis)
        written += (axis > 0 ? ", " : "") + std::to_string(shape[axis]);
    return written + (shape.size() == 1 ? ",)" : ")");
}

inline int64_t product(const Shape& shape) {
    int64_t elements = 1;
    for (const int64_t length : shape) elements *= length;
    return elements;
}

inline std::string quoted(const fs::path& path) { return "'" + path.string() + "'"; }

// An open file; everything that goes wrong with it is a Failure that names it.
class File {
public:
    File(const fs::path& path, const char* mode)
        : path_(path), file_(std::fopen(path.c_str(), mode), &std::fclose) {
        if (!file_) fail(mode[0] == 'r' ? "cannot read" : "cannot write");
    }

    // Read up to `bytes` bytes; return how many there were.
    size_t read(void* memory, size_t bytes) {
        const size_t found = std::fread(memory, 1, bytes, file_.get());
        if (std::ferror(file_.get()) != 0) fail("cannot read");
        return found;
    }

    void write(const void* memory, size_t bytes) {
        if (bytes == 0) return;  // there may be no memory
        if (std::fwrite(memory, 1, bytes, file_.get()) != bytes) fail("cannot write");
    }

    // Hand everything to the system, so that it stays when the program is killed.
    void flush() {
        if (std::fflush(file_.get()) != 0) fail("cannot write");
    }

    void seek(int origin, long place = 0) {
        if (std::fseek(file_.get(), place, origin) != 0) fail("cannot find a place in");
    }

    const fs::path& path() const { return path_; }

private:
    [[noreturn]] void fail(const char* problem) const {
        throw Failure(std::string(problem) + " " + quoted(path_) + ": " + std::strerror(errno));
    }

    fs::path path_;
    std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
};

// Everything before the elements. Always of one length, so it can be written again for more rows.
inline std::string header(Type type, const Shape& shape) {
    const size_t length = 128;
    std::string written("\x93NUMPY\x01\x00\x76\x00", 10);
    written += "{'descr': '" + spelling(type) + "', 'fortran_order': False, 'shape': " + text(shape) + ", }";
    written.resize(length - 1, ' ');
    return written + "\n";
}

// The text that follows a key of the header, without leading spaces; empty if there is no such key.
inline std::string value_of(const std::string& dict, const std::string& key) {
    const size_t place = dict.find("'" + key + "':");
    if (place == std::string::npos) return "";
    const size_t start = dict.find_first_not_of(' ', place + key.size() + 3);
    return start == std::string::npos ? "" : dict.substr(start);
}

inline bool starts_with(const std::string& whole, const std::string& start) {
    return whole.compare(0, start.size(), start) == 0;
}

// Read the header of an array that should have a type and a shape.
inline void check_header(File& file, Type type, const Shape& shape) {
    unsigned char start[10];
    const bool whole = file.read(start, sizeof start) == sizeof start;
    if (!whole || std::memcmp(start, "\x93NUMPY\x01\x00", 8) != 0)
        throw Failure(quoted(file.path()) + " is no array in NumPy's format .npy, version 1.0");
    std::string dict((size_t)start[8] + ((size_t)start[9] << 8), ' ');
    if (file.read(&dict[0], dict.size()) != dict.size())
        throw Failure(quoted(file.path()) + " is truncated: it ends within its header");
    const std::string found = value_of(dict, "shape"), kind = value_of(dict, "descr");
    const std::string shown = found.substr(0, found.find(')') + 1);
    if (shown != text(shape) || !starts_with(value_of(dict, "fortran_order"), "False"))
        throw Failure(quoted(file.path()) + " has the shape " + shown + ", and the model needs " + text(shape));
    if (!starts_with(kind, "'" + spelling(type) + "'"))
        throw Failure(quoted(file.path()) + " has the type " + kind.substr(0, kind.find(',')) +
                      ", and the model needs '" + spelling(type) + "'");
}

// Read an array of a given type and shape into memory.
inline void read_array(const fs::path& path, Type type, const Shape& shape, void* memory) {
    File file(path, "rb");
    check_header(file, type, shape);
    const size_t bytes = (size_t)product(shape) * width(type);
    const size_t found = file.read(memory, bytes);
    if (found != bytes)
        throw Failure(quoted(path) + " is truncated: " + std::to_string(found) + " of " +
                      std::to_string(bytes) + " bytes of data");
    char more;
    if (file.read(&more, 1) != 0)
        throw Failure(quoted(path) + " is longer than its header says");
}

// What is in a file: its length and its checksum.
struct Written {
    uint64_t bytes = 0;
    uint32_t checksum = 0;
};

inline Written write_array(const fs::path& path, Type type, const Shape& shape, const void* memory) {
    File file(path, "wb");
    const std::string start = header(type, shape);
    const size_t bytes = (size_t)product(shape) * width(type);
    file.write(start.data(), start.size());
    file.write(memory, bytes);
    file.flush();
    Checksum checksum;
    checksum.add(start.data(), start.size());
    checksum.add(memory, bytes);
    return {start.size() + bytes, checksum.value()};
}

// An array in a file that grows by rows. Rows count once they are published, and the file is a
// valid array all the time, whenever the program is killed.
class GrowingArray {
public:
    // All rows up to a moment: how many there are, the checksum of their elements, and those that are not in the
    // file any more.
    struct Moment {
        int64_t rows = 0;
        Checksum checksum;
        int64_t in_file = 0;
        std::vector<unsigned char> cut;
    };

    // `row` is the shape of one row.
    GrowingArray(const fs::path& path, Type type, const Shape& row)
        : file_(path, "wb"), type_(type), row_(row) {
        write_header();
    }

    void append(const void* memory, int64_t rows) {
        file_.write(memory, bytes(rows));
        checksum_.add(memory, bytes(rows));
        rows_ += rows;
    }

    Moment now() const { return {rows_, checksum_, rows_, {}}; }

    // Let a moment have rows of its own that are about to be cut.
    void keep(Moment& moment, int64_t left) const {
        if (moment.in_file <= left) return;
        std::vector<unsigned char> rows(bytes(moment.in_file - left));
        File file(file_.path(), "rb");
        file.seek(SEEK_SET, (long)(start().size() + bytes(left)));
        if (file.read(rows.data(), rows.size()) != rows.size())
            throw Failure(quoted(file_.path()) + " has fewer rows than were written");
        moment.cut.insert(moment.cut.begin(), rows.begin(), rows.end());
        moment.in_file = left;
    }

    // Go back to the rows of a moment.
    void go_back(Moment& moment) {
        rows_ = moment.in_file;
        publish();
        std::error_code error;
        fs::resize_file(file_.path(), start().size() + bytes(rows_), error);
        if (error) throw Failure("cannot cut " + quoted(file_.path()) + ": " + error.message());
        file_.seek(SEEK_END);
        file_.write(moment.cut.data(), moment.cut.size());
        rows_ = moment.in_file = moment.rows;
        checksum_ = moment.checksum;
        moment.cut.clear();
        publish();
    }

    // Length and checksum of the whole file, as it is published.
    Written written() const {
        const std::string first = start();
        Checksum header_sum;
        header_sum.add(first.data(), first.size());
        const uint64_t elements = bytes(rows_);
        return {first.size() + elements, Checksum::joined(header_sum.value(), checksum_.value(), elements)};
    }

    // Let the header say how many rows there are, after they are all in the file.
    void publish() {
        file_.flush();
        file_.seek(SEEK_SET);
        write_header();
        file_.seek(SEEK_END);
    }

private:
    size_t bytes(int64_t rows) const { return (size_t)(rows * product(row_)) * width(type_); }

    std::string start() const {
        Shape shape = {rows_};
        shape.insert(shape.end(), row_.begin(), row_.end());
        return header(type_, shape);
    }

    void write_header() {
        const std::string first = start();
        file_.write(first.data(), first.size());
        file_.flush();
    }

    File file_;
    Type type_;
    Shape row_;
    int64_t rows_ = 0;
    Checksum checksum_;
};

}  // namespace standalone
