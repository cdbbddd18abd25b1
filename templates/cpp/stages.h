// What the program does, one after the other: runs, changes of values, store and restore.
#pragma once

#include "json.h"

namespace standalone {

struct Stage {
    enum class Kind { run, set, store, restore };
    Kind kind = Kind::run;
    double seconds = 0;                                        // of a run
    std::vector<std::pair<std::string, std::string>> values;  // names of arrays, files that replace them
    std::string name;                                          // of what is stored and restored
    bool has_new_key = false;                                  // whether other random numbers follow a restore
    uint64_t key = 0, number = 0;                              // their key, or which key of a seed it is
};

class StageReader {
public:
    explicit StageReader(const fs::path& path) : path_(path) {}

    std::vector<Stage> all() const {
        std::vector<Stage> stages;
        const Json read = json_of(path_);
        for (const Json& each : part(read, "stages", Json::Kind::list).list) stages.push_back(stage(each));
        return stages;
    }

private:
    [[noreturn]] void fail() const {
        throw Failure(quoted(path_) + " is damaged; export the model again");
    }

    const Json& part(const Json& whole, const std::string& key, Json::Kind kind) const {
        const Json* const found = whole.find(key);
        if (found == nullptr || found->kind != kind) fail();
        return *found;
    }

    uint64_t whole_number(const Json& whole, const std::string& key) const {
        return std::strtoull(part(whole, key, Json::Kind::text).text.c_str(), nullptr, 10);
    }

    Stage stage(const Json& given) const {
        Stage read;
        if (given.find("run") != nullptr) {
            read.seconds = part(given, "run", Json::Kind::number).number;
            if (read.seconds < 0) fail();
        } else if (given.find("set") != nullptr) {
            read.kind = Stage::Kind::set;
            for (const auto& entry : part(given, "set", Json::Kind::table).table)
                read.values.emplace_back(entry.first, entry.second.text);
        } else if (given.find("store") != nullptr) {
            read.kind = Stage::Kind::store;
            read.name = part(given, "store", Json::Kind::text).text;
        } else {
            read.kind = Stage::Kind::restore;
            read.name = part(given, "restore", Json::Kind::text).text;
            read.has_new_key = given.find("key") != nullptr;
            if (read.has_new_key) {
                read.key = whole_number(given, "key");
                read.number = whole_number(given, "number");
            }
        }
        return read;
    }

    const fs::path path_;
};

// The only run among stages, null if there are several.
inline Stage* only_run(std::vector<Stage>& stages) {
    Stage* found = nullptr;
    for (Stage& stage : stages) {
        if (stage.kind != Stage::Kind::run) continue;
        if (found != nullptr) return nullptr;
        found = &stage;
    }
    return found;
}

inline double seconds_in_all(const std::vector<Stage>& stages) {
    double seconds = 0;
    for (const Stage& stage : stages) seconds += stage.seconds;
    return seconds;
}

}  // namespace standalone
