// Values from files of JSON.
#pragma once

#include <algorithm>
#include <cctype>
#include <cmath>
#include <utility>

#include "arrays.h"

namespace standalone {

struct Json {
    enum class Kind { null, truth, number, text, list, table };
    Kind kind = Kind::null;
    bool truth = false;
    double number = 0;
    std::string text;
    std::vector<Json> list;
    std::vector<std::pair<std::string, Json>> table;  // in the order of the file

    static Json of(const std::string& text) {
        Json made;
        made.kind = Kind::text;
        made.text = text;
        return made;
    }

    // The value of a key of a table, null if there is none.
    const Json* find(const std::string& key) const {
        for (const auto& entry : table)
            if (entry.first == key) return &entry.second;
        return nullptr;
    }
};

class JsonReader {
public:
    JsonReader(const std::string& text, const fs::path& path) : text_(text), path_(path) {}

    Json whole() {
        const Json read = value(0);
        if (next() != '\0') fail("something follows its end");
        return read;
    }

private:
    [[noreturn]] void fail(const std::string& problem) const {
        const size_t end = std::min(place_, text_.size());
        const auto lines = std::count(text_.begin(), text_.begin() + (std::ptrdiff_t)end, '\n');
        throw Failure(quoted(path_) + " is no JSON: line " + std::to_string(lines + 1) + ": " + problem, 2);
    }

    char next() {
        while (place_ < text_.size() && std::isspace((unsigned char)text_[place_])) ++place_;
        return place_ < text_.size() ? text_[place_] : '\0';
    }

    void expect(char sign) {
        if (next() != sign) fail(std::string("expected '") + sign + "'");
        ++place_;
    }

    bool skip(const std::string& word) {
        if (text_.compare(place_, word.size(), word) != 0) return false;
        place_ += word.size();
        return true;
    }

    Json value(int depth) {
        if (depth > 20) fail("too many brackets");
        Json read;
        const char first = next();
        if (first == '{') return read_table(depth);
        if (first == '[') return read_list(depth);
        if (first == '"') return Json::of(read_text());
        if (skip("true") || skip("false")) {
            read.kind = Json::Kind::truth;
            read.truth = first == 't';
        } else if (!skip("null")) {
            read.kind = Json::Kind::number;
            read.number = read_number();
        }
        return read;
    }

    double read_number() {
        const bool is_number = std::isdigit((unsigned char)text_[place_]) || text_[place_] == '-';
        char* end = nullptr;
        const double read = std::strtod(text_.c_str() + place_, &end);
        if (!is_number || end == text_.c_str() + place_ || !std::isfinite(read)) fail("expected a value");
        place_ = (size_t)(end - text_.c_str());
        return read;
    }

    std::string read_text() {
        expect('"');
        std::string read;
        while (place_ < text_.size() && text_[place_] != '"') {
            char letter = text_[place_++];
            if (letter == '\\') letter = escaped();
            read += letter;
        }
        expect('"');
        return read;
    }

    char escaped() {
        const char letter = place_ < text_.size() ? text_[place_++] : '\0';
        const std::string letters = "\"\\/bfnrt", meant = "\"\\/\b\f\n\r\t";
        const size_t found = letters.find(letter);
        if (letter == '\0' || found == std::string::npos) fail("this escape is not understood; write the letter itself");
        return meant[found];
    }

    Json read_list(int depth) {
        Json read;
        read.kind = Json::Kind::list;
        expect('[');
        while (next() != ']') {
            if (!read.list.empty()) expect(',');
            read.list.push_back(value(depth + 1));
        }
        expect(']');
        return read;
    }

    Json read_table(int depth) {
        Json read;
        read.kind = Json::Kind::table;
        expect('{');
        while (next() != '}') {
            if (!read.table.empty()) expect(',');
            next();
            const std::string key = read_text();
            if (read.find(key) != nullptr) fail("'" + key + "' is there twice");
            expect(':');
            read.table.emplace_back(key, value(depth + 1));
        }
        expect('}');
        return read;
    }

    const std::string& text_;
    const fs::path path_;
    size_t place_ = 0;
};

inline std::string content_of(const fs::path& path) {
    if (fs::is_directory(path)) throw Failure("cannot read " + quoted(path) + ": it is a folder");
    File file(path, "rb");
    std::string content;
    char part[4096];
    for (size_t found = file.read(part, sizeof part); found > 0; found = file.read(part, sizeof part))
        content.append(part, found);
    return content;
}

inline Json json_of(const fs::path& path) {
    const std::string content = content_of(path);
    return JsonReader(content, path).whole();
}

// A text as JSON writes it.
inline std::string json_text(const std::string& text) {
    std::string written = "\"";
    for (const char letter : text) {
        if (letter == '"' || letter == '\\') written += '\\';
        if ((unsigned char)letter >= ' ') written += letter;
    }
    return written + "\"";
}

}  // namespace standalone
